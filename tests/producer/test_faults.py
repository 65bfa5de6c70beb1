"""What becomes of records when the service, or the way to it, misbehaves."""

from __future__ import annotations

import json
import logging
import queue
import re
import socket
import threading
import time
from itertools import pairwise

import boto3.session
import pytest

from kinesis_producer import (
    ConfigError,
    KinesisProducer,
    NotWritten,
    Outcome,
    PossiblyWritten,
    ProducerFailed,
    Totals,
    UndeliveredRecords,
)
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines, puts

THROTTLED = "ProvisionedThroughputExceededException"
ALONE = {"buffer_size_limit": 0}
HTML = b"<html>sign in</html>"


def answer(*entries):
    return json.dumps({"FailedRecordCount": 0, "Records": list(entries)}).encode()


def test_only_failed_entries_go_again(make, kinesis):
    """A partial throttle leaves the others delivered, and sends none of them twice."""
    kinesis.faults.script(
        "PutRecords", faults.entries(lambda _, entry: entry["Data"] < "eQ", THROTTLED)
    )
    with make(kinesis_concurrency=2, aggregation="none", buffer_time_limit=0.1) as producer:
        producer.send_many([b"x1", b"y1", b"x2", b"y2"])
    assert sorted(record.data for record in kinesis.ledger(STREAM)) == [b"x1", b"x2", b"y1", b"y2"]
    first, *again = [request.records for request in puts(kinesis)]
    assert (first, sum(again)) == (4, 2)  # each shard is paced by itself
    assert producer.totals == Totals(received=4, delivered=4)


@pytest.mark.parametrize(
    "fault",
    [
        faults.error(THROTTLED, "Rate exceeded"),
        faults.error("KMSThrottlingException"),
        faults.error("LimitExceededException"),
        faults.error("ResourceInUseException"),
        faults.error("ResourceNotFoundException"),
        faults.error("ExpiredTokenException"),
        faults.error("Surprise", status=429),
    ],
)
def test_a_refused_request_goes_again_and_is_no_duplicate(make, kinesis, fault):
    """The service said that it wrote nothing. No request is made that is not counted."""
    kinesis.faults.script("PutRecords", fault)
    with make() as producer:
        delivery = producer.send(b"x")
    assert lines(kinesis) == [b"x"]
    assert kinesis.count("PutRecords") == delivery.result().attempts == 2
    assert producer.totals == Totals(received=1, delivered=1)


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    "build",
    [
        lambda committed: faults.disconnect(committed=committed),
        lambda committed: faults.server_error(status=500, html=False, committed=committed),
        lambda committed: faults.server_error(status=503, committed=committed),
        lambda committed: faults.body(HTML, committed=committed),
        lambda committed: faults.body(b"", committed=committed),
        lambda committed: faults.body(b"{}", committed=committed),
        lambda committed: faults.body(
            b'{"Records": [{"Seq', committed=committed, content_length=999
        ),
        lambda committed: faults.body(answer({}), committed=committed),
        lambda committed: faults.body(answer(), committed=committed),
    ],
)
def test_an_attempt_without_a_proper_answer_is_a_possible_duplicate(
    make, kinesis, build, committed
):
    """Written or not, the record is delivered, and the copies are within the bound."""
    kinesis.faults.script("PutRecords", build(committed))
    with make() as producer:
        producer.send_many([b"x", b"y"])
    assert len(kinesis.ledger(STREAM)) == (2 if committed else 1)
    assert producer.totals == Totals(received=2, delivered=2, possible_duplicates=2)


def test_an_internal_failure_of_an_entry_is_a_possible_duplicate(make, kinesis):
    """The service does not say how far it came with that one."""
    kinesis.faults.script("PutRecords", faults.entries([0], "InternalFailure"))
    with make(aggregation="none") as producer:
        producer.send_many([b"x", b"y"])
    assert producer.totals == Totals(received=2, delivered=2, possible_duplicates=1)


def test_a_slow_answer_is_no_answer(make, kinesis):
    """After request_timeout the request goes again."""
    kinesis.faults.script("PutRecords", faults.hang(committed=True))
    with make(request_timeout=0.3) as producer:
        producer.send(b"x")
    assert lines(kinesis) == [b"x", b"x"]
    assert producer.totals == Totals(received=1, delivered=1, possible_duplicates=1)


