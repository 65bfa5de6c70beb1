"""A connection to one stream: PutRecords, with botocore's own retries off, and a look at it."""

from __future__ import annotations

import encodings.idna  # noqa: F401 -- see below
import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol, cast

from kinesis_producer import checks
from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.client.looking import Looking
from kinesis_producer.client.making import make_client
from kinesis_producer.client.puts import puts
from kinesis_producer.client.renewal import unlock
from kinesis_producer.client.unsent import unsent
from kinesis_producer.core.words import masked
from kinesis_producer.errors import ConfigError
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kinesis_producer.client.puts import Puts
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.entries import Entry
    from kinesis_producer.core.put_records import Answer

# The first connection imports the codec that encodes host names. Were that left to a sender, a fork
# in the middle of it would leave the child with the lock of a module that nobody goes on importing,
# and every request of the child would hang.

_logger = logging.getLogger("kinesis_producer")


class PutRecordsClient(Protocol):
    """What is asked of a client: boto3's Kinesis client has it."""

    @property
    def put_records(self) -> Callable[..., Mapping[str, Any]]:
        """Calls PutRecords with ``StreamName`` or ``StreamARN``, and ``Records``."""
        ...


class Session(Protocol):
    """What is asked of a session: boto3's has it."""

    @property
    def client(self) -> Callable[..., Any]:
        """Makes a client."""
        ...


class Connection:
    """PutRecords on one stream, and questions about it. Thread-safe, as botocore's clients are.

    Args:
        config: names the stream, and says how to make a client.
        client: somebody else's client; else one is made, and closed, here.
        session: to make a client from.

    Attributes:
        looking: asks the service about the stream.
    """

    def __init__(
        self,
        config: ProducerConfig,
        *,
        client: PutRecordsClient | None = None,
        session: Session | None = None,
    ) -> None:
        self._config = config
        self._session = session
        self._given = client is not None
        self._client = client
        self._puts: Puts | None = None
        self._credentials: object = None
        self._opening = threading.Lock()
        arn = config.stream_arn
        self._stream = {"StreamARN": arn} if arn else {"StreamName": str(config.stream_name)}
        self._closed = threading.Event()
        self.looking = Looking(self.open, self._stream, self._closed)

    @property
    def where(self) -> str:
        """Stream and endpoint, for messages."""
        (stream,) = self._stream.values()
        endpoint = getattr(getattr(self._client, "meta", None), "endpoint_url", None)
        return f"stream {stream} at {masked(endpoint)}" if endpoint else f"stream {stream}"

    def open(self) -> PutRecordsClient:
        """The client, made at the first call.

        Raises:
            ConfigError: boto3 cannot make one: no region, an unknown profile, a bad address.
        """
        with self._opening:
            if self._client is None:
                self._client = make_client(self._config, self._session)
                self._credentials = getattr(self._session, "get_credentials", lambda: None)()
            if self._puts is None:
                wire_format, given = self._config.wire_format, self._given
                self._puts = puts(self._client, self._stream, wire_format, given=given)
            return self._client

    def request(self, entries: Iterable[Sequence[Entry]]) -> object:
        """A request with these entries, some at a time, for `put_records`.

        Raises what making them raises.
        """
        try:
            return self._opened().request(entries)
        except ConfigError as error:
            return Failure("Misconfigured", str(error))

    def put_records(self, request: object) -> Answer:
        """Send it; blocks until there is an answer, or a timeout of botocore's.

        Raises nothing that botocore raises: that is a `Failure`. So is what a function of somebody
        else's raises that renews credentials.
        """
        if isinstance(request, Failure):
            return request
        try:
            return self._opened().put_records(request)
        except ConfigError as error:
            return Failure("Misconfigured", str(error))
        except READABLE as error:
            return failure_of(error)
        except MemoryError:
            raise  # a smaller request may do, whatever was being done
        except Exception as error:
            failure = unsent(error)
            if failure is None:
                raise
            return failure

    def rest(self) -> None:
        """This thread makes no request for a while."""
        if self._puts is not None:
            self._puts.rest()

    def _opened(self) -> Puts:
        if self._puts is None:
            self.open()
        return cast("Puts", self._puts)

    def close(self) -> None:
        """Ask nothing any more, and close the client's connections, where it was made here.

        To be called again when whoever was on the way meanwhile has come back.
        """
        self._closed.set()
        if self._puts is not None:
            self._puts.close()
        close = getattr(self._client, "close", None)
        if not self._given and close is not None:
            close()

    def after_fork(self) -> Connection:
        """One for the child process: two processes on one socket garble each other's traffic.

        Credentials of a session are the same ones, as a copy of those of the parent.
        """
        unlock(self._credentials)
        client = _Forked() if self._given else None
        made = Connection(self._config, client=client, session=self._session)
        made._credentials = self._credentials
        return made


class _Forked:
    """Stands for a client that was given to the parent process."""

    def put_records(self, **_: object) -> Mapping[str, Any]:
        """Say so."""
        raise ConfigError(
            "the client was given before the fork, and its connections are the parent's;"
            " make a producer in the child, or give a session instead of a client"
        )


def connect(
    config: ProducerConfig, *, client: PutRecordsClient | None, session: Session | None
) -> Connection:
    """A connection with the given client, or with one made at once. Raises as `Connection.open`."""
    if client is not None:
        _warn_of_retries(client)
    connection = Connection(config, client=client, session=session)
    _warn_of_plain_http(connection.open())
    if client is None:
        _warn_of_blind_trust(config)
    return connection


def _warn_of_blind_trust(config: ProducerConfig) -> None:
    """Whoever answers at the address reads the records."""
    if config.verify is False:
        _logger.warning("verify=False: no certificate is checked, anybody may pose as the service")


def _warn_of_plain_http(client: PutRecordsClient) -> None:
    """Whoever is on the way to another machine reads the records."""
    endpoint = getattr(getattr(client, "meta", None), "endpoint_url", None)
    if isinstance(endpoint, str) and checks.is_exposed(endpoint):
        _logger.warning(
            "%s is plain http, not on this machine: records go there unencrypted", masked(endpoint)
        )


def _warn_of_retries(client: PutRecordsClient) -> None:
    """A client that retries by itself stores records again that nobody counts."""
    config = getattr(getattr(client, "meta", None), "config", None)
    retries = getattr(config, "retries", None) or {}
    if config is not None and retries.get("total_max_attempts") != 1:
        _logger.warning(
            "the given client retries by itself, which makes duplicates that are not counted;"
            " make it with Config(retries={'total_max_attempts': 1, 'mode': 'standard'})"
        )
