"""Servers that load a program, with its producer, and then fork their workers."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.producer.conftest import lines

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis

TIME = 30


def environment(kinesis: LocalKinesis, folder):
    return {
        **{name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        "PYTHONPATH": str(folder),
        "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def stop(process):
    """As an init system would; it has to end by itself."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.communicate(timeout=TIME)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


WEB = """
import os
from kinesis_producer import KinesisProducer

producer = KinesisProducer({"stream_name": "orders", "aws_region": "us-east-1"})
producer.send(b"loaded").result()  # its threads run before the fork

def app(environ, start_response):
    producer.send(environ["PATH_INFO"].encode())
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
"""


def ask(port, path):
    """The answer to one request; the server may still be starting."""
    deadline = time.monotonic() + TIME
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIME)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except OSError:
            assert time.monotonic() < deadline, "gunicorn does not answer"
        finally:
            connection.close()


def test_workers_of_gunicorn_with_preload_deliver(kinesis, tmp_path):
    """The producer of the master was in use before they were forked."""
    if not os.environ.get("CI"):
        pytest.importorskip("gunicorn")
    (tmp_path / "web.py").write_text(WEB)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # a worker that was told to end while it began, which loses the signal, is killed soon
    command = [sys.executable, "-m", "gunicorn", "--preload", "--graceful-timeout", "15"]
    command += ["--workers", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "web:app"]
    process = subprocess.Popen(
        command,
        env=environment(kinesis, tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        for number in range(20):
            ask(port, f"/{number}")
    finally:
        out, err = stop(process)
    expected = [b"loaded", *(b"/%d" % number for number in range(20))]
    assert sorted(lines(kinesis)) == sorted(expected), (out, err)


TASKS = """
from celery import Celery
from kinesis_producer import KinesisProducer

app = Celery("tasks", broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control",
}
producer = KinesisProducer({"stream_name": "orders", "aws_region": "us-east-1"})
producer.send(b"loaded").result()

@app.task
def ship(number):
    producer.send(b"%d" % number).result()
"""

CALLS = """
import warnings
import tasks
for number in range(20):
    tasks.ship.delay(number)
"""


def test_workers_of_celery_deliver(kinesis, tmp_path):
    """Prefork is its default."""
    if not os.environ.get("CI"):
        pytest.importorskip("celery")
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "queue").mkdir()
    (tmp_path / "control").mkdir()
    surroundings = {"env": environment(kinesis, tmp_path), "cwd": tmp_path}
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-P", "prefork", "-c", "2"]
    process = subprocess.Popen(
        command, **surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        subprocess.run([sys.executable, "-c", CALLS], **surroundings, check=True, timeout=TIME)
        arrived = kinesis.wait_for("PutRecords", count=22, timeout=TIME)  # and twice b"loaded"
    finally:
        out, err = stop(process)
    sent = [line for line in lines(kinesis) if line != b"loaded"]
    assert sorted(sent) == sorted(b"%d" % number for number in range(20)), (out, err)
    assert arrived
