"""What was said of each record is true, whatever the service did."""

from __future__ import annotations

import pytest

from kinesis_producer.testing import faults
from tests.soak.rounds import Figures, play

SEEDS = 20


@pytest.fixture(scope="module")
def figures():
    """Of all seeds together: most kinds of faults have to be among them."""
    counted = Figures()
    yield counted
    assert counted.records > SEEDS * 1000
    assert len(counted.met) > 0.8 * len(faults.PASSING)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_oracle_finds_nothing(figures, seed):
    """Every record has one outcome, true to the ledger, and copies are within what was declared."""
    play(seed, 1500, figures)
