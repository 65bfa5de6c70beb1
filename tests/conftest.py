"""For all tests."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import boto3.session
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis

STREAM = "orders"

# a busy machine makes an example slow, and nothing here is meant to be timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# what a shell starts in the background ignores Ctrl-C, and so would all programs that tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis) -> LocalKinesis:
    """A local Kinesis with one stream of two shards."""
    local_kinesis.create_stream(STREAM, shards=2)
    return local_kinesis


@pytest.fixture(scope="session")
def session() -> Any:
    """A session with made-up credentials; making one takes a while."""
    return boto3.session.Session("local", "local", region_name="us-east-1")
