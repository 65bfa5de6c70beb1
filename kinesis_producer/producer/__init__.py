"""The producer: from ``send`` to the stream."""

from kinesis_producer.producer.delivery import Delivered, Deliveries, Delivery, Report
from kinesis_producer.producer.lifecycle import exit_on_sigterm
from kinesis_producer.producer.producer import KinesisProducer

__all__ = ["Delivered", "Deliveries", "Delivery", "KinesisProducer", "Report", "exit_on_sigterm"]
