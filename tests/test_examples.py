"""The programs in examples/, and the code in README.rst and docs/, do what they say."""

from __future__ import annotations

import ast
import base64
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import kinesis_producer
from kinesis_producer import ConfigError, KinesisProducer, ProducerConfig, testing
from kinesis_producer.testing import faults
from tests.producer.programs import unmeasured
from tests.testing.test_docs import MARK, _indented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing import LocalKinesis

ROOT = Path(__file__).parents[1]
STREAM = "orders"
LINES = [b"line %d" % number for number in range(1000)]
DENIED = faults.error("AccessDeniedException", "not for you")

#: docs/testing.rst has tests of its own, in tests/testing.
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]
PAGES.remove(ROOT / "docs" / "testing.rst")


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch) -> LocalKinesis:
    """A local Kinesis with a stream of two shards, found by the environment."""
    local_kinesis.create_stream(STREAM, shards=2)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", local_kinesis.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return local_kinesis


def run(name: str, *arguments: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
    """The exit code of an example, and what it said, within a minute."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def arrived(kinesis: LocalKinesis) -> list[bytes]:
    """The user records in the stream."""
    data = b"".join(record.data for record in kinesis.ledger(STREAM))
    return data.split(b"\n")[:-1]


def as_input(records: list[bytes]) -> bytes:
    return b"".join(record + b"\n" for record in records)


def test_plain_sends_the_lines_of_a_file(kinesis, tmp_path):
    """Each once, and it says how many."""
    file = tmp_path / "lines"
    file.write_bytes(as_input(LINES))
    assert run("plain.py", STREAM, file) == (0, "1000 records delivered\n", "")
    assert sorted(arrived(kinesis)) == sorted(LINES)


def test_plain_fails_where_a_record_is_not_delivered(kinesis, tmp_path):
    """The exit code is 1, and the cause is on stderr."""
    kinesis.faults.always("PutRecords", DENIED)
    file = tmp_path / "lines"
    file.write_bytes(b"line\n")
    code, out, err = run("plain.py", STREAM, file)
    assert (code, out) == (1, "")
    assert "1 of 1 records were not delivered" in err
    assert "1 records: not written after 1 attempt(s): AccessDeniedException: not for you" in err


def test_dead_letters_are_kept_and_sent_again(kinesis, tmp_path):
    """What the first run cannot deliver is in the file, and the second run delivers it."""
    kinesis.faults.always("PutRecords", DENIED)
    kept, still = tmp_path / "kept", tmp_path / "still"
    code, _, err = run("dead_letter.py", STREAM, kept, stdin=as_input(LINES))
    assert code == 1
    assert f"1000 records kept in {kept}" in err
    letters = [json.loads(line) for line in kept.read_text().splitlines()]
    assert sorted(base64.b64decode(letter["data"]) for letter in letters) == sorted(LINES)
    assert all("AccessDeniedException" in letter["reason"] for letter in letters)
    assert arrived(kinesis) == []

    kinesis.faults.clear()
    assert run("dead_letter.py", STREAM, still, "--again", kept) == (0, "", "")
    assert sorted(arrived(kinesis)) == sorted(LINES)
    assert still.read_text() == ""


def test_a_dead_letter_keeps_its_keys(kinesis, tmp_path):
    """Sent again, it goes to the same shard."""
    letter = {
        "data": base64.b64encode(b"x").decode(),
        "partition_key": "customer-7",
        "explicit_hash_key": "5",
        "reason": "",
    }
    kept = tmp_path / "kept"
    kept.write_text(json.dumps(letter) + "\n")
    assert run("dead_letter.py", STREAM, tmp_path / "still", "--again", kept)[0] == 0
    (record,) = kinesis.ledger(STREAM)
    assert (record.data, record.partition_key, record.explicit_hash_key) == (
        b"x\n",
        "customer-7",
        "5",
    )


def test_a_line_that_is_refused_is_a_dead_letter(kinesis, tmp_path):
    """It was never accepted, and so is never reported; the example keeps it all the same."""
    huge = b"x" * 1_100_000
    kept = tmp_path / "kept"
    assert run("dead_letter.py", STREAM, kept, stdin=as_input([b"first", huge]))[0] == 1
    (letter,) = map(json.loads, kept.read_text().splitlines())
    assert base64.b64decode(letter["data"]) == huge
    assert arrived(kinesis) == [b"first"]


def test_keys_sends_objects_with_equal_keys_to_one_shard_in_order(kinesis):
    """As JSON, under the value of the field."""
    orders = [{"customer": number % 7, "order": number} for number in range(500)]
    source = "".join(json.dumps(order) + "\n" for order in orders)
    code, out, err = run("keys.py", STREAM, "customer", stdin=source.encode())
    assert (code, out, err) == (0, "500 records delivered\n", "")
    for customer in range(7):
        here = [one for one in kinesis.ledger(STREAM) if one.partition_key == str(customer)]
        assert len({one.shard_id for one in here}) == 1
        found = [json.loads(line) for one in here for line in one.data.splitlines()]
        assert found == [order for order in orders if order["customer"] == customer]


def test_the_example_of_a_test_passes(tmp_path):
    """With the fixture that the package brings, and in a project that has nothing else."""
    shutil.copy(ROOT / "examples" / "testing_a_job.py", tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-p", "kinesis_producer.testing.pytest_plugin"),
            *("-W", "error", "testing_a_job.py"),
        ],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_consume_prints_what_is_there_and_what_comes(kinesis):
    """Each record once, until Ctrl-C."""
    with KinesisProducer({"stream_name": STREAM}) as producer:
        producer.send_many(LINES[:500])
    example = [sys.executable, str(ROOT / "examples" / "consume.py"), STREAM]
    with subprocess.Popen(
        example, env=unmeasured(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        printed = [program.stdout.readline() for _ in range(500)]
        with KinesisProducer({"stream_name": STREAM}) as producer:
            producer.send_many(LINES[500:])
        printed += [program.stdout.readline() for _ in range(500)]
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=30)
    assert sorted(printed) == sorted(line + b"\n" for line in LINES)
    assert rest == b""


def test_every_example_is_tested():
    """A new one needs a test, here or in tests/examples."""
    tests = [Path(__file__), *(ROOT / "tests" / "examples").glob("test_*.py")]
    tested = "".join(test.read_text(encoding="utf-8") for test in tests)
    for example in (ROOT / "examples").glob("*.py"):
        assert f'"{example.name}"' in tested


def blocks() -> Iterator[tuple[str, str]]:
    """Each code block of each page: a name for it, and its source."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        # Some blocks stand in a list; two spaces less make them look like the others.
        text = re.sub(r"(?m)^  (?=\.\. code-block)", "", text)
        for number, block in enumerate(text.split(MARK)[1:]):
            yield f"{page.stem}-{number}", textwrap.dedent(_indented(block))


PROGRAMS = {name: source for name, source in blocks() if "def test_" not in source}
TESTS = {name: source for name, source in blocks() if "def test_" in source}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_code_on_a_page_runs(kinesis, tmp_path, name):
    """As a program of its own, with ``records`` to send; what it sends arrives."""
    source = PROGRAMS[name]
    many = "send_many(records)" in source or "in records:" in source
    program = tmp_path / "program.py"
    program.write_text(f"records = {LINES!r}\n\n{source}" if many else source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if many:
        assert sorted(arrived(kinesis)) == sorted(LINES)
    elif "producer.send" in source:
        assert arrived(kinesis)


@pytest.mark.parametrize("name", TESTS)
def test_the_test_on_a_page_passes(local_kinesis, monkeypatch, name):
    """With the fixtures it asks for."""
    names: dict[str, object] = {}
    exec(compile(TESTS[name], name, "exec"), names)  # noqa: S102 -- our own page
    tests = [one for called, one in names.items() if called.startswith("test_")]
    assert tests
    for test in tests:
        assert inspect.isfunction(test)
        test(local_kinesis, monkeypatch)


def keys_of_the_page() -> dict[str, tuple[str, list[str]]]:
    """What docs/configuration.rst says of each key: its default, and values that are refused."""
    page = (ROOT / "docs" / "configuration.rst").read_text(encoding="utf-8")
    entry = re.compile(
        r"^``(?P<key>\w+)``\n(?:    .*\n|\n)+?"
        r"    :Default: ``(?P<default>.+?)``\n    :Refused: (?P<refused>.+)\n",
        re.MULTILINE,
    )
    return {
        found["key"]: (found["default"], re.findall(r"``(.+?)``", found["refused"]))
        for found in entry.finditer(page)
    }


def test_every_key_of_the_configuration_is_documented():
    """With its default."""
    defaults = {field.name: repr(field.default) for field in fields(ProducerConfig)}
    documented = {key: repr(ast.literal_eval(one)) for key, (one, _) in keys_of_the_page().items()}
    assert documented == defaults


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, (_, refused) in keys_of_the_page().items() for value in refused],
)
def test_what_is_documented_as_refused_is_refused(key, value):
    """By the name of the key."""
    with pytest.raises(ConfigError, match=f"^{key}: "):
        ProducerConfig.of({"stream_name": STREAM, key: ast.literal_eval(value)})


def test_every_public_name_is_documented():
    """In docs/api.rst."""
    page = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\.\. auto\w+:: (?:[\w.]+\.)?(\w+)", page, re.MULTILINE))
    assert set(kinesis_producer.__all__) <= documented
    assert set(testing.__all__) <= documented
    functions = {name for name in faults.__all__ if not name.startswith("_")}
    assert functions <= documented
