#include "prison_calls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"

/* Stands for the number of the process that loads the program: no process has
 * it, since it is over the highest that Linux gives (2^22). */
#define THIS_PROCESS 0x7fabcdefU

/* What reading a message needs, and what abort(3) and exit(3) do; */
static const int worker_calls[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(pwrite64),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fstat),
    SCMP_SYS(close),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    /* what starting a worker needs, and can do no harm in one, */
    SCMP_SYS(socketpair),
    SCMP_SYS(wait4),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll), /* poll and dup2 of other machines */
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(close_range),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getppid),
    SCMP_SYS(seccomp),
    SCMP_SYS(set_robust_list),
};

/* and what can, which the lock forbids again: as few as can be, since the
 * kernel takes its time to load a filter. */
static const int nest_calls[] = {
    SCMP_SYS(clone), SCMP_SYS(kill), SCMP_SYS(prlimit64),
    SCMP_SYS(sendmsg), /* descriptors under way are counted for each user */
};

/* The C library asks for these in passing, and can live with a no: iconv(3)
 * looks for modules, localtime(3) for time zones. */
static const struct {
    int call;
    int answer;
} answered_calls[] = {
    {SCMP_SYS(openat),     ENOENT},
    {SCMP_SYS(access),     ENOENT},
    {SCMP_SYS(faccessat),  ENOENT},
    {SCMP_SYS(faccessat2), ENOENT},
    {SCMP_SYS(newfstatat), ENOENT},
    {SCMP_SYS(statx),      ENOENT},
    {SCMP_SYS(readlink),   ENOENT},
    {SCMP_SYS(readlinkat), ENOENT},
    {SCMP_SYS(sysinfo),    ENOSYS},
    {SCMP_SYS(ioctl),      ENOTTY},
};

/* What a front end that was taken over would want, and no honest one does. */
static const int strange_calls[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(personality),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(syslog),
    SCMP_SYS(vhangup),
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* Each returns 0, or -errno. */

static int
add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
    int code = 0;

    for (size_t i = 0; !code && i < n; i++)
        code = seccomp_rule_add(filter, action, calls[i], 0);
    return code;
}

static int
fill_to_enter(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_code =
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp death = SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0);
    int code =
        add_all(filter, SCMP_ACT_ALLOW, worker_calls, COUNT(worker_calls));

    if (!code)
        code = add_all(filter, SCMP_ACT_ALLOW, nest_calls, COUNT(nest_calls));
    for (size_t i = 0; !code && i < COUNT(answered_calls); i++)
        code = seccomp_rule_add(
            filter, SCMP_ACT_ERRNO((uint32_t)answered_calls[i].answer),
            answered_calls[i].call, 0);
    if (!code)
        code =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, death);
    if (!code)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                no_code);
    if (!code)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                no_code);
    return code;
}

static int
fill_to_lock(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp another = SCMP_A0(SCMP_CMP_NE, THIS_PROCESS, 0);
    int code =
        add_all(filter, SCMP_ACT_KILL_PROCESS, nest_calls, COUNT(nest_calls));

    if (!code) /* it must not outlive the one that started it */
        code =
            seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(prctl), 0);
    if (!code)
        code = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(tgkill),
                                1, another);
    return code;
}

static int
fill_for_front(scmp_filter_ctx filter)
{
    return add_all(filter, SCMP_ACT_ERRNO(EPERM), strange_calls,
                   COUNT(strange_calls));
}

/* The library gives a program away through a descriptor only. */
static int
take_program(scmp_filter_ctx filter, struct prison_calls *ret_calls)
{
    int fd = memfd_create("seccomp", MFD_CLOEXEC), code;
    off_t size;

    if (fd < 0)
        return -errno;
    code = seccomp_export_bpf(filter, fd);
    errno = 0;
    size = lseek(fd, 0, SEEK_END);
    if (!code && size > 0) {
        ret_calls->n =
            (unsigned short)((size_t)size / sizeof(struct sock_filter));
        ret_calls->lines = rua_alloc((size_t)size);
        if (pread(fd, ret_calls->lines, (size_t)size, 0) != size)
            code = errno ? -errno : -EIO;
    }
    close(fd);
    return code;
}

static enum rua_verdict
make(uint32_t otherwise, int (*fill)(scmp_filter_ctx filter),
     struct prison_calls *ret_calls, struct rua_err *err)
{
    scmp_filter_ctx filter = seccomp_init(otherwise);
    int code = filter ? 0 : -ENOMEM;

    *ret_calls = (struct prison_calls){0};
    if (!code) /* so that a code is what the system said */
        code = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (!code) /* a binary tree: the kernel runs it for each call as it loads */
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!code)
        code = fill(filter);
    if (!code)
        code = take_program(filter, ret_calls);
    if (filter)
        seccomp_release(filter);
    if (code)
        return rua_err_set(err, RUA_LATER, "sandbox: make a seccomp filter: %s",
                           strerror(-code));
    return RUA_OK;
}

enum rua_verdict
prison_calls_to_enter(struct prison_calls *ret_calls, struct rua_err *err)
{
    return make(SCMP_ACT_KILL_PROCESS, fill_to_enter, ret_calls, err);
}

enum rua_verdict
prison_calls_to_lock(struct prison_calls *ret_calls, struct rua_err *err)
{
    return make(SCMP_ACT_ALLOW, fill_to_lock, ret_calls, err);
}

enum rua_verdict
prison_calls_for_front(struct prison_calls *ret_calls, struct rua_err *err)
{
    return make(SCMP_ACT_ALLOW, fill_for_front, ret_calls, err);
}

enum rua_verdict
prison_calls_load(const struct prison_calls *calls, struct rua_err *err)
{
    const size_t size = calls->n * sizeof(*calls->lines);
    struct sock_fprog program = {calls->n, rua_alloc(size)};
    bool loaded;

    memcpy(program.filter, calls->lines, size);
    for (unsigned short i = 0; i < calls->n; i++)
        if (program.filter[i].k == THIS_PROCESS)
            program.filter[i].k = (uint32_t)getpid();
    loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
    free(program.filter);
    return loaded ? RUA_OK : rua_err_sys(err, "sandbox: load a seccomp filter");
}
