#include "metrics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "allow_cache.h"
#include "file.h"
#include "journal.h"
#include "keep.h"
#include "log.h"
#include "mend.h"

#define LOCK ".spool/lock"

enum {
    PATH = 4096,
    LOCK_WAIT = 2000, /* ms */
};

/* ---- what there is to tell ---- */

enum shape {
    EACH_VERDICT, /* of each front end */
    EACH_FRONT,
    ONE,
};

enum kind {
    COUNTER,
    MICROSECONDS, /* a counter, told in seconds */
    GAUGE,
    TIME, /* a gauge that is left out when it is 0 */
};

#define OF(member) offsetof(struct metrics_facts, member)

static const struct {
    const char *name, *help;
    enum kind kind;
    enum shape shape;
    size_t offset; /* of the first uint64_t in struct metrics_facts */
} metrics[] = {
    {"messages_total",                    "Messages that were answered, by front end and verdict.",
     COUNTER,                                                                                                     EACH_VERDICT, OF(record.values.messages)       },
    {"message_seconds_total",
     "Time from the last byte of messages to their verdicts; of replay, all of "
     "its time.",                                                                                   MICROSECONDS, EACH_FRONT,   OF(record.values.microseconds)   },
    {"message_bytes_total",               "Bytes of messages that were answered.",                  COUNTER,
     EACH_FRONT,                                                                                                                OF(record.values.bytes)          },
    {"reports_total",                     "Reports that were stored.",                              COUNTER,      ONE,
     OF(record.values.reports)                                                                                                                                   },
    {"records_total",                     "Records of the reports that were stored.",               COUNTER,      ONE,
     OF(record.values.records)                                                                                                                                   },
    {"duplicate_reports_total",           "Reports that were stored before.",                       COUNTER,
     ONE,                                                                                                                       OF(record.values.duplicates)     },
    {"kept_aside_total",                  "Messages that were kept aside.",                         COUNTER,      ONE,
     OF(record.values.kept)                                                                                                                                      },
    {"syncs_total",                       "Calls of fdatasync and syncfs for the journal.",         COUNTER,
     ONE,                                                                                                                       OF(record.values.syncs)          },
    {"checkpoints_total",                 "Checkpoints of the journal.",                            COUNTER,      ONE,
     OF(record.values.checkpoints)                                                                                                                               },
    {"writes_without_lease_total",
     "Tables that were written while another program had them open.",                               COUNTER,
     ONE,                                                                                                                       OF(record.values.without_lease)  },
    {"worker_deaths_total",               "Workers that died of a message, or were ended.",
     COUNTER,                                                                                                     ONE,          OF(record.values.worker_deaths)  },
    {"counters_start_timestamp_seconds",  "When the counters began.",                               TIME,         ONE,
     OF(record.state.since)                                                                                                                                      },
    {"last_success_timestamp_seconds",
     "When a message was last stored, or was stored before.",                                       TIME,         EACH_FRONT,
     OF(record.state.last_success)                                                                                                                               },
    {"last_checkpoint_timestamp_seconds", "When the journal was last emptied.",
     TIME,                                                                                                        ONE,          OF(record.state.last_checkpoint) },
    {"journal_bytes",                     "Bytes in the journal since its last checkpoint.",        GAUGE,
     ONE,                                                                                                                       OF(journal_bytes)                },
    {"quarantine_messages",               "Messages that are kept aside.",                          GAUGE,        ONE,
     OF(record.state.quarantine_messages)                                                                                                                        },
    {"quarantine_bytes",                  "Bytes of the messages that are kept aside.",             GAUGE,
     ONE,                                                                                                                       OF(record.state.quarantine_bytes)},
    {"quarantine_max_bytes",              "The ceiling of the quarantine; 0: none.",                GAUGE,
     ONE,                                                                                                                       OF(max_quarantine)               },
    {"store_free_bytes",                  "Room on the file system of the store.",                  GAUGE,        ONE,
     OF(free_bytes)                                                                                                                                              },
    {"store_free_inodes",                 "Files that the file system of the store can take.",
     GAUGE,                                                                                                       ONE,          OF(free_inodes)                  },
    {"allow_asked_timestamp_seconds",
     "When the server of the allowlist last said what holds.",                                      TIME,         ONE,
     OF(allow_asked)                                                                                                                                             },
    {"allow_changed_timestamp_seconds",
     "When another allowlist was last fetched.",                                                    TIME,         ONE,          OF(allow_changed)                },
};

