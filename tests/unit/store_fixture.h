/* store_fixture.h - for unit tests: a folder for each test, and entries made of
 * the sample. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entry.h"
#include "file.h"
#include "sample.h"

static char folder_path[] = "/tmp/test_store.XXXXXX";
static int folder = -1;
static struct rua_err err;

static inline int
folder_begin(void **state)
{
    (void)state;
    memcpy(folder_path + sizeof(folder_path) - 7, "XXXXXX", 6);
    rua_err_clear(&err);
    umask(022);
    if (!mkdtemp(folder_path))
        return -1;
    folder = open(folder_path, O_RDONLY | O_DIRECTORY);
    return folder < 0;
}

static inline int
folder_remove_one(const char *path, const struct stat *st, int type,
                  struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int
folder_end(void **state)
{
    (void)state;
    close(folder);
    return nftw(folder_path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A file's bytes and a NUL; NULL when it is missing. Freed by the caller. */
static inline char *
folder_slurp(const char *name, size_t *ret_len)
{
    int fd = openat(folder, name, O_RDONLY);
    struct stat st;
    char *text;

    if (fd < 0)
        return NULL;
    assert_int_equal(0, fstat(fd, &st));
    text = rua_alloc((size_t)st.st_size + 1);
    assert_int_equal(st.st_size, read(fd, text, (size_t)st.st_size));
    text[st.st_size] = '\0';
    if (ret_len)
        *ret_len = (size_t)st.st_size;
    close(fd);
    return text;
}

static inline void
assert_file(const char *name, const char *want)
{
    char *got = folder_slurp(name, NULL);

    if (!got)
        fail_msg("%s is missing", name);
    assert_string_equal(want, got);
    free(got);
}

static inline bool
folder_has(const char *name)
{
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void
folder_put(const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    close(fd);
}

/* How many names there are in a folder below ours. */
static inline unsigned
folder_count(const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    unsigned n = 0;
    const struct dirent *entry;

    if (!dir)
        return 0;
    while ((entry = readdir(dir)))
        n +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

/* How many lines a file has; 0 when it is missing. */
static inline unsigned
folder_lines(const char *name)
{
    char *text = folder_slurp(name, NULL);
    unsigned n = 0;

    for (const char *p = text; p && *p; p++)
        n += *p == '\n';
    free(text);
    return n;
}

/* The next descriptor that would be given: a higher one later is a leak. */
static inline int
folder_next_fd(void)
{
    int fd = dup(folder);

    close(fd);
    return fd;
}

/* An entry, and all that it borrows from. */
struct made {
    struct rua_spool result;
    struct rua_arena arena;
    struct rua_result read;
    struct rua_entry entry;
};

static const struct rua_receipt made_receipt = {.rua = "dmarc@example.com",
                                                .received_at = 1700090000};

static inline void
made_read(struct made *m, const struct sample *s)
{
    *m = (struct made){0};
    sample_result(s, &m->result);
    assert_int_equal(RUA_OK,
                     rua_result_read(&m->result, &m->arena, &m->read, NULL));
}

static inline void
made_fill(struct made *m, struct rua_entry_maker *maker, const struct sample *s,
          const char *domain)
{
    made_read(m, s);
    assert_int_equal(RUA_OK,
                     rua_entry_make(maker, &m->result, &m->read.reports[0],
                                    domain, &made_receipt, &m->entry, &err));
}

static inline void
made_done(struct made *m)
{
    rua_entry_done(&m->entry);
    rua_arena_done(&m->arena);
    rua_spool_done(&m->result);
}

#endif
