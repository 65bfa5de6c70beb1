"""Where a fuzzer begins, and what it has found: a file for each input, named by its digest."""

from __future__ import annotations

import gzip
from hashlib import sha1
from pathlib import Path
from typing import Final

from kinesis_producer.core.compression import ZSTD, compression_of
from kinesis_producer.core.formats.kpl import DIGEST_SIZE, MAGIC, aggregated
from kinesis_producer.core.formats.packed import HEAD, packed

#: Inputs that once went wrong, by target. They are kept for ever.
FOUND: Final = Path(__file__).parent / "found"

ROWS: Final = (
    [(b"", "k", None)],
    [(b"one", "a", None), (b"two", "ü", "0"), (b"x" * 200, "a", None)],
    [(bytes(20), "k", str(2**128 - 1))] * 3,
)


def seeds(target: str) -> list[bytes]:
    """Inputs that make sense to it."""
    kpl = [aggregated(rows) for rows in ROWS]
    ours = [packed(rows) for rows in ROWS]
    rows = [blob[HEAD.size :] for blob in ours]
    zstd = compression_of(ZSTD)
    return {
        "any": kpl + ours,
        "kpl": [blob[len(MAGIC) : -DIGEST_SIZE] for blob in kpl],
        "msgpack": rows,
        "gzip": list(map(gzip.compress, rows)),
        "zstd": list(map(zstd.compress, rows)),
        "msgpack-gzip": list(map(gzip.compress, rows)),
        "msgpack-zstd": list(map(zstd.compress, rows)),
        "delimiter": [b"\x00\none\ntwo\n", b"\x01||x|||", b""],
    }[target]


def found(target: str) -> list[bytes]:
    """Inputs that once went wrong."""
    return [path.read_bytes() for path in sorted((FOUND / target).glob("*"))]


def keep(folder: Path, inputs: list[bytes]) -> None:
    """Write them where a fuzzer finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    for content in inputs:
        digest = sha1(content, usedforsecurity=False).hexdigest()
        (folder / digest).write_bytes(content)
