#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "mbox.h"

#define LET_READ "%s; let the user that runs ruamill read it"

/* An open file, shared by the messages of an mbox. */
struct input_file {
    unsigned users;
    int fd;
};

struct input {
    char *const *paths; /* still to come, n of them */
    size_t n;
    FTS *fts; /* the walk of the path before them, or NULL */
    int spare;
    struct mbox mbox;
    struct input_file *in_mbox; /* the mbox we are in, or NULL */
    bool whole;                 /* there are none */
    char *path;                 /* of it */
};

static int
by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *
walk(char *path)
{
    char *paths[] = {path, NULL};

    return fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
}

/* A Maildir's tmp holds what is not whole yet. */
static bool
is_maildir_tmp(const FTSENT *entry)
{
    char path[4096];
    int n = (int)(strlen(entry->fts_accpath) - strlen("tmp"));

    if (entry->fts_level < 1 || strcmp(entry->fts_name, "tmp") != 0)
        return false;
    snprintf(path, sizeof(path), "%.*scur", n, entry->fts_accpath);
    return access(path, F_OK) == 0;
}

/* A link to a file is read like the file; one that leads nowhere cannot be
 * read; one to a folder is not followed, since it may lead in circles. */
static bool
is_link_to_folder(FTSENT *entry)
{
    struct stat st;

    entry->fts_errno = stat(entry->fts_accpath, &st) < 0 ? errno : 0;
    return !entry->fts_errno && !S_ISREG(st.st_mode);
}

/* The next file of the walk, or one that cannot be read; NULL at the end. */
static FTSENT *
next_file(FTS *fts)
{
    FTSENT *entry;

    while (fts && (entry = fts_read(fts)) != NULL) {
        if (entry->fts_info == FTS_D && is_maildir_tmp(entry))
            fts_set(fts, entry, FTS_SKIP);
        if (entry->fts_info == FTS_SL && !is_link_to_folder(entry))
            return entry;
        if (entry->fts_info == FTS_F || entry->fts_info == FTS_DNR ||
            entry->fts_info == FTS_NS || entry->fts_info == FTS_SLNONE ||
            entry->fts_info == FTS_ERR)
            return entry;
    }
    return NULL;
}

static bool
is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

enum rua_verdict
input_open(char *const *paths, size_t n, int spare, struct input **ret_input,
           struct rua_err *err)
{
    struct input *input;

    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (is_standard_input(paths[i]))
            continue;
        if (stat(paths[i], &st) < 0)
            return rua_err_set(err, RUA_REFUSED, "%s: %s", paths[i],
                               strerror(errno));
        if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            return rua_err_set(err, RUA_REFUSED,
                               "%s: is no file and no folder (a pipe is "
                               "read as \"-\")",
                               paths[i]);
        if (faccessat(AT_FDCWD, paths[i], R_OK, AT_EACCESS) < 0)
            return rua_err_set(err, RUA_REFUSED,
                               S_ISDIR(st.st_mode)
                                   ? "%s: " LET_READ
                                   : "%s: " LET_READ
                                     ", or give it on standard input: - <%s",
                               paths[i], strerror(errno), paths[i]);
    }
    input = rua_alloc(sizeof(*input));
    *input = (struct input){.paths = paths, .n = n, .spare = spare};
    *ret_input = input;
    return RUA_OK;
}

void
input_give_spare(struct input *input, int spare)
{
    input->spare = spare;
}

static void
leave(struct input_file *file)
{
    if (!file || --file->users > 0)
        return;
    close(file->fd);
    free(file);
}

void
input_take_whole(struct input *input)
{
    input->whole = true;
}

void
input_close(struct input *input)
{
    if (!input)
        return;
    if (input->fts)
        fts_close(input->fts);
    leave(input->in_mbox);
    free(input->path);
    if (input->spare >= 0)
        close(input->spare);
    free(input);
}

uint64_t
input_count(char *const *paths, size_t n)
{
    uint64_t count = 0;

    for (size_t i = 0; i < n; i++) {
        FTS *fts = is_standard_input(paths[i]) ? NULL : walk(paths[i]);
        while (next_file(fts))
            count++;
        if (fts)
            fts_close(fts);
    }
    return count;
}

static const char *
last_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* An item of a file of one's own; the id is the item's to free. */
static void
fill(struct input_item *item, const char *path, const char *suffix,
     struct input_file *file)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *id = rua_alloc(size);

    snprintf(id, size, "%s%s", path, suffix);
    *item = (struct input_item){.id = id, .fd = -1, .file = file};
    item->name = last_component(id);
    if (file) {
        file->users++;
        item->fd = file->fd;
    }
}

