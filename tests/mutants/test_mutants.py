"""The list of mutants fits the code and its page; `make mutants` runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from tests.mutants.__main__ import caught, fresh, sound
from tests.mutants.mutant import PACKAGE, ROOT, Mutant, Stale, applied
from tests.mutants.page import table
from tests.mutants.running import Verdict
from tests.mutants.seeded import MUTANTS
from tests.producer.programs import unmeasured

PAGE = ROOT / "docs" / "mutants.rst"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_mutant_fits_the_code(mutant):
    """Its old text stands there exactly once, what comes of it is Python, and its layer exists."""
    source = (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8")
    changed = applied(mutant, source)
    assert changed != source
    compile(changed, mutant.file, "exec")
    assert mutant.layer
    assert all((ROOT / place.split("::")[0]).exists() for place in mutant.layer)


def test_names_are_given_once():
    """They are what ``--only`` takes."""
    assert max(Counter(one.name for one in MUTANTS).values()) == 1


def test_the_page_has_the_table_of_this_list():
    """``python -m tests.mutants --table`` prints what belongs there."""
    assert PAGE.read_text(encoding="utf-8").endswith(table())


@pytest.mark.parametrize("source", ["", "x = 1\nx = 1\n"])
def test_a_text_that_does_not_stand_there_once_is_stale(source, capsys):
    """Then nobody knows what would be tried."""
    mutant = Mutant("m", "", "limits.py", "x = 1\n", "", ())
    with pytest.raises(Stale, match=r"m: its old text stands \d times in limits.py"):
        applied(mutant, source)
    assert not fresh([mutant])
    assert "STALE     m: its old text stands 0 times" in capsys.readouterr().out


class Pool:
    """Runs nothing: each mutant ends as it is named."""

    def submit(self, _judge, layer, mutant=None):
        word = mutant.name if mutant else layer[0]
        return Done(Verdict(word, 0.0, "", "what pytest said"))


class Done:
    def __init__(self, verdict):
        self.result = lambda: verdict


@pytest.fixture(autouse=True)
def _in_order(monkeypatch):
    monkeypatch.setattr("tests.mutants.__main__.as_completed", list)


@pytest.mark.parametrize(
    ("word", "good"), [("caught", True), ("hung", True), ("passed", False), ("broken", False)]
)
def test_only_a_test_that_fails_or_hangs_has_caught_a_mutant(word, good, capsys):
    """One that survives, and one with which no test could run, are told by the exit code."""
    mutant = replace(MUTANTS[0], name=word)
    assert caught([mutant], Pool()) is good  # type: ignore[arg-type]
    assert ("SURVIVED" in capsys.readouterr().out) is (word == "passed")


@pytest.mark.parametrize(("word", "good"), [("passed", True), ("caught", False), ("hung", False)])
def test_a_layer_has_to_pass_without_a_mutant(word, good):
    """Else its failure would mean nothing."""
    assert sound([replace(MUTANTS[0], layer=(word,))], Pool()) is good  # type: ignore[arg-type]


def test_the_package_that_is_tested_is_the_copy(tmp_path):
    """Whatever is installed, or first on the path: the witness refuses any other."""
    place = tmp_path / "tests" / "mutants"
    place.mkdir(parents=True)
    for name in ("__init__.py", "mutants/__init__.py", "mutants/witness.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.mutants.witness"],
        cwd=tmp_path,
        env={**unmeasured(), "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode not in {0, 1}
    assert "would be tested, instead of what is in" in run.stderr
