"""Few requests while the service says that it may never work."""

from __future__ import annotations

import pytest

from kinesis_producer.core.probing import Probing

NEVER = float("inf")


def test_the_budget_of_probes_is_shared():
    """Four probes, each later than the one before, then it is hopeless."""
    probing = Probing()
    now, waits = 0.0, []
    assert not probing.suspect(now, spread=1.0, probe=False)
    for _ in range(3):
        waits.append(probing.not_before - now)
        now = probing.not_before
        assert not probing.suspect(now, spread=1.0, probe=True)
    waits.append(probing.not_before - now)
    assert waits == pytest.approx([0.4, 0.8, 1.6, 3.2])
    assert probing.suspect(now, spread=1.0, probe=True)


def test_requests_on_their_way_before_do_not_count():
    """Answers to requests that were no probes use up nothing."""
    probing = Probing()
    for _ in range(20):
        assert not probing.suspect(0.0, spread=1.0, probe=False)
    assert probing.not_before == pytest.approx(0.4)


def test_one_probe_at_a_time():
    """While one is in flight no other may go."""
    probing = Probing()
    assert probing.due(lambda: True) == -NEVER
    probing.suspect(0.0, spread=1.0, probe=False)
    assert probing.due(lambda: True) == NEVER
    assert probing.due(lambda: False) == pytest.approx(0.4)


def test_an_accepted_record_clears_the_suspicion():
    """After it, the whole budget is there again."""
    probing = Probing()
    probing.suspect(0.0, spread=1.0, probe=False)
    probing.clear()
    assert not probing.active
    assert probing.due(lambda: True) == -NEVER
    probing.suspect(10.0, spread=1.0, probe=False)
    assert probing.not_before == pytest.approx(10.4)
