#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

enum rua_verdict
rua_file_look(int fd, const char *name, struct rua_file_facts *ret_facts,
              struct rua_err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return rua_err_sys(err, "stat %s", name);
    *ret_facts = (struct rua_file_facts){.inode = st.st_ino,
                                         .size = (uint64_t)st.st_size,
                                         .linked = st.st_nlink > 0};
    return RUA_OK;
}

enum rua_verdict
rua_file_folder_exists(int folder, const char *name, bool *ret_exists,
                       struct rua_err *err)
{
    int fd;
    enum rua_verdict v =
        rua_file_open(folder, name, O_RDONLY | O_DIRECTORY, &fd, err);

    if (v != RUA_OK && v != RUA_NOT_REPORT)
        return v;
    *ret_exists = v == RUA_OK;
    if (v == RUA_OK)
        close(fd);
    return RUA_OK;
}

/* The folder is opened first: a name below it that leads elsewhere is refused
 * there. O_NONBLOCK and EAGAIN are as in rua_file_open(). */
enum rua_verdict
rua_file_open_to_read(int folder, const char *name, int *ret_fd,
                      struct rua_err *err)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, above, fd;
    char path[PATH_MAX];
    struct stat st;
    enum rua_verdict v;

    snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - name) : 1,
             slash ? name : ".");
    v = rua_file_open(folder, path, O_RDONLY | O_DIRECTORY, &above, err);
    if (v != RUA_OK)
        return v;
    fd = openat(above, last, flags | O_NONBLOCK);
    if (fd < 0 && errno == EAGAIN)
        fd = openat(above, last, flags);
    if (fd < 0 && errno == ENOENT)
        v = RUA_NOT_REPORT;
    else if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        v = rua_file_refuse(folder, "open", name, false, err);
    close(above);
    if (v == RUA_OK)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    return v;
}

enum rua_verdict
rua_file_each(int folder, const char *path,
              enum rua_verdict (*each)(void *ctx, const char *name,
                                       struct rua_err *err),
              void *ctx, struct rua_err *err)
{
    enum rua_verdict v;
    struct dirent *entry;
    DIR *dir;
    int fd;

    v = rua_file_open(folder, path, O_RDONLY | O_DIRECTORY, &fd, err);
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    dir = fdopendir(fd);
    if (!dir) {
        v = rua_err_sys(err, "read folder %s", path);
        close(fd);
        return v;
    }
    while (v == RUA_OK && (errno = 0, entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            v = each(ctx, entry->d_name, err);
    if (v == RUA_OK && errno)
        v = rua_err_sys(err, "read folder %s", path);
    closedir(dir);
    return v;
}

enum rua_verdict
rua_file_boot_id(char ret_id[RUA_BOOT_ID_SIZE], struct rua_err *err)
{
    int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
    char id[RUA_BOOT_ID_SIZE] = "";
    ssize_t n;

    if (fd < 0)
        return rua_err_sys(err, "open %s", BOOT_ID);
    n = read(fd, id, sizeof(id) - 1);
    if (n < 0)
        rua_err_sys(err, "read %s", BOOT_ID);
    close(fd);
    if (n != sizeof(id) - 1)
        return rua_err_set(err, RUA_LATER, "read %s: it is too short", BOOT_ID);
    memcpy(ret_id, id, sizeof(id));
    return RUA_OK;
}

uint64_t
rua_file_room(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0 || !fs.f_blocks)
        return UINT64_MAX;
    return (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
}

unsigned
rua_file_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return (unsigned)limit.rlim_cur;
}

/* statfs(2): f_type. What is behind FUSE may be local, or sshfs: nobody can
 * tell. */
static const struct {
    uint32_t type;
    const char *name;
} networks[] = {
    {0x00006969, "NFS"   },
    {0x0000517b, "SMB"   },
    {0xfe534d42, "SMB"   },
    {0xff534d42, "CIFS"  },
    {0x01021997, "9P"    },
    {0x5346414f, "AFS"   },
    {0x6b414653, "AFS"   },
    {0x00c36400, "Ceph"  },
    {0x65735546, "FUSE"  },
    {0x0bd00bd0, "Lustre"},
    {0x01161970, "GFS2"  },
    {0x7461636f, "OCFS2" },
};

enum rua_verdict
rua_file_network(int fd, const char **ret_name, struct rua_err *err)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return rua_err_sys(err, "stat the file system");
    *ret_name = NULL;
    for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
        if ((uint32_t)fs.f_type == networks[i].type)
            *ret_name = networks[i].name;
    return RUA_OK;
}
