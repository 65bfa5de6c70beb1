"""Running tests on a copy of the package, with a mutant in it or without."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.mutants.mutant import PACKAGE, ROOT, plant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutants.mutant import Mutant

#: Seconds for one test, and for all tests of a layer. None takes a third of it on a slow machine.
_TEST: Final = 20
_LAYER: Final = 150

_LEFT_OUT: Final = shutil.ignore_patterns(
    "__pycache__", "node_modules", ".ministack", ".hypothesis"
)
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_HUNG: Final = re.compile(r"Timeout \(>|^\++ Timeout \++$", re.MULTILINE)

#: How pytest ends: all passed, and some failed.
_PASSED: Final = 0
_SOME_FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one run.

    Attributes:
        word: "passed", "caught", "hung" (which a time limit caught), or "broken": the tests did not
            run at all, which says nothing.
        seconds: how long it took.
        by: the first test that failed.
        said: all that pytest printed.
    """

    word: str
    seconds: float
    by: str
    said: str


def judge(layer: Sequence[str], mutant: Mutant | None = None) -> Verdict:
    """Run these tests on a copy, with the mutant in it if there is one; blocks."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        _copy(root)
        if mutant is not None:
            plant(mutant, root)
        code, said = _run(layer, root)
    failed = _FAILED.search(said)
    by = failed[1] if failed else ""
    return Verdict(_word(code, said), time.monotonic() - begun, by, said)


def _copy(root: Path) -> None:
    """The package, and beside it the tests: what stands beside them is what they import."""
    for name in (PACKAGE, "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=_LEFT_OUT)
    shutil.copy(ROOT / "setup.cfg", root)


def _run(layer: Sequence[str], root: Path) -> tuple[int | None, str]:
    """The exit code of pytest, ``None`` if it had to be ended, and what it printed."""
    options = ("-x", "-q", "-p", "no:cacheprovider", "-p", "tests.mutants.witness")
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, f"--timeout={_TEST}", *layer],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=_LAYER)
        except subprocess.TimeoutExpired:
            return None, _end(process)
    return process.returncode, said


def _end(process: subprocess.Popen[str]) -> str:
    """End pytest and the programs it has started; what was printed until then."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    said, _ = process.communicate()
    return said


def _word(code: int | None, said: str) -> str:
    if code is None:
        return "hung"
    if code == _PASSED:
        return "passed"
    if code == _SOME_FAILED:
        return "hung" if _HUNG.search(said) else "caught"
    return "broken"
