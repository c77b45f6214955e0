#include "rebuild_bucket.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "command.h"
#include "file.h"
#include "log.h"
#include "s3_get.h"
#include "ship.h"

enum {
    LANES = 8,  /* objects that come at a time */
    TRIES = 5,  /* to list a page */
    NAME = 255, /* bytes of a file's name */
};

struct bucket {
    struct rebuild *rebuild;
    struct s3 s3;
    struct s3_get *get;
    struct s3_page page;
    uint64_t foreign, there; /* objects that are left out */
    char first[128];         /* of the foreign ones */
};

/* ---- names ---- */

/* "YYYY/MM/" or "undated/"; its length, or 0. */
static size_t
month_len(const char *text)
{
    static const char form[] = "dddd/dd/";
    size_t n = 0;

    if (strncmp(text, "undated/", 8) == 0)
        return 8;
    while (form[n] && (form[n] == 'd' ? isdigit((unsigned char)text[n]) != 0
                                      : text[n] == form[n]))
        n++;
    return form[n] ? 0 : n;
}

/* Whether an object is named as an archived report is, "DOMAIN/archive/
 * YYYY/MM/NAME!KEY.xml.gz", and so is one that `ruamill ship` brought. */
static bool
is_archived(struct rua_span key, char ret_domain[S3_KEY + 1],
            char ret_key[VIEW_KEY])
{
    const char *name = (const char *)key.data, *rest;
    size_t n;

    if (!key.len || key.len > S3_KEY || strlen(name) != key.len)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] <= ' ' || key.data[i] > '~')
            return false;
    n = strcspn(name, "/");
    snprintf(ret_domain, S3_KEY + 1, "%.*s", (int)n, name);
    rest = name + n;
    if (!view_is_domain(ret_domain) || strncmp(rest, "/archive/", 9) != 0)
        return false;
    n = month_len(rest + 9);
    rest += 9 + n;
    return n && *rest != '.' && !strchr(rest, '/') && strlen(rest) <= NAME &&
           view_key(rest, ret_key);
}

static void
note_foreign(struct bucket *bucket, struct rua_span key)
{
    if (!bucket->foreign++)
        ship_printable((const char *)key.data, key.len, bucket->first,
                       sizeof(bucket->first));
}

/* ---- objects ---- */

/* What came goes to the workers; what is not to be had is a finding. */
static enum rua_verdict
take_one(struct bucket *bucket, struct rua_err *err)
{
    struct reread_job job = {.receipt.rua = bucket->rebuild->to};
    char domain[S3_KEY + 1];
    struct s3_got got;

    if (!s3_get_next(bucket->get, &got))
        return RUA_NOT_REPORT;
    if (got.verdict == RUA_BAD) {
        findings_add(&bucket->rebuild->findings, got.key, 0, "%s",
                     got.err.sentence);
        return RUA_OK;
    }
    if (got.verdict != RUA_OK)
        return rua_err_set(err, got.verdict, "target %s: %s",
                           bucket->rebuild->from, got.err.sentence);
    is_archived(rua_span_text(got.key), domain, job.key);
    job.path = got.key;
    job.domain = domain;
    job.receipt.received_at = got.modified ? got.modified : time(NULL);
    return reread_give_fd(bucket->rebuild->reread, &job, got.fd, err);
}

static enum rua_verdict
take_object(struct bucket *bucket, const struct s3_object *object,
            struct rua_err *err)
{
    uint64_t most = bucket->rebuild->conf->limits.max_message;
    char domain[S3_KEY + 1], key[VIEW_KEY];
    bool there = false;
    enum rua_verdict v = RUA_OK;

    if (!is_archived(object->key, domain, key)) {
        note_foreign(bucket, object->key);
        return RUA_OK;
    }
    v = rua_file_exists(bucket->rebuild->made.root,
                        (const char *)object->key.data, &there, err);
    if (v != RUA_OK || there) {
        bucket->there += there;
        return v;
    }
    if (object->size > most) {
        findings_add(&bucket->rebuild->findings, (const char *)object->key.data,
                     0, "it has %" PRIu64 " bytes, more than max_message",
                     object->size);
        return RUA_OK;
    }
    while (v == RUA_OK && !s3_get_has_room(bucket->get))
        v = take_one(bucket, err);
    if (v == RUA_OK)
        s3_get_start(bucket->get, object);
    return v;
}

static enum rua_verdict
list(struct bucket *bucket, const char *token, struct rua_err *err)
{
    enum rua_verdict v;

    for (unsigned tries = 1;; tries++) {
        struct rua_err why = {0};
        v = s3_list(&bucket->s3, token, &bucket->page, &why);
        if (v == RUA_OK)
            return v;
        if (v == RUA_LATER && tries == TRIES)
            return rua_err_set(err, v, "target %s: tried %u times: %s",
                               bucket->rebuild->from, tries, why.sentence);
        if (v != RUA_LATER || ship_stopping)
            return rua_err_set(err, v, "target %s: %s", bucket->rebuild->from,
                               why.sentence);
        nanosleep(&(struct timespec){1 << (tries - 1), 0}, NULL);
    }
}

