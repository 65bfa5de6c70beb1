#include "base64.h"
#include "put.h"

#include <string.h>

struct reader {
    char *at, *end;
};

typedef bool (*member_reader)(struct reader *reader, const struct text *name, void *into);

static bool next_is(struct reader *reader, char wanted)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL)
        reader->at++;
    return reader->at < reader->end && *reader->at == wanted;
}

static bool take(struct reader *reader, char wanted)
{
    bool there = next_is(reader, wanted);
    reader->at += there;
    return there;
}

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool code_unit(struct reader *reader, unsigned *unit)
{
    *unit = 0;
    if (reader->end - reader->at < 4)
        return false;
    for (int place = 0; place < 4; place++) {
        int digit = hexadecimal(*reader->at++);
        if (digit < 0)
            return false;
        *unit = *unit << 4 | (unsigned)digit;
    }
    return true;
}

static char *put_utf8(char *out, unsigned code)
{
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char LEAD[] = {0, 0xc0, 0xe0, 0xf0};
    *out++ = (char)(LEAD[more] | code >> 6 * more);
    while (more-- > 0)
        *out++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return out;
}

/* Behind a \u: one code unit, or two that make a pair. */
static bool take_code(struct reader *reader, char **out)
{
    unsigned code, low;
    if (!code_unit(reader, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        if (!take(reader, '\\') || !take(reader, 'u') || !code_unit(reader, &low))
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *out = put_utf8(*out, code);
    return true;
}

static bool take_escape(struct reader *reader, char **out)
{
    static const char NAMES[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    char name = *reader->at++;
    if (name == 'u')
        return take_code(reader, out);
    const char *found = name == '\0' ? NULL : strchr(NAMES, name);
    if (found != NULL)
        *(*out)++ = MEANT[found - NAMES];
    return found != NULL;
}

/* The rest of a string that has escapes: what they mean is put where they stand. */
static bool take_escaped(struct reader *reader, struct text *text)
{
    char *out = reader->at;
    while (reader->at + 1 < reader->end && *reader->at != '"') {
        char byte = *reader->at++;
        if (byte != '\\')
            *out++ = byte;
        else if (!take_escape(reader, &out))
            return false;
    }
    text->size = (size_t)(out - text->at);
    return take(reader, '"');
}

static bool take_string(struct reader *reader, struct text *text)
{
    if (!take(reader, '"'))
        return false;
    text->at = reader->at;
    char *quote = memchr(reader->at, '"', (size_t)(reader->end - reader->at));
    if (quote == NULL)
        return false;
    text->size = (size_t)(quote - reader->at);
    char *escape = memchr(reader->at, '\\', text->size);
    reader->at = escape == NULL ? quote + 1 : escape;
    return escape == NULL || take_escaped(reader, text);
}

static bool take_object(struct reader *reader, member_reader member, void *into)
{
    struct text name;
    if (!take(reader, '{'))
        return false;
    if (take(reader, '}'))
        return true;
    do {
        if (!take_string(reader, &name) || !take(reader, ':') || !member(reader, &name, into))
            return false;
    } while (take(reader, ','));
    return take(reader, '}');
}

/* A value that does not count: text, or what needs no quotes. */
static bool pass_scalar(struct reader *reader)
{
    struct text text;
    if (next_is(reader, '"'))
        return take_string(reader, &text);
    while (reader->at < reader->end && strchr(",]} \t\r\n", *reader->at) == NULL)
        reader->at++;
    return true;
}

static bool entry_member(struct reader *reader, const struct text *name, void *into)
{
    struct entry *entry = into;
    struct text *text = member_of(entry, name);
    if (text == NULL)
        return pass_scalar(reader);
    if (!take_string(reader, text))
        return false;
    return text != &entry->data || base64_decode((uint8_t *)text->at, &text->size);
}

static struct entry *add(struct put *put)
{
    struct entry *entry = &put->entries[put->count++];
    *entry = (struct entry){0};
    return entry;
}

static bool take_records(struct reader *reader, struct put *put)
{
    put->count = 0;
    if (!take(reader, '['))
        return false;
    do {
        if (put->count == MOST_ENTRIES || !take_object(reader, entry_member, add(put)))
            return false;
    } while (take(reader, ','));
    return take(reader, ']');
}

static bool put_member(struct reader *reader, const struct text *name, void *into)
{
    struct put *put = into;
    if (is_named(name, "Records"))
        return take_records(reader, put);
    if (member_of(put->entries, name) == NULL)
        return pass_scalar(reader);
    if (put->count == 0)
        add(put);
    return entry_member(reader, name, put->entries);
}

bool put_from_json(struct put *put, char *body, size_t size)
{
    struct reader reader = {body, body + size};
    put->count = 0;
    return take_object(&reader, put_member, put) && put->count > 0;
}
