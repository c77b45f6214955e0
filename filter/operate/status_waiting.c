#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "allow_cache.h"
#include "mend.h"
#include "status.h"

struct waiting {
    struct status *status;
    void *heard; /* patterns of which a RUA had a report: a tree of search.h */
};

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static char *
copy(struct rua_span text)
{
    char *to = memcpy(rua_alloc(text.len + 1), text.data, text.len);

    to[text.len] = '\0';
    return to;
}

static void
hear(struct waiting *waiting, const struct rua_allow *allow, const char *rua)
{
    struct rua_allow_line line;
    char *pattern, **node;

    if (rua_allow_find(allow, rua_span_text(rua), &line, NULL) != RUA_OK)
        return;
    pattern = copy(line.pattern);
    node = tsearch(pattern, &waiting->heard, compare);
    if (!node)
        rua_no_memory();
    if (*node != pattern)
        free(pattern);
}

static bool
look(void *ctx, struct rua_span span)
{
    struct waiting *waiting = ctx;
    struct status *status = waiting->status;
    char *pattern = copy(span);

    if (!tfind(pattern, &waiting->heard, compare) &&
        status->n_waiting++ < STATUS_WAITING)
        status->waiting[status->kept_waiting++] = pattern;
    else
        free(pattern);
    return false;
}

void
status_find_waiting(struct status *status, const struct conf *conf)
{
    struct waiting waiting = {.status = status};
    struct rua_allow *allow;
    struct rua_err err = {0};
    char sentence[MENDED];

    if (!conf->allow)
        return;
    if (allow_cache_load(conf, &allow, &err) != RUA_OK) {
        status_blame(status, STATUS_CRITICAL, mended(err.sentence, sentence));
        return;
    }
    if (status->n_ruas < STATUS_RUAS) {
        status->waiting = rua_alloc(STATUS_WAITING * sizeof(*status->waiting));
        for (size_t i = 0; i < status->n_ruas; i++)
            hear(&waiting, allow, status->ruas[i].rua);
        rua_allow_any(allow, look, &waiting);
        tdestroy(waiting.heard, free);
    }
    rua_allow_free(allow);
}
