"""Decisions about everything pending, one situation at a time."""

from __future__ import annotations

import pytest

from kinesis_producer.core.aggregate import CloseReason, State
from kinesis_producer.core.backlog import NOWHERE
from kinesis_producer.core.put_records import Batch, RequestLimits
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.limits import AGGREGATE_OVERHEAD
from kinesis_producer.records import NO_KEYS, Failure, Outcome, Totals
from tests.core.building import (
    ACCEPTED,
    DENIED,
    INTERNAL,
    INVALID,
    MISSING,
    SILENCE,
    THROTTLED,
    UNREACHABLE,
    aggregate_rules,
    backlog,
    send,
)

NEVER = float("inf")
ALONE = aggregate_rules(size_limit=0)


def sent(box, now=0.0):
    batch = box.take(now)
    assert batch is not None
    return batch


def answer(box, batch, *results, now=0.0, spread=1.0):
    box.settle(batch, list(results), now=now, spread=spread)


def fail(box, batch, failure, now=0.0, spread=1.0):
    box.settle(batch, failure, now=now, spread=spread)


def outcomes(box):
    """Handle, outcome and failure code of what was settled, in order."""
    found = [
        (one.handle, one.settlement.outcome, one.settlement.failure)
        for one in box.settled.unannounced
    ]
    box.settled.unannounced.clear()
    return [(handle, outcome, failure and failure.code) for handle, outcome, failure in found]


def test_a_record_goes_when_its_aggregate_is_old_enough():
    """From the first record to a request, and to an outcome that is counted."""
    box = backlog()
    assert send(box, b"a", b"b", now=1.0) == [1, 1]
    assert box.due() == pytest.approx(1.2)
    assert box.take(1.1) is None
    batch = sent(box, 1.2)
    assert [one.records for one in batch.aggregates] == [[b"a", b"b"]]
    assert [one.reason for one in batch.aggregates] == [CloseReason.AGE]
    assert box.totals() == Totals(received=2)
    answer(box, batch, ACCEPTED, now=1.3)
    assert outcomes(box) == [(1, Outcome.DELIVERED, None)]
    assert box.totals() == Totals(received=2, delivered=2)
    assert box.memory.charged == 0
    assert len(box) == 0
    assert box.due() == NEVER


def test_only_failed_entries_go_again_and_not_before_their_time():
    """A partial failure leaves the rest delivered."""
    box = backlog(ALONE)
    send(box, b"a", b"b", b"c")
    answer(box, sent(box), ACCEPTED, THROTTLED, ACCEPTED, now=1.0, spread=1.5)
    assert [handle for handle, *_ in outcomes(box)] == [1, 3]
    assert box.due() == pytest.approx(1.15)
    batch = sent(box, 1.16)
    assert [one.handle for one in batch.aggregates] == [2]
    answer(box, batch, ACCEPTED)
    assert box.totals() == Totals(received=3, delivered=3)


def test_an_attempt_without_an_answer_is_a_possible_duplicate():
    """Each such attempt may have written a copy beside the one that is confirmed."""
    box = backlog()
    send(box, b"a", b"b")
    box.flush(CloseReason.FLUSH)
    fail(box, sent(box), SILENCE)
    fail(box, sent(box, 1.0), INTERNAL, now=1.0)
    answer(box, sent(box, 2.0), ACCEPTED, now=2.0)
    assert box.totals() == Totals(received=2, delivered=2, possible_duplicates=4)


def test_what_had_no_answer_is_possibly_written_in_the_end():
    """After retries without an answer nobody knows; copies beyond the first are counted."""
    box = backlog(retries=RetryRules(1, 10.0))
    send(box, b"a")
    box.flush(CloseReason.FLUSH)
    fail(box, sent(box), SILENCE)
    fail(box, sent(box, 1.0), SILENCE, now=1.0)
    assert outcomes(box) == [(1, Outcome.POSSIBLY_WRITTEN, "NoAnswer")]
    assert box.totals() == Totals(received=1, possibly_written=1, possible_duplicates=1)


