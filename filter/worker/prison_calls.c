#include "prison_calls.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "prison_programs.h" /* made by generate/prison_programs.c */

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

enum {
    MOST_LINES = 512
};

_Static_assert(COUNT(to_enter) <= MOST_LINES && COUNT(to_lock) <= MOST_LINES &&
                   COUNT(for_front) <= MOST_LINES,
               "a program fits on the stack");

const struct prison_calls prison_calls_to_enter = {to_enter, COUNT(to_enter)};
const struct prison_calls prison_calls_to_lock = {to_lock, COUNT(to_lock)};
const struct prison_calls prison_calls_for_front = {for_front,
                                                    COUNT(for_front)};

enum rua_verdict
prison_calls_load(const struct prison_calls *calls, struct rua_err *err)
{
    struct sock_filter lines[MOST_LINES];
    const struct sock_fprog program = {calls->n, lines};

    memcpy(lines, calls->lines, calls->n * sizeof(*lines));
    for (unsigned short i = 0; i < calls->n; i++)
        if (lines[i].k == PRISON_THIS_PROCESS)
            lines[i].k = (uint32_t)getpid();
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return rua_err_sys(err, "sandbox: load a seccomp filter");
    return RUA_OK;
}
