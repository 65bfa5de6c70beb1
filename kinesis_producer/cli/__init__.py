"""The command line: ``kinesis-producer``."""

from kinesis_producer.cli.main import main

__all__ = ["main"]
