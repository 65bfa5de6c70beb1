"""From send() to the stream, on a local Kinesis that answers as it should."""

from __future__ import annotations

import logging
import threading

import pytest

from kinesis_producer import (
    Deliveries,
    InvalidRecordType,
    KinesisProducer,
    ProducerClosed,
    ProducerConfig,
    Totals,
)
from tests.conftest import STREAM
from tests.producer.conftest import lines, puts


def test_records_arrive_each_followed_by_the_delimiter(make, kinesis):
    """Aggregated, in order, and confirmed."""
    sent = [b"record %d" % number for number in range(1000)]
    with make() as producer:
        for record in sent:
            producer.send(record)
    assert lines(kinesis) == sent
    assert producer.totals == Totals(received=1000, delivered=1000)
    assert kinesis.count("PutRecords") < 10


def test_aggregates_keep_to_their_size(make, kinesis):
    """No Kinesis record holds more than the limit, and most are full."""
    with make(buffer_size_limit=1000) as producer:
        producer.send_many([b"x" * 99] * 500)
    sizes = [len(record.data) for record in kinesis.ledger(STREAM)]
    assert sizes == [1000] * 50


def test_a_config_object_does_as_well_as_a_dict(kinesis, session):
    """And a stream can be named by its ARN, which tells the region too."""
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}"
    config = ProducerConfig(stream_arn=arn, endpoint_url=kinesis.endpoint_url)
    with KinesisProducer(config, session=session) as producer:
        producer.send(b"x")
    assert lines(kinesis) == [b"x"]


