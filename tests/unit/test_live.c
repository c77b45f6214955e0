#include "live_fixture.h"

enum {
    THREADS = 8,
    MESSAGES = 200,
    REPORTS = 100, /* each comes twice */
};

static unsigned next, by_verdict[RUA_LATER + 1];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* The number of the next message, or MESSAGES. */
static unsigned
next_message(void)
{
    unsigned number;

    pthread_mutex_lock(&mutex);
    number = next < MESSAGES ? next++ : MESSAGES;
    pthread_mutex_unlock(&mutex);
    return number;
}

static void *
take_some(void *ctx)
{
    unsigned number;

    (void)ctx;
    while ((number = next_message()) < MESSAGES) {
        struct rua_spool spool;
        enum rua_verdict v;
        message_of_report(&spool, number % REPORTS);
        v = take_as((struct live_message){.message = &spool}, NULL);
        rua_spool_done(&spool);
        pthread_mutex_lock(&mutex);
        by_verdict[v]++;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void
start_threads(pthread_t *threads)
{
    next = 0;
    memset(by_verdict, 0, sizeof(by_verdict));
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(0, pthread_create(&threads[i], NULL, take_some, NULL));
}

static void
all_are_stored_once(pthread_t *threads)
{
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(by_verdict[RUA_OK], REPORTS);
    assert_int_equal(by_verdict[RUA_DUPLICATE], MESSAGES - REPORTS);
    assert_int_equal(folder_lines("store/example.com/records-2026-01.csv"),
                     1 + REPORTS);
    assert_int_equal(folder_lines("store/example.com/reports-2026-01.csv"),
                     1 + REPORTS);
}

static void
threads_take_each_report_once(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    open_live(0, NULL);
    start_threads(threads);
    all_are_stored_once(threads);
    assert_true(live_is_well(live));
    live_close(live);
}

static void
rules_change_while_messages_are_taken(void **state)
{
    pthread_t threads[THREADS];
    struct rules *old;

    (void)state;
    open_live(3, NULL);
    old = live_rules(live);
    start_threads(threads);
    for (unsigned i = 0; i < 20; i++)
        if (live_reload(live, &err) != RUA_OK)
            fail_msg("%s", err.sentence);
    all_are_stored_once(threads);
    folder_put("allow", "another@example.com *\n");
    assert_int_equal(rules_judge(old, "<dmarc@example.com>", NULL), RULES_RUA);
    assert_int_equal(live_reload(live, &err), RUA_OK);
    assert_int_equal(rules_judge(old, "<dmarc@example.com>", NULL), RULES_RUA);
    rules_drop(old);
    old = live_rules(live);
    assert_int_equal(rules_judge(old, "<dmarc@example.com>", NULL),
                     RULES_OTHER);
    rules_drop(old);
    live_close(live);
}

static void
what_is_fixed_is_not_reloaded(void **state)
{
    char sentence[RUA_SENTENCE_MAX];
    struct rua_spool spool;

    (void)state;
    open_live(1, NULL);
    folder_put("allow", "another@example.com *\n");
    values[4] = "format=tsv";
    assert_int_equal(live_reload(live, &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "format is \"csv\" and cannot become \"tsv\" while "
                        "ruamill runs: start it anew");
    message_of_report(&spool, 1);
    assert_int_equal(
        take_as((struct live_message){.message = &spool}, sentence), RUA_OK);
    assert_string_equal(sentence,
                        "stored 1 record of example.com from example.net");
    rua_spool_done(&spool);
    live_close(live);
}

static void
message_in_a_file_is_read_where_it_is(void **state)
{
    struct rua_spool inner, spool;
    struct rua_scratch scratch = {.fd = -1};
    const struct rua_sink sink = {rua_spool_write, &spool};

    (void)state;
    open_live(1, NULL);
    assert_int_equal(RUA_OK, live_scratch(live, &scratch.fd, NULL));
    assert_int_equal(3, write(scratch.fd, "xyz", 3));
    scratch.top = 3;
    rua_spool_init(&spool, &scratch, 10, 1 << 20, "a test");
    message_of_report(&inner, 7);
    assert_int_equal(RUA_OK, rua_spool_push(&inner, 0, inner.len, &sink, NULL));
    assert_true(spool.fd >= 0);
    assert_int_equal(take_as((struct live_message){.message = &spool}, NULL),
                     RUA_OK);
    assert_int_equal(take_as((struct live_message){.message = &inner}, NULL),
                     RUA_DUPLICATE);
    rua_spool_done(&spool);
    rua_spool_done(&inner);
    close(scratch.fd);
    live_close(live);
}

/* A small one goes to the worker over its socket, a larger one in a file. */
static void
message_of_any_size_is_read(void **state)
{
    static const size_t sizes[] = {WORKER_AT_ONCE - 1, WORKER_AT_ONCE,
                                   WORKER_AT_ONCE + 1, 4 * WORKER_AT_ONCE};
    static unsigned char blanks[4 * WORKER_AT_ONCE];
    const struct live_message plain = {0};

    (void)state;
    memset(blanks, '\n', sizeof(blanks));
    open_live(1, NULL);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct rua_spool spool;
        message_of_report(&spool, i);
        assert_int_equal(
            rua_spool_write(
                &spool, (struct rua_span){blanks, sizes[i] - spool.len}, NULL),
            RUA_OK);
        assert_true(rua_spool_in_memory(&spool));
        assert_int_equal(
            take_as((struct live_message){.message = &spool}, NULL), RUA_OK);
        rua_spool_done(&spool);
    }
    becomes("", plain, RUA_NOT_REPORT, "nothing, no XML");
    live_close(live);
}

#define NO_GZIP                                                                \
    "From: a@example.net\nContent-Type: application/gzip\n"                    \
    "Content-Transfer-Encoding: base64\n\nH4sIADDDDDDD\n"

static void
what_is_kept_aside_is_the_callers_to_say(void **state)
{
    static const char mail[] = "From: a@example.net\n\nHello\n";
    const struct live_message plain = {0}, rejects = {.rejects_bad = true},
                              keeps = {.keeps_mail = true};

    (void)state;
    open_live(1, NULL);
    becomes(mail, plain, RUA_NOT_REPORT, "text, no XML");
    assert_int_equal(aside(), 0);
    becomes(mail, keeps, RUA_NOT_REPORT, "text, no XML");
    assert_int_equal(aside(), 1);
    becomes(NO_GZIP, rejects, RUA_BAD, "gzip: broke off before any data");
    assert_int_equal(aside(), 1);
    becomes(NO_GZIP, plain, RUA_BAD, "gzip: broke off before any data");
    assert_int_equal(aside(), 2);
    live_close(live);
}

static void
message_that_was_cut_is_bad_unread(void **state)
{
    const struct live_message cut = {.cut = true};

    (void)state;
    open_live(1, crash);
    becomes("From: a", cut, RUA_BAD,
            "a message of more than max_message (1048576) bytes");
    assert_int_equal(aside(), 1);
    live_close(live);
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, live_begin, folder_end)
    const struct CMUnitTest tests[] = {
        test(threads_take_each_report_once),
        test(rules_change_while_messages_are_taken),
        test(what_is_fixed_is_not_reloaded),
        test(message_in_a_file_is_read_where_it_is),
        test(message_of_any_size_is_read),
        test(what_is_kept_aside_is_the_callers_to_say),
        test(message_that_was_cut_is_bad_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
