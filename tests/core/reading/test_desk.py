"""All shards that are read here: turns, prefetch, and memory."""

from __future__ import annotations

import pytest

from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.core.reading.pages import GetIterator, GetRecords, Subscribe
from kinesis_producer.core.reading.reading import Reading
from kinesis_producer.limits import MAX_PAGE_SIZE
from tests.core.reading.building import (
    DENIED,
    THROTTLED,
    begin,
    fetch,
    give_all,
    last_page,
    page,
    reading,
    user_records,
)

NEVER = float("inf")
MIB = 1024 * 1024
ROOMY = 100 * MAX_PAGE_SIZE


def desk_of(*names, memory=ROOMY):
    """A desk with these shards, each with an iterator."""
    desk = Desk(memory)
    for name in names:
        begin(desk, reading(name))
    return desk


def test_a_shard_gets_an_iterator_and_then_pages():
    """One call at a time."""
    desk = desk_of(memory=ROOMY)
    one = reading()
    desk.begin(one)
    call = desk.next_call(0.0)
    assert isinstance(call, GetIterator)
    assert desk.next_call(0.0) is None
    assert desk.due() == NEVER
    desk.opened(call, one, "it")
    call = desk.next_call(0.0)
    assert isinstance(call, GetRecords)
    assert call.iterator == "it"


def test_it_says_when_the_next_call_is_due():
    """And makes none before."""
    desk = desk_of("s-0")
    fetch(desk, 1, at=0.0)
    assert desk.due() == 1.0
    assert desk.next_call(0.9) is None
    assert desk.next_call(1.0) is not None


def test_shards_take_turns():
    """One Kinesis record of each."""
    desk = desk_of("a", "b", "c")
    fetch(desk, 1, 2, 3, at=0.0)
    fetch(desk, 10, at=0.0)
    fetch(desk, 20, 21, at=0.0)
    assert give_all(desk) == [("a", 1), ("b", 10), ("c", 20), ("a", 2), ("c", 21), ("a", 3)]
    assert desk.next_reading(0.0) is None


def test_a_shard_that_may_not_give_is_passed_over():
    """It keeps what it has, for later."""
    desk = desk_of("a", "b")
    fetch(desk, 1, at=0.0)
    fetch(desk, 2, at=0.0)
    desk.get("a").stopping = True
    assert give_all(desk) == [("b", 2)]
    desk.get("a").stopping = False
    assert give_all(desk) == [("a", 1)]


def test_a_turn_of_a_shard_that_was_dropped_is_none():
    """Whoever took its record apart meanwhile may say so all the same."""
    desk = desk_of("a", "b")
    fetch(desk, 1, at=0.0)
    one = desk.get("a")
    desk.drop("a")
    assert desk.next_reading(0.0) is None
    desk.turn(one)
    desk.drop("a")
    assert [two.shard_id for two in desk] == ["b"]
    assert len(desk) == 1


def test_what_is_taken_apart_while_its_shard_is_dropped_is_given_to_nobody():
    """The lease was lost meanwhile."""
    desk = desk_of("a")
    one = fetch(desk, 1, at=0.0)
    one.unpack()
    desk.drop("a")
    one.fill(user_records(1))
    assert not one.may_give(0.0)


def test_a_dropped_shard_frees_its_memory():
    """And an answer that comes afterwards brings nothing."""
    desk = desk_of("a")
    one = fetch(desk, 1, at=0.0)
    call = desk.next_call(1.0)
    desk.drop("a")
    assert desk.buffered == 0
    desk.answered(call, one, page(2), at=1.0)
    desk.opened(call, one, "it")
    desk.unsubscribed(call, one, at=1.0)
    assert not desk.pushed(call, one, page(2))
    assert not desk.failed(call, one, DENIED, at=1.0, spread=1.0)
    assert desk.buffered == 0
    assert desk.next_call(9.0) is None


def test_a_shard_that_comes_back_is_not_given_what_was_asked_for_before():
    """It was taken anew, perhaps from a later checkpoint."""
    desk = desk_of("a")
    old = desk.get("a")
    call = desk.next_call(0.0)
    desk.drop("a")
    new = reading("a")
    begin(desk, new)
    desk.answered(call, old, page(1), at=0.0)
    assert not new.has_more
    assert fetch(desk, 1, at=0.0) is new
    assert give_all(desk) == [("a", 1)]


