"""Token buckets, on time that is an argument."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.limits import MIB
from kinesis_producer.testing.throttle import ReadLimit, TokenBucket, WriteLimit


def test_a_bucket_begins_full() -> None:
    """A new bucket holds its depth and not more."""
    bucket = TokenBucket(rate=10, depth=30, now=5.0)
    assert bucket.holds(30, now=5.0)
    assert not bucket.holds(31, now=5.0)


def test_a_bucket_fills_at_its_rate() -> None:
    """An emptied bucket has gained rate times seconds."""
    bucket = TokenBucket(rate=10, depth=30, now=0.0)
    bucket.take(30)
    assert bucket.level(2.5) == 25


def test_a_bucket_never_overflows() -> None:
    """However long it waits, a bucket holds no more than its depth."""
    bucket = TokenBucket(rate=10, depth=30, now=0.0)
    assert bucket.level(1e9) == 30


def test_a_clock_that_goes_back_changes_nothing() -> None:
    """A time before the last seen neither fills nor empties the bucket."""
    bucket = TokenBucket(rate=10, depth=30, now=100.0)
    bucket.take(10)
    assert bucket.level(50.0) == 20
    assert bucket.level(100.0) == 20


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 40)), max_size=100))
def test_a_bucket_never_gives_more_than_rate_and_depth(steps: list[tuple[float, int]]) -> None:
    """In any run, what was taken is at most the depth plus the rate times the seconds."""
    bucket, now, taken = TokenBucket(rate=10, depth=30, now=0.0), 0.0, 0
    for wait, amount in steps:
        now += wait
        if bucket.holds(amount, now=now):
            bucket.take(amount)
            taken += amount
        assert taken <= 30 + 10 * now + 1e-3


def test_a_shard_takes_a_mebibyte_a_second() -> None:
    """A full shard takes 1 MiB at once and then nothing until time has passed."""
    limit = WriteLimit(largest_record=MIB, now=0.0)
    assert limit.admit(MIB, now=0.0)
    assert not limit.admit(1024, now=0.0)
    assert limit.admit(MIB // 2, now=0.5)


def test_a_shard_takes_a_thousand_records_a_second() -> None:
    """A full shard takes 1,000 small records at once, and one more each millisecond."""
    limit = WriteLimit(largest_record=MIB, now=0.0)
    assert all(limit.admit(1, now=0.0) for _ in range(1000))
    assert not limit.admit(1, now=0.0)
    assert limit.admit(1, now=0.001)


def test_a_refused_record_takes_nothing() -> None:
    """A record that does not fit leaves room for a smaller one."""
    limit = WriteLimit(largest_record=MIB, now=0.0)
    assert limit.admit(MIB - 10, now=0.0)
    assert not limit.admit(11, now=0.0)
    assert limit.admit(10, now=0.0)


def test_a_shard_of_large_records_is_deeper() -> None:
    """Where the stream allows 4 MiB, a full shard takes one such record."""
    limit = WriteLimit(largest_record=4 * MIB, now=0.0)
    assert limit.admit(4 * MIB, now=0.0)
    assert not limit.admit(MIB, now=0.5)
    assert limit.admit(MIB, now=1.0)


def test_a_deepened_shard_fills_at_the_usual_rate() -> None:
    """What a new record size limit adds to the depth is filled at 1 MiB a second."""
    limit = WriteLimit(largest_record=MIB, now=0.0)
    limit.deepen(3 * MIB)
    assert not limit.admit(3 * MIB, now=1.0)
    assert limit.admit(3 * MIB, now=2.0)


def test_a_flattened_shard_loses_what_is_over() -> None:
    """After the record size limit sinks, the bucket holds at most the new depth."""
    limit = WriteLimit(largest_record=4 * MIB, now=0.0)
    limit.deepen(MIB)
    assert not limit.admit(2 * MIB, now=0.0)
    assert limit.admit(MIB, now=0.0)
    assert not limit.admit(MIB, now=0.5)


def test_a_shard_answers_five_reads_a_second() -> None:
    """Five reads are admitted at once, the sixth after a fifth of a second."""
    limit = ReadLimit(now=0.0)
    assert [limit.admit(now=0.0) for _ in range(6)] == [True] * 5 + [False]
    assert limit.admit(now=0.2)


def test_bytes_that_were_read_block_the_next_reads() -> None:
    """After 10 MiB a shard refuses reads for five seconds."""
    limit = ReadLimit(now=0.0)
    assert limit.admit(now=0.0)
    limit.charge(10 * MIB, now=0.0)
    assert not limit.admit(now=4.9)
    assert limit.admit(now=5.0)
