"""The consumer: reads the shards of a stream, alone or as one of a fleet."""

from kinesis_producer.consumer.consumer import KinesisConsumer

__all__ = ["KinesisConsumer"]
