/* ship_state.h - how far each table was sent to a target.
 *
 *     STORE/.spool/ship/TARGET/lock      one shipper at a time
 *                             /offsets   a hash table: inode -> offset
 *                             /batch     the ranges of the last batch
 *
 * A batch is written down and synced before it is sent. When the target has
 * confirmed it, its offsets are written and synced, and only then the next
 * batch takes its place. So whoever dies, or loses power, finds at the next
 * start which batch may have been sent, or that none is.
 *
 * The offsets stay in the file, so that memory does not grow with the number of
 * tables. Whatever fails is RUA_LATER. */
#ifndef RUAMILL_SHIP_STATE_H
#define RUAMILL_SHIP_STATE_H

#include "ship.h"

#define SHIP_FOLDER ".spool/ship"

struct ship_state {
    int root;          /* the store's; the caller's */
    char folder[128];  /* below it */
    int lock;          /* -1: only to look */
    int fd;            /* the offsets */
    int batch;         /* the batch */
    char shipper[33];  /* a random number of this store and target */
    uint64_t slots;    /* a power of two, */
    uint64_t used;     /* of which these are */
    uint64_t number;   /* of the last confirmed batch */
    int64_t confirmed; /* when that was, seconds since 1970, */
    int64_t caught_up; /* and when all that there was had been sent */
};

/* Opens, or makes, the state of a target; another shipper of it is RUA_LATER.
 */
enum rua_verdict ship_state_open(int root, const char *target,
                                 struct ship_state *state, struct rua_err *err);

/* Opens it to look only. RUA_NOT_REPORT, without a sentence, when there is
 * none. */
enum rua_verdict ship_state_look(int root, const char *target,
                                 struct ship_state *state, struct rua_err *err);
void ship_state_close(struct ship_state *state);

/* How far a table was sent, and the mark of the bytes before; 0 and 0 when it
 * was not. */
enum rua_verdict ship_state_find(const struct ship_state *state, uint64_t inode,
                                 uint64_t *ret_offset, uint64_t *ret_mark,
                                 struct rua_err *err);

/* Gives a batch its number and token, and makes it durable. */
enum rua_verdict ship_state_intend(struct ship_state *state,
                                   struct ship_batch *batch,
                                   struct rua_err *err);

/* The target has confirmed it. */
enum rua_verdict ship_state_confirm(struct ship_state *state,
                                    const struct ship_batch *batch,
                                    struct rua_err *err);

/* The batch that may have been sent without being confirmed: number, token and
 * ranges. RUA_NOT_REPORT, without a sentence, when there is none. */
enum rua_verdict ship_state_pending(struct ship_state *state,
                                    struct ship_batch *ret_batch,
                                    struct rua_err *err);

/* All that there was at `now` has been sent. Not synced. */
enum rua_verdict ship_state_caught_up(struct ship_state *state, int64_t now,
                                      struct rua_err *err);

/* A number made of up to 64 bytes before `end`, so that another file that got
 * the inode of one is known. */
#define SHIP_MARK 64
uint64_t ship_mark(const unsigned char *bytes, size_t n);

/* ---- for the parts of this module ---- */

/* The file `batch` as text: written, and read. RUA_NOT_REPORT when it is torn,
 * or empty. */
enum rua_verdict ship_batch_write(struct ship_state *state,
                                  const struct ship_batch *batch,
                                  struct rua_err *err);
enum rua_verdict ship_batch_read(struct ship_state *state,
                                 struct ship_batch *ret_batch,
                                 struct rua_err *err);

#endif
