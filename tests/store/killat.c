/* killat.c - runs a program, counts its system calls, and strikes at one of
 * them.
 *
 * usage: killat [-a] [-r ROLE] OUT FROM WHAT WHEN PROGRAM ARGUMENT...
 *
 * Calls are counted from the first one that names the path FROM, that one
 * included; "-" is the first of all. Those on files are, with -a those for
 * memory, processes and sockets too (calls.h). ROLE says whose: 0 the process
 * itself, with its threads; 1 its children; 2 the children of those. All of a
 * role are counted together, in the order that they come.
 *   WHAT    list   strike at none, and write every call to OUT
 *           kill   end the process before the call
 *           cut    let it write one half, then end it
 *           short  let it write one half, or with -a read one half
 *           ENAME  let the call fail
 *   WHEN    N for call number N, N+ for it and all later ones that WHAT may
 *           happen to
 * OUT gets a line for each call struck: number, name, "changes" when it may
 * change a file or a lock and else "looks", and what it is about. Without -a
 * standard input and output do not fail, and standard error never. Ends as the
 * program does, and with 128 + N after signal N. */
#include "calls.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "system calls are changed as x86-64 wants it"
#endif

enum {
    TEXT = 4096,
    TASKS = 256,
    SHORT = 64, /* what is less comes whole over a socket */
    NOBODY = 99,
};

struct task {
    pid_t tid, process;
    int role;
    bool fails, ends; /* what comes at the end of this call */
};

struct run {
    pid_t pid;
    const char *from;
    const char *what;
    int error; /* of WHAT, or 0 */
    unsigned long when;
    bool onwards; /* N+ */
    bool all;
    int role;
    FILE *out;

    bool counting;
    unsigned long count;
    struct task tasks[TASKS];
    size_t n;
};

static void
fail(const char *what)
{
    fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* ---- what a call is ---- */

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
read_path(pid_t pid, const struct call *call, const uint64_t *args,
          char ret_path[TEXT])
{
    ret_path[call->path == NONE
                 ? 0
                 : peek(pid, args[call->path], ret_path, TEXT - 1)] = '\0';
}

static bool
changes(pid_t pid, const struct call *call, const uint64_t *args)
{
    struct open_how how = {0};
    uint64_t flags = call->number == SYS_open ? args[1] : args[2];

    if (call->kind == LEASES)
        return args[1] == F_SETLEASE;
    if (call->kind != OPENS)
        return call->kind == CHANGES || call->kind == LOCKS ||
               call->kind == WRITES;
    if (call->number == SYS_openat2) {
        peek(pid, args[2], &how, sizeof(how));
        flags = how.flags;
    }
    return flags & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY));
}

static void
tell(const struct run *run, const struct task *task, const struct call *call,
     const uint64_t *args)
{
    char link[64], where[TEXT] = "", path[TEXT];
    ssize_t n = 0;

    if (call->fd != NONE && (int)args[call->fd] != AT_FDCWD) {
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)task->tid,
                 (int)args[call->fd]);
        n = readlink(link, where, sizeof(where) - 1);
    }
    where[n > 0 ? n : 0] = '\0';
    read_path(task->tid, call, args, path);
    fprintf(run->out, "%lu %s %s %s%s%s\n", run->count, call->name,
            changes(task->tid, call, args) ? "changes" : "looks", where,
            *where && *path ? "/" : "", path);
}

/* ---- the strike ---- */

/* A full disk, a quota and a read-only file system stop what changes files, no
 * matter for how long; no more descriptors, what makes one. */
static bool
may_fail(const struct run *run, const struct task *task,
         const struct call *call, const uint64_t *args)
{
    uint64_t fd = call->fd != NONE && call->path == NONE ? args[call->fd] : 99;

    if (fd == STDERR_FILENO || (fd < STDERR_FILENO && !run->all))
        return false;
    if (!run->onwards || run->error == EIO)
        return true;
    if (run->error == EMFILE)
        return call->kind == OPENS;
    return call->kind != LOCKS && call->kind != LEASES &&
           changes(task->tid, call, args);
}

static bool
may_be_short(const struct run *run, const struct call *call,
             const uint64_t *args)
{
    if (args[0] == STDERR_FILENO || (args[0] < STDERR_FILENO && !run->all))
        return false;
    if (call->kind == STREAMS)
        return args[2] >= SHORT;
    return args[2] >= 2 &&
           (call->kind == WRITES || (call->kind == READS && run->all));
}

/* Changes a register of a task that stands before a call, or behind it. */
static void
set_register(pid_t pid, size_t which, uint64_t value)
{
    struct user_regs_struct regs;

    if (ptrace(PTRACE_GETREGS, pid, 0, &regs))
        fail("registers");
    memcpy((char *)&regs + which, &value, sizeof(value));
    if (ptrace(PTRACE_SETREGS, pid, 0, &regs))
        fail("registers");
}

#define CALL   offsetof(struct user_regs_struct, orig_rax)
#define LENGTH offsetof(struct user_regs_struct, rdx)
#define RESULT offsetof(struct user_regs_struct, rax)

