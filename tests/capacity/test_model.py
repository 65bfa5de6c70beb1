"""What the simulation is made of: the stream, the rivals, and the figures."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random

import pytest

from benchmarks.capacity import table
from benchmarks.capacity.book import Book, within
from benchmarks.capacity.clock import Clock
from benchmarks.capacity.figures import jain, quantile
from benchmarks.capacity.loads import KEYS, zipf
from benchmarks.capacity.policy import Entry
from benchmarks.capacity.scenarios import SCENARIOS
from benchmarks.capacity.stream import THROTTLED, Bucket, Stream
from kinesis_producer.limits import MAX_HASH_KEY, MIB
from kinesis_producer.records import Accepted


def test_time_goes_from_event_to_event():
    """In order; those of the same time as they were made; none after the end."""
    clock, seen = Clock(), []
    for when, name in ((2.0, "b"), (1.0, "a"), (2.0, "c"), (3.5, "never")):
        clock.at(when, partial(seen.append, name))
    clock.run(3.0)
    assert seen == ["a", "b", "c"]
    assert clock.now == 3.0


def test_a_shard_takes_a_mebibyte_a_second():
    """A second's worth at once, and no more."""
    bucket = Bucket(0.0)
    assert sum(bucket.take(MIB // 4, 0.0) for _ in range(9)) == 4
    assert not bucket.take(MIB // 4, 0.2)
    assert bucket.take(MIB // 4, 0.25)
    assert sum(bucket.take(MIB // 4, 60.0) for _ in range(9)) == 4


def test_a_shard_takes_a_thousand_entries_a_second():
    """However small they are."""
    bucket = Bucket(0.0)
    assert sum(bucket.take(1, 0.0) for _ in range(1500)) == 1000
    assert sum(bucket.take(1, 0.1) for _ in range(1500)) == 100


def test_a_shard_that_is_held_down_takes_its_share():
    """The stream knows what it could have taken."""
    clock = Clock()
    stream = Stream(clock, 2)
    clock.run(10.0)
    stream.hold(0, 0.1)
    clock.run(20.0)
    assert stream.capacity(0.0, 20.0) == pytest.approx(2 * 10 * MIB + 1.1 * 10 * MIB)
    assert stream.capacity(9.0, 11.0) == pytest.approx(2 * MIB + 1.1 * MIB)


def test_an_entry_lands_where_its_hash_key_belongs():
    """Before a split and after."""
    stream, book = Stream(Clock(), 2), Book()
    ends = [Entry(10, 0), Entry(10, MAX_HASH_KEY)]
    assert landed(stream.write(ends, book)) == ["0", "1"]
    stream.split()
    assert landed(stream.write(ends, book)) == ["2", "5"]
    shards = stream.facts().shards
    assert shards is not None
    assert list(shards.ranges) == stream.ids()


def landed(results):
    return [one.shard_id[-1] for one in results]


def test_the_entries_of_a_request_are_judged_one_by_one():
    """In order: a small one may be taken after one that was too large."""
    book = Book()
    results = Stream(Clock(), 1).write([Entry(size, 0) for size in (MIB - 9, 10, 9)], book)
    assert [isinstance(one, Accepted) for one in results] == [True, False, True]
    assert results[1] is THROTTLED
    assert within(book.sent, 0.0, 1.0) == 3
    assert within(book.throttled, 0.0, 1.0) == 1


def test_a_book_counts_what_an_entry_takes_of_the_capacity():
    """A small one takes a thousandth of it."""
    book = Book()
    book.accept(50_000, "s", 0.3)
    book.accept(1, "s", 0.9)
    assert within(book.accepted["s"], 0.0, 1.0) == pytest.approx(50_000 + MIB / 1000)
    assert not within(book.accepted["s"], 1.0, 2.0)


def test_jains_index_is_one_where_all_have_the_same():
    """And the share of those that have anything, where the others have nothing."""
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1)
    assert jain([3.0, 0.0, 0.0, 3.0]) == pytest.approx(0.5)


def test_a_quantile_is_one_of_the_values():
    """The last one at the most."""
    assert [quantile([1.0, 2.0, 3.0, 4.0], share) for share in (0.5, 0.99, 1.0)] == [3.0, 4.0, 4.0]
    assert quantile([], 0.5) == 0


def test_the_keys_of_zipf_come_as_often_as_their_rank_says():
    """The first a tenth of all times, the second half as often."""
    keys = zipf(Random(1))
    counts = [count for _, count in Counter(keys() for _ in range(50_000)).most_common(2)]
    total = sum(1 / rank for rank in range(1, KEYS + 1))
    assert counts == pytest.approx([50_000 / total, 25_000 / total], rel=0.1)


@pytest.mark.parametrize(
    ("policy", "throttled"),
    [
        ("KPL's policy", 1 / 3),  # it sends one and a half times what a shard takes
        ("plain loop", 0.9),
        ("random keys, backoff", 0.3),
    ],
)
def test_the_rivals_fill_the_stream_and_send_much_in_vain(policy, throttled):
    """As they do in the study that the limiter comes from."""
    found = SCENARIOS["one producer"].run(policy, 1, 20)
    assert found["goodput"] >= 0.9
    assert found["throttled"] >= throttled - 0.01


def test_the_ancestor_is_bound_by_its_round_trips():
    """One entry in each request, and four requests at a time."""
    found = SCENARIOS["one producer"].run("kinesis_producer 0.2.1", 1, 20)
    assert 0.5 < found["goodput"] < 0.65
    assert not found["throttled"]


def test_the_table_is_one_of_restructuredtext():
    """All rows stand in the same columns; the mean of all seeds, or the worst."""
    runs = [SCENARIOS["one producer"].run("this producer", seed, 0.5) for seed in range(2)]
    line, heads, _ = table.heading().splitlines()
    rows = [table.row("one producer", "us", runs, pick) for pick in (table.average, table.worst)]
    starts = [place for place, (a, b) in enumerate(zip(" " + line, line, strict=False)) if a < b]
    for text in (heads, *rows):
        assert all(text[place - 1 : place] in {" ", ""} for place in starts[:-1])
    assert table.ending() == line
    low = min(run["goodput"] for run in runs)
    assert f"{low:.1%}".replace("%", " %") in rows[1]
