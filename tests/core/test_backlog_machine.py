"""Any order of sending, taking, answering, flushing, dropping and waiting: nothing lost or doubled.

A model service commits what it likes and answers what it likes; every ambiguous failure comes in a
committed and an uncommitted variant. After each step the books must balance; at the end the oracle
compares outcomes with the ledger.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kinesis_producer.core.aggregate import CloseReason, State
from kinesis_producer.core.put_records import RequestLimits, is_given_up
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.core.shard_map import StreamFacts
from kinesis_producer.limits import AGGREGATE_OVERHEAD, RECORD_OVERHEAD
from kinesis_producer.records import NO_KEYS, Accepted, Keys, Outcome
from tests.core.building import (
    DENIED,
    INTERNAL,
    INVALID,
    MISSING,
    SILENCE,
    THROTTLED,
    UNREACHABLE,
    aggregate_rules,
    backlog,
)
from tests.core.stream import even

SIZE_LIMIT, REQUEST = 60, 200
WHOLE = [SILENCE, THROTTLED, INTERNAL, UNREACHABLE, INVALID, MISSING, DENIED]
ROUNDING = 1e-9
AMBIGUOUS = {SILENCE.code, INTERNAL.code}
keys = st.sampled_from([NO_KEYS, NO_KEYS, Keys("a", None), Keys("b", None), Keys("a", "7")])


class BacklogMachine(RuleBasedStateMachine):
    """Records are numbered, so that each can be told from all others."""

    @initialize(
        ordered=st.booleans(),
        single=st.booleans(),
        reporting=st.booleans(),
        retries=st.none() | st.integers(0, 3),
    )
    def begin(self, ordered, single, reporting, retries):
        rules = aggregate_rules(size_limit=SIZE_LIMIT, count_limit=1 if single else 6)
        self.box = backlog(
            rules,
            requests=RequestLimits(REQUEST, 4),
            retries=RetryRules(retries, 10.0),
            memory=20_000,
            delivery_timeout=60.0,
            linger=0.3 if single else 0.0,
            ordered=ordered,
            reporting=reporting,
        )
        self.ordered, self.reporting = ordered, reporting
        self.now, self.sent, self.flying = 0.0, 0, []
        self.handle_of, self.outcome_of, self.kept = {}, {}, []
        self.ledger, self.bound = Counter(), Counter()

    @rule(size=st.integers(0, 70), key=keys)
    def send(self, size, key):
        record = self.next_record(size)
        key_size = len(key.partition_key or "")
        self.box.shut()
        if self.box.service.fatal is None and self.box.memory.ask(charge(record, key_size)):
            self.accepted(record, self.box.append(record, key, key_size, self.now))
        self.box.reopen()

    @rule(size=st.integers(0, 30))
    def send_by_the_short_path(self, size):
        record, front = self.next_record(size), self.box.front
        grown = front.size + len(record) + aggregate_overhead(self.box)
        if grown <= front.full_at:
            front.size = grown
            front.records.append(record)
            self.accepted(record, front.handle)

    @rule()
    def send_alone(self):
        record = self.next_record(0)
        self.box.shut()
        if self.box.service.fatal is None and self.box.memory.ask(charge(record, 0)):
            self.box.append_alone(record, NO_KEYS, 0, self.now, record)
            self.accepted(record, record)
        self.box.reopen()

    @rule(newest=st.booleans())
    def drop(self, newest):
        self.box.shut()
        if newest and not self.box.memory.owes_too_much:
            record = self.next_record(0)
            self.accepted(record, self.box.drop_newest(record, NO_KEYS, 0, self.now))
        elif not newest:
            self.box.drop_oldest(NO_KEYS)
        self.box.reopen()

    @rule()
    def take(self):
        self.box.shut()
        due = self.box.due()
        batch = self.box.take(self.now)
        if batch is None:
            assert self.waits(due) or len(self.box) == 0 or self.box.settled.unannounced
        else:
            self.check(batch)
            self.flying.append(batch)
        self.box.reopen()

    def waits(self, due):
        """Nothing may go before; credit is earned in fractions."""
        return due > self.now - ROUNDING

    def check(self, batch):
        """No request is over a limit; in order one aggregate goes, when the last is settled."""
        assert 1 <= len(batch.aggregates) <= (1 if self.ordered else 4)
        size = sum(aggregate.wire_size for aggregate in batch.aggregates)
        assert size <= max(REQUEST, batch.aggregates[0].wire_size)
        assert not self.ordered or all(map(is_given_up, self.flying))
        for one in batch.aggregates:
            framed = sum(len(record) + 1 for record in one.records)
            assert one.state is State.IN_FLIGHT
            assert one.wire_size == framed + one.wire_key_size
            assert framed <= SIZE_LIMIT or len(one.records) == 1

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def answer_each(self, data):
        batch = self.pick(data)
        kinds = st.sampled_from([None, None, THROTTLED, INTERNAL, INVALID])
        results = []
        for one in batch.aggregates:
            failure = data.draw(kinds)
            written = failure is None or (failure is INTERNAL and data.draw(st.booleans()))
            self.commit([one] if written else [])
            results.append(Accepted("s", str(one.number)) if failure is None else failure)
        self.settle(batch, results, data)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), failure=st.sampled_from(WHOLE), committed=st.booleans())
    def answer_none(self, data, failure, committed):
        batch = self.pick(data)
        written = committed and failure.code in AMBIGUOUS
        self.commit(batch.aggregates if written else [])
        self.settle(batch, failure, data)

    @rule(seconds=st.floats(0.0, 30.0))
    def wait(self, seconds):
        self.now += seconds
        self.box.shut()
        self.box.expire(self.now)
        self.box.reopen()

    @rule()
    def flush(self):
        self.box.shut()
        self.box.flush(CloseReason.FLUSH)
        self.box.reopen()

    @rule()
    def repair(self):
        self.box.shut()
        charged = self.box.memory.charged
        self.box.repair()
        assert self.box.memory.charged == charged
        self.box.reopen()

    @rule()
    def report(self):
        while self.kept:
            self.box.settled.reported(self.kept.pop())

    @invariant()
    def announced_once(self):
        while hasattr(self, "box") and self.box.settled.unannounced:
            one = self.box.settled.unannounced.popleft()
            assert one.handle not in self.outcome_of
            self.outcome_of[one.handle] = one.settlement
            if self.reporting:
                self.kept.append(one)

    @invariant()
    def books_balance(self):
        if not hasattr(self, "box"):
            return
        totals = self.box.totals()
        assert totals.received == len(self.handle_of)
        settled = Counter(
            self.outcome_of[h].outcome for h in self.handle_of.values() if h in self.outcome_of
        )
        assert totals.delivered == settled[Outcome.DELIVERED]
        assert totals.not_written == settled[Outcome.NOT_WRITTEN]
        assert totals.possibly_written == settled[Outcome.POSSIBLY_WRITTEN]
        assert 0 <= self.box.memory.charged <= 20_000

    def teardown(self):
        if not hasattr(self, "box"):
            return
        for batch in self.flying:
            self.commit(batch.aggregates)
            self.settle(batch, SILENCE, None)
        self.drain()
        self.report()
        assert self.box.memory.charged == 0
        assert not self.box.memory.owes_too_much
        self.oracle()

    def drain(self):
        """With a service that accepts everything, nothing is left: no aggregate is in no queue."""
        takes = 0
        while len(self.box):
            takes += 1
            assert takes < 10_000
            due = self.box.due()
            assert due < float("inf")
            self.now = max(self.now, due)
            self.box.shut()
            batch = self.box.take(self.now)
            if batch is not None:
                self.commit(batch.aggregates)
                self.settle(batch, [Accepted("s", "1")] * len(batch.aggregates), None)
        self.announced_once()

    def oracle(self):
        """Outcomes against the ledger."""
        assert set(self.ledger) <= set(self.handle_of)
        surplus = 0
        for record, handle in self.handle_of.items():
            outcome, copies = self.outcome_of[handle].outcome, self.ledger[record]
            assert copies or outcome is not Outcome.DELIVERED
            assert not copies or outcome is not Outcome.NOT_WRITTEN
            surplus += max(0, copies - 1)
        assert surplus <= self.box.totals().possible_duplicates

    def next_record(self, size):
        self.sent += 1
        return b"%d:" % self.sent + b"x" * size

    def accepted(self, record, handle):
        self.handle_of[record] = handle

    def commit(self, aggregates):
        self.ledger.update(record for one in aggregates for record in one.records)

    def pick(self, data):
        return self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))

    def settle(self, batch, answer, data):
        spread = 1.0 if data is None else data.draw(st.floats(0.5, 1.5))
        self.box.shut()
        self.box.settle(batch, answer, now=self.now, spread=spread)
        self.box.reopen()


class LanesMachine(BacklogMachine):
    """The same, while the shards become known, change, and are forgotten."""

    @rule(count=st.integers(0, 3), on_demand=st.booleans())
    def learn(self, count, on_demand):
        shards = even(count) if count else None
        self.box.shut()
        self.box.learn(StreamFacts(shards, on_demand=on_demand), self.now)
        self.box.reopen()

    def waits(self, due):
        """What fills a request may turn out to be dropped when it is taken; then it is not due."""
        return super().waits(max(due, self.box.due()))

    def check(self, batch):
        """No request is over a limit; in order one aggregate of each lane is in flight."""
        assert 1 <= len(batch.aggregates) <= 4
        size = sum(aggregate.wire_size for aggregate in batch.aggregates)
        assert size <= max(REQUEST, batch.aggregates[0].wire_size)
        assert all(one.state is State.IN_FLIGHT for one in batch.aggregates)
        flying = [one for each in (batch, *self.flying) for one in each.aggregates]
        busy = [one.aim for one in flying if one.state is State.IN_FLIGHT and one.aim is not None]
        assert not self.ordered or len(set(busy)) == len(busy)

    @invariant()
    def lanes_are_charged_for_what_is_theirs(self):
        if hasattr(self, "box") and not self.reporting and not self.flying:
            charged = Counter({one.lane: 0 for one in self.box._live})
            for one in self.box._live:
                charged[one.lane] += one.charge
            assert all(lane is None or lane.charged == size for lane, size in charged.items())


def charge(record, key_size):
    """Of a record that may be the first of an aggregate."""
    return len(record) + key_size + RECORD_OVERHEAD + AGGREGATE_OVERHEAD


def aggregate_overhead(box):
    return box._rules.aggregates.overhead


TestBacklog = BacklogMachine.TestCase
TestBacklog.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLanes = LanesMachine.TestCase
TestLanes.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
