"""Sequence numbers: their look and their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.testing.sequence import SequenceNumbers, following

_shards = st.lists(st.integers(min_value=0, max_value=10**6), min_size=2, max_size=50)
_created = st.integers(min_value=0, max_value=10**14 - 1)


@given(_created, _shards)
def test_numbers_look_like_the_service(created: int, shards: list[int]) -> None:
    """A sequence number has 56 decimal digits and begins with 49."""
    numbers = SequenceNumbers(created=created)
    for shard in shards:
        number = numbers.next(shard)
        assert len(number) == 56
        assert number.isdigit()
        assert number.startswith("49")


@given(_created, _shards)
def test_numbers_increase_over_all_shards(created: int, shards: list[int]) -> None:
    """Each number is greater than all before it, as an integer and as text, whatever its shard."""
    numbers = SequenceNumbers(created=created)
    given_out = [numbers.next(shard) for shard in shards]
    assert sorted(map(int, given_out)) == list(map(int, given_out))
    assert sorted(set(given_out)) == given_out


@given(_created, _shards, _shards)
def test_a_recreated_stream_goes_on_upwards(
    created: int, before: list[int], after: list[int]
) -> None:
    """The numbers of a stream created later are greater than those of an earlier namesake."""
    old, new = SequenceNumbers(created=created), SequenceNumbers(created=created + 1)
    assert max(map(int, map(old.next, before))) < min(map(int, map(new.next, after)))


@given(_shards)
def test_upcoming_lies_between_past_and_future(shards: list[int]) -> None:
    """Upcoming is greater than every number given out and at most the next one."""
    numbers = SequenceNumbers(created=1)
    last = [numbers.next(shard) for shard in shards][-1]
    upcoming = numbers.upcoming()
    assert last < upcoming <= numbers.next(0)


@given(_shards)
def test_reached_lies_between_past_and_future(shards: list[int]) -> None:
    """Reached is at least every number given out, and what follows it at most the next one."""
    numbers = SequenceNumbers(created=1)
    last = [numbers.next(shard) for shard in shards][-1]
    reached = numbers.reached(shards[-1])
    assert last <= reached
    assert numbers.gave(reached, shard_index=shards[-1])
    assert following(numbers.reached(10**12 - 2)) <= numbers.next(0)


@given(_shards)
def test_following_is_the_next_integer(shards: list[int]) -> None:
    """The number that follows is one more, of the same length."""
    number = SequenceNumbers(created=5).next(shards[0])
    assert int(following(number)) == int(number) + 1
    assert len(following(number)) == 56


def test_a_number_is_recognised() -> None:
    """A number is taken back for its own shard, not for another."""
    numbers = SequenceNumbers(created=1_700_000_000_000)
    number = numbers.next(3)
    assert numbers.gave(number, shard_index=3)
    assert not numbers.gave(number, shard_index=2)


def test_a_foreign_number_is_not_recognised() -> None:
    """Numbers of another stream, of the future or of another form were not given out."""
    numbers = SequenceNumbers(created=1_700_000_000_000)
    numbers.next(0)
    assert not numbers.gave(SequenceNumbers(created=1).next(0), shard_index=0)
    assert not numbers.gave(numbers.upcoming(), shard_index=0)
    assert not numbers.gave("0", shard_index=0)
