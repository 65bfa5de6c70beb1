"""The sink's process, and what is asked of it."""

from __future__ import annotations

import http.client
import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import trustme

from benchmarks.sink.building import built

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of the stream, unless told: none of them is the limit.
SHARDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What arrived since the last reset. Times are seconds.

    Attributes:
        records: user records.
        distinct: their different ids.
        id_sum: the sum of their ids.
        strays: user records without an id.
        corrupt: Kinesis records whose data could not be taken apart.
        entries: Kinesis records.
        requests: PutRecords, or PutRecord.
        bytes: of request bodies, as they were on the wire.
        cpu: that the sink itself took.
        times: user records whose time on the way was measured.
        p50: half of them took no longer.
        p99: nor did 99 % of them.
    """

    records: int
    distinct: int
    id_sum: int
    strays: int
    corrupt: int
    entries: int
    requests: int
    bytes: int
    cpu: float
    times: int
    p50: float
    p99: float

    def fault(self, count: int) -> str:
        """What is wrong if each id below ``count`` should be here, once; empty if nothing is."""
        wrong = {
            "missing": count - self.distinct,
            "doubled": self.records - self.strays - self.distinct,
            "without an id": self.strays,
            "in bad aggregates": self.corrupt,
        }
        found = [f"{number:,} {what}" for what, number in wrong.items() if number]
        if not found and self.id_sum != count * (count - 1) // 2:
            found = ["other ids than were sent"]
        return ", ".join(found)


@dataclass(frozen=True, slots=True)
class Sink:
    """A sink that runs.

    Attributes:
        plain: its endpoint.
        tls: its endpoint over TLS.
        authority: the file of the certificate to trust.
    """

    plain: str
    tls: str
    authority: Path

    def reset(self, *, times: bool = False) -> None:
        """Begin to count anew; records begin with their times from now on, or with ids."""
        self.ask("/reset-times" if times else "/reset")

    def delay(self, seconds: float) -> None:
        """Let each answer to a put wait as long."""
        self.ask(f"/delay/{seconds * 1000:.0f}")

    def stats(self) -> Stats:
        """What arrived."""
        return Stats(**self.ask("/stats"))

    def page(self, body: bytes, content_type: str = "application/x-amz-json-1.1") -> None:
        """Answer GetRecords with this body from now on."""
        self.ask("/page", body, content_type)

    def ask(self, path: str, body: bytes = b"", content_type: str = "") -> Any:
        """One of its control requests."""
        connection = http.client.HTTPConnection(self.plain.removeprefix("http://"), timeout=30)
        try:
            connection.request("POST", path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            said = json.load(answer)
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {said}")
        return said


@contextmanager
def sink(shards: int = SHARDS) -> Iterator[Sink]:
    """A sink that ends with the block.

    Raises:
        NotBuilt: it cannot be compiled here.
    """
    program = built()
    with TemporaryDirectory() as folder:
        certificate, key, authority = _certificate(Path(folder))
        command = [program, certificate, key, str(shards)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, text=True) as process:  # type: ignore[call-overload]
            try:
                plain, tls = process.stdout.readline().split()
                yield Sink(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}", authority)
            finally:
                process.stdin.close()  # that is what it ends at, even if we are killed
                process.wait(10)


def _certificate(folder: Path) -> tuple[Path, Path, Path]:
    """A chain, its key, and whom to trust for it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = folder / "certificate.pem", folder / "key.pem", folder / "authority.pem"
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(files[0]), append=number > 0)
    issued.private_key_pem.write_to_path(str(files[1]))
    authority.cert_pem.write_to_path(str(files[2]))
    return files
