/* csv.h - our own tables, read line by line.
 *
 * A stage: bytes in, rows out. It takes what cell.h writes and nothing more
 * lenient: what is wrong with a line is said of it, and the next one is read.
 */
#ifndef RUA_CSV_H
#define RUA_CSV_H

#include "cell.h"

/* Bytes of a line, at most; as long as the longest row that is written. */
#define RUA_CSV_LINE (64U << 20)

/* A line. All is borrowed during the call. */
struct rua_csv_row {
    uint64_t number;              /* from 1: the header */
    uint64_t offset;              /* of its first byte in the table */
    struct rua_span line;         /* as it stands there, without its end */
    const struct rua_span *cells; /* n of them, unquoted; absent: data NULL */
    size_t n;
    const char *wrong; /* or NULL; cells are not to be used when it is set */
};

struct rua_csv {
    enum rua_format format;
    enum rua_verdict (*row)(void *ctx, const struct rua_csv_row *row,
                            struct rua_err *err);
    void *ctx;
    uint64_t number, offset; /* of the line that is being read */
    size_t width;            /* cells of the first line */
    bool cut;                /* the line is too long: the rest is dropped */
    uint64_t dropped;
    struct rua_buf line;
    struct rua_buf text; /* what was unquoted */
    struct rua_span *cells;
    size_t n, room;
};

/* `row` is called for each line; a verdict other than RUA_OK ends the reading.
 */
void rua_csv_init(struct rua_csv *csv, enum rua_format format,
                  enum rua_verdict (*row)(void *ctx,
                                          const struct rua_csv_row *row,
                                          struct rua_err *err),
                  void *ctx);

/* More bytes. A sink: ctx is the reader. */
enum rua_verdict rua_csv_write(void *csv, struct rua_span bytes,
                               struct rua_err *err);

/* The end of the table: a last line without an end is wrong. */
enum rua_verdict rua_csv_end(struct rua_csv *csv, struct rua_err *err);
void rua_csv_done(struct rua_csv *csv);

/* A text value without the apostrophe that the formula guard gave it. */
struct rua_span rua_csv_unguard(struct rua_span value);

/* A value that is a number in digits, and nothing else. */
bool rua_csv_number(struct rua_span value, uint64_t *ret_number);

#endif
