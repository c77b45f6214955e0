/* fuzz_log.c - the line of a message: whatever strangers put into its values,
 * it is one line of printable ASCII, its keys are ours, and each value can be
 * told from what stands around it. */
#include "fuzz.h"
#include "log.h"

#include <string.h>

enum {
    BETWEEN = 0x1f, /* between the values of an input */
    VALUES = 8
};

/* In the order of the line. */
static const char *const keys[] = {"id",     "rua",     "from",    "verdict",
                                   "action", "reports", "records", "domain",
                                   "org",    "auth",    "seconds", "text"};

static void
must_be_printable(struct rua_span line)
{
    for (size_t i = 0; i < line.len; i++)
        fuzz_must(line.data[i] >= ' ' && line.data[i] <= '~',
                  "a line is printable");
}

/* The number of the key at the beginning of `text`, at least `least`. */
static size_t
take_key(struct rua_span *text, size_t least)
{
    for (size_t i = least; i < sizeof(keys) / sizeof(*keys); i++) {
        const size_t n = strlen(keys[i]);

        if (text->len > n && memcmp(text->data, keys[i], n) == 0 &&
            text->data[n] == '=') {
            text->data += n + 1;
            text->len -= n + 1;
            return i;
        }
    }
    fuzz_must(false, "keys are ours, and in their order");
    return 0;
}

/* A value: bare, up to a blank, or between quotes without one in it. */
static void
take_value(struct rua_span *text)
{
    const bool quoted = text->len && *text->data == '"';
    const char stop = quoted ? '"' : ' ';
    size_t n = quoted;

    while (n < text->len && text->data[n] != stop)
        fuzz_must(text->data[n++] != '"', "a quote is escaped");
    fuzz_must(!quoted || n < text->len, "a quote is closed");
    n += quoted;
    text->data += n;
    text->len -= n;
}

static void
must_be_pairs(struct rua_span line)
{
    for (size_t key = 0; line.len; key++) {
        key = take_key(&line, key);
        take_value(&line);
        if (line.len) {
            fuzz_must(*line.data == ' ' && line.len > 1,
                      "a blank stands between pairs");
            line.data++;
            line.len--;
        }
    }
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    const unsigned steer = fuzz_take(&input);
    const char *values[VALUES] = {NULL};
    char text[LOG_LINE_SIZE];
    struct rua_buf copy;
    size_t len;

    rua_buf_init(&copy, size + 1);
    rua_buf_add_span(&copy, input);
    rua_buf_add_byte(&copy, '\0');
    values[0] = (char *)copy.data;
    for (size_t i = 0, n = 1; i < input.len && n < VALUES; i++)
        if (copy.data[i] == BETWEEN) {
            copy.data[i] = '\0';
            values[n++] = (char *)copy.data + i + 1;
        }
    len = log_format(&(struct log_line){.id = values[0],
                                        .rua = values[1],
                                        .from = values[2],
                                        .verdict = steer % (RUA_LATER + 1),
                                        .action = values[3],
                                        .reports = steer,
                                        .domain = values[4],
                                        .org = values[5],
                                        .auth = values[6],
                                        .took = steer,
                                        .text = values[7]},
                     text);
    fuzz_must(len > 0 && len <= sizeof(text) && text[len - 1] == '\n',
              "a line has an end");
    must_be_printable((struct rua_span){(unsigned char *)text, len - 1});
    must_be_pairs((struct rua_span){(unsigned char *)text, len - 1});
    rua_buf_done(&copy);
    return 0;
}
