/* Whatever is done to a store, in whatever order, it holds what a simple model
 * of it says. RUA_SEED sets the seed, RUA_ROUNDS how many stores are made. */
#include "crash_fixture.h"

#include "reports_fixture.h"

#include <sys/wait.h>

enum {
    ROUNDS = 20,
    OPERATIONS = 100, /* on each store */
    BATCH = 6,
    NUMBERS = OPERATIONS * BATCH + BATCH,
    TABLES = OPERATIONS + 2,
};

static uint32_t seed;

static unsigned
any(unsigned below)
{
    return sample_random(&seed) % below;
}

/* ---- the model ---- */

/* Tables in the order they were begun in, the last of which is the present one,
 * and the reports of each in their order. */
static struct {
    bool has[NUMBERS];
    unsigned n;
    unsigned tables;
    unsigned len[TABLES];
    unsigned reports[TABLES][NUMBERS];
} model;

static void
model_begin(void)
{
    memset(&model, 0, sizeof(model));
    model.tables = 1;
}

/* False for one that is there. */
static bool
model_put(unsigned number, unsigned table)
{
    if (model.has[number])
        return false;
    model.has[number] = true;
    model.n++;
    model.reports[table][model.len[table]++] = number;
    return true;
}

static char *
model_table(unsigned table)
{
    struct rua_buf text;

    rua_buf_init(&text, 1 << 20);
    rua_buf_printf(&text, "%s", RECORDS_HEADER);
    for (unsigned i = 0; i < model.len[table]; i++)
        for (int row = 1; row <= 2; row++)
            rua_buf_printf(&text, "\"r%u\",%d,%d\n", model.reports[table][i],
                           row + 1, row);
    rua_buf_add_byte(&text, '\0');
    return (char *)text.data;
}

/* ---- the store is as the model ---- */

static void
name_table(unsigned table, char ret_name[80])
{
    if (table + 1 == model.tables)
        snprintf(ret_name, 80, "%s", RECORDS);
    else
        snprintf(ret_name, 80, "%s.%u", RECORDS, table);
}

/* A table without rows may be missing; if not, it has its header. */
static void
compare_table(unsigned table)
{
    char name[80];
    char *want = model_table(table), *got;

    name_table(table, name);
    got = folder_slurp(name, NULL);
    if (got || model.len[table])
        assert_string_equal(want, got ? got : "");
    free(want);
    free(got);
}

static void
compare(void)
{
    for (unsigned i = 0; i < model.tables; i++)
        compare_table(i);
    assert_int_equal(model.n, folder_count("example.com/archive/2023/11"));
    assert_int_equal(folder_has(REPORTS) ? model.n + 1 : 0,
                     folder_lines(REPORTS));
    assert_int_equal(0, notices);
}

/* ---- operations ---- */

static unsigned next_number; /* those before it may have been stored */

/* Some that are new, some that came before, some twice in the batch. */
static size_t
choose(unsigned *numbers)
{
    size_t n = 1 + any(BATCH);

    for (size_t i = 0; i < n; i++)
        numbers[i] =
            next_number && any(3) == 0 ? any(next_number) : next_number++;
    return n;
}

static void
make_chosen(struct made *m, const unsigned *numbers, size_t n)
{
    static const enum rua_container containers[] = {
        RUA_CONTAINER_XML, RUA_CONTAINER_XML_GZ, RUA_CONTAINER_ZIP,
        RUA_CONTAINER_BIN};

    for (size_t i = 0; i < n; i++) {
        make_reports(&m[i], numbers[i], 1);
        m[i].entry.container = containers[any(4)];
    }
}

/* Also through another container than the time before. */
static void
put(void)
{
    unsigned numbers[BATCH];
    struct made m[BATCH];
    size_t n = choose(numbers);

    make_chosen(m, numbers, n);
    assert_int_not_equal(RUA_LATER, commit_made(m, n));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(
            model_put(numbers[i], model.tables - 1) ? RUA_OK : RUA_DUPLICATE,
            m[i].entry.verdict);
    done_reports(m, n);
}

/* The machine is started anew, now and then. */
static void
reopen_any(void)
{
    static const char boots[] = {0, 'x', 'y'};

    crash.how = CRASH_NEVER;
    crash.boot = boots[any(3)];
    if (store)
        reopen();
    else
        assert_int_equal(RUA_OK, open_store());
}

