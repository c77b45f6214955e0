#include "status.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "journal.h"

const char *const status_levels[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

enum {
    DAY = 86400,
    NEARLY = 80 /* percent of max_quarantine */
};

/* ---- what there is ---- */

/* The disk fills no faster than mail comes in: what is stored of a mail is
 * about as long. */
static void
look_at_disk(struct status *status, const struct view *view)
{
    const struct counters_record *record = &status->facts.record;
    int64_t since = status->now - record->state.since;
    uint64_t came = record->values.bytes[COUNTERS_MILTER] +
                    record->values.bytes[COUNTERS_PIPE];
    struct statvfs fs;

    status->days_left = -1;
    if (fstatvfs(view->root, &fs) == 0) {
        status->total_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
        status->total_inodes = fs.f_files;
    }
    if (record->state.since && since >= DAY && came)
        status->days_left = (int64_t)((double)status->facts.free_bytes /
                                      ((double)came / ((double)since / DAY)));
}

/* The folder of a store that has no report is as old as the store, or as the
 * first message that was kept aside. */
static void
look_at_age(struct status *status, const struct view *view)
{
    struct stat st;

    status->waits_since =
        fstat(view->root, &st) == 0 ? st.st_mtime : status->now;
}

static enum rua_verdict
look_at_quarantine(struct status *status, const struct view *view,
                   struct rua_err *err)
{
    struct kept_list list;
    enum rua_verdict v = kept_read(view, false, &list, err);

    for (size_t i = 0; v == RUA_OK && i < list.n; i++) {
        if (list.kept[i].state != KEPT)
            continue;
        status->quarantine[list.kept[i].verdict]++;
        if (list.kept[i].when > status->quarantine_newest)
            status->quarantine_newest = list.kept[i].when;
    }
    kept_done(&list);
    return v;
}

static enum rua_verdict
look_at_journal(struct status *status, const struct view *view,
                struct rua_err *err)
{
    struct view_pending pending = {0};
    struct rua_err why = {0};
    enum rua_verdict v = view_take_lock(view, err);

    if (v != RUA_OK)
        return v;
    v = view_journal(view, false, &pending, &why);
    view_leave_lock(view);
    if (v != RUA_OK)
        rua_err_set(err, v, "store %s: %s%s%s", view->path,
                    v == RUA_BAD ? RUA_JOURNAL ": " : "", why.sentence,
                    v == RUA_BAD && !strchr(why.sentence, ';')
                        ? "; ruamill checkpoint begins it anew, without what "
                          "was in it only"
                        : "");
    status->pending = pending.entries;
    view_pending_done(&pending);
    return v;
}

/* ---- what to think of it ---- */

void
status_blame(struct status *status, enum status_level level, const char *reason)
{
    size_t n = strlen(status->reasons);

    if (level > status->level)
        status->level = level;
    snprintf(status->reasons + n, sizeof(status->reasons) - n, "%s%s",
             n ? "; " : "", reason);
}

static void
judge_room(struct status *status, const char *what, uint64_t room,
           uint64_t total)
{
    double percent = total ? 100.0 * (double)room / (double)total : 100;
    char reason[96];

    if (percent >= status->limits.free_warning)
        return;
    snprintf(reason, sizeof(reason), "%.1f %% of the disk's %s are free",
             percent, what);
    status_blame(status,
                 percent < status->limits.free_critical ? STATUS_CRITICAL
                                                        : STATUS_WARNING,
                 reason);
}

static void
judge_quarantine(struct status *status)
{
    uint64_t most = status->facts.max_quarantine;
    double percent =
        most ? 100.0 * (double)status->facts.record.state.quarantine_bytes /
                   (double)most
             : 0;
    char reason[96];

    if (percent < NEARLY)
        return;
    snprintf(reason, sizeof(reason),
             "the quarantine is at %.0f %% of max_quarantine", percent);
    status_blame(status, percent >= 100 ? STATUS_CRITICAL : STATUS_WARNING,
                 reason);
}

static void
judge_age(struct status *status)
{
    int64_t last =
        status->last_report ? status->last_report : status->waits_since;
    int64_t age = status->now - last, most = status->limits.max_age;
    char reason[96];

    if (!most || age <= most)
        return;
    snprintf(reason, sizeof(reason), "no report has come %s%lld %s",
             status->last_report ? "for " : "yet, for ",
             (long long)(age / (age < 2 * DAY ? 3600 : DAY)),
             age < 2 * DAY ? "hours" : "days");
    status_blame(status, age > 2 * most ? STATUS_CRITICAL : STATUS_WARNING,
                 reason);
}

static void
judge_tables(struct status *status)
{
    char reason[96];

    if (!status->unread)
        return;
    snprintf(reason, sizeof(reason), "%llu %s not read, or not in whole",
             (unsigned long long)status->unread,
             status->unread == 1 ? "table or folder is"
                                 : "tables or folders are");
    status_blame(status, STATUS_WARNING, reason);
}

enum rua_verdict
status_look(struct status *status, const struct conf *conf,
            const struct view *view, struct rua_err *err)
{
    struct counters_record record;
    enum rua_verdict v;

    counters_read(view->root, &record);
    metrics_look(view->root, conf, &record, &status->facts);
    look_at_disk(status, view);
    look_at_age(status, view);
    v = look_at_journal(status, view, err);
    if (v == RUA_OK)
        v = look_at_quarantine(status, view, err);
    if (v == RUA_OK)
        v = status_read_reports(status, conf, err);
    if (v != RUA_OK)
        return v;
    status_find_waiting(status, conf);
    judge_room(status, "bytes", status->facts.free_bytes, status->total_bytes);
    judge_room(status, "inodes", status->facts.free_inodes,
               status->total_inodes);
    judge_quarantine(status);
    judge_age(status);
    judge_tables(status);
    status_look_at_allow(status, conf, view);
    lags_measure(conf, view, &status->lags);
    return v;
}
