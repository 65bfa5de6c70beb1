"""The node servers that stand in for AWS, each as a context manager that gives its URL.

They bind 127.0.0.1 through ``loopback.js`` and are ended by their process id. Install them with
``npm ci --prefix tests/emulators``; `missing` says whether that was done.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.emulators.starting import await_start, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"

#: Milliseconds that CREATING, UPDATING and DELETING last: short, but long enough to be seen.
STATE_MILLISECONDS: Final = 100

#: Open shards of an account, so that a whole run of tests fits.
SHARD_LIMIT: Final = 1000

_TABLE_CHANGES: Final = ("create", "update", "delete")
_LIST_STREAMS: Final = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "Kinesis_20131202.ListStreams",
}
_LIST_TABLES: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
}
_SIGNATURE: Final = {
    "X-Amz-Date": "20261121T000000Z",
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=local/20261121/us-east-1/local/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=local"
    ),
}


def missing() -> str | None:
    """Why the servers cannot be started; None if they can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not MODULES.is_dir():
        return "the servers are not installed: npm ci --prefix tests/emulators"
    return None


@contextmanager
def kinesis_local() -> Iterator[str]:
    """kinesis-local (kinesis-mock compiled to JavaScript). It ends on nothing but SIGKILL."""
    port, tls_port = free_ports(2)
    changes = ("CREATE_STREAM", "DELETE_STREAM", "SPLIT_SHARD", "MERGE_SHARDS")
    durations = (*changes, "UPDATE_SHARD_COUNT", "UPDATE_STREAM_MODE")
    environment = {f"{name}_DURATION": f"{STATE_MILLISECONDS}ms" for name in durations} | {
        "KINESIS_MOCK_CERT_PATH": str(MODULES / "kinesis-local" / "server.json"),
        "KINESIS_MOCK_PLAIN_PORT": str(port),
        "KINESIS_MOCK_TLS_PORT": str(tls_port),
        "SHARD_LIMIT": str(SHARD_LIMIT),
        "LOG_LEVEL": "ERROR",
    }
    with _running("kinesis-local/main.js", port=port, environment=environment) as url:
        yield url


@contextmanager
def kinesalite() -> Iterator[str]:
    """Kinesalite, which keeps everything in memory unless it is told a path."""
    (port,) = free_ports(1)
    states = ("--createStreamMs", "--deleteStreamMs", "--updateStreamMs")
    arguments = [word for state in states for word in (state, str(STATE_MILLISECONDS))]
    arguments += ["--port", str(port), "--shardLimit", str(SHARD_LIMIT)]
    with _running("kinesalite/cli.js", *arguments, port=port, environment={}) as url:
        yield url


@contextmanager
def dynalite() -> Iterator[str]:
    """Dynalite, a DynamoDB in memory."""
    (port,) = free_ports(1)
    arguments = [f"--{change}TableMs={STATE_MILLISECONDS}" for change in _TABLE_CHANGES]
    arguments += ["--port", str(port)]
    script = "dynalite/cli.js"
    with _running(script, *arguments, port=port, environment={}, asked=_LIST_TABLES) as url:
        yield url


@contextmanager
def _running(
    script: str,
    *arguments: str,
    port: int,
    environment: Mapping[str, str],
    asked: Mapping[str, str] = _LIST_STREAMS,
) -> Iterator[str]:
    command = ["node", "--require", str(HERE / "loopback.js"), str(MODULES / script), *arguments]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            await_start(process, script, lambda: _answers(port, asked))
            yield f"http://127.0.0.1:{port}"
        except BaseException as error:
            output.seek(0)
            error.add_note(f"{script} said: {output.read()[-2000:].decode(errors='replace')}")
            raise
        finally:
            process.kill()
            process.wait()


def _answers(port: int, asked: Mapping[str, str]) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/", "{}", {**asked, **_SIGNATURE})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
