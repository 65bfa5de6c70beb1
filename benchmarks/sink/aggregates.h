/* User records in the data of a Kinesis record. */
#ifndef AGGREGATES_H
#define AGGREGATES_H

#include "tally.h"

/* Count them, whatever format they are in: kpl and msgpack say so themselves; else, lines. */
void count_user_records(struct tally *tally, const uint8_t *data, size_t size);

#endif
