/* ship.h - rows on their way to an engine, or the raw reports that they name to
 * a bucket: what is sent at once, and the kinds of target that it is sent to.
 *
 *     scan ▶ table ▶ batch ▶ target
 *              │       │
 *            offsets ◀─┘ once the target has confirmed
 *
 * Tables only grow, so all that is to be remembered of one is how far it was
 * sent (ship_state.h). A batch that may have been sent is sent again as it was,
 * byte for byte and with the same token, before anything else is: by that a
 * target can tell that it has it already. */
#ifndef RUAMILL_SHIP_H
#define RUAMILL_SHIP_H

#include "columns.h"
#include "digest.h"
#include "table.h"
#include "targets.h"
#include "view.h"

/* The tables of a target. */
enum ship_which {
    SHIP_RECORDS,
    SHIP_REPORTS,
    SHIP_TABLES,
};

enum ship_type {
    SHIP_TEXT,
    SHIP_TIME,   /* "2026-11-21 20:00:00", UTC */
    SHIP_SMALL,  /* 0 to 100 */
    SHIP_NUMBER, /* 0 to 2^63 - 1 */
};

struct ship_column {
    const char *name;
    enum ship_type type;
    const char *preset; /* what an absent value is sent as; NULL: as absent */
    bool needed;        /* a table without it cannot be sent */
};

struct ship_columns {
    const char *table; /* "records", "reports" */
    const struct ship_column *columns;
    size_t count;
};

#define SHIP_COLUMNS 64
const struct ship_columns *ship_columns(enum ship_which which);

/* A row, borrowed during a call. */
struct ship_row {
    enum ship_which which;
    const char *folder;           /* of the policy domain, below the store */
    const struct rua_span *cells; /* in the order of ship_columns(); free of
                                     quotes and guards; absent: data NULL */
};

/* Whole rows of one table: bytes [begin, end) of it. */
struct ship_range {
    uint64_t inode, begin, end;
    uint64_t mark; /* of the bytes before `end`: ship_mark() */
    char path[RUA_TABLE_PATH_SIZE];
};

enum {
    SHIP_RANGES = 4096, /* of a batch, at most */
};

struct ship_batch {
    uint64_t number;                  /* from 1, of this store and target */
    char token[RUA_DIGEST_SIZE];      /* of store, number and ranges */
    struct rua_buf text[SHIP_TABLES]; /* what `put` made of the rows; */
    bool packs; /* or, once it is sealed, gzip files behind each other: */
    struct rua_buf packed[SHIP_TABLES];
    uint64_t rows[SHIP_TABLES];
    struct ship_range *ranges; /* n of them */
    size_t n;
    uint16_t *index; /* of the ranges, by inode */
    uint64_t most_rows, most_bytes;
};

/* An empty batch, for so many rows, and bytes in memory, about. With `packs`,
 * text is packed as it comes, so that ten times as much goes into it. */
void ship_batch_init(struct ship_batch *batch, bool packs, uint64_t most_rows,
                     uint64_t most_bytes);
void ship_batch_done(struct ship_batch *batch);
void ship_batch_clear(struct ship_batch *batch);

/* After rows came into it; before it is sent. */
void ship_batch_pack(struct ship_batch *batch, bool seal);

/* Whether it is to be sent before more comes into it. */
bool ship_batch_is_full(const struct ship_batch *batch);

/* The range of a table; NULL when there is none. A new one, which must fit. */
struct ship_range *ship_batch_range(const struct ship_batch *batch,
                                    uint64_t inode);
struct ship_range *ship_batch_add(struct ship_batch *batch, uint64_t inode,
                                  const char *path);

struct ship_target;

/* A kind of target. Its calls may block; each request ends after request_time
 * seconds at most, or when ship_stopping is set. */
struct ship_kind {
    bool packs;         /* takes batch->packed, not batch->text */
    uint64_t most_rows; /* of a batch, whatever batch_rows says; 0: any */

    /* Nothing is connected yet. `view` is the store; `shipper` names store and
     * target, as 32 hexadecimal digits. All are borrowed. RUA_REFUSED: the
     * target's options cannot be. */
    enum rua_verdict (*open)(const struct conf_target *conf,
                             const struct view *view, const char *shipper,
                             struct ship_target **ret_target,
                             struct rua_err *err);

    /* Makes the tables that are missing, or the bucket. */
    enum rua_verdict (*create)(struct ship_target *target, struct rua_err *err);

    /* Reads again what a refusal may have been due to: the file of the
     * password. NULL: that is read anyway. */
    void (*renew)(struct ship_target *target);

    /* Appends a row to what is going to be sent: the same bytes whenever the
     * row is the same. */
    void (*put)(struct ship_target *target, const struct ship_row *row,
                struct rua_buf *to);

    /* Sends a batch: RUA_OK when all of it is there and durable; the same again
     * when it was there before. RUA_LATER: to be sent again. RUA_REFUSED: the
     * target will not take it until somebody mends something. */
    enum rua_verdict (*send)(struct ship_target *target,
                             const struct ship_batch *batch,
                             struct rua_err *err);

    void (*close)(struct ship_target *target);
};

extern const struct ship_kind ship_clickhouse;
extern const struct ship_kind ship_postgresql;
extern const struct ship_kind ship_s3;

/* The kind of a target's type; and which tables it takes rows of. */
const struct ship_kind *ship_kind(const struct conf_target *conf);
const bool *ship_takes(const struct conf_target *conf);

/* A row as text that ClickHouse (TabSeparated) and PostgreSQL (COPY) both read:
 * values with tabs between them, \N for an absent one, \\ for a backslash. */
void ship_text(const struct ship_row *row, struct rua_buf *to);

/* A server's text as one line of printable characters, cut at `max` bytes. */
void ship_printable(const char *text, size_t len, char *to, size_t max);

/* Set by SIGTERM and SIGINT: come to an end. */
extern volatile int ship_stopping;

/* Set around a call that looks at none of that, with nothing half done: the
 * signal ends the process at once. */
extern volatile int ship_deaf;

#endif
