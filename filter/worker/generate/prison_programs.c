/* prison_programs.c - makes the programs for seccomp(2) while ruamill is built:
 * a header with an array of struct sock_filter for each.
 *
 * usage: prison_programs HEADER [ARCHITECTURE]
 *
 * ARCHITECTURE is one that libseccomp knows by name (x86_64, aarch64); else
 * that of this machine. Nothing is asked of the kernel that it runs on. */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "prison_calls.h"

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
    const struct scmp_arg_cmp another =
        SCMP_A0(SCMP_CMP_NE, PRISON_THIS_PROCESS, 0);
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

/* The library can say otherwise than by asking the kernel that it may kill a
 * process: level 3. */
enum {
    LEVEL = 3
};

static int
make(uint32_t architecture, uint32_t otherwise,
     int (*fill)(scmp_filter_ctx filter), scmp_filter_ctx *ret_filter)
{
    scmp_filter_ctx filter = *ret_filter = seccomp_init(otherwise);
    uint32_t native = seccomp_arch_native();
    int code = filter ? 0 : -ENOMEM;

    if (!code && architecture != native)
        code = seccomp_arch_add(filter, architecture);
    if (!code && architecture != native)
        code = seccomp_arch_remove(filter, native);
    if (!code) /* a binary tree: the kernel runs it for each call as it loads */
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return code ? code : fill(filter);
}

/* The library gives a program away through a descriptor only. */
static int
print_lines(scmp_filter_ctx filter, FILE *out)
{
    FILE *lines = tmpfile();
    int code = lines ? seccomp_export_bpf(filter, fileno(lines)) : -errno;
    struct sock_filter line;

    if (!lines)
        return code;
    rewind(lines);
    while (!code && fread(&line, sizeof(line), 1, lines) == 1)
        fprintf(out, "    {0x%04x, %u, %u, 0x%08xU},\n", line.code, line.jt,
                line.jf, line.k);
    fclose(lines);
    return code;
}

static int
print(uint32_t architecture, FILE *out)
{
    static const struct {
        const char *name;
        uint32_t otherwise;
        int (*fill)(scmp_filter_ctx filter);
    } programs[] = {
        {"to_enter",  SCMP_ACT_KILL_PROCESS, fill_to_enter },
        {"to_lock",   SCMP_ACT_ALLOW,        fill_to_lock  },
        {"for_front", SCMP_ACT_ALLOW,        fill_for_front},
    };
    int code = 0;

    for (size_t i = 0; !code && i < COUNT(programs); i++) {
        scmp_filter_ctx filter;
        code = make(architecture, programs[i].otherwise, programs[i].fill,
                    &filter);
        fprintf(out, "static const struct sock_filter %s[] = {\n",
                programs[i].name);
        if (!code)
            code = print_lines(filter, out);
        fputs("};\n", out);
        seccomp_release(filter);
    }
    return code;
}

int
main(int argc, char **argv)
{
    uint32_t architecture =
        argc > 2 ? seccomp_arch_resolve_name(argv[2]) : seccomp_arch_native();
    FILE *out = argc > 1 && architecture ? fopen(argv[1], "we") : NULL;
    int code;

    if (!out) {
        fputs("usage: prison_programs HEADER [ARCHITECTURE]\n", stderr);
        return EX_USAGE;
    }
    code = seccomp_api_set(LEVEL);
    if (!code)
        code = print(architecture, out);
    if (fclose(out) != 0 && !code)
        code = -errno;
    if (!code)
        return EX_OK;
    fprintf(stderr, "prison_programs: %s\n", strerror(-code));
    unlink(argv[1]);
    return EX_SOFTWARE;
}
