"""A sink for PutRecords, in C: it answers properly, and counts what arrived, at little cost.

The standard library's costs as much CPU per megabyte as a fast client does, so that both would be
measured. This one is a process of its own, with a port for plain HTTP and one for TLS.
"""

from benchmarks.sink.building import NotBuilt, built
from benchmarks.sink.running import Sink, Stats, sink

__all__ = ["NotBuilt", "Sink", "Stats", "built", "sink"]
