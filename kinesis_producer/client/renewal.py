"""Credentials after a fork: a thread of the parent may have been renewing them, under a lock."""

from __future__ import annotations

import contextlib
import inspect
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCKS: Final[dict[type, Callable[[], object]]] = {
    type(made()): made for made in (threading.Lock, threading.RLock)
}
#: Where botocore has what is renewed, and what renews it.
_PLACES: Final = {"botocore.credentials", "botocore.tokens"}


def unlock(credentials: object) -> None:
    """Give them, and those that they are renewed with, locks that nobody holds.

    The thread that held the old ones is not there to let go. Locks are found by their kind, since
    their names are botocore's own. Where there is none, nothing is done.
    """
    seen: set[int] = set()
    left = [credentials]
    while left:
        one = left.pop()
        if id(one) not in seen and _is_known(one):
            seen.add(id(one))
            left += _renewed(one)


def _renewed(one: object) -> list[object]:
    """Renew its locks; what else it has."""
    parts = dict(getattr(one, "__dict__", {}))
    for name, part in parts.items():
        if type(part) in _LOCKS:
            with contextlib.suppress(AttributeError, TypeError):  # it may be read only
                setattr(one, name, _LOCKS[type(part)]())
    return [part.__self__ if inspect.ismethod(part) else part for part in parts.values()]


def _is_known(one: object) -> bool:
    return any(kind.__module__ in _PLACES for kind in type(one).__mro__)
