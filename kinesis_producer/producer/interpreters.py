"""A process may have several Python interpreters. Only the first one can have a producer."""

from __future__ import annotations

import _thread
import contextlib
import importlib
from typing import Any


def check() -> None:
    """Refuse any interpreter but the main one.

    Some have no daemon threads at all. The others end the whole process, by a fatal error, where
    one of these threads is still there when they are destroyed.

    Raises:
        RuntimeError: this is a subinterpreter.
    """
    if not _is_main():
        raise RuntimeError(
            "a producer cannot be made in a subinterpreter, where its threads would end the whole"
            " process; make it in the main interpreter"
        )


def _is_main() -> bool:
    """Whether this is the main interpreter; also where nobody can tell."""
    known: Any = getattr(_thread, "_is_main_interpreter", None)  # from CPython 3.12 on
    if known is not None:
        return bool(known())
    with contextlib.suppress(ImportError, AttributeError):
        interpreters = importlib.import_module("_xxsubinterpreters")
        return bool(interpreters.get_current() == interpreters.get_main())
    return True
