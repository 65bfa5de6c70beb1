"""The suite on every other CPython that is here, and with the lowest versions in setup.cfg.

``make test`` runs it on the interpreter of ``.venv``, which runs nox, too.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["tests", "free_threaded", "lowest"]

#: What other versions cannot change: servers by other people, and what the core decides by itself.
_MARKERS = "not slow and not real_server"
_ALIKE = ("contract", "fleet", "kcl", "mutants", "simulation", "soak", "stores")
_WITHOUT_DEPENDENCIES = (*_ALIKE, "testing", "interleavings")

#: What the tests without the GIL are, and need. hypothesis is pinned to its last versions that are
#: pure Python.
_THREADED = ("tests/core", "tests/producer", "tests/consumer", "tests/guard")
_FREE = (
    "aws_kinesis_agg",
    "hypothesis<6.131",
    "pytest",
    "pytest-timeout",
    "redis",
    "six",
    "sqlalchemy",
)

_WANTED = [(3, minor) for minor in range(11, 20)]


#: Tells the version, and whether the interpreter runs without the GIL.
_ASKED = (
    "import sys, sysconfig;"
    " print(*sys.version_info[:2], sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
)


def _interpreters() -> dict[tuple[int, int, bool], str]:
    """One interpreter of each kind: on the path, or installed by pyenv."""
    found: dict[tuple[int, int, bool], str] = {}
    places = [
        shutil.which(f"python{major}.{minor}{free}") or ""
        for major, minor in _WANTED
        for free in ("", "t")
    ]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places += map(str, pyenv.glob("versions/3.*/bin/python3"))
    for place in places:
        kind = _kind(place)
        if kind is not None and kind[:2] in _WANTED:
            found.setdefault(kind, place)
    return dict(sorted(found.items()))


def _kind(python: str) -> tuple[int, int, bool] | None:
    """Its version, and whether it is free-threaded; nothing where it is only a promise of one."""
    if not python:
        return None
    answer = subprocess.run([python, "-c", _ASKED], capture_output=True, text=True, check=False)
    if answer.returncode:
        return None
    major, minor, free = map(int, answer.stdout.split())
    return major, minor, bool(free)


_FOUND = _interpreters()
INTERPRETERS = {kind[:2]: path for kind, path in _FOUND.items() if not kind[2]}
FREE_THREADED = [path for kind, path in _FOUND.items() if kind[2]]
OTHERS = [path for version, path in INTERPRETERS.items() if version != sys.version_info[:2]]


@nox.session(python=OTHERS)
def tests(session: nox.Session) -> None:
    """The suite with the newest dependencies, without what is alike on all."""
    session.install(".[test]")
    session.run("python", "-m", "tests", "-m", _MARKERS, *_without(_ALIKE), *session.posargs)


@nox.session(python=FREE_THREADED or False)
def free_threaded(session: nox.Session) -> None:
    """What runs in several threads, without the GIL; where there is such an interpreter.

    Of the dependencies of tests, those are left out that have no wheels for all of them; tests that
    need these are skipped.
    """
    if not FREE_THREADED:
        session.skip("no free-threaded Python is here")
    session.install(".[zstd]", *_FREE)
    session.run(
        "python",
        "-m",
        "pytest",
        "-m",
        _MARKERS,
        *_THREADED,
        *session.posargs,
        env={"PYTHON_GIL": "0"},
    )


@nox.session(python=list(INTERPRETERS.values())[:1])
def lowest(session: nox.Session) -> None:
    """The suite with the lowest dependencies, on the oldest Python.

    Without the tests of the local Kinesis: it has no dependencies (an import contract proves that),
    and is asked for operations that so old a boto3 does not know. Nor those that have nothing to do
    with versions.
    """
    session.install(*_lowest(), ".[test]")
    without = _without(_WITHOUT_DEPENDENCIES)
    session.run("python", "-m", "tests", "-m", _MARKERS, *without, *session.posargs)


def _without(folders: tuple[str, ...]) -> list[str]:
    return [f"--without=tests/{folder}" for folder in folders]


def _lowest() -> list[str]:
    """The lower bounds of setup.cfg, as exact versions."""
    setup = configparser.ConfigParser()
    setup.read("setup.cfg")
    lines = setup["options"]["install_requires"].split("\n")
    return [re.sub(r"\s*>=\s*", "==", line) for line in lines if line.strip()]
