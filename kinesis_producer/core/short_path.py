"""How a record with keys comes in where an aggregate is open for it, and nothing else follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple

from kinesis_producer.core.aggregate import H
from kinesis_producer.limits import KEYS_OVERHEAD, RECORD_OVERHEAD

if TYPE_CHECKING:
    from kinesis_producer.core.memory import Memory
    from kinesis_producer.core.rules import AggregateRules
    from kinesis_producer.core.traffic import Traffic
    from kinesis_producer.records import Keys


class Known(NamedTuple):
    """Keys of records that came before.

    Attributes:
        charge: bytes charged for a record with them, beside its data, where it shares them.
        own_size: bytes that they add to an aggregate of records with other keys, at the most.
        own_size_again: the same, where another record of it has them.
    """

    keys: Keys
    charge: int
    own_size: int
    own_size_again: int


class ShortPath(Generic[H]):
    """A tenth of what a whole decision takes: nothing is closed, nobody is woken.

    Args:
        rules: the sizes an aggregate is held to.
        traffic: says which aggregate is open for which keys.
        memory: what is charged for it.
    """

    def __init__(self, rules: AggregateRules, traffic: Traffic[H], memory: Memory) -> None:
        self._rules = rules
        self._traffic = traffic
        self._memory = memory

    def known(self, keys: Keys, key_size: int) -> Known:
        """What `add` asks of a record's keys."""
        form = self._rules.form
        sizes = (form.own_keys(keys, key_size, new=new) for new in (True, False))
        return Known(keys, key_size + RECORD_OVERHEAD, *sizes)

    def add(self, record: bytes, known: Known) -> H | None:
        """Accept a record with keys into an open aggregate, if nothing else follows from it.

        ``None`` where an aggregate has to be opened or closed, or where room is scarce. It is the
        short path of records with keys: hence all in one, and what it counts comes before what is
        counted, so that an interruption leaves no record that is not.
        """
        keys, charge, own_size, own_size_again = known
        lane = self._traffic.queue.lane_of(keys)
        aggregate = self._traffic.accumulator.spot(keys, lane)
        if aggregate is None:
            return None
        charge += len(record)
        size = aggregate.size + len(record) + self._rules.overhead
        pairs = aggregate.pairs
        if pairs is None:
            own_size = 0
        else:
            charge += KEYS_OVERHEAD
            if keys in aggregate.distinct:
                own_size = own_size_again
        own_size += aggregate.own_size
        memory = self._memory
        if size + own_size > aggregate.easy_at or memory.charged + charge > memory.limit:
            return None
        if lane is not None:
            if lane.charged + charge > lane.quota:
                return None
            lane.charged += charge
        memory.charged += charge
        aggregate.charge += charge
        aggregate.size = size
        aggregate.records.append(record)
        if pairs is not None:
            aggregate.own_size = own_size
            aggregate.keys_size += charge - len(record) - RECORD_OVERHEAD
            aggregate.distinct.add(keys)
            pairs.append(keys)
        return aggregate.handle
