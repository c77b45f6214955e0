#include "keep.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

enum {
    FRESH = 60, /* seconds that a full quarantine is not looked through again */
    MAILS = 3,  /* folders down from the store: that of a month */
};

/* ---- how much there is ---- */

struct measure {
    int folder;
    unsigned depth;
    uint64_t messages, bytes;
};

static enum rua_verdict look_into(struct measure *measure, const char *name,
                                  struct rua_err *err);

static enum rua_verdict
look_at(void *ctx, const char *name, struct rua_err *err)
{
    struct measure *measure = ctx;
    size_t n = strlen(name);
    struct stat st;

    if (measure->depth < MAILS)
        return strspn(name, "0123456789") == n ? look_into(measure, name, err)
                                               : RUA_OK;
    if (n > 4 && strcmp(name + n - 4, ".eml") == 0 &&
        fstatat(measure->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        measure->messages++;
        measure->bytes += (uint64_t)st.st_size;
    }
    return RUA_OK;
}

static enum rua_verdict
look_into(struct measure *measure, const char *name, struct rua_err *err)
{
    struct measure below = {.depth = measure->depth + 1};
    enum rua_verdict v = rua_file_open(
        measure->folder, name, O_RDONLY | O_DIRECTORY, &below.folder, err);

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_file_each(below.folder, ".", look_at, &below, err);
    close(below.folder);
    measure->messages += below.messages;
    measure->bytes += below.bytes;
    return v;
}

enum rua_verdict
keep_measure(int root, uint64_t *ret_messages, uint64_t *ret_bytes,
             struct rua_err *err)
{
    struct measure measure = {.folder = root};
    enum rua_verdict v = look_into(&measure, RUA_FOLDER_QUARANTINE, err);

    *ret_messages = measure.messages;
    *ret_bytes = measure.bytes;
    return v;
}

static void
count(struct counters *counters, int root)
{
    uint64_t messages, bytes;

    if (keep_measure(root, &messages, &bytes, NULL) == RUA_OK)
        counters_set_quarantine(counters, messages, bytes);
}

void
keep_recount(const char *store, int root)
{
    struct counters *counters = counters_open(store);

    count(counters, root);
    counters_close(counters);
}

/* ---- whether there is room ---- */

/* What is counted may be too much, since an administrator takes files away by
 * hand: so nothing is refused before they have been looked at. */
static bool
has_room(const struct keep_desk *desk, uint64_t more)
{
    struct counters_record record;
    int64_t now = (int64_t)time(NULL);
    int root;

    counters_look(desk->counters, &record);
    if (record.state.measured &&
        (record.state.quarantine_bytes + more <= desk->max_quarantine ||
         (record.state.measured <= now && record.state.measured > now - FRESH)))
        return record.state.quarantine_bytes + more <= desk->max_quarantine;
    if (rua_file_open_root(rua_store_path(desk->store), false, &root, NULL) !=
        RUA_OK)
        return true;
    count(desk->counters, root);
    close(root);
    counters_flush(desk->counters, NULL);
    counters_look(desk->counters, &record);
    return record.state.quarantine_bytes + more <= desk->max_quarantine;
}

enum rua_verdict
keep_aside(const struct keep_desk *desk, const struct rua_aside *aside,
           struct rua_err *err)
{
    enum rua_verdict v;

    if (desk->max_quarantine && !has_room(desk, aside->message->len))
        return rua_err_set(err, RUA_LATER,
                           "the quarantine is full, by max_quarantine (%llu): "
                           "ruamill quarantine list says of what, and ruamill "
                           "prune --quarantine makes room",
                           (unsigned long long)desk->max_quarantine);
    v = rua_store_keep_aside(desk->store, aside, err);
    if (v == RUA_OK)
        counters_add_kept(desk->counters, aside->message->len);
    return v == RUA_DUPLICATE ? RUA_OK : v;
}
