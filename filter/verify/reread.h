/* reread.h - archived reports through the workers again, in order.
 *
 * Used by those who hold a store against its archive. */
#ifndef RUAMILL_REREAD_H
#define RUAMILL_REREAD_H

#include "conf.h"
#include "pool.h"
#include "result.h"
#include "view.h"

/* An archived report; texts are copied. */
struct reread_job {
    const char *path;   /* of its file, below the store */
    const char *domain; /* its folder */
    char key[VIEW_KEY];
    uint64_t line;              /* the caller's, */
    struct rua_span bytes;      /* too: its row in the reports table */
    struct rua_receipt receipt; /* and how it came */
};

/* A report that was read. */
struct reread_done {
    struct reread_job job;
    enum rua_verdict verdict; /* RUA_OK: what follows is there; */
    struct rua_err err;       /* else: why not */
    struct rua_spool result;
    const struct rua_result_report *report; /* the one with the key */
    const char *folder; /* of its policy domain; NULL: has none */
    bool holds;         /* settle before more is read */

    /* inner: */
    struct rua_arena arena;
    int fd;
    bool ready;
    struct pool_done pool;
};

struct reread;

/* Calls `take` for each report, in the order they are given; it is in use until
 * the next reread_settle(), which must come before REREAD_AHEAD of them are. */
enum {
    REREAD_AHEAD = 256
};

struct reread_watch {
    enum rua_verdict (*take)(void *ctx, struct reread_done *done,
                             struct rua_err *err);
    void *ctx;
};

/* `scratch` is a folder where unlinked files can be made. */
enum rua_verdict reread_open(const struct view *view, const struct conf *conf,
                             const char *scratch,
                             const struct reread_watch *watch,
                             struct reread **ret_reread, struct rua_err *err);

/* RUA_NOT_REPORT, without a sentence, when the file is missing. Else what
 * `take` returned: RUA_OK to go on. */
enum rua_verdict reread_give(struct reread *reread,
                             const struct reread_job *job, struct rua_err *err);

/* The same of an open file, which is not the caller's any more; job->path says
 * what it is. */
enum rua_verdict reread_give_fd(struct reread *reread,
                                const struct reread_job *job, int fd,
                                struct rua_err *err);

/* Waits for all of them. */
enum rua_verdict reread_finish(struct reread *reread, struct rua_err *err);

/* Frees those that were taken. */
void reread_settle(struct reread *reread);
void reread_close(struct reread *reread);

#endif
