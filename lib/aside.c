#include "aside.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cell.h"
#include "digest.h"
#include "file.h"
#include "table.h"

static enum rua_verdict
digest_bytes(void *digest, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    rua_digest_add(digest, bytes);
    return RUA_OK;
}

static enum rua_verdict
digest_message(const struct rua_spool *message, char ret_hex[RUA_DIGEST_SIZE],
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

/* Copies the message to `staged`, from where it is put in place whole. */
static enum rua_verdict
stage(int root, const struct rua_spool *message, const char *staged,
      struct rua_err *err)
{
    struct rua_table file = {.end = 0};
    struct rua_sink sink = {rua_table_write, &file};
    enum rua_verdict v;

    snprintf(file.path, sizeof(file.path), "%s", staged);
    v = rua_file_open(root, staged, O_RDWR | O_CREAT | O_TRUNC, &file.fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_spool_push(message, 0, message->len, &sink, err);
    if (v == RUA_OK)
        v = rua_file_sync(file.fd, staged, err);
    close(file.fd);
    return v;
}

static enum rua_verdict
add_row(int root, const struct rua_aside *aside, const char *file,
        struct rua_err *err)
{
    const char *const text[] = {rua_verdict_name(aside->verdict),
                                aside->sentence, aside->rua, aside->sender,
                                file};
    struct rua_buf row;
    struct rua_cell cell = {.out = &row, .format = RUA_CSV, .guard = true};
    struct rua_table table;
    enum rua_verdict v;

    v = rua_table_open(root, "quarantine/quarantine", ".csv",
                       RUA_SPAN("when,verdict,sentence,rua,sender,file\n"),
                       &table, err);
    if (v != RUA_OK)
        return v;
    rua_buf_init(&row, 1 << 20);
    rua_cell_time(&cell, aside->when);
    for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
        rua_cell_next(&cell);
        rua_cell_text(&cell, rua_span_text(text[i]));
    }
    rua_cell_end_row(&cell);
    v = rua_table_write(&table, rua_buf_span(&row), err);
    if (v == RUA_OK)
        v = rua_file_sync(table.fd, table.path, err);
    rua_buf_done(&row);
    rua_table_close(&table);
    return v;
}

enum rua_verdict
rua_aside_put(int root, const struct rua_aside *aside, struct rua_err *err)
{
    char hex[RUA_DIGEST_SIZE], folder[64], path[160], staged[160];
    time_t when = (time_t)aside->when;
    struct tm tm;
    bool there = false;
    enum rua_verdict v = digest_message(aside->message, hex, err);

    if (v != RUA_OK)
        return v;
    if (!gmtime_r(&when, &tm) ||
        !strftime(folder, sizeof(folder), "quarantine/%Y/%m", &tm))
        return rua_err_set(err, RUA_LATER, "quarantine: no such time");
    snprintf(path, sizeof(path), "%s/%s.eml", folder, hex);
    snprintf(staged, sizeof(staged), ".spool/%s.eml", hex);
    v = rua_file_exists(root, path, &there, err);
    if (v != RUA_OK || there)
        return v;
    v = rua_file_make_folders(root, folder, err);
    if (v == RUA_OK)
        v = stage(root, aside->message, staged, err);
    if (v == RUA_OK)
        v = add_row(root, aside, path + strlen("quarantine/"), err);
    if (v == RUA_OK)
        v = rua_file_rename(root, staged, path, err);
    if (v == RUA_OK)
        v = rua_file_sync_folder(root, folder, err);
    if (v == RUA_OK)
        v = rua_file_sync_folder(root, "quarantine", err); /* a new table */
    return v;
}
