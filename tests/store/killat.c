/* killat.c - runs a program, counts its system calls on files, and strikes at
 * one of them.
 *
 * usage: killat OUT FROM WHAT WHEN PROGRAM ARGUMENT...
 *
 * Calls are counted from the first one that names the path FROM, that one
 * included; only those of the process itself, its children run free.
 *   WHAT    list   strike at none, and write every call to OUT
 *           kill   end the process before the call
 *           cut    let it write one half, then end it
 *           short  let it write one half
 *           ENAME  let the call fail
 *   WHEN    N for call number N, N+ for it and all later ones that WHAT may
 *           happen to
 * OUT gets a line for each call that was struck: number, name, "changes" when
 * it may change a file or a lock and else "looks", and what it is about. Only
 * writes are cut and made short; standard output and standard error do not
 * fail. Ends as the program does, and with 128 + N after signal N. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "system calls are changed as x86-64 wants it"
#endif

enum kind {
    LOOKS,
    CHANGES,
    OPENS,  /* changes when it makes or empties a file */
    LEASES, /* changes when it takes or gives back a lease */
    LOCKS,  /* changes, but needs no place on the disk */
    WRITES, /* the third argument is how much */
};

enum {
    NONE = -1,
    TEXT = 4096,
};

static const struct call {
    long number;
    const char *name;
    enum kind kind;
    int fd, path; /* which argument is one, or NONE */
} calls[] = {
    {SYS_pwrite64,   "pwrite64",   WRITES,  0,    NONE},
    {SYS_write,      "write",      WRITES,  0,    NONE},
    {SYS_open,       "open",       OPENS,   NONE, 0   },
    {SYS_openat,     "openat",     OPENS,   0,    1   },
    {SYS_openat2,    "openat2",    OPENS,   0,    1   },
    {SYS_mkdir,      "mkdir",      CHANGES, NONE, 0   },
    {SYS_mkdirat,    "mkdirat",    CHANGES, 0,    1   },
    {SYS_rename,     "rename",     CHANGES, NONE, 1   },
    {SYS_renameat,   "renameat",   CHANGES, 2,    3   },
    {SYS_renameat2,  "renameat2",  CHANGES, 2,    3   },
    {SYS_linkat,     "linkat",     CHANGES, 2,    3   },
    {SYS_unlink,     "unlink",     CHANGES, NONE, 0   },
    {SYS_unlinkat,   "unlinkat",   CHANGES, 0,    1   },
    {SYS_ftruncate,  "ftruncate",  CHANGES, 0,    NONE},
    {SYS_fallocate,  "fallocate",  CHANGES, 0,    NONE},
    {SYS_fdatasync,  "fdatasync",  CHANGES, 0,    NONE},
    {SYS_fsync,      "fsync",      CHANGES, 0,    NONE},
    {SYS_syncfs,     "syncfs",     CHANGES, 0,    NONE},
    {SYS_flock,      "flock",      LOCKS,   0,    NONE},
    {SYS_fcntl,      "fcntl",      LEASES,  0,    NONE},
    {SYS_sendmsg,    "sendmsg",    LOOKS,   0,    NONE},
    {SYS_close,      "close",      LOOKS,   0,    NONE},
    {SYS_pread64,    "pread64",    LOOKS,   0,    NONE},
    {SYS_read,       "read",       LOOKS,   0,    NONE},
    {SYS_getdents64, "getdents64", LOOKS,   0,    NONE},
    {SYS_newfstatat, "newfstatat", LOOKS,   0,    1   },
    {SYS_fstat,      "fstat",      LOOKS,   0,    NONE},
    {SYS_faccessat,  "faccessat",  LOOKS,   0,    1   },
    {SYS_faccessat2, "faccessat2", LOOKS,   0,    1   },
    {SYS_fstatfs,    "fstatfs",    LOOKS,   0,    NONE},
};

#define N_CALLS (sizeof(calls) / sizeof(*calls))

static const struct {
    const char *name;
    int number;
} errors[] = {
    {"ENOSPC", ENOSPC},
    {"EIO",    EIO   },
    {"EDQUOT", EDQUOT},
    {"EROFS",  EROFS },
    {"EMFILE", EMFILE},
    {"EINTR",  EINTR },
};

#define N_ERRORS (sizeof(errors) / sizeof(*errors))

struct run {
    pid_t pid;
    const char *from;
    const char *what;
    int error; /* of WHAT, or 0 */
    unsigned long when;
    bool onwards; /* N+ */
    FILE *out;

    bool counting;
    unsigned long count;
    bool fails, ends; /* what comes at the end of this call */
};

static void
fail(const char *what)
{
    fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* ---- what a call is ---- */

static const struct call *
find_call(uint64_t number)
{
    for (size_t i = 0; i < N_CALLS; i++)
        if ((uint64_t)calls[i].number == number)
            return &calls[i];
    return NULL;
}

/* Bytes of the program's memory; a page at a time, since the next one may not
 * be there. */
static size_t
peek(pid_t pid, uint64_t from, void *to, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t n = 4096 - (from + done) % 4096;
        struct iovec here = {(char *)to + done,
                             n < size - done ? n : size - done};
        struct iovec there = {(void *)(uintptr_t)(from + done), here.iov_len};
        if (process_vm_readv(pid, &here, 1, &there, 1, 0) <= 0)
            break;
        done += here.iov_len;
    }
    return done;
}

static void
read_path(const struct run *run, const struct call *call, const uint64_t *args,
          char ret_path[TEXT])
{
    size_t n = 0;

    if (call->path != NONE)
        n = peek(run->pid, args[call->path], ret_path, TEXT - 1);
    ret_path[n] = '\0';
}

