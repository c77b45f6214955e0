#include "s3_put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum stage {
    LOOK,  /* whether it is there */
    PUT,   /* it is not */
    CHECK, /* whether it is as long */
    UNDO,  /* it is something else */
};

struct job {
    bool used;
    size_t ticket;
    const char *key;
    struct http_file file;
    struct s3_digests digests;
    enum stage stage;
    bool plain; /* without a condition */
};

struct s3_put {
    struct s3 *s3;
    struct http_many *many;
    bool plain; /* the server was found to know no condition */
    unsigned most;
    struct job *jobs;
};

struct s3_put *
s3_put_new(struct s3 *s3, unsigned most)
{
    struct s3_put *put = rua_alloc(sizeof(*put));

    *put = (struct s3_put){.s3 = s3, .most = most};
    put->many = http_many_new(&s3->style, most);
    if (!put->many) {
        free(put);
        return NULL;
    }
    put->jobs = rua_alloc(most * sizeof(*put->jobs));
    memset(put->jobs, 0, most * sizeof(*put->jobs));
    return put;
}

void
s3_put_free(struct s3_put *put)
{
    if (!put)
        return;
    http_many_free(put->many);
    for (unsigned i = 0; i < put->most; i++)
        if (put->jobs[i].used)
            close(put->jobs[i].file.fd);
    free(put->jobs);
    free(put);
}

bool
s3_put_has_room(const struct s3_put *put)
{
    return http_many_has_room(put->many);
}

static void
go_on(struct s3_put *put, struct job *job, enum stage stage)
{
    static const char *const methods[] = {
        [LOOK] = "HEAD", [PUT] = "PUT", [CHECK] = "HEAD", [UNDO] = "DELETE"};
    char md5[S3_CONTENT_MD5];
    const char *const headers[] = {md5, job->plain ? NULL : "if-none-match: *",
                                   NULL};
    struct s3_order order = {.method = methods[stage], .key = job->key};
    struct s3_request request;

    job->stage = stage;
    s3_content_md5(job->digests.md5, md5);
    if (stage == PUT) {
        order.file = &job->file;
        order.sha256 = job->digests.sha256;
        order.headers = headers;
    }
    s3_sign_order(put->s3, &order, &request);
    http_many_start(put->many, &request.http, job);
    s3_request_done(&request);
}

enum rua_verdict
s3_put_start(struct s3_put *put, const char *key, int fd, uint64_t len,
             size_t ticket, struct rua_err *err)
{
    struct job *job = put->jobs;
    enum rua_verdict v;

    while (job->used)
        job++;
    *job = (struct job){
        .used = true,
        .ticket = ticket,
        .key = key,
        .file = {fd, 0, len},
        .plain = put->plain,
    };
    v = s3_digest(&job->file, &job->digests, err);
    if (v == RUA_OK) {
        go_on(put, job, job->plain ? LOOK : PUT);
    } else {
        close(fd);
        job->used = false;
    }
    return v;
}

/* ---- answers ---- */

bool
s3_put_knows_no_condition(const struct http_answer *answer)
{
    static const char *const codes[] = {"NotImplemented", "InvalidArgument",
                                        "InvalidRequest", "BadRequest"};
    char code[S3_CODE];

    if (answer->status != 400)
        return answer->status == 501;
    s3_code(answer, code);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

/* After a PUT that succeeded. True when the file is done. */
static bool
compare(struct s3_put *put, struct job *job, const struct http_answer *answer)
{
    enum s3_match match =
        s3_match(answer, http_header(answer, "ETag"), job->digests.md5, 0);

    put->plain |= job->plain;
    if (match != S3_SAME)
        go_on(put, job, match == S3_OTHER ? UNDO : CHECK);
    return match == S3_SAME;
}

/* Who may write only is not told; the server has compared the SHA-256. */
static bool
compare_length(struct s3_put *put, struct job *job,
               const struct http_answer *answer, struct s3_put_done *done)
{
    uint64_t len = job->file.len;

    if (answer->status != 403)
        done->verdict =
            s3_judge_length(put->s3, job->key, answer, &len, &done->err);
    if (done->verdict != RUA_OK || len == job->file.len)
        return true;
    go_on(put, job, UNDO);
    return false;
}

static bool
take_put(struct s3_put *put, struct job *job, const struct http_answer *answer,
         struct s3_put_done *done)
{
    if (answer->status == 412) /* it is there */
        return true;
    if (!job->plain && s3_put_knows_no_condition(answer)) {
        job->plain = true;
        go_on(put, job, LOOK);
        return false;
    }
    done->verdict = s3_judge_object(put->s3, job->key, answer, &done->err);
    return done->verdict != RUA_OK || compare(put, job, answer);
}

/* True when the file is done. */
static bool
take(struct s3_put *put, struct job *job, const struct http_answer *answer,
     struct s3_put_done *done)
{
    bool missing = job->stage == LOOK && answer->status == 404;
    uint64_t len;

    if (job->stage == PUT)
        return take_put(put, job, answer, done);
    if (job->stage == UNDO) {
        done->verdict = rua_err_set(
            &done->err, RUA_LATER,
            "%s: the server had other bytes than were sent, and was told to "
            "drop them: %.120s",
            put->s3->host, job->key);
        return true;
    }
    if (missing) {
        go_on(put, job, PUT);
        return false;
    }
    if (job->stage == CHECK)
        return compare_length(put, job, answer, done);
    done->verdict =
        s3_judge_length(put->s3, job->key, answer, &len, &done->err);
    return true;
}

bool
s3_put_wait(struct s3_put *put, struct s3_put_done *ret_done)
{
    struct http_done http;

    while (http_many_wait(put->many, &http)) {
        struct job *job = http.ctx;
        *ret_done = (struct s3_put_done){job->ticket, http.verdict, http.err};
        if (http.verdict == RUA_OK && !take(put, job, &http.answer, ret_done))
            continue;
        close(job->file.fd);
        job->used = false;
        return true;
    }
    return false;
}
