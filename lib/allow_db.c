#include "allow_db.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

#define HEAD_KEY "\n"
#define HEAD     "ruamill allow 1 "

enum {
    HEAD_SIZE = 80,
    TABLES = 256,     /* of a cdb, whose places and lengths stand first */
    TOP = TABLES * 8, /* bytes of that; the records follow */
    NUMBER = 4,       /* bytes of a line's number */
    KEY_MOST = 1024,  /* bytes; a pattern is shorter */
};

/* A line that was found, and stays. */
struct found {
    struct rua_allow_line line;
    unsigned char text[]; /* "pattern domains", where it points to */
};

struct rua_allow_db {
    int fd;
    char *path;
    uint64_t size;
    uint32_t end;          /* of the records */
    uint64_t lines, bytes; /* of the text */
    struct timespec changed;
    pthread_mutex_t mutex; /* the offset of fd, and the tree */
    void *tree;            /* of struct found, see tsearch(3) */
};

static enum rua_verdict
damaged(const struct rua_allow_db *db, struct rua_err *err)
{
    static const char fetched[] = "/" RUA_ALLOW_FETCHED RUA_ALLOW_COMPILED;
    size_t n = strlen(db->path), m = sizeof(fetched) - 1;
    bool is_fetched = n >= m && strcmp(db->path + n - m, fetched) == 0;

    return rua_err_set(err, RUA_LATER,
                       "%s is damaged, or no compiled allowlist; run ruamill "
                       "allow %s",
                       db->path, is_fetched ? "fetch" : "compile");
}

/* ---- opening ---- */

/* The file is as long as its tables say: none was cut off. */
static bool
check_top(struct rua_allow_db *db)
{
    unsigned char top[TOP];
    uint64_t end = TOP;

    if (pread(db->fd, top, sizeof(top), 0) != (ssize_t)sizeof(top))
        return false;
    db->end = UINT32_MAX;
    for (size_t i = 0; i < TABLES; i++) {
        uint64_t at = cdb_unpack(top + i * 8), n = cdb_unpack(top + i * 8 + 4);
        if (at < TOP || at + n * 8 > db->size)
            return false;
        if (at < db->end)
            db->end = (uint32_t)at;
        if (at + n * 8 > end)
            end = at + n * 8;
    }
    return end == db->size;
}

/* Looks up a key: its value, made longer by a prefix of `before` bytes, to be
 * freed. 1, 0 when there is none, or -1. With the mutex held: it reads at the
 * offset of the descriptor. Not by a mapping, of which a page that somebody
 * cuts off would kill us. */
static int
get(const struct rua_allow_db *db, struct rua_span key, size_t before,
    unsigned char **ret_value, size_t *ret_len)
{
    unsigned len = 0;
    int there = cdb_seek(db->fd, key.data, (unsigned)key.len, &len);

    if (there <= 0)
        return there < 0 ? -1 : 0;
    if (len > db->size || len > INT_MAX)
        return -1;
    *ret_value = rua_alloc(before + len + 1);
    *ret_len = len;
    if (cdb_bread(db->fd, *ret_value + before, (int)len) == 0)
        return 1;
    free(*ret_value);
    return -1;
}

static bool
read_head(struct rua_allow_db *db)
{
    unsigned char *value;
    size_t len;
    bool good;

    if (get(db, RUA_SPAN(HEAD_KEY), 0, &value, &len) <= 0)
        return false;
    value[len] = '\0';
    good = len < HEAD_SIZE && sscanf((char *)value, HEAD "%" SCNu64 " %" SCNu64,
                                     &db->lines, &db->bytes) == 2;
    free(value);
    return good;
}

enum rua_verdict
rua_allow_db_take(int fd, const char *path, struct rua_allow_db **ret_db,
                  struct rua_err *err)
{
    struct rua_allow_db *db = rua_alloc(sizeof(*db));
    size_t size = strlen(path) + 1;
    enum rua_verdict v = RUA_OK;
    struct stat st;

