"""A round: some threads send, the service fails as the seed has it, and the oracle judges."""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3.session

from kinesis_producer import BufferFull, KinesisProducer, ProducerClosed, ProducerFailed
from kinesis_producer.testing import LocalKinesis, faults
from tests.oracle import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer import Totals

STREAM = "soak"

#: Seconds.
_LONGEST = 300.0

_SESSION = boto3.session.Session("local", "local", region_name="us-east-1")


@dataclass
class Figures:
    """What the rounds came to."""

    records: int = 0
    requests: int = 0
    duplicates: int = 0
    declared: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, totals: Totals, duplicates: int, mixture: faults.Mixture, requests: int) -> None:
        """Count a round."""
        self.records += totals.received
        self.requests += requests
        self.duplicates += duplicates
        self.declared += totals.possible_duplicates
        self.met.update(mixture.dealt)
        self.outcomes["delivered"] += totals.delivered
        self.outcomes["not written"] += totals.not_written
        self.outcomes["possibly written"] += totals.possibly_written


def play(seed: int, records: int, figures: Figures) -> None:
    """One round.

    Raises:
        AssertionError: a promise was not kept; it is noted with the seed and the configuration.
    """
    dice = random.Random(seed)
    config = _configuration(dice)
    witness = Witness()
    try:
        with _silence(), LocalKinesis() as kinesis:
            kinesis.create_stream(STREAM, shards=dice.randint(1, 4))
            rate = dice.choice((0.05, 0.3, 0.6))
            mixture = faults.mixed(seed, rate=rate, classes=_classes(kinesis))
            kinesis.faults.always("PutRecords", mixture)
            config["endpoint_url"] = kinesis.endpoint_url
            producer = KinesisProducer(config, session=_SESSION, on_delivery=witness.hear)
            _send(producer, witness, seed, records, threads=dice.choice((1, 3)))
            totals = producer.join(_LONGEST)  # all those callbacks take longer than outcomes
            duplicates = witness.judge(totals, kinesis.ledger(STREAM), b"\n")
            figures.add(totals, duplicates, mixture, kinesis.count("PutRecords"))
    except BaseException as error:
        error.add_note(f"seed {seed}: {config}")
        raise


def _classes(kinesis: LocalKinesis) -> dict[str, faults.Fault]:
    return {
        **faults.PASSING,
        "late": faults.delay(1.3),
        "expired": faults.expired_credentials(),
        "moving-shards": faults.moving_shards(kinesis),
    }


@contextmanager
def _silence() -> Iterator[None]:
    """What the service does is no news here."""
    logger = logging.getLogger("kinesis_producer")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _configuration(dice: random.Random) -> dict[str, Any]:
    senders = dice.choice((1, 4, 8))
    return {
        "stream_name": STREAM,
        # in order one aggregate goes at a time: small ones would take for ever
        "buffer_size_limit": 20_000 if senders == 1 else dice.choice((0, 300, 1_000, 20_000)),
        "kinesis_concurrency": senders,
        "kinesis_max_retries": dice.choice((None, None, 3)),
        "delivery_timeout": dice.choice((3.0, 10.0)),
        "request_timeout": 1.0,
        "max_request_size": dice.choice((2**20, 5 * 2**20)),
        "max_pending_bytes": dice.choice((200_000, 64 * 2**20)),
        "when_full": dice.choice(("block", "block", "drop_newest", "drop_oldest")),
    }


def _send(
    producer: KinesisProducer, witness: Witness, seed: int, records: int, *, threads: int
) -> None:
    """From so many threads; what a full buffer refuses was not accepted."""

    def work(thread: int) -> None:
        dice = random.Random(f"{seed} {thread}")
        for number in range(records // threads):
            record = b"%d-%d-%d:%b" % (seed, thread, number, b"x" * dice.randrange(150))
            key = dice.choice((None, None, None, f"key-{dice.randrange(5)}"))
            try:
                producer.send(record, partition_key=key)
            except BufferFull:
                continue
            except (ProducerClosed, ProducerFailed):
                return
            witness.accept([record])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
