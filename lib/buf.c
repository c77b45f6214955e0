#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FIRST = 256
};

/* Without stdio, which may want memory. */
void
rua_no_memory(void)
{
    static const char line[] = "ruamill: out of memory\n";

    if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
        abort();
    abort();
}

void *
rua_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        rua_no_memory();
    return memory;
}

void *
rua_alloc(size_t size)
{
    return rua_realloc(NULL, size);
}

void
rua_buf_init(struct rua_buf *buf, size_t max)
{
    size_t cap = max < FIRST ? max : FIRST;

    *buf = (struct rua_buf){.data = rua_alloc(cap), .cap = cap, .max = max};
}

void
rua_buf_done(struct rua_buf *buf)
{
    free(buf->data);
    *buf = (struct rua_buf){0};
}

void
rua_buf_reset(struct rua_buf *buf)
{
    buf->len = 0;
}

unsigned char *
rua_buf_grow(struct rua_buf *buf, size_t n)
{
    size_t cap = buf->cap;

    if (n > buf->max - buf->len)
        return NULL;
    if (n > cap - buf->len) {
        while (n > cap - buf->len)
            cap = cap > buf->max / 2 ? buf->max : (cap ? cap * 2 : FIRST);
        buf->data = rua_realloc(buf->data, cap);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

bool
rua_buf_add_span(struct rua_buf *buf, struct rua_span span)
{
    return rua_buf_add(buf, span.data, span.len);
}

bool
rua_buf_add_byte(struct rua_buf *buf, unsigned char byte)
{
    return rua_buf_add(buf, &byte, 1);
}

bool
rua_buf_printf(struct rua_buf *buf, const char *format, ...)
{
    va_list args;
    unsigned char *room;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !(room = rua_buf_room(buf, (size_t)n + 1)))
        return false;
    va_start(args, format);
    vsnprintf((char *)room, (size_t)n + 1, format, args);
    va_end(args);
    buf->len += (size_t)n;
    return true;
}

struct rua_span
rua_buf_span(const struct rua_buf *buf)
{
    return (struct rua_span){buf->data, buf->len};
}
