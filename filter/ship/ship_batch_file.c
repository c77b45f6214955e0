/* ship_batch_file.c - the ranges of a batch as they stand in a file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "gunzip.h"
#include "ship_state.h"

enum {
    LINE = 4 * 20 + RUA_TABLE_PATH_SIZE + 16,
};

#define NAME "batch"

/* A line for the batch, one a range, and one with the check sum of the others.
 * What stands behind that is of a longer batch before. */
enum rua_verdict
ship_batch_write(struct ship_state *state, const struct ship_batch *batch,
                 struct rua_err *err)
{
    struct rua_buf text;
    enum rua_verdict v;

    rua_buf_init(&text, SIZE_MAX / 2);
    rua_buf_printf(&text, "batch %" PRIu64 " %zu\n", batch->number, batch->n);
    for (size_t i = 0; i < batch->n; i++)
        rua_buf_printf(
            &text, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %016" PRIx64 " %s\n",
            batch->ranges[i].inode, batch->ranges[i].begin,
            batch->ranges[i].end, batch->ranges[i].mark, batch->ranges[i].path);
    rua_buf_printf(&text, "end %08" PRIx32 "\n",
                   rua_crc32(0, rua_buf_span(&text)));
    v = rua_file_write(state->batch, NAME, 0, rua_buf_span(&text), err);
    rua_buf_done(&text);
    return v == RUA_OK ? rua_file_sync(state->batch, NAME, err) : v;
}

/* The next line, which ends with a NUL then; NULL when there is none. */
static char *
next_line(char **text)
{
    char *line = *text, *lf = strchr(line, '\n');

    if (!lf)
        return NULL;
    *lf = '\0';
    *text = lf + 1;
    return line;
}

static bool
parse_range(const char *line, struct ship_range *range)
{
    int at = 0;

    if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNx64 " %n",
               &range->inode, &range->begin, &range->end, &range->mark,
               &at) != 4 ||
        !at || strlen(line + at) >= sizeof(range->path))
        return false;
    snprintf(range->path, sizeof(range->path), "%s", line + at);
    return true;
}

static bool
parse(char *text, struct ship_batch *batch)
{
    const char *first = text;
    char *line = next_line(&text);
    uint32_t crc = 0, wanted;
    size_t n;

    if (!line ||
        sscanf(line, "batch %" SCNu64 " %zu", &batch->number, &n) != 2 ||
        n > SHIP_RANGES)
        return false;
    batch->ranges = rua_alloc(n * sizeof(*batch->ranges));
    for (batch->n = 0; batch->n < n; batch->n++) {
        line[strlen(line)] = '\n';
        line = next_line(&text);
        if (!line || !parse_range(line, &batch->ranges[batch->n]))
            return false;
    }
    line[strlen(line)] = '\n';
    crc = rua_crc32(0, (struct rua_span){(const unsigned char *)first,
                                         (size_t)(text - first)});
    line = next_line(&text);
    return line && sscanf(line, "end %8" SCNx32, &wanted) == 1 && wanted == crc;
}

enum rua_verdict
ship_batch_read(struct ship_state *state, struct ship_batch *ret_batch,
                struct rua_err *err)
{
    const size_t size = (SHIP_RANGES + 2) * (size_t)LINE;
    char *text = rua_alloc(size + 1);
    size_t n = 0;
    enum rua_verdict v =
        rua_file_read(state->batch, NAME, 0, text, size, &n, err);

    text[n] = '\0';
    *ret_batch = (struct ship_batch){0};
    if (v == RUA_OK && !parse(text, ret_batch)) {
        free(ret_batch->ranges);
        *ret_batch = (struct ship_batch){0};
        v = RUA_NOT_REPORT;
    }
    free(text);
    return v;
}
