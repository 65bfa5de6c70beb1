"""How much of a stream's capacity producers use: a simulation by discrete events.

The producer in it is the pure core of the real one (`kinesis_producer.core.backlog`), asked and
answered as the threads around it do. The stream, the network, the application, the clock and three
other policies are models. Nothing sleeps, and nothing looks at a clock: a seed fixes all of a run.

Where the numbers of the models come from:

* A shard takes 1,048,576 bytes, keys included, and 1,000 entries in a second (developer guide,
  quotas). A token bucket of each, one second deep: AWS does not say how deep theirs are; the local
  Kinesis of this library and the KPL's limiter assume a second too.
* An answer has a result for each entry (API reference, PutRecords). That entries are judged in the
  order of the request, on arrival, and that a throttled one uses up nothing, are assumptions.
* A round trip takes 20 ms in the median, half of it there and half back, times a log-normal factor
  whose 99th percentile is 1.7. Bandwidth is not limited.
* A producer has 4 senders (the ancestor's setting is called ``kinesis_concurrency``), requests of
  5 MiB and 64 MiB of pending records (the defaults here), and entries of 25,000 bytes (nearly the
  25 KiB that are billed as one PUT payload unit).
* Who holds a shard down is a lower rate at which its bucket fills, not another sender.
* Both halves of a split take what a whole shard takes, at once, from a full bucket.
* An on-demand stream that grows is a ramp of what each of its shards takes, not a series of splits.
"""
