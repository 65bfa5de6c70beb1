"""Reading one shard: iterators, pages, waits, failures, and the end."""

from __future__ import annotations

import pytest

from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Position
from kinesis_producer.core.reading.pages import (
    GetIterator,
    GetRecords,
    KinesisRecord,
    Page,
    Point,
    ReadFailed,
    Subscribe,
)
from kinesis_producer.core.reading.reader import LONGEST_WAIT, ReadRules, reader_of
from kinesis_producer.core.shards import Shard
from kinesis_producer.records import Failure
from tests.core.reading.building import (
    DENIED,
    EXPIRED,
    INVALID,
    MISSING,
    THROTTLED,
    last_page,
    lease,
    page,
    reader,
)

RULES = ReadRules()


def opened(point=None, **rules):
    """A reader with an iterator."""
    one = reader(point, **rules)
    one.call(1)
    one.opened("first")
    return one


def read(one, made, at=0.0, room=10**9):
    """Make the next call and answer with this page; the numbers that are wanted of it."""
    call = one.call(room)
    return [record.sequence_number for record in one.answered(made, asked=call.limit, at=at)]


def fail(one, failure, at=0.0, room=10**9):
    """Make the next call; it fails."""
    one.call(room)
    return one.failed(failure, at=at, spread=1.0)


def timed(*arrived_at):
    """A page of records that came then."""
    records = [KinesisRecord(n, b"x", "", at) for n, at in enumerate(arrived_at, 1)]
    return Page(records, iterator="next")


def test_an_iterator_comes_first():
    """Then pages, each from where the last one ended."""
    one = reader()
    assert one.call(1) == GetIterator("s-0", Point(TRIM_HORIZON))
    assert one.in_flight
    one.opened("first")
    assert not one.in_flight
    assert one.call(1) == GetRecords("s-0", "first", 10_000)
    one.answered(page(1, iterator="second"), asked=10_000, at=0.0)
    assert one.call(10**9) == GetRecords("s-0", "second", 10_000)


def test_a_shard_with_nothing_new_is_left_alone_for_a_while():
    """It was read to its tip."""
    one = opened(idle_time=3.0)
    read(one, page(1), at=5.0)
    assert one.caught_up
    assert one.not_before == 8.0


def test_a_shard_that_is_behind_is_read_as_fast_as_may_be():
    """Five calls a second, and two MiB."""
    one = opened()
    read(one, page(1, millis_behind=10), at=5.0)
    assert not one.caught_up
    assert one.millis_behind == 10
    assert one.not_before == pytest.approx(5.2)
    read(one, page(2, millis_behind=10, size=4 * 1024 * 1024), at=6.0)
    assert one.not_before == 8.0


def test_a_page_as_full_as_it_may_be_is_not_the_tip():
    """Whatever it says of the distance."""
    one = opened(page_limit=2)
    read(one, page(1, 2))
    assert not one.caught_up


def test_a_page_is_asked_for_that_fits_the_room():
    """By the mean size of the records of the last page; one record at the least."""
    one = opened()
    read(one, page(1, 2, size=100))
    assert one.call(1000).limit == 10
    one.answered(page(), asked=10, at=0.0)
    assert one.call(1).limit == 1


def test_records_without_a_byte_fit_anywhere():
    """Nothing is divided by their size."""
    one = opened()
    read(one, page(1, size=0))
    assert one.call(1).limit == 10_000


def test_an_expired_iterator_is_replaced():
    """It goes on behind the last record that was read."""
    one = opened()
    read(one, page(7))
    assert not fail(one, EXPIRED, at=10.0)
    assert one.call(1) == GetIterator("s-0", Point(Position(7), after=True))
    assert one.not_before == pytest.approx(10.2)


def test_an_iterator_that_expired_before_any_record_begins_where_the_first_did():
    """At the time, say."""
    point = Point(AT_TIMESTAMP, since=5.0)
    one = opened(point)
    fail(one, EXPIRED)
    assert one.call(1).point == point


@pytest.mark.parametrize("failure", [INVALID, EXPIRED])
def test_iterators_that_are_refused_again_and_again_are_told_of(failure):
    """To get a new one is no success; the pauses grow."""
    one = opened()
    told, pauses = [], []
    for _ in range(8):
        told.append(fail(one, failure))
        pauses.append(one.not_before)
        one.call(1)
        one.opened("another")
    assert told == [False] * 5 + [True] * 3
    assert pauses[:4] == pytest.approx([0.2, 0.4, 0.8, 1.6])
    read(one, page(1))
    assert one.failures == 0


def test_a_throttled_call_is_made_again_for_ever():
    """After pauses that grow up to the longest; nobody is told."""
    one = opened()
    pauses = []
    for _ in range(10):
        assert not fail(one, THROTTLED, at=100.0)
        pauses.append(one.not_before - 100.0)
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, *[LONGEST_WAIT] * 4])
    assert one.failure.code == THROTTLED.code
    read(one, page(1))
    assert (one.failures, one.failure) == (0, None)


def test_a_refusal_is_told_of_at_once():
    """It will not go away."""
    assert fail(opened(), DENIED)


def test_a_doubtful_failure_is_believed_when_it_lasts():
    """Credentials may be refreshing."""
    one = opened()
    expired = Failure("ExpiredTokenException", "m", 400)
    assert [fail(one, expired) for _ in range(7)] == [False] * 5 + [True] * 2


def test_a_shard_that_the_service_does_not_know_is_gone():
    """Unless it turns out to be there."""
    one = opened()
    fail(one, MISSING)
    assert one.gone
    fail(one, THROTTLED)
    assert not one.gone
    fail(one, MISSING)
    one.opened("it")
    assert not one.gone


