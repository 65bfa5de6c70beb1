"""What is really sent is never more than was counted, nor more than a Kinesis record holds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.compression import GZIP, Gzip
from kinesis_producer.core.entries import entries, lots, size_of
from kinesis_producer.core.formats.compressed import Compressed
from kinesis_producer.core.formats.kpl import KplFormat, constant, spread
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.core.hash_keys import uniform_ranges
from kinesis_producer.limits import MAX_HASH_KEY, RANDOM_KEY_SIZE
from kinesis_producer.records import NO_KEYS, Keys
from tests.core.building import aggregate_rules, backlog
from tests.core.stream import S0, SPLIT, TWO, facts, put, sent

FORMS = {
    "kpl": KplFormat(),
    "kpl constant": KplFormat(constant),
    "kpl spread": KplFormat(spread(10_000)),
    "msgpack": PackedFormat(),
    "msgpack gzip": PackedFormat(Gzip(), GZIP),
    "delimiter": DelimiterFormat(b"\n"),
    "delimiter gzip": Compressed(DelimiterFormat(b"\n"), Gzip()),
    "none": NoFormat(),
    "none, shared": NoFormat(shared=True),
    "none gzip, shared": Compressed(NoFormat(shared=True), Gzip()),
}
RANDOM = "0" * RANDOM_KEY_SIZE
RECORD_LIMIT = 3000

names = st.text(st.sampled_from("aü鍵😀"), min_size=1, max_size=60)
hash_keys = st.sampled_from([0, 7, S0.last, MAX_HASH_KEY]).map(str)
keys = st.one_of(
    st.just(NO_KEYS),
    st.builds(Keys, names, st.none() | hash_keys),
    st.builds(Keys, st.none(), hash_keys),
)
sizes = st.integers(0, 40) | st.sampled_from([0, 127, 128, 500])
records = st.lists(st.tuples(sizes, keys), min_size=1, max_size=40)


def made_of(form, one):
    """As they are sent."""
    key = RANDOM if form.single and form.mixes else one.keys.partition_key or RANDOM
    return entries(form, one, key)


def sizes_of(made):
    """Bytes of data and key of each."""
    return [size_of([each]) for each in made]


def filled(form, rows, size_limit, shards=TWO, **given_rules):
    """A backlog of these records, all of them closed."""
    rules = aggregate_rules(
        form=form,
        size_limit=size_limit,
        record_limit=RECORD_LIMIT,
        count_limit=1 if form.single and not form.mixes else 1000,
    )
    box = backlog(rules, facts=facts(shards), filtered=form.filtered, **given_rules)
    for size, each in rows:
        put(box, b"x" * size, each, 1.0)
    return box


def requests(box):
    """All that is taken until nothing is left to take."""
    now = 2.0
    while box.due() < float("inf"):
        now = max(now, box.due())
        yield from sent(box, now).aggregates


@pytest.mark.parametrize("name", FORMS)
@given(rows=records, size_limit=st.sampled_from([0, 100, 700, RECORD_LIMIT, 50_000]))
def test_what_is_sent_is_no_more_than_was_counted(name, rows, size_limit):
    """With a map: records of a lane together, with keys of their own; those without are steered."""
    form = FORMS[name]
    box = filled(form, rows, size_limit)
    box.flush(CloseReason.FLUSH)
    seen = 0
    for one in requests(box):
        made = made_of(form, one)
        assert len(made) == (len(one.records) if form.single else 1)
        assert sum(sizes_of(made)) <= one.wire_size
        framed = box._rules.aggregates.framed_size(one)
        assert one.wire_size == framed + one.wire_key_size
        if len(one.records) > 1:
            assert framed <= size_limit
            assert one.wire_size <= RECORD_LIMIT
        seen += len(one.records)
    assert seen == len(rows)


@pytest.mark.parametrize("name", ["kpl", "kpl constant", "msgpack"])
@given(rows=records)
@example(rows=[(0, Keys("a", "0")), *[(500, Keys("鍵" * 256, str(S0.last)))] * 9])
def test_a_piece_is_no_larger_than_a_record_may_be(name, rows):
    """Though the key of its first record may be longer than that of the whole."""
    form = FORMS[name]
    box = filled(form, rows, 50_000, ordered=not form.filtered)
    box.learn(facts(SPLIT), 1.0)
    for _ in range(3):
        batch = box.take(2.0)
        for one in batch.aggregates if batch else ():
            made = made_of(form, one)
            assert len(one.records) == 1 or max(sizes_of(made)) <= RECORD_LIMIT
            for lot, each in zip(lots(one), made, strict=True):
                outer = Keys(each.partition_key, each.explicit_hash_key)
                hashed = None if lot.steered is None else str(lot.steered)
                whose = Keys(lot.keys[0] or outer[0], lot.keys[1] or hashed)
                assert SPLIT.predict(outer) == SPLIT.predict(whose)


@pytest.mark.parametrize("name", ["kpl", "kpl constant"])
def test_a_steered_aggregate_is_no_larger_than_was_counted(name):
    """Each record in it is given the hash key of the shard that has room."""
    form = FORMS[name]
    box = filled(form, [(10, NO_KEYS)] * 30, 2000)
    box.flush(CloseReason.FLUSH)
    for one in sent(box, 2.0).aggregates:
        assert any(one.hash_key in span for span in uniform_ranges(2))
        (size,) = sizes_of(made_of(form, one))
        assert len(one.records) > 1
        assert sum(map(len, one.records)) < size <= one.wire_size
