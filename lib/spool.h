/* spool.h - bytes that start in memory and overflow into an unlinked file, and
 * can be read again, at any place.
 *
 * A spool either is written (rua_spool_init, rua_spool_write) or stands for
 * what is there already: a region of a file (rua_spool_open), or bytes in
 * memory (rua_spool_take). */
#ifndef RUA_SPOOL_H
#define RUA_SPOOL_H

#include <stdint.h>

#include "buf.h"
#include "flow.h"

/* One unlinked file, used as a stack by the spools of one thread: the spool
 * begun last is the one that may grow. fd is -1 where there is no file: then a
 * spool that outgrows its memory is RUA_LATER. */
struct rua_scratch {
    int fd;
    uint64_t top; /* the file is free from here on */
};

struct rua_spool {
    struct rua_buf memory;       /* all bytes, while they fit */
    struct rua_scratch *scratch; /* where they overflow to; may be NULL */
    int fd;                      /* the file they are in, or -1 */
    uint64_t base;               /* offset of the first byte in fd */
    uint64_t len;                /* bytes in the spool */
    uint64_t max;                /* ceiling of len */
    const char *limit;           /* its name, for the sentence */
};

/* An empty spool for at most `max` bytes, of which `memory` are kept in memory.
 * `limit` names the ceiling ("max_message"); over it writing is RUA_BAD. */
void rua_spool_init(struct rua_spool *spool, struct rua_scratch *scratch,
                    size_t memory, uint64_t max, const char *limit);

/* The spool that is bytes [offset, offset + len) of `fd`, which stays the
 * caller's and open. Nothing is read yet. Cannot be written. */
void rua_spool_open(struct rua_spool *spool, int fd, uint64_t offset,
                    uint64_t len);

/* The spool that is these bytes, which malloc(3) gave and which become its own.
 * Cannot be written. */
void rua_spool_take(struct rua_spool *spool, unsigned char *bytes, size_t len);

/* Frees memory, and gives back the scratch file's space when this spool is the
 * last on its stack. */
void rua_spool_done(struct rua_spool *spool);

/* Empty again, for a written spool; keeps its memory, unless it overflowed. */
void rua_spool_reset(struct rua_spool *spool);

/* Appends. A sink: ctx is the spool. RUA_BAD over the ceiling; RUA_LATER when
 * the scratch file fails (ENOSPC, EIO). */
enum rua_verdict rua_spool_write(void *spool, struct rua_span bytes,
                                 struct rua_err *err);

/* Whether all bytes are in memory: then they are spool->memory. */
bool rua_spool_in_memory(const struct rua_spool *spool);

/* Reads up to `n` bytes at `offset`: *ret_n is less than `n` only at the end.
 * RUA_LATER when the file cannot be read or has become shorter. */
enum rua_verdict rua_spool_read(const struct rua_spool *spool, uint64_t offset,
                                void *data, size_t n, size_t *ret_n,
                                struct rua_err *err);

/* Pushes bytes [offset, offset + len) into `sink` in pieces of 64 KiB, or in
 * one piece where they are in memory. */
enum rua_verdict rua_spool_push(const struct rua_spool *spool, uint64_t offset,
                                uint64_t len, const struct rua_sink *sink,
                                struct rua_err *err);

#endif
