"""A producer whose threads frontrun can schedule: what senders do is done by threads of its own."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from kinesis_producer import KinesisProducer, ProducerClosed
from kinesis_producer.producer.sender import Sender
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kinesis_producer import Delivery
    from kinesis_producer.core.put_records import Batch


class Service:
    """A session of boto3, its client, and the stream: it writes what it is sent."""

    def __init__(self) -> None:
        self.ledger: list[bytes] = []

    def client(self, _: str, **__: object) -> Service:
        return self

    def put_records(self, *, Records: Sequence[Any], StreamName: str) -> Mapping[str, Any]:  # noqa: N803 -- boto3's names
        assert StreamName == "orders"
        self.ledger += [entry["Data"] for entry in Records]
        return {"Records": [{"ShardId": "0", "SequenceNumber": "1"} for _ in Records]}


class Stage:
    """A producer before a run, and what comes of it.

    Args:
        kind: a class of producers.
        begun: so many records are in it.
        config: further keys.
    """

    def __init__(
        self, kind: type[KinesisProducer] = KinesisProducer, *, begun: int = 0, **config: object
    ) -> None:
        self.service = Service()
        config = {"kinesis_concurrency": 1, "buffer_time_limit": 50.0, **config}
        config |= {"stream_name": "orders", "aws_region": "us-east-1"}
        self.producer = kind(config, session=self.service)
        self.producer._finalizer.detach()  # nothing is to run when garbage happens to be collected
        self.engine = self.producer._engine
        self.engine.outbox.clock = time.monotonic  # virtual, while frontrun is at work
        self.engine._crew.started = True
        self.accepted: list[tuple[bytes, Delivery]] = []
        self.refused: list[bytes] = []
        self.told: list[object] = []
        for number in range(begun):
            self.send(b"begun %d" % number)
        self.began = time.monotonic()

    def send(self, record: bytes) -> None:
        try:
            self.accepted.append((record, self.producer.send(record)))
        except ProducerClosed:
            self.refused.append(record)

    def drain(self) -> None:
        """Close, and do what the sender does. It ends with that: what comes later is lost."""
        self.producer.close()
        self.engine._crew._work[0]()

    def take(self) -> Batch[Delivery] | None:
        """A request, as a sender takes it."""
        return self.engine.outbox.take(Waiter(), lambda: None)

    def carry(self, batch: Batch[Delivery]) -> None:
        """Bring it to the service, and have the answer read, as a sender does."""
        outbox = self.engine.outbox
        sender = Sender(outbox, self.engine.connection, self.producer._plan.form, measuring=False)
        outbox.settle(batch, sender._carry(batch), spread=1.0, metrics=None)

    def check(self) -> bool:
        """What was accepted is in the stream, once, and nothing had to wait for time to pass."""
        lines = Counter(line for data in self.service.ledger for line in data.splitlines())
        accepted = Counter(record for record, _ in self.accepted)
        assert lines <= accepted, f"in the stream, and not accepted: {[*(lines - accepted)]}"
        assert accepted <= lines, f"accepted and not in the stream: {[*(accepted - lines)]}"
        assert all(delivery.done() for _, delivery in self.accepted)
        assert time.monotonic() == self.began, "a wake-up was lost"
        return True
