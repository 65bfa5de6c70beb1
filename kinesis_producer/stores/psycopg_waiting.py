"""Connections to a PostgreSQL that may freeze: psycopg itself waits for answers for ever.

The server's own limits end what takes long there; they are of no use if the server is what stopped,
or if what is between the two loses all bytes in silence.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_T = TypeVar("_T")

#: Seconds after which psycopg lets a generator see that nothing has come.
_INTERVAL: Final = 0.1


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up, and closes itself, when an answer has not come for so long.

    Attributes:
        patience: in seconds; None: no bound.
    """

    patience: float | None = None

    def wait(self, gen: PQGen[_T], interval: float = _INTERVAL, timeout: float | None = None) -> _T:
        """See `psycopg.Connection.wait`; all that it does passes here."""
        further = {} if timeout is None else {"timeout": timeout}  # newer than psycopg 3.3.0
        return super().wait(self._bounded(gen), interval, **further)

    def _bounded(self, gen: PQGen[_T]) -> PQGen[_T]:
        """That generator, until the time is over in which nothing it waits for has come."""
        deadline = None if self.patience is None else time.monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and deadline is not None and time.monotonic() > deadline:
                    self.pgconn.finish()  # its answer, should it come, would be taken for the next
                    raise psycopg.OperationalError("the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: _T = end.value
            return result


def connect(patience: float, *arguments: Any, **options: Any) -> BoundedConnection:
    """As ``psycopg.connect``, whose own ``connect_timeout`` bounds the connecting."""
    connection = BoundedConnection.connect(*arguments, **options)
    connection.patience = patience
    return connection
