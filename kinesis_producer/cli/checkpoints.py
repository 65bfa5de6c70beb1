"""``checkpoints reset``: the one way back, or forward, for an application."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.cli.lease_rows import aligned, place, short
from kinesis_producer.cli.leasing import add_table, lease_table
from kinesis_producer.cli.options import at_least
from kinesis_producer.cli.resetting import begun_children, changes, living, start_at
from kinesis_producer.cli.starts import WHERE_HELP, where
from kinesis_producer.cli.stderr import say
from kinesis_producer.core.positions import Position
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kinesis_producer.cli.resetting import Change
    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import LeaseTable

#: Seconds after which a worker that lives has renewed its leases: the default of consumers.
_FAILOVER: Final = 10


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("checkpoints", help="have an application begin elsewhere")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    action = actions.add_parser("reset", help="have an application begin elsewhere")
    add_table(action)
    action.add_argument("--to", type=where, required=True, metavar="WHERE", help=WHERE_HELP)
    action.add_argument(
        "--shard", action="append", metavar="ID", help="reset only this one; may be repeated"
    )
    action.add_argument("--yes", action="store_true", help="do not ask")
    action.add_argument(
        "--force", action="store_true", help="take leases away from workers that live"
    )
    action.add_argument(
        "--failover",
        type=at_least(1),
        default=_FAILOVER,
        metavar="SECONDS",
        help=f"in which a worker that lives renews its leases ({_FAILOVER})",
    )
    action.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show what would change, ask, and write it; 1 if anything was not written."""
    if isinstance(options.to, Position) and len(options.shard or ()) != 1:
        raise ConfigError("--to: the position of a record needs one --shard")
    with lease_table(options) as (reader, table):
        leases = table.leases()
        wanted = _wanted(reader, leases, options)
        _show(wanted, leases)
        if not (options.force or _is_free(table, wanted, options.failover)):
            return 1
        if not (options.yes or _is_agreed()):
            return 1
        return _write(table, wanted)


def _wanted(
    reader: StreamReader, leases: Sequence[Lease], options: argparse.Namespace
) -> list[Change]:
    if not leases:
        raise ConfigError(f"{options.application} has no leases on {options.stream}")
    chosen = set(options.shard or ())
    start = start_at(options.to, now=reader.service_time() or time.time())
    wanted = changes(leases, reader.shards(), start, chosen=chosen)
    missing = chosen - {one.shard_id for one in wanted}
    if missing:
        raise ConfigError(f"--shard: there is no lease of {', '.join(sorted(missing))}")
    return wanted


def _show(wanted: Sequence[Change], leases: Sequence[Lease]) -> None:
    """What is, what would be, and what is to be thought of before."""
    rows = [[one.shard_id, "-" if one.old is None else place(one.old), "->"] for one in wanted]
    print(aligned([[*row, place(one.new)] for row, one in zip(rows, wanted, strict=True)]))
    sys.stdout.flush()
    for one in wanted:
        children = begun_children(one, leases)
        if children:
            say(
                f"warning: {one.shard_id} was finished, and {', '.join(children)} begun after it:"
                " its records are given again, as duplicates, and its children wait until they were"
            )


def _is_free(table: LeaseTable, wanted: Sequence[Change], failover: int) -> bool:
    """Whether no owner lives. By a look alone that cannot be told: one that lives, renews."""
    before = [one.old for one in wanted if one.old is not None and one.old.owner is not None]
    if not before:
        return True
    say(f"{len(before)} of them have an owner; looking for {failover} s whether it lives")
    time.sleep(failover)
    alive = living(before, table.leases())
    for one in alive:
        say(f"kinesis-producer: {one.shard_id} is being read by {short(one.owner)}")
    if alive:
        say("kinesis-producer: nothing was reset; stop these workers before, or use --force")
    return not alive


def _is_agreed() -> bool:
    """Whether a person says so."""
    if sys.stdin is None or not sys.stdin.isatty():
        say("kinesis-producer: nothing was reset; without a terminal to ask at, --yes is needed")
        return False
    print("Reset these? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    say("nothing was reset")
    return False


def _write(table: LeaseTable, wanted: Sequence[Change]) -> int:
    """One after the other; what was changed by others since it was shown stays as it is."""
    failed = 0
    for one in wanted:
        if one.write(table):
            print(f"{one.shard_id} reset", flush=True)
        else:
            failed += 1
            say(f"kinesis-producer: {one.shard_id} not reset: its lease was changed meanwhile")
    return int(failed > 0)
