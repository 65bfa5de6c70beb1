"""Records with keys of their own in one aggregate: they come back, and it is as small as said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import Deaggregator, deaggregate
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import NO_KEYS, Keys
from tests.formats.making import FORMS, RANDOM, data, hash_keys, numbered, texts

MIXING = sorted(name for name, (form, _) in FORMS.items() if form.mixes)
names = st.sampled_from(MIXING)
some_keys = st.one_of(
    st.builds(Keys, texts, st.none() | hash_keys), st.builds(Keys, st.none(), hash_keys)
)


@st.composite
def lots(draw):
    """Records with keys, of which some have the same."""
    distinct = draw(st.lists(some_keys, min_size=1, max_size=6))
    return draw(
        st.lists(st.tuples(data, st.sampled_from(distinct)), min_size=2, max_size=12).map(
            lambda rows: ([row[0] for row in rows], [row[1] for row in rows])
        )
    )


def inner(name, keys):
    """As a reader gets them: in kpl what has no partition key has that of its aggregate."""
    return keys if name.startswith("msgpack") else Keys(keys.partition_key or RANDOM, keys[1])


def test_formats_that_keep_keys_mix_them():
    """The others have records with equal keys in an aggregate."""
    assert {name.split()[0] for name in MIXING} == {"kpl", "msgpack"}


@given(names, lots())
def test_records_come_back_with_keys_of_their_own(name, lot):
    """In order, each with its place, and without being told of the format."""
    form, _ = FORMS[name]
    records, pairs = lot
    expected = numbered((one, *inner(name, keys)) for one, keys in zip(records, pairs, strict=True))
    blob = form.encode_mixed(records, pairs, RANDOM)
    assert deaggregate(blob) == expected
    assert Deaggregator().read(blob, partition_key="other") == expected


@given(names, st.lists(data, min_size=2, max_size=12), some_keys)
def test_records_whose_keys_are_equal_after_all_make_the_same_bytes(name, records, keys):
    """As if nothing had been noted of each."""
    form, _ = FORMS[name]
    key = keys.partition_key or RANDOM
    mixed = form.encode_mixed(records, [keys] * len(records), key)
    assert mixed == form.encode(records, keys, key)


def bound(form, records, pairs):
    """Bytes of the data, as the accumulator counts them; and of the key it is sent under."""
    first = len((pairs[0].partition_key or RANDOM).encode())
    size, seen = 0, set()
    for record, keys in zip(records, pairs, strict=True):
        key_size = len((keys.partition_key or "").encode())
        own = form.own_keys(keys, key_size, new=keys not in seen)
        seen.add(keys)
        size += len(record) + form.framing + own
    return size + form.envelope(pairs[0], first, len(records), size) + first


def sent_size(form, records, pairs):
    """Bytes that are in fact sent: data and the partition key of the container."""
    key = pairs[0].partition_key or RANDOM
    outer = form.container(records, pairs[0], key).partition_key
    return len(form.encode_mixed(records, pairs, key)) + len(outer.encode())


@given(names, lots())
def test_it_is_no_larger_than_was_said(name, lot):
    """Rows of keys, indexes, and longer lengths are counted."""
    form, _ = FORMS[name]
    assert sent_size(form, *lot) <= bound(form, *lot)


@pytest.mark.parametrize("name", MIXING)
@pytest.mark.parametrize(("size", "count"), [(0, 40_000), (60, 20_000), (130, 200), (20_000, 40)])
@pytest.mark.parametrize("hashed", [False, True])
def test_nor_is_one_of_many_keys(name, size, count, hashed):
    """Indexes of several bytes; each record has a row of its own."""
    form, _ = FORMS[name]
    longest = 2**128 - 1
    pairs = [Keys(str(n), str(longest - n) if hashed else None) for n in range(count)]
    records = [b"x" * size] * count
    assert sent_size(form, records, pairs) <= bound(form, records, pairs)


@pytest.mark.parametrize("name", ["kpl constant", "kpl spread"])
def test_a_container_is_routed_as_its_first_record_is(name):
    """All of them belong to the same shard."""
    form, _ = FORMS[name]
    outer = form.container([b"a", b"b"], Keys("orders", None), "orders")
    assert outer.explicit_hash_key == str(hash_key("orders"))


@pytest.mark.parametrize("name", ["delimiter", "delimiter gzip", "none", "none gzip"])
def test_a_format_knows_what_it_would_break_also_where_it_is_compressed(name):
    """A record that holds the delimiter is two to a reader."""
    form, _ = FORMS[name]
    assert form.breaks(b"a\nb") is name.startswith("delimiter")
    assert not form.breaks(b"ab")
    records = [b"ab", b"a\nb\n"][: 1 if form.single else 2]
    expected = 2 if name.startswith("delimiter") else 0
    assert form.count_broken(form.encode(records, NO_KEYS, "k"), records) == expected


@pytest.mark.parametrize("name", sorted(set(FORMS) - set(MIXING)))
def test_where_keys_are_not_kept_they_take_no_room(name):
    """And records go as if they had those of the first."""
    form, _ = FORMS[name]
    pairs = [Keys("a", None), Keys("b", None)]
    records = [b"x", b"y"]
    assert form.own_keys(pairs[0], 1, new=True) == 0
    assert form.encode_mixed(records, pairs, RANDOM) == form.encode(records, pairs[0], RANDOM)