def test_definite_refusals_are_not_written_in_the_end():
    """Throttled to the last, the records are certainly not in the stream."""
    box = backlog(retries=RetryRules(0, 10.0))
    send(box, b"a")
    box.flush(CloseReason.FLUSH)
    answer(box, sent(box), THROTTLED)
    assert outcomes(box) == [(1, Outcome.NOT_WRITTEN, "ProvisionedThroughputExceededException")]


def test_the_deadline_ends_waiting():
    """What waits past its delivery timeout is settled by what its attempts said."""
    box = backlog(ALONE, delivery_timeout=20.0)
    send(box, b"throttled", b"silent")
    answer(box, sent(box), THROTTLED, SILENCE, now=19.0)
    send(box, b"new", now=19.5)
    assert box.next_overdue(19.5) == pytest.approx(20.0)
    box.expire(20.0)
    assert outcomes(box) == [
        (1, Outcome.NOT_WRITTEN, "ProvisionedThroughputExceededException"),
        (2, Outcome.POSSIBLY_WRITTEN, "NoAnswer"),
    ]
    box.expire(39.5)
    assert outcomes(box) == [(3, Outcome.NOT_WRITTEN, "DeliveryTimeout")]


def test_no_record_to_come_is_overdue_sooner_than_one_that_comes_now():
    """Whoever looks again by then need not hear of new records."""
    box = backlog(delivery_timeout=20.0)
    assert box.next_overdue(7.0) == pytest.approx(27.0)


def test_an_open_aggregate_expires_too():
    """Where no sender was ever free, its records are not written."""
    box = backlog(delivery_timeout=20.0)
    send(box, b"a")
    box.expire(20.0)
    assert outcomes(box) == [(1, Outcome.NOT_WRITTEN, "DeliveryTimeout")]


def test_a_request_that_outlives_its_deadline_is_possibly_written():
    """Its bytes stay charged until it returns, and its late answer changes nothing."""
    box = backlog(delivery_timeout=20.0, retries=RetryRules(None, 5.0))
    send(box, b"a")
    batch = sent(box, 1.0)
    assert box.next_overdue(6.0) == pytest.approx(25.0)
    box.expire(24.9)
    assert outcomes(box) == []
    box.expire(25.0)
    assert outcomes(box) == [(1, Outcome.POSSIBLY_WRITTEN, "DeliveryTimeout")]
    assert box.memory.charged == 65 + AGGREGATE_OVERHEAD
    answer(box, batch, ACCEPTED, now=26.0)
    assert box.settled.late == 1
    assert box.memory.charged == 0
    assert outcomes(box) == []
    assert box.totals() == Totals(received=1, possibly_written=1)


def frozen():
    """A box whose process was stopped for a minute, with records in each state."""
    box = backlog(ALONE, delivery_timeout=20.0, retries=RetryRules(None, 5.0))
    send(box, b"throttled", b"silent", b"flying")
    batch = sent(box, 1.0)
    throttled, silent, flying = batch.aggregates
    box.settle(Batch([throttled, silent], 1.0, probe=False), [THROTTLED, SILENCE], now=2, spread=1)
    send(box, b"never", now=2.0)
    return box, flying


def test_after_a_freeze_what_was_never_tried_is_tried_once():
    """The others are settled at once; and the one attempt may succeed."""
    box, _ = frozen()
    box.expire(62.0)
    assert outcomes(box) == [
        (1, Outcome.NOT_WRITTEN, "ProvisionedThroughputExceededException"),
        (2, Outcome.POSSIBLY_WRITTEN, "NoAnswer"),
        (3, Outcome.POSSIBLY_WRITTEN, "DeliveryTimeout"),
    ]
    assert box.next_overdue(62.0) == pytest.approx(67.0)
    batch = sent(box, 62.0)
    assert [one.records for one in batch.aggregates] == [[b"never"]]
    assert box.next_overdue(62.0) == pytest.approx(72.0)
    answer(box, batch, ACCEPTED, now=62.1)
    assert outcomes(box) == [(4, Outcome.DELIVERED, None)]


