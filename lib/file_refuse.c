/* What is wrong with what stands in the store, in a sentence that says what to
 * do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

static const char *
kind_of(mode_t mode)
{
    return S_ISLNK(mode)    ? "a symbolic link"
           : S_ISDIR(mode)  ? "a folder"
           : S_ISREG(mode)  ? "a file"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Says what `path` is, which should be a folder, or a file; RUA_OK when it is.
 */
static enum rua_verdict
compare(const char *call, const char *name, const char *path, mode_t mode,
        bool folder, struct rua_err *err)
{
    bool inside = strcmp(name, path) != 0;

    if (folder ? S_ISDIR(mode) : S_ISREG(mode))
        return RUA_OK;
    return rua_err_set(err, RUA_LATER, "%s %s: %s%sis %s%s; move it away", call,
                       name, inside ? path : "", inside ? " " : "",
                       kind_of(mode),
                       S_ISLNK(mode) ? ", which the store does not follow"
                       : folder      ? ", not a folder"
                                     : ", not a file");
}

/* Where something is closed to us, the first thing on the way that is not ours
 * tells why. */
static enum rua_verdict
compare_owner(const char *call, const char *name, const char *path,
              const struct stat *st, struct rua_err *err)
{
    if (st->st_uid == geteuid())
        return RUA_OK;
    return rua_err_set(err, RUA_LATER,
                       "%s %s: no permission: %s belongs to user %lu, not to "
                       "user %lu; run this as that user",
                       call, name, path, (unsigned long)st->st_uid,
                       (unsigned long)geteuid());
}

/* A component after the other, so that none is looked at through a link. */
enum rua_verdict
rua_file_refuse(int at, const char *call, const char *name, bool folder,
                struct rua_err *err)
{
    int number = errno;
    size_t size = strlen(name) + 1;
    char *path = memcpy(rua_alloc(size), name, size), *end = path;
    enum rua_verdict v = RUA_OK;
    struct stat st;

    do {
        end += strcspn(end, "/");
        *end = '\0';
        if (fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
            break;
        v = compare(call, name, path, st.st_mode,
                    folder || name[end - path] != '\0', err);
        if (v == RUA_OK && number == EACCES)
            v = compare_owner(call, name, path, &st, err);
        *end = name[end - path];
    } while (v == RUA_OK && *end++);
    free(path);
    errno = number;
    return v == RUA_OK ? rua_err_sys(err, "%s %s", call, name) : v;
}

/* Another user could put things in our way there. */
static enum rua_verdict
check_folder(const struct stat *st, uid_t user, const char *path,
             struct rua_err *err)
{
    const char *word = *path ? "folder " : "", *colon = *path ? ": " : "";

    if (st->st_uid != user)
        return rua_err_set(err, RUA_LATER,
                           "%s%s%sbelongs to user %lu, not to user %lu; run "
                           "this as that user",
                           word, path, colon, (unsigned long)st->st_uid,
                           (unsigned long)user);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return rua_err_set(
            err, RUA_LATER,
            "%s%s%sothers can write there (mode %03o); chmod go-w it", word,
            path, colon, st->st_mode & 0777U);
    return RUA_OK;
}

enum rua_verdict
rua_file_check_root(int fd, struct rua_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return rua_err_sys(err, "stat");
    return check_folder(&st, geteuid(), "", err);
}

enum rua_verdict
rua_file_check_folders(int at, const char *path, size_t *ret_there,
                       struct rua_err *err)
{
    size_t size = strlen(path) + 1;
    char *prefix = memcpy(rua_alloc(size), path, size), *end = prefix;
    enum rua_verdict v = RUA_OK;
    size_t found = 0;
    uid_t user = geteuid();
    bool there = true;
    struct stat st;

    do {
        end += strcspn(end, "/");
        *end = '\0';
        there = fstatat(at, prefix, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && errno != ENOENT)
            v = rua_err_sys(err, "stat %s", prefix);
        if (there)
            v = compare("folder", prefix, prefix, st.st_mode, true, err);
        if (there && v == RUA_OK)
            v = check_folder(&st, user, prefix, err);
        if (there)
            found = (size_t)(end - prefix);
        *end = path[end - prefix];
    } while (v == RUA_OK && there && *end++);
    free(prefix);
    if (v == RUA_OK)
        *ret_there = found;
    return v;
}

/* A file that has another name may be anywhere: a copy made of links, or what
 * somebody wants to have written to. */
enum rua_verdict
rua_file_check_file(int fd, const char *name, bool writes,
                    struct rua_file_facts *ret_facts, struct rua_err *err)
{
    struct stat st;
    enum rua_verdict v;

    if (fstat(fd, &st) < 0)
        return rua_err_sys(err, "stat %s", name);
    v = compare("open", name, name, st.st_mode, false, err);
    if (v != RUA_OK)
        return v;
    *ret_facts = (struct rua_file_facts){.inode = st.st_ino,
                                         .size = (uint64_t)st.st_size,
                                         .linked = st.st_nlink > 0};
    if (st.st_uid != geteuid())
        return rua_err_set(err, RUA_LATER,
                           "open %s: belongs to user %lu, not to user %lu; "
                           "run this as that user",
                           name, (unsigned long)st.st_uid,
                           (unsigned long)geteuid());
    if (writes && st.st_nlink > 1)
        return rua_err_set(err, RUA_LATER,
                           "open %s: has %lu names (hard links); put a copy in "
                           "its place",
                           name, (unsigned long)st.st_nlink);
    return RUA_OK;
}
