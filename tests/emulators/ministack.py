"""ministack, an AWS in one process: here, for its DynamoDB.

It pins a botocore, hence it has an environment of its own, which ``make ministack`` makes.
"""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from tests.emulators.starting import await_start, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM: Final = Path(__file__).parent / ".ministack" / "bin" / "ministack"


def missing() -> str | None:
    """Why it cannot be started; None if it can."""
    return None if PROGRAM.exists() else "ministack is not installed: make ministack"


@contextmanager
def ministack() -> Iterator[str]:
    """Gives its URL. It binds 127.0.0.1 alone, and is ended by its process id."""
    (port,) = free_ports(1)
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "WARNING"}
    with TemporaryFile() as output:
        process = subprocess.Popen(
            [str(PROGRAM)],
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            await_start(process, "ministack", lambda: _listens(port))
            yield f"http://127.0.0.1:{port}"
        except BaseException as error:
            output.seek(0)
            error.add_note(f"ministack said: {output.read()[-2000:].decode(errors='replace')}")
            raise
        finally:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    """Whether it takes connections, which it does when it is ready."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
