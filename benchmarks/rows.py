"""What is measured beside what: this library, and its peers at their best documented settings.

"At their best" means: aggregates of about a megabyte where the library makes any, and limits per
shard lifted where it has them, since it would be those that are measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.environments import has_extra
from benchmarks.peers.job import LOG
from kinesis_producer.config import KEYS

#: Of our aggregates: near to what a Kinesis record takes, as the peers' are.
LARGE: Final = {"buffer_size_limit": 1_000_000}
#: The wire format came later than this benchmark.
HAS_CBOR: Final = "wire_format" in KEYS
CBOR: Final[dict[str, Any]] = {"wire_format": "cbor"}
#: Kinesis records of their own, of which as many as fit into a request share a delivery.
SINGLES: Final[dict[str, Any]] = {"aggregation": "none", "max_records_per_aggregate": 500}


@dataclass(frozen=True, slots=True)
class Row:
    """One way to put records.

    Attributes:
        environment: where it runs (`benchmarks.environments`).
        driver: the module of `benchmarks.peers`.
        way: what the driver does.
        counts: how many records, of 100 bytes, 1 KB, and of the log: about a second's worth.
    """

    environment: str
    driver: str
    way: dict[str, Any] = field(default_factory=dict)
    counts: tuple[int, int, int] = (50_000, 50_000, 50_000)

    def count(self, load: str) -> int:
        """How many records of that load."""
        return self.counts[2 if load == LOG else 1 if load == "1 KB" else 0]


def ours(
    method: str = "send",
    *,
    environment: str = "ours",
    counts: tuple[int, int, int] = (1_000_000, 200_000, 400_000),
    **config: Any,
) -> Row:
    """A row of this library; large aggregates, the rest as it is by default."""
    way = {"method": method, "config": {**LARGE, **config}}
    return Row(environment, "ours", way, counts)


BOTO3: Final = "boto3, loop of 500"
ANCESTOR: Final = "kinesis_producer 0.2.1"
JSON_LINES: Final = "async-kinesis, JSON lines"
ASYNC_KPL: Final = "async-kinesis, KPL"
SEND: Final = "send, JSON"

PEERS: Final = {
    BOTO3: Row("boto3", "plain_boto3"),
    "boto3, pool of 4 threads": Row("boto3", "plain_boto3", {"threads": 4}),
    ANCESTOR: Row("ancestor", "ancestor", {}, (200_000, 100_000, 100_000)),
    "async-kinesis, default": Row(
        "async_kinesis", "async_kinesis", {"processor": "JsonProcessor"}, (10_000, 10_000, 10_000)
    ),
    JSON_LINES: Row(
        "async_kinesis",
        "async_kinesis",
        {"processor": "JsonLineProcessor"},
        (200_000, 100_000, 100_000),
    ),
    "async-kinesis, text lines": Row(
        "async_kinesis",
        "async_kinesis",
        {"processor": "TextLineProcessor"},
        (200_000, 100_000, 100_000),
    ),
    ASYNC_KPL: Row(
        "async_kinesis",
        "async_kinesis",
        {"processor": "KPLStringProcessor"},
        (200_000, 100_000, 100_000),
    ),
    "aiokpl": Row("aiokpl", "aio_kpl", {}, (10_000, 10_000, 10_000)),
    "aws_kinesis_agg + boto3": Row(
        "aws_kinesis_agg", "aggregator", {}, (200_000, 100_000, 100_000)
    ),
}


def _ours() -> dict[str, Row]:
    found = {
        SEND: ours(),
        "send_many, JSON": ours("send_many"),
        "send, msgpack, JSON": ours(aggregation="msgpack"),
        "send, KPL, JSON": ours(aggregation="kpl"),
        "send, no aggregates, JSON": ours(aggregation="none", counts=(20_000,) * 3),
        "send, none, one fate for 500, JSON": ours(**SINGLES, counts=(100_000,) * 3),
    }
    if HAS_CBOR:
        found["send, CBOR"] = ours(**CBOR)
        found["send_many, CBOR"] = ours("send_many", **CBOR)
        found["send, msgpack, CBOR"] = ours(aggregation="msgpack", **CBOR)
        found["send, KPL, CBOR"] = ours(aggregation="kpl", **CBOR)
        found["send, no aggregates, CBOR"] = ours(aggregation="none", counts=(20_000,) * 3, **CBOR)
        singles = ours(**SINGLES, counts=(100_000,) * 3, **CBOR)
        found["send, none, one fate for 500, CBOR"] = singles
    if has_extra("fast"):
        found["send, JSON, [fast]"] = ours(environment="ours-fast")
        found["send_many, JSON, [fast]"] = ours("send_many", environment="ours-fast")
    return found


OURS: Final = _ours()
