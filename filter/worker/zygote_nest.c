/* zygote_nest.c - the process that forks workers. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zygote_parts.h"

enum {
    LEAVE_WAIT = 10000, /* milliseconds for a process to end by itself */
    FORK_PAUSE = 1000   /* when there can be no worker now */
};

struct nest {
    const struct zygote_plan *plan;
    int socket;
    struct worker *spares;
    unsigned n;
};

static bool
send_answer(int socket, const struct answer *answer, int fd)
{
    struct iovec iov = {(void *)(uintptr_t)answer, sizeof(*answer)};
    union fd_message control = {0};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    struct cmsghdr *header;

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(fd));
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*answer);
}

static bool
is_alive(const struct worker *worker)
{
    return waitpid(worker->pid, NULL, WNOHANG) == 0;
}

/* Gives out a spare worker that is alive still, or a new one. */
static bool
give(struct nest *nest)
{
    struct answer answer = {.pid = -1};
    struct worker worker = {.socket = -1};
    bool sent;

    while (nest->n > 0 && worker.socket < 0) {
        worker = nest->spares[--nest->n];
        if (!is_alive(&worker)) {
            close(worker.socket);
            worker.socket = -1;
        }
    }
    if (worker.socket < 0 && worker_start(nest->plan->run, nest->plan->worker,
                                          &worker, NULL) != RUA_OK)
        answer.failure = errno;
    else
        answer.pid = worker.pid;
    sent = send_answer(nest->socket, &answer, worker.socket);
    if (!sent && worker.socket >= 0) { /* without the socket, then */
        answer = (struct answer){.pid = -1, .failure = errno};
        worker_kill(&worker);
        sent = send_answer(nest->socket, &answer, -1);
    }
    if (worker.socket >= 0)
        close(worker.socket);
    return sent;
}

bool
zygote_child_leaves(pid_t pid, int *ret_status)
{
    for (int i = 0; i < LEAVE_WAIT; i++) {
        pid_t ended = waitpid(pid, ret_status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return true;
        poll(NULL, 0, 1);
    }
    return false;
}

/* One that died by itself stays as it ended: it is not waited for before. */
static bool
end(const struct nest *nest, const struct request *request)
{
    struct answer answer = {.pid = request->pid, .status = -1};

    if (request->order == DISMISS &&
        zygote_child_leaves(request->pid, &answer.status))
        return send_answer(nest->socket, &answer, -1);
    kill(request->pid, SIGKILL);
    while (waitpid(request->pid, &answer.status, 0) < 0 && errno == EINTR)
        ;
    return request->order == RELEASE || send_answer(nest->socket, &answer, -1);
}

/* The next request; false when the front end is gone. */
static bool
serve(struct nest *nest)
{
    struct request request;
    ssize_t n;

    do
        n = recv(nest->socket, &request, sizeof(request), 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(request))
        return false;
    return request.order == TAKE ? give(nest) : end(nest, &request);
}

static bool
is_asked(const struct nest *nest, int timeout)
{
    struct pollfd poll_fd = {.fd = nest->socket, .events = POLLIN};

    return poll(&poll_fd, 1, timeout) > 0;
}

/* A stop of the service signals all of its processes: the front end finishes
 * what it has, and needs us for that. */
static void
ignore_signals(void)
{
    static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,
                                  SIGUSR1, SIGUSR2, SIGPIPE};

    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        signal(signals[i], SIG_IGN);
}

void
zygote_run(const struct zygote_plan *plan, int socket)
{
    struct nest nest = {
        .plan = plan,
        .socket = socket,
        .spares = rua_alloc((plan->spare + 1) * sizeof(*nest.spares)),
    };
    bool more = true;
    int pause = 0;

    ignore_signals();
    worker_close_others(socket);
    worker_prepare(plan->worker);
    while (more) {
        if (nest.n >= plan->spare || is_asked(&nest, pause)) {
            more = serve(&nest);
            continue;
        }
        pause = 0;
        if (worker_start(plan->run, plan->worker, &nest.spares[nest.n], NULL) ==
            RUA_OK)
            nest.n++;
        else
            pause = FORK_PAUSE;
    }
    free(nest.spares);
    _exit(0); /* and its children with it */
}