def test_a_client_of_the_users_own_is_used_and_left_open(make, kinesis, session, caplog):
    """With a warning, as this one retries by itself."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    with caplog.at_level(logging.WARNING), make(client=client) as producer:
        producer.send(b"x")
    assert "the given client retries by itself" in caplog.text
    assert client.list_streams()["StreamNames"] == [STREAM]
    client.close()


def test_send_returns_the_delivery_of_the_aggregate(make):
    """Records of one aggregate share it; it tells where they are."""
    producer = make()
    first, second = producer.send(b"a"), producer.send(b"b")
    assert first is second
    assert not first.done()
    assert repr(first) == "<Delivery: pending>"
    result = first.result()
    assert result.shard_id.startswith("shardId-")
    assert result.sequence_number.isdigit()
    assert result.attempts == 1
    assert first.done()
    assert first.exception() is None
    assert repr(first) == "<Delivery: delivered>"
    assert producer.send(b"c") is not first


def test_records_with_equal_keys_share_aggregates_and_shards(make, kinesis):
    """Each key goes under itself; an explicit hash key routes instead."""
    with make() as producer:
        for number in range(20):
            producer.send(b"%d" % number, partition_key=f"key-{number % 2}")
        producer.send(b"low", explicit_hash_key=0)
        producer.send(b"high", partition_key="k", explicit_hash_key=2**128 - 1)
    ledger = {record.data: record for record in kinesis.ledger(STREAM)}
    assert len(ledger) == 4
    keyed = {record.partition_key: data for data, record in ledger.items()}
    assert keyed["key-0"] == b"0\n2\n4\n6\n8\n10\n12\n14\n16\n18\n"
    assert ledger[b"low\n"].shard_id == "shardId-000000000000"
    assert ledger[b"high\n"].shard_id == "shardId-000000000001"
    assert ledger[b"high\n"].explicit_hash_key == str(2**128 - 1)


def test_aggregates_without_a_key_are_spread_over_the_stream(make, kinesis):
    """Each has a random key of its own."""
    with make(buffer_size_limit=0) as producer:
        producer.send_many([b"x"] * 200)
    shards = [record.shard_id for record in kinesis.ledger(STREAM)]
    assert {shards.count(shard) > 50 for shard in set(shards)} == {True}
    assert len(set(shards)) == 2


def test_without_aggregation_each_record_is_a_kinesis_record(make, kinesis):
    """They still share requests: what two shards earn in 10 ms each time, 20 records or so."""
    with make(aggregation="none") as producer:
        producer.send_many([b"%d" % number for number in range(1200)])
        producer.send(b"keyed", partition_key="k")
    assert len(kinesis.ledger(STREAM)) == 1201
    assert {record.data for record in kinesis.ledger(STREAM)} >= {b"0", b"1199", b"keyed"}
    assert max(request.records for request in puts(kinesis)) <= 500
    assert len(puts(kinesis)) < 100


def test_the_number_of_records_closes_an_aggregate(make, kinesis):
    """As with Firehose's 500."""
    with make(max_records_per_aggregate=30) as producer:
        producer.send_many([b"x"] * 100)
    assert [len(record.data) // 2 for record in kinesis.ledger(STREAM)] == [30, 30, 30, 10]


def test_a_buffer_time_of_zero_sends_at_once(make):
    """As soon as a sender is free."""
    delivery = make(buffer_time_limit=0, buffer_size_limit=10**6).send(b"x")
    assert delivery.result(5.0).attempts == 1


def test_send_many_returns_the_distinct_deliveries_in_order(make, kinesis):
    """From any iterable."""
    producer = make(buffer_size_limit=100, kinesis_concurrency=1)  # or aggregates overtake
    deliveries = producer.send_many(b"%04d" % number for number in range(100))
    assert isinstance(deliveries, Deliveries)
    assert len(deliveries) == len(set(deliveries)) == 5
    assert len({one.result().sequence_number for one in deliveries}) == 5
    assert lines(kinesis) == [b"%04d" % number for number in range(100)]
    assert producer.send_many([]) == ()


def test_send_many_says_how_far_it_came(make):
    """Where a record is refused, those before it were accepted."""
    producer = make()
    with pytest.raises(InvalidRecordType) as caught:
        producer.send_many([b"a", b"b", "c", b"d"])
    assert caught.value.accepted == 2
    assert len(caught.value.deliveries) == 1
    assert "2 records were accepted before this" in str(caught.value.__notes__)
    assert producer.totals.received == 2


def test_send_many_keeps_what_a_failing_iterator_gave(make):
    """The iterator's own error tells how many were accepted."""

    def records():
        yield from [b"x"] * 250
        raise KeyError("source")

    producer = make()
    with pytest.raises(KeyError) as caught:
        producer.send_many(records())
    assert caught.value.accepted == 250  # type: ignore[attr-defined]
    assert producer.totals.received == 250


def test_send_many_takes_keys(make, kinesis):
    """All its records have them."""
    with make() as producer:
        producer.send_many([b"a", b"b"], partition_key="k", explicit_hash_key=1)
    (record,) = kinesis.ledger(STREAM)
    assert (record.data, record.partition_key, record.explicit_hash_key) == (b"a\nb\n", "k", "1")


def test_a_serializer_is_applied(make, kinesis):
    """To what is not bytes-like."""
    with make(serializer="json") as producer:
        producer.send({"a": 1})
        producer.send_many([[1, 2], b"raw"])
    assert lines(kinesis) == [b'{"a":1}', b"[1,2]", b"raw"]


def test_a_record_may_change_after_it_was_sent(make, kinesis):
    """What can change is copied."""
    with make() as producer:
        record = bytearray(b"before")
        producer.send(record)
        record[:] = b"after!"
    assert lines(kinesis) == [b"before"]


def test_empty_records_arrive(make, kinesis):
    """An aggregate of them holds as many delimiters."""
    with make() as producer:
        producer.send_many([b"", b"", b"x", b""])
    assert lines(kinesis) == [b"", b"", b"x", b""]


def test_delimiters_in_records_are_counted_and_warned_of_once(make, kinesis, caplog):
    """Programs send lines that end in one; they do arrive."""
    with caplog.at_level(logging.WARNING), make(buffer_size_limit=0) as producer:
        producer.send_many([b"line\n", b"line\n", b"a\nb\n", b"fine"])
    assert producer.delimiters_in_records == 4
    assert caplog.text.count("records hold the record_delimiter") == 1
    assert b"".join(record.data for record in kinesis.ledger(STREAM)).count(b"\n") == 8


def test_a_strict_producer_refuses_delimiters(make):
    """Also those in records that would take the short path."""
    producer = make(delimiter_in_record="error")
    producer.send(b"a")
    with pytest.raises(ValueError, match="delimiter_in_record"):
        producer.send(b"a\n")
    with pytest.raises(ValueError, match="delimiter_in_record") as caught:
        producer.send_many([b"b", b"c\n"])
    assert caught.value.accepted == 1  # type: ignore[attr-defined]


def test_a_closed_producer_accepts_nothing(make):
    """Closing, joining and aborting all close."""
    for close in (KinesisProducer.close, KinesisProducer.join, KinesisProducer.abort):
        producer = make()
        close(producer)
        with pytest.raises(ProducerClosed):
            producer.send(b"x")
        with pytest.raises(ProducerClosed):
            producer.send_many([b"x"])


def test_many_threads_send_at_once(make, kinesis):
    """Each record is accepted, delivered and there exactly once."""
    producer = make(buffer_size_limit=5000)

    def send(thread):
        for number in range(2000):
            producer.send(b"%d:%d" % (thread, number))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert producer.join() == Totals(received=16_000, delivered=16_000)
    found = lines(kinesis)
    assert len(found) == len(set(found)) == 16_000


def test_a_large_record_goes_alone_and_at_the_limit(make, kinesis):
    """A record as large as Kinesis takes, between small ones."""
    large = b"x" * (1024 * 1024 - 16 - 1)
    with make() as producer:
        producer.send_many([b"a", large, b"b"])
    assert sorted(map(len, lines(kinesis))) == [1, 1, len(large)]


def test_requests_keep_to_their_size(make, kinesis):
    """No request is over max_request_size."""
    config = {"max_request_size": 1024 * 1024, "kinesis_concurrency": 2, "buffer_time_limit": 0.05}
    with make(**config) as producer:
        producer.send_many([b"x" * 99_000] * 40)
    assert max(request.size for request in kinesis.requests) <= 1024 * 1024
    assert len(kinesis.ledger(STREAM)) == 40
