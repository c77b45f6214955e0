#include "worker.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mime.h"

/* One descriptor beside a message, as cmsg(3) wants it. */
union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool
worker_send(int socket, int fd, const struct worker_request *request)
{
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
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    do
        n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*request);
}

/* The next request and its descriptor; false when the front end is gone. */
static bool
receive(int socket, struct worker_request *request, int *ret_fd)
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
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return false;
    memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
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

/* Keeps 0 to 2, the socket and the scratch file. */
static void
close_others(int socket, int scratch)
{
    unsigned low = (unsigned)(socket < scratch ? socket : scratch);
    unsigned high = (unsigned)(socket < scratch ? scratch : socket);

    if (scratch < 0)
        low = high;
    if (low > 3)
        close_range(3, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
}

void
worker_run(int socket, int scratch, const struct rua_limits *limits)
{
    struct rua_scratch file = {.fd = scratch};
    struct worker_request request;
    struct rua_ingest *ingest;
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* the front end says when it is over */
    close_others(socket, scratch);
    rua_mime_setup();
    ingest = rua_ingest_new(limits, &file);
    while (receive(socket, &request, &fd)) {
        enum rua_verdict v = serve(ingest, &socket, fd, &request);
        close(fd);
        if (v != RUA_OK)
            break;
    }
    rua_ingest_free(ingest);
    _exit(0);
}
