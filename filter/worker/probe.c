#include "probe.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

enum {
    WAIT = 30000 /* milliseconds, for each piece of the result */
};

bool
probe_worker(const struct worker *worker, int scratch,
             struct rua_scratch *spill, const struct rua_limits *limits)
{
    const size_t len = strlen(rua_ingest_sample);
    const struct link_job job = {
        .fd = -1,
        .bytes = (const unsigned char *)rua_ingest_sample,
        .len = len,
        .input = RUA_INPUT_MESSAGE,
        .scratch = scratch,
    };
    struct pollfd poll_fd = {.fd = worker->socket, .events = POLLIN};
    unsigned char *piece = rua_alloc(LINK_PIECE);
    enum link_state state = LINK_MORE;
    struct rua_err err = {0};
    struct link link;

    if (link_begin(&link, worker->socket, &job, spill, limits, &err) !=
        RUA_OK) {
        free(piece);
        return false;
    }
    while (state == LINK_MORE && poll(&poll_fd, 1, WAIT) > 0)
        state = link_take(&link, piece, &err);
    if (state == LINK_MORE || state == LINK_WHOLE)
        rua_spool_done(&link.result);
    free(piece);
    return state == LINK_WHOLE;
}
