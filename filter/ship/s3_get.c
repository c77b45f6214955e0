#include "s3_get.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "ship_wait.h"

enum {
    TRIES = 6,
    FIRST_WAIT = 500, /* milliseconds; twice as long each time */
    NAP = 50,
};

enum state {
    WAITS,
    FLIES,
    THERE,
};

struct slot {
    enum state state;
    char key[S3_KEY + 1];
    struct s3_got got;
    uint64_t size, len; /* that it has, and that came */
    unsigned tries;
    int64_t after; /* not before that time, in milliseconds */
    int fd;        /* to write */
    struct rua_sink sink;
};

struct s3_get {
    struct s3 *s3;
    struct http_many *many;
    int folder;
    struct slot slots[S3_AHEAD];
    uint64_t begun, given; /* slots so far */
};

struct s3_get *
s3_get_new(struct s3 *s3, unsigned most, int folder)
{
    struct s3_get *get = rua_alloc(sizeof(*get));

    memset(get, 0, sizeof(*get));
    get->s3 = s3;
    get->folder = folder;
    get->many = http_many_new(&s3->style, most);
    if (get->many)
        return get;
    free(get);
    return NULL;
}

static void
close_slot(struct slot *slot)
{
    if (slot->fd >= 0)
        close(slot->fd);
    slot->fd = -1;
}

void
s3_get_free(struct s3_get *get)
{
    if (!get)
        return;
    http_many_free(get->many);
    for (; get->given < get->begun; get->given++) {
        struct slot *slot = &get->slots[get->given % S3_AHEAD];
        close_slot(slot);
        if (slot->got.fd >= 0)
            close(slot->got.fd);
    }
    free(get);
}

bool
s3_get_has_room(const struct s3_get *get)
{
    return get->begun - get->given < S3_AHEAD;
}

/* ---- one object ---- */

static enum rua_verdict
on_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct slot *slot = ctx;
    enum rua_verdict v;

    if (bytes.len > slot->size - slot->len)
        return rua_err_set(err, RUA_BAD, "it is longer than the bucket says");
    v = rua_file_write(slot->fd, "a file for an object", slot->len, bytes, err);
    slot->len += bytes.len;
    return v;
}

/* Nobody who is given the file can write to it. */
static enum rua_verdict
reopen(struct slot *slot, struct rua_err *err)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", slot->fd);
    slot->got.fd = open(path, O_RDONLY | O_CLOEXEC);
    close_slot(slot);
    return slot->got.fd < 0 ? rua_err_sys(err, "open %s", path) : RUA_OK;
}

static void
finish(struct slot *slot, enum rua_verdict v)
{
    slot->state = THERE;
    if (v == RUA_OK)
        v = reopen(slot, &slot->got.err);
    close_slot(slot);
    slot->got.verdict = v;
}

static void
start(struct s3_get *get, struct slot *slot)
{
    const struct s3_order order = {
        .method = "GET", .key = slot->key, .into = &slot->sink};
    struct s3_request request;
    enum rua_verdict v;

    slot->sink = (struct rua_sink){on_bytes, slot};
    slot->len = 0;
    slot->got.err = (struct rua_err){0};
    v = rua_file_open_unlinked(get->folder, &slot->fd, &slot->got.err);
    if (v != RUA_OK) {
        finish(slot, v);
        return;
    }
    slot->state = FLIES;
    s3_sign_order(get->s3, &order, &request);
    http_many_start(get->many, &request.http, slot);
    s3_request_done(&request);
}

static void
start_all(struct s3_get *get)
{
    int64_t now = ship_now();

    for (uint64_t i = get->given; i < get->begun; i++) {
        struct slot *slot = &get->slots[i % S3_AHEAD];
        if (slot->state == WAITS && slot->after <= now &&
            http_many_has_room(get->many))
            start(get, slot);
    }
}

static enum rua_verdict
judge(struct s3_get *get, struct slot *slot, const struct http_done *done)
{
    struct rua_err *err = &slot->got.err;

    *err = done->err;
    if (done->verdict != RUA_OK)
        return done->verdict;
    if (done->answer.status == 404)
        return rua_err_set(err, RUA_BAD, "it is gone from the bucket");
    if (s3_judge(get->s3, NULL, &done->answer, err) != RUA_OK)
        return err->verdict;
    return slot->len == slot->size
               ? RUA_OK
               : rua_err_set(err, RUA_BAD,
                             "it is shorter than the bucket says");
}

static void
take(struct s3_get *get, const struct http_done *done)
{
    struct slot *slot = done->ctx;
    enum rua_verdict v = judge(get, slot, done);

    if (v != RUA_LATER || ++slot->tries == TRIES ||
        (get->s3->style.stop && *get->s3->style.stop)) {
        finish(slot, v);
        return;
    }
    close_slot(slot);
    slot->state = WAITS;
    slot->after = ship_now() + (FIRST_WAIT << (slot->tries - 1));
}

/* ---- all of them ---- */

void
s3_get_start(struct s3_get *get, const struct s3_object *object)
{
    struct slot *slot = &get->slots[get->begun++ % S3_AHEAD];

    *slot = (struct slot){.size = object->size, .fd = -1};
    snprintf(slot->key, sizeof(slot->key), "%s",
             (const char *)object->key.data);
    slot->got.key = slot->key;
    slot->got.modified = object->modified;
    slot->got.fd = -1;
    start_all(get);
}

bool
s3_get_next(struct s3_get *get, struct s3_got *ret_got)
{
    struct slot *slot = &get->slots[get->given % S3_AHEAD];
    struct http_done done;

    if (get->given == get->begun)
        return false;
    for (start_all(get); slot->state != THERE; start_all(get))
        if (http_many_wait(get->many, &done))
            take(get, &done);
        else
            nanosleep(&(struct timespec){0, NAP * 1000000L}, NULL);
    *ret_got = slot->got;
    get->given++;
    return true;
}
