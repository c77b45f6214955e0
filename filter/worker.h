/* worker.h - the process that reads: message in, result out.
 *
 * The request is a struct worker_request with two descriptors beside it, the
 * message's and that of an unlinked file for what is large; the answer is a
 * result (result.h). Both over the same stream socket. */
#ifndef RUAMILL_WORKER_H
#define RUAMILL_WORKER_H

#include <sys/types.h>

#include "ingest.h"

enum {
    WORKER_NAME = 256
};

struct worker_request {
    uint64_t offset, len;
    uint32_t input; /* enum rua_input */
    char name[WORKER_NAME];
};

/* Makes all ready that reading needs, for this process and those it forks. */
void worker_prepare(void);

/* The exit status of worker_run(): no message has brought it about. */
#define WORKER_LEAVES 75

/* Serves requests until the socket closes, or a file fails; never returns. */
_Noreturn void worker_run(int socket, const struct rua_reading *reading);

/* Sends a request; false when the worker is gone (errno says why). */
bool worker_send(int socket, const struct worker_request *request, int message,
                 int scratch);

/* A process that reads for us; the socket is -1 for none. */
struct worker {
    int socket;
    pid_t pid;
};

/* Forks a child that does `run`. It ends when the thread that called this does,
 * and has no descriptor but its socket and standard error. */
enum rua_verdict worker_start(void (*run)(int socket,
                                          const struct rua_reading *reading),
                              const struct rua_reading *reading,
                              struct worker *ret_worker, struct rua_err *err);

/* Closes all descriptors but `socket` and standard error, where it says why it
 * aborts. Standard output may be what an MTA believes: that and standard input
 * become /dev/null. */
void worker_close_others(int socket);

/* Closes its socket, at which it ends, and waits for it; how it ended, as of
 * waitpid(2). */
int worker_stop(struct worker *worker);

/* The same for one that is at work. */
int worker_kill(struct worker *worker);

#endif
