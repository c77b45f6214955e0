#include "reread.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "entry.h"
#include "file.h"

enum {
    RING = 2 * REREAD_AHEAD
};

struct reread {
    const struct view *view;
    struct reread_watch watch;
    struct worker_plan worker;
    struct pool *pool;
    struct reread_done ring[RING];
    uint64_t given, taken, settled;
};

static struct reread_done *
at(struct reread *reread, uint64_t number)
{
    return &reread->ring[number % RING];
}

/* ---- open and close ---- */

static enum rua_verdict
open_scratch(void *ctx, int *ret_fd, struct rua_err *err)
{
    const int *folder = ctx;

    return rua_file_open_unlinked(*folder, ret_fd, err);
}

enum rua_verdict
reread_open(const struct view *view, const struct conf *conf,
            const char *scratch, const struct reread_watch *watch,
            struct reread **ret_reread, struct rua_err *err)
{
    struct reread *reread;
    int folder;
    enum rua_verdict v = rua_file_open_root(scratch, false, &folder, err);

    if (v != RUA_OK)
        return v;
    reread = rua_alloc(sizeof(*reread));
    memset(reread, 0, sizeof(*reread));
    reread->view = view;
    reread->watch = *watch;
    reread->worker = command_worker(conf);
    v = pool_open(command_workers(conf), &reread->worker, open_scratch, &folder,
                  &reread->pool, err);
    close(folder);
    if (v == RUA_OK)
        *ret_reread = reread;
    else
        free(reread);
    return v;
}

static void
done_with(struct reread *reread, struct reread_done *done)
{
    rua_spool_done(&done->result);
    rua_arena_done(&done->arena);
    if (done->ready)
        pool_release(reread->pool, &done->pool);
    close(done->fd);
}

void
reread_settle(struct reread *reread)
{
    for (; reread->settled < reread->taken; reread->settled++)
        done_with(reread, at(reread, reread->settled));
}

void
reread_close(struct reread *reread)
{
    if (!reread)
        return;
    reread_settle(reread);
    pool_close(reread->pool);
    for (; reread->settled < reread->given; reread->settled++) {
        struct reread_done *done = at(reread, reread->settled);
        done->ready = false;
        done_with(reread, done);
    }
    free(reread);
}

/* ---- take ---- */

/* A file may hold several reports; it is there for one of them. */
static enum rua_verdict
find_report(struct reread_done *done, const struct rua_result *result,
            struct rua_err *err)
{
    for (size_t i = 0; !done->report && i < result->n_reports; i++) {
        const struct rua_result_report *report = &result->reports[i];
        char key[RUA_DIGEST_SIZE];
        enum rua_verdict v = rua_result_key(&done->result, report, key, err);
        if (v != RUA_OK)
            return v;
        if (strcmp(key, done->job.key) == 0)
            done->report = report;
    }
    if (!done->report && result->n_reports)
        return rua_err_set(err, RUA_BAD, "it holds another report");
    if (!done->report)
        return rua_err_set(err, RUA_BAD, "it holds no report%s%s",
                           *result->sentence ? ": " : "", result->sentence);
    done->folder = done->report->domain;
    if (!*done->folder || strcmp(done->folder, RUA_FOLDER_INVALID) == 0 ||
        strcmp(done->folder, RUA_FOLDER_QUARANTINE) == 0)
        done->folder = NULL;
    if (strcmp(done->folder ? done->folder : RUA_FOLDER_INVALID,
               done->job.domain) != 0)
        return rua_err_set(err, RUA_BAD, "it holds a report of %s",
                           done->folder ? done->folder : "no domain");
    return RUA_OK;
}

static void
look_at(struct reread_done *done)
{
    struct rua_result result;

    done->verdict = done->pool.verdict;
    done->err = done->pool.err;
    done->result = done->pool.result;
    done->holds = done->pool.holds_slot;
    if (done->verdict == RUA_OK)
        done->verdict =
            rua_result_read(&done->result, &done->arena, &result, &done->err);
    if (done->verdict == RUA_OK)
        done->verdict = find_report(done, &result, &done->err);
}

static enum rua_verdict
take_ready(struct reread *reread, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && reread->taken < reread->given &&
           at(reread, reread->taken)->ready) {
        struct reread_done *done = at(reread, reread->taken);
        look_at(done);
        reread->taken++;
        v = reread->watch.take(reread->watch.ctx, done, err);
    }
    return v;
}

/* Waits for a worker, and takes what can be taken. */
static enum rua_verdict
wait_for_one(struct reread *reread, struct rua_err *err)
{
    struct pool_done pool;

    if (pool_wait(reread->pool, 1000, &pool)) {
        at(reread, pool.ticket)->pool = pool;
        at(reread, pool.ticket)->ready = true;
    }
    return take_ready(reread, err);
}

enum rua_verdict
reread_finish(struct reread *reread, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && reread->taken < reread->given)
        v = wait_for_one(reread, err);
    return v;
}

/* ---- give ---- */

static void
copy_job(struct reread_done *done, const struct reread_job *job)
{
    struct rua_arena *arena = &done->arena;
    const struct rua_receipt *from = &job->receipt;
    struct rua_receipt *to = &done->job.receipt;
    const char *const *texts[] = {&from->rua,           &from->envelope_from,
                                  &from->message_id,    &from->queue_id,
                                  &from->reporter_auth, &from->archive};
    const char **copies[] = {&to->rua,      &to->envelope_from, &to->message_id,
                             &to->queue_id, &to->reporter_auth, &to->archive};

    done->job = *job;
    done->job.path = rua_arena_text(arena, rua_span_text(job->path));
    done->job.domain = rua_arena_text(arena, rua_span_text(job->domain));
    done->job.bytes = rua_arena_span(arena, job->bytes);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        *copies[i] = rua_arena_text(arena, rua_span_text(*texts[i]));
}

/* Waits until there is room for one more. */
static enum rua_verdict
make_room(struct reread *reread, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && (reread->given - reread->settled >= RING ||
                           !pool_has_room(reread->pool)))
        v = wait_for_one(reread, err);
    return v;
}

enum rua_verdict
reread_give_fd(struct reread *reread, const struct reread_job *job, int fd,
               struct rua_err *err)
{
    struct reread_done *done;
    struct rua_file_facts facts = {0};
    struct pool_job order = {.fd = fd, .input = RUA_INPUT_PART};
    enum rua_verdict v = make_room(reread, err);

    if (v == RUA_OK)
        v = rua_file_look(fd, job->path, &facts, err);
    if (v != RUA_OK) {
        close(fd);
        return v;
    }
    done = at(reread, reread->given);
    *done = (struct reread_done){.fd = fd, .result.fd = -1};
    copy_job(done, job);
    order.len = facts.size;
    order.name = strrchr(done->job.path, '/') + 1;
    order.ticket = reread->given++;
    pool_give(reread->pool, &order);
    return RUA_OK;
}

enum rua_verdict
reread_give(struct reread *reread, const struct reread_job *job,
            struct rua_err *err)
{
    int fd;
    enum rua_verdict v =
        rua_file_open_to_read(reread->view->root, job->path, &fd, err);

    return v == RUA_OK ? reread_give_fd(reread, job, fd, err) : v;
}