def test_the_attempt_after_a_freeze_is_not_repeated():
    """Its time is over, whatever the answer."""
    box, _ = frozen()
    answer(box, sent(box, 62.0), THROTTLED, now=62.1)
    expected = (4, Outcome.NOT_WRITTEN, "ProvisionedThroughputExceededException")
    assert outcomes(box)[-1] == expected
    assert len(box) == 0


def test_the_attempt_after_a_freeze_begins_soon_or_not_at_all():
    """Within one request_timeout; another is for its answer."""
    box, _ = frozen()
    box.expire(62.0)
    outcomes(box)
    box.expire(66.9)
    assert outcomes(box) == []
    box.expire(67.0)
    assert outcomes(box) == [(4, Outcome.NOT_WRITTEN, "DeliveryTimeout")]


def test_an_open_aggregate_that_was_frozen_goes_as_it_is():
    """It closes by its age, and takes no more records."""
    box = backlog(delivery_timeout=20.0)
    send(box, b"a", b"b")
    box.expire(60.0)
    send(box, b"c", now=60.0)
    (first,) = sent(box, 60.0).aggregates
    assert (first.records, first.reason) == ([b"a", b"b"], CloseReason.AGE)


def test_a_second_freeze_is_as_the_first():
    """The attempt still has not been made; what came between is overdue in its turn."""
    box = backlog(ALONE, delivery_timeout=20.0, retries=RetryRules(None, 5.0))
    send(box, b"a", b"b")
    box.expire(60.0)
    send(box, b"c", now=60.0)
    box.expire(70.0)
    assert outcomes(box) == []
    box.expire(75.0)
    assert [number for number, *_ in outcomes(box)] == [1, 2]
    box.expire(80.0)
    assert [number for number, *_ in outcomes(box)] == [3]


def test_a_wake_up_that_is_late_as_on_a_busy_machine_is_no_freeze():
    """Then nothing is tried that the service left no time for."""
    box = backlog(delivery_timeout=20.0)
    send(box, b"a")
    box.expire(20.4)
    assert outcomes(box) == [(1, Outcome.NOT_WRITTEN, "DeliveryTimeout")]


def test_an_interruption_leaves_no_aggregate_twice():
    """It may come in the middle of giving one a second chance."""
    box = backlog(delivery_timeout=20.0)
    send(box, b"a")
    (only,) = box._live
    box.expire(60.0)
    box._live._aggregates[only.number] = only
    box.repair()
    assert len(box) == 1
    answer(box, sent(box, 60.0), ACCEPTED, now=60.1)
    assert outcomes(box) == [(1, Outcome.DELIVERED, None)]


def test_a_culprit_is_found_by_halving():
    """One invalid entry among many fails alone, after few more requests."""
    box = backlog(ALONE)
    send(box, *[b"%d" % number for number in range(100)])
    requests = 0
    while (batch := box.take(0.0)) is not None:
        requests += 1
        if b"42" in [one.records[0] for one in batch.aggregates]:
            fail(box, batch, INVALID)
        else:
            answer(box, batch, *[ACCEPTED] * len(batch.aggregates))
    assert requests <= 2 * 7 + 1
    assert box.totals() == Totals(received=100, delivered=99, not_written=1)
    assert [code for *_, code in outcomes(box) if code] == ["ValidationException"]


def test_halving_uses_up_no_retries():
    """The neighbours of a culprit keep all their retries."""
    box = backlog(ALONE, retries=RetryRules(1, 10.0))
    send(box, b"a", b"b")
    fail(box, sent(box), INVALID)
    answer(box, sent(box), UNREACHABLE)
    answer(box, sent(box), UNREACHABLE)
    assert outcomes(box) == []


