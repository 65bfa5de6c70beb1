/* The entries of a PutRecords request, or the one of a PutRecord. */
#ifndef PUT_H
#define PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one request (API reference, PutRecords). */
#define MOST_ENTRIES 500

struct text {
    char *at;
    size_t size;
};

struct entry {
    struct text data, key, hash_key; /* the hash key's `at` is NULL where there is none */
};

struct put {
    struct entry entries[MOST_ENTRIES];
    size_t count;
};

/* Read a body, of which parts are decoded where they stand; false where it is not as it should be.
   A PutRecord's members stand where a PutRecords has its Records. */
bool put_from_json(struct put *put, char *body, size_t size);
bool put_from_cbor(struct put *put, char *body, size_t size);

/* Where a member goes; NULL for one that does not count. */
struct text *member_of(struct entry *entry, const struct text *name);
bool is_named(const struct text *name, const char *wanted);

#endif
