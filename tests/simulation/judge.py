"""After a run: what was said of each record, held against what the service has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kinesis_producer import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kinesis_producer import Delivery, ProducerConfig, Totals
    from kinesis_producer.core.shards import Shard
    from tests.simulation.scenario import Scenario

#: Seconds that a step of the scheduler may add to what is promised.
_GRACE = 1.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What ``send`` has accepted.

    Attributes:
        at: when it was called.
        by: who called it.
    """

    delivery: Delivery
    at: float
    by: str
    key: str | None


def judge(run: Scenario) -> None:
    """Outcomes, counts, copies, order, times and memory.

    Raises:
        AssertionError: something is not as promised.
    """
    totals = run.producer.totals
    stream, aggregation = run.service.stream, run.config["aggregation"]
    written = stream.read(aggregation, as_the_kcl=False)
    found = stream.read(aggregation, as_the_kcl=not run.spread)
    _judge_totals(totals, run.accepted)
    copies = Counter(record for record, _ in written)
    _judge_outcomes(run.accepted, copies, totals.possible_duplicates)
    _judge_readers(run.accepted, {record for record, _ in found})
    if run.listening:
        _judge_announcements(run)
    if run.producer.config.in_order and not run.spread:
        _judge_order(run.accepted, written, changed=run.service.stream.changed)
    assert run.producer._engine.outbox.backlog.memory.charged == 0


def _judge_totals(totals: Totals, accepted: Mapping[bytes, Accepted]) -> None:
    ends = Counter(one.delivery.outcome for one in accepted.values())
    assert totals.pending == 0
    assert totals.received == len(accepted)
    assert totals.delivered == ends[Outcome.DELIVERED]
    assert totals.not_written == ends[Outcome.NOT_WRITTEN]
    assert totals.possibly_written == ends[Outcome.POSSIBLY_WRITTEN]


def _judge_outcomes(accepted: Mapping[bytes, Accepted], copies: Counter[bytes], bound: int) -> None:
    assert set(copies) <= set(accepted), "something was invented"
    for record, one in accepted.items():
        outcome = one.delivery.outcome
        assert copies[record] or outcome is not Outcome.DELIVERED, "a record is lost"
        assert not copies[record] or outcome is not Outcome.NOT_WRITTEN, "it is there"
    assert copies.total() - len(copies) <= bound, "more copies than were declared"


def _judge_readers(accepted: Mapping[bytes, Accepted], found: set[bytes]) -> None:
    """The KCL throws away what lies in the wrong shard."""
    for record, one in accepted.items():
        delivered = one.delivery.outcome is Outcome.DELIVERED
        assert record in found or not delivered, "a record is where no reader takes it"


def _judge_announcements(run: Scenario) -> None:
    """Each outcome was reported once, as it is, and in time."""
    assert run.reported == Counter(run.accepted.keys())
    longest = _longest(run.producer.config, run.config, run.scheduler.frozen)
    for record, one in run.accepted.items():
        assert one.delivery.outcome is run.outcomes[record]
        assert run.settled_at[record] - one.at <= longest


def _longest(config: ProducerConfig, keys: Mapping[str, Any], frozen: float) -> float:
    """From the call of ``send``, which may wait for room, to the outcome."""
    block: float = config.longest_wait if config.max_block is None else config.max_block
    thaw = frozen + 2 * keys["request_timeout"] if frozen else 0.0  # then there is one attempt
    return config.longest_wait + thaw + block + _GRACE


def _judge_order(
    accepted: Mapping[bytes, Accepted], written: Sequence[tuple[bytes, Shard]], *, changed: bool
) -> None:
    """First copies of one caller's records with one key are in the order of its calls.

    Without a key, that is so within each shard, while the shards do not change. What was given up
    may turn up at any later time: its request may have hung, and come through.
    """
    first = {record: place for place, (record, _) in reversed(list(enumerate(written)))}
    last: dict[tuple[str, str], int] = {}
    for record, one in accepted.items():
        place = first.get(record)
        judged = one.key is not None or not changed
        if place is not None and judged and one.delivery.outcome is Outcome.DELIVERED:
            who = (one.by, one.key or written[place][1].shard_id)
            assert last.get(who, -1) < place, "a record has overtaken another"
            last[who] = place
