#include "put.h"

#include <string.h>

/* Kinds of items, the first three bits of each (RFC 8949, section 3.1). */
enum { NUMBER, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

#define INDEFINITE 31
#define BREAK ((char)0xff)

struct reader {
    char *at, *end;
};

typedef bool (*item_reader)(struct reader *reader, void *into);

/* The kind of an item and its number; a length that is not told is INDEFINITE in `short_form`. */
struct head {
    int kind, short_form;
    uint64_t number;
};

static size_t left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static bool take_head(struct reader *reader, struct head *head)
{
    if (left(reader) == 0)
        return false;
    uint8_t first = (uint8_t)*reader->at++;
    head->kind = first >> 5;
    head->short_form = first & 31;
    head->number = head->short_form < 24 ? (uint64_t)head->short_form : 0;
    if (head->short_form < 24 || head->short_form == INDEFINITE)
        return true;
    size_t width = (size_t)1 << (head->short_form - 24);
    if (head->short_form > 27 || left(reader) < width)
        return false;
    while (width-- > 0)
        head->number = head->number << 8 | (uint8_t)*reader->at++;
    return true;
}

static bool take_break(struct reader *reader)
{
    bool there = left(reader) > 0 && *reader->at == BREAK;
    reader->at += there;
    return there;
}

/* The pieces of a string of unknown length, moved together where they stand. */
static bool join_pieces(struct reader *reader, int kind, struct text *text)
{
    struct head head;
    *text = (struct text){reader->at, 0};
    while (!take_break(reader)) {
        if (!take_head(reader, &head) || head.kind != kind || head.number > left(reader))
            return false;
        memmove(text->at + text->size, reader->at, head.number);
        text->size += head.number;
        reader->at += head.number;
    }
    return true;
}

static bool take_string(struct reader *reader, int kind, struct text *text)
{
    struct head head;
    if (!take_head(reader, &head) || head.kind != kind)
        return false;
    if (head.short_form == INDEFINITE)
        return join_pieces(reader, kind, text);
    *text = (struct text){reader->at, head.number};
    if (head.number > left(reader))
        return false;
    reader->at += head.number;
    return true;
}

/* Each item of an array, each pair of a map: told or not, how many. */
static bool take_items(struct reader *reader, int kind, item_reader item, void *into)
{
    struct head head;
    if (!take_head(reader, &head) || head.kind != kind)
        return false;
    bool told = head.short_form != INDEFINITE;
    while (told ? head.number-- > 0 : !take_break(reader))
        if (!item(reader, into))
            return false;
    return true;
}

/* A value that does not count: text, or a number. */
static bool pass_scalar(struct reader *reader)
{
    struct head head;
    struct text text;
    struct reader before = *reader;
    if (!take_head(reader, &head))
        return false;
    if (head.kind != BYTES && head.kind != TEXT)
        return head.kind == NUMBER || head.kind == NEGATIVE || head.kind == SIMPLE;
    *reader = before;
    return take_string(reader, head.kind, &text);
}

static bool take_member(struct reader *reader, const struct text *name, struct entry *entry)
{
    struct text *text = member_of(entry, name);
    if (text == NULL)
        return pass_scalar(reader);
    return take_string(reader, text == &entry->data ? BYTES : TEXT, text);
}

static bool entry_pair(struct reader *reader, void *into)
{
    struct text name;
    return take_string(reader, TEXT, &name) && take_member(reader, &name, into);
}

static bool take_entry(struct reader *reader, void *into)
{
    struct put *put = into;
    if (put->count == MOST_ENTRIES)
        return false;
    struct entry *entry = &put->entries[put->count++];
    *entry = (struct entry){0};
    return take_items(reader, MAP, entry_pair, entry);
}

static bool put_pair(struct reader *reader, void *into)
{
    struct text name;
    struct put *put = into;
    if (!take_string(reader, TEXT, &name))
        return false;
    if (is_named(&name, "Records"))
        return take_items(reader, ARRAY, take_entry, put);
    if (member_of(put->entries, &name) == NULL)
        return pass_scalar(reader);
    if (put->count == 0)
        put->entries[put->count++] = (struct entry){0};
    return take_member(reader, &name, put->entries);
}

bool put_from_cbor(struct put *put, char *body, size_t size)
{
    struct reader reader = {body, body + size};
    put->count = 0;
    return take_items(&reader, MAP, put_pair, put) && put->count > 0;
}
