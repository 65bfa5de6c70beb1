"""The lease table that the options name: which store it is in, and whose it is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer import client, stores
from kinesis_producer.cli.options import GIVE_UP_AFTER, add_aws
from kinesis_producer.consumer_config import ConsumerConfig
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.stores import LeaseTable, Store

#: The variable of the environment that stands for ``--store``: addresses may have passwords, which
#: other users of a machine can read on a command line.
VARIABLE: Final = "KINESIS_PRODUCER_STORE"

_SQLITE: Final = "sqlite:"


def add_store(command: argparse._ActionsContainer) -> None:
    """Where leases are."""
    command.add_argument(
        "--store",
        metavar="URL",
        help=f"where the leases are, such as sqlite:PATH or dynamodb: (default: ${VARIABLE}, the"
        " place for an address with a password)",
    )


def add_table(command: argparse.ArgumentParser) -> None:
    """Whose leases, where they are, and where the stream is."""
    command.add_argument("application", metavar="APPLICATION")
    command.add_argument("stream", metavar="STREAM")
    add_store(command)
    add_aws(command)


def consumer_config(options: argparse.Namespace, **keys: Any) -> ConsumerConfig:
    """The configuration that the options give, with further keys."""
    return ConsumerConfig(
        stream_name=options.stream,
        aws_region=options.region,
        aws_profile=options.profile,
        endpoint_url=options.endpoint_url,
        **keys,
    )


def store_of(options: argparse.Namespace) -> Store:
    """The store that is named.

    Raises:
        ConfigError: none is, or it is not what a store is named by; no address is repeated.
    """
    address = _address(options)
    # the region of a DynamoDB table is that of the stream
    profiled = address.startswith("dynamodb:") and options.profile is not None
    return stores.of(address, **({"aws_profile": options.profile} if profiled else {}))


@contextmanager
def lease_table(options: argparse.Namespace) -> Iterator[tuple[StreamReader, LeaseTable]]:
    """What reads the stream, and the leases of the application on it.

    Raises:
        CallFailed: the stream cannot be looked at.
        ConfigError: there can be no such leases.
        StoreUnavailable: the store cannot be reached.
    """
    address = _address(options)
    if address.startswith(_SQLITE) and not Path(address.removeprefix(_SQLITE)).exists():
        raise ConfigError(
            f"there is no file {address.removeprefix(_SQLITE)}, so there are no leases"
        )
    store = store_of(options)
    reader = client.reader(consumer_config(options), give_up_after=GIVE_UP_AFTER)
    try:
        yield reader, store.table(options.application, stores.stream_id(reader.summary()))
    finally:
        store.close()
        reader.close()


def _address(options: argparse.Namespace) -> str:
    address = options.store or os.environ.get(VARIABLE)
    if not address:
        raise ConfigError(f"give --store, or set {VARIABLE}: where are the leases?")
    return str(address)
