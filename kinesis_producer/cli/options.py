"""Options that several commands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from kinesis_producer import client
from kinesis_producer.config import ProducerConfig
from kinesis_producer.core.compression import LEVELS
from kinesis_producer.core.formats import AGGREGATIONS, DELIMITER

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.client.single_calls import Calls

#: The exit code that a shell gives for Ctrl-C.
INTERRUPTED = 130

#: Seconds without any answer after which a command gives up.
GIVE_UP_AFTER = 10.0


def add_aws(command: argparse.ArgumentParser) -> None:
    """Where the stream is, as the aws command line names it."""
    aws = command.add_argument_group("AWS", "What is not given is found as boto3 finds it.")
    aws.add_argument("--endpoint-url", metavar="URL", help="such as a local Kinesis")
    aws.add_argument("--region", help="such as us-east-1")
    aws.add_argument("--profile", help="in the AWS configuration files")


def add_aggregation(command: argparse.ArgumentParser, *, default: str = DELIMITER) -> None:
    """How records lie in a Kinesis record."""
    command.add_argument(
        "--aggregation",
        "--format",
        choices=AGGREGATIONS,
        default=default,
        help=f"how records lie in a Kinesis record (default: {default})",
    )
    command.add_argument("--compression", choices=list(LEVELS), help="of Kinesis records")


def at_least(lowest: int, *, at_most: int | None = None) -> Callable[[str], int]:
    """The type of a whole number between these."""

    def number(word: str) -> int:
        value = int(word)
        if value < lowest or (at_most is not None and value > at_most):
            above = "" if at_most is None else f" and at most {at_most}"
            raise argparse.ArgumentTypeError(f"must be at least {lowest}{above}, not {value}")
        return value

    return number


def format_of(options: argparse.Namespace) -> dict[str, Any]:
    """The keys of a configuration that say how lines lie in a Kinesis record."""
    return {"aggregation": options.aggregation, "compression": options.compression}


def config_of(options: argparse.Namespace, **keys: Any) -> ProducerConfig:
    """The configuration that the options give, with further keys."""
    return ProducerConfig(
        stream_name=getattr(options, "stream", None) or "none",
        aws_region=options.region,
        aws_profile=options.profile,
        endpoint_url=options.endpoint_url,
        **keys,
    )


def calls_of(options: argparse.Namespace) -> Calls:
    """Single calls to where the options point."""
    return client.calls(config_of(options), give_up_after=GIVE_UP_AFTER)