def test_retries_end_with_their_number(make, kinesis):
    """The ancestor lost these in silence; here join() says so."""
    kinesis.faults.always("PutRecords", faults.entries(lambda *_: True, THROTTLED))
    producer = make(kinesis_max_retries=2)
    producer.send_many([b"x"] * 7)
    with pytest.raises(UndeliveredRecords, match="7 of 7 records were not delivered") as caught:
        producer.join()
    assert caught.value.totals == Totals(received=7, not_written=7)
    assert [(one.code, one.attempts, one.records) for one in caught.value.samples] == [
        (THROTTLED, 3, 7)
    ]
    assert kinesis.count("PutRecords") == 3


def test_the_delivery_timeout_ends_retrying(make, kinesis):
    """Whatever the number of retries."""
    kinesis.faults.always("PutRecords", faults.server_error())
    producer = make(delivery_timeout=0.8, request_timeout=0.4)
    delivery = producer.send(b"x")
    with pytest.raises(PossiblyWritten) as caught:
        delivery.result()
    assert caught.value.attempts >= 2
    assert producer.join() == Totals(
        received=1, possibly_written=1, possible_duplicates=caught.value.attempts - 1
    )


def test_one_invalid_entry_fails_alone(make, kinesis):
    """The service refuses the whole batch; halving finds the one."""
    refused = []

    def refuse(request, proceed):
        entries = request.parameters["Records"]
        if "bad" not in {entry["PartitionKey"] for entry in entries}:
            return proceed()
        refused.append(len(entries))
        invalid = faults.error("ValidationException", "Value 'bad' at 'records' failed")
        return invalid(request, proceed)

    kinesis.faults.always("PutRecords", refuse)
    producer = make(**ALONE, buffer_time_limit=60.0, aggregation="none")
    good = producer.send_many([b"%d" % number for number in range(100)])
    bad = producer.send(b"culprit", partition_key="bad")
    producer.flush()
    with pytest.raises(NotWritten, match="ValidationException") as caught:
        bad.result()
    assert "'bad'" not in str(caught.value)
    assert len({one.result().sequence_number for one in good}) == 100
    assert all(less <= (more + 1) // 2 for more, less in pairwise(refused))
    assert refused[-1] == 1


@pytest.mark.parametrize("code", ["AccessDeniedException", "KMSDisabledException"])
def test_a_hopeless_answer_fails_the_producer_at_once(make, kinesis, code, caplog):
    """Everything pending has its outcome, send() names the cause, and few requests were made."""
    kinesis.faults.always("PutRecords", faults.error(code, "kinesis:PutRecords on orders"))
    producer = make(**ALONE, kinesis_concurrency=4)
    delivery = producer.send(b"x")
    with pytest.raises(NotWritten, match=code):
        delivery.result(10.0)
    with pytest.raises(ProducerFailed, match=f"{code}: kinesis:PutRecords on orders"):
        producer.send(b"y")
    with pytest.raises(ProducerFailed), producer:
        producer.send(b"z")
    assert kinesis.count("PutRecords") <= 4 + 4
    assert caplog.text.count(code) == 1


def test_a_missing_stream_fails_the_producer_within_seconds(make, kinesis):
    """After a few probes, one at a time."""
    begun = time.monotonic()
    producer = make(stream_name="nowhere", **ALONE, kinesis_concurrency=4, max_request_size=2**20)
    producer.send_many([b"x" * 300_000] * 20)
    with pytest.raises(UndeliveredRecords, match=r"20 of 20.*ResourceNotFoundException.*nowhere"):
        producer.join()
    assert time.monotonic() - begun < 10
    assert kinesis.count("PutRecords") <= 4 + 4


def test_a_stream_that_appears_in_time_is_written(make, kinesis):
    """A probe gets through."""
    producer = make(stream_name="soon")
    producer.send(b"x")
    assert kinesis.wait_for("PutRecords")
    kinesis.create_stream("soon")
    assert producer.join() == Totals(received=1, delivered=1)


def test_missing_credentials_are_named_without_a_request(kinesis, monkeypatch):
    """Nothing can be signed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    config = {
        "stream_name": STREAM,
        "aws_region": "us-east-1",
        "endpoint_url": kinesis.endpoint_url,
    }
    producer = KinesisProducer(config, session=boto3.session.Session())
    producer.send(b"x")
    with pytest.raises(UndeliveredRecords, match="NoCredentials: Unable to locate credentials"):
        producer.join(10.0)
    assert kinesis.requests == []


def test_a_missing_region_is_a_config_error(monkeypatch):
    """boto3 can make no client."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    with pytest.raises(ConfigError, match="You must specify a region"):
        KinesisProducer({"stream_name": STREAM})
    with pytest.raises(ConfigError, match="nobody"):
        KinesisProducer({"stream_name": STREAM, "aws_profile": "nobody"})


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://127.0.0.1:{port}", "Connection refused"),
        ("http://kinesis.invalid", "[Nn]ame|address|resolution"),
        ("https://kinesis.invalid", "[Nn]ame|address|resolution"),
    ],
)
def test_a_wrong_endpoint_is_told_at_once_and_tried_to_the_deadline(make, caplog, url, cause):
    """One ERROR that names it, and why it cannot be reached, however many attempts follow."""
    url = url.format(port=unused_port())
    producer = make(endpoint_url=url, delivery_timeout=1.5, request_timeout=0.5)
    delivery = producer.send(b"x")
    with caplog.at_level(logging.ERROR), pytest.raises(NotWritten, match="Unreachable") as caught:
        delivery.result()
    assert caught.value.attempts >= 3
    assert producer.totals == Totals(received=1, not_written=1)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    told = f"stream {STREAM} at {url}: Unreachable: Could not connect to the endpoint URL"
    assert told in errors[0].getMessage()
    assert re.search(rf"\(.*({cause}).*\) \(no connection", errors[0].getMessage())


