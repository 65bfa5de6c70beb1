"""Servers by other people, by their names."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulators import ministack, servers

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Why it is not there, if so; and what runs it.
SERVERS: dict[str, tuple[Any, Any]] = {
    "kinesis-local": (servers.missing, servers.kinesis_local),
    "kinesalite": (servers.missing, servers.kinesalite),
    "ministack": (ministack.missing, ministack.ministack),
}


@contextmanager
def running(name: str) -> Iterator[str]:
    """Where that one is; a missing one is skipped at home and fails on CI."""
    missing, run = SERVERS[name]
    reason = missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(f"{name}: {reason}")
    if reason is not None:
        pytest.skip(f"{name}: {reason}")
    with run() as url:
        yield url