/* The next message of the mbox we are in, or that it cannot be read. */
static bool
next_in_mbox(struct input *input, struct input_item *item)
{
    uint64_t offset, len = 0;
    char suffix[32];
    bool found = mbox_next(&input->mbox, &offset, &len);
    int error = input->mbox.error;

    snprintf(suffix, sizeof(suffix), ":%llu", (unsigned long long)offset);
    if (found || error)
        fill(item, input->path, suffix, found ? input->in_mbox : NULL);
    if (found) {
        item->offset = offset;
        item->len = len;
        return true;
    }
    leave(input->in_mbox);
    input->in_mbox = NULL;
    errno = error;
    if (error)
        rua_err_sys(&item->err, "read");
    return error != 0;
}

/* Takes an open file: as one message, or, returning false, as the mbox that we
 * are in from now on. */
static bool
take(struct input *input, int fd, const char *path, struct input_item *item)
{
    struct input_file *file = rua_alloc(sizeof(*file));
    struct stat st = {0};

    *file = (struct input_file){.users = 1, .fd = fd};
    if (!input->whole && mbox_is(fd)) {
        free(input->path);
        input->path = strdup(path);
        if (!input->path)
            rua_no_memory();
        input->in_mbox = file;
        mbox_open(&input->mbox, fd);
        return false;
    }
    fill(item, path, "", file);
    leave(file);
    if (fstat(fd, &st) < 0)
        rua_err_sys(&item->err, "stat");
    item->len = (uint64_t)st.st_size;
    return true;
}

/* Copies standard input to where it can be read again. A signal ends that: it
 * can only be the one that asks us to stop. */
static enum rua_verdict
copy_standard_input(int fd, struct rua_err *err)
{
    unsigned char piece[65536];
    uint64_t at = 0;
    ssize_t n;

    if (fd < 0)
        return rua_err_set(err, RUA_LATER, "no file to copy it to");
    while ((n = read(0, piece, sizeof(piece))) != 0) {
        enum rua_verdict v;
        if (n < 0 && errno == EBADF)
            return rua_err_set(err, RUA_LATER,
                               "standard input is closed; give it a message, "
                               "or name a path");
        if (n < 0)
            return rua_err_sys(err, "read standard input");
        v = rua_file_write(fd, "a copy of standard input", at,
                           (struct rua_span){piece, (size_t)n}, err);
        if (v != RUA_OK)
            return v;
        at += (uint64_t)n;
    }
    return RUA_OK;
}

static bool
take_standard_input(struct input *input, struct input_item *item)
{
    struct rua_err err = {0};
    int fd = input->spare;

    input->spare = -1;
    if (copy_standard_input(fd, &err) == RUA_OK)
        return take(input, fd, "-", item);
    if (fd >= 0)
        close(fd);
    fill(item, "-", "", NULL);
    item->err = err;
    return true;
}

/* By errno. */
static void
say_unread(struct input_item *item)
{
    if (errno == EACCES)
        rua_err_set(&item->err, RUA_LATER, "open: " LET_READ, strerror(errno));
    else
        rua_err_sys(&item->err, "open");
}

static bool
take_entry(struct input *input, const FTSENT *entry, struct input_item *item)
{
    int fd = -1;

    errno = entry->fts_errno;
    if (entry->fts_info == FTS_F || (entry->fts_info == FTS_SL && !errno))
        fd = open(entry->fts_accpath, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return take(input, fd, entry->fts_path, item);
    fill(item, entry->fts_path, "", NULL);
    say_unread(item);
    return true;
}

/* Goes on to the next path; true when that has given an item. */
static bool
take_path(struct input *input, struct input_item *item)
{
    char *path = *input->paths++;

    input->n--;
    if (is_standard_input(path))
        return take_standard_input(input, item);
    input->fts = walk(path);
    if (input->fts)
        return false;
    fill(item, path, "", NULL);
    say_unread(item);
    return true;
}

/* Goes on in the walk of a path; true when that has given an item. */
static bool
take_next_file(struct input *input, struct input_item *item)
{
    const FTSENT *entry = next_file(input->fts);

    if (entry)
        return take_entry(input, entry, item);
    fts_close(input->fts);
    input->fts = NULL;
    return false;
}

bool
input_next(struct input *input, struct input_item *ret_item)
{
    bool found = false;

    while (!found && (input->in_mbox || input->fts || input->n))
        found = input->in_mbox ? next_in_mbox(input, ret_item)
                : input->fts   ? take_next_file(input, ret_item)
                               : take_path(input, ret_item);
    return found;
}

void
input_item_done(struct input_item *item)
{
    leave(item->file);
    free((char *)(uintptr_t)item->id);
    *item = (struct input_item){.fd = -1};
}
