"""Which closed aggregates may go, and in what order."""

from __future__ import annotations

from kinesis_producer.core.aggregate import State
from kinesis_producer.core.pieces import Piece
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.schedule import Schedule
from kinesis_producer.records import NO_KEYS
from tests.core.building import aggregate

NEVER = float("inf")


def closed(number, size=10, opened_at=0.0):
    made = aggregate(b"x", number=number, size=size)
    made.opened_at = opened_at
    made.move(State.CLOSED)
    return made


def schedule(*aggregates, size=100, count=500, linger=0.0, ordered=False):
    made: Schedule[int] = Schedule(
        RequestLimits(size, count), patience=lambda: linger, ordered=ordered
    )
    for one in aggregates:
        made.add(one)
    return made


def take(scheduled, now=0.0, credit=10**9):
    spent = []

    def spend(size):
        spent.append(size)
        return sum(spent) < credit

    return [one.number for one in scheduled.take(now, spend)]


def test_what_closed_first_goes_first_as_far_as_it_fits():
    """A request is filled up to its size, and not beyond."""
    scheduled = schedule(closed(1, 40), closed(2, 60), closed(3, 1))
    assert scheduled.full
    assert take(scheduled) == [1, 2]
    assert take(scheduled) == [3]
    assert not scheduled
    assert scheduled.due() == NEVER


def test_a_request_holds_so_many_entries():
    """The count is a limit too."""
    scheduled = schedule(*map(closed, range(5)), count=2)
    assert scheduled.full
    assert [take(scheduled), take(scheduled), take(scheduled)] == [[0, 1], [2, 3], [4]]


def test_each_piece_of_an_aggregate_is_an_entry():
    """One whose pieces do not all fit beside the others waits for the next request."""
    pieces = closed(3)
    pieces.pieces = [Piece([b"x"], [NO_KEYS]) for _ in range(3)]
    scheduled = schedule(closed(1), closed(2), pieces, closed(4), count=4)
    assert [take(scheduled), take(scheduled)] == [[1, 2], [3, 4]]


def test_one_that_fills_a_request_alone_is_not_stuck():
    """The first entry always goes."""
    assert take(schedule(closed(1, 500), closed(2))) == [1]


def test_retries_wait_for_their_time_and_then_go_before_what_is_new():
    """Not before; then first, oldest first."""
    scheduled = schedule(closed(3))
    scheduled.retry(closed(2), 5.0)
    scheduled.retry(closed(1), 6.0)
    assert take(scheduled, now=1.0) == [3]
    assert scheduled.due() == 5.0
    assert take(scheduled, now=4.9) == []
    scheduled.add(closed(4))
    assert take(scheduled, now=6.0) == [1, 2, 4]


def test_the_pace_ends_a_request():
    """Without credit for another entry the rest stays."""
    scheduled = schedule(closed(1), closed(2), closed(3))
    assert take(scheduled, credit=15) == [1, 2]
    assert take(scheduled) == [3]


def test_halves_go_as_requests_of_their_own():
    """A batch with a culprit in it is cut in two, the larger half first."""
    scheduled = schedule(closed(9))
    scheduled.bisect([closed(1), closed(2), closed(3)])
    scheduled.bisect([])
    assert [take(scheduled), take(scheduled), take(scheduled)] == [[1, 2], [3], [9]]


def test_what_was_settled_meanwhile_is_passed_over():
    """Dropped or expired aggregates never go, wherever they wait."""
    ready, waiting, again, half = closed(1), closed(2), closed(3), closed(4)
    scheduled = schedule(ready)
    scheduled.retry(waiting, 1.0)
    scheduled.retry(again, 2.0)
    scheduled.bisect([half])
    for one in (ready, waiting, half):
        one.move(State.SETTLED)
    assert scheduled.due() == 2.0
    assert take(scheduled, now=3.0) == [3]
    assert take(scheduled, now=3.0) == []


def test_a_half_of_which_all_was_settled_is_passed_over():
    """It is no reason to ask for a request."""
    halves = [closed(1), closed(2)]
    scheduled = schedule()
    scheduled.bisect(halves)
    for one in halves:
        one.move(State.SETTLED)
    assert scheduled.due() == NEVER
    assert not scheduled


def test_what_was_settled_in_the_middle_is_passed_over():
    """A request is filled with what comes after it."""
    ready = [closed(number) for number in range(1, 5)]
    scheduled = schedule(*ready)
    ready[1].move(State.SETTLED)
    ready[2].move(State.SETTLED)
    assert take(scheduled) == [1, 4]
    assert not scheduled


def test_in_order_only_one_goes_and_a_retry_holds_up_the_rest():
    """Retries before successors, also before their time has come."""
    scheduled = schedule(closed(2), closed(3), ordered=True)
    scheduled.retry(closed(1), 5.0)
    assert scheduled.full
    assert scheduled.due() == 5.0
    assert take(scheduled, now=4.0) == []
    assert [take(scheduled, 5.0), take(scheduled, 5.0), take(scheduled, 5.0)] == [[1], [2], [3]]


def test_single_records_wait_for_a_full_request():
    """For their age, for the count, for the size, or for a flush; whichever comes first."""
    scheduled = schedule(closed(1), linger=0.5, count=3)
    assert scheduled.due() == 0.5
    assert take(scheduled, now=0.4) == []
    assert take(scheduled, now=0.5) == [1]
    scheduled = schedule(*map(closed, range(3)), linger=0.5, count=3)
    assert scheduled.due() == -NEVER
    scheduled = schedule(closed(1, 60), closed(2, 60), linger=0.5)
    assert scheduled.due() == -NEVER
    scheduled = schedule(closed(1), linger=0.5)
    scheduled.hurry()
    assert scheduled.due() == -NEVER
    scheduled.add(closed(2))
    assert take(scheduled) == [1, 2]
    scheduled.add(closed(3))
    assert scheduled.due() == 0.5
    schedule(linger=0.5).hurry()


def test_a_flush_means_what_closed_in_another_order_too():
    """A large record opens after others and closes before them."""
    scheduled = schedule(closed(3), closed(2), linger=0.5)
    scheduled.hurry()
    assert scheduled.due() == -NEVER
    assert take(scheduled) == [3, 2]


def test_what_began_first_says_how_long_all_wait():
    """Also behind what closed before it."""
    late, early = closed(2), closed(1)
    late.opened_at, early.opened_at = 0.4, 0.0
    scheduled = schedule(late, linger=0.5)
    assert scheduled.due() == 0.9
    scheduled.add(early)
    assert scheduled.due() == 0.5
    assert take(scheduled, 0.5) == [2, 1]
    late.opened_at = 0.7
    scheduled.add(late)
    assert scheduled.due() == 1.2


def test_what_is_in_no_queue_is_found_again():
    """After an interruption, closed aggregates that were on their way are queued."""
    ready, waiting, half, lost = closed(1), closed(2), closed(3), closed(4)
    scheduled = schedule(ready)
    scheduled.retry(waiting, 0.0)
    scheduled.bisect([half])
    scheduled.rebuild([ready, waiting, half, lost, aggregate(b"open", number=5)])
    assert [take(scheduled), take(scheduled)] == [[3], [2, 1, 4]]
