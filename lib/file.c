#include "file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"

enum {
    FILE_MODE = 0640,
    FOLDER_MODE = 0750,
    LONGEST_NAME = 255, /* bytes of a component, as every file system has it */
};

/* Closes a descriptor that was opened on the way; errno is the caller's. */
static void
drop(int fd, int but)
{
    int number = errno;

    if (fd >= 0 && fd != but)
        close(fd);
    errno = number;
}

/* One or more components joined by single slashes, none of them "..". */
static bool
is_below(const char *name)
{
    for (;;) {
        size_t n = strcspn(name, "/");
        if (n == 0 || n > LONGEST_NAME ||
            (n == 2 && memcmp(name, "..", 2) == 0))
            return false;
        if (!name[n])
            return true;
        name += n + 1;
    }
}

static int
open_in_one(int folder, const char *name, int flags)
{
    struct open_how how = {
        .flags = (unsigned)flags,
        .mode = flags & O_CREAT ? FILE_MODE : 0,
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
}

/* The same without openat2(2): component by component. */
static int
open_by_steps(int folder, const char *name, int flags)
{
    int at = folder, fd;

    for (;;) {
        char part[LONGEST_NAME + 1];
        size_t n = strcspn(name, "/");
        memcpy(part, name, n);
        part[n] = '\0';
        fd = name[n] ? openat(at, part,
                              O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                     : openat(at, part, flags | O_NOFOLLOW, FILE_MODE);
        drop(at, folder);
        if (fd < 0 || !name[n])
            return fd;
        at = fd;
        name += n + 1;
    }
}

/* A kernel before 5.6 says ENOSYS; a sandbox that does not know the call may
 * say EPERM. Then the steps find out what is really the matter. */
static int
open_below(int folder, const char *name, int flags)
{
    int fd;

    do {
        fd = open_in_one(folder, name, flags | O_CLOEXEC);
        if (fd < 0 && (errno == ENOSYS || errno == EPERM))
            fd = open_by_steps(folder, name, flags | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static enum rua_verdict
not_below(const char *call, const char *name, struct rua_err *err)
{
    return rua_err_set(err, RUA_LATER, "%s %s: not a name below the folder",
                       call, name);
}

static enum rua_verdict
sync_folder_fd(int fd, const char *path, struct rua_err *err)
{
    return fsync(fd) < 0 ? rua_err_sys(err, "sync folder %s", path) : RUA_OK;
}

/* One that is open by O_PATH. */
static enum rua_verdict
sync_again(int at, const char *path, struct rua_err *err)
{
    enum rua_verdict verdict;
    int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return rua_err_sys(err, "open folder %s", path);
    verdict = sync_folder_fd(fd, path, err);
    close(fd);
    return verdict;
}

enum rua_verdict
rua_file_open_root(const char *path, bool make, int *ret_fd,
                   struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int fd = open(path, flags);

    if (fd < 0 && errno == ENOENT && make) {
        int above;
        if (mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST)
            return rua_err_sys(err, "make folder %s", path);
        fd = open(path, flags);
        if (fd >= 0 && (above = openat(fd, "..", flags)) >= 0) {
            verdict = sync_folder_fd(above, path, err);
            close(above);
        }
    }
    if (fd < 0)
        return rua_err_sys(err, "open folder %s", path);
    if (verdict == RUA_OK)
        *ret_fd = fd;
    else
        close(fd);
    return verdict;
}

/* O_NONBLOCK, so that a FIFO in the place of a file does not hold us up. EAGAIN
 * then means that another process has a lease on the file, so that it is a
 * regular one: the second call waits for the lease to end. What O_TRUNC asks
 * for is done after the checks, and only where there is something: ext4 writes
 * a file out at its close that was truncated. */
enum rua_verdict
rua_file_open_look(int folder, const char *name, int flags, int *ret_fd,
                   struct rua_file_facts *ret_facts, struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;
    int fd, untouched = (flags & ~O_TRUNC) | (flags & O_PATH ? 0 : O_NOCTTY);

    assert(!(flags & O_APPEND)); /* pwrite(2) would ignore its offset */
    if (!is_below(name))
        return not_below("open", name, err);
    fd =
        open_below(folder, name, untouched | (flags & O_PATH ? 0 : O_NONBLOCK));
    if (fd < 0 && errno == EAGAIN)
        fd = open_below(folder, name, untouched);
    if (fd < 0 && errno == ENOENT && !(flags & O_CREAT))
        return RUA_NOT_REPORT;
    if (fd < 0 && errno == EEXIST)
        return RUA_DUPLICATE;
    if (fd < 0)
        return rua_file_refuse(folder, "open", name, flags & O_DIRECTORY, err);
    if (!(flags & (O_DIRECTORY | O_EXCL)))
        verdict = rua_file_check_file(fd, name, (flags & O_ACCMODE) != O_RDONLY,
                                      ret_facts, err);
    if (verdict == RUA_OK && flags & O_TRUNC && lseek(fd, 0, SEEK_END) > 0 &&
        ftruncate(fd, 0) < 0)
        verdict = rua_err_sys(err, "truncate %s", name);
    if (verdict == RUA_OK)
        *ret_fd = fd;
    else
        close(fd);
    return verdict;
}

enum rua_verdict
rua_file_open(int folder, const char *name, int flags, int *ret_fd,
              struct rua_err *err)
{
    struct rua_file_facts facts;

    return rua_file_open_look(folder, name, flags, ret_fd, &facts, err);
}

/* The folder that the last component of `name` is in: `folder` itself, or a
 * descriptor to be dropped. */
static int
open_above(int folder, const char *name, const char **ret_last)
{
    const char *slash = strrchr(name, '/');
    size_t n = slash ? (size_t)(slash - name) : 0;
    char *path;
    int fd;

    *ret_last = slash ? slash + 1 : name;
    if (!slash)
        return folder;
    path = memcpy(rua_alloc(n + 1), name, n);
    path[n] = '\0';
    fd = open_below(folder, path, O_PATH | O_DIRECTORY);
    free(path);
    return fd;
}

/* One that cannot be synced is taken away again: the next one to come would
 * find it there, and believe it durable. */
static enum rua_verdict
make_folder(int folder, const char *path, struct rua_err *err)
{
    const char *last;
    enum rua_verdict verdict = RUA_OK;
    int at = open_above(folder, path, &last);

    if (at >= 0 && mkdirat(at, last, FOLDER_MODE) == 0) {
        verdict = sync_again(at, path, err);
        if (verdict != RUA_OK)
            unlinkat(at, last, AT_REMOVEDIR);
    } else if (errno != EEXIST) {
        verdict = rua_file_refuse(folder, "make folder", path, true, err);
    }
    drop(at, folder);
    return verdict;
}

enum rua_verdict
rua_file_make_folders(int folder, const char *path, struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;
    char *prefix, *end;
    int fd;

    if (!is_below(path))
        return not_below("make folder", path, err);
    prefix = end = memcpy(rua_alloc(strlen(path) + 1), path, strlen(path) + 1);
    do {
        end += strcspn(end, "/");
        *end = '\0';
        verdict = make_folder(folder, prefix, err);
        *end = path[end - prefix];
    } while (verdict == RUA_OK && *end++);
    free(prefix);
    if (verdict != RUA_OK)
        return verdict;
    fd = open_below(folder, path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return rua_file_refuse(folder, "open", path, true, err);
    close(fd);
    return RUA_OK;
}

enum rua_verdict
rua_file_make_folders_checked(int folder, const char *path, size_t there,
                              struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;
    char *prefix, *end;

    if (!is_below(path))
        return not_below("make folder", path, err);
    prefix = memcpy(rua_alloc(strlen(path) + 1), path, strlen(path) + 1);
    end = prefix + there + (path[there] == '/');
    do {
        end += strcspn(end, "/");
        *end = '\0';
        if (mkdirat(folder, prefix, FOLDER_MODE) < 0 && errno != EEXIST)
            verdict = rua_file_refuse(folder, "make folder", prefix, true, err);
        *end = path[end - prefix];
    } while (verdict == RUA_OK && *end++);
    free(prefix);
    return verdict;
}

enum rua_verdict
rua_file_sync_folder(int folder, const char *path, struct rua_err *err)
{
    enum rua_verdict verdict;
    int fd;

    if (!is_below(path))
        return not_below("sync folder", path, err);
    fd = open_below(folder, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return rua_err_sys(err, "open folder %s", path);
    verdict = sync_folder_fd(fd, path, err);
    close(fd);
    return verdict;
}

/* Renames below two open folders. Without RENAME_NOREPLACE, a link does what it
 * promises. */
static int
rename_at(int from_at, const char *from, int to_at, const char *to,
          unsigned flags)
{
    int failed = renameat2(from_at, from, to_at, to, flags);

    if (failed && flags && (errno == EINVAL || errno == ENOSYS))
        failed =
            linkat(from_at, from, to_at, to, 0) || unlinkat(from_at, from, 0);
    return failed;
}

static enum rua_verdict
move(int from_folder, const char *from, int to_folder, const char *to,
     unsigned flags, struct rua_err *err)
{
    const char *old, *new;
    enum rua_verdict verdict = RUA_OK;
    int from_at, to_at, failed = -1;

    if (!is_below(from) || !is_below(to))
        return not_below("rename to", to, err);
    from_at = open_above(from_folder, from, &old);
    to_at = from_at < 0 ? -1 : open_above(to_folder, to, &new);
    if (to_at >= 0)
        failed = rename_at(from_at, old, to_at, new, flags);
    if (failed && flags && to_at >= 0 && (errno == EEXIST || errno == ENOENT) &&
        faccessat(to_at, new, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        verdict = RUA_DUPLICATE;
    else if (failed)
        verdict = rua_err_sys(err, "rename %s to %s", from, to);
    drop(from_at, from_folder);
    drop(to_at, to_folder);
    return verdict;
}

/* Recovery puts a file in place that may be there since the last time: then
 * `from` is gone (ENOENT), and this is a duplicate as well. */
enum rua_verdict
rua_file_move(int from_folder, const char *from, int to_folder, const char *to,
              struct rua_err *err)
{
    return move(from_folder, from, to_folder, to, RENAME_NOREPLACE, err);
}

enum rua_verdict
rua_file_rename(int folder, const char *from, const char *to,
                struct rua_err *err)
{
    return rua_file_move(folder, from, folder, to, err);
}

enum rua_verdict
rua_file_replace(int folder, const char *from, const char *to,
                 struct rua_err *err)
{
    return move(folder, from, folder, to, 0, err);
}

enum rua_verdict
rua_file_exists(int folder, const char *name, bool *ret_exists,
                struct rua_err *err)
{
    const char *last;
    struct stat st;
    int at;
    bool exists, sure;

    if (!is_below(name))
        return not_below("look for", name, err);
    at = open_above(folder, name, &last);
    exists = at >= 0 && fstatat(at, last, &st, AT_SYMLINK_NOFOLLOW) == 0;
    sure = exists ? S_ISREG(st.st_mode) : errno == ENOENT;
    drop(at, folder);
    if (!sure)
        return rua_file_refuse(folder, "look for", name, false, err);
    *ret_exists = exists;
    return RUA_OK;
}

enum rua_verdict
rua_file_remove(int folder, const char *name, struct rua_err *err)
{
    enum rua_verdict verdict = RUA_OK;
    const char *last;
    int at;

    if (!is_below(name))
        return not_below("remove", name, err);
    at = open_above(folder, name, &last);
    if ((at < 0 || unlinkat(at, last, 0) < 0) && errno != ENOENT)
        verdict = rua_file_refuse(folder, "remove", name, false, err);
    drop(at, folder);
    return verdict;
}
