"""The table of `SqlStore`, in the words of every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import LONGTEXT, VARCHAR

from kinesis_producer.stores.columns import MAX_APPLICATION

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

#: An ARN of a stream has 12 digits and 128 characters of a name at most, and a region.
_MAX_ARN: Final = 255
#: The API's limit of a shard id.
_MAX_SHARD_ID: Final = 128
#: MySQL takes "a" for "A" by default.
_BINARY: Final = "utf8mb4_bin"


def lease_table(name: str) -> Table:
    """A table of leases, of that name; see `kinesis_producer.stores.columns`."""
    return Table(
        name,
        MetaData(),
        Column("application", _key_text(MAX_APPLICATION), primary_key=True),
        Column("stream_arn", _key_text(_MAX_ARN), primary_key=True),
        Column("stream_created", BigInteger, primary_key=True, autoincrement=False),
        Column("shard_id", _key_text(_MAX_SHARD_ID), primary_key=True),
        # text: a sequence number has more digits than most databases compute with, and it shows
        # TRIM_HORIZON for what it is; positions are compared here, not there
        Column("checkpoint", String(160), nullable=False),
        Column("counter", BigInteger, nullable=False),
        Column("owner", _text()),
        Column("switches", Integer, nullable=False),
        Column("parents", _text(), nullable=False),
        Column("children", _text(), nullable=False),
        Column("first_hash_key", String(39)),
        Column("last_hash_key", String(39)),
        Column("since", Double),
        Column("wanted_by", _text()),
    )


def _key_text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(VARCHAR(length, collation=_BINARY), "mysql", "mariadb")


def _text() -> TypeEngine[str]:
    return Text().with_variant(LONGTEXT(collation=_BINARY), "mysql", "mariadb")
