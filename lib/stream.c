#include "stream.h"

#include <errno.h>

static ssize_t
read_stream(void *ctx, char *data, size_t size)
{
    struct rua_stream *stream = ctx;
    size_t n = 0;
    enum rua_verdict v =
        rua_spool_read(stream->spool, stream->at, data, size, &n, stream->err);

    stream->verdict = rua_worst(stream->verdict, v);
    stream->at += n;
    errno = EIO;
    return v == RUA_OK ? (ssize_t)n : -1;
}

static int
seek_stream(void *ctx, off_t *offset, int whence)
{
    struct rua_stream *stream = ctx;
    uint64_t from = whence == SEEK_SET   ? 0
                    : whence == SEEK_CUR ? stream->at
                                         : stream->spool->len;

    if (*offset < 0 && (uint64_t) - *offset > from)
        return -1;
    stream->at = from + (uint64_t)*offset;
    *offset = (off_t)stream->at;
    return 0;
}

void
rua_stream_open(struct rua_stream *stream, const struct rua_spool *spool,
                struct rua_err *err)
{
    const cookie_io_functions_t functions = {.read = read_stream,
                                             .seek = seek_stream};

    *stream = (struct rua_stream){.spool = spool, .err = err};
    stream->file = fopencookie(stream, "r", functions);
    if (!stream->file)
        rua_no_memory();
}

void
rua_stream_close(struct rua_stream *stream)
{
    fclose(stream->file);
}
