"""A Redis server that keeps nothing, ended by its process id."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.emulators.starting import await_start, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator


def missing() -> str | None:
    """Why the server cannot be started; None if it can."""
    return None if shutil.which("redis-server") else "redis-server is not installed"


@contextmanager
def redis_server(*options: str) -> Iterator[int]:
    """A server with these options beside its own; gives its port of 127.0.0.1."""
    (port,) = free_ports(1)
    with TemporaryDirectory() as directory:
        log = Path(directory, "log")
        own = ["--bind", "127.0.0.1", "--port", str(port), "--dir", directory, "--save", ""]
        process = subprocess.Popen(
            ["redis-server", *own, "--appendonly", "no", "--logfile", str(log), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_start(process, "redis-server", lambda: _answers(port))
            yield port
        except BaseException as error:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
            error.add_note(f"redis-server said: {said}")
            raise
        finally:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    """Whether it says PONG, or that it wants a password."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asking:
            asking.sendall(b"PING\r\n")
            return asking.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
