#include <stdio.h>
#include <time.h>

#include "entry.h"
#include "file.h"
#include "findings.h"
#include "quarantine.h"

static void
print_field(const char *name, const char *text)
{
    printf("%s: ", name);
    findings_print(text ? text : "");
    puts("");
}

static void
print_facts(const struct kept *kept)
{
    time_t when = (time_t)kept->when;
    struct tm tm = {0};
    char text[32];

    gmtime_r(&when, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    print_field("when", text);
    print_field("verdict", rua_verdict_name(kept->verdict));
    print_field("sentence", kept->sentence);
    print_field("rua", kept->rua);
    print_field("sender", kept->sender);
    print_field("file", kept->file);
    puts("");
}

static enum rua_verdict
write_raw(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    (void)ctx;
    return fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len
               ? RUA_OK
               : rua_err_sys(err, "standard output");
}

/* A carriage return that ends a line is left out: `ctx` is whether one may. */
static enum rua_verdict
write_printable(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    bool *held = ctx;

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = bytes.data[i];
        if (*held && c != '\n')
            fputs("\\x0d", stdout);
        *held = c == '\r';
        if (c == '\n' || c == '\t' || (c >= ' ' && c <= '~'))
            putchar(c);
        else if (!*held)
            printf("\\x%02x", c);
    }
    return ferror(stdout) ? rua_err_sys(err, "standard output") : RUA_OK;
}

enum rua_verdict
quarantine_show(const struct quarantine_request *request,
                const struct view *view, const struct kept *kept,
                struct rua_err *err)
{
    bool held = false;
    struct rua_sink sink = {request->raw ? write_raw : write_printable, &held};
    char path[512];
    enum rua_verdict v;

    snprintf(path, sizeof(path), RUA_FOLDER_QUARANTINE "/%s", kept->file);
    if (!request->raw)
        print_facts(kept);
    v = view_push(view, path, kept->size, &sink, err);
    return v == RUA_NOT_REPORT
               ? rua_err_set(err, v, "%s: is not there any more", path)
               : v;
}