def test_an_entry_that_is_invalid_by_itself_fails_alone():
    """Some servers name the culprit; then nothing is halved."""
    box = backlog(ALONE)
    send(box, b"a", b"b")
    answer(box, sent(box), ACCEPTED, INVALID)
    assert outcomes(box) == [
        (1, Outcome.DELIVERED, None),
        (2, Outcome.NOT_WRITTEN, "ValidationException"),
    ]


def test_without_memory_half_of_the_batch_is_tried():
    """And what is alone waits and tries again."""
    box = backlog(ALONE)
    send(box, b"a", b"b")
    memory = Failure("OutOfMemory", "m")
    fail(box, sent(box), memory)
    batch = sent(box)
    assert len(batch.aggregates) == 1
    fail(box, batch, memory)
    assert outcomes(box) == []


def test_a_fatal_answer_settles_everything_that_is_not_in_flight():
    """What is in flight is judged when it comes back; nothing is sent any more."""
    box = backlog(aggregate_rules(size_limit=0), requests=RequestLimits(100, 1))
    send(box, b"a", b"b", b"c")
    first, second = sent(box), sent(box)
    fail(box, first, DENIED)
    assert [(handle, code) for handle, _, code in outcomes(box)] == [
        (1, "AccessDeniedException"),
        (3, "AccessDeniedException"),
    ]
    assert box.service.fatal == DENIED
    assert box.service.news() == [DENIED]
    assert box.take(100.0) is None
    fail(box, second, SILENCE, now=1.0)
    assert outcomes(box) == [(2, Outcome.POSSIBLY_WRITTEN, "AccessDeniedException")]
    assert len(box) == 0


def test_a_missing_stream_is_probed_a_few_times_and_then_it_is_over():
    """One request at a time, four of them, and one clear failure."""
    box = backlog(ALONE, requests=RequestLimits(100, 1))
    send(box, *[b"x"] * 20)
    batches = [sent(box) for _ in range(4)]
    for batch in batches:
        fail(box, batch, MISSING)
    now, probes = 0.0, 0
    while box.service.fatal is None:
        now = box.due()
        batch = sent(box, now)
        assert batch.probe
        assert box.due() == NEVER
        probes += 1
        fail(box, batch, MISSING, now=now)
    assert probes == 4
    assert now == pytest.approx(6.0)
    assert box.totals() == Totals(received=20, not_written=20)


def test_a_stream_that_appears_within_the_probes_recovers():
    """An accepted record ends the suspicion."""
    box = backlog(ALONE)
    send(box, b"a")
    fail(box, sent(box), MISSING)
    answer(box, sent(box, 1.0), ACCEPTED, now=1.0)
    assert not box.service.probing
    assert box.totals() == Totals(received=1, delivered=1)


def test_trouble_is_news_once():
    """An unreachable endpoint is told at once, and again only after something got through."""
    box = backlog(ALONE)
    send(box, b"a")
    fail(box, sent(box), UNREACHABLE)
    assert box.service.news() == [UNREACHABLE]
    fail(box, sent(box, 1.0), UNREACHABLE, now=1.0)
    assert box.service.news() == []
    answer(box, sent(box, 2.0), ACCEPTED, now=2.0)
    send(box, b"b", now=3.0)
    fail(box, sent(box, 3.0), UNREACHABLE, now=3.0)
    assert box.service.news() == [UNREACHABLE]


def test_in_order_one_aggregate_at_a_time():
    """A request holds one aggregate; the next waits for its answer, and for its retries."""
    box = backlog(ALONE, ordered=True)
    send(box, b"a", b"b")
    batch = sent(box)
    assert [one.handle for one in batch.aggregates] == [1]
    assert box.due() == NEVER
    assert box.take(9.0) is None
    answer(box, batch, THROTTLED, now=1.0)
    assert box.due() == pytest.approx(1.1)
    batch = sent(box, 2.0)
    assert [one.handle for one in batch.aggregates] == [1]
    answer(box, batch, ACCEPTED, now=2.0)
    assert [one.handle for one in sent(box, 2.0).aggregates] == [2]


