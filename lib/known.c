#include "known.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "keys.h"

/* Without printf(3): this is done for each ending of each report. */
static char *
add(char *to, const char *end, const char *text)
{
    size_t n = strlen(text), room = (size_t)(end - to) - 1;

    n = n < room ? n : room;
    memcpy(to, text, n);
    to[n] = '\0';
    return to + n;
}

void
rua_known_path(const struct rua_entry *entry, enum rua_container container,
               char ret_path[RUA_ARCHIVE_PATH_SIZE])
{
    const char *end = ret_path + RUA_ARCHIVE_PATH_SIZE;
    char *to = add(ret_path, end, entry->folder);

    to = add(to, end, "/");
    to = add(to, end, entry->archive);
    add(to, end, entry->aside ? ".eml" : rua_entry_ending(container));
}

/* The same report may have come in another wrapping. */
static enum rua_verdict
is_archived(int folder, const char *stem, bool *ret_known, struct rua_err *err)
{
    char name[RUA_ARCHIVE_PATH_SIZE];
    char *ending = add(name, name + sizeof(name), stem);
    enum rua_verdict v = RUA_OK;

    for (int c = RUA_CONTAINER_XML;
         v == RUA_OK && !*ret_known && c <= RUA_CONTAINER_BIN; c++) {
        add(ending, name + sizeof(name),
            rua_entry_ending((enum rua_container)c));
        v = rua_file_exists(folder, name, ret_known, err);
    }
    return v;
}

static enum rua_verdict
is_pruned(struct rua_place *place, const char *key, bool *ret_known,
          struct rua_err *err)
{
    enum rua_verdict v;
    int fd;

    if (place->pruned_known && !place->pruned)
        return RUA_OK;
    v = rua_file_open(place->fd, RUA_KEYS_FILE, O_RDONLY, &fd, err);
    if (v != RUA_OK && v != RUA_NOT_REPORT)
        return v;
    place->pruned_known = true;
    place->pruned = v == RUA_OK;
    if (!place->pruned)
        return RUA_OK;
    v = rua_keys_find(fd, key, ret_known, err);
    close(fd);
    return v;
}

enum rua_verdict
rua_known(struct rua_places *places, const struct rua_entry *entry,
          bool *ret_known, struct rua_err *err)
{
    char path[RUA_ARCHIVE_PATH_SIZE];
    char *end = add(path, path + sizeof(path), entry->folder), *name;
    struct rua_place *place;
    enum rua_verdict v;

    end = add(end, path + sizeof(path), "/");
    add(end, path + sizeof(path), entry->archive);
    *ret_known = false;
    if (entry->aside) {
        rua_known_path(entry, RUA_CONTAINER_XML, path);
        return rua_file_exists(places->root, path, ret_known, err);
    }
    name = strrchr(path, '/');
    *name++ = '\0';
    v = rua_place_find(places, path, &place, err);
    if (v != RUA_OK || !place)
        return v;
    v = is_archived(place->fd, name, ret_known, err);
    if (v == RUA_OK && !*ret_known)
        v = is_pruned(place, entry->key, ret_known, err);
    return v;
}
