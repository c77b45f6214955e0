#include "intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

enum {
    MEMORY = 1 << 20, /* of a message that is kept in memory */
    PIECE = 64 << 10,
};

#define MBOX_LINE "From "
#define MBOX_LEN  (sizeof(MBOX_LINE) - 1)

static enum rua_verdict
keep(struct intake *intake, struct live *live, struct rua_span bytes,
     struct rua_err *err)
{
    struct rua_spool *message = &intake->message;
    uint64_t room = message->max - message->len;
    enum rua_verdict v = RUA_OK;

    if (bytes.len > room) {
        bytes.len = (size_t)room;
        intake->cut = true;
    }
    if (message->len + bytes.len > MEMORY && intake->scratch.fd < 0)
        v = live_scratch(live, &intake->scratch.fd, err);
    return v == RUA_OK ? rua_spool_write(message, bytes, err) : v;
}

/* Reads a piece, of MBOX_LEN bytes at least unless the end is nearer. */
static enum rua_verdict
read_piece(int fd, unsigned char *piece, size_t *ret_n, struct rua_err *err)
{
    ssize_t got = 1;
    size_t n = 0;

    while (n < MBOX_LEN && got != 0) {
        got = read(fd, piece + n, PIECE - n);
        if (got < 0 && errno != EINTR)
            return rua_err_sys(err, "read the message from standard input");
        n += got > 0 ? (size_t)got : 0;
    }
    *ret_n = n;
    return RUA_OK;
}

/* What of a piece comes behind the mbox line, which goes on while *skips. */
static struct rua_span
skip(struct rua_span piece, bool *skips)
{
    const unsigned char *end;
    size_t n;

    if (!*skips || !piece.len)
        return piece;
    end = memchr(piece.data, '\n', piece.len);
    n = end ? (size_t)(end - piece.data) + 1 : piece.len;
    *skips = !end;
    return (struct rua_span){piece.data + n, piece.len - n};
}

enum rua_verdict
intake_read(struct intake *intake, int fd, struct live *live, uint64_t max,
            struct rua_err *err)
{
    unsigned char *piece = rua_alloc(PIECE);
    enum rua_verdict v;
    size_t n = 0;
    bool skips;

    rua_spool_init(&intake->message, &intake->scratch, MEMORY, max,
                   "max_message");
    v = read_piece(fd, piece, &n, err);
    skips = n >= MBOX_LEN && memcmp(piece, MBOX_LINE, MBOX_LEN) == 0;
    while (v == RUA_OK && n > 0) {
        v = keep(intake, live, skip((struct rua_span){piece, n}, &skips), err);
        if (v == RUA_OK)
            v = read_piece(fd, piece, &n, err);
    }
    free(piece);
    if (v == RUA_OK && intake->message.len == 0)
        v = rua_err_set(err, RUA_LATER, "no message on standard input");
    return v;
}

void
intake_done(struct intake *intake)
{
    rua_spool_done(&intake->message);
    if (intake->scratch.fd >= 0)
        close(intake->scratch.fd);
    intake->scratch.fd = -1;
}