static uint64_t
journal_bytes(int root)
{
    unsigned char form[RUA_NOTE] = {0};
    struct rua_note note;
    char boot[RUA_BOOT_ID_SIZE] = "";
    size_t n = 0;
    int fd;

    if (rua_file_open_to_read(root, LOCK, &fd, NULL) != RUA_OK)
        return 0;
    rua_file_read(fd, LOCK, 0, form, sizeof(form), &n, NULL);
    close(fd);
    rua_file_boot_id(boot, NULL);
    return rua_note_get(form, &note) && strcmp(note.boot, boot) == 0 &&
                   note.applied.offset > RUA_JOURNAL_HEAD
               ? note.applied.offset - RUA_JOURNAL_HEAD
               : 0;
}

void
metrics_look(int root, const struct conf *conf,
             const struct counters_record *record,
             struct metrics_facts *ret_facts)
{
    struct counters_state *state = &ret_facts->record.state;
    struct allow_note note;
    struct statvfs fs;

    *ret_facts = (struct metrics_facts){
        .record = *record,
        .journal_bytes = journal_bytes(root),
        .max_quarantine = conf->max_quarantine,
    };
    if (allow_cache_is_url(conf->allow)) {
        allow_note_read(root, conf, &note);
        ret_facts->allow_asked = (uint64_t)note.asked;
        ret_facts->allow_changed = (uint64_t)note.changed;
    }
    if (!state->measured)
        keep_measure(root, &state->quarantine_messages,
                     &state->quarantine_bytes, NULL);
    if (fstatvfs(root, &fs) == 0) {
        ret_facts->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        ret_facts->free_inodes = fs.f_favail;
    }
}

/* ---- as text ---- */

static void
print_value(struct rua_buf *text, size_t metric, const char *labels,
            uint64_t value)
{
    enum kind kind = metrics[metric].kind;

    if (kind == TIME && !value)
        return;
    rua_buf_printf(text, "ruamill_%s%s ", metrics[metric].name, labels);
    if (kind == MICROSECONDS)
        rua_buf_printf(text, "%" PRIu64 ".%06" PRIu64 "\n", value / 1000000,
                       value % 1000000);
    else
        rua_buf_printf(text, "%" PRIu64 "\n", value);
}

static void
print_values(struct rua_buf *text, size_t metric, const uint64_t *values)
{
    size_t verdicts =
        metrics[metric].shape == EACH_VERDICT ? COUNTERS_VERDICTS : 1;
    char labels[96];

    if (metrics[metric].shape == ONE) {
        print_value(text, metric, "", values[0]);
        return;
    }
    for (size_t front = 0; front < COUNTERS_FRONTS; front++)
        for (size_t v = 0; v < verdicts; v++) {
            snprintf(labels, sizeof(labels),
                     verdicts > 1 ? "{frontend=\"%s\",verdict=\"%s\"}"
                                  : "{frontend=\"%s\"}",
                     counters_fronts[front],
                     rua_verdict_name((enum rua_verdict)v));
            print_value(text, metric, labels, values[front * verdicts + v]);
        }
}

void
metrics_print(const struct metrics_facts *facts, const struct lags *lags,
              struct rua_buf *text)
{
    const char *base = (const char *)facts;

    rua_buf_printf(text,
                   "# HELP ruamill_build_info The program.\n"
                   "# TYPE ruamill_build_info gauge\n"
                   "ruamill_build_info{version=\"" RUAMILL_VERSION "\"} 1\n");
    for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++) {
        rua_buf_printf(text, "# HELP ruamill_%s %s\n# TYPE ruamill_%s %s\n",
                       metrics[i].name, metrics[i].help, metrics[i].name,
                       metrics[i].kind <= MICROSECONDS ? "counter" : "gauge");
        print_values(
            text, i,
            (const uint64_t *)(const void *)(base + metrics[i].offset));
    }
    lags_print_metrics(lags, text);
}

/* ---- the file ---- */

/* A device, a FIFO or a link would be gone when the file takes its name. */
static enum rua_verdict
check_place(int folder, const char *name, struct rua_err *err)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        S_ISREG(st.st_mode))
        return RUA_OK;
    return rua_err_set(err, RUA_LATER,
                       "it is there and is no regular file; name another one");
}

static enum rua_verdict
put_in_place(int folder, const char *name, const struct rua_buf *text,
             struct rua_err *err)
{
    char new[PATH];
    int fd;
    enum rua_verdict v;

