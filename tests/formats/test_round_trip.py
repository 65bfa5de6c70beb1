"""What goes in comes out, in every format and compression, and is no larger than was promised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import deaggregate
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import NO_KEYS, Keys
from tests.formats.making import FORMS, RANDOM, data, keys, numbered

forms = st.sampled_from(sorted(FORMS))


def sent(form, records):
    """As many of the records as share an aggregate, and come back as they are."""
    records = [record for record in records if not form.breaks(record)] or [b""]
    return records[:1] if form.single else records


@given(forms, st.lists(data, min_size=1, max_size=12), keys)
def test_records_come_back_with_their_keys(name, records, given_keys):
    """In order, each with its place; formats without keys give those of the Kinesis record."""
    form, told = FORMS[name]
    records = sent(form, records)
    key = given_keys.partition_key or RANDOM
    outer = form.container(records, given_keys, key)
    found = deaggregate(
        form.encode(records, given_keys, key),
        partition_key=outer.partition_key,
        explicit_hash_key=outer.explicit_hash_key,
        **told,  # type: ignore[arg-type]
    )
    inner = given_keys if name.startswith("msgpack") else Keys(key, given_keys.explicit_hash_key)
    assert found == numbered((one, *inner) for one in records)


@given(forms, st.lists(data, min_size=1, max_size=12), keys)
def test_an_aggregate_is_no_larger_than_was_said(name, records, given_keys):
    """Else the service would refuse what ``send`` has accepted."""
    form, _ = FORMS[name]
    records = sent(form, records)
    key = given_keys.partition_key or RANDOM
    size = sum(len(record) + form.framing for record in records)
    bound = size + form.envelope(given_keys, len(key.encode()), len(records), size)
    lone = len(records[0]) + form.lone(records[0], given_keys, len(key.encode()))
    outer = len((form.container(records, given_keys, key).partition_key or "").encode())
    longer = max(0, outer - len(key.encode()))
    assert len(form.encode(records, given_keys, key)) + longer <= bound
    assert len(form.encode(records[:1], given_keys, key)) <= lone


LONGEST = str(2**128 - 1)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("records", "key", "hash_key"),
    [
        ([b"x" * 130] * 400, "k", LONGEST),
        ([b"x" * 17_000] * 10, "k", None),
        ([b"x" * 300_000] * 3, "k", LONGEST),
        ([bytes(range(256))], "ü" * 128, LONGEST),
        ([b""] * 3000, "k", LONGEST),
    ],
)
def test_nor_is_one_of_unusual_records(name, records, key, hash_key):
    """Many with a hash key, large ones, long keys."""
    form, _ = FORMS[name]
    lot = (records[:1] if form.single else records, Keys(key, hash_key), key)
    size = sum(len(record) + form.framing for record in lot[0])
    longer = len((form.container(*lot).partition_key or "").encode()) - len(key.encode())
    bound = size + form.envelope(lot[1], len(key.encode()), len(lot[0]), size)
    assert len(form.encode(*lot)) + max(0, longer) <= bound


@given(forms, st.lists(data, min_size=1, max_size=12), keys)
def test_the_same_records_make_the_same_bytes(name, records, given_keys):
    """A copy that is sent again is a copy."""
    form, _ = FORMS[name]
    lot = (sent(form, records), given_keys, RANDOM)
    assert form.encode(*lot) == form.encode(*lot)


@given(
    st.lists(data, min_size=2, max_size=12), keys, st.sampled_from(["kpl constant", "kpl spread"])
)
def test_a_container_is_routed_as_its_records_are(records, given_keys, name):
    """By an explicit hash key, whatever its partition key is."""
    form, _ = FORMS[name]
    key = given_keys.partition_key or RANDOM
    outer = form.container(records, given_keys, key)
    assert outer.explicit_hash_key == str(hash_key(key, given_keys.explicit_hash_key))


def test_a_container_has_the_key_that_was_asked_for():
    """The first record's, always the same, or one of some."""
    lot = ([b"a", b"b"], Keys("orders", None), "orders")
    assert FORMS["kpl"][0].container(*lot) == Keys("orders", None)
    assert FORMS["kpl constant"][0].container(*lot).partition_key == "a"
    spread = {
        FORMS["kpl spread"][0].container(lot[0], Keys(key, None), key).partition_key
        for key in map(str, range(1000))
    }
    assert spread == set(map(str, range(16)))


@pytest.mark.parametrize("name", ["kpl", "kpl constant"])
def test_in_kpl_a_record_that_is_alone_goes_as_it_is(name):
    """Under its own key."""
    form, _ = FORMS[name]
    assert form.encode([b"alone"], Keys("k", "5"), "k") == b"alone"
    assert form.container([b"alone"], Keys("k", "5"), "k") == Keys("k", "5")


@pytest.mark.parametrize("inside", ["kpl", "msgpack"])
def test_a_record_that_looks_like_an_aggregate_comes_back_as_it_is(inside):
    """An aggregate of one is made of it, so that no reader takes it apart."""
    form, _ = FORMS["kpl"]
    inner = FORMS[inside][0].encode([b"a", b"b"], NO_KEYS, RANDOM)
    assert len(deaggregate(inner)) == 2
    outer = form.encode([inner], NO_KEYS, RANDOM)
    assert [record.data for record in deaggregate(outer)] == [inner]
    assert len(outer) <= len(inner) + form.lone(inner, NO_KEYS, len(RANDOM))


@pytest.mark.parametrize("name", FORMS)
def test_a_mebibyte_comes_back(name):
    """In one piece, and beside others."""
    form, told = FORMS[name]
    for records in ([b"\x00" * 2**20], [b"x" * 2**20, b"", b"y"]):
        lot = sent(form, records)
        found = deaggregate(form.encode(lot, NO_KEYS, RANDOM), **told)  # type: ignore[arg-type]
        assert [record.data for record in found] == lot
