/* reports_fixture.h - for unit tests: reports by number, in a store of their
 * own. */
#ifndef REPORTS_FIXTURE_H
#define REPORTS_FIXTURE_H

#include "store.h"
#include "store_fixture.h"

#define RECORDS_HEADER "report_id,count,record\n"
#define RECORDS        "example.com/records-2023-11.csv"
#define REPORTS        "example.com/reports-2023-11.csv"

static struct rua_scratch scratch = {.fd = -1};
static struct rua_entry_maker *maker;
static struct rua_store *store;
static struct rua_store_style look;
static char notice[1000];
static unsigned notices;

static inline void
say(void *ctx, const char *sentence)
{
    (void)ctx;
    notices++;
    snprintf(notice, sizeof(notice), "%s", sentence);
}

static inline enum rua_verdict
open_store(void)
{
    rua_err_clear(&err);
    return rua_store_open(folder_path, &look, &store, &err);
}

/* As another process. */
static inline void
reopen(void)
{
    rua_store_close(store);
    store = NULL;
    assert_int_equal(RUA_OK, open_store());
}

static inline int
reports_begin(void **state)
{
    const struct rua_entry_style style = {
        "report_id,count,record", {RUA_CSV, true},
         RUA_BY_MONTH, NULL, 0
    };

    notices = 0;
    notice[0] = '\0';
    if (folder_begin(state) ||
        rua_entry_maker_new(&style, &scratch, &maker, &err) != RUA_OK)
        return -1;
    look = (struct rua_store_style){
        .format = RUA_CSV,
        .records_header = rua_entry_records_header(maker),
        .reports_header = rua_entry_reports_header(maker),
        .notice = {say, NULL}
    };
    return open_store() != RUA_OK;
}

static inline int
reports_end(void **state)
{
    rua_store_close(store);
    store = NULL;
    rua_entry_maker_free(maker);
    return folder_end(state);
}

/* Reports from `first` on, with two records each. */
static inline void
make_reports(struct made *m, unsigned first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sample sample;
        char id[20];
        sample_fill(&sample);
        snprintf(id, sizeof(id), "r%u", first + (unsigned)i);
        sample.report.field[RUA_REPORT_ID] = rua_span_text(id);
        made_fill(&m[i], maker, &sample, "example.com");
    }
}

static inline void
done_reports(struct made *m, size_t n)
{
    while (n-- > 0)
        made_done(&m[n]);
}

static inline enum rua_verdict
commit_made(struct made *m, size_t n)
{
    struct rua_entry *entries[300];

    for (size_t i = 0; i < n; i++)
        entries[i] = &m[i].entry;
    rua_err_clear(&err);
    return rua_store_commit(store, entries, n, &err);
}

/* Makes and commits them. */
static inline enum rua_verdict
commit_reports(unsigned first, size_t n)
{
    struct made m[300];
    enum rua_verdict v;

    make_reports(m, first, n);
    v = commit_made(m, n);
    done_reports(m, n);
    return v;
}

static inline unsigned
occurrences(const char *text, const char *what)
{
    unsigned n = 0;

    while ((text = strstr(text, what))) {
        n++;
        text += strlen(what);
    }
    return n;
}

/* The store has the first n reports, each of them once, and nothing else. */
static inline void
assert_reports(unsigned n)
{
    char *records = folder_slurp(RECORDS, NULL);
    size_t header = sizeof(RECORDS_HEADER) - 1;

    assert_non_null(records);
    assert_memory_equal(RECORDS_HEADER, records, header);
    for (unsigned i = 0; i < n; i++) {
        char row[40];
        snprintf(row, sizeof(row), "\n\"r%u\",2,1\n", i);
        assert_int_equal(1, occurrences(records, row));
        snprintf(row, sizeof(row), "\n\"r%u\",3,2\n", i);
        assert_int_equal(1, occurrences(records, row));
    }
    free(records);
    assert_int_equal(1 + 2 * n, folder_lines(RECORDS));
    assert_int_equal(1 + n, folder_lines(REPORTS));
    assert_int_equal(n, folder_count("example.com/archive/2023/11"));
    assert_int_equal(3, folder_count("example.com"));
}

/* Keeps a message aside: "bad\n". */
static inline enum rua_verdict
keep_aside(void)
{
    struct rua_spool message;
    const struct rua_aside aside = {.message = &message,
                                    .verdict = RUA_BAD,
                                    .sentence = "broken",
                                    .when = 1763755200};
    enum rua_verdict v;

    sample_spool(&message);
    rua_spool_write(&message, RUA_SPAN("bad\n"), NULL);
    v = rua_store_keep_aside(store, &aside, &err);
    rua_spool_done(&message);
    return v;
}

#endif
