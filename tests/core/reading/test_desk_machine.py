"""Any order of calls, answers, turns and interruptions: in order, nothing twice, nothing left out.

And never more bytes in memory than were allowed, counted exactly.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kinesis_producer.core.positions import TRIM_HORIZON, Position
from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.core.reading.pages import GetIterator, GetRecords, KinesisRecord, Page
from kinesis_producer.limits import MAX_PAGE_SIZE
from tests.core.reading.building import EXPIRED, THROTTLED, data, reading, user_records

UNIT = MAX_PAGE_SIZE // 4 - 1


class DeskMachine(RuleBasedStateMachine):
    """Each shard has its records numbered; a model remembers how far each was given and lost."""

    @initialize(pages=st.integers(1, 5), shards=st.integers(1, 4))
    def open(self, pages, shards):
        self.limit = pages * MAX_PAGE_SIZE
        self.desk, self.now, self.token = Desk(self.limit), 0.0, 0
        self.flying, self.given = [], []
        self.stream = {}  # (number, user records, size) of each
        self.expected = {}  # positions that come next
        for number in range(shards):
            self.stream[f"s-{number}"] = []
            self.take(f"s-{number}", TRIM_HORIZON)

    def take(self, name, checkpoint):
        self.token += 1
        self.desk.begin(reading(name, token=self.token, checkpoint=checkpoint))
        self.expected[name] = checkpoint

    @rule(seconds=st.floats(0.0, 10.0))
    def wait(self, seconds):
        self.now += seconds

    @rule(data=st.data(), many=st.integers(1, 3), size=st.integers(0, UNIT))
    def put(self, data, many, size):
        records = self.stream[data.draw(st.sampled_from(sorted(self.stream)))]
        records.append((len(records), many, size))

    @rule()
    def call(self):
        call = self.desk.next_call(self.now)
        if call is not None:
            one = self.desk.get(call.shard_id)
            assert not any(two is one for _, two in self.flying)
            self.flying.append((call, one))

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), most=st.integers(0, 4))
    def answer(self, data, most):
        call, one = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        if isinstance(call, GetIterator):
            at, after = call.point.at, call.point.after
            first = max(0, at.sequence_number + after)
            self.desk.opened(call, one, str(first))
            return
        first = int(call.iterator)
        records = self.stream[call.shard_id][first : first + min(most, call.limit)]
        made = [self.record(*record) for record in records]
        left = len(self.stream[call.shard_id]) - first - len(records)
        page = Page(made, millis_behind=left, iterator=str(first + len(records)))
        self.desk.answered(call, one, page, at=self.now)

    @rule()
    def read_on(self):
        """All that is due and on its way comes, so that runs get far."""
        self.call()
        while self.flying:
            self.answer(Pick(), 4)
            self.call()

    def record(self, number, many, size):
        return KinesisRecord(number, data(size), f"{many}", 0.0)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), failure=st.sampled_from([EXPIRED, THROTTLED]))
    def fail(self, data, failure):
        call, one = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.desk.failed(call, one, failure, at=self.now, spread=1.0)

    @rule(most=st.integers(1, 9), interrupted=st.sampled_from([None, None, "unpack", "give"]))
    def ask(self, most, interrupted):
        """As the shell does: what was given before is done with; records of one shard are given."""
        for one in self.given:
            one.asked_on()
        self.given, records = [], []
        one = self.desk.next_reading(self.now)
        while one is not None and len(records) < most and one.may_give(self.now):
            if one.batch:
                records += one.give(most - len(records))
                if not one.batch:
                    self.desk.turn(one)
                continue
            brought = one.unpack()
            if interrupted == "unpack":
                one.pack(brought)
                break
            one.fill(user_records(one.number, int(brought.record.partition_key or 0)))
        if interrupted and one is not None:
            self.undo(one)
        elif records:
            self.check(one, records)

    def undo(self, one):
        """As the worker does: the shard is read anew, from the last position that was given."""
        done = self.expected[one.shard_id]
        self.token += 1
        after = reading(one.shard_id, token=self.token, checkpoint=done)
        after.stopping = one.stopping
        self.desk.replace(one, after)

    def check(self, one, records):
        """Each is the one that comes next."""
        self.given.append(one)
        for record in records:
            position = Position(int(record.sequence_number), record.sub_sequence_number)
            assert position == self.next_of(one.shard_id), (position, one.shard_id, self.expected)
            self.expected[one.shard_id] = position

    def next_of(self, name):
        """The position after the last one."""
        last = self.expected[name]
        if last == TRIM_HORIZON:
            return Position(0)
        if last.sub_sequence_number + 1 < self.stream[name][last.sequence_number][1]:
            return Position(last.sequence_number, last.sub_sequence_number + 1)
        return Position(last.sequence_number + 1)

    @rule(data=st.data())
    def stop_or_resume(self, data):
        one = data.draw(st.sampled_from(list(self.desk)))
        one.stopping = not one.stopping
        if not one.stopping:
            self.desk.resume(one)

    @rule(data=st.data())
    def lose_and_take(self, data):
        """It is read anew from the last position that was given."""
        one = data.draw(st.sampled_from(list(self.desk)))
        self.desk.drop(one.shard_id)
        self.take(one.shard_id, self.expected[one.shard_id])

    @invariant()
    def bytes_are_counted(self):
        if not hasattr(self, "desk"):
            return
        for one in self.desk:
            waiting = sum(each.record.size for each in one.waiting)
            assert one.buffered == waiting + one._unpacked_size
            assert not one._unpacked_size or one.batch
        assert self.desk.buffered == sum(one.buffered for one in self.desk)

    @invariant()
    def memory_is_bounded(self):
        if hasattr(self, "desk"):
            pages = sum(isinstance(call, GetRecords) for call, _ in self.flying)
            assert self.desk._reserved == pages * MAX_PAGE_SIZE
            assert self.desk.buffered + self.desk._reserved <= self.limit

    def teardown(self):
        """Nothing is stuck: all of it comes in the end."""
        if not hasattr(self, "desk"):
            return
        for one in self.desk:
            if one.stopping:
                one.stopping = False
                self.desk.resume(one)
        rounds = 0
        while any(self.next_of(name) < Position(len(left)) for name, left in self.stream.items()):
            rounds += 1
            assert rounds < 2000
            self.now += 60.0
            self.call()
            while self.flying:
                self.answer(Pick(), 4)
            self.ask(4, None)


class Pick:
    """The first of all."""

    def draw(self, _strategy):
        return 0


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
