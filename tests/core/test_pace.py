"""The pace of a throttled stream."""

from __future__ import annotations

import heapq
import random

import pytest

from kinesis_producer.core.pace import FLOOR, Pace
from kinesis_producer.limits import SHARD_BYTES_PER_SECOND


def released():
    """The pace of a stream that was looked at, without learning of its shards."""
    pace = Pace()
    pace.release()
    return pace


def test_it_begins_with_what_one_shard_takes():
    """What is buffered before the shards are known does not overflow a stream of one."""
    pace = Pace()
    assert pace.due() < 0.0
    assert pace.spend(100_000)
    assert not pace.spend(1_000_000)
    assert pace.due() == pytest.approx(0.05 + 0.85 + 0.05, abs=0.1)


def test_what_it_begins_with_holds_whatever_the_clock_says():
    """A machine may have been up for weeks."""
    pace = Pace()
    pace.pass_time(1_000_000.0)
    assert pace.rate == SHARD_BYTES_PER_SECOND
    assert not pace.spend(1_000_000)


def test_there_is_no_limit_until_a_throttle():
    """A stream that takes everything is not held back."""
    pace = released()
    pace.learn(1.0, accepted=10_000_000, throttled=0)
    assert pace.rate is None
    assert pace.spend(10**9)
    assert pace.due() == float("-inf")


def test_a_throttle_sets_the_pace_to_what_was_accepted_lately():
    """A tenth more than the last second took."""
    pace = released()
    pace.learn(0.0, accepted=9_000_000, throttled=0)
    pace.learn(2.0, accepted=1_000_000, throttled=0)
    pace.learn(2.5, accepted=1_000_000, throttled=100_000)
    assert pace.rate == pytest.approx(2_200_000)


def test_the_pace_is_cut_to_half_at_the_most_and_never_below_the_floor():
    """A burst of throttles with nothing accepted does not stop the stream."""
    pace = released()
    pace.learn(0.0, accepted=2_000_000, throttled=1)
    assert pace.rate == pytest.approx(2_200_000)
    pace.learn(5.0, accepted=0, throttled=1)
    assert pace.rate == pytest.approx(1_100_000)
    for second in range(6, 40):
        pace.learn(float(second), accepted=0, throttled=1)
    assert pace.rate == FLOOR


def test_credit_is_earned_by_time_and_spent_by_bytes():
    """An entry may run into debt; then nothing goes until it is paid."""
    pace = released()
    pace.learn(0.0, accepted=1_000_000, throttled=1)
    assert pace.due() == pytest.approx(0.05)
    pace.pass_time(0.1)
    assert not pace.spend(1_000_000)
    assert pace.due() > 0.8


def test_an_idle_stream_is_free_again():
    """Five seconds without using the credit and without a throttle, and there is no limit."""
    pace = released()
    pace.learn(0.0, accepted=1_000_000, throttled=1)
    for second in range(1, 8):
        pace.pass_time(float(second))
    assert pace.rate is None


def test_the_rate_rises_while_the_credit_is_used_up():
    """Slowly at first, faster with each quiet second."""
    pace = released()
    pace.learn(0.0, accepted=1_000_000, throttled=1)
    rates = []
    for tenth in range(1, 60):
        pace.pass_time(tenth / 10)
        pace.spend(10**6)
        rates.append(pace.rate or 0.0)
    assert rates[8] / 1_100_000 < 1.06
    assert rates[-1] / rates[-11] > 1.4


@pytest.mark.parametrize(("shards", "total"), [(2, 60_000_000), (4, 120_000_000)])
def test_a_throttled_stream_is_filled(shards, total):
    """In a simulation 95 % of the capacity is used, with fewer than 4 in 10 entries thrown back."""
    used, wasted = simulate(shards, total, size=100_000)
    assert used > 0.95
    assert wasted < 0.4


def simulate(shards, total, size):
    """One sender with a round trip of 10 ms, shards chosen at random, buckets of one second."""
    dice, pace = random.Random(7), released()
    bucket, filled = [float(SHARD_BYTES_PER_SECOND)] * shards, [0.0] * shards
    ready = [(0.0, number) for number in range(total // size)]
    now, sent, left = 0.0, 0, len(ready)
    while left:
        now = max(now, ready[0][0], pace.due())
        pace.pass_time(now)
        batch = []
        while ready and ready[0][0] <= now and len(batch) < 50:
            batch.append(heapq.heappop(ready)[1])
            if not pace.spend(size):
                break
        now += 0.01
        accepted = 0
        for number in batch:
            shard = dice.randrange(shards)
            earned = SHARD_BYTES_PER_SECOND * (now - filled[shard])
            bucket[shard] = min(SHARD_BYTES_PER_SECOND, bucket[shard] + earned)
            filled[shard] = now
            if bucket[shard] >= size:
                bucket[shard] -= size
                accepted += 1
            else:
                heapq.heappush(ready, (now + 0.1 * dice.uniform(0.5, 1.5), number))
        sent += len(batch)
        left -= accepted
        pace.learn(now, accepted=accepted * size, throttled=(len(batch) - accepted) * size)
    return total / now / (shards * SHARD_BYTES_PER_SECOND), 1 - total / size / sent
