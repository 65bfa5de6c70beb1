"""Put records into Amazon Kinesis Data Streams, and read them: none of them lost in silence."""

from kinesis_producer.config import ProducerConfig
from kinesis_producer.consumer import KinesisConsumer
from kinesis_producer.consumer_config import ConsumerConfig
from kinesis_producer.consumer_metrics import (
    ConsumerCounters,
    ConsumerListener,
    LeaseMetrics,
    PageMetrics,
)
from kinesis_producer.core.deaggregation import ReadLimits, deaggregate
from kinesis_producer.deaggregator import Deaggregator
from kinesis_producer.errors import (
    BadRecord,
    BufferFull,
    CallFailed,
    ConfigError,
    ConsumerClosed,
    CorruptAggregate,
    DeliveryFailed,
    InvalidRecord,
    InvalidRecordType,
    KinesisProducerError,
    LeaseLost,
    NotWritten,
    PossiblyWritten,
    ProducerClosed,
    ProducerFailed,
    RecordTooLarge,
    StoreUnavailable,
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
from kinesis_producer.records import ConsumerRecord, Outcome, Totals, UserRecord

__version__ = "1.0.0"

__all__ = [
    "AggregateMetrics",
    "BadRecord",
    "BufferFull",
    "CallFailed",
    "ConfigError",
    "ConsumerClosed",
    "ConsumerConfig",
    "ConsumerCounters",
    "ConsumerListener",
    "ConsumerRecord",
    "CorruptAggregate",
    "Counters",
    "Deaggregator",
    "Delivered",
    "Deliveries",
    "Delivery",
    "DeliveryFailed",
    "InvalidRecord",
    "InvalidRecordType",
    "KinesisConsumer",
    "KinesisProducer",
    "KinesisProducerError",
    "LeaseLost",
    "LeaseMetrics",
    "MetricsListener",
    "NotWritten",
    "Outcome",
    "PageMetrics",
    "PossiblyWritten",
    "ProducerClosed",
    "ProducerConfig",
    "ProducerFailed",
    "ReadLimits",
    "RecordTooLarge",
    "Report",
    "RequestMetrics",
    "StoreUnavailable",
    "Totals",
    "UndeliveredRecords",
    "UserRecord",
    "deaggregate",
    "exit_on_sigterm",
]
