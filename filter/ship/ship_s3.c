/* ship_s3.c - a bucket: the raw reports of the archive, under their names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "s3_put.h"
#include "ship.h"

enum {
    ROWS = 1000,   /* reports of a batch, about */
    LANES = 8,     /* that are sent at a time */
    FAILURES = 16, /* behind each other: the server is away */
    PASSES = 20,   /* over a batch of which some fail and others do not */
};

enum mark {
    WAITS,
    LARGE,
    DONE,
};

struct ship_target {
    const struct view *view;
    struct s3 s3;
    struct s3_put *put;
    struct view_pending pending; /* of the journal, once something is missing */
    bool looked;

    /* the batch: what of it is there need not be sent again */
    char token[RUA_DIGEST_SIZE];
    char *text;
    const char **names;
    unsigned char *marks; /* enum mark */
    size_t n, missing, first_missing;
};

static enum rua_verdict
open_target(const struct conf_target *conf, const struct view *view,
            const char *shipper, struct ship_target **ret_target,
            struct rua_err *err)
{
    struct ship_target *target = rua_alloc(sizeof(*target));
    enum rua_verdict v;

    (void)shipper;
    memset(target, 0, sizeof(*target));
    target->view = view;
    *ret_target = target;
    v = s3_open(&target->s3, conf, &ship_stopping, err);
    if (v != RUA_OK)
        return v;
    target->put = s3_put_new(&target->s3, LANES);
    return target->put
               ? RUA_OK
               : rua_err_set(err, RUA_LATER, "libcurl cannot be set up");
}

static void
forget_batch(struct ship_target *target)
{
    free(target->text);
    free(target->names);
    free(target->marks);
    target->text = NULL;
    target->names = NULL;
    target->marks = NULL;
    target->n = target->missing = 0;
}

static void
close_target(struct ship_target *target)
{
    s3_put_free(target->put);
    s3_close(&target->s3);
    forget_batch(target);
    free(target);
}

static enum rua_verdict
create(struct ship_target *target, struct rua_err *err)
{
    return s3_create(&target->s3, err);
}

static void
renew(struct ship_target *target)
{
    s3_renew(&target->s3);
}

/* A line: the path of the archived file below the store. */
static void
put_row(struct ship_target *target, const struct ship_row *row,
        struct rua_buf *to)
{
    const struct ship_columns *columns = ship_columns(row->which);

    (void)target;
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->columns[i].name, "archive") == 0 &&
            row->cells[i].len)
            rua_buf_printf(to, "%s/%.*s\n", row->folder, (int)row->cells[i].len,
                           row->cells[i].data);
}

/* ---- a batch ---- */

static void
take_batch(struct ship_target *target, const struct ship_batch *batch)
{
    const struct rua_buf *text = &batch->text[SHIP_REPORTS];
    char *line;

    if (target->text && strcmp(target->token, batch->token) == 0)
        return;
    forget_batch(target);
    memcpy(target->token, batch->token, sizeof(target->token));
    target->text = rua_alloc(text->len + 1);
    memcpy(target->text, text->data, text->len);
    target->text[text->len] = '\0';
    for (size_t i = 0; i < text->len; i++)
        target->n += text->data[i] == '\n';
    target->names = rua_alloc((target->n + 1) * sizeof(*target->names));
    target->marks = rua_alloc(target->n + 1);
    memset(target->marks, WAITS, target->n + 1);
    line = target->text;
    for (size_t i = 0; i < target->n; i++) {
        char *lf = strchr(line, '\n');
        *lf = '\0';
        target->names[i] = line;
        line = lf + 1;
    }
}

/* ---- files that are not there ---- */

/* Where a recovery died, or a table was not as it was planned, rows may be in
 * their table and the file not in its place, until the next one recovers. Under
 * the lock nobody is between the two. */
static enum rua_verdict
look_at_journal(struct ship_target *target, struct rua_err *err)
{
    enum rua_verdict v;

    if (target->looked)
        return RUA_OK;
    v = view_take_lock(target->view, err);
    if (v != RUA_OK)
        return v;
    v = view_journal(target->view, false, &target->pending, err);
    view_leave_lock(target->view);
    target->looked = v == RUA_OK;
    return v == RUA_OK ? v : RUA_LATER;
}

static bool
is_pending(const struct ship_target *target, const char *path)
{
    for (size_t i = 0; i < target->pending.n; i++)
        if (target->pending.ops[i].kind == RUA_OP_FILE &&
            strcmp(target->pending.ops[i].path, path) == 0)
            return true;
    return false;
}

/* RUA_OK: *ret_fd is -1 when it is gone for good. */
static enum rua_verdict
open_missing(struct ship_target *target, const char *path, int *ret_fd,
             struct rua_err *err)
{
    enum rua_verdict v = look_at_journal(target, err);

