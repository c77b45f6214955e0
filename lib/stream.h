/* stream.h - a spool as a stream of stdio, for libraries that read those. */
#ifndef RUA_STREAM_H
#define RUA_STREAM_H

#include <stdio.h>

#include "spool.h"

/* The stream's offsets count from the first byte of the spool. What of it could
 * not be read is in `verdict` (RUA_LATER), with the sentence in err: a library
 * may take that for the end of the file. */
struct rua_stream {
    FILE *file;
    const struct rua_spool *spool;
    uint64_t at;
    enum rua_verdict verdict;
    struct rua_err *err;
};

/* Begins a stream, which must not be moved then; spool and err are borrowed
 * until rua_stream_close(). */
void rua_stream_open(struct rua_stream *stream, const struct rua_spool *spool,
                     struct rua_err *err);
void rua_stream_close(struct rua_stream *stream);

#endif
