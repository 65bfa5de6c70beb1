"""Leases in Redis: a hash for each application and stream, with a field for each shard.

A field holds an object of JSON whose values are all text. Lua compares and copies them and computes
nothing: its numbers are doubles, which cannot hold a sequence number.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from kinesis_producer.core.words import shortened
from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.columns import changed_columns, columns, key_of, read_lease

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as error:
    raise ImportError("RedisStore needs redis-py: pip install 'kinesis_producer[redis]'") from error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import LeaseTable, StreamId
    from kinesis_producer.stores.columns import Columns

#: KEYS: the hash. ARGV: the shard, the counter and the owner that were seen, then names and values;
#: an empty value removes the name, and what is not named stays. The counter alone would do, did not
#: a server that lost its last changes let two workers count to the same number.
_REPLACE: Final = """\
local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then return 0 end
local row = cjson.decode(found)
if row['counter'] ~= ARGV[2] or (row['owner'] or '') ~= ARGV[3] then return 0 end
for i = 4, #ARGV, 2 do
    if ARGV[i + 1] == '' then row[ARGV[i]] = nil else row[ARGV[i]] = ARGV[i + 1] end
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(row))
return 1
"""
_DELETE: Final = """\
local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then return 0 end
local row = cjson.decode(found)
if row['counter'] ~= ARGV[2] or (row['owner'] or '') ~= ARGV[3] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
"""


class RedisStore:
    """Keeps leases in Redis, or in a cluster of it. Any thread.

    Replication of Redis is asynchronous: a server that fails may take the last writes with it. Then
    records are read again that had been dealt with, and for a moment two workers may have the same
    lease.

    Args:
        server: a URL such as ``rediss://user:password@host:6379/0``, or a client of redis-py, be it
            a ``RedisCluster``. A client is not closed here; its timeouts and retries are the
            caller's.
        prefix: of all keys.
        timeout: how long a call waits for a connection, and for its answer.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(
        self, server: Any, *, prefix: str = "kinesis_producer", timeout: float = 2.0
    ) -> None:
        self._own = isinstance(server, str)
        self._client = _client(server, timeout) if self._own else server
        self._prefix = prefix

    def table(self, application: str, stream: StreamId) -> LeaseTable:
        """See `Store.table`; a Redis that does not answer is met here."""
        key_of(application, stream)
        names = (self._prefix, quote(application, safe=""), stream.arn, str(stream.created))
        table = RedisTable(self._client, ":".join(names))
        table.lease("")
        return table

    def close(self) -> None:
        """See `Store.close`."""
        if self._own:
            self._client.close()


class RedisTable:
    """See `LeaseTable`."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key

    def leases(self) -> Sequence[Lease]:
        """See `LeaseTable.leases`. It is one command, which sees all of them at one time."""
        with _errors():
            found = self._client.hvals(self._key)
        return [self._read(row) for row in found]

    def lease(self, shard_id: str) -> Lease | None:
        """See `LeaseTable.lease`."""
        with _errors():
            found = self._client.hget(self._key, shard_id)
        return None if found is None else self._read(found)

    def create(self, lease: Lease) -> bool:
        """See `LeaseTable.create`."""
        row = {name: text for name, text in _texts(columns(lease)).items() if text}
        with _errors():
            return bool(self._client.hsetnx(self._key, lease.shard_id, json.dumps(row)))

    def replace(self, old: Lease, new: Lease) -> bool:
        """See `LeaseTable.replace`."""
        changed = _texts(changed_columns(old, new))
        words = [word for pair in changed.items() for word in pair]
        return self._run(_REPLACE, old, *words)

    def delete(self, lease: Lease) -> bool:
        """See `LeaseTable.delete`."""
        return self._run(_DELETE, lease)

    def _run(self, script: str, seen: Lease, *words: str) -> bool:
        """Run a script, which the server may not know yet, or any more."""
        arguments = (1, self._key, seen.shard_id, str(seen.counter), seen.owner or "", *words)
        digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        with _errors():
            try:
                return bool(self._client.evalsha(digest, *arguments))
            except redis.exceptions.NoScriptError:
                return bool(self._client.eval(script, *arguments))

    def _read(self, text: str | bytes) -> Lease:
        try:
            row = _NOTHING | json.loads(text)
            since = row["since"]
            return read_lease({**row, "since": None if since is None else float(since)})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = f"the key {self._key} of Redis holds what is no lease: {error!r}"
            raise StoreUnavailable(shortened(message)) from error


#: What is not in a row since it was nothing.
_NOTHING: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("owner", "first_hash_key", "last_hash_key", "since", "wanted_by")),
    **dict.fromkeys(("parents", "children"), ""),
}


def _texts(written: Columns) -> dict[str, str]:
    """Numbers as decimal text, nothing as empty text."""
    return {name: "" if value is None else str(value) for name, value in written.items()}


def _client(url: str, timeout: float) -> redis.Redis:
    """A client that retries nothing."""
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise ConfigError(  # without the cause, which may quote a password
            "RedisStore needs a URL such as rediss://user:password@host:6379/0; what is special in "
            "a URL is written as %40 and the like in a password"
        ) from None


@contextmanager
def _errors() -> Iterator[None]:
    """Say what Redis says, but not what it repeats of a command: that may be a password."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        told, quoting, _ = str(error).partition(", with args beginning with")
        cause = None if quoting else error
        raise StoreUnavailable(f"Redis: {type(error).__name__}: {shortened(told)}") from cause
