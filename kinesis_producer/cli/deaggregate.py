"""``deaggregate``: the user records in the data of one Kinesis record."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from kinesis_producer.cli.lines import opened
from kinesis_producer.cli.options import add_aggregation
from kinesis_producer.cli.stdout import write_line
from kinesis_producer.core.deaggregation import deaggregate
from kinesis_producer.core.formats import NONE
from kinesis_producer.limits import MAX_RECORD_SIZE

if TYPE_CHECKING:
    import argparse

    from kinesis_producer.records import UserRecord

#: Bytes of input: a record in base64, a newline every 76 characters.
_MOST: Final = MAX_RECORD_SIZE * 3 // 2


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "deaggregate", help="print the user records in the data of a Kinesis record"
    )
    command.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: stdin")
    command.add_argument(
        "--base64", action="store_true", help="the data is in base64, as the aws command prints it"
    )
    command.add_argument(
        "--json", action="store_true", help="with keys, an object for each; data in base64"
    )
    add_aggregation(command, default=NONE)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print them, a line each."""
    with opened(options.file) as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise OSError(f"that is no Kinesis record: it has more than {MAX_RECORD_SIZE} bytes")
    if options.base64:
        data = _decoded(data)
    for record in deaggregate(
        data, aggregation=options.aggregation, compression=options.compression
    ):
        write_line(_described(record) if options.json else record.data)
    return 0


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except ValueError as error:
        raise OSError(f"the input is not base64: {error}") from error


def _described(record: UserRecord) -> bytes:
    fields = record._asdict()
    fields["data"] = base64.b64encode(record.data).decode()
    return json.dumps(fields, ensure_ascii=False).encode()