def test_in_order_an_old_open_aggregate_is_not_due_before_the_retry_ahead_of_it():
    """Or a sender would be told to go, and find nothing, for as long as the retry waits."""
    box = backlog(ordered=True)
    send(box, b"a")
    answer(box, sent(box, 0.2), THROTTLED, now=0.3)
    send(box, b"b", now=0.1)
    assert box.due() == pytest.approx(0.4)
    assert box.take(0.35) is None


def test_while_nobody_is_free_aggregates_go_on_growing():
    """Age makes an aggregate due; what is full already goes first, and it may fill up meanwhile."""
    box = backlog(ordered=True)
    send(box, b"a")
    batch = sent(box, 0.2)
    send(box, b"b", now=0.3)
    send(box, b"c", now=5.0)
    answer(box, batch, ACCEPTED, now=6.0)
    assert [one.records for one in sent(box, 6.0).aggregates] == [[b"b", b"c"]]


def test_what_fills_a_request_leaves_open_aggregates_open():
    """They have more time to grow."""
    box = backlog(requests=RequestLimits(100, 1))
    send(box, b"x" * 99_990)
    send(box, b"y" * 20)
    assert [len(one.records) for one in sent(box, 1.0).aggregates] == [1]
    send(box, b"z", now=2.0)
    assert [one.records for one in sent(box, 2.0).aggregates] == [[b"y" * 20, b"z"]]


def test_a_full_buffer_of_open_aggregates_is_sent_at_once():
    """Nothing else could make room."""
    box = backlog(memory=900, delivery_timeout=9e9)
    send(box, b"x")
    assert not box.memory.ask(99)
    assert box.due() == -NEVER
    batch = sent(box)
    assert [one.reason for one in batch.aggregates] == [CloseReason.MEMORY]
    assert not box.memory.ask(99)
    answer(box, batch, ACCEPTED)
    assert not box.memory.starved
    assert box.memory.ask(99)


def test_dropping_the_oldest_frees_its_room():
    """The oldest that is closed and not in flight goes as a whole."""
    box = backlog(aggregate_rules(count_limit=2), requests=RequestLimits(100, 1))
    send(box, *[b"x"] * 5)
    sent(box)
    assert box.drop_oldest(NO_KEYS)
    assert outcomes(box) == [(2, Outcome.NOT_WRITTEN, "Dropped")]
    assert not box.drop_oldest(NO_KEYS)
    assert box.totals() == Totals(received=5, not_written=2, dropped=2)
    assert box.memory.charged == 3 * 65 + 2 * AGGREGATE_OVERHEAD


def test_dropping_the_newest_settles_it_at_once():
    """It is counted as received, not written and dropped."""
    box = backlog()
    assert box.drop_newest(b"x", NO_KEYS, 0, 0.0) == 1
    assert outcomes(box) == [(1, Outcome.NOT_WRITTEN, "Dropped")]
    assert box.totals() == Totals(received=1, not_written=1, dropped=1)
    assert box.memory.charged == 0


def test_reported_records_stay_charged_until_they_were_shown():
    """A callback that does not come back holds memory, up to the bound."""
    box = backlog(ALONE, reporting=True)
    send(box, b"a")
    answer(box, sent(box), ACCEPTED)
    assert box.memory.charged == 65 + AGGREGATE_OVERHEAD
    (settled,) = box.settled.unannounced
    assert settled.records == [b"a"]
    box.settled.reported(settled)
    assert box.memory.charged == 0
    assert settled.records == []


@pytest.mark.parametrize("shown_first", [True, False])
def test_what_is_shown_and_in_a_request_stays_charged_until_both_let_go(shown_first):
    """The request has outlived its deadline, and still holds the records."""
    box = backlog(ALONE, reporting=True, delivery_timeout=20.0, retries=RetryRules(None, 5.0))
    send(box, b"a")
    batch = sent(box)
    box.expire(25.0)
    (settled,) = box.settled.unannounced
    ends = [lambda: box.settled.reported(settled), lambda: answer(box, batch, ACCEPTED, now=26.0)]
    for end in ends if shown_first else reversed(ends):
        assert box.memory.charged == 65 + AGGREGATE_OVERHEAD
        assert settled.records == [b"a"]
        end()
    assert box.memory.charged == 0
    assert settled.records == []


