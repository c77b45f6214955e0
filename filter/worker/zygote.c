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

enum {
    ANSWER_WAIT = 30, /* seconds; it does nothing that takes long */
    FORK_PAUSE = 1000 /* milliseconds, when there can be no worker now */
};

enum order {
    TAKE,
    END,
    RELEASE /* as END, without an answer */
};

/* Over a SOCK_SEQPACKET pair: a request, and the answer to it. */
struct request {
    enum order order;
    pid_t pid; /* END, RELEASE */
};

struct answer {
    pid_t pid;   /* TAKE: its socket is beside it; -1: there is none */
    int failure; /* for then: errno */
    int status;  /* END */
};

union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

struct zygote {
    struct zygote_plan plan;
    struct worker own; /* alone: the one that was forked at once */
    pthread_mutex_t mutex;
    int socket; /* -1: it has died */
    pid_t pid;
};

/* ---- the zygote's side ---- */

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

/* One that died by itself stays as it ended: it is not waited for before. */
static bool
end(const struct nest *nest, const struct request *request)
{
    struct answer answer = {.pid = request->pid, .status = -1};

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

_Noreturn static void
run(const struct zygote_plan *plan, int socket)
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
    _exit(0); /* and its children with it */
}

/* ---- the front end's side ---- */

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
            run(&zygote->plan, pair[1]);
        _exit(0);
    }
    close(pair[1]);
    zygote->socket = pair[0];
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

/* It has died, or does not answer: it is not asked again. */
static void
bury(struct zygote *zygote)
{
    if (zygote->socket < 0)
        return;
    close(zygote->socket);
    zygote->socket = -1;
    if (zygote->pid <= 0)
        return;
    kill(zygote->pid, SIGKILL);
    while (waitpid(zygote->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void
zygote_stop(struct zygote *zygote)
{
    if (!zygote)
        return;
    worker_kill(&zygote->own);
    bury(zygote);
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
