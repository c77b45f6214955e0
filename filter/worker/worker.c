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
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prison.h"

enum {
    SEND_WAIT =
        30, /* seconds for a request; then the worker does not read it */
};

enum fds {
    SCRATCH,
    MESSAGE, /* unless its bytes are behind the request */
    FDS
};

/* Made ready by this process, or before it was forked. */
static struct {
    struct prison *prison;
    struct rua_ingest *ingest;
    struct rua_scratch scratch;
} tools;

/* Descriptors beside a request, as cmsg(3) wants them. */
union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FDS * sizeof(int))];
};

static size_t
length_of_fds(const struct worker_request *request)
{
    return (request->bytes ? MESSAGE : FDS) * sizeof(int);
}

bool
worker_send(int socket, const struct worker_parcel *parcel)
{
    const struct worker_request *request = &parcel->request;
    const int fds[FDS] = {parcel->scratch, parcel->message};
    struct iovec iov[] = {
        {(void *)(uintptr_t)request,       sizeof(*request)},
        {(void *)(uintptr_t)parcel->bytes, request->bytes  },
    };
    size_t len = length_of_fds(request), all = sizeof(*request);
    union fd_message control = {0};
    struct msghdr message = {.msg_iov = iov,
                             .msg_iovlen = 2,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(len)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ssize_t n;

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(header), fds, len);
    do
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    all += request->bytes;
    return n == (ssize_t)all;
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
        header->cmsg_len != CMSG_LEN(length_of_fds(request)))
        return false;
    ret_fds[MESSAGE] = -1;
    memcpy(ret_fds, CMSG_DATA(header), length_of_fds(request));
    return true;
}

/* The message that belongs to a request; false when the front end is gone. */
static bool
take_message(int socket, const struct worker_request *request, int fd,
             struct rua_spool *ret_message)
{
    unsigned char *bytes;
    ssize_t n;

    if (!request->bytes) {
        rua_spool_open(ret_message, fd, request->offset, request->len);
        return true;
    }
    bytes = rua_alloc(request->bytes);
    do
        n = recv(socket, bytes, request->bytes, MSG_WAITALL);
    while (n < 0 && errno == EINTR);
    rua_spool_take(ret_message, bytes, request->bytes);
    return n == (ssize_t)request->bytes;
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

static bool
serve(struct rua_ingest *ingest, int *socket, int fd,
      const struct worker_request *request)
{
    const struct rua_sink out = {send_result, socket};
    struct rua_spool message;
    struct rua_err err = {0};
    bool served =
        take_message(*socket, request, fd, &message) &&
        rua_ingest_read(ingest, &message, (enum rua_input)request->input,
                        request->name[0] ? request->name : NULL, &out,
                        &err) == RUA_OK;

    rua_spool_done(&message);
    return served;
}

_Noreturn static void
leave(const struct rua_err *err)
{
    dprintf(STDERR_FILENO,
            "ruamill: worker: %s; see sandbox in ruamill.conf(5)\n",
            err->sentence);
    _exit(WORKER_LEAVES);
}

void
worker_close_others(int socket)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct rua_err err = {0};

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    } else if (!tools.ingest) { /* after that they are closed to begin with */
        rua_err_sys(&err, "open /dev/null");
        leave(&err);
    }
    if ((socket > STDERR_FILENO + 1 &&
         close_range(STDERR_FILENO + 1, (unsigned)socket - 1, 0) < 0) ||
        close_range((unsigned)socket + 1, ~0U, 0) < 0) {
        rua_err_sys(&err, "close_range"); /* with those it must not read mail */
        leave(&err);
    }
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

    if (tools.ingest)
        return;
    rua_ingest_setup();
    tools.ingest = rua_ingest_new(&plan->reading, &tools.scratch);
    if (!plan->free && prison_enter(&rules, &tools.prison, &err) != RUA_OK)
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

    if (!tools.prison)
        return;
    before = dup(STDERR_FILENO);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    if (prison_lock(tools.prison, &err) != RUA_OK) {
        dup2(before, STDERR_FILENO);
        leave(&err);
    }
    close(before);
}

void
worker_run(int socket, const struct worker_plan *plan)
{
    struct worker_request request;
    bool more = true;
    int fds[FDS];

    worker_prepare(plan);
    worker_lock();
    while (more && receive(socket, &request, fds)) {
        tools.scratch = (struct rua_scratch){.fd = fds[SCRATCH]};
        more = serve(tools.ingest, &socket, fds[MESSAGE], &request);
        if (fds[MESSAGE] >= 0)
            close(fds[MESSAGE]);
        close(fds[SCRATCH]);
        more = more && !request.last;
    }
    _exit(WORKER_LEAVES); /* which frees all at once */
}

/* ---- the front end's side ---- */

enum rua_verdict
worker_start(void (*run)(int socket, const struct worker_plan *plan),
             const struct worker_plan *plan, struct worker *ret_worker,
             struct rua_err *err)
{
    const struct timeval wait = {.tv_sec = SEND_WAIT};
    pid_t parent = getpid(), pid;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return rua_err_sys(err, "start a worker: socketpair");
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!tools.ingest) /* the front end says when it is over */
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
