"""A local Amazon Kinesis Data Streams for tests, from the standard library alone.

::

    from kinesis_producer.testing import LocalKinesis, faults

    with LocalKinesis() as kinesis:
        kinesis.create_stream("orders", shards=2)
        ...  # a client at kinesis.endpoint_url
        kinesis.ledger("orders")

The server is loaded when it is first asked for, so that pytest, which loads the plugin of this
package at every start, does not pay for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kinesis_producer.testing import faults
    from kinesis_producer.testing.ledger import LedgerRecord
    from kinesis_producer.testing.local import LocalKinesis
    from kinesis_producer.testing.messages import ServiceError
    from kinesis_producer.testing.proxy import FaultProxy
    from kinesis_producer.testing.relay import Traffic
    from kinesis_producer.testing.requestlog import RequestLog

__all__ = [
    "FaultProxy",
    "LedgerRecord",
    "LocalKinesis",
    "RequestLog",
    "ServiceError",
    "Traffic",
    "faults",
]

_HOMES: Final = {
    "FaultProxy": "proxy",
    "LedgerRecord": "ledger",
    "LocalKinesis": "local",
    "RequestLog": "requestlog",
    "ServiceError": "messages",
    "Traffic": "relay",
}


if not TYPE_CHECKING:  # a type checker would take every name for one of this package

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
        return getattr(home, name, home)
