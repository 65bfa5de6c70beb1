#include "answers.h"
#include "stream.h"

#include <string.h>

/* As long as the service's: 56 digits, of which the last count. */
#define NUMBER "49000000000000000000000000000000000000000000000000000000"
#define SHARD "shardId-000000000000"

#define JSON_ENTRY "{\"SequenceNumber\":\"" NUMBER "\",\"ShardId\":\"" SHARD "\"},"
#define CBOR_ENTRY "\xa2\x6eSequenceNumber\x78\x38" NUMBER "\x67ShardId\x74" SHARD

/* Where the numbers end: a text of this entry, up to the end of the first, and of the second. */
struct form {
    const char *entry;
    size_t size, number_end, shard_end;
};

#define END_OF(before, text) (sizeof(before text) - 1)
static const struct form JSON = {JSON_ENTRY, sizeof JSON_ENTRY - 1,
                                 END_OF("{\"SequenceNumber\":\"", NUMBER), sizeof JSON_ENTRY - 4};
static const struct form CBOR = {CBOR_ENTRY, sizeof CBOR_ENTRY - 1,
                                 END_OF("\xa2\x6eSequenceNumber\x78\x38", NUMBER),
                                 sizeof CBOR_ENTRY - 1};

static void write_digits(char *end, uint64_t number)
{
    for (; number != 0; number /= 10)
        *--end = (char)('0' + number % 10);
}

static void add_entries(struct buffer *out, const struct form *form, const struct put *put)
{
    uint64_t number = stream_sequence_numbers(put->count);
    buffer_reserve(out, put->count * form->size);
    for (size_t index = 0; index < put->count; index++) {
        char *entry = out->bytes + out->size;
        memcpy(entry, form->entry, form->size);
        write_digits(entry + form->number_end, number + index);
        write_digits(entry + form->shard_end, stream_shard_of(&put->entries[index]));
        out->size += form->size;
    }
}

void answer_in_json(struct buffer *out, const struct put *put)
{
    buffer_print(out, "{\"FailedRecordCount\":0,\"Records\":[");
    add_entries(out, &JSON, put);
    out->size--; /* the comma behind the last */
    buffer_print(out, "]}");
}

void answer_single(struct buffer *out, const struct put *put)
{
    add_entries(out, &JSON, put);
    out->size--;
}

void answer_in_cbor(struct buffer *out, const struct put *put)
{
    static const char HEAD[] = "\xa2\x71" "FailedRecordCount" "\x00\x67" "Records\x99";
    buffer_add(out, HEAD, sizeof HEAD - 1);
    const unsigned char count[] = {(unsigned char)(put->count >> 8), (unsigned char)put->count};
    buffer_add(out, count, sizeof count);
    add_entries(out, &CBOR, put);
}
