#include "counters.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define NAME ".spool/counters"

/* Another one begins anew. */
#define FORM "ruamill1"

enum {
    LOCK_WAIT = 20,   /* ms; then the next time */
    LAST_WAIT = 2000, /* there is no next time */
    N_VALUES = sizeof(struct counters_values) / sizeof(uint64_t),
};

/* The file. It is of this machine only. */
struct form {
    char form[8];
    char boot[RUA_BOOT_ID_SIZE + 3];
    struct counters_record record;
};

struct counters {
    pthread_mutex_t mutex;
    int fd; /* -1: none */
    char boot[RUA_BOOT_ID_SIZE];
    struct counters_record pending; /* to be added; of times, the latest */
    struct rua_store_counts before; /* of the store, that is added already */
    bool dirty;
    bool doubt; /* the quarantine holds what nobody counted */
};

const char *const counters_fronts[COUNTERS_FRONTS] = {
    [COUNTERS_MILTER] = "milter",
    [COUNTERS_PIPE] = "pipe",
    [COUNTERS_REPLAY] = "replay",
};

/* ---- the file ---- */

/* False when there is none of this form; what is of another start of the
 * machine has only its times. */
static bool
load(int fd, const char *boot, struct counters_record *ret_record)
{
    struct form form = {.form = ""};
    size_t n = 0;

    *ret_record = (struct counters_record){.state.since = 0};
    if (rua_file_read(fd, NAME, 0, &form, sizeof(form), &n, NULL) != RUA_OK ||
        n != sizeof(form) || memcmp(form.form, FORM, sizeof(form.form)) != 0)
        return false;
    *ret_record = form.record;
    if (strncmp(form.boot, boot, sizeof(form.boot)) == 0)
        return true;
    memset(&ret_record->values, 0, sizeof(ret_record->values));
    ret_record->state.since = 0;
    ret_record->state.measured = 0;
    return true;
}

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void
add(struct counters_record *to, const struct counters_record *from)
{
    uint64_t *sums = (uint64_t *)&to->values;
    const uint64_t *more = (const uint64_t *)&from->values;

    for (size_t i = 0; i < N_VALUES; i++)
        sums[i] += more[i];
    for (size_t i = 0; i < COUNTERS_FRONTS; i++)
        to->state.last_success[i] =
            later(to->state.last_success[i], from->state.last_success[i]);
    to->state.last_checkpoint =
        later(to->state.last_checkpoint, from->state.last_checkpoint);
    if (from->state.measured) {
        to->state.measured = from->state.measured;
        to->state.quarantine_messages = to->state.quarantine_bytes = 0;
    }
    to->state.quarantine_messages += from->state.quarantine_messages;
    to->state.quarantine_bytes += from->state.quarantine_bytes;
    if (!to->state.since)
        to->state.since = (int64_t)time(NULL);
}

/* Under the mutex. */
static void
add_pending(const struct counters *counters, struct counters_record *record)
{
    if (counters->doubt)
        record->state.measured = 0;
    add(record, &counters->pending);
}

/* Under the mutex. */
static void
write_pending(struct counters *counters, unsigned wait)
{
    struct form form = {.form = ""};

    if (counters->fd < 0 || !counters->dirty ||
        rua_file_lock(counters->fd, NAME, wait, NULL) != RUA_OK)
        return;
    load(counters->fd, counters->boot, &form.record);
    memcpy(form.form, FORM, sizeof(form.form));
    memcpy(form.boot, counters->boot, sizeof(counters->boot));
    add_pending(counters, &form.record);
    if (rua_file_write(
            counters->fd, NAME, 0,
            (struct rua_span){(const unsigned char *)&form, sizeof(form)},
            NULL) == RUA_OK) {
        counters->pending = (struct counters_record){.state.since = 0};
        counters->dirty = counters->doubt = false;
    }
    rua_file_unlock(counters->fd);
}

/* ---- open and close ---- */

/* Who waits for a first message waits from now on. */
static void
begin(struct counters *counters)
{
    struct counters_record record;

    if (counters->fd < 0)
        return;
    load(counters->fd, counters->boot, &record);
    counters->dirty = !record.state.since;
    write_pending(counters, LOCK_WAIT);
}

struct counters *
counters_open(const char *path)
{
    struct counters *counters = rua_alloc(sizeof(*counters));
    int root;

    *counters = (struct counters){.fd = -1};
    pthread_mutex_init(&counters->mutex, NULL);
    if (rua_file_boot_id(counters->boot, NULL) != RUA_OK ||
        rua_file_open_root(path, false, &root, NULL) != RUA_OK)
        return counters;
    if (rua_file_open(root, NAME, O_RDWR | O_CREAT, &counters->fd, NULL) !=
        RUA_OK)
        counters->fd = -1;
    close(root);
    begin(counters);
    return counters;
}

