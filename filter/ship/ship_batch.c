#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gunzip.h"
#include "ship.h"

enum {
    INDEX = 2 * SHIP_RANGES, /* a power of two */
    PIECE = 1 << 20,         /* bytes that are packed at once */
};

void
ship_batch_init(struct ship_batch *batch, bool packs, uint64_t most_rows,
                uint64_t most_bytes)
{
    *batch = (struct ship_batch){
        .ranges = rua_alloc(SHIP_RANGES * sizeof(*batch->ranges)),
        .index = rua_alloc(INDEX * sizeof(*batch->index)),
        .packs = packs,
        .most_rows = most_rows,
        .most_bytes = most_bytes,
    };
    for (int i = 0; i < SHIP_TABLES; i++) {
        rua_buf_init(&batch->text[i], SIZE_MAX / 2);
        rua_buf_init(&batch->packed[i], SIZE_MAX / 2);
    }
    ship_batch_clear(batch);
}

void
ship_batch_done(struct ship_batch *batch)
{
    for (int i = 0; i < SHIP_TABLES; i++) {
        rua_buf_done(&batch->text[i]);
        rua_buf_done(&batch->packed[i]);
    }
    free(batch->ranges);
    free(batch->index);
    *batch = (struct ship_batch){0};
}

void
ship_batch_clear(struct ship_batch *batch)
{
    for (int i = 0; i < SHIP_TABLES; i++) {
        rua_buf_reset(&batch->text[i]);
        rua_buf_reset(&batch->packed[i]);
        batch->rows[i] = 0;
    }
    batch->n = 0;
    memset(batch->index, 0, INDEX * sizeof(*batch->index));
}

/* A member of a gzip file may be followed by others (RFC 1952, section 2.2). */
void
ship_batch_pack(struct ship_batch *batch, bool seal)
{
    for (int i = 0; batch->packs && i < SHIP_TABLES; i++)
        if (batch->text[i].len >= PIECE || (seal && batch->text[i].len)) {
            /* rows that were not packed would be taken as sent */
            if (!rua_gzip(rua_buf_span(&batch->text[i]), &batch->packed[i]))
                rua_no_memory();
            rua_buf_reset(&batch->text[i]);
        }
}

bool
ship_batch_is_full(const struct ship_batch *batch)
{
    uint64_t rows = 0, bytes = 0;

    for (int i = 0; i < SHIP_TABLES; i++) {
        rows += batch->rows[i];
        bytes += batch->text[i].len + batch->packed[i].len;
    }
    return rows >= batch->most_rows || bytes >= batch->most_bytes ||
           batch->n == SHIP_RANGES;
}

/* Where the number (from 1) of the range of this inode stands, or would. */
static uint16_t *
find(const struct ship_batch *batch, uint64_t inode)
{
    size_t at = (size_t)(inode * 0x9e3779b97f4a7c15ULL >> 40);

    for (;; at++) {
        uint16_t *place = &batch->index[at & (INDEX - 1)];
        if (!*place || batch->ranges[*place - 1].inode == inode)
            return place;
    }
}

struct ship_range *
ship_batch_range(const struct ship_batch *batch, uint64_t inode)
{
    const uint16_t *place = find(batch, inode);

    return *place ? &batch->ranges[*place - 1] : NULL;
}

struct ship_range *
ship_batch_add(struct ship_batch *batch, uint64_t inode, const char *path)
{
    struct ship_range *range = &batch->ranges[batch->n];

    *find(batch, inode) = (uint16_t)++batch->n;
    *range = (struct ship_range){.inode = inode};
    snprintf(range->path, sizeof(range->path), "%s", path);
    return range;
}
