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
nox.options.sessions = ["tests", "lowest"]

#: What other versions cannot change: servers by other people, and what the core decides by itself.
_MARKERS = "not slow and not real_server"
_ALIKE = ("contract", "fleet", "kcl", "mutants", "simulation", "soak", "stores")
_WITHOUT_DEPENDENCIES = (*_ALIKE, "testing", "interleavings")

_WANTED = [(3, minor) for minor in range(11, 20)]


def _interpreters() -> dict[tuple[int, int], str]:
    """One interpreter of each version: on the path, or installed by pyenv."""
    found: dict[tuple[int, int], str] = {}
    places = [shutil.which(f"python{major}.{minor}") or "" for major, minor in _WANTED]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places += map(str, pyenv.glob("versions/3.*/bin/python3"))
    for place in places:
        version = _version(place)
        if version in _WANTED:
            found.setdefault(version, place)
    return dict(sorted(found.items()))


def _version(python: str) -> tuple[int, int] | None:
    """Its version, or nothing where it is only the promise of an interpreter."""
    if not python:
        return None
    asked = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    words = answer.stdout.split()
    return (int(words[0]), int(words[1])) if answer.returncode == 0 else None


INTERPRETERS = _interpreters()
OTHERS = [path for version, path in INTERPRETERS.items() if version != sys.version_info[:2]]


@nox.session(python=OTHERS)
def tests(session: nox.Session) -> None:
    """The suite with the newest dependencies, without what is alike on all."""
    session.install(".[test]")
    session.run("python", "-m", "tests", "-m", _MARKERS, *_without(_ALIKE), *session.posargs)


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
