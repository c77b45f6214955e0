#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "keys.h"
#include "view.h"

static int
compare_names(const void *key, const void *name)
{
    return strcmp(key, *(char *const *)name);
}

static bool
is_pruned_since(const struct view *view, const char *path, const char *key)
{
    char keys[1024];
    bool found = false;
    int fd;

    snprintf(keys, sizeof(keys), "%.*s/" RUA_KEYS_FILE,
             (int)(strrchr(path, '/') - path), path);
    if (rua_file_open_to_read(view->root, keys, &fd, NULL) != RUA_OK)
        return false;
    rua_keys_find(fd, key, &found, NULL);
    close(fd);
    return found;
}

bool
view_is_pruned(const struct view *view, const struct view_domain *domain,
               const char *path, const char *key)
{
    const struct view_names *pruned = &domain->pruned;

    return (pruned->n && bsearch(key, pruned->names, pruned->n,
                                 sizeof(*pruned->names), compare_names)) ||
           is_pruned_since(view, path, key);
}
