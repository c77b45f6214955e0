/* fuzz_allowdb.c - a compiled allowlist of any bytes: what is found in it is a
 * line of the pattern that was asked for. */
#include "allow_db.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
is_nothing(void *ctx, struct rua_span pattern)
{
    (void)ctx;
    fuzz_must(pattern.len > 0, "a pattern is something");
    return false;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const patterns[] = {"dmarc@example.com",
                                           "rua+*@example.com",
                                           "@reports.example.org",
                                           "\n",
                                           "",
                                           "a@b.example"};
    struct rua_span input = {data, size};
    int fd = memfd_create("allow.cdb", MFD_CLOEXEC);
    struct rua_allow_db *db;

    fuzz_take(&input);
    fuzz_must(fd >= 0 && write(fd, input.data, input.len) == (ssize_t)input.len,
              "the file is written");
    if (rua_allow_db_take(fd, "allow.cdb", &db, NULL) != RUA_OK)
        return 0;
    for (size_t i = 0; i < 2 * sizeof(patterns) / sizeof(*patterns); i++) {
        struct rua_span pattern = rua_span_text(patterns[i / 2]);
        struct rua_allow_line line;
        if (rua_allow_db_find(db, pattern, &line, NULL) != RUA_OK)
            continue;
        fuzz_must(rua_span_same(line.pattern, pattern) && line.domains.len,
                  "what is found is a line of the pattern");
        rua_allow_takes(&line, "example.com");
        rua_allow_takes(&line, NULL);
    }
    rua_allow_db_any(db, is_nothing, NULL);
    rua_allow_db_free(db);
    return 0;
}
