"""The configuration: its keys, their defaults, and what is wrong with one."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import ConfigError, ProducerConfig
from kinesis_producer.limits import MIB


def test_only_a_stream_is_required():
    """The defaults are those that are documented."""
    config = ProducerConfig.of({"stream_name": "s"})
    assert (config.aggregate_size, config.buffer_time_limit) == (100_000, 0.2)
    assert (config.kinesis_concurrency, config.kinesis_max_retries) == (4, None)
    assert (config.record_delimiter, config.delimiter) == (b"\n", b"\n")
    assert (config.delivery_timeout, config.request_timeout, config.max_block) == (300, 10, None)
    assert (config.max_pending_bytes, config.when_full) == (64 * MIB, "block")
    assert (config.aggregation, config.max_records_per_aggregate) == ("delimiter", None)
    assert (config.compression, config.container_key) == (None, "first")
    assert (config.record_limit, config.max_request_size) == (MIB, 5 * MIB)
    assert (config.delimiter_in_record, config.exit_timeout) == ("allow", 10)
    assert config.longest_wait == 310


def test_the_ancestors_keys_are_known():
    """The seven keys, the delimiter as text."""
    config = ProducerConfig.of(
        {
            "aws_region": "us-east-1",
            "buffer_size_limit": 100000,
            "buffer_time_limit": 0.2,
            "kinesis_concurrency": 1,
            "kinesis_max_retries": 10,
            "record_delimiter": "\n",
            "stream_name": "STREAM_NAME",
        }
    )
    assert config.delimiter == b"\n"


def test_a_config_is_taken_as_it_is():
    """A ProducerConfig needs no conversion."""
    config = ProducerConfig(stream_name="s")
    assert ProducerConfig.of(config) is config


def test_all_faults_are_told_at_once():
    """One exception names every key that is wrong."""
    with pytest.raises(ConfigError) as caught:
        ProducerConfig.of(
            {"buffer_size_limit": -1, "kinesis_concurrency": "4", "strem_name": "s", "zzz": 1}
        )
    message = str(caught.value)
    assert "buffer_size_limit: must be at least 0, not -1" in message
    assert "kinesis_concurrency: must be a whole number" in message
    assert "'strem_name' is not a key of the configuration; did you mean 'stream_name'?" in message
    assert "'zzz' is not a key of the configuration" in message
    assert "stream_name: give the name of a stream" in message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"stream_name": None}, "stream_name: give the name"),
        ({"stream_name": ""}, "stream_name: must be 1 to 128"),
        ({"stream_name": "with space"}, "stream_name"),
        ({"stream_arn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s"}, "give either"),
        ({"stream_arn": "s"}, "stream_arn: must be like"),
        ({"stream_nam": "s"}, "did you mean 'stream_name'"),
        ({1: 2}, "1 is not a key"),
        ({"aws_region": ""}, "aws_region: must be text"),
        ({"endpoint_url": "127.0.0.1:4567"}, "endpoint_url: must be an address"),
        ({"endpoint_url": "http://[::1"}, "endpoint_url: must be an address"),
        ({"endpoint_url": "http://user:pass@h"}, "endpoint_url: must not hold credentials"),
        ({"verify": 1}, "verify: must be True, False or the path"),
        ({"verify": ""}, "verify: must be True, False or the path"),
        ({"aggregation": "kpls"}, "aggregation: must be one of 'delimiter', 'none', 'msgpack'"),
        ({"aggregation": "kpl", "compression": "gzip"}, "compression: must be None with"),
        ({"compression": "lzma"}, "compression: must be one of 'gzip', 'zstd'"),
        ({"compression_level": 1}, "compression_level: there is no compression"),
        ({"compression": "gzip", "compression_level": 10}, "compression_level: gzip has 1 to 9"),
        ({"compression": "gzip", "compression_level": 0}, "compression_level: must be from 1 to"),
        ({"container_key": "constant"}, "container_key: is for aggregation 'kpl'"),
        ({"aggregation": "kpl", "container_key": "last"}, "container_key: must be one of"),
        ({"aggregation": "kpl", "container_key": 0}, "or must be from 1 to 10000, not 0"),
        ({"record_delimiter": b""}, "record_delimiter: must not be empty"),
        ({"record_delimiter": 10}, "record_delimiter: must be bytes or text"),
        ({"record_delimiter": "\ud800"}, "record_delimiter: cannot be encoded"),
        ({"record_delimiter": b"x" * MIB}, "record_delimiter: leaves no room"),
        ({"max_pending_bytes": 864}, "max_pending_bytes: must be at least 865"),
        ({"endpoint_url": "http://127.0.0.1:99999"}, "endpoint_url: must be an address"),
        ({"delivery_timeout": 10**400}, "delivery_timeout: must be a time of at most"),
        ({"kinesis_concurrency": 10**5000}, "not a number of thousands of digits"),
        ({"when_full": "wait"}, "when_full: must be one of"),
        ({"buffer_time_limit": float("nan")}, "buffer_time_limit: must be a time"),
        ({"buffer_time_limit": -0.1}, "buffer_time_limit: must be at least 0"),
        ({"buffer_time_limit": True}, "buffer_time_limit: must be a number"),
        ({"request_timeout": 0}, "request_timeout: must be above 0"),
        ({"kinesis_concurrency": 0}, "kinesis_concurrency: must be from 1 to 256"),
        ({"kinesis_max_retries": -1}, "kinesis_max_retries"),
        ({"max_records_per_aggregate": 0}, "max_records_per_aggregate"),
        ({"max_request_size": 11 * MIB}, "max_request_size"),
        ({"max_record_size": 2 * MIB, "max_request_size": MIB}, "at least max_record_size"),
        ({"delivery_timeout": 10}, "at least buffer_time_limit + request_timeout"),
    ],
)
def test_a_wrong_value_is_refused_by_name(keys, message):
    """The message says which key, and what it should be."""
    with pytest.raises(ConfigError) as caught:
        ProducerConfig.of({"stream_name": "s", **keys})
    assert message in str(caught.value)


def test_what_is_no_mapping_is_refused():
    """A list of pairs, say."""
    with pytest.raises(ConfigError, match="give a dict or a ProducerConfig, not list"):
        ProducerConfig.of([])  # type: ignore[arg-type]


def test_a_buffer_that_no_record_can_hold_is_clamped_with_a_warning(caplog):
    """The partition key takes its part of the record limit."""
    config = ProducerConfig(stream_name="s", buffer_size_limit=2 * MIB)
    with caplog.at_level(logging.WARNING):
        assert config.clamped().buffer_size_limit == MIB - 16
    assert "buffer_size_limit 2097152 is more than a Kinesis record can hold" in caplog.text
    fitting = ProducerConfig(stream_name="s")
    assert fitting.clamped() is fitting


@given(
    st.dictionaries(
        st.sampled_from(ProducerConfig.__slots__), st.none() | st.integers() | st.text()
    )
)
def test_any_values_make_a_config_or_a_config_error(keys):
    """No other exception, whatever is given."""
    try:
        ProducerConfig.of(keys)
    except ConfigError:
        return
