/* calls.h - for killat.c: the system calls that it counts, and the errors. */
#ifndef CALLS_H
#define CALLS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

enum kind {
    LOOKS,
    READS, /* the third argument is how much */
    CHANGES,
    OPENS,   /* changes when it makes or empties a file */
    LEASES,  /* changes when it takes or gives back a lease */
    LOCKS,   /* changes, but needs no place on the disk */
    WRITES,  /* the third argument is how much */
    OTHER,   /* memory, processes, sockets: counted when all are */
    STREAMS, /* the same; the third argument is how much */
};

enum {
    NONE = -1,
};

struct call {
    long number;
    const char *name;
    enum kind kind;
    int fd, path; /* which argument is one, or NONE */
};

static const struct call calls[] = {
    {SYS_pwrite64,        "pwrite64",        WRITES,  0,    NONE},
    {SYS_write,           "write",           WRITES,  0,    NONE},
    {SYS_open,            "open",            OPENS,   NONE, 0   },
    {SYS_openat,          "openat",          OPENS,   0,    1   },
    {SYS_openat2,         "openat2",         OPENS,   0,    1   },
    {SYS_mkdir,           "mkdir",           CHANGES, NONE, 0   },
    {SYS_mkdirat,         "mkdirat",         CHANGES, 0,    1   },
    {SYS_rename,          "rename",          CHANGES, NONE, 1   },
    {SYS_renameat,        "renameat",        CHANGES, 2,    3   },
    {SYS_renameat2,       "renameat2",       CHANGES, 2,    3   },
    {SYS_linkat,          "linkat",          CHANGES, 2,    3   },
    {SYS_unlink,          "unlink",          CHANGES, NONE, 0   },
    {SYS_unlinkat,        "unlinkat",        CHANGES, 0,    1   },
    {SYS_ftruncate,       "ftruncate",       CHANGES, 0,    NONE},
    {SYS_fallocate,       "fallocate",       CHANGES, 0,    NONE},
    {SYS_fdatasync,       "fdatasync",       CHANGES, 0,    NONE},
    {SYS_fsync,           "fsync",           CHANGES, 0,    NONE},
    {SYS_syncfs,          "syncfs",          CHANGES, 0,    NONE},
    {SYS_flock,           "flock",           LOCKS,   0,    NONE},
    {SYS_fcntl,           "fcntl",           LEASES,  0,    NONE},
    {SYS_sendmsg,         "sendmsg",         LOOKS,   0,    NONE},
    {SYS_close,           "close",           LOOKS,   0,    NONE},
    {SYS_pread64,         "pread64",         READS,   0,    NONE},
    {SYS_read,            "read",            READS,   0,    NONE},
    {SYS_getdents64,      "getdents64",      LOOKS,   0,    NONE},
    {SYS_newfstatat,      "newfstatat",      LOOKS,   0,    1   },
    {SYS_fstat,           "fstat",           LOOKS,   0,    NONE},
    {SYS_faccessat,       "faccessat",       LOOKS,   0,    1   },
    {SYS_faccessat2,      "faccessat2",      LOOKS,   0,    1   },
    {SYS_fstatfs,         "fstatfs",         LOOKS,   0,    NONE},
    {SYS_sendto,          "sendto",          STREAMS, 0,    NONE},
    {SYS_recvfrom,        "recvfrom",        STREAMS, 0,    NONE},
    {SYS_recvmsg,         "recvmsg",         OTHER,   0,    NONE},
    {SYS_writev,          "writev",          OTHER,   0,    NONE},
    {SYS_readv,           "readv",           OTHER,   0,    NONE},
    {SYS_pwritev,         "pwritev",         OTHER,   0,    NONE},
    {SYS_lseek,           "lseek",           OTHER,   0,    NONE},
    {SYS_utimensat,       "utimensat",       OTHER,   0,    NONE},
    {SYS_fchmod,          "fchmod",          OTHER,   0,    NONE},
    {SYS_chmod,           "chmod",           OTHER,   NONE, 0   },
    {SYS_access,          "access",          OTHER,   NONE, 0   },
    {SYS_readlink,        "readlink",        OTHER,   NONE, 0   },
    {SYS_memfd_create,    "memfd_create",    OTHER,   NONE, 0   },
    {SYS_mmap,            "mmap",            OTHER,   NONE, NONE},
    {SYS_mremap,          "mremap",          OTHER,   NONE, NONE},
    {SYS_clone,           "clone",           OTHER,   NONE, NONE},
    {SYS_clone3,          "clone3",          OTHER,   NONE, NONE},
    {SYS_wait4,           "wait4",           OTHER,   NONE, NONE},
    {SYS_socket,          "socket",          OTHER,   NONE, NONE},
    {SYS_socketpair,      "socketpair",      OTHER,   NONE, NONE},
    {SYS_bind,            "bind",            OTHER,   0,    NONE},
    {SYS_listen,          "listen",          OTHER,   0,    NONE},
    {SYS_accept,          "accept",          OTHER,   0,    NONE},
    {SYS_accept4,         "accept4",         OTHER,   0,    NONE},
    {SYS_setsockopt,      "setsockopt",      OTHER,   0,    NONE},
    {SYS_poll,            "poll",            OTHER,   NONE, NONE},
    {SYS_ppoll,           "ppoll",           OTHER,   NONE, NONE},
    {SYS_select,          "select",          OTHER,   NONE, NONE},
    {SYS_dup2,            "dup2",            OTHER,   0,    NONE},
    {SYS_close_range,     "close_range",     OTHER,   NONE, NONE},
    {SYS_getrandom,       "getrandom",       OTHER,   NONE, NONE},
    {SYS_prctl,           "prctl",           OTHER,   NONE, NONE},
    {SYS_prlimit64,       "prlimit64",       OTHER,   NONE, NONE},
    {SYS_rt_sigtimedwait, "rt_sigtimedwait", OTHER,   NONE, NONE},
};

static const struct {
    const char *name;
    int number;
} errors[] = {
    {"ENOSPC",  ENOSPC },
    {"EIO",     EIO    },
    {"EDQUOT",  EDQUOT },
    {"EROFS",   EROFS  },
    {"EMFILE",  EMFILE },
    {"EINTR",   EINTR  },
    {"ENOMEM",  ENOMEM },
    {"EAGAIN",  EAGAIN },
    {"ENOBUFS", ENOBUFS},
    {"EPERM",   EPERM  },
};

static inline const struct call *
find_call(uint64_t number)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        if ((uint64_t)calls[i].number == number)
            return &calls[i];
    return NULL;
}

/* 0 for what is no error. */
static inline int
find_error(const char *name)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].number;
    return 0;
}

#endif
