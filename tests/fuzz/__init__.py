"""Any bytes give records or `CorruptAggregate`: looked for by a fuzzer, replayed by the tests."""
