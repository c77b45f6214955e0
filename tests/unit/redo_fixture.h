/* redo_fixture.h - for unit tests: a folder in which operations are done. */
#ifndef REDO_FIXTURE_H
#define REDO_FIXTURE_H

#include "crash_fixture.h"

#include "redo.h"
#include "store_fixture.h"

#define HEADER "a,b\n"
#define TABLE  "d/t-2026.csv"

static struct rua_redo redo;
static int lock;
static char notice[1000];
static unsigned notices;

static inline void
say(void *ctx, const char *sentence)
{
    (void)ctx;
    notices++;
    snprintf(notice, sizeof(notice), "%s", sentence);
}

static inline int
begin(void **state)
{
    const struct rua_notice to = {say, NULL};

    crash_reset();
    notices = 0;
    if (folder_begin(state) || mkdirat(folder, ".spool", 0750) ||
        mkdirat(folder, "d", 0750))
        return -1;
    lock = openat(folder, "lock", O_RDWR | O_CREAT, 0640);
    if (lock < 0)
        return -1;
    rua_redo_init(&redo, folder, lock, 0, &to);
    return 0;
}

static inline int
end(void **state)
{
    rua_redo_end(&redo);
    close(lock);
    return folder_end(state);
}

static inline uint64_t
inode_of(const char *name)
{
    struct stat st;

    assert_int_equal(0, fstatat(folder, name, &st, 0));
    return st.st_ino;
}

static inline struct rua_op
rows(uint64_t inode, uint64_t offset, const char *text)
{
    return (struct rua_op){.kind = RUA_OP_ROWS,
                           .path = TABLE,
                           .inode = inode,
                           .offset = offset,
                           .header = RUA_SPAN(HEADER),
                           .bytes = rua_span_text(text)};
}

static inline void
put(struct rua_op op)
{
    const struct rua_op ops[] = {
        op,
        {.kind = RUA_OP_FILE, .path = "d/key.xml", .bytes = RUA_SPAN("<x/>")},
    };

    assert_int_equal(RUA_OK, rua_redo_entry(&redo, ops, 2, true, &err));
}

/* The end of a batch: before that, the lease of a table keeps us from opening
 * it. */
static inline void
assert_table(const char *name, const char *want)
{
    rua_redo_end(&redo);
    assert_file(name, want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
