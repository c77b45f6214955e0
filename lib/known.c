#include "known.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

#define PRUNED "pruned.keys"

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

/* Lines are looked at one at a time: what is no key does no harm. */
struct search {
    const char *key;
    char line[RUA_DIGEST_SIZE];
    size_t len; /* of the line; it may be longer than what is kept */
    bool found;
};

static void
end_line(struct search *search)
{
    size_t n = sizeof(search->line) - 1;

    search->found =
        search->found ||
        (search->len == n && memcmp(search->line, search->key, n) == 0);
    search->len = 0;
}

static enum rua_verdict
look_at(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct search *search = ctx;

    (void)err;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] == '\n') {
            end_line(search);
            continue;
        }
        if (search->len < sizeof(search->line) - 1)
            search->line[search->len] = (char)bytes.data[i];
        search->len += bytes.data[i] != '\r';
    }
    return RUA_OK;
}

static enum rua_verdict
is_pruned(int folder, const char *key, bool *ret_known, struct rua_err *err)
{
    struct search search = {.key = key};
    struct rua_sink sink = {look_at, &search};
    struct rua_spool file;
    uint64_t size = 0;
    int fd;
    enum rua_verdict v = rua_file_open(folder, PRUNED, O_RDONLY, &fd, err);

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_file_size(fd, PRUNED, &size, err);
    rua_spool_open(&file, fd, 0, size);
    if (v == RUA_OK)
        v = rua_spool_push(&file, 0, size, &sink, err);
    close(fd);
    end_line(&search);
    *ret_known = search.found;
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