    *db = (struct rua_allow_db){.fd = fd};
    db->path = memcpy(rua_alloc(size), path, size);
    pthread_mutex_init(&db->mutex, NULL);
    if (fstat(fd, &st) < 0) {
        v = rua_err_sys(err, "allowlist %s", path);
    } else {
        db->size = (uint64_t)st.st_size;
        db->changed = st.st_mtim;
        if (!S_ISREG(st.st_mode) || !check_top(db) || !read_head(db))
            v = damaged(db, err);
    }
    if (v == RUA_OK)
        *ret_db = db;
    else
        rua_allow_db_free(db);
    return v;
}

static bool
is_before(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec != other->tv_sec ? one->tv_sec < other->tv_sec
                                        : one->tv_nsec < other->tv_nsec;
}

static enum rua_verdict
check_age(const struct rua_allow_db *db, const struct stat *text,
          struct rua_err *err)
{
    bool is_old = is_before(&db->changed, &text->st_mtim);

    if (!is_old && db->bytes == (uint64_t)text->st_size)
        return RUA_OK;
    return rua_err_set(err, RUA_LATER,
                       "%s %s the text, which is read instead; run ruamill "
                       "allow compile",
                       db->path,
                       is_old ? "is older than" : "was made of another than");
}

enum rua_verdict
rua_allow_db_open(const char *path, const struct stat *text,
                  struct rua_allow_db **ret_db, struct rua_err *err)
{
    size_t size = strlen(path) + sizeof(RUA_ALLOW_COMPILED);
    char *name = rua_alloc(size);
    struct rua_allow_db *db = NULL;
    enum rua_verdict v = RUA_NOT_REPORT;
    int fd;

    snprintf(name, size, "%s" RUA_ALLOW_COMPILED, path);
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT)
        v = rua_err_sys(err, "allowlist %s", name);
    if (fd >= 0)
        v = rua_allow_db_take(fd, name, &db, err);
    if (v == RUA_OK && text)
        v = check_age(db, text, err);
    free(name);
    if (v == RUA_OK)
        *ret_db = db;
    else
        rua_allow_db_free(db);
    return v;
}

void
rua_allow_db_free(struct rua_allow_db *db)
{
    if (!db)
        return;
    tdestroy(db->tree, free);
    pthread_mutex_destroy(&db->mutex);
    close(db->fd);
    free(db->path);
    free(db);
}

uint64_t
rua_allow_db_count(const struct rua_allow_db *db)
{
    return db->lines;
}

/* ---- looking up ---- */

static int
compare(const void *a, const void *b)
{
    const struct rua_span one = ((const struct found *)a)->line.pattern;
    const struct rua_span other = ((const struct found *)b)->line.pattern;

    if (one.len != other.len)
        return one.len < other.len ? -1 : 1;
    return memcmp(one.data, other.data, one.len);
}

/* Makes a line of a value, behind which is room for it: NULL when it is none.
 * It is read as a line of the text is. */
static struct found *
make_found(struct rua_span pattern, const unsigned char *value, size_t len)
{
    struct found *found;
    struct rua_span field;
    size_t all;

    if (len <= NUMBER)
        return NULL;
    all = pattern.len + 1 + len - NUMBER;
    found = rua_alloc(sizeof(*found) + all);
    memcpy(found->text, pattern.data, pattern.len);
    found->text[pattern.len] = ' ';
    memcpy(found->text + pattern.len + 1, value + NUMBER, len - NUMBER);
    if (!memchr(found->text, '\0', all) && !memchr(found->text, '\n', all) &&
        !rua_allow_line_read(found->text, all, &found->line, &field) &&
        rua_span_same(found->line.pattern, pattern)) {
        found->line.line = cdb_unpack(value);
        return found;
    }
    free(found);
    return NULL;
}

