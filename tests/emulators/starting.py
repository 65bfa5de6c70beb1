"""What starting a server takes: free ports, and patience until it answers."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

#: Seconds until a server must answer; they take 0.05 to 0.6 on an idle machine.
START_TIMEOUT: Final = 60.0

_POLL: Final = 0.02


def free_ports(count: int) -> list[int]:
    """Of 127.0.0.1, no two alike."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def await_start(process: subprocess.Popen[bytes], name: str, answers: Callable[[], bool]) -> None:
    """Until it answers.

    Raises:
        RuntimeError: it has ended.
        TimeoutError: it does not answer in time.
    """
    deadline = time.monotonic() + START_TIMEOUT
    while not answers():
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not answer within {START_TIMEOUT} seconds")
        time.sleep(_POLL)
