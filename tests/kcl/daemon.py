"""The KCL's MultiLangDaemon, a Java program that reads a stream and hands on its user records."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.kcl.received import Received, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

ROOT: Final = Path(__file__).parents[2]

#: Seconds from the start of the daemon until everything must have arrived, be it by many tests. On
#: an idle machine it takes 8 to start, and 1 for 10,000 user records.
TIMEOUT: Final = 80.0

#: Seconds for the processes to be gone that were killed.
_STOP_TIMEOUT: Final = 10.0

#: Seconds for it to end by itself.
_END_TIMEOUT: Final = 30.0

_POLL: Final = 0.1
_LINES_SHOWN: Final = 40
_PYTHON: Final = Path(sys.executable)
RECORDER: Final = f"{_PYTHON.name} -m tests.kcl.recorder"  # will be split at each space
_MAIN: Final = "software.amazon.kinesis.multilang.MultiLangDaemon"

# The daemon talks to its children in the encoding of the machine, unless it is told one.
_JAVA: Final = (
    "java",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dfile.encoding=UTF-8",
)

# With skipShardSyncAtWorkerInitializationIfLeasesExist it would start no faster, and not know the
# range of a shard: it would drop nothing.
_SETTINGS: Final = {
    "AwsCredentialsProvider": "EnvironmentVariableCredentialsProvider",
    "regionName": "us-east-1",
    "initialPositionInStream": "TRIM_HORIZON",
    "retrievalMode": "POLLING",
    "idleTimeBetweenReadsInMillis": "200",
    "leaseAssignmentIntervalMillis": "1000",
    "metricsLevel": "NONE",
    "disableWorkerMetrics": "true",
}


def missing() -> str | None:
    """Why the daemon cannot be started; None if it can."""
    return None if shutil.which("java") else "java is not installed"


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running daemon, and the directory with its log and what its children wrote down."""

    java: subprocess.Popen[bytes]
    directory: Path
    deadline: float

    def received(self, awaited: AbstractSet[bytes]) -> list[Received]:
        """Everything that has arrived, once what is awaited is there."""
        arrived = read(self.directory)
        while missed := awaited - {record.data for record in arrived}:
            self._check(f"{len(missed)} of {len(awaited)} user records did not arrive")
            time.sleep(_POLL)
            arrived = read(self.directory)
        return arrived

    def end(self) -> None:
        """Have it end by itself, as a deployment would; its children too."""
        self.java.terminate()
        self.java.wait(_END_TIMEOUT)

    def kill(self) -> None:
        """Kill it, and its children, in the middle of whatever they do."""
        _stop(self.java)

    def _check(self, complaint: str) -> None:
        """Complain if there is nothing left to wait for."""
        status = self.java.poll()
        if status is not None:
            raise RuntimeError(f"{complaint}: java ended with {status}\n{self.log()}")
        if time.monotonic() > self.deadline:
            raise TimeoutError(f"{complaint} within {TIMEOUT} seconds\n{self.log()}")

    def log(self) -> str:
        """What the daemon complained of, be it long ago, and what it said last."""
        log = (self.directory / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        unusual = [line for line in log if " INFO " not in line]
        shown = [*unusual[-_LINES_SHOWN:], "...", *log[-_LINES_SHOWN:]]
        return "\n".join(["the daemon said:", *shown])


@contextmanager
def running(directory: Path, own_settings: Mapping[str, str]) -> Iterator[Daemon]:
    """A daemon that is killed in the end, with all that it started."""
    settings = {**_SETTINGS, "executableName": RECORDER, **own_settings}
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    (directory / "daemon.properties").write_text("".join(lines), encoding="ascii")
    java = _start(directory)
    try:
        yield Daemon(java, directory, time.monotonic() + TIMEOUT)
    finally:
        _stop(java)


def _start(directory: Path) -> subprocess.Popen[bytes]:
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [*_JAVA, "-cp", _jars(), _MAIN, "daemon.properties"],
            cwd=directory,
            env=_environment(directory),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _jars() -> str:
    """The class path of the KCL, in the package that brings it."""
    package = importlib.util.find_spec("amazon_kclpy")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "jars" / "*")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of whoever runs the test: neither credentials, nor endpoints, nor proxies."""
    return {
        "PATH": os.pathsep.join((str(_PYTHON.parent), os.environ["PATH"])),
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _stop(java: subprocess.Popen[bytes]) -> None:
    """Kill the session of the daemon: its children too, should one be stuck."""
    with suppress(ProcessLookupError):  # java is gone, and had no children
        os.killpg(java.pid, signal.SIGKILL)
    java.wait(_STOP_TIMEOUT)