def test_a_hanging_request_is_settled_when_its_time_is_over(make, kinesis):
    """The outcome does not wait for the request, whose late answer changes nothing."""
    kinesis.faults.always("PutRecords", faults.hang(committed=True))
    producer = make(delivery_timeout=0.7, request_timeout=0.4, kinesis_concurrency=1)
    delivery = producer.send(b"x")
    assert delivery.exception(5.0) is not None
    assert delivery.outcome is Outcome.POSSIBLY_WRITTEN
    assert producer.join(5.0).possibly_written == 1


class Dripping:
    """A client whose second answer comes when it is told to, past every timeout."""

    def __init__(self):
        self.requests = 0
        self.go = threading.Event()

    def put_records(self, *, Records, StreamName):  # noqa: N803 -- boto3's names
        self.requests += 1
        assert self.requests == 1 or self.go.wait(30)
        answers = [{"SequenceNumber": "49", "ShardId": StreamName} for _ in Records]
        return {"FailedRecordCount": 0, "Records": answers}


def test_an_endless_answer_is_reported_though_nobody_waits():
    """The reporter looks by itself, also after records that came when it had nothing to do."""
    client, reports = Dripping(), queue.SimpleQueue()
    times = {"delivery_timeout": 0.7, "request_timeout": 0.4}
    config = {"stream_name": STREAM, "kinesis_concurrency": 1, **times}  # no other sender looks
    with KinesisProducer(config, client=client, on_delivery=reports.put) as producer:
        producer.send(b"x")
        assert reports.get(timeout=10).outcome is Outcome.DELIVERED
        producer.send(b"y")
        assert reports.get(timeout=10).outcome is Outcome.POSSIBLY_WRITTEN
        client.go.set()


def test_a_connection_that_the_server_closed_is_opened_again(make, kinesis):
    """Between two records the server went and came back."""
    producer = make()
    producer.send(b"a").result()
    port = kinesis.port
    kinesis.stop()
    kinesis._port = port
    kinesis.start()
    producer.send(b"b").result()
    assert lines(kinesis) == [b"a", b"b"]


def test_a_throttled_stream_takes_everything_in_the_end(make, kinesis):
    """Some entries refused in every second answer, at random; each record is there once."""
    refuse = faults.entries(lambda index, _: index % 3 == 0, THROTTLED)
    for _ in range(5):
        kinesis.faults.script("PutRecords", refuse, lambda _, proceed: proceed())
    sent = [b"%d" % number for number in range(3000)]
    with make(buffer_size_limit=500) as producer:
        producer.send_many(sent)
    assert sorted(lines(kinesis)) == sorted(sent)
    assert producer.totals == Totals(received=3000, delivered=3000)


def test_in_order_aggregates_reach_each_shard_as_they_were_closed(make, kinesis):
    """With one sender, through throttles and resets: first copies are in order."""
    kinesis.faults.script(
        "PutRecords",
        *[
            fault
            for _ in range(6)
            for fault in (
                faults.entries([0], THROTTLED),
                faults.disconnect(committed=True),
                lambda _, proceed: proceed(),
                faults.server_error(),
            )
        ],
    )
    sent = [b"%03d" % number for number in range(200)]
    with make(kinesis_concurrency=1, buffer_size_limit=40) as producer:
        producer.send_many(sent)
    for shard in ("shardId-000000000000", "shardId-000000000001"):
        here = [one.data for one in kinesis.ledger(STREAM) if one.shard_id == shard]
        first_copies = list(dict.fromkeys(here))
        assert first_copies == sorted(first_copies)
    assert {request.records for request in puts(kinesis)} <= {1, 2}  # one of each shard
    assert set(lines(kinesis)) == set(sent)
