"""An environment of its own for each library that is measured, and for the plot."""

from __future__ import annotations

import configparser
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT: Final = Path(__file__).parents[1]

#: Git knows nothing of it.
FOLDER: Final = PROJECT / "benchmarks" / ".peers"
REQUIREMENTS: Final = PROJECT / "benchmarks" / "peers" / "requirements"

#: What drivers import from: the benchmarks, and not the package of the checkout, which would hide
#: the ancestor's.
_PATH: Final = FOLDER / "path"


def python(name: str) -> Path:
    """The interpreter of an environment, which is made if it is not there, or is out of date.

    Args:
        name: of a file of requirements; "ours" has this library from the checkout, and
            "ours-fast" what it is quicker with.
    """
    folder = FOLDER / name
    made = folder / ".made"
    wanted = _wanted(name)
    if not made.exists() or made.read_text() != wanted:
        _make(folder, _installed(name))
        made.write_text(wanted)
    return folder / "bin" / "python"


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a driver is run with."""
    _PATH.mkdir(parents=True, exist_ok=True)
    link = _PATH / "benchmarks"
    if not link.is_symlink():
        link.symlink_to(PROJECT / "benchmarks", target_is_directory=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PYTHONPATH": str(_PATH), "PYTHONSAFEPATH": "1", **extra}


def has_extra(name: str) -> bool:
    """Whether this library has an extra of that name."""
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(PROJECT / "setup.cfg")
    return setup.has_option("options.extras_require", name)


def _installed(name: str) -> list[str]:
    if not name.startswith("ours"):
        return ["-r", str(REQUIREMENTS / f"{name}.txt")]
    extra = "[fast]" if name == "ours-fast" else ""
    return ["-r", str(REQUIREMENTS / "ours.txt"), "-e", f"{PROJECT}{extra}"]


def _wanted(name: str) -> str:
    """Changes when it has to be made anew."""
    stem = "ours" if name.startswith("ours") else name
    files = [REQUIREMENTS / f"{stem}.txt"]
    files += [PROJECT / "setup.cfg"] if stem == "ours" else []
    every = b"".join(file.read_bytes() for file in files)
    return f"{sys.version} {hashlib.sha256(every).hexdigest()}"


def _make(folder: Path, installed: list[str]) -> None:
    print(f"making {folder.name} ...", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", *installed], check=True)
