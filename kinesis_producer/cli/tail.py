"""``tail``: what is in a stream, as lines."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.cli.leasing import add_store, consumer_config, store_of
from kinesis_producer.cli.options import add_aggregation, add_aws, at_least, calls_of, format_of
from kinesis_producer.cli.starts import WHERE_HELP, where
from kinesis_producer.cli.stderr import say
from kinesis_producer.cli.stdout import write_line
from kinesis_producer.consumer import KinesisConsumer
from kinesis_producer.consumer_config import CAUGHT_UP
from kinesis_producer.core.positions import Position
from kinesis_producer.errors import ConfigError, LeaseLost

if TYPE_CHECKING:
    import argparse

    from kinesis_producer.errors import BadRecord
    from kinesis_producer.stores import Store

#: Seconds for the last checkpoint, and for letting go of leases; and for the end of the threads,
#: where there are none to let go.
_LETTING_GO: Final = 10.0
_ENDING: Final = 1.0


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("tail", help="print the records of a stream as they come")
    command.add_argument("stream", metavar="STREAM")
    command.add_argument(
        "--from",
        dest="start",
        type=where,
        default="latest",
        metavar="WHERE",
        help=f"{WHERE_HELP} (default: latest)",
    )
    command.add_argument("-n", type=at_least(1), metavar="N", help="end after so many records")
    _add_end(command)
    command.add_argument(
        "--shard", action="append", metavar="ID", help="read only this one; may be repeated"
    )
    command.add_argument(
        "--fan-out", metavar="NAME", help="read by enhanced fan-out, under this name"
    )
    add_aggregation(command)
    _add_fleet(command)
    add_aws(command)
    command.set_defaults(run=run)


def _add_end(command: argparse.ArgumentParser) -> None:
    """When to end: two names for one thing, that of kcat and that of the configuration."""
    command.add_argument(
        "-e",
        "--no-follow",
        dest="until",
        action="store_const",
        const=CAUGHT_UP,
        help="end when everything was printed that there is",
    )
    command.add_argument("--until", choices=[CAUGHT_UP], help="the same as --no-follow")


def _add_fleet(command: argparse.ArgumentParser) -> None:
    fleet = command.add_argument_group(
        "fleet", "Commands of one application share the shards, and go on where others stopped."
    )
    fleet.add_argument("--application", metavar="NAME", help="of the fleet")
    add_store(fleet)


def run(options: argparse.Namespace) -> int:
    """Print records until there have been enough, or until Ctrl-C; 1 if any could not be read."""
    config, store = _config(options), _store(options)
    bad: list[BadRecord] = []
    try:
        _look(options)
        name = partial(_name, bad)
        consumer = KinesisConsumer(config, checkpoints=store, dead_letter=name)
        try:
            _print(consumer, options.n)
        finally:
            consumer.close(_ENDING if store is None else _LETTING_GO)
    finally:
        if store is not None:
            store.close()
    return bool(bad)


def _config(options: argparse.Namespace) -> Any:
    start = options.start
    if isinstance(start, Position):
        if options.shard is None or len(options.shard) != 1:
            raise ConfigError("--from: the position of a record needs one --shard")
        start = {options.shard[0]: str(start)}
    return consumer_config(
        options,
        start=start,
        until=options.until,
        shards=options.shard,
        consumer_name=options.fan_out,
        application_name=options.application,
        auto_checkpoint=options.application is not None,
        on_bad_record="dead_letter",
        **format_of(options),
    )


def _store(options: argparse.Namespace) -> Store | None:
    if options.application is not None:
        return store_of(options)
    if options.store is not None:
        raise ConfigError("--store: leases are of an --application")
    return None


def _look(options: argparse.Namespace) -> None:
    """Raise, before long, if the stream cannot be looked at, or has no such shard.

    The consumer itself would wait for a service that is away.
    """
    there = {shard["ShardId"] for shard in calls_of(options).shards({"StreamName": options.stream})}
    missing = [shard_id for shard_id in options.shard or () if shard_id not in there]
    if missing:
        raise ConfigError(f"--shard: {options.stream} has no {', '.join(missing)}")


def _print(consumer: KinesisConsumer, most: int | None) -> None:
    """A line is checkpointed when the next is asked for: one that was not printed never is."""
    number = 0
    for number, record in enumerate(islice(consumer, most), 1):  # noqa: B007 -- used after it
        write_line(record.data)
    if consumer.config.application_name is not None:
        if number == most:  # nothing was asked for after it
            consumer.checkpoint(record, timeout=_LETTING_GO)
        _settle(consumer)


def _settle(consumer: KinesisConsumer) -> None:
    """Checkpoint what is left: where there is no store to take it, the exit code has to say so."""
    with suppress(LeaseLost):  # of a shard that was handed over just now, with its checkpoint
        consumer.checkpoint(timeout=_LETTING_GO)


def _name(bad: list[BadRecord], error: BadRecord) -> None:
    bad.append(error)
    say(f"kinesis-producer: {error}")
