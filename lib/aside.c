#include "aside.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cell.h"

enum {
    ROW = 1 << 20 /* bytes, at most */
};

static enum rua_verdict
digest_bytes(void *digest, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    rua_digest_add(digest, bytes);
    return RUA_OK;
}

enum rua_verdict
rua_aside_digest(const struct rua_spool *message, char ret_hex[RUA_DIGEST_SIZE],
                 struct rua_err *err)
{
    struct rua_digest digest;
    struct rua_sink sink = {digest_bytes, &digest};
    enum rua_verdict v;

    rua_digest_init(&digest);
    v = rua_spool_push(message, 0, message->len, &sink, err);
    rua_digest_hex(&digest, ret_hex);
    return v;
}

static void
render_row(const struct rua_aside *aside, const char *file, struct rua_buf *row)
{
    const char *const text[] = {rua_verdict_name(aside->verdict),
                                aside->sentence, aside->rua, aside->sender,
                                file};
    struct rua_cell cell = {.out = row, .format = RUA_CSV, .guard = true};

    rua_cell_time(&cell, aside->when);
    for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
        rua_cell_next(&cell);
        rua_cell_text(&cell, rua_span_text(text[i]));
    }
    rua_cell_end_row(&cell);
}

void
rua_aside_settle(const struct rua_aside *aside, const char *file,
                 struct rua_entry *ret_entry)
{
    *ret_entry = (struct rua_entry){.aside = true,
                                    .row_only = true,
                                    .folder = RUA_FOLDER_QUARANTINE,
                                    .records = {.fd = -1}};
    rua_buf_init(&ret_entry->report, ROW);
    render_row(aside, file, &ret_entry->report);
}

enum rua_verdict
rua_aside_make(const struct rua_aside *aside, struct rua_entry *ret_entry,
               struct rua_err *err)
{
    struct rua_entry *entry = ret_entry;
    char month[16], file[sizeof(entry->archive) + 4];
    time_t when = (time_t)aside->when;
    struct tm tm;
    enum rua_verdict v;

    *entry = (struct rua_entry){.aside = true,
                                .folder = RUA_FOLDER_QUARANTINE,
                                .records = {.fd = -1},
                                .part = aside->message,
                                .part_len = aside->message->len};
    v = rua_aside_digest(aside->message, entry->key, err);
    if (v != RUA_OK)
        return v;
    if (!gmtime_r(&when, &tm) || !strftime(month, sizeof(month), "%Y/%m", &tm))
        return rua_err_set(err, RUA_LATER, "quarantine: no such time");
    snprintf(entry->archive, sizeof(entry->archive), "%s/%s", month,
             entry->key);
    snprintf(file, sizeof(file), "%s.eml", entry->archive);
    rua_buf_init(&entry->report, ROW);
    render_row(aside, file, &entry->report);
    return RUA_OK;
}
