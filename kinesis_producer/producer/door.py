"""What a record has to be like to be let in. Everything refused here was not accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import InvalidRecord, InvalidRecordType, RecordTooLarge
from kinesis_producer.limits import (
    AGGREGATE_OVERHEAD,
    KEYS_OVERHEAD,
    MAX_HASH_KEY,
    MAX_PARTITION_KEY_LENGTH,
    RANDOM_KEY_SIZE,
    RECORD_OVERHEAD,
)
from kinesis_producer.producer.callers import Parcel
from kinesis_producer.records import NO_KEYS, Keys

if TYPE_CHECKING:
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.formats import Format
    from kinesis_producer.producer.serializers import Serializer

#: Decimal digits; more than these are leading zeros, or more than 128 bits.
_HASH_KEY: Final = re.compile(r"0*([0-9]{1,39})", re.ASCII)


class Door:
    """Checks a record and its keys, and makes a parcel of them.

    Args:
        config: sizes.
        form: how records lie in an aggregate.
        serializer: makes bytes of what is not bytes-like.
    """

    def __init__(self, config: ProducerConfig, form: Format, serializer: Serializer | None) -> None:
        self._told = config.max_record_size is not None
        self._record_limit = config.record_limit
        self._request_limit = config.max_request_size
        self._memory_limit = config.max_pending_bytes - RECORD_OVERHEAD - AGGREGATE_OVERHEAD
        self._form = form
        self._strict = config.delimiter_in_record == "error"
        self._serializer = serializer

    def allow(self, record_limit: int) -> None:
        """Let in what the stream allows, unless told otherwise; no more than a request holds.

        Args:
            record_limit: the stream's own, in bytes of data and partition key.
        """
        if not self._told:
            self._record_limit = min(record_limit, self._request_limit)

    def parcel(
        self, record: object, partition_key: object = None, explicit_hash_key: object = None
    ) -> Parcel:
        """The record as it will be kept.

        Raises:
            InvalidRecordType: not bytes-like, and no serializer makes it so.
            RecordTooLarge: it could never be written, or never be buffered.
            InvalidRecord: a key is not valid, or the record holds the delimiter and may not.
        """
        data = self._data(record)
        keys, key_size = _keys(partition_key, explicit_hash_key)
        self._check_size(data, keys, key_size)
        if self._strict and self._form.breaks(data):
            raise InvalidRecord(
                "the record holds the record_delimiter, and delimiter_in_record is 'error'"
            )
        return Parcel(data, keys, key_size)

    def _check_size(self, data: bytes, keys: Keys, key_size: int) -> None:
        size, wire_key = len(data), key_size or RANDOM_KEY_SIZE
        limit = self._record_limit - self._form.lone(data, keys, wire_key)
        if size + wire_key > limit:
            raise RecordTooLarge(
                f"the record has {size} bytes, and {wire_key} of partition key;"
                f" both together can be {limit} bytes (max_record_size less framing)"
            )
        most = self._memory_limit - (KEYS_OVERHEAD if keys != NO_KEYS else 0)
        if size + key_size > most:
            raise RecordTooLarge(
                f"the record has {size} bytes and {key_size} of partition key; max_pending_bytes"
                f" allows {most}, so there would never be room"
            )

    def _data(self, record: object) -> bytes:
        data = as_bytes(record)
        if data is not None:
            return data
        if self._serializer is None:
            raise InvalidRecordType(
                f"a record must be bytes-like, not {type(record).__name__};"
                " encode it, or give the producer a serializer"
            )
        data = as_bytes(self._serialize(record))
        if data is None:
            raise InvalidRecordType("the serializer did not return bytes")
        return data

    def _serialize(self, record: object) -> object:
        if self._serializer is None:
            return None
        try:
            return self._serializer(record)
        except (ValueError, TypeError, OverflowError) as error:
            raise InvalidRecord(
                f"the serializer refused a {type(record).__name__}: {type(error).__name__}"
            ) from error


def as_bytes(record: Any) -> bytes | None:
    """The bytes of a bytes-like object, copied where it can change; ``None`` for anything else."""
    if type(record) is bytes:
        return record
    try:
        return memoryview(record).tobytes()
    except TypeError:
        return None


def _keys(partition_key: Any, explicit_hash_key: object) -> tuple[Keys, int]:
    if partition_key is None and explicit_hash_key is None:
        return NO_KEYS, 0
    size = 0 if partition_key is None else _key_size(partition_key)
    hash_key = None if explicit_hash_key is None else _hash_key(explicit_hash_key)
    return Keys(partition_key, hash_key), size


def _key_size(key: object) -> int:
    if not isinstance(key, str):
        raise InvalidRecord(f"a partition key must be text, not {type(key).__name__}")
    try:
        length = len(key) if key.isascii() else len(key.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise InvalidRecord("the partition key cannot be encoded as UTF-8") from None
    if not 1 <= length <= MAX_PARTITION_KEY_LENGTH:
        raise InvalidRecord(
            f"a partition key has 1 to {MAX_PARTITION_KEY_LENGTH} characters, not {length}"
        )
    return len(key) if key.isascii() else len(key.encode())


def _hash_key(given: object) -> str:
    """An explicit hash key as canonical decimal digits."""
    number = given if isinstance(given, int) and not isinstance(given, bool) else None
    if isinstance(given, str) and (match := _HASH_KEY.fullmatch(given)) is not None:
        number = int(match[1])
    if number is None or not 0 <= number <= MAX_HASH_KEY:
        raise InvalidRecord("an explicit hash key is a whole number from 0 to 2**128 - 1")
    return str(number)
