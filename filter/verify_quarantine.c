#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "entry.h"
#include "file.h"
#include "verify.h"

#define HEADER "when,verdict,sentence,rua,sender,file"

struct reading {
    struct verify *verify;
    char path[512]; /* of the table */
    bool known;
};

static enum rua_verdict
add_bytes(void *digest, struct rua_span bytes, struct rua_err *err)
{
    (void)err;
    rua_digest_add(digest, bytes);
    return RUA_OK;
}

static enum rua_verdict
digest_file(const struct view *view, const char *path,
            char ret_hex[RUA_DIGEST_SIZE], struct rua_err *err)
{
    struct rua_digest digest;
    struct rua_sink sink = {add_bytes, &digest};
    struct rua_file_facts facts = {0};
    int fd;
    enum rua_verdict v = rua_file_open_to_read(view->root, path, &fd, err);

    if (v == RUA_NOT_REPORT)
        return rua_err_set(err, v, "is missing");
    if (v != RUA_OK)
        return v;
    v = rua_file_look(fd, path, &facts, err);
    close(fd);
    rua_digest_init(&digest);
    if (v == RUA_OK)
        v = view_push(view, path, facts.size, &sink, err);
    rua_digest_hex(&digest, ret_hex);
    return v;
}

static enum rua_verdict
take_row(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct reading *reading = ctx;
    struct findings *findings = &reading->verify->findings;
    struct rua_span file;
    struct rua_err why = {0};
    char path[512], hex[RUA_DIGEST_SIZE];
    const char *name;

    (void)err;
    if (row->number == 1)
        reading->known = row->line.len == strlen(HEADER) &&
                         memcmp(row->line.data, HEADER, row->line.len) == 0;
    if (row->number == 1 && !reading->known)
        findings_add(findings, reading->path, 1,
                     "is not the header of the quarantine's table");
    if (row->number == 1 || !reading->known)
        return RUA_OK;
    if (row->wrong) {
        findings_add(findings, reading->path, row->number, "%s", row->wrong);
        return RUA_OK;
    }
    file = row->cells[row->n - 1];
    snprintf(path, sizeof(path), RUA_FOLDER_QUARANTINE "/%.*s", (int)file.len,
             file.len ? (const char *)file.data : "");
    name = strrchr(path, '/') + 1;
    if (digest_file(&reading->verify->view, path, hex, &why) != RUA_OK)
        findings_add(findings, reading->path, row->number, "its file %s: %s",
                     path, why.sentence);
    else if (strncmp(name, hex, strlen(hex)) != 0)
        findings_add(findings, reading->path, row->number,
                     "its file %s: the digest in its name is not that of its "
                     "bytes",
                     path);
    return RUA_OK;
}

static enum rua_verdict
read_table(struct verify *verify, const char *name, struct rua_err *err)
{
    struct reading reading = {.verify = verify};
    struct rua_file_facts facts = {0};
    struct rua_csv csv;
    struct rua_sink sink = {rua_csv_write, &csv};
    int fd;
    enum rua_verdict v;

    snprintf(reading.path, sizeof(reading.path), RUA_FOLDER_QUARANTINE "/%s",
             name);
    v = view_take_lock(&verify->view, err);
    if (v != RUA_OK)
        return v;
    v = rua_file_open_to_read(verify->view.root, reading.path, &fd, err);
    if (v == RUA_OK) {
        v = rua_file_look(fd, reading.path, &facts, err);
        close(fd);
    }
    view_leave_lock(&verify->view);
    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    verify->tables++;
    rua_csv_init(&csv, RUA_CSV, take_row, &reading);
    v = view_push(&verify->view, reading.path, facts.size, &sink, err);
    if (v == RUA_OK)
        v = rua_csv_end(&csv, err);
    rua_csv_done(&csv);
    return v;
}

static enum rua_verdict
take_name(void *ctx, const char *name, struct rua_err *err)
{
    bool table = strncmp(name, "quarantine", 10) == 0 && strstr(name, ".csv");

    return table ? read_table(ctx, name, err) : RUA_OK;
}

enum rua_verdict
verify_quarantine(struct verify *verify, struct rua_err *err)
{
    return rua_file_each(verify->view.root, RUA_FOLDER_QUARANTINE, take_name,
                         verify, err);
}
