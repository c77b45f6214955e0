#include "known.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "keys.h"

void
rua_known_path(const struct rua_entry *entry, enum rua_container container,
               char ret_path[RUA_ARCHIVE_PATH_SIZE])
{
    snprintf(ret_path, RUA_ARCHIVE_PATH_SIZE, "%s/%s%s", entry->folder,
             entry->archive,
             entry->aside ? ".eml" : rua_entry_ending(container));
}

/* The same report may have come in another wrapping. */
static enum rua_verdict
is_archived(int folder, const char *path, bool *ret_known, struct rua_err *err)
{
    const char *name = strrchr(path, '/') + 1;
    size_t stem = strlen(name) - strlen(rua_entry_ending(RUA_CONTAINER_XML));
    enum rua_verdict v = RUA_OK;

    for (int c = RUA_CONTAINER_XML;
         v == RUA_OK && !*ret_known && c <= RUA_CONTAINER_BIN; c++) {
        char other[RUA_ARCHIVE_PATH_SIZE];
        snprintf(other, sizeof(other), "%.*s%s", (int)stem, name,
                 rua_entry_ending((enum rua_container)c));
        v = rua_file_exists(folder, other, ret_known, err);
    }
    return v;
}

static enum rua_verdict
is_pruned(int folder, const char *key, bool *ret_known, struct rua_err *err)
{
    int fd;
    enum rua_verdict v =
        rua_file_open(folder, RUA_KEYS_FILE, O_RDONLY, &fd, err);

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_keys_find(fd, key, ret_known, err);
    close(fd);
    return v;
}

enum rua_verdict
rua_known(int root, const struct rua_entry *entry, bool *ret_known,
          struct rua_err *err)
{
    char path[RUA_ARCHIVE_PATH_SIZE], folder[RUA_ARCHIVE_PATH_SIZE];
    bool known = false;
    enum rua_verdict v;
    int fd;

    rua_known_path(entry, RUA_CONTAINER_XML, path);
    if (entry->aside)
        return rua_file_exists(root, path, ret_known, err);
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path),
             path);
    v = rua_file_open(root, folder, O_RDONLY | O_DIRECTORY, &fd, err);
    *ret_known = false;
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = is_archived(fd, path, &known, err);
    if (v == RUA_OK && !known)
        v = is_pruned(fd, entry->key, &known, err);
    close(fd);
    *ret_known = known;
    return v;
}
