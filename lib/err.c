#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The first sentence stays: what fails later is mostly its consequence. */
static void __attribute__((format(printf, 3, 0)))
say(struct rua_err *err, enum rua_verdict verdict, const char *format,
    va_list args, int number)
{
    if (!err || err->sentence[0])
        return;
    err->verdict = verdict;
    vsnprintf(err->sentence, sizeof(err->sentence), format, args);
    if (number) {
        size_t used = strlen(err->sentence);
        char text[64];
        snprintf(err->sentence + used, sizeof(err->sentence) - used, ": %s",
                 strerror_r(number, text, sizeof(text)));
    }
}

enum rua_verdict
rua_err_set(struct rua_err *err, enum rua_verdict verdict, const char *format,
            ...)
{
    va_list args;

    va_start(args, format);
    say(err, verdict, format, args, 0);
    va_end(args);
    return verdict;
}

enum rua_verdict
rua_err_sys(struct rua_err *err, const char *format, ...)
{
    int number = errno;
    va_list args;

    va_start(args, format);
    say(err, RUA_LATER, format, args, number);
    va_end(args);
    return RUA_LATER;
}

void
rua_err_clear(struct rua_err *err)
{
    err->verdict = RUA_OK;
    err->sentence[0] = '\0';
}

enum rua_verdict
rua_worst(enum rua_verdict a, enum rua_verdict b)
{
    return a > b ? a : b;
}

const char *
rua_verdict_name(enum rua_verdict verdict)
{
    static const char *const names[] = {
        "ok", "duplicate", "not_report", "bad", "refused", "later",
    };
    return names[verdict];
}
