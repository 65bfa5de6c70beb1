"""The room: every stream of one account in one region, behind one lock."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import DEFAULT_RECORD_SIZE
from kinesis_producer.testing.eventstream import exception
from kinesis_producer.testing.messages import Parameters, ServiceError
from kinesis_producer.testing.stream import BY_KEY, Change, Moment, Status, Stream
from kinesis_producer.testing.tokens import Seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Streams that may be in CREATING at once (API reference, CreateStream).
MAX_CREATING: Final = 5

#: Consumers that may be in CREATING at once (API reference, RegisterStreamConsumer).
MAX_CREATING_CONSUMERS: Final = 5

#: Open shards of an account: the default quota of the larger regions (service quotas page).
SHARD_LIMIT: Final = 20_000

_ARN: Final = re.compile(r"arn:aws[^:]*:kinesis:([^:]*):([0-9]{12}):stream/(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one local Kinesis is told when it is made; `LocalKinesis` says what each means."""

    account_id: str
    region: str
    throttle: bool
    state_delay: float
    subscription_life: float
    event_period: float
    clock: Callable[[], float]
    monotonic: Callable[[], float]


class Account:
    """The streams by name. Whoever looks at one holds the lock: `stream` and `streams` see to it.

    The lock guards the streams, their shards, records, limits and sequence numbers. It is never
    held while JSON is read or written, nor while anything is sent.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.seal = Seal()
        self._lock = threading.Lock()
        self._streams: dict[str, Stream] = {}
        self._last_created = -1  # milliseconds since the epoch

    @property
    def account_id(self) -> str:
        """Twelve digits."""
        return self.settings.account_id

    def now(self) -> Moment:
        """This instant on both clocks."""
        return Moment(wall=self.settings.clock(), monotonic=self.settings.monotonic())

    def arn(self, name: str) -> str:
        """The ARN of a stream of that name."""
        settings = self.settings
        return f"arn:aws:kinesis:{settings.region}:{settings.account_id}:stream/{name}"

    @contextmanager
    def streams(self) -> Iterator[dict[str, Stream]]:
        """Every stream, with the lock held and passing states that are over ended."""
        with self._lock:
            now = self.now()
            for stream in list(self._streams.values()):
                stream.settle(now)
            yield self._streams

    @contextmanager
    def stream(self, name: str) -> Iterator[Stream]:
        """One stream, with the lock held and a passing state that is over ended."""
        with self._lock:
            stream = self._streams.get(name)
            if stream is not None:
                stream.settle(self.now())
                stream = self._streams.get(name)
            if stream is None:
                raise self.not_found(name)
            yield stream

    def addressed(self, parameters: Parameters) -> str:
        """The name of the stream that a request means, by StreamName, StreamARN or both."""
        name: str | None = parameters.get("StreamName")
        arn: str | None = parameters.get("StreamARN")
        if arn is None and name is None:
            raise ServiceError(
                "InvalidArgumentException", "Either StreamName or StreamARN must be provided."
            )
        meant = name if arn is None else self._named_by(arn)
        if name not in {None, meant}:
            raise ServiceError(
                "InvalidArgumentException", f"StreamName {name} and StreamARN {arn} disagree."
            )
        return str(meant)

    def not_found(self, name: str) -> ServiceError:
        """The refusal of a stream that is not there."""
        return ServiceError(
            "ResourceNotFoundException", f"Stream {name} under account {self.account_id} not found."
        )

    def create(  # noqa: PLR0913 - each is a fact of its own
        self,
        name: str,
        *,
        shards: int,
        mode: str = "PROVISIONED",
        strategy: str = BY_KEY,
        record_size: int = DEFAULT_RECORD_SIZE,
        delay: float | None = None,
    ) -> None:
        """Add a stream, CREATING for ``delay`` seconds (the setting's if None)."""
        with self.streams() as streams:
            self._check_new(name, shards=shards)
            now = self.now()
            self._last_created = max(self._last_created + 1, int(now.wall * 1000))
            stream = Stream(
                name, arn=self.arn(name), owner=self.account_id, created=self._last_created
            )
            stream.mode = mode
            stream.strategy = strategy
            stream.max_record_size = record_size
            streams[name] = stream
            self.begin(stream, Status.CREATING, stream.fill(shards), delay=delay)

    def delete(self, stream: Stream) -> None:
        """Take a stream away, DELETING for the setting's time. The lock is held.

        Its subscriptions end at once.
        """
        stream.require(Status.ACTIVE)
        missing = self.not_found(stream.name)
        stream.consumers.end(exception(missing.code, missing.message))
        self.begin(stream, Status.DELETING, lambda _: self._forget(stream))

    def begin(
        self,
        stream: Stream,
        status: Status,
        apply: Callable[[Moment], object],
        *,
        delay: float | None = None,
    ) -> None:
        """Enter a passing state for ``delay`` seconds (the setting's if None), then ``apply``."""
        now = self.now()
        seconds = self.settings.state_delay if delay is None else delay
        stream.begin(status, Change(due=now.monotonic + seconds, apply=apply))
        stream.settle(now)

    def check_shard_limit(self, *, more: int) -> None:
        """Refuse ``more`` open shards than the account may have. The lock is held."""
        current = sum(len(stream.open_shards) for stream in self._streams.values())
        if current + more > SHARD_LIMIT:
            raise ServiceError(
                "LimitExceededException",
                f"This request would exceed the shard limit for the account {self.account_id}. "
                f"Current shard count: {current}. Limit: {SHARD_LIMIT}. Asked for: {more}.",
            )

    def check_creating_consumers(self) -> None:
        """Refuse another consumer while many are CREATING. The lock is held."""
        now = self.now()
        for stream in self._streams.values():
            stream.consumers.settle(now)
        creating = sum(stream.consumers.creating for stream in self._streams.values())
        if creating >= MAX_CREATING_CONSUMERS:
            raise ServiceError(
                "LimitExceededException",
                f"{MAX_CREATING_CONSUMERS} consumers are CREATING already.",
            )

    def condition(self) -> threading.Condition:
        """Something to wait on, with the room's lock."""
        return threading.Condition(self._lock)

    def end_subscriptions(self) -> None:
        """End every subscription to every shard."""
        with self._lock:
            for stream in self._streams.values():
                stream.consumers.end()

    def _forget(self, stream: Stream) -> None:
        del self._streams[stream.name]

    def _check_new(self, name: str, *, shards: int) -> None:
        streams = self._streams
        if name in streams:
            raise ServiceError(
                "ResourceInUseException",
                f"Stream {name} under account {self.account_id} already exists.",
            )
        if sum(stream.status is Status.CREATING for stream in streams.values()) >= MAX_CREATING:
            raise ServiceError(
                "LimitExceededException", f"{MAX_CREATING} streams are CREATING already."
            )
        self.check_shard_limit(more=shards)

    def _named_by(self, arn: str) -> str:
        parts = _ARN.fullmatch(arn)
        if parts is None or parts[1] != self.settings.region or parts[2] != self.account_id:
            raise ServiceError("ResourceNotFoundException", f"Stream {arn} not found.")
        return parts[3]