void
counters_close(struct counters *counters)
{
    if (!counters)
        return;
    write_pending(counters, LAST_WAIT);
    if (counters->fd >= 0)
        close(counters->fd);
    pthread_mutex_destroy(&counters->mutex);
    free(counters);
}

/* ---- flush and look ---- */

/* Of what is put into the quarantine by a recovery, the mail had its verdict
 * (RUA_LATER), and nobody counted it. */
static void
doubt_quarantine(struct counters *counters)
{
    counters->doubt = counters->dirty = true;
    counters->pending.state.measured = 0;
}

void
counters_flush(struct counters *counters, struct rua_store *store)
{
    struct rua_store_counts now = {0};
    struct counters_values *values;

    if (!counters)
        return;
    if (store)
        now = rua_store_count(store);
    pthread_mutex_lock(&counters->mutex);
    values = &counters->pending.values;
    /* of two threads that come with the store's, one may come late */
    if (store && now.syncs >= counters->before.syncs) {
        values->syncs += now.syncs - counters->before.syncs;
        values->without_lease +=
            now.without_lease - counters->before.without_lease;
        values->checkpoints += now.checkpoints - counters->before.checkpoints;
        if (now.checkpoints != counters->before.checkpoints)
            counters->pending.state.last_checkpoint = (int64_t)time(NULL);
        counters->dirty =
            counters->dirty || now.syncs != counters->before.syncs;
        if (now.recoveries != counters->before.recoveries)
            doubt_quarantine(counters);
        counters->before = now;
    }
    write_pending(counters, LOCK_WAIT);
    pthread_mutex_unlock(&counters->mutex);
}

void
counters_read(int root, struct counters_record *ret_record)
{
    char boot[RUA_BOOT_ID_SIZE] = "";
    int fd;

    *ret_record = (struct counters_record){.state.since = 0};
    rua_file_boot_id(boot, NULL);
    if (rua_file_open_to_read(root, NAME, &fd, NULL) != RUA_OK)
        return;
    load(fd, boot, ret_record);
    close(fd);
}

void
counters_look(struct counters *counters, struct counters_record *ret_record)
{
    *ret_record = (struct counters_record){.state.since = 0};
    pthread_mutex_lock(&counters->mutex);
    if (counters->fd >= 0)
        load(counters->fd, counters->boot, ret_record);
    add_pending(counters, ret_record);
    pthread_mutex_unlock(&counters->mutex);
}

void
counters_show(struct counters *counters, struct counters_record *ret_record)
{
    *ret_record = (struct counters_record){.state.since = 0};
    pthread_mutex_lock(&counters->mutex);
    if (counters->fd < 0 || !load(counters->fd, counters->boot, ret_record))
        add_pending(counters, ret_record);
    pthread_mutex_unlock(&counters->mutex);
}

/* ---- what is added ---- */

void
counters_add_message(struct counters *counters,
                     const struct counters_message *message)
{
    struct counters_values *values;

    if (!counters)
        return;
    pthread_mutex_lock(&counters->mutex);
    values = &counters->pending.values;
    values->messages[message->front][message->verdict]++;
    values->microseconds[message->front] += message->microseconds;
    values->bytes[message->front] += message->bytes;
    values->reports += message->reports;
    values->records += message->records;
    values->duplicates += message->duplicates;
    if (message->verdict <= RUA_DUPLICATE)
        counters->pending.state.last_success[message->front] =
            (int64_t)time(NULL);
    counters->dirty = true;
    pthread_mutex_unlock(&counters->mutex);
}

/* Adds to one value. */
static void
add_to(struct counters *counters, uint64_t *value, uint64_t n)
{
    pthread_mutex_lock(&counters->mutex);
    *value += n;
    counters->dirty = true;
    pthread_mutex_unlock(&counters->mutex);
}

void
counters_add_time(struct counters *counters, enum counters_front front,
                  uint64_t microseconds)
{
    if (counters)
        add_to(counters, &counters->pending.values.microseconds[front],
               microseconds);
}

void
counters_add_deaths(struct counters *counters, uint64_t n)
{
    if (counters && n)
        add_to(counters, &counters->pending.values.worker_deaths, n);
}

void
counters_add_kept(struct counters *counters, uint64_t bytes)
{
    if (!counters)
        return;
    add_to(counters, &counters->pending.values.kept, 1);
    add_to(counters, &counters->pending.state.quarantine_messages, 1);
    add_to(counters, &counters->pending.state.quarantine_bytes, bytes);
}

void
counters_set_quarantine(struct counters *counters, uint64_t messages,
                        uint64_t bytes)
{
    struct counters_state *state = &counters->pending.state;

    pthread_mutex_lock(&counters->mutex);
    state->measured = (int64_t)time(NULL);
    state->quarantine_messages = messages;
    state->quarantine_bytes = bytes;
    counters->dirty = true;
    pthread_mutex_unlock(&counters->mutex);
}
