"""Compiling the sink, when its sources are newer than what is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parent

#: Git knows nothing of it.
PROGRAM: Final = SOURCES / "build" / "sink"

_FLAGS: Final = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra"]
_LIBRARIES: Final = ["-lssl", "-lcrypto", "-lpthread"]


class NotBuilt(RuntimeError):
    """There is no compiler here, or no OpenSSL to compile with; says which."""


def built() -> Path:
    """The program.

    Raises:
        NotBuilt: what is missing.
    """
    if not _is_fresh():
        _compile()
    return PROGRAM


def _is_fresh() -> bool:
    newest = max(file.stat().st_mtime for file in SOURCES.glob("*.[ch]"))
    return PROGRAM.exists() and PROGRAM.stat().st_mtime > newest


def _compile() -> None:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise NotBuilt("the sink needs a C compiler, and there is none: install gcc, or set CC")
    PROGRAM.parent.mkdir(exist_ok=True)
    # tests that run at the same time each compile for themselves; the last one stays
    scratch = PROGRAM.with_name(f"sink.{os.getpid()}")
    sources = map(str, sorted(SOURCES.glob("*.c")))
    command = [compiler, *_FLAGS, "-o", str(scratch), *sources, *_LIBRARIES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotBuilt(f"the sink needs OpenSSL 3 with its headers (libssl-dev):\n{done.stderr}")
    scratch.replace(PROGRAM)
