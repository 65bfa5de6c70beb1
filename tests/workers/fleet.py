"""A fleet of worker programs, and what each of them has written down."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.producer.programs import unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[2]
_POLL: Final = 0.1


@dataclass(slots=True)
class Member:
    """One worker program."""

    process: subprocess.Popen[bytes]
    diary: Path

    def entries(self) -> list[list[Any]]:
        """What it has written down."""
        if not self.diary.exists():
            return []
        return [json.loads(line) for line in self.diary.read_text().splitlines()]

    def of(self, kind: str) -> list[list[Any]]:
        """The entries of one kind."""
        return [entry for entry in self.entries() if entry[0] == kind]

    @property
    def name(self) -> str:
        """That of the worker in the lease table."""
        return str(self.of("worker")[0][1])

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)


@dataclass(slots=True)
class Fleet:
    """Worker programs of one application.

    Attributes:
        config: of the consumers.
        store: its address.
        directory: where diaries go.
    """

    config: dict[str, Any]
    store: str
    directory: Path
    members: list[Member] = field(default_factory=list)

    def start(self, count: int) -> None:
        """Start so many more."""
        for _ in range(count):
            diary = self.directory / f"worker-{len(self.members)}"
            command = [sys.executable, "-m", "tests.workers.worker"]
            process = subprocess.Popen(
                [*command, json.dumps(self.config), self.store, str(diary)],
                cwd=ROOT,
                env={**unmeasured(), **CREDENTIALS},
            )
            self.members.append(Member(process, diary))

    def stop(self) -> None:
        """End all; kill those that do not end."""
        for member in self.members:
            if member.process.poll() is None:
                member.signal(signal.SIGCONT)
                member.signal(signal.SIGTERM)
        deadline = time.monotonic() + 20.0
        for member in self.members:
            try:
                member.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()

    def handled(self) -> list[list[Any]]:
        """All records that were handled, by whomever."""
        return [entry for member in self.members for entry in member.of("r")]


CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def running(config: dict[str, Any], store: str, directory: Path) -> Iterator[Fleet]:
    """A fleet that is ended in the end."""
    fleet = Fleet(config, store, directory)
    try:
        yield fleet
    finally:
        fleet.stop()


def until(reached: Callable[[], bool], *, seconds: float, failure: str) -> float:
    """Wait until something is reached; how long that took."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{failure} within {seconds} seconds")
        time.sleep(_POLL)
    return time.monotonic() - began


def is_stopped(process: int) -> bool:
    """Whether a process was stopped, by SIGSTOP."""
    state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"
