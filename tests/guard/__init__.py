"""What a record costs, in counts that are the same on every machine: nothing here is timed."""
