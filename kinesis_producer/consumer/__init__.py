"""The consumer: reads the shards of a stream, alone or as one of a fleet."""
