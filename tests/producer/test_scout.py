"""The scout: what it asks about the stream, when, and that nobody ever waits for it."""

from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace

import botocore.session
import pytest

from kinesis_producer import RecordTooLarge, Totals, deaggregate
from kinesis_producer.core import looks
from kinesis_producer.core.looks import AFTER_REFUSAL, NOW_AND_THEN
from kinesis_producer.core.shard_map import ShardMap, StreamFacts
from kinesis_producer.core.shards import Shard, read_shard
from kinesis_producer.limits import MAX_HASH_KEY, MIB
from kinesis_producer.producer import scout as scouting
from kinesis_producer.producer.scout import Scout
from kinesis_producer.records import Failure
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines
from tests.producer.programs import Program
from tests.producer.test_sender import Client, producer_with

#: No test waits longer.
LONG = 20

DENIED = Failure("AccessDeniedException", "not authorized")
SILENT = Failure("NoAnswer", "no answer came")


def shard(number, *, closed=False):
    numbers = {"EndingSequenceNumber": "1"} if closed else {}
    span = {"StartingHashKey": "0", "EndingHashKey": str(MAX_HASH_KEY)}
    name = f"shardId-{number:012d}"
    return read_shard({"ShardId": name, "HashKeyRange": span, "SequenceNumberRange": numbers})


def needs(member):
    """Not every botocore tells everything of a stream."""
    model = botocore.session.Session().get_service_model("kinesis")
    known = member in getattr(model.shape_for("StreamDescriptionSummary"), "members", {})
    return pytest.mark.skipif(not known, reason=f"botocore does not know {member}")


def deaggregated(record, aggregation):
    return deaggregate(record, aggregation=None if aggregation == "kpl" else aggregation)


class Post:
    """A scout with nobody around it: its answers, its clock, and what it has told.

    Attributes:
        shards, summary: what is answered.
    """

    where = "stream orders"

    def __init__(self):
        self.now = 0.0
        self.shards: list[Shard] | Failure = [shard(0)]
        self.summary: dict[str, object] | Failure = {}
        self.asked = []
        self.told = []
        self.allowed = []
        self.looking = SimpleNamespace(shards=self._list, summary=self._describe)
        outbox = SimpleNamespace(learn=self.told.append)
        made = Scout(outbox, self, self.allowed.append, clock=lambda: self.now)  # type: ignore[arg-type]
        self.scout = made

    def _list(self):
        self.asked.append("shards")
        return self.shards

    def _describe(self):
        self.asked.append("summary")
        return self.summary

    def look(self, *, after=0.0, evidence=False):
        """What is asked then."""
        self.now += after
        self.asked.clear()
        self.scout._look(evidence)
        return list(self.asked)

    @property
    def mapped(self):
        """The shards that it told of the last time."""
        shards = self.told[-1].shards
        return None if shards is None else list(shards.ranges)


@pytest.fixture
def post():
    return Post()


def test_what_is_seen_is_told(post):
    """Once: at first, nothing before it is clear what kind of stream it is."""
    post.summary = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "MaxRecordSizeInKiB": 2048}
    assert post.look() == ["shards", "summary"]
    facts = StreamFacts(ShardMap([shard(0)]), on_demand=True, record_limit=2 * MIB)
    assert post.told == [facts]
    assert post.allowed == [2 * MIB]


def test_without_evidence_it_looks_every_now_and_then(post):
    """Five minutes, half of it or half as much again."""
    post.look()
    assert post.look(after=NOW_AND_THEN / 2 - 1) == []
    assert post.look(after=NOW_AND_THEN + 2) == ["shards", "summary"]


def test_with_evidence_it_looks_at_once(post):
    """At most once a second, and less often at the whole."""
    post.look()
    assert post.look(after=0.9, evidence=True) == []
    assert post.look(after=0.2, evidence=True) == ["shards"]
    assert post.look(after=10, evidence=True) == ["shards", "summary"]


def test_shards_are_told_before_the_other_question_is_asked(post):
    """The other answer may be long in coming, and a split is not kept waiting by it."""
    post.look()
    post.shards = [shard(0, closed=True), shard(1)]

    def describe():
        assert post.mapped == ["shardId-000000000001"]
        return SILENT

    post.looking.summary = describe
    post.look(after=10, evidence=True)
    assert post.mapped == ["shardId-000000000001"]


def test_the_same_shards_are_told_again_where_there_was_evidence(post):
    """Whoever has seen it learns that it was looked into."""
    post.look()
    post.look(after=2, evidence=True)
    assert post.told[0] == post.told[1]


@pytest.mark.parametrize("name", ["shards", "summary"])
def test_the_old_answer_serves_while_there_is_no_new_one(post, name):
    """A question that fails for now changes nothing, and is asked again, ever more seldom."""
    post.summary = {"MaxRecordSizeInKiB": 2048}
    post.look()
    setattr(post, name, SILENT)
    post.look(after=2 * NOW_AND_THEN)
    facts = post.told[-1]
    assert (len(facts.shards), facts.record_limit) == (1, 2 * MIB)
    assert post.look(after=0.4) == []
    assert post.look(after=1.2) == [name]
    assert post.look(after=0.9) == []


