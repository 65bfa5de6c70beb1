from __future__ import annotations

import sys

import pytest

from tests.interleavings.visible import staged


@pytest.fixture(autouse=True)
def _staged(monkeypatch):
    """Producers made in a test can be explored; so can they outside of the command `frontrun`.

    A thread that frontrun lets go on runs until it comes to the next access. That another one takes
    the interpreter from it meanwhile is made as good as impossible, so that a run is like the last.
    """
    monkeypatch.setenv("FRONTRUN_ACTIVE", "1")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1.0)
    with staged():
        yield
    sys.setswitchinterval(interval)
