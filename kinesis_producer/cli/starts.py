"""Where to begin, or to go back to, in one word of the command line."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from kinesis_producer.consumer_config import STARTS
from kinesis_producer.core.positions import Position, read_position

#: What `where` reads, for the help of an option.
WHERE_HELP = (
    "trim-horizon (the oldest there is), latest, a time such as 2026-11-01T12:00:00Z, or, with one"
    " --shard, the SEQUENCE[:SUB] of a record to go on behind"
)


def where(word: str) -> str | datetime | Position:
    """A word of `STARTS`, a time in whole milliseconds, or the position of a record.

    Raises:
        ArgumentTypeError: it is none of these.
    """
    if word in STARTS:
        return word
    found = _time(word) or _position(word)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{word!r} is neither trim-horizon, latest, a time like 2026-11-01T12:00:00Z nor the"
            " SEQUENCE[:SUB] of a record"
        )
    return found


def _time(word: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(word)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # records are stamped in milliseconds
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _position(word: str) -> Position | None:
    try:
        position = read_position(word)
    except ValueError:
        return None
    return position if position.is_record else None
