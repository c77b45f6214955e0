#include "committer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "thread.h"

struct committer {
    struct rua_store *store;
    pthread_t thread;
    bool runs;
    int done; /* eventfd(2): 1 from the end of a commit to committer_end() */
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t change;
    bool busy, stop;
    struct rua_entry *const *entries;
    size_t n;
    struct rua_err err;
};

/* Should that fail, whoever waits at it finds out when he looks again. */
static void
tell(const struct committer *committer)
{
    while (eventfd_write(committer->done, 1) < 0 && errno == EINTR)
        ;
}

static void *
run(void *ctx)
{
    struct committer *committer = ctx;

    pthread_mutex_lock(&committer->mutex);
    while (!committer->stop) {
        if (!committer->busy) {
            pthread_cond_wait(&committer->change, &committer->mutex);
            continue;
        }
        pthread_mutex_unlock(&committer->mutex);
        rua_store_commit(committer->store, committer->entries, committer->n,
                         &committer->err);
        pthread_mutex_lock(&committer->mutex);
        committer->busy = false;
        pthread_cond_broadcast(&committer->change);
        tell(committer);
    }
    pthread_mutex_unlock(&committer->mutex);
    return NULL;
}

static bool
start_thread(struct committer *committer)
{
    errno = thread_start(&committer->thread, run, committer);
    committer->runs = errno == 0;
    return committer->runs;
}

enum rua_verdict
committer_start(struct rua_store *store, struct committer **ret_committer,
                struct rua_err *err)
{
    struct committer *committer = rua_alloc(sizeof(*committer));

    *committer = (struct committer){
        .store = store, .done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    pthread_mutex_init(&committer->mutex, NULL);
    pthread_cond_init(&committer->change, NULL);
    if (committer->done >= 0 && start_thread(committer)) {
        *ret_committer = committer;
        return RUA_OK;
    }
    rua_err_sys(err, "start the thread that commits");
    committer_stop(committer);
    return RUA_LATER;
}

void
committer_begin(struct committer *committer, struct rua_entry *const *entries,
                size_t n)
{
    pthread_mutex_lock(&committer->mutex);
    committer->entries = entries;
    committer->n = n;
    committer->busy = true;
    rua_err_clear(&committer->err);
    pthread_cond_broadcast(&committer->change);
    pthread_mutex_unlock(&committer->mutex);
}

int
committer_fd(const struct committer *committer)
{
    return committer->done;
}

bool
committer_is_done(struct committer *committer)
{
    bool busy;

    pthread_mutex_lock(&committer->mutex);
    busy = committer->busy;
    pthread_mutex_unlock(&committer->mutex);
    return !busy;
}

void
committer_end(struct committer *committer, struct rua_err *ret_err)
{
    eventfd_t count;

    pthread_mutex_lock(&committer->mutex);
    while (committer->busy)
        pthread_cond_wait(&committer->change, &committer->mutex);
    *ret_err = committer->err;
    pthread_mutex_unlock(&committer->mutex);
    eventfd_read(committer->done, &count);
}

void
committer_stop(struct committer *committer)
{
    if (!committer)
        return;
    if (committer->runs) {
        pthread_mutex_lock(&committer->mutex);
        committer->stop = true;
        pthread_cond_broadcast(&committer->change);
        pthread_mutex_unlock(&committer->mutex);
        pthread_join(committer->thread, NULL);
    }
    if (committer->done >= 0)
        close(committer->done);
    pthread_cond_destroy(&committer->change);
    pthread_mutex_destroy(&committer->mutex);
    free(committer);
}
