#include "ship_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "gunzip.h"
#include "ship_slots.h"

enum {
    HEAD = SHIP_SLOTS_AT,
    FIRST_SLOTS = 1024,
};

#define NAME     "offsets"
#define NEW_NAME "offsets.new"
#define FORM     "ruamill-ship 1"

/* ---- slots ---- */

enum rua_verdict
ship_state_find(const struct ship_state *state, uint64_t inode,
                uint64_t *ret_offset, uint64_t *ret_mark, struct rua_err *err)
{
    struct ship_slot slot;
    uint64_t at;
    enum rua_verdict v =
        ship_slot_find(state->fd, state->slots, inode, &at, &slot, err);
    bool known = v == RUA_OK && ship_slot_is_good(&slot);

    *ret_offset = known ? slot.offset : 0;
    *ret_mark = known ? slot.mark : 0;
    return v;
}

/* ---- the head ---- */

static enum rua_verdict
write_head(const struct ship_state *state, int fd, struct rua_err *err)
{
    char text[HEAD] = "";
    int n = snprintf(text, sizeof(text),
                     FORM " %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64
                          " %" PRId64,
                     state->shipper, state->slots, state->used, state->number,
                     state->confirmed, state->caught_up);
    uint32_t crc =
        rua_crc32(0, (struct rua_span){(const unsigned char *)text, (size_t)n});

    snprintf(text + n, sizeof(text) - (size_t)n, " %08" PRIx32 "\n", crc);
    return rua_file_write(
        fd, NAME, 0, (struct rua_span){(const unsigned char *)text, 512}, err);
}

static enum rua_verdict
read_head(struct ship_state *state, struct rua_err *err)
{
    char text[513] = "";
    uint32_t crc;
    int end = 0;
    size_t n;
    enum rua_verdict v = rua_file_read(state->fd, NAME, 0, text, 512, &n, err);

    if (v != RUA_OK)
        return v;
    if (sscanf(text,
               FORM " %32[0-9a-f] %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64
                    " %" SCNd64 "%n %8" SCNx32,
               state->shipper, &state->slots, &state->used, &state->number,
               &state->confirmed, &state->caught_up, &end, &crc) != 7 ||
        crc != rua_crc32(0, (struct rua_span){(const unsigned char *)text,
                                              (size_t)end}) ||
        !state->slots || state->slots & (state->slots - 1))
        return rua_err_set(err, RUA_LATER,
                           "%s/%s is damaged; move it away, and all is sent "
                           "again",
                           state->folder, NAME);
    return RUA_OK;
}

/* A file with these many slots, under its new name. */
static enum rua_verdict
make_file(const struct ship_state *state, uint64_t slots, int *ret_fd,
          struct rua_err *err)
{
    static const unsigned char zero = 0;
    char path[192];
    enum rua_verdict v;

    snprintf(path, sizeof(path), "%s/" NEW_NAME, state->folder);
    v = rua_file_make(state->root, path, ret_fd, err);
    if (v == RUA_OK)
        v = rua_file_write(*ret_fd, NAME,
                           HEAD + slots * sizeof(struct ship_slot) - 1,
                           (struct rua_span){&zero, 1}, err);
    return v;
}

static enum rua_verdict
put_in_place(const struct ship_state *state, int fd, struct rua_err *err)
{
    char from[192], to[192];
    enum rua_verdict v = rua_file_sync(fd, NAME, err);

    snprintf(from, sizeof(from), "%s/" NEW_NAME, state->folder);
    snprintf(to, sizeof(to), "%s/" NAME, state->folder);
    if (v == RUA_OK)
        v = rua_file_replace(state->root, from, to, err);
    return v == RUA_OK ? rua_file_sync_folder(state->root, state->folder, err)
                       : v;
}

static enum rua_verdict
grow(struct ship_state *state, struct rua_err *err)
{
    struct ship_state larger = *state;
    enum rua_verdict v;

    larger.slots *= 2;
    larger.fd = -1;
    v = make_file(&larger, larger.slots, &larger.fd, err);
    if (v == RUA_OK)
        v = ship_slots_copy(state->fd, state->slots, larger.fd, larger.slots,
                            &larger.used, err);
    if (v == RUA_OK)
        v = write_head(&larger, larger.fd, err);
    if (v == RUA_OK)
        v = put_in_place(&larger, larger.fd, err);
    if (v != RUA_OK) {
        if (larger.fd >= 0)
            close(larger.fd);
        return v;
    }
    close(state->fd);
    *state = larger;
    return RUA_OK;
}

/* For so many more. */
static enum rua_verdict
make_room(struct ship_state *state, uint64_t n, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    while (v == RUA_OK && (state->used + n) * 4 > state->slots * 3)
        v = grow(state, err);
    return v;
}

/* ---- opening ---- */

static enum rua_verdict
make(struct ship_state *state, struct rua_err *err)
{
    unsigned char random[16];
    enum rua_verdict v;

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return rua_err_sys(err, "getrandom");
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(state->shipper + 2 * i, 3, "%02x", random[i]);
    state->slots = FIRST_SLOTS;
    state->confirmed = state->caught_up = (int64_t)time(NULL);
    v = make_file(state, state->slots, &state->fd, err);
    if (v == RUA_OK)
        v = write_head(state, state->fd, err);
    return v == RUA_OK ? put_in_place(state, state->fd, err) : v;
}

static enum rua_verdict
open_file(const struct ship_state *state, const char *name, int flags,
          int *ret_fd, struct rua_err *err)
{
    char path[192];

    snprintf(path, sizeof(path), "%s/%s", state->folder, name);
    return rua_file_open(state->root, path, flags, ret_fd, err);
}

