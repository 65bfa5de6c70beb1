"""Which leases a worker takes or asks for: in the end, all have about as many."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kinesis_producer.core.leasing.choice import KIN, choose
from kinesis_producer.core.leasing.heartbeats import Heartbeats
from kinesis_producer.core.leasing.lease import merged, released, renewed, taken, wanted
from kinesis_producer.core.positions import SHARD_END
from tests.core.reading.building import lease

ME, YOU, SHE, HE = (f"{name}{KIN}" for name in ("me", "you", "she", "he"))
KCL = "kcl"


def owned(*owners):
    """A lease of each."""
    return [lease(f"s-{number}", owner=owner) for number, owner in enumerate(owners)]


def choice(rows, *, me=ME, still_for=0.0, held=None):
    """What to do about these, which were seen to be still for so long."""
    beats = Heartbeats(10.0)
    for tick in range(int(still_for) + 1):
        beats.saw(rows, at=float(tick))
    mine = {one.shard_id for one in rows if one.owner == me} if held is None else held
    return choose(rows, me=me, held=mine, heartbeats=beats, at=still_for)


def test_a_worker_that_is_alone_takes_everything():
    """But what is finished."""
    rows = [*owned(None, None), lease("z", checkpoint=SHARD_END)]
    assert {one.shard_id for one in choice(rows).take} == {"s-0", "s-1"}


def test_of_free_leases_a_worker_takes_its_share():
    """The rest is for the others."""
    assert len(choice(owned(None, None, None, YOU)).take) == 2
    assert choice(owned(None, YOU, ME, ME)).take == []


def test_leases_of_a_dead_worker_are_free():
    """Its owner is counted no more."""
    rows = owned(YOU, YOU, YOU)
    assert choice(rows, still_for=9.0).take == []
    assert len(choice(rows, still_for=10.0).take) == 3


def test_what_nobody_takes_is_taken_beyond_the_share():
    """The others may be gone that it was left to."""
    rows = owned(None, ME, ME, SHE, SHE)
    assert choice(rows, still_for=29.0, held={"s-1", "s-2", "s-3", "s-4"}).take == []
    assert choice(rows, still_for=30.0, held={"s-1", "s-2", "s-3", "s-4"}).take == [rows[0]]


def test_what_was_handed_to_a_worker_is_taken_first():
    """Whatever its share."""
    rows = owned(ME, ME, None, YOU)
    made = choice(rows, held=())
    assert made.take == rows[:2]


def test_a_worker_that_has_none_asks_for_one():
    """The one that has most, and one of each at a time."""
    rows = owned(YOU, YOU, YOU, SHE)
    made = choice(rows)
    assert (len(made.ask), made.steal, made.take) == (1, [], [])
    assert made.ask[0].owner == YOU
    assert len(choice(owned(*[YOU] * 4, *[SHE] * 4)).ask) == 2


def test_a_worker_that_has_two_less_than_others_asks_too():
    """Though nobody has more than the share."""
    made = choice(owned(*[YOU] * 3, *[SHE] * 3, *[HE] * 3, ME))
    assert {one.owner for one in made.ask} < {YOU, SHE, HE}


def test_a_worker_that_has_one_less_than_others_is_content():
    """Else leases would go round and round."""
    assert choice(owned(YOU, YOU, SHE, SHE, ME)).ask == []


def test_from_workers_that_hand_over_nothing_it_is_taken():
    """One at a time, as the KCL does it."""
    made = choice(owned(*[KCL] * 4, *["kcl-2"] * 4))
    assert (made.ask, len(made.steal)) == ([], 1)


def test_a_worker_that_was_asked_is_not_asked_again():
    """Before it has handed that one over."""
    rows = owned(YOU, YOU, YOU, YOU)
    rows[0] = replace(rows[0], wanted_by=SHE)
    assert choice(rows).ask == []


def test_what_was_asked_for_is_counted():
    """There is no need for more."""
    rows = owned(*[YOU] * 4, *[SHE] * 4)
    rows[0] = replace(rows[0], wanted_by=ME)
    made = choice(rows)
    assert [one.owner for one in made.ask] == [SHE]
    assert made.withdraw == []


def test_what_is_not_needed_any_more_is_asked_for_no_more():
    """Somebody died, say, and left enough."""
    rows = owned(YOU, YOU, ME, ME)
    rows[0] = replace(rows[0], wanted_by=ME)
    assert choice(rows).withdraw == [rows[0]]


def test_five_thousand_free_leases_take_no_time():
    """The lock is held meanwhile."""
    rows = owned(*[None] * 5000)
    began = time.process_time()
    assert len(choice(rows).take) == 5000
    assert time.process_time() - began < 1


class Fleet:
    """Workers that look at one table, in turn or all at once, and hand over what is asked for."""

    def __init__(self, rows, names, *, at_once):
        self.table = {one.shard_id: one for one in rows}
        self.names = list(names)
        self.beats = {name: Heartbeats(10.0) for name in names}
        self.at_once = at_once
        self.now = 0.0
        self.moves = 0

    def mine(self, name):
        return [one for one in self.table.values() if one.owner == name]

    def round(self):
        """How much was moved or asked for in it."""
        self.now += 3.0
        before = self.moves
        choices = []
        for name in self.names:
            self.hand_over_or_renew(name)
        for name in self.names:
            choices.append((name, self.choose(name)))
            if not self.at_once:
                self.do(*choices.pop())
        for name, made in choices:
            self.do(name, made)
        return self.moves - before

    def hand_over_or_renew(self, name):
        """One is handed over at a time."""
        asked = [one for one in self.mine(name) if one.wanted_by is not None and name.endswith(KIN)]
        for one in self.mine(name):
            self.table[one.shard_id] = renewed(one)
        for one in asked[:1]:
            self.table[one.shard_id] = released(one, to=one.wanted_by)

    def choose(self, name):
        beats, rows = self.beats[name], list(self.table.values())
        held = {one.shard_id for one in self.mine(name)}
        beats.saw(rows, at=self.now)
        return choose(rows, me=name, held=held, heartbeats=beats, at=self.now)

    def do(self, name, made):
        for one in (*made.take, *made.steal):
            self.put(one, taken(one, by=name))
        for one in made.ask:
            self.put(one, wanted(one, by=name))
        for one in made.withdraw:
            self.put(one, wanted(one, by=None))
        self.moves += sum(map(len, (made.take, made.steal, made.ask, made.withdraw)))

    def put(self, old, new):
        found = self.table[old.shard_id]
        if found.counter == old.counter:
            self.table[old.shard_id] = merged(found, old, new)

    def spread(self):
        counts = Counter(one.owner for one in self.table.values())
        numbers = [counts[name] for name in self.names]
        assert sum(numbers) == len(self.table)
        return max(numbers) - min(numbers)


def settle(fleet):
    """Rounds go by until nothing is moved any more; that is soon, and then for good."""
    quiet = 0
    bound = 20 + 3 * len(fleet.table)
    for _ in range(bound):
        quiet = 0 if fleet.round() else quiet + 1
        if quiet == 6:
            break
    assert quiet == 6
    assert fleet.spread() <= 1


@settings(max_examples=150, deadline=None)
@given(
    owners=st.lists(st.integers(-1, 6), max_size=30),
    workers=st.integers(1, 7),
    kin=st.lists(st.booleans(), min_size=7, max_size=7),
    dead=st.integers(0, 2),
    at_once=st.booleans(),
)
def test_leases_end_up_spread_evenly(owners, workers, kin, dead, at_once):
    """Whoever had them: nobody, the living or the dead. Then nothing moves any more."""
    names = [f"w{number}{KIN if kin[number] else ''}" for number in range(workers)]
    gone = [f"dead{number}" for number in range(dead)]
    everybody = [None, *names, *gone]
    rows = owned(*(everybody[(owner + 1) % len(everybody)] for owner in owners))
    settle(Fleet(rows, names, at_once=at_once))


@settings(max_examples=300, deadline=None)
@given(
    shards=st.integers(0, 30),
    workers=st.integers(2, 7),
    joining=st.integers(1, 4),
    at_once=st.booleans(),
)
def test_leases_are_spread_anew_when_workers_come_and_die(shards, workers, joining, at_once):
    """All of the dead one's are taken."""
    names = [f"w{number}{KIN}" for number in range(workers)]
    fleet = Fleet(owned(*[None] * shards), names, at_once=at_once)
    settle(fleet)
    for number in range(joining):
        name = f"n{number}{KIN}"
        fleet.names.append(name)
        fleet.beats[name] = Heartbeats(10.0)
    settle(fleet)
    fleet.names.remove(names[0])
    settle(fleet)
