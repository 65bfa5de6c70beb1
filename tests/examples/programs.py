"""Examples as programs of their own, of which there may be several, and what they say."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.producer.programs import unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES: Final = Path(__file__).parents[2] / "examples"

_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_POLL: Final = 0.02


@dataclass(slots=True)
class Running:
    """An example that runs, and the file that its output goes to, of which each line is whole."""

    process: subprocess.Popen[bytes]
    output: Path

    def lines(self) -> list[str]:
        """What it has said."""
        *lines, _ = self.output.read_text(encoding="utf-8").split("\n")
        return lines

    def terminate(self, seconds: float = 30.0) -> int:
        """End it by SIGTERM, or else by force; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait()


def start(program: Path, *arguments: str, output: Path, **environment: str) -> Running:
    """Start an example."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(program), *arguments],
            env={**unmeasured(), **_CREDENTIALS, **environment},
            stdout=file,
        )
    return Running(process, output)


def until(reached: Callable[[], bool], *, seconds: float, failure: str) -> float:
    """Wait until something is reached; how long that took."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{failure} within {seconds} seconds")
        time.sleep(_POLL)
    return time.monotonic() - began
