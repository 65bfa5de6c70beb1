/* The one stream that there is: its shards, and what is said of it. */
#ifndef STREAM_H
#define STREAM_H

#include "buffer.h"
#include "put.h"

#include <stdint.h>

/* So many shards, of equal size. To be called once, before any request. */
void stream_open(unsigned shards);

/* The number of the shard that an entry's hash key, or else its partition key, leads to. */
unsigned stream_shard_of(const struct entry *entry);

/* The first of so many sequence numbers that nobody else was given. */
uint64_t stream_sequence_numbers(size_t count);

void stream_list_shards(struct buffer *out);
void stream_describe(struct buffer *out);
void stream_describe_summary(struct buffer *out);

#endif
