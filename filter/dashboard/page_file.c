#include "page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* Cuts "a/b.html" into folder and name. */
static const char *
cut_path(const char *path, char **ret_folder)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        *ret_folder = strdup(".");
        return path;
    }
    *ret_folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    return slash + 1;
}

/* rename(2) would put a file in the place of /dev/null, and of a link. */
static enum rua_verdict
check_old(int folder, const char *name, struct rua_err *err)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        S_ISREG(st.st_mode))
        return RUA_OK;
    if (S_ISDIR(st.st_mode))
        return rua_err_set(err, RUA_BAD, "it is a folder; name a file in it");
    if (S_ISLNK(st.st_mode))
        return rua_err_set(err, RUA_BAD,
                           "it is a symbolic link; name the file that it leads "
                           "to, or - for standard output");
    return rua_err_set(err, RUA_BAD,
                       "it is no regular file; for standard output name -");
}

static enum rua_verdict
fill(int folder, int fd, const char *fresh, const char *name,
     struct rua_span page, struct rua_err *err)
{
    enum rua_verdict v = rua_file_write(fd, name, 0, page, err);

    if (v == RUA_OK)
        v = rua_file_sync(fd, name, err);
    if (v == RUA_OK)
        v = rua_file_replace(folder, fresh, name, err);
    if (v == RUA_OK)
        return rua_file_sync_folder(folder, ".", err);
    unlinkat(folder, fresh, 0);
    return v;
}

/* A new file that takes the place of the old one when it is whole. */
static enum rua_verdict
replace(int folder, const char *name, struct rua_span page, struct rua_err *err)
{
    char fresh[NAME_MAX + 1];
    enum rua_verdict v = check_old(folder, name, err);
    int fd;

    if (v != RUA_OK)
        return v;
    if (snprintf(fresh, sizeof(fresh), ".%s.new", name) >= (int)sizeof(fresh))
        return rua_err_set(err, RUA_BAD, "the file's name is too long");
    errno = 0;
    v = rua_file_make(folder, fresh, &fd, err);
    if (v != RUA_OK)
        return errno == EACCES || errno == EPERM || errno == EROFS ? RUA_BAD
                                                                   : v;
    v = fill(folder, fd, fresh, name, page, err);
    close(fd);
    return v;
}

static enum rua_verdict
put_file(const char *path, struct rua_span page, struct rua_err *err)
{
    char *parent;
    const char *name = cut_path(path, &parent);
    int folder;
    enum rua_verdict v = rua_file_open_root(parent, false, &folder, err);

    free(parent);
    if (v != RUA_OK)
        return RUA_BAD;
    v = *name ? replace(folder, name, page, err)
              : rua_err_set(err, RUA_BAD, "it is a folder; name a file in it");
    close(folder);
    return v;
}

enum rua_verdict
page_file_put(const char *path, struct rua_span page, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v;

    if (strcmp(path, "-") == 0)
        return fwrite(page.data, 1, page.len, stdout) == page.len
                   ? RUA_OK
                   : rua_err_sys(err, "standard output");
    v = put_file(path, page, &why);
    return v == RUA_OK
               ? v
               : rua_err_set(err, v, "the page cannot be written to %.120s: %s",
                             path, why.sentence);
}