static enum rua_verdict
find_in_file(struct rua_allow_db *db, struct rua_span pattern,
             struct rua_allow_line *ret_line, struct rua_err *err)
{
    unsigned char *value;
    struct found *found;
    size_t len;
    int there = get(db, pattern, 0, &value, &len);

    if (there == 0)
        return RUA_NOT_REPORT;
    if (there < 0)
        return damaged(db, err);
    found = make_found(pattern, value, len);
    free(value);
    if (!found)
        return damaged(db, err);
    if (!tsearch(found, &db->tree, compare))
        rua_no_memory();
    *ret_line = found->line;
    return RUA_OK;
}

enum rua_verdict
rua_allow_db_find(struct rua_allow_db *db, struct rua_span pattern,
                  struct rua_allow_line *ret_line, struct rua_err *err)
{
    const struct found wanted = {.line.pattern = pattern};
    enum rua_verdict v = RUA_OK;
    struct found **known;

    pthread_mutex_lock(&db->mutex);
    known = tfind(&wanted, &db->tree, compare);
    if (known)
        *ret_line = (*known)->line;
    else
        v = find_in_file(db, pattern, ret_line, err);
    pthread_mutex_unlock(&db->mutex);
    return v;
}

/* ---- all of it ---- */

/* The next key, and what comes behind its record; false at the end. */
static bool
next_key(const struct rua_allow_db *db, FILE *file, uint64_t *at,
         unsigned char key[KEY_MOST], struct rua_span *ret_key)
{
    unsigned char lengths[8];
    unsigned key_len, len;

    if (*at >= db->end || fseeko(file, (off_t)*at, SEEK_SET) < 0 ||
        fread(lengths, sizeof(lengths), 1, file) != 1)
        return false;
    key_len = cdb_unpack(lengths);
    len = cdb_unpack(lengths + 4);
    if (key_len == 0 || key_len > KEY_MOST || fread(key, key_len, 1, file) != 1)
        return false;
    *ret_key = (struct rua_span){key, key_len};
    *at += sizeof(lengths) + (uint64_t)key_len + len;
    return true;
}

bool
rua_allow_db_any(struct rua_allow_db *db,
                 bool (*look)(void *ctx, struct rua_span pattern), void *ctx)
{
    FILE *file = fopen(db->path, "rbe");
    unsigned char bytes[KEY_MOST];
    uint64_t at = TOP;
    struct rua_span key;
    bool found = false;

    while (file && !found && next_key(db, file, &at, bytes, &key))
        found = !rua_span_same(key, rua_span_text(HEAD_KEY)) && look(ctx, key);
    if (file)
        fclose(file);
    return found;
}

/* ---- making ---- */

static int
add_line(struct cdb_make *make, const struct rua_allow_line *line)
{
    size_t len = line->domains.len + NUMBER;
    unsigned char *value = rua_alloc(len);
    int code;

    cdb_pack(line->line, value);
    memcpy(value + NUMBER, line->domains.data, line->domains.len);
    code = cdb_make_add(make, line->pattern.data, (unsigned)line->pattern.len,
                        value, (unsigned)len);
    free(value);
    return code;
}

enum rua_verdict
rua_allow_db_write(int fd, const struct rua_allow_line *lines, size_t n,
                   uint64_t bytes, struct rua_err *err)
{
    struct cdb_make make;
    char head[HEAD_SIZE];
    int code = cdb_make_start(&make, fd), len;

    len = snprintf(head, sizeof(head), HEAD "%zu %" PRIu64 "\n", n, bytes);
    if (code == 0)
        code = cdb_make_add(&make, HEAD_KEY, 1, head, (unsigned)len);
    for (size_t i = 0; code == 0 && i < n; i++)
        code = add_line(&make, &lines[i]);
    /* it frees, too */
    if (cdb_make_finish(&make) < 0 || code < 0)
        return rua_err_sys(err, "make the compiled allowlist");
    return RUA_OK;
}