def test_a_listing_with_a_gap_is_asked_for_again(post):
    """It was made in the middle of a change: what was known before serves."""
    post.look()
    post.shards = []
    assert post.look(after=2.0, evidence=True) == ["shards"]
    assert post.mapped == ["shardId-000000000000"]
    assert post.look(after=2.0, evidence=True) == ["shards"]


def test_what_cannot_be_used_is_nobodys_end(make, kinesis, monkeypatch, caplog):
    """Records go in without it; that is said."""
    producer = make()
    monkeypatch.setattr(producer._engine.outbox, "learn", broken)
    assert producer.send(b"x").result(LONG)
    eventually(lambda: "could not be looked at" in caplog.text)
    assert producer.send(b"y").result(LONG)
    assert producer.join().delivered == 2


def broken(_):
    raise MemoryError


def test_a_missing_permission_is_said_once(post, caplog):
    """As a WARNING that says what follows from it; it is asked again after ten minutes."""
    post.shards = DENIED
    with caplog.at_level(logging.DEBUG):
        post.look()
        for _ in range(5):
            post.look(after=2 * AFTER_REFUSAL, evidence=True)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "grouped by their keys" in record.getMessage()
    assert "kinesis:ListShards is not permitted" in record.getMessage()
    assert post.look(after=AFTER_REFUSAL / 2 - 1, evidence=True) != ["shards"]
    assert post.mapped is None


def test_a_permission_that_is_taken_away_ends_the_map(post):
    """Nobody would say how old it is."""
    post.look()
    post.shards = DENIED
    post.look(after=2 * NOW_AND_THEN)
    assert post.mapped is None
    post.shards = [shard(3)]
    post.look(after=2 * AFTER_REFUSAL)
    assert post.mapped == ["shardId-000000000003"]


@pytest.mark.parametrize("failure", [DENIED, Failure("Unsupported", "")])
def test_no_summary_is_no_trouble(post, failure, caplog):
    """There is a map without it, and nobody but who looks closely hears of it, once."""
    post.summary = failure
    with caplog.at_level(logging.DEBUG):
        post.look()
        post.look(after=2 * AFTER_REFUSAL)
    assert post.mapped == ["shardId-000000000000"]
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]


@pytest.mark.parametrize("error", [KeyError(), SystemExit(1), MemoryError()])
def test_whatever_is_raised_is_no_answer(post, error):
    """The producer is not ended by a look."""

    def fail():
        raise error

    post.looking.shards = fail
    post.look()
    assert post.mapped is None
    assert post.look(after=2) == []


def seen(producer, monkeypatch):
    """What a producer is told of its stream; with nothing to wait for between two looks."""
    outbox = producer._engine.outbox
    learn, facts = outbox.learn, []

    def note(one):
        learn(one)
        facts.append(one)

    monkeypatch.setattr(outbox, "learn", note)
    return facts


def eventually(condition):
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_first_record_has_it_look(make, kinesis, monkeypatch):
    """Nothing is asked when a producer is made."""
    producer = make()
    facts = seen(producer, monkeypatch)
    assert kinesis.requests == []
    producer.send(b"x")
    eventually(lambda: facts)
    assert list(facts[0].shards.ranges) == kinesis.open_shards(STREAM)
    assert not facts[0].auto
    assert not facts[0].on_demand


def test_a_split_is_found(make, kinesis, monkeypatch):
    """Records land where nobody expected them, and the shards are listed again."""
    producer = make(buffer_size_limit=0)
    facts = seen(producer, monkeypatch)
    producer.send(b"x").result(LONG)
    eventually(lambda: facts)
    for one in kinesis.open_shards(STREAM):
        kinesis.split_shard(STREAM, shard_id=one)

    def found():
        producer.send(b"x").result(LONG)
        return list(facts[-1].shards.ranges) == kinesis.open_shards(STREAM)

    eventually(found)
    totals = producer.join()
    assert totals.delivered == totals.received


@needs("RecordDistributionStrategy")
@pytest.mark.parametrize("aggregation", ["delimiter", "kpl"])
def test_a_stream_that_spreads_records_by_itself_is_found(make, kinesis, monkeypatch, aggregation):
    """Switched over while records are sent: all arrive, and soon none in a KPL aggregate.

    The KCL would drop one whose records do not belong to the shard by their keys.
    """
    monkeypatch.setattr(scouting, "_SUMMARY_PAUSE", 0.1)
    kinesis.update_mode(STREAM, mode="ON_DEMAND")
    producer = make(aggregation=aggregation, buffer_time_limit=0.01)
    facts, sent = seen(producer, monkeypatch), []

    def send():
        pair = [b"%d" % number for number in range(len(sent), len(sent) + 2)]
        sent.extend(pair)
        producer.send_many(pair, partition_key="k")
        producer.flush(LONG)
        return facts

    eventually(send)
    assert (facts[-1].auto, facts[-1].on_demand) == (False, True)
    kinesis.update_distribution(STREAM, strategy="AUTO")
    eventually(lambda: send()[-1].auto)
    assert facts[-1].shards is None
    before = len(kinesis.ledger(STREAM))
    send()
    producer.join()
    records = [record.data for record in kinesis.ledger(STREAM)]
    if aggregation == "kpl":
        assert sorted(records[before:]) == sorted(sent[-2:])
    assert {one.data for record in records for one in deaggregated(record, aggregation)} == {*sent}


