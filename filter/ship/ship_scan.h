/* ship_scan.h - which tables there are, and which have rows that were not sent.
 */
#ifndef RUAMILL_SHIP_SCAN_H
#define RUAMILL_SHIP_SCAN_H

#include "ship_state.h"
#include "view.h"

/* Called for a table of which, by its size, not all was sent, or which changed
 * since all was; table->inode and size are set. `sent` is how far it was, or
 * another one was that had its inode. */
typedef enum rua_verdict ship_visit(void *ctx, const struct view_table *table,
                                    uint64_t sent, struct rua_err *err);

/* Goes through all tables of these kinds in the store. */
enum rua_verdict ship_scan(const struct view *view,
                           const struct ship_state *state,
                           const bool takes[SHIP_TABLES], ship_visit *visit,
                           void *ctx, struct rua_err *err);

/* The same for one table, by the path that rows were meant for, and its inode:
 * one that was renamed since is found in its folder. */
enum rua_verdict ship_scan_one(const struct view *view,
                               const struct ship_state *state,
                               const bool takes[SHIP_TABLES],
                               const struct rua_op *op, ship_visit *visit,
                               void *ctx, struct rua_err *err);

/* How many tables of these kinds are packed. */
enum rua_verdict ship_scan_packed(const struct view *view,
                                  const bool takes[SHIP_TABLES],
                                  uint64_t *ret_n, struct rua_err *err);

/* How far a target is behind. */
struct ship_lag {
    uint64_t tables;   /* that have rows which were not sent, */
    uint64_t bytes;    /* of these rows, */
    uint64_t rows;     /* and how many they are, by the first of them */
    uint64_t seconds;  /* since all that there was had been sent; 0: it is */
    int64_t confirmed; /* when the last batch was; 0: none was ever */
};

/* Looks through the whole store; nothing is written. */
enum rua_verdict ship_lag(const struct view *view,
                          const struct conf_target *target,
                          struct ship_lag *ret_lag, struct rua_err *err);

/* The same without a look at the tables: seconds and confirmed only, where a
 * report was last stored at `stored`. RUA_NOT_REPORT when nobody has shipped to
 * the target yet. */
enum rua_verdict ship_glance(int root, const struct conf_target *target,
                             int64_t stored, struct ship_lag *ret_lag);

#endif
