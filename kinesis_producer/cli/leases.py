"""``leases``: how far an application is, and who reads which shard."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

from kinesis_producer.cli.lag import lags
from kinesis_producer.cli.lease_rows import Look, aligned
from kinesis_producer.cli.leasing import add_table, lease_table
from kinesis_producer.cli.options import at_least
from kinesis_producer.cli.stderr import say
from kinesis_producer.errors import StoreUnavailable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.records import Failure
    from kinesis_producer.stores import LeaseTable

#: Seconds between two looks. Each reads every shard once, which can be read five times a second.
_INTERVAL: Final = 5

_CLEAR: Final = "\x1b[H\x1b[2J"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "leases", help="show how far an application is, and who reads which shard"
    )
    add_table(command)
    command.add_argument(
        "--watch",
        type=at_least(1),
        nargs="?",
        const=_INTERVAL,
        metavar="SECONDS",
        help=f"look again and again (every {_INTERVAL} s), and tell since when nothing has changed",
    )
    command.add_argument("--json", action="store_true", help="an object a line for each lease")
    command.add_argument(
        "--no-lag",
        dest="lag",
        action="store_false",
        help="read no shard: a look at the lag is one of the five reads a second of each",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the leases once, or until Ctrl-C; 1 if there are none, or a lag is not known."""
    with lease_table(options) as (reader, table):
        if options.watch is not None:
            _watch(reader, table, options)
        return _show(reader, table.leases(), options, None)


def _watch(reader: StreamReader, table: LeaseTable, options: argparse.Namespace) -> NoReturn:
    """Look until Ctrl-C; a store that is away may come back."""
    since: dict[tuple[str, int], float] = {}
    while True:
        try:
            leases = table.leases()
        except StoreUnavailable as error:
            say(f"kinesis-producer: {error}")
        else:
            now = time.monotonic()
            since = {_beat(one): since.get(_beat(one), now) for one in leases}
            _clear(options)
            unchanged = {one.shard_id: now - since[_beat(one)] for one in leases}
            _show(reader, leases, options, unchanged)
        time.sleep(options.watch)


def _beat(lease: Lease) -> tuple[str, int]:
    """What an owner that lives changes every few seconds."""
    return lease.shard_id, lease.counter


def _show(
    reader: StreamReader,
    leases: Sequence[Lease],
    options: argparse.Namespace,
    unchanged: Mapping[str, float] | None,
) -> int:
    """Print them, and the exit code."""
    if not leases:
        say(f"kinesis-producer: {options.application} has no leases on {options.stream}")
        return 1
    found = lags(reader, leases) if options.lag else None
    ordered = sorted(leases, key=lambda one: one.shard_id)
    look = Look(leases=ordered, lags=found, unchanged=unchanged)
    print("\n".join(map(json.dumps, look.objects())) if options.json else aligned(look.rows()))
    sys.stdout.flush()
    return _unknown(found or {})


def _unknown(found: Mapping[str, int | Failure]) -> int:
    """Say why a lag is not known, once for each reason; 1 if there is any."""
    failures = {lag.code: (one, lag) for one, lag in found.items() if not isinstance(lag, int)}
    for shard_id, failure in failures.values():
        say(f"kinesis-producer: lag of {shard_id}: {failure.code}: {failure.message}")
    return int(bool(failures))


def _clear(options: argparse.Namespace) -> None:
    """A person sees one table, which changes; elsewhere, tables follow each other."""
    if not options.json:
        sys.stdout.write(_CLEAR if sys.stdout.isatty() else "\n")
