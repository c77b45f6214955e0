/* quarantine.h - ruamill quarantine: list, show, retry. */
#ifndef RUAMILL_QUARANTINE_H
#define RUAMILL_QUARANTINE_H

#include "conf.h"
#include "kept.h"

struct quarantine_request {
    const char *since;  /* "30d", "2026-11-30", or NULL */
    const char *format; /* "table", "csv", "json"; NULL: table */
    const char *jobs;
    unsigned n_jobs; /* by that */
    bool all, raw, verbose;
    int64_t from;   /* by `since` */
    unsigned given; /* options, as bits; see quarantine_command.c */
};

/* What is there, the newest first. */
void quarantine_list(const struct quarantine_request *request,
                     const struct kept_list *list);

/* A message, with what is known of it in front, or its bytes only. */
enum rua_verdict quarantine_show(const struct quarantine_request *request,
                                 const struct view *view,
                                 const struct kept *kept, struct rua_err *err);

/* Reads messages again, as if they came now: those named, or all. Returns the
 * exit status, and has said why. */
int quarantine_retry(const struct quarantine_request *request,
                     struct conf *conf, const struct view *view, char **names);

#endif
