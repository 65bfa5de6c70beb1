"""What delivery costs from end to end: records in memory at the beginning, all answered at the end.

Each group is one table, whose rows all run under one `Setting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.peers.job import LOG
from benchmarks.rows import BOTO3, CBOR, HAS_CBOR, JSON_LINES, OURS, PEERS, SEND, Row, ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The circumstances of a group.

    Attributes:
        kind: of the table: "throughput", "latency", "rate" or "loop".
        load: which records.
        tls: whether over TLS.
        delay: seconds that each answer takes the sink longer.
    """

    kind: str = "throughput"
    load: str = "100 B"
    tls: bool = True
    delay: float = 0.0


#: How long the rows of the latency table last, at how many records per second.
SECONDS: Final = 5
RATE: Final = 1000.0
#: What aggregates and buffers wait there.
AGE: Final = 0.1

#: By default the aggregates are smaller than at their best: none fills in this time anyway.
_PACED: Final = {"buffer_time_limit": AGE}
_LATENCY_COUNTS: Final = (round(SECONDS * RATE),) * 3

LATENCY: Final = {
    "send": Row("ours", "ours", {"config": _PACED}, _LATENCY_COUNTS),
    "kinesis_producer 0.2.1": Row(
        "ancestor", "ancestor", {"buffer_time_limit": AGE}, _LATENCY_COUNTS
    ),
    JSON_LINES: Row(
        "async_kinesis",
        "async_kinesis",
        {"processor": "JsonLineProcessor", "buffer_time": AGE},
        _LATENCY_COUNTS,
    ),
    "aiokpl": Row("aiokpl", "aio_kpl", {"buffered_ms": AGE * 1000}, _LATENCY_COUNTS),
}

#: With a sink that takes its time, what counts is how many requests are on their way, and how full.
DELAY: Final = 0.02
SLOW: Final = {
    SEND: OURS[SEND],
    **({"send, CBOR": ours(**CBOR)} if HAS_CBOR else {}),
    BOTO3: PEERS[BOTO3],
    "boto3, pool of 4 threads": PEERS["boto3, pool of 4 threads"],
    "boto3, pool of 16 threads": Row("boto3", "plain_boto3", {"threads": 16}),
    JSON_LINES: PEERS[JSON_LINES],
    "async-kinesis, text lines": PEERS["async-kinesis, text lines"],
}

_LOOP_COUNT: Final = (200_000,) * 3
_LOOP_SLOW: Final = {"async-kinesis, default": 5000, BOTO3: 100_000, "aiokpl": 10_000}


def _loop_rows() -> dict[str, Row]:
    rows = {
        name: Row(row.environment, row.driver, row.way, (_LOOP_SLOW.get(name, 200_000),) * 3)
        for name, row in PEERS.items()
    }
    rows["send, JSON"] = ours(counts=_LOOP_COUNT)
    rows["send_many, JSON"] = ours("send_many", counts=_LOOP_COUNT)
    rows["send, defaults"] = Row("ours", "ours", {}, _LOOP_COUNT)
    if HAS_CBOR:
        rows["send, CBOR"] = ours(counts=_LOOP_COUNT, **CBOR)
        rows["send_many, CBOR"] = ours("send_many", counts=_LOOP_COUNT, **CBOR)
    return rows


_EVERY: Final = {**OURS, **PEERS}

_TABLES: Final[dict[str, tuple[Setting, dict[str, Row]]]] = {
    "delivery, 100 B, TLS": (Setting(), _EVERY),
    "delivery, 1 KB, TLS": (Setting(load="1 KB"), _EVERY),
    "delivery, JSON log, TLS": (Setting(load=LOG), _EVERY),
    "delivery, 100 B, plain": (Setting(tls=False), _EVERY),
    "delivery, 1 KB, plain": (Setting(load="1 KB", tls=False), _EVERY),
    "latency, 1,000 records/s, TLS": (Setting(kind="latency"), LATENCY),
    "rate, 100 B, answers after 20 ms, TLS": (Setting(kind="rate", delay=DELAY), SLOW),
    "rate, 1 KB, answers after 20 ms, TLS": (Setting(kind="rate", load="1 KB", delay=DELAY), SLOW),
    "loop, 2 us to build a record, TLS": (Setting(kind="loop"), _loop_rows()),
}

GROUPS: Final = {name: rows for name, (_, rows) in _TABLES.items()}
SETTINGS: Final = {name: setting for name, (setting, _) in _TABLES.items()}
