#include "prune.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "keys.h"
#include "known.h"

#define LOCK ".spool/prune"

enum {
    PASS = 65536, /* files of a folder, at a time: their names are in memory */
    SLICE = 256,  /* files that go under one lock */
    LONGEST_PERIOD = 366 * 86400,
};

/* A folder with files, and those of them that go. */
struct folder {
    struct prune *prune;
    struct prune_count *count;
    const char *path; /* below the store */
    int fd;
    bool aside;           /* in the quarantine */
    int64_t begin, end;   /* its month; both 0: none */
    struct rua_keys keys; /* of */
    struct view_names names;
    uint64_t *sizes; /* as many */
};

/* ---- how old a file is ---- */

/* The number in front of `*end`, behind a "!"; moves the end there. */
static bool
cut_number(const char *name, const char **end, int64_t *ret_number)
{
    const char *mark = memrchr(name, '!', (size_t)(*end - name));
    char *last;

    if (!mark)
        return false;
    *ret_number = strtoll(mark + 1, &last, 10);
    if (last != *end || last == mark + 1)
        return false;
    *end = mark;
    return true;
}

/* "...!1700000000!1700086399!<key>.xml.gz" */
static int64_t
period_end(const struct folder *folder, const char *name, const struct stat *st)
{
    const char *at = strrchr(name, '!');
    int64_t begin, end;

    if (!folder->end)
        return st->st_mtime;
    if (at && cut_number(name, &at, &end) && cut_number(name, &at, &begin) &&
        begin <= end && end - begin <= LONGEST_PERIOD)
        return end;
    return folder->end - 1;
}

/* Recovery and a copy may have made the file anew; its folder is never wrong.
 */
static int64_t
day_it_came(const struct folder *folder, const struct stat *st)
{
    return st->st_mtime < folder->begin  ? folder->begin
           : st->st_mtime >= folder->end ? folder->end - 1
                                         : st->st_mtime;
}

static bool
is_before(const struct timespec *time, const struct timespec *other)
{
    return time->tv_sec != other->tv_sec ? time->tv_sec < other->tv_sec
                                         : time->tv_nsec < other->tv_nsec;
}

static bool
find_key(const struct folder *folder, const char *name, char ret_key[VIEW_KEY])
{
    size_t n = strspn(name, "0123456789abcdef");

    if (!folder->aside)
        return view_key(name, ret_key);
    if (n != VIEW_KEY - 1 || strcmp(name + n, ".eml") != 0)
        return false;
    snprintf(ret_key, VIEW_KEY, "%s", name);
    return true;
}

/* ---- a folder ---- */

static int
compare_names(const void *path, const void *name)
{
    return strcmp(path, *(char *const *)name);
}

static bool
goes(const struct folder *folder, const char *name, const struct stat *st)
{
    const struct prune *prune = folder->prune;
    char path[RUA_ARCHIVE_PATH_SIZE];

    if (prune->store && !is_before(&st->st_ctim, &prune->began))
        return false;
    if (!prune->only)
        return (folder->aside ? day_it_came(folder, st)
                              : period_end(folder, name, st)) < prune->before;
    snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    return prune->only->n &&
           bsearch(path, prune->only->names, prune->only->n,
                   sizeof(*prune->only->names), compare_names);
}

/* RUA_DUPLICATE: these are enough for now. */
static enum rua_verdict
look_at(void *ctx, const char *name, struct rua_err *err)
{
    struct folder *folder = ctx;
    const struct prune *prune = folder->prune;
    char key[VIEW_KEY];
    struct stat st;

    (void)err;
    if (!find_key(folder, name, key) ||
        fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(st.st_mode) || !goes(folder, name, &st))
        return RUA_OK;
    if (!prune->store) {
        folder->count->files++;
        folder->count->bytes += (uint64_t)st.st_size;
        return RUA_OK;
    }
    if (!folder->sizes)
        folder->sizes = rua_alloc(PASS * sizeof(*folder->sizes));
    folder->sizes[folder->names.n] = (uint64_t)st.st_size;
    rua_keys_add(&folder->keys, key);
    view_names_add(&folder->names, name);
    return folder->names.n < PASS ? RUA_OK : RUA_DUPLICATE;
}

static enum rua_verdict
remove_slice(struct folder *folder, size_t from, size_t to, struct rua_err *err)
{
    enum rua_verdict v = rua_store_enter(folder->prune->store, err);

    if (v != RUA_OK)
        return v;
    for (size_t i = from; v == RUA_OK && i < to; i++) {
        v = rua_file_remove(folder->fd, folder->names.names[i], err);
        if (v == RUA_OK) {
            folder->count->files++;
            folder->count->bytes += folder->sizes[i];
        }
    }
    rua_store_leave(folder->prune->store);
    return v;
}