    snprintf(new, sizeof(new), "%s.%d", name, (int)getpid());
    v = check_place(folder, name, err);
    if (v == RUA_OK)
        v = rua_file_make(folder, new, &fd, err);
    if (v != RUA_OK)
        return v;
    v = rua_file_write(fd, new, 0, rua_buf_span(text), err);
    if (v == RUA_OK && fchmod(fd, 0644) < 0)
        v = rua_err_sys(err, "chmod %s", new);
    close(fd);
    if (v == RUA_OK)
        v = rua_file_replace(folder, new, name, err);
    if (v != RUA_OK)
        rua_file_remove(folder, new, NULL);
    return v;
}

static bool
is_due(const char *path, unsigned pause)
{
    struct stat st;

    return !pause || stat(path, &st) < 0 ||
           st.st_mtime + (time_t)pause <= time(NULL);
}

/* The folder that a path is in, and its last name. */
static enum rua_verdict
open_above(const char *path, char above[PATH], int *ret_folder,
           const char **ret_name, struct rua_err *err)
{
    const char *slash = strrchr(path, '/');

    *ret_name = slash ? slash + 1 : path;
    snprintf(above, PATH, "%.*s",
             slash == path ? 1
             : slash       ? (int)(slash - path)
                           : 1,
             slash ? path : ".");
    return rua_file_open_root(above, false, ret_folder, err);
}

enum rua_verdict
metrics_check(const struct conf *conf, struct rua_err *err)
{
    char above[PATH];
    const char *name;
    int folder;
    enum rua_verdict v;

    if (!conf->metrics)
        return RUA_OK;
    v = open_above(conf->metrics, above, &folder, &name, err);
    if (v != RUA_OK)
        return v;
    v = faccessat(folder, ".", W_OK | X_OK, 0) == 0
            ? check_place(folder, name, err)
            : rua_err_sys(err, "folder %s", above);
    close(folder);
    return v;
}

/* The folder of the file, which nobody else writes to at the time: else one
 * that looked at the counters earlier might come later. `metrics` is a whole
 * path, by conf.c or from the root, or of this folder. */
static enum rua_verdict
open_folder(const char *path, int *ret_folder, const char **ret_name,
            struct rua_err *err)
{
    char above[PATH];
    enum rua_verdict v = open_above(path, above, ret_folder, ret_name, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_lock(*ret_folder, above, LOCK_WAIT, err);
    if (v != RUA_OK)
        close(*ret_folder);
    return v;
}

/* When a report was last stored, as far as that is counted: a start of the
 * machine begins anew, and what came before may not have been sent. */
static int64_t
last_stored(const struct counters_record *record)
{
    int64_t last = 0;

    for (size_t front = 0; front < COUNTERS_FRONTS; front++)
        if ((int64_t)record->state.last_success[front] > last)
            last = (int64_t)record->state.last_success[front];
    return last ? last : (int64_t)record->state.since;
}

static enum rua_verdict
write_file(const struct conf *conf, struct counters *counters, int folder,
           const char *name, struct rua_err *err)
{
    struct metrics_facts facts;
    struct counters_record record;
    struct rua_buf text;
    struct lags lags;
    int root;
    enum rua_verdict v = rua_file_open_root(conf->store, false, &root, err);

    if (v != RUA_OK)
        return v;
    counters_show(counters, &record);
    metrics_look(root, conf, &record, &facts);
    lags_glance(root, conf, last_stored(&record), &lags);
    close(root);
    rua_buf_init(&text, METRICS_MAX);
    metrics_print(&facts, &lags, &text);
    lags_done(&lags);
    v = put_in_place(folder, name, &text, err);
    rua_buf_done(&text);
    return v;
}

void
metrics_update(const struct conf *conf, struct counters *counters,
               unsigned pause)
{
    static bool told;
    struct rua_err why = {0};
    char sentence[RUA_SENTENCE_MAX + PATH];
    char text[MENDED];
    const char *name;
    int folder;
    enum rua_verdict v;

    if (!conf->metrics || !is_due(conf->metrics, pause))
        return;
    v = open_folder(conf->metrics, &folder, &name, &why);
    if (v == RUA_OK) {
        v = write_file(conf, counters, folder, name, &why);
        close(folder);
    }
    if (v == RUA_OK || told)
        return;
    told = true;
    snprintf(sentence, sizeof(sentence), "metrics are not written to %s: %s",
             conf->metrics, mended(why.sentence, text));
    log_error(sentence);
}
