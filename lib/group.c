#include "group.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A thread's entries, until they are committed. */
struct job {
    struct rua_entry *const *entries;
    size_t n;
    uint64_t bytes;
    struct rua_err err;
    bool done;
    struct job *next;
};

struct rua_group {
    pthread_mutex_t mutex;
    pthread_cond_t turn; /* something has changed */
    bool busy;           /* somebody uses the store */
    struct job *first;
    struct job **last;
};

struct rua_group *
rua_group_new(void)
{
    struct rua_group *group = rua_alloc(sizeof(*group));

    *group = (struct rua_group){.busy = false};
    pthread_mutex_init(&group->mutex, NULL);
    pthread_cond_init(&group->turn, NULL);
    group->last = &group->first;
    return group;
}

void
rua_group_free(struct rua_group *group)
{
    if (!group)
        return;
    pthread_cond_destroy(&group->turn);
    pthread_mutex_destroy(&group->mutex);
    free(group);
}

void
rua_group_enter(struct rua_group *group)
{
    pthread_mutex_lock(&group->mutex);
    while (group->busy)
        pthread_cond_wait(&group->turn, &group->mutex);
    group->busy = true;
    pthread_mutex_unlock(&group->mutex);
}

void
rua_group_leave(struct rua_group *group)
{
    pthread_mutex_lock(&group->mutex);
    group->busy = false;
    pthread_cond_broadcast(&group->turn);
    pthread_mutex_unlock(&group->mutex);
}

/* Takes the first jobs off the queue, at least one. */
static struct job *
take(struct rua_group *group, size_t *ret_n)
{
    struct job *jobs = group->first, **end = &group->first;
    uint64_t bytes = 0;
    size_t n = 0;

    do {
        n += (*end)->n;
        bytes += (*end)->bytes;
        end = &(*end)->next;
    } while (*end && n + (*end)->n <= RUA_GROUP_REPORTS &&
             bytes + (*end)->bytes <= RUA_GROUP_BYTES);
    group->first = *end;
    *end = NULL;
    if (!group->first)
        group->last = &group->first;
    *ret_n = n;
    return jobs;
}

/* Commits the entries of all jobs. */
static void
lead(const struct rua_group_work *work, struct job *jobs, size_t n)
{
    struct rua_entry **entries = rua_alloc(n * sizeof(struct rua_entry *));
    struct rua_err err = {0};
    size_t at = 0;

    for (const struct job *job = jobs; job; job = job->next) {
        memcpy(entries + at, job->entries, job->n * sizeof(*entries));
        at += job->n;
    }
    work->commit(work->ctx, entries, n, &err);
    for (struct job *job = jobs; job; job = job->next)
        job->err = err;
    free(entries);
}

/* Commits what has come so far. The mutex is held, and let go meanwhile. */
static void
take_turn(struct rua_group *group, const struct rua_group_work *work)
{
    size_t n;
    struct job *jobs = take(group, &n);

    group->busy = true;
    pthread_mutex_unlock(&group->mutex);
    lead(work, jobs, n);
    pthread_mutex_lock(&group->mutex);
    group->busy = false;
    while (jobs) {
        struct job *next = jobs->next;
        jobs->done = true;
        jobs = next;
    }
    pthread_cond_broadcast(&group->turn);
}

static enum rua_verdict
worst_of(const struct job *job)
{
    enum rua_verdict worst = RUA_OK;

    for (size_t i = 0; i < job->n; i++)
        worst = rua_worst(worst, job->entries[i]->verdict);
    return worst;
}

enum rua_verdict
rua_group_commit(struct rua_group *group, const struct rua_group_work *work,
                 struct rua_entry *const *entries, size_t n,
                 struct rua_err *err)
{
    struct job job = {.entries = entries, .n = n};
    enum rua_verdict worst;

    if (!n)
        return RUA_OK;
    for (size_t i = 0; i < n; i++)
        job.bytes += entries[i]->records.len + entries[i]->report.len +
                     entries[i]->part_len;
    pthread_mutex_lock(&group->mutex);
    *group->last = &job;
    group->last = &job.next;
    while (!job.done)
        if (group->busy)
            pthread_cond_wait(&group->turn, &group->mutex);
        else
            take_turn(group, work);
    pthread_mutex_unlock(&group->mutex);
    worst = worst_of(&job);
    return worst == RUA_LATER ? rua_err_set(err, worst, "%s", job.err.sentence)
                              : worst;
}