static enum rua_verdict
remove_found(struct folder *folder, struct rua_err *err)
{
    size_t n = folder->names.n;
    enum rua_verdict v = RUA_OK;

    if (n)
        v = rua_keys_write(&folder->keys, folder->prune->view->root,
                           folder->path, err);
    for (size_t i = 0; v == RUA_OK && i < n && !*folder->prune->stop;
         i += SLICE)
        v = remove_slice(folder, i, i + SLICE < n ? i + SLICE : n, err);
    return v;
}

static enum rua_verdict
prune_folder(struct folder *folder, struct rua_err *err)
{
    enum rua_verdict v =
        rua_file_open(folder->prune->view->root, folder->path,
                      O_RDONLY | O_DIRECTORY, &folder->fd, err);
    bool more = true;

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    while (v == RUA_OK && more && !*folder->prune->stop) {
        v = rua_file_each(folder->fd, ".", look_at, folder, err);
        more = v == RUA_DUPLICATE;
        if (v == RUA_OK || more)
            v = remove_found(folder, err);
        rua_keys_done(&folder->keys);
        view_names_done(&folder->names);
    }
    free(folder->sizes);
    close(folder->fd);
    return v;
}

/* ---- the folders of an archive ---- */

/* "2026", "11" */
static bool
is_number(const char *name, size_t digits)
{
    return strlen(name) == digits && strspn(name, "0123456789") == digits;
}

static int64_t
begin_of_month(int year, int month)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = 1};

    return timegm(&tm);
}

struct walk {
    struct prune *prune;
    const char *path; /* of a folder that has years, or months */
    int year;         /* 0: it has years */
    bool aside;
};

static enum rua_verdict
enter_month(const struct walk *walk, const char *path, const char *name,
            struct rua_err *err)
{
    struct prune *prune = walk->prune;
    int month = (int)strtol(name, NULL, 10) - 1;
    struct folder folder = {
        .prune = prune,
        .path = path,
        .aside = walk->aside,
        .count = walk->aside ? &prune->quarantine : &prune->archive,
        .begin = begin_of_month(walk->year, month),
        .end = begin_of_month(walk->year, month + 1),
    };

    return folder.begin < prune->before || prune->only
               ? prune_folder(&folder, err)
               : RUA_OK;
}

static enum rua_verdict
enter(void *ctx, const char *name, struct rua_err *err)
{
    const struct walk *walk = ctx;
    char path[RUA_ARCHIVE_PATH_SIZE];
    struct walk below = *walk;
    struct folder undated = {
        .prune = walk->prune, .count = &walk->prune->archive, .path = path};

    snprintf(path, sizeof(path), "%s/%s", walk->path, name);
    if (walk->year)
        return is_number(name, 2) ? enter_month(walk, path, name, err) : RUA_OK;
    if (!walk->aside && strcmp(name, "undated") == 0)
        return prune_folder(&undated, err);
    if (!is_number(name, 4))
        return RUA_OK;
    below.path = path;
    below.year = (int)strtol(name, NULL, 10);
    return rua_file_each(walk->prune->view->root, path, enter, &below, err);
}

enum rua_verdict
prune_lock(const struct view *view, int *ret_lock, struct rua_err *err)
{
    int fd;
    enum rua_verdict v = rua_file_make_folders(view->root, ".spool", err);

    if (v == RUA_OK)
        v = rua_file_open(view->root, LOCK, O_RDWR | O_CREAT, &fd, err);
    if (v != RUA_OK)
        return v;
    if (rua_file_lock(fd, LOCK, 0, NULL) == RUA_OK) {
        *ret_lock = fd;
        return RUA_OK;
    }
    close(fd);
    return rua_err_set(err, RUA_LATER,
                       "store %s: another ruamill prune or quarantine retry is "
                       "at work; try again when that is done",
                       view->path);
}

/* The clock of files goes in steps of up to 10 ms: what came before is not to
 * seem as if it came at the same time. */
enum rua_verdict
prune_begin(struct prune *prune, struct rua_err *err)
{
    const struct timespec steps = {.tv_nsec = 20000000};

    nanosleep(&steps, NULL);
    clock_gettime(CLOCK_REALTIME_COARSE, &prune->began);
    return rua_store_checkpoint(prune->store, err);
}

enum rua_verdict
prune_archive(struct prune *prune, const char *domain, struct rua_err *err)
{
    char path[RUA_ARCHIVE_PATH_SIZE];
    struct walk walk = {.prune = prune, .path = path};

    snprintf(path, sizeof(path), "%s/archive", domain);
    return rua_file_each(prune->view->root, path, enter, &walk, err);
}

enum rua_verdict
prune_quarantine(struct prune *prune, struct rua_err *err)
{
    struct walk walk = {
        .prune = prune, .path = RUA_FOLDER_QUARANTINE, .aside = true};

    return rua_file_each(prune->view->root, walk.path, enter, &walk, err);
}
