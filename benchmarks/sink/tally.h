/* What arrived, and how long it was on its way. All connections count here. */
#ifndef TALLY_H
#define TALLY_H

#include "buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one request adds, kept by its thread until it is complete. */
struct tally {
    uint64_t records, entries, requests, bytes, id_sum, corrupt, strays, distinct;
    uint64_t word, bits; /* ids that are not in the set yet: bits of one of its words */
    int64_t received;    /* CLOCK_MONOTONIC, nanoseconds */
};

/* A user record: its id, or when it was sent, is the first number in it. */
void tally_record(struct tally *tally, const uint8_t *data, size_t size);

/* Add a request's tally to that of all. */
void tally_commit(struct tally *tally);

/* Begin anew; the first numbers are times from now on, or ids. */
void tally_reset(bool times);

/* All, as JSON. */
void tally_print(struct buffer *out);

int64_t nanoseconds_now(void);

#endif
