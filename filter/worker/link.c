#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

enum {
    RESULT_MEMORY = 1 << 20
};

/* A description of the file that no other process moves the offset of, and that
 * a worker cannot write to: gmime seeks, and the messages of an mbox are read
 * by several workers at a time. */
static enum rua_verdict
open_again(int fd, int *ret_fd, struct rua_err *err)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    return *ret_fd < 0 ? rua_err_sys(err, "open %s", path) : RUA_OK;
}

/* A small message goes to its worker in one piece, which costs less than a file
 * that it would look at piece by piece. One that cannot be read is a file: the
 * worker will say what is wrong with it. */
static bool
read_at_once(const struct link_job *job, unsigned char **ret_bytes)
{
    size_t n = 0;

    if (job->len == 0 || job->len > WORKER_AT_ONCE)
        return false;
    *ret_bytes = rua_alloc(job->len);
    if (rua_file_read(job->fd, "a message", job->offset, *ret_bytes, job->len,
                      &n, NULL) == RUA_OK &&
        n == job->len)
        return true;
    free(*ret_bytes);
    *ret_bytes = NULL;
    return false;
}

static enum rua_verdict
send_job(int socket, const struct link_job *job, struct worker_parcel *parcel,
         struct rua_err *err)
{
    unsigned char *bytes = NULL;
    enum rua_verdict v = RUA_OK;
    int fd = -1;

    parcel->bytes = job->bytes;
    if (!job->bytes && read_at_once(job, &bytes))
        parcel->bytes = bytes;
    if (parcel->bytes)
        parcel->request.bytes = (uint32_t)job->len;
    else
        v = open_again(job->fd, &fd, err);
    parcel->message = fd;
    if (v == RUA_OK && !worker_send(socket, parcel))
        shutdown(socket, SHUT_RDWR);
    if (fd >= 0)
        close(fd);
    free(bytes);
    return v;
}

enum rua_verdict
link_begin(struct link *link, int socket, const struct link_job *job,
           struct rua_scratch *spill, const struct rua_limits *limits,
           struct rua_err *err)
{
    struct worker_parcel parcel = {
        .request = {.offset = job->offset,
                    .len = job->len,
                    .input = job->input,
                    .last = job->last},
        .scratch = job->scratch,
    };
    enum rua_verdict v;

    *link = (struct link){.socket = socket, .result.fd = -1};
    if (job->name)
        strncat(parcel.request.name, job->name,
                sizeof(parcel.request.name) - 1);
    v = send_job(socket, job, &parcel, err);
    if (v == RUA_OK)
        rua_spool_init(&link->result, spill, RESULT_MEMORY,
                       worker_output(limits),
                       "max_unpacked lets a result have");
    return v;
}

enum link_state
link_take(struct link *link, unsigned char piece[LINK_PIECE],
          struct rua_err *err)
{
    ssize_t n = recv(link->socket, piece, LINK_PIECE, MSG_DONTWAIT);
    struct rua_span bytes = {piece, n > 0 ? (size_t)n : 0};

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return LINK_MORE;
    if (n <= 0) {
        rua_spool_done(&link->result);
        return LINK_GONE;
    }
    bytes.len = rua_result_watch(&link->watch, bytes);
    if (rua_spool_write(&link->result, bytes, err) != RUA_OK) {
        rua_spool_done(&link->result);
        return LINK_FAILED;
    }
    return link->watch.ended ? LINK_WHOLE : LINK_MORE;
}

bool
link_died_of_it(const struct link_end *end)
{
    /* SIGTRAP is how glib aborts */
    static const int own[] = {SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS,
                              SIGILL,  SIGFPE, SIGXCPU, SIGXFSZ};

    if (end->late)
        return true;
    if (WIFEXITED(end->status))
        return WEXITSTATUS(end->status) != WORKER_LEAVES;
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (WIFSIGNALED(end->status) && WTERMSIG(end->status) == own[i])
            return true;
    return false;
}

/* What it ran into, where that can be told. */
static void
say_how(const struct link_end *end, const struct rua_limits *limits,
        char *ret_how, size_t size)
{
    int number = WIFSIGNALED(end->status) ? WTERMSIG(end->status) : 0;

    if (end->late)
        snprintf(ret_how, size, "it took more than max_wall (%llu) seconds",
                 (unsigned long long)limits->max_wall);
    else if (number == SIGXCPU)
        snprintf(ret_how, size,
                 "it took more than max_cpu (%llu) seconds of CPU time",
                 (unsigned long long)limits->max_cpu);
    else if (number == SIGABRT || number == SIGTRAP)
        snprintf(ret_how, size, "%s: max_memory is %llu bytes",
                 strsignal(number), (unsigned long long)limits->max_memory);
    else if (number)
        snprintf(ret_how, size, "%s", strsignal(number));
    else if (WIFEXITED(end->status))
        snprintf(ret_how, size, "exit status %d", WEXITSTATUS(end->status));
    else
        snprintf(ret_how, size, "nobody knows how");
}

enum rua_verdict
link_obituary(const struct link_end *end, unsigned times,
              const struct rua_limits *limits, struct rua_err *err)
{
    char how[96];

    say_how(end, limits, how, sizeof(how));
    if (end->foreign)
        return rua_err_set(err, RUA_LATER, "the worker was ended (%s)", how);
    if (end->always)
        return rua_err_set(err, RUA_LATER, "workers die of any message (%s)",
                           how);
    return rua_err_set(err, times > 1 ? RUA_BAD : RUA_LATER,
                       "the worker died of it%s (%s)",
                       times > 1 ? ", twice" : "", how);
}
