"""What is Redis's own: scripts, numbers, clusters, and what it repeats."""

from __future__ import annotations

import importlib
import json
import re
import socket
import sys
import threading
import time
import traceback
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import redis

from kinesis_producer.core.leasing.lease import finished, renewed, taken
from kinesis_producer.core.positions import Position
from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.redis import RedisStore
from tests.emulators.redis import redis_server
from tests.emulators.starting import START_TIMEOUT
from tests.stores.kinds import SECRET
from tests.stores.rows import BARE, FULL, SHARD, STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.stores import LeaseTable

pytestmark = pytest.mark.parametrize("kind", ["redis"], indirect=True)

SLOTS: Final = 16384


@pytest.fixture
def client(store: RedisStore) -> Any:
    """The client of the store, to look past it."""
    return store._client


@pytest.fixture
def key(application: str) -> str:
    """Where the table of the test is."""
    return f"kinesis_producer:{application}:{STREAM.arn}:{STREAM.created}"


def test_a_row_is_text_that_people_can_read(client: Any, key: str, table: LeaseTable) -> None:
    """A lease is an object of JSON with all its numbers as decimal text, and does not expire."""
    table.create(FULL)
    row = json.loads(client.hget(key, SHARD))
    assert row["counter"] == str(2**53 - 1)
    assert row["checkpoint"] == str(FULL.checkpoint)
    assert all(isinstance(value, str) for value in row.values())
    assert client.ttl(key) == -1


def test_no_digit_of_a_counter_is_lost(table: LeaseTable) -> None:
    """Counters that a double cannot tell apart are told apart."""
    counted = replace(BARE, counter=2**53)
    table.create(counted)
    assert not table.replace(replace(counted, counter=2**53 + 1), counted)
    assert table.replace(counted, renewed(counted))
    assert not table.delete(counted)
    assert table.lease(SHARD) == replace(BARE, counter=2**53 + 1)


def test_a_lease_is_lost_that_a_failing_server_forgot_was_taken(table: LeaseTable) -> None:
    """Of two workers who took a lease with the same counter only the one that it says has it."""
    table.create(BARE)
    forgotten, remembered = taken(BARE, by="worker-1"), taken(BARE, by="worker-2")
    assert table.replace(BARE, remembered)
    assert not table.replace(forgotten, renewed(forgotten))
    assert not table.delete(forgotten)
    assert table.replace(remembered, renewed(remembered))


def test_unknown_names_in_a_row_survive(client: Any, key: str, table: LeaseTable) -> None:
    """What a later version keeps in a row is left alone by changes."""
    table.create(FULL)
    row = json.loads(client.hget(key, SHARD)) | {"tomorrow": "x/y \u00e9 \0"}
    client.hset(key, SHARD, json.dumps(row))
    later = renewed(FULL)
    assert table.replace(FULL, later)
    assert table.lease(SHARD) == later
    assert json.loads(client.hget(key, SHARD))["tomorrow"] == "x/y \u00e9 \0"


def test_scripts_that_the_server_forgot_are_sent_again(client: Any, table: LeaseTable) -> None:
    """A server that was started anew, or another one after a failure, is told the scripts again."""
    table.create(BARE)
    client.script_flush()
    assert table.replace(BARE, renewed(BARE))
    assert table.replace(renewed(BARE), renewed(renewed(BARE)))
    client.script_flush()
    assert table.delete(renewed(renewed(BARE)))


def test_a_client_that_decodes_will_do(client: Any, application: str) -> None:
    """A client that was made for text is used as it is, and is not closed."""
    with closing(redis.Redis(port=_port(client), decode_responses=True)) as own:
        store = RedisStore(own)
        table = store.table(application, STREAM)
        _live(table)
        store.close()
        assert own.ping()


@pytest.mark.parametrize(
    ("application", "other"), [("a", "a:b"), ("a%3Ab", "a:b"), ("{a}", "a"), ("a b", "a%20b")]
)
def test_no_two_names_share_a_key(store: RedisStore, application: str, other: str) -> None:
    """Applications whose names look alike have tables of their own."""
    table = store.table(application, STREAM)
    assert table.create(BARE)
    assert store.table(other, STREAM).lease(SHARD) is None
    assert table.delete(BARE)


def test_prefixes_keep_stores_apart(client: Any, application: str) -> None:
    """Stores with different prefixes on one server have nothing in common."""
    one, other = (RedisStore(client, prefix=name).table(application, STREAM) for name in ("a", "b"))
    assert one.create(BARE)
    assert other.lease(SHARD) is None


def test_what_is_no_lease_is_an_error(client: Any, key: str, table: LeaseTable) -> None:
    """A value that nobody wrote here is not taken for a shard that nobody has read."""
    for value in ("no json", "[]", "{}", '{"shard_id": "a", "counter": "b"}'):
        client.hset(key, SHARD, value)
        with pytest.raises(StoreUnavailable, match="holds what is no lease"):
            table.leases()


