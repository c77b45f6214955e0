#include "seen.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool
seen_add(struct seen *seen, const char *key)
{
    size_t size = strlen(key) + 1;
    char *copy = memcpy(rua_alloc(size), key, size);
    char **node = tsearch(copy, &seen->tree, compare_keys);

    if (!node)
        rua_no_memory();
    if (*node == copy)
        return false;
    free(copy);
    return true;
}

void
seen_done(struct seen *seen)
{
    tdestroy(seen->tree, free);
    *seen = (struct seen){0};
}
