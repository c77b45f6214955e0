/* fuzz_allow.c - an allowlist: what it was made of is found in it, and any
 * address can be asked for. */
#include "allow.h"
#include "buf.h"
#include "fuzz.h"

#include <string.h>

static void
ask(const struct rua_allow *allow, struct rua_span address)
{
    struct rua_allow_line line;

    if (rua_allow_find(allow, address, &line, NULL) != RUA_OK)
        return;
    fuzz_must(line.line > 0 && line.pattern.len && line.domains.len,
              "what is found is a line");
    fuzz_must(rua_allow_takes(&line, NULL) ==
                  (memchr(line.domains.data, '*', line.domains.len) != NULL),
              "only * takes what is no domain");
    rua_allow_takes(&line, "example.com");
}

/* An address that the pattern of line `number` matches is found: in this line,
 * if the pattern is the address itself. */
static void
must_be_found(const struct rua_allow *allow, struct rua_span pattern,
              unsigned number)
{
    const unsigned char *star = memchr(pattern.data, '*', pattern.len);
    struct rua_allow_line line;
    struct rua_buf address;

    rua_buf_init(&address, pattern.len + 2);
    if (pattern.data[0] == '@')
        rua_buf_add_byte(&address, 'X');
    rua_buf_add_span(&address, pattern);
    if (star)
        address.data[star - pattern.data] = 'x';
    fuzz_must(rua_allow_find(allow, rua_buf_span(&address), &line, NULL) ==
                  RUA_OK,
              "what is in the list is found");
    fuzz_must(star || pattern.data[0] == '@' || line.line == number,
              "an address itself is found first");
    rua_buf_done(&address);
}

/* The first field of a line; empty for a comment. */
static struct rua_span
field(struct rua_span line)
{
    size_t n = 0;

    while (line.len && (*line.data == ' ' || *line.data == '\t')) {
        line.data++;
        line.len--;
    }
    while (n < line.len && !memchr(" \t", line.data[n], 2))
        n++;
    if (line.len && *line.data == '#')
        n = 0;
    return (struct rua_span){line.data, n};
}

static void
look_for_all(const struct rua_allow *allow, struct rua_span text)
{
    size_t found = 0;

    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        text = (struct rua_span){text.data + 3, text.len - 3};
    for (unsigned number = 1; text.len; number++) {
        const unsigned char *end = memchr(text.data, '\n', text.len);
        const size_t n = end ? (size_t)(end - text.data) : text.len;
        struct rua_span line = {text.data, n};

        if (n && line.data[n - 1] == '\r')
            line.len--;
        line = field(line);
        if (line.len) {
            must_be_found(allow, line, number);
            found++;
        }
        text.data += n + (end != NULL);
        text.len -= n + (end != NULL);
    }
    fuzz_must(rua_allow_count(allow) == found, "each line counts");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    struct rua_allow *allow;
    struct rua_err err = {0};
    enum rua_verdict v = rua_allow_parse(input, "list", &allow, &err);

    fuzz_must(v == RUA_OK || v == RUA_LATER, "it is read or it is not");
    fuzz_must(v == RUA_OK || strncmp(err.sentence, "list:", 5) == 0,
              "what is wrong has a place");
    if (v != RUA_OK)
        return 0;
    look_for_all(allow, input);
    ask(allow, input);
    ask(allow, (struct rua_span){input.data, steer % (input.len + 1)});
    rua_allow_free(allow);
    return 0;
}
