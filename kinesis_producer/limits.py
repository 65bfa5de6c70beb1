"""The service's limits and this library's own sizes, each with its source.

Service limits are those of the Kinesis API reference and of the service model in botocore 1.44.5,
read in November 2026.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * 1024

#: PutRecords takes 1 to 500 records (API reference, PutRecords).
MAX_RECORDS_PER_REQUEST: Final = 500

#: Bytes of one PutRecords request, partition keys included (API reference; 5 MiB until 2025).
MAX_REQUEST_SIZE: Final = 10 * MIB

#: Data and partition key of one record: a stream's own default (UpdateMaxRecordSize raises it).
DEFAULT_RECORD_SIZE: Final = 1 * MIB

#: Data and partition key of one record: the most that UpdateMaxRecordSize allows.
MAX_RECORD_SIZE: Final = 10 * MIB

#: A partition key has 1 to 256 characters. Servers differ on what a character is; UTF-16 code
#: units are the strictest reading (two of four emulators count so), hence never refused by any.
MAX_PARTITION_KEY_LENGTH: Final = 256

#: Hash keys are 128-bit: an explicit hash key is 0 to this number.
MAX_HASH_KEY: Final = 2**128 - 1

#: What one shard takes in a second: bytes (keys included) and records (developer guide, quotas).
SHARD_BYTES_PER_SECOND: Final = 1 * MIB
SHARD_RECORDS_PER_SECOND: Final = 1000

#: A GetRecords page has up to 10,000 records and 10 MiB (API reference, GetRecords).
MAX_RECORDS_PER_PAGE: Final = 10_000
MAX_PAGE_SIZE: Final = 10 * MIB

#: One shard answers 5 GetRecords a second, and 2 MiB, to all its readers together (API reference).
SHARD_READ_INTERVAL: Final = 0.2
SHARD_READ_PER_SECOND: Final = 2 * MIB

#: One PUT payload unit: provisioned streams are billed per 25 KB of each record (pricing page).
PUT_PAYLOAD_UNIT: Final = 25 * KIB

#: Own: what a pending record is charged against ``max_pending_bytes`` on top of data and key.
#: 100-byte records measured 141 bytes each in a list (33 for the object, 8 for the pointer); 64
#: leaves room for lists that grow by over-allocation.
RECORD_OVERHEAD: Final = 64

#: Own: what an aggregate is charged on top of its records: the objects that keep it. Aggregates of
#: one small record measured 710 to 850 bytes more than it (CPython 3.11).
AGGREGATE_OVERHEAD: Final = 800

#: Own: what the keys of a record are charged beside their bytes, where it shares an aggregate with
#: records that have others: the pair (72, measured), its place in a list (8), and in a set of
#: distinct ones (32 to 80).
KEYS_OVERHEAD: Final = 128

#: Own: the random key of an aggregate without a key is 64 bits in hexadecimal.
RANDOM_KEY_SIZE: Final = 16

#: Own: with more open aggregates than this (one per key), the oldest closes.
MAX_OPEN_AGGREGATES: Final = 10_000

#: The KPL closes an aggregate at two PUT payload units (its source, version 1.0.7).
KPL_SIZE_LIMIT: Final = 2 * PUT_PAYLOAD_UNIT

#: Own: user records in one aggregate, unless told otherwise. A reader's memory is bounded by it:
#: 10 MiB of the smallest records took 350 to 1,100 MB in other libraries (measured). So many empty
#: records fit into the 100,000 bytes of an aggregate that is delimited by one byte.
MAX_RECORDS_PER_AGGREGATE: Final = 100_000

#: Own: bytes that a reader decompresses of one Kinesis record. No producer makes more of one than
#: the largest record there is, and none of this library's does before compression either.
MAX_DECODED_SIZE: Final = MAX_RECORD_SIZE + MIB
