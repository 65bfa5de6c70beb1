"""What a connection learns about its stream, and what it makes of all that it cannot learn."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import boto3.session
import pytest

from kinesis_producer.client import connect
from kinesis_producer.client.looking import Looking
from kinesis_producer.config import ProducerConfig
from kinesis_producer.core.shard_map import read_facts
from kinesis_producer.core.shards import Shard
from kinesis_producer.limits import MIB
from kinesis_producer.records import Failure
from kinesis_producer.testing import faults

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"


@pytest.fixture
def kinesis(local_kinesis):
    local_kinesis.create_stream("orders", shards=2)
    return local_kinesis


@pytest.fixture
def connection(kinesis):
    made = connection_to(kinesis, stream_name="orders")
    yield made
    made.close()


def connection_to(kinesis, **stream):
    session = boto3.session.Session("local", "local", region_name="us-east-1")
    config = ProducerConfig(endpoint_url=kinesis.endpoint_url, request_timeout=5.0, **stream)
    return connect(config, session=session)


def given(**operations):
    """A client of somebody's that has these operations."""
    client = SimpleNamespace(put_records=None, **operations)
    return connect(ProducerConfig(stream_name="orders"), client=client)


def test_all_shards_are_listed(kinesis, connection):
    """Closed ones included, which are the parents of others; thousands come in pages."""
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    shards = connection.looking.shards()
    assert [shard.is_open for shard in shards] == [False, True, True, True]
    assert shards[2].parents == ("shardId-000000000000",)
    kinesis.create_stream("many", shards=1500)
    many = connection_to(kinesis, stream_name="many")
    assert len(many.looking.shards()) == 1500
    assert kinesis.count("ListShards") == 3
    many.close()


def test_the_stream_is_summed_up(kinesis, connection):
    """Mode, distribution strategy and record size are facts, as far as botocore knows of them."""
    kinesis.update_record_size("orders", size=2 * MIB)
    kinesis.update_mode("orders", mode="ON_DEMAND")
    kinesis.update_distribution("orders", strategy="AUTO")
    summary = connection.looking.summary()
    facts = read_facts(connection.looking.shards(), summary)
    assert facts.on_demand
    assert facts.auto is (True if "RecordDistributionStrategy" in summary else None)
    assert facts.record_limit == (2 * MIB if "MaxRecordSizeInKiB" in summary else None)


def test_the_stream_may_be_told_by_its_arn(kinesis):
    """Both questions take it."""
    connection = connection_to(kinesis, stream_arn=ARN)
    assert len(connection.looking.shards()) == 2
    assert connection.looking.summary()["StreamName"] == "orders"
    connection.close()


def test_permissions_are_missed_one_by_one(kinesis, connection):
    """Without the one for the summary there is a map all the same, and the other way round."""
    kinesis.faults.always("DescribeStreamSummary", faults.access_denied())
    assert connection.looking.summary().code == "AccessDeniedException"
    assert len(connection.looking.shards()) == 2
    kinesis.faults.clear()
    kinesis.faults.always("ListShards", faults.access_denied())
    assert connection.looking.shards().code == "AccessDeniedException"
    assert connection.looking.summary()["OpenShardCount"] == 2
    assert kinesis.count("ListShards") == 2


@pytest.mark.parametrize(
    "fault",
    [
        faults.throttled(),
        faults.server_error(),
        faults.empty_body(committed=False),
        faults.disconnect(committed=False),
    ],
)
def test_what_passes_is_asked_again(kinesis, connection, fault):
    """Within the same call."""
    kinesis.faults.script("ListShards", fault)
    kinesis.faults.script("DescribeStreamSummary", fault)
    assert len(connection.looking.shards()) == 2
    assert connection.looking.summary()["OpenShardCount"] == 2


def test_what_does_not_pass_is_given_up(kinesis, connection):
    """After some seconds."""
    kinesis.faults.always("ListShards", faults.throttled())
    begun = time.monotonic()
    assert connection.looking.shards().code == "ProvisionedThroughputExceededException"
    assert time.monotonic() - begun < 8


def test_after_the_end_nothing_is_retried(kinesis, connection):
    """A pause before a retry is broken off."""
    kinesis.faults.always("ListShards", faults.throttled())
    answers = []
    asking = threading.Thread(target=lambda: answers.append(connection.looking.shards()))
    asking.start()
    assert kinesis.wait_for("ListShards", count=2)
    connection.close()
    begun = time.monotonic()
    asking.join()
    assert time.monotonic() - begun < 2
    assert isinstance(answers[0], Failure)


def test_a_client_that_only_puts_will_do():
    """What it cannot be asked is not known."""
    looking = given().looking
    assert looking.shards().code == looking.summary().code == "Unsupported"


@pytest.mark.parametrize(
    "answer",
    [
        {"Shards": [{}]},
        {"Shards": [None]},
        {"Shards": 7},
        {"Shards": [{"ShardId": "1", "HashKeyRange": {"StartingHashKey": "a"}}]},
        None,
    ],
)
def test_an_answer_that_cannot_be_read_is_none(answer):
    """Nothing is raised, whatever a client of somebody's gives."""
    looking = given(list_shards=lambda **_: answer).looking
    assert looking.shards().code == "Unreadable"


def test_a_client_that_raises_is_nobodys_end():
    """It was given by somebody, who may not have meant it to be asked."""

    def refuse(**_):
        raise NotImplementedError("secret")

    failure = given(describe_stream_summary=refuse).looking.summary()
    assert (failure.code, "secret" in failure.message) == ("Unreadable", False)


def test_pages_have_an_end():
    """A service that always has another one does not fill the memory."""
    page = {"Shards": [{"ShardId": "shardId-0"}] * 1000, "NextToken": "more"}
    shards = given(list_shards=lambda **_: page).looking.shards()
    assert len(shards) == 100_000
    assert shards[0] == Shard("shardId-0")


def test_a_client_of_before_a_fork_is_not_asked(kinesis, connection):
    """The child asks by one of its own; by a given one, which is the parent's, not at all."""
    child = connection.after_fork()
    assert len(child.looking.shards()) == 2
    child.close()
    assert given(list_shards=lambda **_: {"Shards": []}).after_fork().looking.shards().code == (
        "Unsupported"
    )


def test_a_listing_without_an_end_is_given_up():
    """A server that always has another page keeps nobody busy for ever."""
    pages = []

    class Endless:
        def list_shards(self, **asked):
            pages.append(asked)
            return {"Shards": [], "NextToken": "more"}

    answer = Looking(Endless, {"StreamName": "orders"}, threading.Event()).shards()
    assert isinstance(answer, Failure)
    assert len(pages) == 1000
    closed = threading.Event()
    closed.set()
    assert isinstance(Looking(Endless, {"StreamName": "orders"}, closed).shards(), Failure)
    assert len(pages) == 1000
