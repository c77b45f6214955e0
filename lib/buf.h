/* buf.h - growing bytes with a ceiling given at birth.
 *
 * Allocation does not fail (the process says so and aborts); sizes do: what
 * would grow a buffer over its ceiling is refused and changes nothing. */
#ifndef RUA_BUF_H
#define RUA_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "flow.h"

/* data is never NULL after rua_buf_init(); {0} is a valid empty buffer with
 * ceiling 0. Read data and len freely; write through the functions. */
struct rua_buf {
    unsigned char *data;
    size_t len;
    size_t cap;
    size_t max;
};

void rua_buf_init(struct rua_buf *buf, size_t max);
void rua_buf_done(struct rua_buf *buf);

/* Empty again; keeps its memory. */
void rua_buf_reset(struct rua_buf *buf);

/* Room for `n` more bytes behind the present ones, to be written by the caller,
 * who then adds to len. NULL when that is over the ceiling. (Here to be inline:
 * most values in a row are a few bytes long.) */
unsigned char *rua_buf_grow(struct rua_buf *buf, size_t n);
static inline unsigned char *
rua_buf_room(struct rua_buf *buf, size_t n)
{
    return n <= buf->cap - buf->len ? buf->data + buf->len
                                    : rua_buf_grow(buf, n);
}

/* Appends; false when that is over the ceiling. */
static inline bool
rua_buf_add(struct rua_buf *buf, const void *data, size_t n)
{
    unsigned char *room = rua_buf_room(buf, n);

    if (n == 0)
        return true;
    if (!room)
        return false;
    memcpy(room, data, n);
    buf->len += n;
    return true;
}

bool rua_buf_add_span(struct rua_buf *buf, struct rua_span span);
bool rua_buf_add_byte(struct rua_buf *buf, unsigned char byte);

/* Appends the text of a format; false when that is over the ceiling. */
bool rua_buf_printf(struct rua_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* All bytes, borrowed until the next change. */
struct rua_span rua_buf_span(const struct rua_buf *buf);

/* There is no memory: says so on standard error, and aborts. */
_Noreturn void rua_no_memory(void);

/* malloc() and realloc() that do this instead of failing: an abort defers the
 * mail, where a NULL forgotten would lose it. Freed with free(). */
void *rua_alloc(size_t size) __attribute__((malloc, alloc_size(1)));
void *rua_realloc(void *old, size_t size) __attribute__((alloc_size(2)));

#endif
