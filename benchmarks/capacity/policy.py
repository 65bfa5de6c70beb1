"""What the simulation asks of a producer, be it this library's or a rival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.core.put_records import Result
    from kinesis_producer.records import Keys


class Entry(NamedTuple):
    """A Kinesis record in a request.

    Attributes:
        size: data and partition key, bytes.
    """

    size: int
    hash_key: int


@dataclass(frozen=True, slots=True)
class Request:
    """A PutRecords request.

    Attributes:
        answered: takes the results of its entries, and the time.
    """

    entries: Sequence[Entry]
    answered: Callable[[Sequence[Result], float], None]


class Policy(Protocol):
    """A producer, without its threads: time is an argument."""

    def offer(self, keys: Keys, now: float) -> bool:
        """Accept a record of the size it was made for; or there is no room for it now."""
        ...

    def take(self, now: float) -> Request | None:
        """The next request, for a sender that is idle; ``None`` while nothing may go."""
        ...

    def due(self) -> float:
        """When `take` has something: infinity for not by itself."""
        ...
