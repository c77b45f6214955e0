/* status.h - what an administrator, or his monitoring, should know of a store.
 */
#ifndef RUAMILL_STATUS_H
#define RUAMILL_STATUS_H

#include "allow_cache.h"
#include "kept.h"
#include "lag.h"
#include "metrics.h"

/* As the plugins of Nagios have it: also the exit status. */
enum status_level {
    STATUS_OK,
    STATUS_WARNING,
    STATUS_CRITICAL,
    STATUS_UNKNOWN,
};

extern const char *const status_levels[]; /* "OK" ... */

/* Where a warning begins; percent, seconds. */
struct status_limits {
    unsigned free_warning, free_critical; /* of bytes and of inodes */
    int64_t max_age; /* of the last report's coming; critical: twice */
};

enum {
    STATUS_DAYS = 400, /* of reports that are looked at */
    STATUS_RUAS = 10000,
    STATUS_WAITING = 1000,
    STATUS_REPORTERS = 10000, /* more are left out: names are made up */
};

/* A RUA, and when a report last came for it. */
struct status_rua {
    char *rua;
    int64_t last;
    uint64_t reports;
};

/* A reporter, by its org_name. */
struct status_reporter {
    char *org;
    unsigned char days[STATUS_DAYS / 8]; /* a bit a day, by period's end */
    int64_t last;                        /* the latest end of a period */
    unsigned gap; /* days between two of them, usually; 0: it has no rhythm */
    bool silent;
};

struct status {
    struct status_limits limits;
    int64_t now;
    enum status_level level;
    char reasons[512]; /* why it is not OK, with "; " between */

    struct metrics_facts facts;
    bool fetches; /* the allowlist is a web server's: */
    struct allow_note allow;
    struct lags lags; /* of the targets of `ruamill ship` */
    uint64_t total_bytes, total_inodes;
    int64_t days_left; /* until the disk is full; -1: not known */
    uint64_t pending;  /* entries of the journal that may not be applied */

    uint64_t quarantine[RUA_LATER + 1]; /* messages, by verdict */
    int64_t quarantine_newest;

    struct status_rua *ruas; /* n_ruas of them */
    size_t n_ruas;
    char **waiting; /* patterns of the allowlist for which no report came: */
    size_t n_waiting, kept_waiting; /* how many, and of how many it is said */
    struct status_reporter *reporters; /* those that fell silent come first */
    size_t n_reporters, n_silent;
    uint64_t reports;
    int64_t last_report; /* that came; 0: none */
    int64_t waits_since; /* the store, for its first one */
    uint64_t unread;     /* tables, or folders, not read or not in whole */
    uint64_t begun;      /* tables with a suffix: one before could not be
                            appended to */
    uint64_t domains;
};

/* Looks at everything, and judges. RUA_LATER, with a sentence, when something
 * cannot be looked at. */
enum rua_verdict status_look(struct status *status, const struct conf *conf,
                             const struct view *view, struct rua_err *err);

/* The part of it that reads the reports tables. */
enum rua_verdict status_read_reports(struct status *status,
                                     const struct conf *conf,
                                     struct rua_err *err);

/* How the last fetch of the allowlist went, if it is fetched; and what of that
 * is to be said. */
void status_look_at_allow(struct status *status, const struct conf *conf,
                          const struct view *view);
void status_print_allow(const struct status *status, const struct conf *conf);
void status_print_allow_json(const struct status *status);

/* Makes it no better than `level`, for a reason. */
void status_blame(struct status *status, enum status_level level,
                  const char *reason);

/* A time of day, or "never". */
#define STATUS_TIME 32
const char *status_time(int64_t when, char text[STATUS_TIME]);

/* Which RUAs of the allowlist wait for their first report; nothing without a
 * list, or where too many RUAs had one to know. A list that cannot be read is
 * critical: without it no report is taken by the next process that needs it.
 * After status_read_reports(). */
void status_find_waiting(struct status *status, const struct conf *conf);
void status_done(struct status *status);

void status_print(const struct status *status, const struct conf *conf);
void status_print_json(const struct status *status);

/* Nothing is known but why. */
void status_print_unknown(const char *reason, bool json);

#endif
