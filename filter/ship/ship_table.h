/* ship_table.h - whole rows of a table, from where they were sent to. */
#ifndef RUAMILL_SHIP_TABLE_H
#define RUAMILL_SHIP_TABLE_H

#include "csv.h"
#include "ship_state.h"
#include "view.h"

/* What reads tables into a batch. */
struct ship_reader {
    const struct view *view;
    struct ship_state *state;
    const struct ship_kind *kind;
    struct ship_target *target;
    struct ship_batch *batch;
    bool guard; /* CSV has apostrophes before formulas */
    /* A table that cannot be sent, from some row on: why. */
    void (*hold)(void *ctx, uint64_t inode, const char *sentence);
    void *ctx;

    /* of the table that is being read */
    struct rua_csv csv;
    struct rua_buf bytes;
    struct rua_buf header; /* the last one, which `map` is for */
    size_t map[SHIP_COLUMNS];
    struct ship_row row;
    const struct ship_columns *columns;
    enum rua_format format;
    const char *path;
    char folder[RUA_TABLE_PATH_SIZE];
    uint64_t inode;
    uint64_t good; /* bytes up to here were taken */
};

void ship_reader_init(struct ship_reader *reader);
void ship_reader_done(struct ship_reader *reader);

/* Adds rows of a table to the batch until it is full, or the table at its end:
 * *ret_more is false then. One that is not there, or is another one than
 * `inode` (0: any), gives nothing. RUA_LATER when it cannot be read. */
enum rua_verdict ship_read(struct ship_reader *reader,
                           const struct view_table *table, bool *ret_more,
                           struct rua_err *err);

/* Adds exactly the rows of a range of an earlier batch. RUA_NOT_REPORT, without
 * a sentence, when they are not there any more. */
enum rua_verdict ship_read_range(struct ship_reader *reader,
                                 const struct ship_range *range,
                                 struct rua_err *err);

#endif
