"""Put records into Amazon Kinesis Data Streams: aggregated, and none of them lost in silence."""

from kinesis_producer.config import ProducerConfig
from kinesis_producer.core.deaggregation import ReadLimits, deaggregate
from kinesis_producer.deaggregator import Deaggregator
from kinesis_producer.errors import (
    BufferFull,
    ConfigError,
    CorruptAggregate,
    DeliveryFailed,
    InvalidRecord,
    InvalidRecordType,
    KinesisProducerError,
    NotWritten,
    PossiblyWritten,
    ProducerClosed,
    ProducerFailed,
    RecordTooLarge,
    UndeliveredRecords,
)
from kinesis_producer.metrics import AggregateMetrics, Counters, MetricsListener, RequestMetrics
from kinesis_producer.producer import (
    Delivered,
    Deliveries,
    Delivery,
    KinesisProducer,
    Report,
    exit_on_sigterm,
)
from kinesis_producer.records import Outcome, Totals, UserRecord

__version__ = "1.0.0"

__all__ = [
    "AggregateMetrics",
    "BufferFull",
    "ConfigError",
    "CorruptAggregate",
    "Counters",
    "Deaggregator",
    "Delivered",
    "Deliveries",
    "Delivery",
    "DeliveryFailed",
    "InvalidRecord",
    "InvalidRecordType",
    "KinesisProducer",
    "KinesisProducerError",
    "MetricsListener",
    "NotWritten",
    "Outcome",
    "PossiblyWritten",
    "ProducerClosed",
    "ProducerConfig",
    "ProducerFailed",
    "ReadLimits",
    "RecordTooLarge",
    "Report",
    "RequestMetrics",
    "Totals",
    "UndeliveredRecords",
    "UserRecord",
    "deaggregate",
    "exit_on_sigterm",
]
