/* flow.h - how bytes move: spans, and sinks to push them into. */
#ifndef RUA_FLOW_H
#define RUA_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* Bytes owned by somebody else, not NUL-terminated. data == NULL means absent,
 * which is another fact than present and empty (data != NULL, len == 0). */
struct rua_span {
    const unsigned char *data;
    size_t len;
};

/* The span of a string literal. */
#define RUA_SPAN(literal)                                                      \
    ((struct rua_span){(const unsigned char *)(literal), sizeof(literal) - 1})

/* The next stage downstream. Data moves one way: a stage pushes what it has
 * produced and stops as soon as a verdict other than RUA_OK comes back, and
 * returns that verdict. The span is borrowed for the time of the call. */
struct rua_sink {
    enum rua_verdict (*write)(void *ctx, struct rua_span bytes,
                              struct rua_err *err);
    void *ctx;
};

/* Pushes `bytes` into `sink`; an empty span is not passed on. */
enum rua_verdict rua_push(const struct rua_sink *sink, struct rua_span bytes,
                          struct rua_err *err);

/* The span of a NUL-terminated string; NULL gives the absent span. */
struct rua_span rua_span_text(const char *text);

/* Same length and bytes; ASCII letters without regard to case. */
bool rua_span_same(struct rua_span a, struct rua_span b);

/* Without the XML white space (blank, TAB, CR, LF), line ends of Unicode
 * (U+0085, U+2028, U+2029), no-break spaces (U+00A0) and byte order marks
 * (U+FEFF) at both ends. An absent span stays absent; one of white space only
 * becomes present and empty. */
struct rua_span rua_span_trim(struct rua_span span);

#endif
