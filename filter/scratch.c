#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "store.h"

enum rua_verdict
scratch_open_in_store(void *ctx, int *ret_fd, struct rua_err *err)
{
    return rua_store_scratch(ctx, ret_fd, err);
}

static enum rua_verdict
open_in(const char *folder, int *ret_fd, struct rua_err *err)
{
    int fd;
    enum rua_verdict v = rua_file_open_root(folder, false, &fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_open_unlinked(fd, ret_fd, err);
    close(fd);
    return v;
}

enum rua_verdict
scratch_open_beside(void *ctx, int *ret_fd, struct rua_err *err)
{
    const char *path = ctx;
    char folder[4096];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof(folder), "%.*s",
             slash > path ? (int)(slash - path) : 1, slash ? path : ".");
    return open_in(folder, ret_fd, NULL) == RUA_OK
               ? RUA_OK
               : open_in("/var/tmp", ret_fd, err);
}