def test_dropped_records_that_nobody_was_shown_are_bounded():
    """They make room at once, and are held against an eighth of the limit."""
    box = backlog(reporting=True, memory=8000)
    for owing in (False, True):
        box.drop_newest(b"x" * 20, NO_KEYS, 0, 0.0)
        assert box.memory.owes_too_much is owing
    assert box.memory.charged == 0
    assert box.memory.owes_too_much
    for settled in list(box.settled.unannounced):
        box.settled.reported(settled)
    assert not box.memory.owes_too_much


def test_aborting_settles_everything():
    """What is in flight may be written; the rest is as its attempts left it."""
    box = backlog(ALONE, requests=RequestLimits(100, 1))
    send(box, b"a", b"b")
    batch = sent(box)
    box.abort()
    assert outcomes(box) == [
        (2, Outcome.NOT_WRITTEN, "Aborted"),
        (1, Outcome.POSSIBLY_WRITTEN, "Aborted"),
    ]
    answer(box, batch, ACCEPTED)
    assert box.memory.charged == 0
    assert box.handles() == []


def test_a_record_from_an_interruption_goes_alone():
    """It was given its handle before; nothing can be added to it."""
    box = backlog()
    box.append_alone(b"x", NO_KEYS, 0, 0.0, 77)
    send(box, b"y")
    assert box.handles() == [77, 1]
    assert [one.handle for one in sent(box).aggregates] == [77]


def test_a_record_from_an_interruption_is_not_accepted_twice():
    """Where another interruption broke it off it is done again."""
    box = backlog()
    for _ in range(2):
        box.append_alone(b"x", NO_KEYS, 0, 0.0, 77)
    assert box.handles() == [77]


def test_of_two_open_aggregates_with_equal_keys_one_is_closed(monkeypatch):
    """An interruption came between taking one in and closing it; both are sent."""
    box = backlog()
    send(box, b"y")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(box.accumulator, "close", interrupted)
        box.append_alone(b"x", NO_KEYS, 0, 0.0, 77)
    box.repair()
    assert [one.handle for one in sent(box).aggregates] == [1]
    send(box, b"z")
    assert [one.records for one in sent(box, 1.0).aggregates] == [[b"x", b"z"]]


def short(box, record):
    """What the short path of send does."""
    front = box.front
    size = front.size + len(record) + 1
    if size > front.full_at:
        return False
    front.size = size
    front.records.append(record)
    return True


def test_the_short_path_is_shut_while_anything_is_decided():
    """It appends at the front, and finds nothing there while it is shut."""
    box = backlog()
    assert box.front is NOWHERE
    box.reopen()
    assert not short(box, b"a")
    send(box, b"a")
    box.reopen()
    assert short(box, b"b")
    box.shut()
    assert not short(box, b"c")
    assert box.memory.charged == 2 * 65 + AGGREGATE_OVERHEAD
    box.reopen()
    assert [one.records for one in sent(box, 1.0).aggregates] == [[b"a", b"b"]]


def test_the_short_path_stays_within_the_memory():
    """Whatever comes by it was charged for before."""
    box = backlog(memory=2000)
    send(box, b"a")
    box.reopen()
    taken = 0
    while short(box, b""):
        taken += 1
    box.shut()
    assert taken > 10
    assert box.memory.charged == AGGREGATE_OVERHEAD + 65 + taken * 64 <= 2000


