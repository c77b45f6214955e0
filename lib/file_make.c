#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "file.h"

enum rua_verdict
rua_file_make(int folder, const char *name, int *ret_fd, struct rua_err *err)
{
    enum rua_verdict v;

    v = rua_file_open(folder, name, O_RDWR | O_CREAT | O_EXCL, ret_fd, err);
    if (v != RUA_DUPLICATE)
        return v;
    v = rua_file_remove(folder, name, err);
    if (v == RUA_OK)
        v = rua_file_open(folder, name, O_RDWR | O_CREAT | O_EXCL, ret_fd, err);
    return v == RUA_DUPLICATE
               ? rua_err_set(err, RUA_LATER, "%s: is made by somebody else",
                             name)
               : v;
}

/* For file systems without O_TMPFILE. */
static int
open_and_unlink(int folder)
{
    char name[40];
    uint64_t random;
    int fd;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return -1;
    snprintf(name, sizeof(name), "unlinked-%016llx",
             (unsigned long long)random);
    fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && unlinkat(folder, name, 0) < 0) {
        int number = errno;
        close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

enum rua_verdict
rua_file_open_unlinked(int folder, int *ret_fd, struct rua_err *err)
{
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
        fd = open_and_unlink(folder);
    if (fd < 0)
        return rua_err_sys(err, "open an unlinked file");
    *ret_fd = fd;
    return RUA_OK;
}

enum rua_verdict
rua_file_open_folder(const char *store, const char *folder, int *ret_fd,
                     struct rua_err *err)
{
    int root;
    enum rua_verdict v = rua_file_open_root(store, false, &root, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_make_folders(root, folder, err);
    if (v == RUA_OK)
        v = rua_file_open(root, folder, O_RDONLY | O_DIRECTORY, ret_fd, err);
    close(root);
    return v;
}
