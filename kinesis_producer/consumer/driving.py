"""Steps of the core, driven: what they ask is asked of the lease table and the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tenacity

from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.room import STRETCH
from kinesis_producer.core.leasing.requests import (
    AWAY,
    Create,
    Delete,
    Find,
    ListShards,
    Look,
    Put,
    Reply,
    Wait,
)
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.errors import CallFailed, StoreUnavailable
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.consumer.room import Room
    from kinesis_producer.core.leasing.requests import Request, Steps
    from kinesis_producer.stores import LeaseTable

#: Calls in a row that fail for reasons that may pass; the worker's rounds make one a second.
_BELIEVED_AFTER: Final = 4

_FIRST_WAIT: Final = 0.05
_LONGEST_WAIT: Final = 1.0


class Driver:
    """Makes what steps ask for. Any thread, each with steps of its own.

    Args:
        room: its lock is held while steps run, and not while anything is asked.
        table: the lease table.
        stream: lists the shards.
        patience: seconds for which a call to a table that is away is retried.

    Attributes:
        away: the error of the last call to the table, if it gave none but that.
    """

    def __init__(
        self, room: Room, table: LeaseTable, stream: StreamReader, *, patience: float
    ) -> None:
        self._room = room
        self._table = table
        self._stream = stream
        self.away: StoreUnavailable | None = None
        self._unlisted = 0
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(StoreUnavailable),
            stop=tenacity.stop_after_delay(patience),
            wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            reraise=True,
        )

    def drive(self, steps: Steps) -> bool:
        """Go through all of them; what they come to. Blocks."""
        reply: Reply | None = None
        while True:
            with self._room.lock:
                try:
                    request = next(steps) if reply is None else steps.send(reply)
                except StopIteration as end:
                    return bool(end.value)
                finally:
                    self._room.changed()
            asked_at = now()
            reply = Reply(self._answer(request), asked_at, now())

    def _answer(self, request: Request) -> Any:
        if isinstance(request, Wait):
            return self._wait(request.shard_id)
        if isinstance(request, ListShards):
            return self._shards()
        try:
            answer = self._retrying(self._ask, request)
        except StoreUnavailable as error:
            self.away = error
            return AWAY
        self.away = None
        return answer

    def _ask(self, request: Look | Find | Put | Create | Delete) -> Any:
        match request:
            case Look():
                return self._table.leases()
            case Find(shard_id):
                return self._table.lease(shard_id)
            case Put(old, new):
                return self._table.replace(old, new)
            case Create(lease):
                return self._table.create(lease)
            case Delete(lease):
                return self._table.delete(lease)

    def _shards(self) -> Any:
        """What fails for good is for the caller to know."""
        try:
            shards = self._stream.shards()
        except CallFailed as error:
            self._unlisted += 1
            if _is_believed(error, self._unlisted):
                with self._room.lock:
                    self._room.tell(error)
            return AWAY
        self._unlisted = 0
        return shards

    def _wait(self, shard_id: str) -> None:
        with self._room.lock:
            held = self._room.worker.held.get(shard_id)
            if held is not None and held.writing:
                self._room.written.wait(STRETCH)


def _is_believed(error: CallFailed, times: int) -> bool:
    """Whether the caller is told. What may pass is told when it has come several times in a row."""
    action = meaning(Failure(error.code, str(error))).action
    doubtful = action in {Action.RETRY, Action.PROBE}
    return times >= _BELIEVED_AFTER if doubtful else True
