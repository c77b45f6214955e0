#include "zygote.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zygote_parts.h"

enum {
    ANSWER_WAIT = 30 /* seconds; it does nothing that takes longer */
};

struct zygote {
    struct zygote_plan plan;
    struct worker own; /* alone: the one that was forked at once */
    pthread_mutex_t mutex;
    int socket; /* -1: it has died */
    pid_t pid;
};

static enum rua_verdict
fork_zygote(struct zygote *zygote, struct rua_err *err)
{
    const struct timeval wait = {.tv_sec = ANSWER_WAIT};
    pid_t parent = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return rua_err_sys(err, "start the workers' process: socketpair");
    zygote->pid = fork();
    if (zygote->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            zygote_run(&zygote->plan, pair[1]);
        _exit(0);
    }
    close(pair[1]);
    zygote->socket = pair[0];
    if (zygote->pid < 0 && errno == EAGAIN)
        return rua_err_set(err, RUA_LATER,
                           "start the workers' process: this user has too many "
                           "processes; raise TasksMax= or ulimit -u, or lower "
                           "jobs");
    if (zygote->pid < 0)
        return rua_err_sys(err, "start the workers' process: fork");
    setsockopt(zygote->socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    return RUA_OK;
}

enum rua_verdict
zygote_start(const struct zygote_plan *plan, struct zygote **ret_zygote,
             struct rua_err *err)
{
    struct zygote *zygote = rua_alloc(sizeof(*zygote));
    enum rua_verdict v;

    *zygote = (struct zygote){.plan = *plan, .own.socket = -1, .socket = -1};
    pthread_mutex_init(&zygote->mutex, NULL);
    v = plan->alone ? worker_start(plan->run, plan->worker, &zygote->own, err)
                    : fork_zygote(zygote, err);
    if (v == RUA_OK)
        *ret_zygote = zygote;
    else
        zygote_stop(zygote);
    return v;
}

static void
kill_zygote(const struct zygote *zygote)
{
    kill(zygote->pid, SIGKILL);
    while (waitpid(zygote->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* It has died, or does not answer: it is not asked again. */
static void
bury(struct zygote *zygote)
{
    if (zygote->socket < 0)
        return;
    close(zygote->socket);
    zygote->socket = -1;
    if (zygote->pid > 0)
        kill_zygote(zygote);
}

void
zygote_stop(struct zygote *zygote)
{
    if (!zygote)
        return;
    worker_kill(&zygote->own);
    if (zygote->socket >= 0) {
        close(zygote->socket);
        zygote->socket = -1;
        if (zygote->pid > 0 && !zygote_child_leaves(zygote->pid, NULL))
            kill_zygote(zygote);
    }
    pthread_mutex_destroy(&zygote->mutex);
    free(zygote);
}

/* The socket beside an answer, or -1. */
static int
fd_of(struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof(fd));
    return fd;
}

/* One request and its answer, with the mutex held. */
static bool
ask_now(struct zygote *zygote, const struct request *request,
        struct answer *ret_answer, int *ret_fd)
{
    struct iovec iov = {ret_answer, sizeof(*ret_answer)};
    union fd_message control;
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n;

    if (zygote->socket < 0)
        return false;
    n = send(zygote->socket, request, sizeof(*request), MSG_NOSIGNAL);
    while (n == (ssize_t)sizeof(*request)) {
        n = recvmsg(zygote->socket, &message, MSG_CMSG_CLOEXEC);
        if (n == (ssize_t)sizeof(*ret_answer)) {
            *ret_fd = fd_of(&message);
            return true;
        }
        if (n < 0 && errno == EINTR)
            n = (ssize_t)sizeof(*request);
    }
    bury(zygote);
    return false;
}

static bool
ask(struct zygote *zygote, const struct request *request,
    struct answer *ret_answer, int *ret_fd)
{
    bool answered;

    pthread_mutex_lock(&zygote->mutex);
    answered = ask_now(zygote, request, ret_answer, ret_fd);
    pthread_mutex_unlock(&zygote->mutex);
    return answered;
}

enum rua_verdict
zygote_take(struct zygote *zygote, struct worker *ret_worker,
            struct rua_err *err)
{
    const struct request request = {.order = TAKE};
    struct answer answer;
    int fd;

    if (zygote->plan.alone && zygote->own.socket < 0)
        return worker_start(zygote->plan.run, zygote->plan.worker, ret_worker,
                            err);
    if (zygote->plan.alone) {
        *ret_worker = zygote->own;
        zygote->own.socket = -1;
        return RUA_OK;
    }
    if (!ask(zygote, &request, &answer, &fd))
        return rua_err_set(err, RUA_LATER,
                           "the process that starts workers has died; ruamill "
                           "must be started anew");
    if (answer.pid >= 0 && fd >= 0) {
        *ret_worker = (struct worker){fd, answer.pid};
        return RUA_OK;
    }
    errno = answer.pid < 0 ? answer.failure : EMFILE;
    return rua_err_sys(err, "start a worker");
}

int
zygote_end(struct zygote *zygote, struct worker *worker)
{
    const struct request request = {END, worker->pid};
    struct answer answer;
    int fd;

    if (zygote->plan.alone)
        return worker_kill(worker);
    close(worker->socket);
    worker->socket = -1;
    return ask(zygote, &request, &answer, &fd) ? answer.status : -1;
}

void
zygote_dismiss(struct zygote *zygote, struct worker *worker)
{
    const struct request request = {DISMISS, worker->pid};
    struct answer answer;
    int fd;

    if (zygote->plan.alone) {
        worker_stop(worker);
        return;
    }
    close(worker->socket);
    worker->socket = -1;
    ask(zygote, &request, &answer, &fd);
}

int
zygote_release(struct zygote *zygote, struct worker *worker)
{
    const struct request request = {RELEASE, worker->pid};
    int socket = worker->socket;

    if (zygote->plan.alone) {
        worker_kill(worker);
        return -1;
    }
    worker->socket = -1;
    pthread_mutex_lock(&zygote->mutex);
    if (zygote->socket >= 0 && send(zygote->socket, &request, sizeof(request),
                                    MSG_NOSIGNAL) != (ssize_t)sizeof(request))
        bury(zygote);
    pthread_mutex_unlock(&zygote->mutex);
    return socket;
}

bool
zygote_is_well(struct zygote *zygote)
{
    struct pollfd poll_fd = {.events = POLLIN};
    bool well;

    /* who is talking to it will find out */
    if (zygote->plan.alone || pthread_mutex_trylock(&zygote->mutex) != 0)
        return true;
    poll_fd.fd = zygote->socket;
    well = zygote->socket >= 0 && poll(&poll_fd, 1, 0) == 0;
    pthread_mutex_unlock(&zygote->mutex);
    return well;
}