def test_a_time_that_is_refused_may_be_this_moment():
    """The clock is a little ahead; some failures later it is told of."""
    one = reader(Point(AT_TIMESTAMP, since=5.0))
    assert [fail(one, INVALID) for _ in range(7)] == [False] * 5 + [True] * 2
    assert fail(reader(), INVALID)


def test_records_from_before_the_time_are_left_out():
    """However many pages of them there are; what comes later is not looked at any more."""
    one = opened(Point(AT_TIMESTAMP, since=5.5))
    assert read(one, timed(5.0, 5.1)) == []
    assert read(one, page()) == []
    assert read(one, timed(5.2, 5.5, 5.4)) == [2, 3]
    assert read(one, timed(5.4)) == [1]


def test_records_from_before_the_time_are_left_out_of_subscriptions():
    """Though an event without a record has moved on."""
    one = reader(Point(LATEST, since=5.5), subscribing=True)
    one.call(1)
    one.pushed(Page([], continues_at=3))
    assert one.pushed(timed(5.0)) == []
    assert len(one.pushed(timed(5.6))) == 1


def test_the_last_page_ends_it():
    """It tells which shards follow."""
    one = opened()
    children = (Shard("s-1", ("s-0",)),)
    assert read(one, last_page(1, children=children)) == [1]
    assert one.has_ended
    assert one.caught_up
    assert one.children == children
    one.end()
    assert one.children == children


@pytest.mark.parametrize("subscribing", [False, True])
def test_an_end_that_was_none_is_taken_back(subscribing):
    """It goes on behind the last record."""
    one = reader(subscribing=subscribing)
    one.call(1)
    if subscribing:
        one.pushed(last_page(4))
    else:
        one.opened("it")
        read(one, last_page(4))
    one.reopen()
    assert not one.has_ended
    assert not one.caught_up
    call = one.call(1)
    assert isinstance(call, Subscribe if subscribing else GetIterator)
    assert call.point == Point(Position(4), after=True)


def test_a_subscription_goes_on_where_its_events_say():
    """Also where they had no records."""
    one = reader(subscribing=True)
    assert one.call(1) == Subscribe("s-0", Point(TRIM_HORIZON))
    one.pushed(page(1, continues_at=5))
    assert one.caught_up
    one.unsubscribed(at=3.0)
    assert one.not_before == 4.0
    assert one.call(1).point == Point(Position(5), after=True)
    one.pushed(page(6, millis_behind=9))
    assert not one.caught_up
    assert one.point == Point(Position(6), after=True)


def test_a_failure_is_carried_by_its_exception():
    """The shell catches it."""
    assert ReadFailed(EXPIRED).failure is EXPIRED


# from leases


@pytest.mark.parametrize(
    ("at", "own", "told", "point"),
    [
        (TRIM_HORIZON, None, 9.0, Point(TRIM_HORIZON)),
        (Position(7, 2), 3.0, 9.0, Point(Position(7, 2))),
        (LATEST, 3.0, 9.0, Point(AT_TIMESTAMP, since=3.0)),
        (LATEST, None, 9.0, Point(AT_TIMESTAMP, since=9.0)),
        (LATEST, None, None, Point(LATEST)),
        (AT_TIMESTAMP, 0.0, 9.0, Point(AT_TIMESTAMP, since=0.0)),
        (AT_TIMESTAMP, None, None, Point(TRIM_HORIZON)),
    ],
)
def test_a_lease_says_where_to_begin(at, own, told, point):
    """By its own time, else by that of the consumer; without any, rather twice than never."""
    one = reader_of(lease("s-0", checkpoint=at, since=own), RULES, since=told)
    assert one.point == point


def test_a_finished_lease_is_not_read():
    """There is nothing more."""
    assert reader_of(lease("s-0", checkpoint=SHARD_END), RULES, since=None).has_ended


def test_a_lease_is_read_by_subscription_where_that_is_wished():
    """From the same point."""
    one = reader_of(lease("s-0"), ReadRules(subscribing=True), since=None)
    assert isinstance(one.call(1), Subscribe)


@pytest.mark.parametrize(("subscribing", "kind"), [(False, GetIterator), (True, Subscribe)])
def test_a_first_call_in_vain_leaves_nothing_out(subscribing, kind):
    """The newest record is no other one later: from then on it begins when the consumer was made.

    What the clock of this machine says is no reason to leave out what comes.
    """
    row = lease("s-0", checkpoint=LATEST)
    one = reader_of(row, ReadRules(subscribing=subscribing), since=None, made_at=7.0)
    assert one.call(1) == kind("s-0", Point(LATEST))
    one.failed(THROTTLED, at=0.0, spread=1.0)
    assert one.call(1) == kind("s-0", Point(AT_TIMESTAMP, since=7.0))
    assert one.since is None


def test_an_iterator_of_the_newest_record_that_expires_leaves_nothing_out():
    """Before there was any record."""
    row = lease("s-0", checkpoint=LATEST)
    one = reader_of(row, RULES, since=None, made_at=7.0)
    assert one.call(1) == GetIterator("s-0", Point(LATEST))
    one.opened("it")
    one.answered(page(), asked=1, at=0.0)
    one.call(1)
    one.failed(EXPIRED, at=0.0, spread=1.0)
    assert one.call(1) == GetIterator("s-0", Point(AT_TIMESTAMP, since=7.0))


def test_an_end_that_an_answer_has_refuted_is_doubted_anew():
    """A page without a record said that there is more; two broken answers may have been met."""
    one = reader()
    one.opened("it")
    one.answered(last_page(), asked=1, at=0.0)
    one.reopen(closed=True)
    assert one.is_believed
    one.opened("it")
    one.answered(page(millis_behind=1000), asked=1, at=0.0)
    one.answered(last_page(), asked=1, at=0.0)
    assert not one.is_believed