static enum rua_verdict
read_bucket(struct bucket *bucket, struct rua_err *err)
{
    char token[S3_TOKEN] = "";
    enum rua_verdict v;

    do {
        v = list(bucket, token, err);
        if (v != RUA_OK)
            return v;
        for (size_t i = 0; v == RUA_OK && i < bucket->page.n; i++)
            v = ship_stopping
                    ? rua_err_set(err, RUA_LATER,
                                  "it was told to stop; the "
                                  "same command goes on")
                    : take_object(bucket, &bucket->page.objects[i], err);
        memcpy(token, bucket->page.token, sizeof(token));
        s3_page_done(&bucket->page);
    } while (v == RUA_OK && token[0]);
    while (v == RUA_OK)
        v = take_one(bucket, err);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

/* ---- beginning and end ---- */

/* Workers and store are there before threads may be; libcurl has some. */
static enum rua_verdict
begin(struct bucket *bucket, const char *folder, struct rua_err *err)
{
    struct rebuild *rebuild = bucket->rebuild;
    const struct conf_target *target;
    enum rua_verdict v =
        conf_target_check(rebuild->conf, rebuild->from, &target, err);

    if (v == RUA_OK && target->type != CONF_S3)
        v = rua_err_set(err, RUA_LATER,
                        "target %s: has no bucket to rebuild "
                        "from; type = s3 has",
                        rebuild->from);
    if (v != RUA_OK)
        return RUA_BAD;
    v = rebuild_begin(rebuild, folder, &rebuild->conf->limits, err);
    if (v == RUA_OK)
        v = command_enter_prison(rebuild->conf, folder, err);
    if (v == RUA_OK)
        v = s3_open(&bucket->s3, target, &ship_stopping, err);
    if (v != RUA_OK)
        return v;
    bucket->get = s3_get_new(&bucket->s3, LANES, rebuild->made.root);
    return bucket->get
               ? RUA_OK
               : rua_err_set(err, RUA_LATER, "libcurl cannot be set up");
}

/* What we do when we are told to is no fault of the server's. */
static void
say_why(const struct rua_err *err)
{
    if (ship_stopping)
        log_error("rebuild: it was told to stop; the same command goes on");
    else
        command_say(err);
}

/* What was read goes into the store, also where the rest was not to be had: the
 * same command goes on there. */
static enum rua_verdict
finish(struct bucket *bucket, enum rua_verdict v, struct rua_err *err)
{
    struct rebuild *rebuild = bucket->rebuild;
    struct rua_err last = {0};
    enum rua_verdict w = reread_finish(rebuild->reread, &last);

    if (w == RUA_OK)
        w = rebuild_commit(rebuild, &last);
    if (w == RUA_OK)
        w = rua_store_checkpoint(rebuild->store, &last);
    if (v == RUA_OK && w != RUA_OK)
        rua_err_set(err, w, "%s", last.sentence);
    if (bucket->there)
        findings_note(bucket->s3.conf->bucket,
                      "objects that are in the archive already: %" PRIu64,
                      bucket->there);
    if (bucket->foreign)
        findings_note(bucket->s3.conf->bucket,
                      "objects that are no archived reports, the first of "
                      "them %s: %" PRIu64,
                      bucket->first, bucket->foreign);
    return v == RUA_OK ? w : v;
}

int
rebuild_from_bucket(struct rebuild *rebuild, const struct conf *conf,
                    const char *folder)
{
    struct bucket *bucket = rua_alloc(sizeof(*bucket));
    struct rua_err err = {0};
    bool begun;
    enum rua_verdict v;
    int status;

    (void)conf;
    memset(bucket, 0, sizeof(*bucket));
    bucket->rebuild = rebuild;
    v = begin(bucket, folder, &err);
    begun = v == RUA_OK;
    status = v == RUA_BAD ? EX_CONFIG : EX_CANTCREAT;
    if (begun) {
        v = finish(bucket, read_bucket(bucket, &err), &err);
        status = rebuild->findings.problems ? EXIT_FAILURE : EX_OK;
        if (v != RUA_OK)
            status = v == RUA_LATER ? EX_TEMPFAIL : EX_UNAVAILABLE;
    } else if (v == RUA_LATER) {
        status = EX_TEMPFAIL;
    }
    if (v == RUA_OK)
        rebuild_say(rebuild);
    else
        say_why(&err);
    s3_get_free(bucket->get);
    s3_close(&bucket->s3);
    rebuild_end(rebuild);
    free(bucket);
    return status;
}
