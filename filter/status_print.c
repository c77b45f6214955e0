#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "findings.h"
#include "json.h"
#include "prison.h"
#include "status.h"

enum {
    SHOWN = 20, /* RUAs and reporters */
    TIME = 32,
};

static const char *
time_text(int64_t when, char text[TIME])
{
    time_t time = (time_t)when;
    struct tm tm = {0};

    gmtime_r(&time, &tm);
    if (!when || !strftime(text, TIME, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(text, TIME, "never");
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

static void
print_first_line(const struct status *status)
{
    char last[TIME];

    printf("%s - %s%s%" PRIu64 " reports, the last one came %s\n",
           status_levels[status->level], status->reasons,
           *status->reasons ? "; " : "", status->reports,
           time_text(status->last_report, last));
}

static void
print_store(const struct status *status, const struct conf *conf)
{
    const struct counters_state *state = &status->facts.record.state;
    char size[TIME], time[TIME], words[PRISON_WORDS];

    printf("journal: %s since its last checkpoint (%s); %" PRIu64
           " entries that may not be applied yet\n",
           size_text(status->facts.journal_bytes, size),
           time_text(state->last_checkpoint, time), status->pending);
    printf("quarantine: %" PRIu64 " messages, %s; the newest came %s",
           state->quarantine_messages, size_text(state->quarantine_bytes, size),
           time_text(status->quarantine_newest, time));
    for (int v = RUA_NOT_REPORT; v <= RUA_REFUSED; v++)
        printf("; %s %" PRIu64, rua_verdict_name((enum rua_verdict)v),
               status->quarantine[v]);
    printf("\ndisk: %s free", size_text(status->facts.free_bytes, size));
    printf(", %" PRIu64 " inodes", status->facts.free_inodes);
    if (status->days_left >= 0)
        printf("; lasts %lld days, as mail comes in",
               (long long)status->days_left);
    printf("\nworkers: %" PRIu64 " died since %s; sandbox: %s\n",
           status->facts.record.values.worker_deaths,
           time_text(state->since, time),
           prison_words(conf->sandbox ? prison_layers() : 0, words));
    printf("tables: of %" PRIu64 " domains; begun anew since one before could "
           "not be appended to: %" PRIu64 "\n",
           status->domains, status->begun);
}

static void
print_reports(const struct status *status)
{
    char time[TIME];

    for (size_t i = 0; i < status->n_ruas && i < SHOWN; i++) {
        printf("rua: ");
        findings_print(status->ruas[i].rua);
        printf(": %" PRIu64 " reports, the last one came %s\n",
               status->ruas[i].reports, time_text(status->ruas[i].last, time));
    }
    for (size_t i = 0; i < status->kept_waiting && i < SHOWN; i++) {
        printf("rua: ");
        findings_print(status->waiting[i]);
        puts(": no report yet");
    }
    for (size_t i = 0; i < status->n_silent && i < SHOWN; i++) {
        printf("silent: ");
        findings_print(status->reporters[i].org);
        printf(": reported every %u days, last for %s\n",
               status->reporters[i].gap,
               time_text(status->reporters[i].last, time));
    }
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
    print_reports(status);
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
    puts("]}");
}