static void
strike(struct run *run, struct task *task, const struct call *call,
       const uint64_t *args)
{
    if (run->error) {
        if (!may_fail(run, task, call, args))
            return;
        /* becomes one that no sandbox minds; close(2) closes all the same */
        if (call->number != SYS_close)
            set_register(task->tid, CALL, SYS_getpid);
        task->fails = true;
    } else if (strcmp(run->what, "kill") == 0) {
        kill(task->tid, SIGKILL);
    } else {
        if (!may_be_short(run, call, args))
            return;
        set_register(task->tid, LENGTH, args[2] / 2);
        task->ends = strcmp(run->what, "cut") == 0;
    }
    tell(run, task, call, args);
}

static void
at_entry(struct run *run, struct task *task, uint64_t number,
         const uint64_t *args)
{
    const struct call *call = find_call(number);
    char path[TEXT];

    if (!call || (!run->all && call->kind >= OTHER))
        return;
    if (!run->counting) {
        read_path(task->tid, call, args, path);
        run->counting = strcmp(path, run->from) == 0;
    }
    if (!run->counting)
        return;
    run->count++;
    if (strcmp(run->what, "list") == 0)
        tell(run, task, call, args);
    else if (run->count == run->when ||
             (run->onwards && run->count > run->when))
        strike(run, task, call, args);
}

static void
at_exit(const struct run *run, struct task *task)
{
    if (task->fails)
        set_register(task->tid, RESULT, (uint64_t)-run->error);
    if (task->ends)
        kill(task->tid, SIGKILL);
    task->fails = task->ends = false;
}

/* ---- tasks ---- */

static struct task *
find_task(struct run *run, pid_t tid)
{
    for (size_t i = 0; i < run->n; i++)
        if (run->tasks[i].tid == tid)
            return &run->tasks[i];
    return NULL;
}

static void
forget_task(struct run *run, pid_t tid)
{
    struct task *task = find_task(run, tid);

    if (task)
        *task = run->tasks[--run->n];
}

/* A thread is what its process is, a process the next of its parent's kind. */
static struct task *
add_task(struct run *run, pid_t tid)
{
    struct task *task = &run->tasks[run->n], *other;
    int process = tid, parent = 0;
    char line[256];
    FILE *file;

    if (run->n == TASKS)
        fail("tasks");
    snprintf(line, sizeof(line), "/proc/%d/status", (int)tid);
    file = fopen(line, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Tgid: %d", &process) != 1)
            sscanf(line, "PPid: %d", &parent);
    if (file)
        fclose(file);
    *task = (struct task){.tid = tid, .process = process, .role = NOBODY};
    if (tid == run->pid)
        task->role = 0;
    else if (process != tid && (other = find_task(run, process)))
        task->role = other->role;
    else if (process == tid && (other = find_task(run, parent)))
        task->role = other->role + 1;
    run->n++;
    return task;
}

/* ---- the run ---- */

/* Looks at a stop, and returns the signal to go on with. */
static int
look(struct run *run, struct task *task, int status)
{
    struct __ptrace_syscall_info info;
    int number = WSTOPSIG(status);

    if (number != (SIGTRAP | 0x80))
        return status >> 16 ? 0 : number; /* an event, or a signal */
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) < 0)
        return 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        uint64_t args[6];
        memcpy(args, info.entry.args, sizeof(args));
        at_entry(run, task, info.entry.nr, args);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        at_exit(run, task);
    }
    return 0;
}

static int
follow(struct run *run)
{
    const long threads = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
                         PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE;
    struct task *task;
    int status, number = 0;
    pid_t tid;

    if (waitpid(run->pid, &status, 0) < 0 || !WIFSTOPPED(status))
        fail("start");
    ptrace(PTRACE_SETOPTIONS, run->pid, 0,
           run->role ? threads | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
                     : threads);
    task = add_task(run, run->pid);
    for (;;) {
        ptrace(task->role == run->role ? PTRACE_SYSCALL : PTRACE_CONT,
               task->tid, 0, number);
        for (;;) {
            tid = waitpid(-1, &status, __WALL);
            if (tid < 0)
                fail("wait");
            if (WIFSTOPPED(status))
                break;
            if (tid == run->pid)
                return WIFEXITED(status) ? WEXITSTATUS(status)
                                         : 128 + WTERMSIG(status);
            forget_task(run, tid);
        }
        task = find_task(run, tid);
        number = task ? look(run, task, status) : 0; /* or it begins */
        if (!task)
            task = add_task(run, tid);
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
    static struct run run;
    char *end;
    int status, option;

    while ((option = getopt(argc, argv, "+ar:")) == 'a' || option == 'r')
        if (option == 'a')
            run.all = true;
        else
            run.role = atoi(optarg);
    argv += optind;
    if (option != -1 || argc - optind < 5) {
        fputs("usage: killat [-a] [-r ROLE] OUT FROM WHAT WHEN COMMAND...\n",
              stderr);
        return 125;
    }
    run.from = argv[1];
    run.counting = strcmp(run.from, "-") == 0;
    run.what = argv[2];
    run.when = strtoul(argv[3], &end, 10);
    run.onwards = *end == '+';
    run.error = find_error(run.what);
    if (!(run.out = fopen(argv[0], "we")))
        fail(argv[0]);
    start(&run, argv + 4);
    status = follow(&run);
    fclose(run.out);
    return status;
}