static bool
changes(const struct run *run, const struct call *call, const uint64_t *args)
{
    struct open_how how = {0};
    uint64_t flags = call->number == SYS_open ? args[1] : args[2];

    if (call->kind == LEASES)
        return args[1] == F_SETLEASE;
    if (call->kind != OPENS)
        return call->kind != LOOKS;
    if (call->number == SYS_openat2) {
        peek(run->pid, args[2], &how, sizeof(how));
        flags = how.flags;
    }
    return flags & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY));
}

static void
tell(const struct run *run, const struct call *call, const uint64_t *args)
{
    char link[64], where[TEXT] = "", path[TEXT];
    ssize_t n = 0;

    if (call->fd != NONE && (int)args[call->fd] != AT_FDCWD) {
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)run->pid,
                 (int)args[call->fd]);
        n = readlink(link, where, sizeof(where) - 1);
    }
    where[n > 0 ? n : 0] = '\0';
    read_path(run, call, args, path);
    fprintf(run->out, "%lu %s %s %s%s%s\n", run->count, call->name,
            changes(run, call, args) ? "changes" : "looks", where,
            *where && *path ? "/" : "", path);
}

/* ---- the strike ---- */

/* A full disk, a quota and a read-only file system stop what changes files, no
 * matter for how long; no more descriptors, what makes one. */
static bool
may_fail(const struct run *run, const struct call *call, const uint64_t *args)
{
    if (call->fd != NONE && args[call->fd] <= 2 && call->path == NONE)
        return false;
    if (!run->onwards || run->error == EIO)
        return true;
    if (run->error == EMFILE)
        return call->kind == OPENS;
    return call->kind != LOCKS && call->kind != LEASES &&
           changes(run, call, args);
}

static void
set_call(const struct run *run, bool skip, uint64_t length)
{
    struct user_regs_struct regs;

    if (ptrace(PTRACE_GETREGS, run->pid, 0, &regs))
        fail("registers");
    if (skip)
        regs.orig_rax = (unsigned long long)-1;
    else
        regs.rdx = length;
    if (ptrace(PTRACE_SETREGS, run->pid, 0, &regs))
        fail("registers");
}

static void
set_result(const struct run *run)
{
    struct user_regs_struct regs;

    if (ptrace(PTRACE_GETREGS, run->pid, 0, &regs))
        fail("registers");
    regs.rax = (unsigned long long)-run->error;
    if (ptrace(PTRACE_SETREGS, run->pid, 0, &regs))
        fail("registers");
}

static void
strike(struct run *run, const struct call *call, const uint64_t *args)
{
    if (run->error) {
        if (!may_fail(run, call, args))
            return;
        if (call->number != SYS_close) /* closes even when it fails */
            set_call(run, true, 0);
        run->fails = true;
    } else if (strcmp(run->what, "kill") == 0) {
        kill(run->pid, SIGKILL);
    } else {
        if (call->kind != WRITES || args[2] < 2 || args[0] <= 2)
            return;
        set_call(run, false, args[2] / 2);
        run->ends = strcmp(run->what, "cut") == 0;
    }
    tell(run, call, args);
}

static void
at_entry(struct run *run, uint64_t number, const uint64_t *args)
{
    const struct call *call = find_call(number);
    char path[TEXT];

    if (!call)
        return;
    if (!run->counting) {
        read_path(run, call, args, path);
        run->counting = strcmp(path, run->from) == 0;
    }
    if (!run->counting)
        return;
    run->count++;
    if (strcmp(run->what, "list") == 0)
        tell(run, call, args);
    else if (run->count == run->when ||
             (run->onwards && run->count > run->when))
        strike(run, call, args);
}

static void
at_exit(struct run *run)
{
    if (run->fails)
        set_result(run);
    if (run->ends)
        kill(run->pid, SIGKILL);
    run->fails = run->ends = false;
}

/* ---- the run ---- */

/* Looks at a stop, and returns the signal to go on with. */
static int
look(struct run *run, int status)
{
    struct __ptrace_syscall_info info;
    int number = WSTOPSIG(status);

    if (number != (SIGTRAP | 0x80))
        return number == SIGTRAP ? 0 : number;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, run->pid, sizeof(info), &info) < 0)
        return 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        uint64_t args[6];
        memcpy(args, info.entry.args, sizeof(args));
        at_entry(run, info.entry.nr, args);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        at_exit(run);
    }
    return 0;
}

static int
follow(struct run *run)
{
    int status, number = 0;

    if (waitpid(run->pid, &status, 0) < 0 || !WIFSTOPPED(status))
        fail("start");
    ptrace(PTRACE_SETOPTIONS, run->pid, 0,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
        ptrace(PTRACE_SYSCALL, run->pid, 0, number);
        if (waitpid(run->pid, &status, 0) < 0)
            fail("wait");
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        number = look(run, status);
    }
}

static void
start(struct run *run, char **argv)
{
    run->pid = fork();
    if (run->pid < 0)
        fail("fork");
    if (run->pid)
        return;
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
        fail("trace");
    execv(argv[0], argv);
    fail(argv[0]);
}

int
main(int argc, char **argv)
{
    struct run run = {0};
    char *end;
    int status;

    if (argc < 6) {
        fputs("usage: killat OUT FROM WHAT WHEN PROGRAM ARGUMENT...\n", stderr);
        return 125;
    }
    run.from = argv[2];
    run.what = argv[3];
    run.when = strtoul(argv[4], &end, 10);
    run.onwards = *end == '+';
    for (size_t i = 0; i < N_ERRORS; i++)
        if (strcmp(errors[i].name, run.what) == 0)
            run.error = errors[i].number;
    run.out = fopen(argv[1], "we");
    if (!run.out)
        fail(argv[1]);
    start(&run, argv + 5);
    status = follow(&run);
    fclose(run.out);
    return status;
}