    if (v != RUA_OK)
        return v;
    if (is_pending(target, path))
        return rua_err_set(err, RUA_LATER,
                           "%s is in the journal still; ruamill checkpoint "
                           "puts it in its place",
                           path);
    v = rua_file_open_to_read(target->view->root, path, ret_fd, err);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

static void
say_missing(struct ship_target *target)
{
    char sentence[RUA_SENTENCE_MAX + RUA_TABLE_PATH_SIZE];

    if (target->missing)
        snprintf(sentence, sizeof(sentence),
                 "target %s: %zu reports have no file in the archive and are "
                 "left out, the first of them %s; what ruamill prune did not "
                 "take away, ruamill verify names",
                 target->s3.conf->name, target->missing,
                 target->names[target->first_missing]);
    if (target->missing)
        log_error(sentence);
}

/* ---- sending ---- */

/* Opens the file of a name; *ret_fd is -1 when there is nothing to be sent. */
static enum rua_verdict
open_file(struct ship_target *target, size_t i, int *ret_fd, uint64_t *ret_len,
          struct rua_err *err)
{
    struct rua_file_facts facts = {0};
    const char *path = target->names[i];
    enum rua_verdict v;

    *ret_fd = -1;
    v = rua_file_open_to_read(target->view->root, path, ret_fd, err);
    if (v == RUA_NOT_REPORT)
        v = open_missing(target, path, ret_fd, err);
    if (v != RUA_OK)
        return v;
    if (*ret_fd < 0) {
        if (!target->missing++)
            target->first_missing = i;
        target->marks[i] = DONE;
        return RUA_OK;
    }
    v = rua_file_look(*ret_fd, path, &facts, err);
    *ret_len = facts.size;
    if (v != RUA_OK)
        close(*ret_fd);
    return v;
}

/* Begins to send a name; one that is long is only marked. */
static enum rua_verdict
start(struct ship_target *target, size_t i, struct rua_err *err)
{
    uint64_t len = 0;
    int fd;
    enum rua_verdict v = open_file(target, i, &fd, &len, err);

    if (v != RUA_OK || fd < 0)
        return v;
    if (len <= S3_ONE_PIECE)
        return s3_put_start(target->put, target->names[i], fd, len, i, err);
    close(fd);
    target->marks[i] = LARGE;
    return RUA_OK;
}

/* What a pass came to. */
struct pass {
    enum rua_verdict verdict; /* the worst, */
    struct rua_err err;       /* and the first sentence of it */
    unsigned failures;        /* behind each other, by now */
    bool moved;               /* something is there now */
};

static void
note(struct ship_target *target, struct pass *pass, size_t i,
     enum rua_verdict v, const struct rua_err *err)
{
    if (v == RUA_OK) {
        target->marks[i] = DONE;
        pass->failures = 0;
        pass->moved = true;
        return;
    }
    pass->failures++;
    if (pass->verdict == RUA_OK || (v == RUA_REFUSED && pass->verdict != v)) {
        pass->verdict = v;
        pass->err = *err;
    }
}

static bool
goes_on(const struct pass *pass)
{
    return !ship_stopping && pass->verdict != RUA_REFUSED &&
           pass->failures < FAILURES;
}

static void
send_small(struct ship_target *target, struct pass *pass)
{
    struct s3_put_done done;
    size_t i = 0;

    do {
        while (i < target->n && goes_on(pass) && s3_put_has_room(target->put)) {
            struct rua_err err = {0};
            enum rua_verdict v = RUA_OK;
            if (target->marks[i] == WAITS)
                v = start(target, i, &err);
            if (v != RUA_OK)
                note(target, pass, i, v, &err);
            i++;
        }
        if (s3_put_wait(target->put, &done))
            note(target, pass, done.ticket, done.verdict, &done.err);
        else
            break;
    } while (true);
}

static void
send_large(struct ship_target *target, struct pass *pass)
{
    for (size_t i = 0; i < target->n && goes_on(pass); i++) {
        struct rua_err err = {0};
        uint64_t len = 0;
        int fd = -1;
        enum rua_verdict v = RUA_OK;
        if (target->marks[i] != LARGE)
            continue;
        v = open_file(target, i, &fd, &len, &err);
        if (v == RUA_OK && fd >= 0) {
            v = s3_put_large(&target->s3, target->names[i], fd, len, &err);
            close(fd);
        }
        note(target, pass, i, v, &err);
    }
}

static bool
is_all_there(const struct ship_target *target)
{
    for (size_t i = 0; i < target->n; i++)
        if (target->marks[i] != DONE)
            return false;
    return true;
}

/* Of a batch some may fail: as long as others do not, those are tried again. */
static enum rua_verdict
send(struct ship_target *target, const struct ship_batch *batch,
     struct rua_err *err)
{
    struct pass pass;
    int passes = 0;

    take_batch(target, batch);
    do {
        pass = (struct pass){.verdict = RUA_OK};
        send_small(target, &pass);
        send_large(target, &pass);
    } while (pass.verdict == RUA_LATER && pass.moved && !ship_stopping &&
             ++passes < PASSES);
    view_pending_done(&target->pending);
    target->looked = false;
    if (pass.verdict == RUA_OK && !is_all_there(target))
        return rua_err_set(err, RUA_LATER, "it was told to stop");
    if (pass.verdict != RUA_OK)
        return rua_err_set(err, pass.verdict, "%s", pass.err.sentence);
    say_missing(target);
    forget_batch(target);
    return RUA_OK;
}

const struct ship_kind ship_s3 = {
    .most_rows = ROWS,
    .open = open_target,
    .create = create,
    .renew = renew,
    .put = put_row,
    .send = send,
    .close = close_target,
};