static enum rua_verdict
take_lock(struct ship_state *state, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v =
        open_file(state, "lock", O_RDWR | O_CREAT, &state->lock, err);

    if (v == RUA_OK && rua_file_lock(state->lock, "lock", 0, &why) != RUA_OK)
        v = rua_err_set(err, RUA_LATER,
                        "another ruamill ship is at work on it; wait for "
                        "its end, or end it");
    return v;
}

/* A batch that was confirmed, and whose offsets a power cut took away in part.
 */
static enum rua_verdict
mend(struct ship_state *state, struct rua_err *err)
{
    struct ship_batch batch = {0};
    enum rua_verdict v = ship_batch_read(state, &batch, err);

    if (v == RUA_OK && batch.number == state->number)
        v = ship_state_confirm(state, &batch, err);
    free(batch.ranges);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

enum rua_verdict
ship_state_open(int root, const char *target, struct ship_state *state,
                struct rua_err *err)
{
    enum rua_verdict v;

    *state = (struct ship_state){root, .lock = -1, .fd = -1, .batch = -1};
    snprintf(state->folder, sizeof(state->folder), SHIP_FOLDER "/%s", target);
    v = rua_file_make_folders(root, state->folder, err);
    if (v == RUA_OK)
        v = take_lock(state, err);
    if (v == RUA_OK)
        v = open_file(state, "batch", O_RDWR | O_CREAT, &state->batch, err);
    if (v == RUA_OK)
        v = open_file(state, NAME, O_RDWR, &state->fd, err);
    if (v == RUA_NOT_REPORT)
        return make(state, err);
    if (v == RUA_OK)
        v = read_head(state, err);
    /* who died while it wrote slots did not write how many there are */
    if (v == RUA_OK)
        v = ship_slots_count(state->fd, state->slots, &state->used, err);
    if (v == RUA_OK)
        v = make_room(state, 0, err);
    return v == RUA_OK ? mend(state, err) : v;
}

enum rua_verdict
ship_state_look(int root, const char *target, struct ship_state *state,
                struct rua_err *err)
{
    char path[192];
    enum rua_verdict v;

    *state = (struct ship_state){root, .lock = -1, .fd = -1, .batch = -1};
    snprintf(state->folder, sizeof(state->folder), SHIP_FOLDER "/%s", target);
    snprintf(path, sizeof(path), "%s/" NAME, state->folder);
    v = rua_file_open_to_read(root, path, &state->fd, err);
    return v == RUA_OK ? read_head(state, err) : v;
}

void
ship_state_close(struct ship_state *state)
{
    int *const fds[] = {&state->fd, &state->batch, &state->lock};

    for (size_t i = 0; i < 3; i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
}

/* ---- batches ---- */

static void
set_token(const struct ship_state *state, struct ship_batch *batch)
{
    struct rua_digest digest;

    rua_digest_init(&digest);
    rua_digest_add(&digest, rua_span_text(state->shipper));
    rua_digest_add(&digest, (struct rua_span){(unsigned char *)&batch->number,
                                              sizeof(batch->number)});
    for (size_t i = 0; i < batch->n; i++) {
        uint64_t numbers[] = {batch->ranges[i].inode, batch->ranges[i].begin,
                              batch->ranges[i].end, batch->ranges[i].mark};
        rua_digest_add(&digest, (struct rua_span){(unsigned char *)numbers,
                                                  sizeof(numbers)});
    }
    rua_digest_hex(&digest, batch->token);
}

enum rua_verdict
ship_state_intend(struct ship_state *state, struct ship_batch *batch,
                  struct rua_err *err)
{
    batch->number = state->number + 1;
    set_token(state, batch);
    return ship_batch_write(state, batch, err);
}

enum rua_verdict
ship_state_pending(struct ship_state *state, struct ship_batch *ret_batch,
                   struct rua_err *err)
{
    enum rua_verdict v = ship_batch_read(state, ret_batch, err);

    if (v == RUA_OK && ret_batch->number != state->number + 1) {
        ret_batch->n = 0;
        return RUA_NOT_REPORT;
    }
    if (v == RUA_OK)
        set_token(state, ret_batch);
    return v;
}

static enum rua_verdict
note_range(struct ship_state *state, const struct ship_range *range,
           struct rua_err *err)
{
    struct ship_slot slot;
    uint64_t at;
    enum rua_verdict v =
        ship_slot_find(state->fd, state->slots, range->inode, &at, &slot, err);

    if (v != RUA_OK)
        return v;
    state->used += !slot.inode;
    slot = (struct ship_slot){range->inode, range->end, range->mark, 0};
    return ship_slot_write(state->fd, at, slot, err);
}

enum rua_verdict
ship_state_confirm(struct ship_state *state, const struct ship_batch *batch,
                   struct rua_err *err)
{
    enum rua_verdict v = make_room(state, batch->n, err);

    for (size_t i = 0; v == RUA_OK && i < batch->n; i++)
        v = note_range(state, &batch->ranges[i], err);
    if (v != RUA_OK)
        return v;
    state->number = batch->number;
    state->confirmed = (int64_t)time(NULL);
    v = write_head(state, state->fd, err);
    return v == RUA_OK ? rua_file_sync(state->fd, NAME, err) : v;
}

enum rua_verdict
ship_state_caught_up(struct ship_state *state, int64_t now, struct rua_err *err)
{
    state->caught_up = now;
    return write_head(state, state->fd, err);
}
