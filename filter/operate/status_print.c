#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "findings.h"
#include "json.h"
#include "prison.h"
#include "status.h"

enum {
    SHOWN = 20, /* RUAs and reporters */
    TIME = STATUS_TIME,
};

const char *
status_time(int64_t when, char text[STATUS_TIME])
{
    time_t time = (time_t)when;
    struct tm tm = {0};

    gmtime_r(&time, &tm);
    if (!when || !strftime(text, STATUS_TIME, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(text, STATUS_TIME, "never");
    return text;
}

static const char *
size_text(uint64_t bytes, char text[TIME])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes;
    size_t i = 0;

    for (; size >= 1024 && i + 1 < sizeof(units) / sizeof(*units); i++)
        size /= 1024;
    snprintf(text, TIME, i ? "%.1f %s" : "%.0f %s", size, units[i]);
    return text;
}

/* ---- for people ---- */

static const char *
many(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void
print_first_line(const struct status *status)
{
    char last[TIME];

    printf("%s - %s%s", status_levels[status->level], status->reasons,
           *status->reasons ? "; " : "");
    if (!status->reports)
        puts("no report yet");
    else if (!status->last_report)
        printf("%" PRIu64 " report%s\n", status->reports,
               many(status->reports));
    else
        printf("%" PRIu64 " report%s, the last one came %s\n", status->reports,
               many(status->reports), status_time(status->last_report, last));
}

static void
print_journal(const struct status *status)
{
    char size[TIME], time[TIME];
    int64_t last = status->facts.record.state.last_checkpoint;

    printf("journal: %s ", size_text(status->facts.journal_bytes, size));
    if (last)
        printf("since its last checkpoint, %s; ", status_time(last, time));
    else
        printf("and no checkpoint yet; ");
    if (status->pending)
        printf("%" PRIu64 " report%s or message%s may not be in the tables "
               "yet: ruamill checkpoint brings them in\n",
               status->pending, many(status->pending), many(status->pending));
    else
        puts("all of it is in the tables");
}

static void
print_quarantine(const struct status *status)
{
    const struct counters_state *state = &status->facts.record.state;
    char size[TIME], time[TIME];

    if (!state->quarantine_messages) {
        puts("quarantine: nothing is kept aside");
        return;
    }
    printf("quarantine: %" PRIu64 " message%s, %s", state->quarantine_messages,
           many(state->quarantine_messages),
           size_text(state->quarantine_bytes, size));
    if (status->quarantine_newest)
        printf("; the newest came %s",
               status_time(status->quarantine_newest, time));
    for (int v = RUA_NOT_REPORT; v <= RUA_REFUSED; v++)
        printf("; %s %" PRIu64, rua_verdict_name((enum rua_verdict)v),
               status->quarantine[v]);
    puts("");
}

static void
print_workers(const struct status *status, const struct conf *conf)
{
    uint64_t deaths = status->facts.record.values.worker_deaths;
    int64_t since = status->facts.record.state.since;
    char time[TIME], words[PRISON_WORDS];

    if (deaths)
        printf("workers: %" PRIu64 " died", deaths);
    else
        printf("workers: none died");
    if (since)
        printf(" since %s", status_time(since, time));
    printf("; sandbox: %s\n",
           prison_words(conf->sandbox ? prison_layers() : 0, words));
}

static void
print_store(const struct status *status, const struct conf *conf)
{
    char size[TIME];

    print_journal(status);
    print_quarantine(status);
    printf("disk: %s free", size_text(status->facts.free_bytes, size));
    printf(", %" PRIu64 " inodes", status->facts.free_inodes);
    if (status->days_left >= 0)
        printf("; lasts %lld days, as mail comes in",
               (long long)status->days_left);
    puts("");
    print_workers(status, conf);
    printf("tables: of %" PRIu64 " domain%s", status->domains,
           many(status->domains));
    if (status->begun)
        printf("; %" PRIu64 " begun anew, since the one before could not be "
               "appended to",
               status->begun);
    puts("");
}

static void
print_silent(const struct status_reporter *reporter)
{
    char day[TIME];

    printf("silent: ");
    findings_print(reporter->org);
    if (reporter->gap > 1)
        printf(": reported every %u days", reporter->gap);
    else
        printf(": reported every day");
    printf(" until %.10s\n", status_time(reporter->last, day));
}

static void
print_reports(const struct status *status)
{
    char time[TIME];

    for (size_t i = 0; i < status->n_ruas && i < SHOWN; i++) {
        const struct status_rua *rua = &status->ruas[i];
        printf("rua: ");
        findings_print(rua->rua);
        printf(": %" PRIu64 " report%s", rua->reports, many(rua->reports));
        if (rua->last)
            printf(", the last one came %s", status_time(rua->last, time));
        puts("");
    }
    for (size_t i = 0; i < status->kept_waiting && i < SHOWN; i++) {
        printf("rua: ");
        findings_print(status->waiting[i]);
        puts(": no report yet");
    }
    for (size_t i = 0; i < status->n_silent && i < SHOWN; i++)
        print_silent(&status->reporters[i]);
    if (status->n_ruas > SHOWN || status->n_waiting > SHOWN ||
        status->n_silent > SHOWN)
        printf("and more: %zu RUAs with reports, %zu without, %zu silent "
               "reporters in all; see --format json\n",
               status->n_ruas, status->n_waiting, status->n_silent);
}

void
status_print(const struct status *status, const struct conf *conf)
{
    print_first_line(status);
    print_store(status, conf);
    status_print_allow(status, conf);
    print_reports(status);
    lags_print(&status->lags);
}

/* ---- for programs ---- */

static void
print_numbers(const struct status *status)
{
    const struct metrics_facts *facts = &status->facts;
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"reports",             (int64_t)status->reports                     },
        {"last_report",         status->last_report                          },
        {"domains",             (int64_t)status->domains                     },
        {"tables_begun_anew",   (int64_t)status->begun                       },
        {"tables_unread",       (int64_t)status->unread                      },
        {"journal_bytes",       (int64_t)facts->journal_bytes                },
        {"journal_entries",     (int64_t)status->pending                     },
        {"last_checkpoint",     facts->record.state.last_checkpoint          },
        {"quarantine_messages",
         (int64_t)facts->record.state.quarantine_messages                    },
        {"quarantine_bytes",    (int64_t)facts->record.state.quarantine_bytes},
        {"quarantine_newest",   status->quarantine_newest                    },
        {"not_report",          (int64_t)status->quarantine[RUA_NOT_REPORT]  },
        {"bad",                 (int64_t)status->quarantine[RUA_BAD]         },
        {"refused",             (int64_t)status->quarantine[RUA_REFUSED]     },
        {"free_bytes",          (int64_t)facts->free_bytes                   },
        {"free_inodes",         (int64_t)facts->free_inodes                  },
        {"days_left",           status->days_left                            },
        {"worker_deaths",       (int64_t)facts->record.values.worker_deaths  },
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        printf(", \"%s\": %" PRId64, numbers[i].name, numbers[i].value);
}

void
status_print_json(const struct status *status)
{
    printf("{\"status\": \"%s\", \"reasons\": ", status_levels[status->level]);
    json_string(stdout, status->reasons);
    print_numbers(status);
    printf(",\n \"ruas\": [");
    for (size_t i = 0; i < status->n_ruas; i++) {
        printf("%s{\"rua\": ", i ? ",\n  " : "");
        json_string(stdout, status->ruas[i].rua);
        printf(", \"reports\": %" PRIu64 ", \"last\": %" PRId64 "}",
               status->ruas[i].reports, status->ruas[i].last);
    }
    printf("],\n \"waiting_ruas\": %zu, \"waiting\": [", status->n_waiting);
    for (size_t i = 0; i < status->kept_waiting; i++) {
        fputs(i ? ", " : "", stdout);
        json_string(stdout, status->waiting[i]);
    }
    printf("],\n \"silent\": [");
    for (size_t i = 0; i < status->n_silent; i++) {
        printf("%s{\"org_name\": ", i ? ",\n  " : "");
        json_string(stdout, status->reporters[i].org);
        printf(", \"gap_days\": %u, \"last\": %" PRId64 "}",
               status->reporters[i].gap, status->reporters[i].last);
    }
    printf("]");
    status_print_allow_json(status);
    lags_print_json(&status->lags);
    puts("}");
}

void
status_print_unknown(const char *reason, bool json)
{
    if (json) {
        printf("{\"status\": \"%s\", \"reasons\": ",
               status_levels[STATUS_UNKNOWN]);
        json_string(stdout, reason);
        puts("}");
        return;
    }
    printf("%s - ", status_levels[STATUS_UNKNOWN]);
    findings_print(reason);
    puts("");
}