def test_a_key_of_another_kind_is_an_error(client: Any, key: str, store: RedisStore) -> None:
    """A key that holds something else is said to be unusable as soon as the table is asked for."""
    client.set(key, "mine")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        store.table(key.split(":")[1], STREAM)


def test_a_cluster_will_do(kind: object, application: str) -> None:
    """A table is one key, so that a cluster can run its scripts."""
    with _cluster() as node, closing(redis.RedisCluster(startup_nodes=[node])) as cluster:
        _live(RedisStore(cluster).table(application, STREAM))


def test_a_refused_password_is_not_said(kind: object) -> None:
    """A server that wants another password is unavailable, and no error says the one it got."""
    with redis_server("--requirepass", "another") as port:
        told = _told(RedisStore(f"redis://:{SECRET}@127.0.0.1:{port}/0"))
    assert "AuthenticationError" in told
    assert SECRET not in told


def test_few_permissions_will_do(kind: object, application: str) -> None:
    """A user with the permissions that the documentation names can do everything."""
    page = Path(__file__).parents[2].joinpath("docs", "stores.rst").read_text(encoding="utf-8")
    (named,) = re.findall(r"lists needs ``([a-z ]+)`` on\s``(~\S+)``", page)
    allowed = [*(f"+{command}" for command in named[0].split()), named[1]]
    with (
        redis_server("--user", "worker", "on", ">pass", *allowed) as port,
        closing(RedisStore(f"redis://worker:pass@127.0.0.1:{port}/0")) as store,
    ):
        _live(store.table(application, STREAM))


def test_a_password_that_the_server_repeats_is_not_said(kind: object) -> None:
    """What answers to a command it does not know may quote it: even then no error says it."""
    answer = f"-ERR unknown command 'AUTH', with args beginning with: 'user' '{SECRET}' \r\n"
    with _answering(answer.encode() * 9) as port:
        told = _told(RedisStore(f"redis://user:{SECRET}@127.0.0.1:{port}/0"))
    assert "unknown command" in told
    assert SECRET not in told


def test_an_address_that_cannot_be_read_is_not_repeated(kind: object) -> None:
    """A URL with a password that is not quoted is refused, and the error holds none of it."""
    for url in (f"redis://user:{SECRET}/x@host:6379/0", f"http://user:{SECRET}@host"):
        with pytest.raises(ConfigError) as raised:
            RedisStore(url)
        assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_server_that_says_nothing_is_given_up(kind: object) -> None:
    """A call that gets no answer comes back after its timeout, and is made once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = RedisStore(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout=0.2)
        with pytest.raises(StoreUnavailable, match="Timeout"):
            store.table("application", STREAM)
        silent.accept()[0].close()
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()


def test_a_missing_client_library_is_named(kind: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without redis-py the error says which extra brings it."""
    monkeypatch.delitem(sys.modules, "kinesis_producer.stores.redis")
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ImportError, match=r"kinesis_producer\[redis\]"):
        importlib.import_module("kinesis_producer.stores.redis")


def _live(table: Any) -> None:
    """What a lease goes through."""
    assert table.create(BARE)
    assert not table.create(BARE)
    mine = taken(BARE, by="worker-1")
    assert table.replace(BARE, mine)
    assert not table.replace(BARE, mine)
    done = finished(renewed(mine, checkpoint=Position(10**56, 3)), children=["shardId-1"])
    assert table.replace(mine, replace(done, counter=mine.counter))
    assert table.lease(SHARD) == table.leases()[0] == replace(done, counter=mine.counter)
    assert table.delete(replace(done, counter=mine.counter))
    assert not table.leases()


def _told(store: RedisStore) -> str:
    """Everything that the error of a store says."""
    with pytest.raises(StoreUnavailable) as raised:
        store.table("application", STREAM)
    return "".join(traceback.format_exception(raised.value))


def _port(client: Any) -> int:
    return int(client.connection_pool.connection_kwargs["port"])


@contextmanager
def _cluster() -> Iterator[redis.cluster.ClusterNode]:
    """A cluster of one node, which has all slots."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bus = free.getsockname()[1]
    options = ("--cluster-enabled", "yes", "--cluster-port", str(bus))
    with redis_server(*options) as port, closing(redis.Redis(port=port)) as node:
        node.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        _wait(node)
        yield redis.cluster.ClusterNode("127.0.0.1", port)


def _wait(node: Any) -> None:
    """Until the cluster takes commands, which a node allows itself 2 seconds after its start."""
    deadline = time.monotonic() + START_TIMEOUT
    while node.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    """A server that answers whatever is said first with this, and then no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, answer))
        thread.start()
        yield server.getsockname()[1]
    thread.join()


def _answer(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(answer)
        while connection.recv(4096):
            pass