@pytest.mark.parametrize("state", [State.OPEN, State.CLOSED, State.SETTLED])
def test_an_interruption_leaves_nothing_behind(state):
    """Whatever was cut off half-way, the queues agree with the register again."""
    box = backlog()
    send(box, b"a")
    one = box.accumulator.keyless
    assert one is not None
    if state is State.CLOSED:
        one.move(State.CLOSED)
    if state is State.SETTLED:
        box.flush(CloseReason.FLUSH)
        one.settlement = None
        one.move(State.SETTLED)
    box.memory.charged = 12345
    box.repair()
    assert box.memory.charged == (0 if state is State.SETTLED else 65 + AGGREGATE_OVERHEAD)
    if state is State.SETTLED:
        assert list(box.settled.unannounced) == [one]
        box.repair()
        assert len(box) == 0
    else:
        assert isinstance(sent(box, 1.0), Batch)


def test_after_an_interruption_what_waits_for_its_report_is_still_charged():
    """It is settled, so the register no longer has it; its records are there all the same."""
    box = backlog(ALONE, reporting=True)
    send(box, b"a", b"b")
    first = sent(box)
    send(box, b"c")
    answer(box, first, ACCEPTED, ACCEPTED)
    box.memory.charged = 12345
    box.repair()
    assert box.memory.charged == 3 * (65 + AGGREGATE_OVERHEAD)
    for settled in list(box.settled.unannounced):
        box.settled.reported(settled)
    assert box.memory.charged == 65 + AGGREGATE_OVERHEAD


def test_an_interruption_announces_nothing_twice(monkeypatch):
    """It came after the announcement was noted, and before the register forgot the aggregate."""
    box = backlog()
    send(box, b"a")
    batch = sent(box, 1.0)

    def interrupted(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(box.settled._live, "remove", interrupted)
        answer(box, batch, ACCEPTED)
    box.repair()
    assert [one.handle for one in box.settled.unannounced] == [1]
    assert len(box) == 0


def test_ending_for_another_reason_keeps_the_first():
    """The first fatal failure is the one that is named."""
    box = backlog()
    box.end(DENIED)
    box.end(MISSING)
    assert box.service.fatal == DENIED


def test_a_request_that_hangs_holds_up_no_probe():
    """It was sent before the suspicion, and may hang for hours."""
    box = backlog(ALONE, requests=RequestLimits(100, 1))
    send(box, b"hangs", b"missing", b"probe")
    sent(box)
    answer(box, sent(box), MISSING)
    assert 0 < box.due() < 2
    probe = sent(box, 2.0)
    assert probe.probe
    assert box.due() == float("inf")
    answer(box, probe, MISSING, now=2.1)
    assert box.due() < 5


def test_a_probe_whose_time_is_over_holds_up_no_other():
    """Nobody waits for it any more."""
    box = backlog(ALONE, requests=RequestLimits(100, 1), delivery_timeout=20.0)
    send(box, b"missing")
    answer(box, sent(box), MISSING)
    sent(box, 2.0)
    send(box, b"later", now=15.0)
    assert box.due() == float("inf")
    box.expire(31.0)
    assert box.due() < float("inf")


def test_in_order_a_request_whose_time_is_over_holds_up_no_other():
    """What it carried was given up, and may turn up at any time."""
    box = backlog(ALONE, ordered=True, delivery_timeout=20.0)
    send(box, b"hangs")
    sent(box)
    send(box, b"later", now=15.0)
    assert box.due() == float("inf")
    box.expire(31.0)
    assert [one.records for one in sent(box, 31.0).aggregates] == [[b"later"]]


def test_after_memory_ran_out_in_a_request_its_halves_go_with_a_doubt():
    """It may have been sent."""
    box = backlog(ALONE)
    send(box, b"a", b"b")
    fail(box, sent(box), Failure("OutOfMemoryInRequest", "no memory"))
    first, second = sent(box), sent(box)
    assert [len(batch.aggregates) for batch in (first, second)] == [1, 1]
    answer(box, first, ACCEPTED)
    answer(box, second, ACCEPTED)
    assert box.totals() == Totals(received=2, delivered=2, possible_duplicates=2)
