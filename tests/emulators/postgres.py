"""A PostgreSQL that is thrown away, as a context manager that gives its URL.

It is the one of the system's packages (Debian: ``postgresql``), which keeps its programs off the
path. It binds 127.0.0.1 and is ended by its process id; `missing` says why it cannot be started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.emulators.starting import await_start, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Its only user, and what he logs in with.
USER, PASSWORD = "worker", "swordfish"

# nothing has to survive this machine, and several suites may run on it
_SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "synchronous_commit": "off",
}


def missing() -> str | None:
    """Why it cannot be started; None if it can."""
    if _programs() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    return None


@contextmanager
def postgres() -> Iterator[str]:
    """A new and empty one, by the URL that SQLAlchemy has for it."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        directory = Path(name)
        _make(directory)
        (port,) = free_ports(1)
        with _running(directory, port):
            yield f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"


def _make(directory: Path) -> None:
    """Its files, which are those of another user where this one is root: it refuses him."""
    secret = directory / "password"
    secret.write_text(PASSWORD)
    for path in (directory, secret):
        if (user := _unprivileged()) is not None:
            os.chown(path, user.pw_uid, user.pw_gid)
    login = ["--username", USER, "--pwfile", str(secret), "--auth", "scram-sha-256"]
    command = [_program("initdb"), "--no-sync", "--pgdata", str(directory / "data"), *login]
    made = subprocess.run(
        command, capture_output=True, text=True, cwd=directory, check=False, **_as_user()
    )
    if made.returncode:
        raise RuntimeError(f"initdb ended with {made.returncode}: {made.stderr[-2000:]}")


@contextmanager
def _running(directory: Path, port: int) -> Iterator[None]:
    settings = _SETTINGS | {"port": str(port), "unix_socket_directories": str(directory)}
    command = [_program("postgres"), "-D", str(directory / "data")]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **_as_user(),
        )
        try:
            await_start(process, "postgres", lambda: _admits(port))
            yield
        except BaseException as error:
            output.seek(0)
            error.add_note(f"postgres said: {output.read()[-2000:].decode(errors='replace')}")
            raise
        finally:
            process.send_signal(signal.SIGQUIT)  # at once, and all that it has started
            process.wait()


def _admits(port: int) -> bool:
    """Whether it lets somebody in: it listens before that."""
    asked = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return not subprocess.run(asked, check=False).returncode


@cache
def _programs() -> Path | None:
    """The directory of its programs, of the newest version."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parts[-3])).parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _program(name: str) -> str:
    directory = _programs()
    assert directory is not None
    return str(directory / name)


def _unprivileged() -> pwd.struct_passwd | None:
    """Whose it is to be, where this process is root's; else its own."""
    if os.geteuid():
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _as_user() -> dict[str, Any]:
    user = _unprivileged()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
