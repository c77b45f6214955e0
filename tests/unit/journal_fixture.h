/* journal_fixture.h - for unit tests: a journal in a folder of its own, and
 * what it would apply. */
#ifndef JOURNAL_FIXTURE_H
#define JOURNAL_FIXTURE_H

#include "crash_fixture.h"

#include "journal.h"
#include "store_fixture.h"

static struct rua_journal journal;
static int lock = -1;

/* What see() has been given since seen_begin(). */
static char seen_text[1000]; /* the bytes of the operations, with blanks */
static char seen_path[RUA_OP_PATH + 1];
static struct rua_op seen; /* the last one; its pointers are not to be used */
static size_t seen_header, seen_entries, seen_bytes;
static enum rua_verdict seen_verdict; /* what it says */

static inline void
seen_begin(void)
{
    seen_text[0] = '\0';
    seen_entries = seen_bytes = 0;
    seen_verdict = RUA_OK;
}

static inline enum rua_verdict
see_bytes(void *ctx, struct rua_span bytes, struct rua_err *e)
{
    size_t n = strlen(seen_text), room = sizeof(seen_text) - n - 2;

    (void)ctx;
    (void)e;
    seen_bytes += bytes.len;
    room = bytes.len < room ? bytes.len : room;
    memcpy(seen_text + n, bytes.data, room);
    seen_text[n + room] = '\0';
    return RUA_OK;
}

static inline enum rua_verdict
see(void *ctx, const struct rua_op *ops, size_t n, struct rua_err *e)
{
    const struct rua_sink sink = {see_bytes, NULL};

    (void)ctx;
    seen_entries++;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(RUA_OK, rua_op_push(&ops[i], &sink, e));
        seen = ops[i];
        seen_header = ops[i].header.len;
        snprintf(seen_path, sizeof(seen_path), "%s", ops[i].path);
        see_bytes(NULL, RUA_SPAN(" "), e);
        seen_bytes--;
    }
    return seen_verdict;
}

/* As another process. */
static inline void
reopen(void)
{
    rua_journal_close(&journal);
    rua_err_clear(&err);
    assert_int_equal(RUA_OK, rua_journal_open(&journal, folder, lock, &err));
}

static inline bool
load(void)
{
    bool pending = false;

    assert_int_equal(RUA_OK, rua_journal_load(&journal, &pending, &err));
    return pending;
}

/* What another process would apply. */
static inline const char *
recovered(void)
{
    reopen();
    seen_begin();
    if (load())
        assert_int_equal(RUA_OK,
                         rua_journal_recover(&journal, see, NULL, &err));
    return seen_text;
}

static inline void
add_at(const char *path, const char *bytes)
{
    const struct rua_op op = {
        .kind = RUA_OP_FILE, .path = path, .bytes = rua_span_text(bytes)};

    assert_int_equal(RUA_OK, rua_journal_write(&journal, &op, 1, &err));
}

static inline void
add(const char *bytes)
{
    add_at("f", bytes);
}

static inline void
commit(void)
{
    assert_int_equal(RUA_OK, rua_journal_commit(&journal, &err));
}

static inline int
journal_begin(void **state)
{
    crash_reset();
    if (folder_begin(state) || mkdirat(folder, ".spool", 0750))
        return -1;
    lock = openat(folder, ".spool/lock", O_RDWR | O_CREAT, 0640);
    return rua_journal_open(&journal, folder, lock, &err) != RUA_OK;
}

static inline int
journal_end(void **state)
{
    crash_reset();
    rua_journal_close(&journal);
    close(lock);
    return folder_end(state);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, journal_begin, journal_end)

#endif
