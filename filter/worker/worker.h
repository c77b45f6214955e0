/* worker.h - the process that reads: message in, result out.
 *
 * The request is a struct worker_request, with the descriptor of an unlinked
 * file for what is large beside it; behind it come the bytes of the message, or
 * beside it its descriptor. The answer is a result (result.h). Both over the
 * same stream socket. */
#ifndef RUAMILL_WORKER_H
#define RUAMILL_WORKER_H

#include <sys/types.h>

#include "ingest.h"

enum {
    WORKER_NAME = 256,
    WORKER_AT_ONCE = 64 << 10 /* bytes of a message; one with more is a file */
};

struct worker_request {
    uint64_t offset, len;
    uint32_t input; /* enum rua_input */
    uint32_t bytes; /* all of the message, behind the request; 0: in the file */
    bool last;      /* the worker ends when it has served it */
    char name[WORKER_NAME];
};

/* How messages are read, and by whom. */
struct worker_plan {
    struct rua_reading reading; /* its limits are those of the process too */
    bool free;                  /* not locked in (prison.h) */
};

/* Makes all ready that reading needs, and enters the prison: for this process
 * and those it forks. One that cannot says so on standard error and ends. */
void worker_prepare(const struct worker_plan *plan);

/* Locks in a process that is prepared: before it reads what strangers wrote. */
void worker_lock(void);

/* How many bytes an honest worker may have to say, or to keep in its scratch
 * file: it holds all values, once more where a document is read twice, and the
 * parts as they came. */
uint64_t worker_output(const struct rua_limits *limits);

/* The exit status of worker_run(): no message has brought it about. */
#define WORKER_LEAVES 75

/* Prepares and locks in this process, and serves requests until the socket
 * closes, or a file fails; never returns. */
_Noreturn void worker_run(int socket, const struct worker_plan *plan);

/* A request and what goes with it: a file with the message, or its bytes. */
struct worker_parcel {
    struct worker_request request;
    int scratch;
    int message;                /* unless there are bytes */
    const unsigned char *bytes; /* request.bytes of them */
};

/* Sends a request; false when the worker is gone, or does not read. */
bool worker_send(int socket, const struct worker_parcel *parcel);

/* A process that reads for us; the socket is -1 for none. */
struct worker {
    int socket;
    pid_t pid;
};

/* Forks a child that does `run`. It ends when the thread that called this does,
 * and has no descriptor but its socket and standard error. */
enum rua_verdict worker_start(void (*run)(int socket,
                                          const struct worker_plan *plan),
                              const struct worker_plan *plan,
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
