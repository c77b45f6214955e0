#include "newcomers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "domain.h"
#include "file.h"
#include "spool.h"

#define FOLDER ".spool/newcomers"

enum {
    LOCK_WAIT = 10000, /* milliseconds */
    DAY = 11,          /* "2026-11-22-" */
    NAME_SIZE = DAY + RUA_DIGEST_SIZE,
    SHOWN = 80,    /* bytes of a RUA in a sentence */
    SLACK = 10000, /* lines more than there may be: none of ours has them */
};

/* The domains of one RUA and day. */
struct list {
    int folder;
    char name[NAME_SIZE];
    int fd;
    uint64_t size;

    /* the line that is being read */
    char line[RUA_DOMAIN_SIZE];
    size_t len; /* longer than `line` for what is no domain */

    const char *domain; /* that is looked for */
    bool found;
    uint64_t n;
};

static void
make_name(const struct newcomer *newcomer, char ret_name[NAME_SIZE])
{
    time_t now = (time_t)newcomer->now;
    struct rua_digest digest;
    struct tm tm = {0};

    gmtime_r(&now, &tm);
    strftime(ret_name, NAME_SIZE, "%Y-%m-%d-", &tm);
    rua_digest_init(&digest);
    rua_digest_add(&digest, newcomer->rua);
    rua_digest_hex(&digest, ret_name + strlen(ret_name));
}

/* ---- the file ---- */

static void
end_line(struct list *list)
{
    struct rua_span line = {(const unsigned char *)list->line, list->len};
    char domain[RUA_DOMAIN_SIZE];

    if (list->len < sizeof(list->line) && rua_domain_fold(line, domain)) {
        list->n++;
        if (strcmp(domain, list->domain) == 0)
            list->found = true;
    }
    list->len = 0;
}

static enum rua_verdict
take_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct list *list = ctx;

    (void)err;
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.data[i] == '\n')
            end_line(list);
        else if (list->len < sizeof(list->line))
            list->line[list->len++] = (char)bytes.data[i];
    return RUA_OK;
}

static enum rua_verdict
read_list(struct list *list, struct rua_err *err)
{
    const struct rua_sink sink = {take_bytes, list};
    struct rua_spool file;
    enum rua_verdict v;

    rua_spool_open(&file, list->fd, 0, list->size);
    v = rua_spool_push(&file, 0, list->size, &sink, err);
    rua_spool_done(&file);
    return v;
}

/* Behind a line that was torn, another one begins. */
static enum rua_verdict
add_line(const struct list *list, struct rua_err *err)
{
    char text[RUA_DOMAIN_SIZE + 2];

    snprintf(text, sizeof(text), "%s%s\n", list->len ? "\n" : "", list->domain);
    return rua_file_write(list->fd, list->name, list->size, rua_span_text(text),
                          err);
}

static bool
is_of_another_day(const struct list *list, const char *name)
{
    return strlen(name) == strlen(list->name) && name[DAY - 1] == '-' &&
           strspn(name, "0123456789-") >= DAY &&
           strspn(name + DAY, "0123456789abcdef") == RUA_DIGEST_SIZE - 1 &&
           memcmp(name, list->name, DAY) != 0;
}

static enum rua_verdict
remove_old(void *ctx, const char *name, struct rua_err *err)
{
    const struct list *list = ctx;

    return is_of_another_day(list, name)
               ? rua_file_remove(list->folder, name, err)
               : RUA_OK;
}

static enum rua_verdict
refuse(const struct newcomer *newcomer, uint64_t most, struct rua_err *err)
{
    const struct rua_span *rua = &newcomer->rua;

    return rua_err_set(err, RUA_REFUSED,
                       "more than max_new_domains (%llu) new policy domains "
                       "today for %.*s: %s",
                       (unsigned long long)most,
                       rua->len < SHOWN ? (int)rua->len : SHOWN,
                       (const char *)rua->data, newcomer->domain);
}

/* Under the lock of the file. */
static enum rua_verdict
admit(struct list *list, const struct newcomer *newcomer, uint64_t most,
      struct rua_err *err)
{
    enum rua_verdict v = rua_file_size(list->fd, list->name, &list->size, err);

    if (v == RUA_OK && list->size / RUA_DOMAIN_SIZE > most + SLACK)
        return rua_file_remove(list->folder, list->name, err);
    if (v == RUA_OK && !list->size)
        v = rua_file_each(list->folder, ".", remove_old, list, err);
    if (v == RUA_OK)
        v = read_list(list, err);
    if (v != RUA_OK || list->found)
        return v;
    return list->n < most ? add_line(list, err) : refuse(newcomer, most, err);
}

enum rua_verdict
newcomers_admit(const struct newcomer *newcomer, uint64_t most,
                struct rua_err *err)
{
    struct list list = {.domain = newcomer->domain};
    enum rua_verdict v =
        rua_file_open_folder(newcomer->store, FOLDER, &list.folder, err);

    if (v != RUA_OK)
        return v;
    make_name(newcomer, list.name);
    v = rua_file_open(list.folder, list.name, O_RDWR | O_CREAT, &list.fd, err);
    if (v == RUA_OK) {
        v = rua_file_lock(list.fd, list.name, LOCK_WAIT, err);
        if (v == RUA_OK)
            v = admit(&list, newcomer, most, err);
        close(list.fd); /* which unlocks it */
    }
    close(list.folder);
    return v;
}
