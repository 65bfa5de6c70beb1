"""What one shard has brought, and how far it was given out."""

from __future__ import annotations

from kinesis_producer.core.positions import WHOLE, Position
from kinesis_producer.core.reading.reading import Memory
from tests.core.reading.building import kinesis_record, last_page, page, reading, user_records


def brought(*numbers, size=10, **given):
    """A shard with these Kinesis records."""
    one = reading(**given)
    one.bring([kinesis_record(number, size) for number in numbers])
    return one


def unpack(one, many=1):
    """Take the next Kinesis record apart."""
    number = one.unpack().record.sequence_number
    one.fill(user_records(number, many))
    return number


def test_records_come_in_order():
    """Those of one Kinesis record, so many at a time, then those of the next."""
    one = brought(1, 2)
    unpack(one, 3)
    assert [record.sub_sequence_number for record in one.give(2)] == [0, 1]
    assert [record.sub_sequence_number for record in one.give(2)] == [2]
    unpack(one)
    assert [record.sequence_number for record in one.give(9)] == ["2"]


def test_one_record_is_given_as_several_are():
    """Where it is, and that it was given, is known all the same."""
    one = brought(7)
    unpack(one, 3)
    assert one.give_one().sub_sequence_number == 0
    assert one.delivered == one.owed == Position(7, 0)
    assert one.give_one().sub_sequence_number == 1
    assert one.delivered == one.owed == Position(7, 1)
    assert [record.sub_sequence_number for record in one.give(9)] == [2]
    assert not one.has_more


def test_the_rest_of_an_aggregate_is_given_out():
    """What the checkpoint covers is left out."""
    one = brought(7, checkpoint=Position(7, 1))
    unpack(one, 4)
    assert [record.sub_sequence_number for record in one.give(9)] == [2, 3]
    assert one.delivered == Position(7, 3)


def test_an_aggregate_that_was_dealt_with_leaves_nothing():
    """Neither a record nor a byte."""
    one = brought(7, checkpoint=Position(7, 3))
    unpack(one, 4)
    assert not one.has_more
    assert one.buffered == 0
    assert one.delivered is None


def test_a_record_is_not_counted_once_it_was_given():
    """Nobody would read on, were there no room for anything but it."""
    one = brought(1, 2)
    unpack(one)
    one.give(1)
    assert (one.buffered, one.memory.used) == (10, 10)
    assert one.memory.take_freed() == ["s-0"]
    assert one.memory.take_freed() == []


def test_a_record_is_counted_while_any_of_it_is_left():
    """The whole of it."""
    one = brought(1)
    unpack(one, 2)
    one.give(1)
    one.asked_on()
    assert one.buffered == 10
    one.give(1)
    assert one.buffered == 0


def test_what_could_not_be_taken_apart_is_met_again():
    """The caller was interrupted."""
    one = brought(1, 2)
    taken = one.unpack()
    one.pack(taken)
    assert one.buffered == 20
    assert [unpack(one), unpack(one)] == [1, 2]


def test_what_cannot_be_read_is_passed():
    """It counts as given, and needs no room."""
    one = brought(1, 2)
    one.unpack()
    one.passed()
    assert one.delivered == Position(1, WHOLE)
    assert one.buffered == 10
    assert one.is_in_hand


def test_what_was_passed_is_not_met_again():
    """By whoever goes on behind it, be it another worker."""
    one = brought(1, 2, checkpoint=Position(1, WHOLE))
    assert one.buffered == 10
    assert unpack(one) == 2


def test_a_shard_has_not_ended_while_its_last_record_is_taken_apart():
    """That is done without the lock; its lease would be finished, and the record never given."""
    one = brought(1)
    one.reader.answered(last_page(1), asked=10, at=0.0)
    last = one.unpack()
    assert not one.has_ended
    assert not one.is_caught_up
    one.asked_on()
    assert one.buffered == 10
    one.pack(last)
    unpack(one)
    one.give(1)
    assert one.has_ended
    assert one.is_caught_up


def test_it_is_not_caught_up_before_all_was_given():
    """Though the tip was read."""
    one = reading()
    one.bring(one.reader.answered(page(1), asked=10, at=0.0))
    assert not one.is_caught_up
    unpack(one)
    one.give(1)
    assert one.is_caught_up


def test_nothing_is_given_once_the_lease_may_have_run_out():
    """Nor when another worker is to have the shard, nor when there is nothing."""
    one = brought(1, valid_until=5.0)
    assert one.may_give(4.9)
    assert not one.may_give(5.0)
    one.stopping = True
    assert not one.may_give(0.0)
    assert not reading().may_give(0.0)


def test_what_was_given_is_dealt_with_by_a_checkpoint():
    """At or behind it; where nothing was given, there is nothing to deal with."""
    one = brought(1)
    assert one.is_dealt_with(Position(0))
    unpack(one, 2)
    one.give(2)
    assert not one.is_dealt_with(Position(1, 0))
    assert one.is_dealt_with(Position(1, 1))


def test_records_say_how_far_behind_their_page_was():
    """As the service told."""
    one = reading()
    one.bring(one.reader.answered(page(1, millis_behind=700), asked=10, at=0.0))
    assert one.unpack().millis_behind == 700


def test_a_shard_that_is_read_no_more_frees_nothing_of_the_others():
    """Its records are given back elsewhere."""
    one = brought(1)
    one.memory = Memory()
    unpack(one)
    assert one.buffered == 10


def test_what_was_owed_is_owed_after_an_interruption():
    """Not the record that cannot be read: nobody could checkpoint it, and the shard never ended."""
    one = brought(1, 2)
    unpack(one)
    one.give(1)
    one.asked_on()
    one.unpack()
    one.passed()
    one.asked_on()
    assert one.done == Position(2, WHOLE)
    assert one.owed_then == Position(1)
