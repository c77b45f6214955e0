/* worker.h - the process that reads: message in, result out.
 *
 * The request is a struct worker_request with the message's descriptor beside
 * it; the answer is a result (result.h). Both over the same stream socket. */
#ifndef RUAMILL_WORKER_H
#define RUAMILL_WORKER_H

#include "ingest.h"
#include "limit.h"

enum {
    WORKER_NAME = 256
};

struct worker_request {
    uint64_t offset, len;
    uint32_t input; /* enum rua_input */
    char name[WORKER_NAME];
};

/* Serves requests until the socket closes; never returns. `scratch` is an
 * unlinked file, or -1. All other descriptors but 0 to 2 are closed first. */
_Noreturn void worker_run(int socket, int scratch,
                          const struct rua_limits *limits);

/* Sends a request; false when the worker is gone (errno says why). */
bool worker_send(int socket, int fd, const struct worker_request *request);

#endif
