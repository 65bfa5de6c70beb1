"""A local Kinesis that the command line finds by the environment."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, Any

import boto3
import pytest

from kinesis_producer.cli import main
from kinesis_producer.stores import SQLiteStore, StreamId
from tests.producer.programs import unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kinesis_producer.stores import LeaseTable
    from kinesis_producer.testing import LocalKinesis

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


#: As the command's own entry point, with more or less patience.
BEGIN = """
import sys
from kinesis_producer.cli import feeding, main
feeding.GIVE_UP_AFTER = {}
sys.exit(main())
"""


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch) -> LocalKinesis:
    """With one stream of two shards."""
    local_kinesis.create_stream("orders", shards=2)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", local_kinesis.endpoint_url)
    return local_kinesis


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs a command in this process: exit code, stdout, stderr. The log is then as it was."""
    logger = logging.getLogger("kinesis_producer")
    before = (logger.handlers, logger.level, logger.propagate)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    yield run
    logger.handlers, level, logger.propagate = before
    logger.setLevel(level)


@pytest.fixture
def unused_endpoint() -> str:
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def table(kinesis: LocalKinesis, tmp_path: Path) -> Iterator[LeaseTable]:
    """The lease table of the application ``reports`` on the stream."""
    with client_of(kinesis) as client:
        told = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    created = round(told["StreamCreationTimestamp"].timestamp() * 1000)
    stream = StreamId(arn=told["StreamARN"], name="orders", created=created)
    store = SQLiteStore(tmp_path / "leases")
    yield store.table("reports", stream)
    store.close()


@pytest.fixture
def where(tmp_path: Path) -> list[str]:
    """What names the application, the stream and the store."""
    return ["reports", "orders", "--store", f"sqlite:{tmp_path / 'leases'}"]


@contextmanager
def started(
    kinesis: LocalKinesis,
    *arguments: str,
    command: Sequence[str] | None = None,
    give_up_after: float = 10.0,
) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which does not outlive the block."""
    environment = {**unmeasured(), **CREDENTIALS}
    environment["AWS_ENDPOINT_URL_KINESIS"] = kinesis.endpoint_url
    program = BEGIN.format(give_up_after)
    process = subprocess.Popen(
        command or [sys.executable, "-c", program, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def client_of(kinesis: LocalKinesis, **options: Any) -> AbstractContextManager[Any]:
    """A boto3 client, closed at the end of the block."""
    return closing(boto3.client("kinesis", **{**kinesis.client_options, **options}))


def out_of(process: subprocess.Popen[str]) -> IO[str]:
    """What it prints."""
    assert process.stdout is not None
    return process.stdout
