#include "aggregates.h"

#include <string.h>

/* Sizes of what surrounds the records: docs/formats.rst. */
#define KPL_MAGIC "\xf3\x89\x9a\xc2"
#define KPL_DIGEST 16
#define PACKED_MAGIC "\xc1\x6bpm"
#define PACKED_HEAD 10

struct span {
    const uint8_t *at, *end;
};

static size_t left(const struct span *span)
{
    return (size_t)(span->end - span->at);
}

/* So many bytes from its front. */
static bool cut(struct span *span, uint64_t size, struct span *front)
{
    if (size > left(span))
        return false;
    *front = (struct span){span->at, span->at + size};
    span->at += size;
    return true;
}

static void count_lines(struct tally *tally, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL)
            line_end = end;
        tally_record(tally, at, (size_t)(line_end - at));
        at = line_end + 1;
    }
}

static bool varint(struct span *span, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; span->at < span->end && shift < 64; shift += 7) {
        uint8_t byte = *span->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* A protobuf field: a number, or bytes. The KPL writes no others. */
static bool field(struct span *span, uint64_t *tag, struct span *bytes)
{
    uint64_t value;
    if (!varint(span, tag) || !varint(span, &value))
        return false;
    return (*tag & 7) == 0 || ((*tag & 7) == 2 && cut(span, value, bytes));
}

/* Field 3 of an AggregatedRecord is a Record, and field 3 of that is its data. */
static bool count_kpl(struct tally *tally, struct span message)
{
    uint64_t tag;
    struct span record, data;
    while (message.at < message.end) {
        if (!field(&message, &tag, &record))
            return false;
        if (tag != (3 << 3 | 2))
            continue;
        while (record.at < record.end) {
            if (!field(&record, &tag, &data))
                return false;
            if (tag == (3 << 3 | 2))
                tally_record(tally, data.at, left(&data));
        }
    }
    return true;
}

static bool big_endian(struct span *span, unsigned width, uint64_t *value)
{
    struct span bytes;
    if (!cut(span, width, &bytes))
        return false;
    for (*value = 0; bytes.at < bytes.end; bytes.at++)
        *value = *value << 8 | *bytes.at;
    return true;
}

static bool packed_number(struct span *span, uint64_t *value)
{
    uint64_t tag;
    if (!big_endian(span, 1, &tag))
        return false;
    *value = tag;
    return tag < 0x80 || (tag >= 0xcc && tag <= 0xcf && big_endian(span, 1u << (tag - 0xcc), value));
}

/* nil, a string, or a binary. */
static bool packed_bytes(struct span *span, struct span *bytes)
{
    uint64_t tag, size = 0;
    if (!big_endian(span, 1, &tag))
        return false;
    if ((tag & 0xe0) == 0xa0)
        size = tag & 0x1f;
    else if (tag >= 0xc4 && tag <= 0xc6 && !big_endian(span, 1u << (tag - 0xc4), &size))
        return false;
    else if (tag >= 0xd9 && tag <= 0xdb && !big_endian(span, 1u << (tag - 0xd9), &size))
        return false;
    return cut(span, size, bytes);
}

static bool count_packed(struct tally *tally, struct span row)
{
    uint64_t records, pairs, index;
    struct span bytes;
    if (!packed_number(&row, &records) || !packed_number(&row, &pairs))
        return false;
    for (uint64_t key = 0; key < 2 * pairs; key++)
        if (!packed_bytes(&row, &bytes))
            return false;
    for (uint64_t record = 0; pairs > 1 && record < records; record++)
        if (!packed_number(&row, &index))
            return false;
    for (uint64_t record = 0; record < records; record++) {
        if (!packed_bytes(&row, &bytes))
            return false;
        tally_record(tally, bytes.at, left(&bytes));
    }
    return row.at == row.end;
}

void count_user_records(struct tally *tally, const uint8_t *data, size_t size)
{
    bool right = true;
    if (size >= 4 + KPL_DIGEST && memcmp(data, KPL_MAGIC, 4) == 0)
        right = count_kpl(tally, (struct span){data + 4, data + size - KPL_DIGEST});
    else if (size >= PACKED_HEAD && memcmp(data, PACKED_MAGIC, 4) == 0)
        right = count_packed(tally, (struct span){data + PACKED_HEAD, data + size});
    else
        count_lines(tally, data, data + size);
    tally->entries++;
    tally->corrupt += !right;
}