static void
checkpoint(void)
{
    assert_int_equal(RUA_OK, rua_store_checkpoint(store, &err));
}

/* logrotate's rename. */
static void
rotate(void)
{
    char name[80];

    if (!folder_has(RECORDS))
        return;
    model.tables++;
    name_table(model.tables - 2, name);
    assert_int_equal(0, renameat(folder, RECORDS, folder, name));
}

static void
wait_for(pid_t child)
{
    int status;

    assert_true(child >= 0);
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 ||
                WEXITSTATUS(status) == CRASH_KILLED);
}

static void
crash_somewhere(void)
{
    crash.how = any(2) ? CRASH_TEAR : CRASH_KILL;
    crash.at = 1 + any(100);
    crash.steps = 0;
}

/* A process that dies on the way. */
static void
commit_and_die(struct made *m, size_t n)
{
    pid_t child;

    crash_somewhere();
    child = fork();
    if (child == 0)
        _exit(commit_made(m, n) == RUA_LATER);
    crash.how = CRASH_NEVER;
    wait_for(child);
}

/* So does the one that comes after it, while it recovers. */
static void
recover_and_die(void)
{
    pid_t child;

    rua_store_close(store);
    store = NULL;
    crash_somewhere();
    child = fork();
    if (child == 0) {
        open_store();
        rua_store_checkpoint(store, &err);
        _exit(0);
    }
    wait_for(child);
}

/* Reports are stored up to the one that the process died at; their rows go to
 * the table that they were meant for, whatever it is called then. */
static void
die(void)
{
    unsigned numbers[BATCH], table = model.tables - 1;
    struct made m[BATCH];
    size_t n = choose(numbers);
    bool ended = false;

    make_chosen(m, numbers, n);
    commit_and_die(m, n);
    if (any(3) == 0)
        rotate();
    if (any(2) == 0)
        recover_and_die();
    reopen_any();
    checkpoint();
    for (size_t i = 0; i < n; i++) {
        bool has = false;
        assert_int_equal(RUA_OK, rua_store_has(store, &m[i].entry, &has, &err));
        assert_false(has && ended && !model.has[numbers[i]]);
        ended = ended || !has;
        if (has)
            model_put(numbers[i], table);
        else
            assert_false(model.has[numbers[i]]);
    }
    done_reports(m, n);
}

/* A table that was cut under us: what is in it is no matter of ours; nothing
 * fails, and rows that go elsewhere are told of. One that is cut in its header
 * has another header, and is no table of ours. */
static void
cut(void)
{
    unsigned numbers[BATCH];
    struct made m[BATCH];
    size_t n = choose(numbers);
    struct stat st;

    make_chosen(m, numbers, n);
    commit_and_die(m, n);
    if (fstatat(folder, RECORDS, &st, 0) == 0 && st.st_size > 0) {
        unsigned to = any((unsigned)st.st_size);
        char path[200];
        snprintf(path, sizeof(path), "%s/%s", folder_path, RECORDS);
        assert_int_equal(0,
                         truncate(path, to < strlen(RECORDS_HEADER) ? 0 : to));
    }
    reopen_any();
    assert_int_not_equal(RUA_LATER, commit_made(m, n));
    assert_int_equal(RUA_DUPLICATE, commit_made(m, n));
    if (folder_has("example.com/records-2023-11.2.csv"))
        assert_true(notices > 0);
    done_reports(m, n);
}

static void
operate(void)
{
    static void (*const operations[])(void) = {
        put, put, put, put, die, die, reopen_any, checkpoint, rotate};

    operations[any(sizeof(operations) / sizeof(*operations))]();
}

static unsigned
setting(const char *name, unsigned otherwise)
{
    const char *value = getenv(name);

    return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static void
store_is_as_its_model(void **state)
{
    unsigned rounds = setting("RUA_ROUNDS", ROUNDS);

    seed = setting("RUA_SEED", (unsigned)getpid() * 2654435761U | 1);
    print_message("RUA_SEED=%u\n", seed);
    for (unsigned round = 0; round < rounds; round++) {
        assert_int_equal(0, reports_begin(state));
        model_begin();
        next_number = 0;
        for (unsigned i = 0; i < OPERATIONS; i++) {
            operate();
            compare();
        }
        cut();
        assert_int_equal(0, reports_end(state));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_is_as_its_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
