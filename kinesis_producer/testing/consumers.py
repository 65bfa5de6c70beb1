"""Registered consumers of one stream, and their subscriptions."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.eventstream import exception
from kinesis_producer.testing.messages import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing.eventstream import Event
    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Moment
    from kinesis_producer.testing.subscription import Subscription

#: Consumers that a stream may have (API reference, RegisterStreamConsumer).
MAX_CONSUMERS: Final = 20


class ConsumerStatus(enum.Enum):
    """ConsumerStatus, as the service names it."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    DELETING = "DELETING"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Consumer:
    """A registered consumer. The room's lock guards it.

    Attributes:
        created: seconds since the epoch; no two consumers of a name share it.
        due: monotonic seconds: when the state it is in ends, unless that is ACTIVE.
        subscriptions: the last one to each shard, by shard id, running or not.
    """

    name: str
    arn: str
    created: int
    due: float
    status: ConsumerStatus = ConsumerStatus.CREATING
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    def end(self, *last_words: Event) -> None:
        """End all its subscriptions."""
        for subscription in self.subscriptions.values():
            subscription.end(*last_words)


class Consumers:
    """The consumers of one stream, by name. Not thread-safe: the room's lock is held.

    Args:
        stream_name: of the stream.
        stream_arn: of the stream.
        owner: the account, for messages.
    """

    def __init__(self, stream_name: str, *, stream_arn: str, owner: str) -> None:
        self._stream_name = stream_name
        self._stream_arn = stream_arn
        self._owner = owner
        self._by_name: dict[str, Consumer] = {}
        self._last_created = -1

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Consumer]:
        """In the order of their names."""
        return iter([self._by_name[name] for name in sorted(self._by_name)])

    def settle(self, now: Moment) -> None:
        """End the passing states that are over."""
        for consumer in list(self._by_name.values()):
            if now.monotonic < consumer.due:
                continue
            if consumer.status is ConsumerStatus.DELETING:
                del self._by_name[consumer.name]
            elif consumer.status is ConsumerStatus.CREATING:
                consumer.status = ConsumerStatus.ACTIVE

    def register(self, name: str, *, now: Moment, delay: float) -> Consumer:
        """Add a consumer, CREATING for ``delay`` seconds."""
        if name in self._by_name:
            raise self._refused("ResourceInUseException", f"Consumer {name}", "already exists.")
        if len(self) >= MAX_CONSUMERS:
            found = f"There are {MAX_CONSUMERS} consumers"
            raise self._refused("LimitExceededException", found, "already.")
        self._last_created = max(self._last_created + 1, int(now.wall))
        arn = f"{self._stream_arn}/consumer/{name}:{self._last_created}"
        consumer = Consumer(
            name=name, arn=arn, created=self._last_created, due=now.monotonic + delay
        )
        self._by_name[name] = consumer
        self.settle(now)
        return consumer

    def deregister(self, consumer: Consumer, *, now: Moment, delay: float) -> None:
        """Take a consumer away, DELETING for ``delay`` seconds. Its subscriptions end."""
        if consumer.status is ConsumerStatus.DELETING:
            return
        consumer.status = ConsumerStatus.DELETING
        consumer.due = now.monotonic + delay
        consumer.end(exception("ResourceNotFoundException", f"{consumer.arn} is deregistered."))
        self.settle(now)

    def find(self, name: str, *, created: int | None = None) -> Consumer:
        """The consumer of that name, and of that creation if one is given."""
        consumer = self._by_name.get(name)
        if consumer is None or created not in {None, consumer.created}:
            raise self._refused("ResourceNotFoundException", f"Consumer {name}", "not found.")
        return consumer

    def require_active(self, consumer: Consumer) -> None:
        """Refuse one that is CREATING or DELETING, in the service's words."""
        if consumer.status is not ConsumerStatus.ACTIVE:
            who = f"Consumer {consumer.name} with creation timestamp {consumer.created}"
            raise self._refused("ResourceInUseException", who, "is not in ACTIVE status.")

    def attach(self, consumer: Consumer, subscription: Subscription, *, now: Moment) -> None:
        """Let a subscription begin; it takes over from the one there is, unless that is young."""
        shard_id = subscription.shard.shard_id
        former = consumer.subscriptions.get(shard_id)
        code = "ResourceInUseException"
        message = (
            f"Another active subscription exists for this consumer: {self._owner}:"
            f"{self._stream_name}:{shard_id}:{consumer.name}"
        )
        if former is not None and former.excludes(now):
            raise ServiceError(code, message)
        if former is not None:
            former.end(exception(code, message))
        consumer.subscriptions[shard_id] = subscription

    def wake(self, shard: Shard) -> None:
        """Something has happened to a shard: let whoever reads it look."""
        for consumer in self._by_name.values():
            subscription = consumer.subscriptions.get(shard.shard_id)
            if subscription is not None:
                subscription.wake()

    def wake_all(self) -> None:
        """Something has happened to the stream: let whoever reads it look."""
        for consumer in self._by_name.values():
            for subscription in consumer.subscriptions.values():
                subscription.wake()

    @property
    def creating(self) -> int:
        """How many are CREATING."""
        return sum(one.status is ConsumerStatus.CREATING for one in self._by_name.values())

    def end(self, *last_words: Event) -> None:
        """End all subscriptions of all consumers."""
        for consumer in self._by_name.values():
            consumer.end(*last_words)

    def _refused(self, code: str, who: str, what: str) -> ServiceError:
        # so the service writes it, with a blank before the comma (seen in reports of its users)
        where = f"under stream: {self._stream_name} , account {self._owner}"
        return ServiceError(code, f"{who} {where} {what}")