def test_a_failed_call_is_made_again_later():
    """The desk says whether somebody should hear of it."""
    desk = desk_of("a")
    call, one = desk.next_call(0.0), desk.get("a")
    assert not desk.failed(call, one, THROTTLED, at=0.0, spread=1.0)
    assert desk.due() == pytest.approx(0.2)
    call = desk.next_call(1.0)
    assert desk.failed(call, one, DENIED, at=1.0, spread=1.0)


def test_a_shard_that_ended_is_read_no_more():
    """Until its end turns out to be none."""
    desk = desk_of("a")
    one = fetch(desk, 1, at=0.0, more=False)
    assert desk.due() == NEVER
    one.reader.reopen()
    desk.resume(one)
    assert isinstance(desk.next_call(1.0), GetIterator)


def test_a_shard_that_stops_is_read_no_more():
    """Until it is resumed."""
    desk = desk_of("a")
    one = fetch(desk, 1, at=0.0)
    one.stopping = True
    assert desk.next_call(9.0) is None
    one.stopping = False
    desk.resume(one)
    assert desk.next_call(9.0) is not None


# memory


def test_pages_that_are_read_count_as_the_largest():
    """So that all fit in when they come."""
    desk = desk_of("a", "b", "c", memory=2 * MAX_PAGE_SIZE)
    first, second = desk.next_call(0.0), desk.next_call(0.0)
    assert desk.next_call(0.0) is None
    desk.answered(first, desk.get("a"), page(), at=0.0)
    assert desk.next_call(0.0).shard_id == "c"
    assert second.shard_id == "b"


def test_a_call_that_fails_gives_its_room_to_others():
    """Whether or not its shard is read still."""
    desk = desk_of("a", "b", memory=MAX_PAGE_SIZE)
    call = desk.next_call(0.0)
    assert desk.next_call(0.0) is None
    desk.failed(call, desk.get("a"), THROTTLED, at=0.0, spread=1.0)
    assert desk.next_call(0.0).shard_id == "b"


def test_no_shard_takes_the_part_of_another():
    """One that has its part is read on when some of it was given out."""
    desk = desk_of("a", "b", memory=4 * MAX_PAGE_SIZE)
    fetch(desk, 1, 2, at=0.0, size=MAX_PAGE_SIZE)
    fetch(desk, 3, at=0.0)
    assert desk.next_call(99.0).shard_id == "b"
    assert desk.next_call(99.0) is None
    assert desk.due() == NEVER
    give_all(desk)
    assert desk.next_call(99.0).shard_id == "a"


def test_with_the_least_memory_reading_goes_on():
    """The last record of a page is given, and then there is room for the next page."""
    desk = desk_of("a", memory=MAX_PAGE_SIZE)
    for number in range(5):
        fetch(desk, number, at=float(number), size=1000)
        assert give_all(desk) == [("a", number)]


def test_last_records_of_many_shards_do_not_fill_the_memory():
    """600 shards with an aggregate of 100 kB each."""
    names = [f"s-{number}" for number in range(600)]
    desk = desk_of(*names, memory=64 * MIB)
    given = []
    while len(given) < 1200:
        while fetch(desk, 1, at=float(len(given)), size=100_000):
            pass
        before = len(given)
        given += give_all(desk)
        assert len(given) > before
    assert {name for name, _ in given} == set(names)


def test_a_record_that_leaves_nothing_to_give_makes_room():
    """It was dealt with before; nobody's turn comes after it."""
    desk = desk_of("a", memory=MAX_PAGE_SIZE)
    one = fetch(desk, 1, at=0.0, size=MAX_PAGE_SIZE)
    assert desk.next_call(9.0) is None
    desk.next_reading(1.0).unpack()
    one.fill([])
    assert desk.next_call(9.0) is not None


def test_a_record_that_cannot_be_read_makes_room():
    """It is passed."""
    desk = desk_of("a", memory=MAX_PAGE_SIZE)
    one = fetch(desk, 1, at=0.0, size=MAX_PAGE_SIZE)
    assert desk.next_call(9.0) is None
    desk.next_reading(1.0).unpack()
    one.passed()
    assert desk.next_call(9.0) is not None


