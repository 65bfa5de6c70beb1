"""What an operation is given."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kinesis_producer.testing.messages import Parameters, Refusals, ServiceError
from kinesis_producer.testing.stream import IN_SERVICE, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.eventstream import Event

#: What an operation answers: the members of its output; None where it has no output; events where
#: its output goes on.
Result: TypeAlias = "dict[str, object] | Iterator[Event] | None"


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose members were checked.

    Attributes:
        refuse: entries of a PutRecords that a fault refuses.
    """

    account: Account
    parameters: Parameters
    refuse: Refusals

    @contextmanager
    def stream(self) -> Iterator[Stream]:
        """The stream that is meant, in whatever state, with the lock held."""
        with self.account.stream(self.account.addressed(self.parameters)) as stream:
            yield stream

    @contextmanager
    def stream_in_service(self, name: str | None = None) -> Iterator[Stream]:
        """The stream that is meant, or of that name, ready for puts and reads, the lock held.

        One in CREATING or DELETING is not found: puts and reads are for streams that are ACTIVE
        or UPDATING (API reference, CreateStream and StreamDescriptionSummary).
        """
        meant = self.account.addressed(self.parameters) if name is None else name
        with self.account.stream(meant) as stream:
            if stream.status not in IN_SERVICE:
                raise self.account.not_found(stream.name)
            self._stop_if_dry_run()
            yield stream

    def _stop_if_dry_run(self) -> None:
        if self.parameters.get("DryRun"):
            raise ServiceError(
                "DryRunOperationException", "The request was valid; DryRun kept it from acting."
            )
