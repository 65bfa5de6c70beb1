"""Which interpreter of the process is the main one, however a version of Python tells it."""

from __future__ import annotations

import _thread
import contextlib
import sys
from types import ModuleType

import pytest

from kinesis_producer.producer import interpreters


@pytest.fixture
def asked(monkeypatch):
    """CPython 3.11: another module, which is not meant for programs, knows."""
    monkeypatch.delattr(_thread, "_is_main_interpreter", raising=False)
    module = ModuleType("_xxsubinterpreters")
    monkeypatch.setitem(sys.modules, "_xxsubinterpreters", module)
    return module


def test_the_main_interpreter_may_have_producers():
    """Of whatever version this is."""
    interpreters.check()


@pytest.mark.parametrize("main", [True, False])
def test_newer_versions_are_asked_directly(monkeypatch, main):
    """From CPython 3.12 on."""
    monkeypatch.setattr(_thread, "_is_main_interpreter", lambda: main, raising=False)
    assert interpreters._is_main() is main
    with contextlib.nullcontext() if main else pytest.raises(RuntimeError, match="subinterpreter"):
        interpreters.check()


@pytest.mark.parametrize("main", [0, 1])
def test_older_versions_compare_two_names(asked, main):
    """The main interpreter, and this one."""
    asked.get_main = lambda: main
    asked.get_current = lambda: 0
    assert interpreters._is_main() is (main == 0)


def test_where_nobody_knows_it_is_taken_for_the_main_one(asked, monkeypatch):
    """As every program is that does not take pains to be another one."""
    assert interpreters._is_main()
    monkeypatch.setitem(sys.modules, "_xxsubinterpreters", None)
    assert interpreters._is_main()
