"""`LocalKinesis`: the whole of it, as a program uses it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Self, TypedDict

from kinesis_producer.limits import DEFAULT_RECORD_SIZE, KIB
from kinesis_producer.testing.account import Account, Settings
from kinesis_producer.testing.faults import Faults
from kinesis_producer.testing.listener import HOST
from kinesis_producer.testing.operations import consumers, modes, resharding, streams
from kinesis_producer.testing.parameters import SHAPES
from kinesis_producer.testing.requestlog import RequestBook, RequestLog
from kinesis_producer.testing.server import Server
from kinesis_producer.testing.service import Service
from kinesis_producer.testing.shapes import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from kinesis_producer.testing.ledger import LedgerRecord


_LAST_PORT: Final = 65_535


class ClientOptions(TypedDict):
    """What ``boto3.client`` needs to know."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


class LocalKinesis:
    """A local Amazon Kinesis Data Streams on 127.0.0.1, in this process.

    It serves between `start` and `stop`, or inside ``with``. What was written stays readable here
    after `stop`, and is served again after another `start`. Every method may be called from any
    thread; the methods that change a stream do so at once, whatever ``state_delay`` says, and raise
    `ServiceError` where the service would refuse.

    Args:
        port: where to listen; 0 is any free port.
        throttle: whether shards refuse what is over their limits (1 MiB and 1,000 records a second
            in, 5 calls and 2 MiB a second out).
        state_delay: seconds that CREATING, UPDATING and DELETING last; 0 is no time at all.
        subscription_life: seconds after which a SubscribeToShard ends by itself.
        event_period: seconds after which a subscription without new records has an empty event.
        account_id: twelve digits.
        region: the region in ARNs.
        clock: seconds since the epoch, for arrival times.
        monotonic: monotonic seconds, for limits, states, and the age of iterators and
            subscriptions.

    Attributes:
        faults: what requests meet instead of the plain operation.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own, and none but the first is positional
        self,
        port: int = 0,
        *,
        throttle: bool = False,
        state_delay: float = 0.0,
        subscription_life: float = 300.0,
        event_period: float = 1.0,
        account_id: str = "000000000000",
        region: str = "us-east-1",
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= port <= _LAST_PORT:
            raise ValueError(f"port must be between 0 and {_LAST_PORT}, not {port}")
        settings = Settings(
            account_id=account_id,
            region=region,
            throttle=throttle,
            state_delay=state_delay,
            subscription_life=subscription_life,
            event_period=event_period,
            clock=clock,
            monotonic=monotonic,
        )
        self.faults = Faults()
        self._port = port
        self._account = Account(settings)
        self._book = RequestBook()
        self._service = Service(self._account, faults=self.faults, book=self._book)
        self._starting = threading.Lock()  # guards _server
        self._server: Server | None = None

    def start(self) -> Self:
        """Listen; nothing if it already does.

        Raises:
            OSError: the port is taken.
        """
        with self._starting:
            if self._server is None:
                self._server = Server(self._service, port=self._port)
        return self

    def stop(self) -> None:
        """End every connection and free the port; nothing if it was not started.

        Blocks at most ten seconds: five for the thread that accepts, five for the connections.
        """
        with self._starting:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens.

        Raises:
            RuntimeError: it is not started.
        """
        server = self._server
        if server is None:
            raise RuntimeError("The local Kinesis is not started: call start() or use it in 'with'")
        return server.port

    @property
    def endpoint_url(self) -> str:
        """Where clients find it, ``http://127.0.0.1:<port>``. Raises as `port` does."""
        return f"http://{HOST}:{self.port}"

    @property
    def client_options(self) -> ClientOptions:
        """What a boto3 client needs to find it, as ``boto3.client("kinesis", **client_options)``.

        The credentials are made up; signatures are not verified.
        """
        return {
            "endpoint_url": self.endpoint_url,
            "region_name": self._account.settings.region,
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
        }

    def create_stream(
        self, name: str, *, shards: int = 1, record_size: int = DEFAULT_RECORD_SIZE
    ) -> None:
        """Add a stream that is ACTIVE when this returns; its records have up to ``record_size``."""
        asked = {
            "StreamName": name,
            "ShardCount": shards,
            "MaxRecordSizeInKiB": record_size // KIB,
        }
        check(asked, shape=SHAPES["CreateStream"])
        self._account.create(name, shards=shards, record_size=record_size, delay=0.0)

    def split_shard(self, name: str, *, shard_id: str, at: int | None = None) -> None:
        """Split a shard of stream ``name`` at hash key ``at``, in the middle if None."""
        resharding.split(self._account, name=name, shard_id=shard_id, at=at, delay=0.0)

    def merge_shards(self, name: str, *, shard_id: str, adjacent_id: str) -> None:
        """Merge a shard of stream ``name`` with the one that follows it in hash keys."""
        resharding.merge(
            self._account, name=name, shard_id=shard_id, adjacent_id=adjacent_id, delay=0.0
        )

    def update_shard_count(self, name: str, *, shards: int) -> None:
        """Make the open shards of stream ``name`` ``shards`` equal ones: at most double."""
        resharding.rescale(self._account, name=name, target=shards, delay=0.0)

    def update_record_size(self, name: str, *, size: int) -> None:
        """Let records of stream ``name`` have up to ``size`` bytes, key included."""
        asked = {"StreamARN": self._account.arn(name), "MaxRecordSizeInKiB": size // KIB}
        check(asked, shape=SHAPES["UpdateMaxRecordSize"])
        streams.resize_records(self._account, name=name, size=size, delay=0.0)

    def update_mode(self, name: str, *, mode: str) -> None:
        """Make stream ``name`` ``"PROVISIONED"`` or ``"ON_DEMAND"``; its shards stay."""
        details = {"StreamMode": mode}
        asked = {"StreamARN": self._account.arn(name), "StreamModeDetails": details}
        check(asked, shape=SHAPES["UpdateStreamMode"])
        modes.change_mode(self._account, name=name, mode=mode, delay=0.0)

    def update_distribution(self, name: str, *, strategy: str) -> None:
        """Spread records of an on-demand stream by ``"USER_PARTITION_KEY"``, or by ``"AUTO"``.

        With the latter they take turns among the open shards, whatever their keys.
        """
        asked = {"StreamARN": self._account.arn(name), "RecordDistributionStrategy": strategy}
        check(asked, shape=SHAPES["UpdateStreamRecordDistributionStrategy"])
        modes.distribute(self._account, name=name, strategy=strategy)

    def hold(self, name: str, *, shard_id: str, share: float) -> None:
        """Have a stranger use ``share`` of what a shard takes, from 0 (gone again) to 1.

        With ``throttle`` alone: else shards take everything.

        Raises:
            ValueError: that is no share.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"share must be between 0 and 1, not {share}")
        with self._account.stream(name) as stream:
            now = self._account.now().monotonic
            stream.shard(shard_id).write_limit.hold(share, now=now)

    def register_consumer(self, name: str, *, consumer: str) -> str:
        """Register a consumer of stream ``name``, ACTIVE when this returns, and return its ARN."""
        asked = {"StreamARN": self._account.arn(name), "ConsumerName": consumer}
        check(asked, shape=SHAPES["RegisterStreamConsumer"])
        registered = consumers.register(self._account, stream=name, name=consumer, delay=0.0)
        return str(registered["ConsumerARN"])

    def open_shards(self, name: str) -> list[str]:
        """The ids of the open shards of stream ``name``, in the order of their hash keys."""
        with self._account.stream(name) as stream:
            return [shard.shard_id for shard in stream.open_shards]

    def ledger(self, name: str) -> list[LedgerRecord]:
        """Every record committed to stream ``name``, in commit order; a list of its own."""
        with self._account.stream(name) as stream:
            ledger = stream.ledger
        return ledger.view()

    @property
    def requests(self) -> list[RequestLog]:
        """The last 100,000 requests, in order of arrival, without their bodies."""
        return self._book.logs()

    def count(self, operation: str, stream: str | None = None) -> int:
        """How many requests of ``operation`` arrived, for ``stream`` or for any; never forgets."""
        return self._book.count(operation, stream=stream)

    def wait_for(
        self, operation: str, *, count: int = 1, stream: str | None = None, timeout: float = 10.0
    ) -> bool:
        """Block until ``count`` requests of ``operation`` arrived; False after ``timeout`` seconds.

        A request has arrived when it is read, before it meets a fault.
        """
        return self._book.wait_for(operation, count=count, stream=stream, timeout=timeout)
