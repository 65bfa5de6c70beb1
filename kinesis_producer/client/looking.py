"""How a producer learns about its stream: the shards that it has, and what is said of the whole.

Each is asked by itself, since each needs a permission of its own. What cannot be asked, and what is
answered in a way that nobody can read, is a `Failure` here: records go in without it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kinesis_producer.client.single_calls import Calls
from kinesis_producer.core.looks import UNSUPPORTED
from kinesis_producer.core.shards import read_shard
from kinesis_producer.errors import CallFailed, ConfigError
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from kinesis_producer.core.shards import Shard

T = TypeVar("T")

#: Seconds after which a call is not retried any more; the next look comes.
_GIVE_UP_AFTER: Final = 3.0

#: Own: shards of one listing, closed ones included. A server that always has another page must not
#: fill the memory.
_MOST_SHARDS: Final = 100_000

_SUMMARY: Final = "StreamDescriptionSummary"


class Looking:
    """Questions about one stream. Any thread; each call blocks for some seconds, and never raises.

    Args:
        open_client: gives the client to ask by; one that has nothing but ``put_records`` will do.
        stream: ``StreamName`` or ``StreamARN``.
        closed: when it is set, nothing is asked any more.
    """

    def __init__(
        self, open_client: Callable[[], Any], stream: Mapping[str, Any], closed: threading.Event
    ) -> None:
        self._open_client = open_client
        self._stream = stream
        self._closed = closed

    def shards(self) -> Sequence[Shard] | Failure:
        """ListShards: all pages, closed shards included."""

        def ask(calls: Calls) -> Sequence[Shard]:
            return [read_shard(told) for told in islice(calls.shards(self._stream), _MOST_SHARDS)]

        return self._ask("list_shards", ask)

    def summary(self) -> Mapping[str, Any] | Failure:
        """DescribeStreamSummary."""

        def ask(calls: Calls) -> Mapping[str, Any]:
            answer = calls.call("describe_stream_summary", expecting=_SUMMARY, **self._stream)
            return dict(answer[_SUMMARY])

        return self._ask("describe_stream_summary", ask)

    def _ask(self, operation: str, ask: Callable[[Calls], T]) -> T | Failure:
        try:
            client = self._open_client()
            if not hasattr(client, operation):
                return Failure(UNSUPPORTED, f"the client has no {operation}")
            return ask(Calls(client, give_up_after=_GIVE_UP_AFTER, closed=self._closed))
        except CallFailed as error:
            return Failure(error.code, str(error))
        except ConfigError as error:
            return Failure("Misconfigured", str(error))
        except Exception as error:  # noqa: BLE001 -- a client of somebody's, an answer nobody can read
            return Failure("Unreadable", f"{type(error).__name__} in {operation}")