def test_a_dropped_shard_makes_room_for_those_that_wait():
    """Whether it waits itself, or has what they wait for."""
    desk = desk_of("a", "b", "c", memory=MAX_PAGE_SIZE)
    fetch(desk, 1, at=0.0, size=MAX_PAGE_SIZE)
    assert desk.next_call(1.0) is None
    desk.drop("b")
    assert desk.next_call(1.0) is None
    desk.drop("a")
    assert desk.next_call(1.0).shard_id == "c"


def test_those_that_stop_while_they_wait_hold_up_nobody():
    """The next one is read."""
    desk = desk_of("a", "b", "c", memory=MAX_PAGE_SIZE)
    fetch(desk, 1, at=0.0, size=MAX_PAGE_SIZE)
    assert desk.next_call(0.5) is None
    desk.get("b").stopping = True
    give_all(desk)
    assert desk.next_call(0.5).shard_id == "c"


def test_an_iterator_needs_no_room():
    """It is asked for while the memory is full."""
    desk = desk_of("a", memory=MAX_PAGE_SIZE)
    fetch(desk, 1, at=0.0, size=MAX_PAGE_SIZE)
    desk.begin(reading("b"))
    assert isinstance(desk.next_call(0.0), GetIterator)


# subscriptions


def test_a_subscription_brings_what_is_pushed():
    """Until the shard ends."""
    desk = desk_of(memory=ROOMY)
    one = reading("a", subscribing=True)
    desk.begin(one)
    call = desk.next_call(0.0)
    assert isinstance(call, Subscribe)
    assert desk.pushed(call, one, page(1))
    assert not desk.pushed(call, one, last_page(2))
    desk.unsubscribed(call, one, at=1.0)
    assert give_all(desk) == [("a", 1), ("a", 2)]
    assert desk.due() == NEVER


def test_a_subscription_that_ended_is_made_anew():
    """After a second."""
    desk = desk_of(memory=ROOMY)
    one = reading("a", subscribing=True)
    desk.begin(one)
    desk.unsubscribed(desk.next_call(0.0), one, at=5.0)
    assert desk.due() == 6.0


def test_a_subscription_ends_where_a_shard_stops():
    """What comes is left: the next owner gets it."""
    desk = desk_of(memory=ROOMY)
    one = reading("a", subscribing=True)
    desk.begin(one)
    call = desk.next_call(0.0)
    one.stopping = True
    assert not desk.pushed(call, one, page(1))
    assert not one.has_more


def test_a_subscription_waits_for_room():
    """For its own part, and for all of it."""
    desk = desk_of(memory=2 * MAX_PAGE_SIZE)
    one, other = reading("a", subscribing=True), reading("b", subscribing=True)
    desk.begin(one)
    desk.begin(other)
    call = desk.next_call(0.0)
    assert desk.has_room(one)
    desk.pushed(call, one, page(1, size=MAX_PAGE_SIZE))
    assert not desk.has_room(one)
    assert desk.has_room(other)
    desk.pushed(call, one, page(2))
    assert not desk.has_room(other)
    assert desk.next_call(0.0) is None


# many shards


def count_calls(monkeypatch, name):
    """How often a property of a reading is asked for."""
    asked = []
    real = getattr(Reading, name).fget

    def look(one):
        asked.append(1)
        return real(one)

    monkeypatch.setattr(Reading, name, property(look))
    return asked


def test_five_thousand_shards_cost_each_its_own(monkeypatch):
    """What is looked at for a turn or a call does not grow with their number."""
    asked = count_calls(monkeypatch, "has_more")
    names = [f"s-{number}" for number in range(5000)]
    desk = desk_of(*names, memory=5001 * MAX_PAGE_SIZE)
    for number in range(3):
        for _ in names:
            fetch(desk, number, at=float(number), size=10)
        assert len(give_all(desk)) == 5000
    assert len(asked) < 10 * 15_000


def test_five_thousand_shards_with_room_for_few(monkeypatch):
    """Those that wait are looked at when there is room, one for each page."""
    looks = []
    real = Desk._put_by

    def look(*given):
        looks.append(1)
        return real(*given)

    monkeypatch.setattr(Desk, "_put_by", look)
    names = [f"s-{number}" for number in range(5000)]
    desk = desk_of(*names, memory=4 * MAX_PAGE_SIZE)
    given = 0
    while given < 15_000:
        while fetch(desk, 1, 2, 3, at=float(given), size=MAX_PAGE_SIZE // 4):
            pass
        given += len(give_all(desk))
    assert len(looks) < 5 * 15_000
