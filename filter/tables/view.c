#include "view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "file.h"
#include "spool.h"

#define LOCK ".spool/lock"

enum {
    LOCK_WAIT = 60000 /* milliseconds */
};

enum rua_verdict
view_say_closed(const char *path, struct rua_err *err)
{
    enum rua_verdict v = errno == EACCES || errno == ENOTDIR || errno == ELOOP
                             ? RUA_REFUSED
                             : RUA_LATER;

    rua_err_sys(err, "store %s", path);
    return v;
}

/* A store without a lock, as in a copy, has nobody writing to it. */
enum rua_verdict
view_open(const char *path, struct view *ret_view, struct rua_err *err)
{
    enum rua_verdict v;

    *ret_view = (struct view){.path = path, .root = -1, .lock = -1};
    v = rua_file_open_root(path, false, &ret_view->root, NULL);
    if (v != RUA_OK && errno == ENOENT)
        return RUA_NOT_REPORT;
    if (v != RUA_OK)
        return view_say_closed(path, err);
    v = rua_file_open_to_read(ret_view->root, LOCK, &ret_view->lock,
                              &ret_view->why);
    if (v != RUA_OK)
        ret_view->lock = -1;
    return RUA_OK;
}

enum rua_verdict
view_must_open(const char *path, struct view *ret_view, struct rua_err *err)
{
    enum rua_verdict v = view_open(path, ret_view, err);

    return v == RUA_NOT_REPORT
               ? rua_err_set(
                     err, v,
                     "store %s: there is none; mend the name, or let the "
                     "first report make it",
                     path)
               : v;
}

void
view_close(struct view *view)
{
    if (view->lock >= 0)
        close(view->lock);
    if (view->root >= 0)
        close(view->root);
    view->lock = view->root = -1;
}

enum rua_verdict
view_take_lock(const struct view *view, struct rua_err *err)
{
    return view->lock < 0 ? RUA_OK
                          : rua_file_lock(view->lock, LOCK, LOCK_WAIT, err);
}

void
view_leave_lock(const struct view *view)
{
    if (view->lock >= 0)
        rua_file_unlock(view->lock);
}

/* ---- names ---- */

void
view_names_add(struct view_names *names, const char *name)
{
    if (names->n == names->room) {
        names->room = names->room ? names->room * 2 : 64;
        names->names =
            rua_realloc(names->names, names->room * sizeof(*names->names));
    }
    names->names[names->n++] =
        rua_arena_text(&names->arena, rua_span_text(name));
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
view_names_sort(struct view_names *names)
{
    if (names->n)
        qsort(names->names, names->n, sizeof(*names->names), compare_names);
}

void
view_names_done(struct view_names *names)
{
    free(names->names);
    rua_arena_done(&names->arena);
    *names = (struct view_names){0};
}

bool
view_is_domain(const char *name)
{
    char domain[RUA_DOMAIN_SIZE];

    if (strcmp(name, RUA_FOLDER_QUARANTINE) == 0)
        return false;
    return strcmp(name, RUA_FOLDER_INVALID) == 0 ||
           (rua_domain_fold(rua_span_text(name), domain) &&
            strcmp(name, domain) == 0);
}

/* A folder, and its names. */
struct listing {
    int root;
    struct view_names *names;
};

static enum rua_verdict
add_domain(void *ctx, const char *name, struct rua_err *err)
{
    const struct listing *listing = ctx;
    struct stat st;

    (void)err;
    if (view_is_domain(name) &&
        (fstatat(listing->root, name, &st, AT_SYMLINK_NOFOLLOW) == 0
             ? S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)
             : errno != ENOENT))
        view_names_add(listing->names, name);
    return RUA_OK;
}

enum rua_verdict
view_domains(const struct view *view, struct view_names *ret_names,
             struct rua_err *err)
{
    struct listing listing = {view->root, ret_names};
    enum rua_verdict v;

    *ret_names = (struct view_names){0};
    v = rua_file_each(view->root, ".", add_domain, &listing, err);
    view_names_sort(ret_names);
    return v;
}

bool
view_key(const char *path, char ret_key[VIEW_KEY])
{
    const char *mark = strrchr(path, '!');
    size_t n = mark ? strspn(mark + 1, "0123456789abcdef") : 0;

    if (n != VIEW_KEY - 1)
        return false;
    for (int c = RUA_CONTAINER_XML; c <= RUA_CONTAINER_BIN; c++)
        if (strcmp(mark + 1 + n, rua_entry_ending((enum rua_container)c)) ==
            0) {
            snprintf(ret_key, VIEW_KEY, "%s", mark + 1);
            return true;
        }
    return false;
}

enum rua_verdict
view_push(const struct view *view, const char *path, uint64_t size,
          const struct rua_sink *sink, struct rua_err *err)
{
    struct rua_spool file;
    int fd;
    enum rua_verdict v = rua_file_open_to_read(view->root, path, &fd, err);

    if (v != RUA_OK)
        return v;
    rua_spool_open(&file, fd, 0, size);
    v = rua_spool_push(&file, 0, size, sink, err);
    close(fd);
    return v;
}
