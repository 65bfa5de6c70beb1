"""How the workers of one run behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.leasing.worker import WorkerRules
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, TRIM_HORIZON, Position
from kinesis_producer.limits import MAX_PAGE_SIZE

if TYPE_CHECKING:
    import random

#: Clocks run up to so much faster or slower than time does.
DRIFT: Final = 0.015


@dataclass(frozen=True, slots=True)
class Rules:
    """Of all workers of a run.

    Attributes:
        calm: nothing happens that makes a living worker lose a lease.
        worker: the rules of the core.
        start: where to begin.
        memory: of each desk, in bytes.
        every: by hand: records between two checkpoints; 0: every now and then.
        elsewhere: by hand: another thread writes them.
        pace: seconds for a record, at the most.
        slow: chance that one takes longer than the failover time.
        most: records that are asked for at a time.
    """

    calm: bool
    worker: WorkerRules
    start: Position
    memory: int
    every: int
    elsewhere: bool
    pace: float
    slow: float
    most: int


def rules(dice: random.Random, *, calm: bool) -> Rules:
    """Those of a run."""
    pick = dice.choice
    worker = WorkerRules(
        failover_time=pick((6.0, 10.0)),
        handoff_time=pick((3.0, 30.0)),
        auto=dice.random() < 0.5,
        sync_time=pick((5.0, 30.0)),
    )
    return Rules(
        calm=calm,
        worker=worker,
        start=pick((TRIM_HORIZON,) * 4 + (LATEST, AT_TIMESTAMP)),
        memory=pick((MAX_PAGE_SIZE, 3 * MAX_PAGE_SIZE, 10 * MAX_PAGE_SIZE)),
        every=pick((1, 3, 10, 0)),
        elsewhere=dice.random() < 0.4,
        pace=pick((0.001, 0.01, 0.1)),
        slow=pick((0.0, 0.0, 0.003)),
        most=pick((1, 1, 3, 500)),
    )
