"""Whatever a request meets: the outcome is true, and the copies are within the declared bound."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from kinesis_producer import Outcome, Totals, UndeliveredRecords
from kinesis_producer.testing import Traffic, faults
from tests.conftest import STREAM
from tests.producer.conftest import lines

SENT = [b"%03d" % number for number in range(30)]

#: Nothing was written: there is nothing to count.
CERTAIN = {
    "throttled-entries",
    "uncounted-entries",
    "throttled",
    "kms-throttled",
    "closed-when-idle",
}
#: They pass if they meet one request alone.
FORGIVEN = {"expired-credentials", "invalid-signature", "no-such-stream"}


def check_ledger(kinesis, totals, *, sent=SENT, aggregated=True):
    """Nothing lost, nothing invented, and no more copies than the producer owns up to."""
    there = lines(kinesis) if aggregated else [one.data for one in kinesis.ledger(STREAM)]
    copies = Counter(there)
    assert copies.keys() == set(sent)
    assert copies.total() - len(sent) <= totals.possible_duplicates


@pytest.mark.parametrize("aggregation", ["none", "delimiter"])
@pytest.mark.parametrize("name", faults.PASSING)
def test_what_passes_costs_no_record(make, kinesis, name, aggregation):
    """Met by two requests, each record is delivered, and its copies are counted."""
    kinesis.faults.script("PutRecords", faults.PASSING[name], faults.PASSING[name])
    with make(aggregation=aggregation, buffer_time_limit=0.1, kinesis_concurrency=2) as producer:
        deliveries = [producer.send(record) for record in SENT]
    totals = producer.totals
    check_ledger(kinesis, totals, aggregated=aggregation != "none")
    assert (totals.received, totals.delivered) == (len(SENT), len(SENT))
    assert {one.outcome for one in deliveries} == {Outcome.DELIVERED}
    assert (totals.possible_duplicates == 0) == (name in CERTAIN)
    written = {record.sequence_number for record in kinesis.ledger(STREAM)}
    assert {one.result().sequence_number for one in deliveries} <= written


@pytest.mark.parametrize("name", faults.HOLDING)
def test_what_holds_a_request_costs_its_timeout(make, kinesis, name):
    """The request is given up, and goes again on another connection."""
    kinesis.faults.script("PutRecords", faults.HOLDING[name])
    with make(request_timeout=0.4) as producer:
        producer.send_many(SENT)
    totals = producer.totals
    assert totals == Totals(received=30, delivered=30, possible_duplicates=30)
    check_ledger(kinesis, totals)


@pytest.mark.parametrize("committed", [False, True])
def test_an_answer_that_drips_faster_than_the_timeout(make, kinesis, committed):
    """No read takes long and the answer never ends: the deadline gives its records up."""
    kinesis.faults.script("PutRecords", faults.drip(pause=0.1, committed=committed))
    producer = make(request_timeout=0.4, delivery_timeout=1.0, kinesis_concurrency=2)
    begun = time.monotonic()
    slow = producer.send(b"slow")
    assert kinesis.wait_for("PutRecords")
    quick = producer.send(b"quick")
    assert quick.result(5.0)
    assert slow.exception(5.0) is not None
    assert slow.outcome is Outcome.POSSIBLY_WRITTEN
    assert time.monotonic() - begun < 5.0
    assert set(lines(kinesis)) == ({b"slow", b"quick"} if committed else {b"quick"})


@pytest.mark.parametrize("name", faults.FINAL)
def test_what_is_final_is_announced(make, kinesis, name):
    """Every record is not written, says so, and few requests were made."""
    kinesis.faults.always("PutRecords", faults.FINAL[name])
    producer = make(kinesis_concurrency=2, aggregation="none", buffer_time_limit=0.1)
    deliveries = [producer.send(record) for record in SENT]
    with pytest.raises(UndeliveredRecords, match=r"30 of 30 records were not delivered"):
        producer.join(20.0)
    assert {one.outcome for one in deliveries} == {Outcome.NOT_WRITTEN}
    assert producer.totals == Totals(received=30, not_written=30)
    assert kinesis.ledger(STREAM) == []
    assert kinesis.count("PutRecords") <= 2 + 4


@pytest.mark.parametrize("name", FORGIVEN)
def test_what_may_pass_is_forgiven(make, kinesis, name):
    """Credentials are renewed, clocks corrected, streams made: met once, it costs nothing."""
    kinesis.faults.script("PutRecords", faults.FINAL[name])
    with make() as producer:
        producer.send_many(SENT)
    assert producer.totals == Totals(received=30, delivered=30)
    check_ledger(kinesis, producer.totals)


def test_one_invalid_record_is_the_only_one_that_fails(make, kinesis):
    """The others of its request are written, each once."""
    bad = faults.invalid_entry(lambda entry: entry["PartitionKey"] == "bad")
    kinesis.faults.always("PutRecords", bad)
    producer = make(aggregation="none", buffer_time_limit=0.2)
    good = [producer.send(record) for record in SENT]
    culprit = producer.send(b"culprit", partition_key="bad")
    with pytest.raises(UndeliveredRecords, match="1 of 31"):
        producer.join()
    assert culprit.outcome is Outcome.NOT_WRITTEN
    assert {one.outcome for one in good} == {Outcome.DELIVERED}
    assert sorted(record.data for record in kinesis.ledger(STREAM)) == SENT


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_costs_no_record(make, kinesis, seed):
    """Many of some dozens of requests meet a fault; all is delivered, reported and counted.

    Pauses double: were half of them hit, each further one would be half as likely and twice as
    long, and a run might take minutes.
    """
    mixture = faults.mixed(seed, rate=0.3)
    kinesis.faults.always("PutRecords", mixture)
    reported = Counter()
    sent = [b"%05d" % number for number in range(8000)]
    with make(
        on_delivery=lambda report: reported.update(report.records),
        kinesis_concurrency=4,
        buffer_size_limit=100,
        max_record_size=1024,
        max_request_size=1024,
    ) as producer:
        producer.send_many(sent)
    totals = producer.totals
    assert (totals.received, totals.delivered) == (8000, 8000)
    assert {record.data for record in reported} == set(sent)
    assert set(reported.values()) == {1}
    check_ledger(kinesis, totals, sent=sent)
    assert 10 < mixture.dealt.total() < mixture.requests == kinesis.count("PutRecords")


@pytest.fixture
def through(make, fault_proxy):
    """Makes producers that reach the stream through the proxy, by one sender."""

    def build(**given):
        return make(endpoint_url=fault_proxy.endpoint_url, kinesis_concurrency=1, **given)

    return build


def connections(kinesis, fault_proxy):
    """How many there are once the scout, too, has had its answers; it may have one of its own."""
    assert kinesis.wait_for("DescribeStreamSummary")
    return fault_proxy.connections


@pytest.mark.parametrize(
    ("traffic", "committed"), [(Traffic.DROP, False), (Traffic.DROP_ANSWERS, True)]
)
def test_a_dropped_idle_connection_costs_one_timeout(
    through, kinesis, fault_proxy, traffic, committed
):
    """Then there is a new connection; whether the request arrived, nobody can tell."""
    producer = through(request_timeout=0.5)
    producer.send(b"first").result()
    before = connections(kinesis, fault_proxy)
    fault_proxy.switch_open(traffic)
    begun = time.monotonic()
    assert producer.send(b"second").result(10.0)
    assert 0.5 <= time.monotonic() - begun < 5.0
    assert producer.join() == Totals(received=2, delivered=2, possible_duplicates=1)
    assert fault_proxy.connections == before + 1
    assert lines(kinesis) == [b"first"] + [b"second"] * (1 + committed)


def test_many_dropped_idle_connections_cost_one_timeout(make, kinesis, fault_proxy):
    """After the first that is found dead comes a new one, not the next of the dead."""
    together = threading.Barrier(4)

    def meet(_request, proceed):
        together.wait(10)
        return proceed()

    kinesis.faults.script("PutRecords", meet, meet, meet, meet)
    producer = make(
        buffer_size_limit=0,
        max_record_size=1024,
        max_request_size=1024,
        endpoint_url=fault_proxy.endpoint_url,
        kinesis_concurrency=4,
        request_timeout=0.5,
    )
    for delivery in [producer.send(b"x" * 900) for _ in range(4)]:
        delivery.result(10.0)
    before = connections(kinesis, fault_proxy)
    assert before >= 4
    fault_proxy.switch_open(Traffic.DROP)
    producer.send(b"last").result(10.0)
    assert producer.join() == Totals(received=5, delivered=5, possible_duplicates=1)
    assert fault_proxy.connections == before + 1


@pytest.mark.parametrize(
    ("traffic", "committed"),
    [(Traffic.HALF_OPEN, False), (Traffic.RESET_REQUEST, False), (Traffic.RESET_ANSWER, True)],
)
def test_a_connection_that_is_reset_in_use_costs_no_timeout(
    through, kinesis, fault_proxy, traffic, committed
):
    """The next attempt makes a new one, at once."""
    producer = through(request_timeout=5.0)
    producer.send(b"first").result()
    before = connections(kinesis, fault_proxy)
    fault_proxy.switch_open(traffic)
    begun = time.monotonic()
    assert producer.send(b"second").result(10.0)
    assert time.monotonic() - begun < 5.0
    assert producer.join() == Totals(received=2, delivered=2, possible_duplicates=1)
    assert fault_proxy.connections == before + 1
    assert lines(kinesis) == [b"first"] + [b"second"] * (1 + committed)


def test_an_idle_connection_that_was_reset_costs_nothing(through, kinesis, fault_proxy):
    """The client sees it before it sends."""
    producer = through()
    producer.send(b"first").result()
    before = connections(kinesis, fault_proxy)
    fault_proxy.reset()
    producer.send(b"second").result(10.0)
    assert lines(kinesis) == [b"first", b"second"]
    assert fault_proxy.connections == before + 1
    assert producer.join().delivered == 2


def test_refused_connections_are_no_duplicates(through, kinesis, fault_proxy):
    """Nothing was sent; the record is delivered when there is a server again."""
    producer = through()
    fault_proxy.switch(Traffic.REFUSE)
    delivery = producer.send(b"x")
    with pytest.raises(TimeoutError):
        delivery.result(0.5)
    fault_proxy.switch(Traffic.PASS)
    delivery.result(10.0)
    assert producer.join() == Totals(received=1, delivered=1)
    assert lines(kinesis) == [b"x"]


def test_a_network_that_comes_and_goes_costs_no_record(through, kinesis, fault_proxy):
    """One connection after another is lost, each in its way, and bytes are late."""
    fault_proxy.delay(0.001)
    ways = [way for way in Traffic if way is not Traffic.REFUSE]
    with through(request_timeout=0.4) as producer:
        for way, record in zip(ways * 2, SENT, strict=False):
            fault_proxy.switch_open(way)
            producer.send(record).result(10.0)
    sent = SENT[: 2 * len(ways)]
    assert producer.totals.delivered == len(sent)
    assert producer.totals.possible_duplicates <= 2 * (len(ways) - 1)
    check_ledger(kinesis, producer.totals, sent=sent)
