#include "put.h"

#include <string.h>

bool is_named(const struct text *name, const char *wanted)
{
    return name->size == strlen(wanted) && memcmp(name->at, wanted, name->size) == 0;
}

struct text *member_of(struct entry *entry, const struct text *name)
{
    if (is_named(name, "Data"))
        return &entry->data;
    if (is_named(name, "PartitionKey"))
        return &entry->key;
    if (is_named(name, "ExplicitHashKey"))
        return &entry->hash_key;
    return NULL;
}
