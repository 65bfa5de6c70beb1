/* What PutRecords and PutRecord answer: a shard and a sequence number for each record. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "buffer.h"
#include "put.h"

void answer_in_json(struct buffer *out, const struct put *put);
void answer_in_cbor(struct buffer *out, const struct put *put);
void answer_single(struct buffer *out, const struct put *put);

#endif
