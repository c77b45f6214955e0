#include "poison.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aside.h"
#include "file.h"

#define FOLDER ".spool/poison"

/* A look at all that is remembered. */
struct look {
    int folder;
    int64_t now;
    unsigned n;
    int64_t oldest_time;
    char oldest[RUA_DIGEST_SIZE];
};

static bool
is_ours(const char *name)
{
    return strlen(name) == RUA_DIGEST_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == RUA_DIGEST_SIZE - 1;
}

/* When a message was remembered; one that is missing was never, and one of the
 * future, which a clock that was wrong has made, is old enough to go. */
static int64_t
time_of(const struct look *look, const char *name)
{
    struct stat st;

    if (fstatat(look->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        st.st_mtime > look->now)
        return INT64_MIN;
    return st.st_mtime;
}

static bool
is_old(const struct look *look, int64_t time)
{
    return time < look->now - POISON_SECONDS;
}

static enum rua_verdict
look_at(void *ctx, const char *name, struct rua_err *err)
{
    struct look *look = ctx;
    int64_t time;

    if (!is_ours(name))
        return RUA_OK;
    time = time_of(look, name);
    if (is_old(look, time))
        return rua_file_remove(look->folder, name, err);
    if (look->n == 0 || time < look->oldest_time) {
        look->oldest_time = time;
        memcpy(look->oldest, name, RUA_DIGEST_SIZE);
    }
    look->n++;
    return RUA_OK;
}

static enum rua_verdict
forget(struct look *look, struct rua_err *err)
{
    enum rua_verdict v = rua_file_each(look->folder, ".", look_at, look, err);

    return v == RUA_OK && look->n >= POISON_MOST
               ? rua_file_remove(look->folder, look->oldest, err)
               : v;
}

static enum rua_verdict
remember(const struct look *look, const char *name, struct rua_err *err)
{
    const struct timespec times[2] = {{.tv_sec = (time_t)look->now},
                                      {.tv_sec = (time_t)look->now}};
    int fd;
    enum rua_verdict v =
        rua_file_open(look->folder, name, O_RDWR | O_CREAT, &fd, err);

    if (v != RUA_OK)
        return v;
    if (futimens(fd, times) < 0)
        v = rua_err_sys(err, "set the time of " FOLDER "/%s", name);
    close(fd);
    return v;
}

enum rua_verdict
poison_note(const char *store, const struct rua_spool *message, int64_t now,
            bool *ret_before, struct rua_err *err)
{
    struct look look = {.now = now};
    char name[RUA_DIGEST_SIZE];
    enum rua_verdict v = rua_file_open_folder(store, FOLDER, &look.folder, err);
    bool before;

    if (v != RUA_OK)
        return v;
    v = rua_aside_digest(message, name, err);
    if (v == RUA_OK) {
        before = !is_old(&look, time_of(&look, name));
        if (!before)
            v = forget(&look, err);
        if (v == RUA_OK && !before)
            v = remember(&look, name, err);
        if (v == RUA_OK)
            *ret_before = before;
    }
    close(look.folder);
    return v;
}