@needs("MaxRecordSizeInKiB")
def test_a_larger_record_is_let_in_when_the_stream_allows_it(make, kinesis, monkeypatch):
    """The limit is the stream's own, and is read again now and then."""
    monkeypatch.setattr(looks, "NOW_AND_THEN", 0.1)
    large = bytes(MIB * 3 // 2)
    producer = make(aggregation="none")
    facts = seen(producer, monkeypatch)
    producer.send(b"x").result(LONG)
    eventually(lambda: facts)
    with pytest.raises(RecordTooLarge, match=f"can be {MIB} bytes"):
        producer.send(large)
    kinesis.update_record_size(STREAM, size=2 * MIB)
    eventually(lambda: facts[-1].record_limit == 2 * MIB)
    assert producer.send(large).result(LONG)
    with pytest.raises(RecordTooLarge, match=f"can be {2 * MIB} bytes"):
        producer.send(bytes(2 * MIB))
    assert producer.join() == Totals(received=2, delivered=2)
    assert kinesis.ledger(STREAM)[-1].data == large


def test_a_limit_of_ones_own_is_kept(make, kinesis, monkeypatch):
    """Whatever the stream allows."""
    kinesis.update_record_size(STREAM, size=2 * MIB)
    producer = make(max_record_size=MIB)
    facts = seen(producer, monkeypatch)
    producer.send(b"x").result(LONG)
    eventually(lambda: facts)
    with pytest.raises(RecordTooLarge, match="max_record_size"):
        producer.send(bytes(MIB))


def test_without_the_permission_records_are_delivered(make, kinesis, caplog):
    """Nothing but kinesis:PutRecords is needed; that the other is missing is said once."""
    denied = faults.only(STREAM, faults.access_denied())
    kinesis.faults.always("ListShards", denied)
    kinesis.faults.always("DescribeStreamSummary", denied)
    producer = make()
    producer.send(b"x").result(LONG)
    eventually(lambda: caplog.messages)
    assert kinesis.wait_for("DescribeStreamSummary")
    producer.send(b"y").result(LONG)
    assert producer.join() == Totals(received=2, delivered=2)
    (message,) = caplog.messages
    assert message.startswith(f"stream {STREAM} at http://127.0.0.1:")
    assert "kinesis:ListShards is not permitted" in message


def test_a_client_that_only_puts_will_do(caplog):
    """Nothing is known of the stream then, and nothing is said."""
    client = Client()
    with producer_with(client) as producer:
        producer.send(b"x")
    assert producer.totals == Totals(received=1, delivered=1)
    assert caplog.messages == []


@pytest.mark.parametrize("hanging", ["ListShards", "DescribeStreamSummary"])
@pytest.mark.parametrize("end", ["join", "abort"])
def test_nobody_waits_for_a_question_that_hangs(make, kinesis, hanging, end):
    """The end does not, nor does the connection, which is closed without it."""
    kinesis.faults.always(hanging, faults.hang())
    producer = make(request_timeout=60)
    producer.send(b"x").result(LONG)
    assert kinesis.wait_for(hanging)
    begun = time.monotonic()
    getattr(producer, end)()
    eventually(lambda: producer._engine._crew.ended)
    assert time.monotonic() - begun < 5
    assert lines(kinesis) == [b"x"]


def test_a_program_does_not_wait_for_a_question_that_hangs(kinesis):
    """It ends when its records are delivered."""
    kinesis.faults.always("ListShards", faults.hang())
    begun = time.monotonic()
    assert Program(kinesis, "k.send(b'x')\n", config=", request_timeout=60").end() == (0, "", "")
    assert time.monotonic() - begun < LONG
    assert lines(kinesis) == [b"x"]


def test_the_scout_ends_with_its_producer(make):
    """Nothing is left of it, though it would have looked again in minutes."""
    producer = make()
    producer.send(b"x").result(LONG)
    producer.join()

    def names():
        return [one.name for one in threading.enumerate()]

    eventually(lambda: not [name for name in names() if name.startswith("kinesis_producer-orders")])


def test_a_child_process_looks_for_itself(kinesis):
    """A fork copies no threads, and what the parent knew is the parent's."""
    program = Program(
        kinesis,
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        k.send(b"parent").result()
        child = os.fork()
        k.send(b"child" if not child else b"more").result()
        k.join()
        if not child:
            os._exit(0)
        print(os.waitpid(child, 0)[1])
        """,
    )
    assert program.end() == (0, "0\n", "")
    assert kinesis.wait_for("ListShards", count=2)
    assert sorted(lines(kinesis)) == [b"child", b"more", b"parent"]
