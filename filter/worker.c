#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prison.h"

enum fds {
    MESSAGE,
    SCRATCH,
    FDS
};

/* By this process, or before it was forked. */
static bool is_prepared;
static struct prison *prison;

/* Descriptors beside a request, as cmsg(3) wants them. */
union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FDS * sizeof(int))];
};

bool
worker_send(int socket, const struct worker_request *request, int message_fd,
            int scratch)
{
    const int fds[FDS] = {[MESSAGE] = message_fd, [SCRATCH] = scratch};
    struct iovec iov = {(void *)(uintptr_t)request, sizeof(*request)};
    union fd_message control = {0};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ssize_t n;

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(header), fds, sizeof(fds));
    do
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*request);
}

/* The next request and its descriptors; false when the front end is gone. */
static bool
receive(int socket, struct worker_request *request, int ret_fds[FDS])
{
    struct iovec iov = {request, sizeof(*request)};
    union fd_message control;
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header;
    ssize_t n;

    do
        n = recvmsg(socket, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    header = n == (ssize_t)sizeof(*request) ? CMSG_FIRSTHDR(&message) : NULL;
    if (!header || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(FDS * sizeof(int)))
        return false;
    memcpy(ret_fds, CMSG_DATA(header), FDS * sizeof(int));
    return true;
}

static enum rua_verdict
send_result(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    const int *socket = ctx;

    while (bytes.len) {
        ssize_t n = send(*socket, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rua_err_sys(err, "send a result");
        bytes.data += n;
        bytes.len -= (size_t)n;
    }
    return RUA_OK;
}

static enum rua_verdict
serve(struct rua_ingest *ingest, int *socket, int fd,
      const struct worker_request *request)
{
    const struct rua_sink out = {send_result, socket};
    struct rua_spool message;
    struct rua_err err = {0};
    enum rua_verdict v;

    rua_spool_open(&message, fd, request->offset, request->len);
    v = rua_ingest_read(ingest, &message, (enum rua_input)request->input,
                        request->name[0] ? request->name : NULL, &out, &err);
    rua_spool_done(&message);
    return v;
}

void
worker_close_others(int socket)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    } else if (!is_prepared) { /* after that they are closed to begin with */
        _exit(WORKER_LEAVES);
    }
    if ((socket > STDERR_FILENO + 1 &&
         close_range(STDERR_FILENO + 1, (unsigned)socket - 1, 0) < 0) ||
        close_range((unsigned)socket + 1, ~0U, 0) < 0)
        _exit(WORKER_LEAVES); /* with what it has, it must not read mail */
}

_Noreturn static void
leave(const struct rua_err *err)
{
    dprintf(STDERR_FILENO, "ruamill: worker: %s\n", err->sentence);
    _exit(WORKER_LEAVES);
}

void
worker_prepare(const struct worker_plan *plan)
{
    const struct rua_limits *limits = plan->reading.limits;
    const struct prison_rules rules = {
        /* gmime may hold the most of a message, twice and a bit */
        .memory = limits->max_memory + 3 * limits->max_message,
        .output = worker_output(limits),
        .cpu = limits->max_cpu,
    };
    struct rua_err err = {0};

    if (is_prepared)
        return;
    is_prepared = true;
    rua_ingest_setup();
    if (!plan->free && prison_enter(&rules, &prison, &err) != RUA_OK)
        leave(&err);
}

uint64_t
worker_output(const struct rua_limits *limits)
{
    return 2 * limits->max_unpacked + limits->max_message + 16 * RUA_MIB;
}

/* What a worker that was taken over writes to standard error would be read as
 * words of ours: it has none any more. */
void
worker_lock(void)
{
    struct rua_err err = {0};
    int before;

    if (!prison)
        return;
    before = dup(STDERR_FILENO);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    if (prison_lock(prison, &err) != RUA_OK) {
        dup2(before, STDERR_FILENO);
        leave(&err);
    }
    close(before);
}

void
worker_run(int socket, const struct worker_plan *plan)
{
    struct rua_scratch file = {.fd = -1};
    struct worker_request request;
    struct rua_ingest *ingest;
    int fds[FDS];

    worker_prepare(plan);
    ingest = rua_ingest_new(&plan->reading, &file);
    worker_lock();
    while (receive(socket, &request, fds)) {
        enum rua_verdict v;
        file = (struct rua_scratch){.fd = fds[SCRATCH]};
        v = serve(ingest, &socket, fds[MESSAGE], &request);
        close(fds[MESSAGE]);
        close(fds[SCRATCH]);
        if (v != RUA_OK)
            break;
    }
    _exit(WORKER_LEAVES); /* which frees all at once */
}

/* ---- the front end's side ---- */

enum rua_verdict
worker_start(void (*run)(int socket, const struct worker_plan *plan),
             const struct worker_plan *plan, struct worker *ret_worker,
             struct rua_err *err)
{
    pid_t parent = getpid(), pid;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return rua_err_sys(err, "start a worker: socketpair");
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!is_prepared) /* the front end says when it is over */
            signal(SIGINT, SIG_IGN);
        worker_close_others(pair[1]);
        if (getppid() == parent) /* it may have died before */
            run(pair[1], plan);
        _exit(0);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return rua_err_sys(err, "start a worker: fork");
    }
    *ret_worker = (struct worker){pair[0], pid};
    return RUA_OK;
}

int
worker_stop(struct worker *worker)
{
    int status = 0;

    if (worker->socket < 0)
        return 0;
    close(worker->socket);
    worker->socket = -1;
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

int
worker_kill(struct worker *worker)
{
    if (worker->socket >= 0)
        kill(worker->pid, SIGKILL);
    return worker_stop(worker);
}
