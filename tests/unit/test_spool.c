#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "spool.h"

enum {
    LOTS = 1 << 20,
    PIECE = 64 * 1024,
};

/* A scratch file and a pattern of bytes for each test. */
static struct rua_scratch scratch;
static struct rua_err err;
static unsigned char pattern[LOTS];

static int
begin(void **state)
{
    char path[] = "/tmp/test_spool.XXXXXX";
    enum rua_verdict verdict;
    int folder;

    (void)state;
    memset(&err, 0, sizeof(err));
    scratch.top = 0;
    for (size_t i = 0; i < LOTS; i++)
        pattern[i] = (unsigned char)(i * 7 + (i >> 8));
    if (!mkdtemp(path))
        return -1;
    folder = open(path, O_RDONLY | O_DIRECTORY);
    verdict = rua_file_open_unlinked(folder, &scratch.fd, &err);
    close(folder);
    return verdict == RUA_OK ? rmdir(path) : -1;
}

static int
end(void **state)
{
    (void)state;
    return close(scratch.fd);
}

static enum rua_verdict
add(struct rua_spool *spool, size_t from, size_t n)
{
    return rua_spool_write(spool, (struct rua_span){pattern + from, n}, &err);
}

static void
assert_reads(const struct rua_spool *spool, uint64_t offset, size_t n,
             const unsigned char *expected, size_t expected_n)
{
    static unsigned char got[LOTS];
    size_t got_n;

    assert_int_equal(RUA_OK,
                     rua_spool_read(spool, offset, got, n, &got_n, &err));
    assert_int_equal(expected_n, got_n);
    assert_memory_equal(expected, got, got_n);
}

/* What a sink has been given. */
struct gathered {
    size_t calls, len, largest, stop_at;
    unsigned char bytes[LOTS];
};

static enum rua_verdict
gather(void *ctx, struct rua_span bytes, struct rua_err *e)
{
    struct gathered *gathered = ctx;

    if (++gathered->calls == gathered->stop_at)
        return rua_err_set(e, RUA_BAD, "enough");
    memcpy(gathered->bytes + gathered->len, bytes.data, bytes.len);
    gathered->len += bytes.len;
    if (bytes.len > gathered->largest)
        gathered->largest = bytes.len;
    return RUA_OK;
}

static struct gathered *
push(const struct rua_spool *spool, uint64_t offset, uint64_t len)
{
    static struct gathered gathered;
    struct rua_sink sink = {gather, &gathered};

    memset(&gathered, 0, sizeof(gathered));
    assert_int_equal(RUA_OK, rua_spool_push(spool, offset, len, &sink, &err));
    return &gathered;
}

static void
bytes_that_fit_stay_in_memory(void **state)
{
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &scratch, 100, 1000, "max_message");
    assert_int_equal(RUA_OK, add(&spool, 0, 60));
    assert_int_equal(RUA_OK, add(&spool, 60, 40));
    assert_int_equal(-1, spool.fd);
    assert_int_equal(0, scratch.top);
    assert_reads(&spool, 0, 100, pattern, 100);
    rua_spool_done(&spool);
}

static void
first_byte_over_memory_moves_all_to_the_file(void **state)
{
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &scratch, 100, 1000, "max_message");
    add(&spool, 0, 100);
    assert_int_equal(RUA_OK, add(&spool, 100, 1));
    assert_int_equal(scratch.fd, spool.fd);
    assert_int_equal(101, scratch.top);
    assert_int_equal(101, spool.len);
    assert_reads(&spool, 0, 200, pattern, 101);
    rua_spool_done(&spool);
}

static void
any_pieces_and_any_memory_give_the_same_bytes(void **state)
{
    static const size_t memories[] = {0, 1, 100, 4095, 5000, 10000};

    (void)state;
    for (size_t m = 0; m < sizeof(memories) / sizeof(memories[0]); m++)
        for (size_t piece = 1; piece <= 7; piece++) {
            struct rua_spool spool;
            struct gathered *gathered;
            rua_spool_init(&spool, &scratch, memories[m], 5000, "max_x");
            for (size_t i = 0; i < 5000; i += piece)
                assert_int_equal(
                    RUA_OK,
                    add(&spool, i, 5000 - i < piece ? 5000 - i : piece));
            for (size_t at = 0; at < 5000; at += 333)
                assert_reads(&spool, at, 500, pattern + at,
                             5000 - at < 500 ? 5000 - at : 500);
            gathered = push(&spool, 17, 4000);
            assert_int_equal(4000, gathered->len);
            assert_memory_equal(pattern + 17, gathered->bytes, 4000);
            rua_spool_done(&spool);
            assert_int_equal(0, scratch.top);
        }
}

static void
ceiling_is_bad_and_named_and_changes_nothing(void **state)
{
    static const size_t memories[] = {100, 1000};

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        struct rua_spool spool;
        rua_err_clear(&err);
        rua_spool_init(&spool, &scratch, memories[m], 500, "max_message");
        assert_int_equal(RUA_OK, add(&spool, 0, 499));
        assert_int_equal(RUA_BAD, add(&spool, 499, 2));
        assert_string_equal("more than max_message (500) bytes", err.sentence);
        assert_reads(&spool, 0, 1000, pattern, 499);
        assert_int_equal(RUA_OK, add(&spool, 499, 1));
        assert_int_equal(RUA_BAD, add(&spool, 0, 1));
        rua_spool_done(&spool);
    }
}

static void
without_a_file_what_outgrows_memory_is_later(void **state)
{
    struct rua_scratch none = {.fd = -1};
    struct rua_scratch *scratches[] = {NULL, &none};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rua_spool spool;
        rua_spool_init(&spool, scratches[i], 100, 1000, "max_message");
        assert_int_equal(RUA_OK, add(&spool, 0, 100));
        assert_int_equal(RUA_LATER, add(&spool, 100, 1));
        assert_reads(&spool, 0, 200, pattern, 100);
        rua_spool_done(&spool);
    }
    assert_string_equal("more than 100 bytes in memory and no scratch file",
                        err.sentence);
}

static void
file_that_fails_is_later_and_memory_stays(void **state)
{
    struct rua_scratch readonly = {.fd = open("/dev/null", O_RDONLY)};
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &readonly, 100, 1000, "max_message");
    add(&spool, 0, 100);
    assert_int_equal(RUA_LATER, add(&spool, 100, 1));
    assert_string_equal("write scratch file: Bad file descriptor",
                        err.sentence);
    assert_int_equal(0, readonly.top);
    assert_reads(&spool, 0, 200, pattern, 100);
    rua_spool_done(&spool);
    close(readonly.fd);
}

static void
space_of_the_last_spool_is_given_back(void **state)
{
    struct rua_spool one, two;

    (void)state;
    rua_spool_init(&one, &scratch, 10, 1000, "max_x");
    rua_spool_init(&two, &scratch, 10, 1000, "max_x");
    add(&one, 0, 300);
    add(&two, 300, 200);
    assert_int_equal(500, scratch.top);
    assert_reads(&one, 0, 1000, pattern, 300);
    assert_reads(&two, 0, 1000, pattern + 300, 200);
    rua_spool_done(&two);
    assert_int_equal(300, scratch.top);
    assert_int_equal(RUA_OK, add(&one, 300, 5)); /* the last one again */
    assert_reads(&one, 0, 1000, pattern, 305);
    rua_spool_done(&one);
    assert_int_equal(0, scratch.top);
}

static void
space_before_another_spool_is_kept(void **state)
{
    struct rua_spool one, two;

    (void)state;
    rua_spool_init(&one, &scratch, 10, 1000, "max_x");
    rua_spool_init(&two, &scratch, 10, 1000, "max_x");
    add(&one, 0, 300);
    add(&two, 300, 200);
    rua_spool_done(&one);
    assert_int_equal(500, scratch.top);
    assert_reads(&two, 0, 1000, pattern + 300, 200);
    rua_spool_done(&two);
}

static void
reset_spool_is_empty_and_takes_bytes_again(void **state)
{
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &scratch, 100, 1000, "max_x");
    for (size_t round = 0; round < 3; round++) {
        add(&spool, round, 50 + 100 * round);
        assert_reads(&spool, 0, 1000, pattern + round, 50 + 100 * round);
        rua_spool_reset(&spool);
        assert_int_equal(0, scratch.top);
        assert_reads(&spool, 0, 1000, pattern, 0);
        assert_int_equal(-1, spool.fd);
    }
    rua_spool_done(&spool);
}

static void
done_spool_may_be_done_again(void **state)
{
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &scratch, 10, 100, "max_x");
    add(&spool, 0, 50);
    rua_spool_done(&spool);
    rua_spool_done(&spool);
    assert_int_equal(0, scratch.top);
}

static void
region_of_a_file_is_a_spool(void **state)
{
    struct rua_spool region;

    (void)state;
    rua_file_write(scratch.fd, "x", 0, (struct rua_span){pattern, 1000}, &err);
    rua_spool_open(&region, scratch.fd, 100, 500);
    assert_reads(&region, 0, 1000, pattern + 100, 500);
    assert_reads(&region, 490, 100, pattern + 590, 10);
    assert_reads(&region, 500, 100, pattern, 0);
    assert_reads(&region, UINT64_MAX, 100, pattern, 0);
    assert_int_equal(500, push(&region, 0, 500)->len);
    rua_spool_done(&region);
    assert_true(fcntl(scratch.fd, F_GETFD) >= 0); /* the caller's, and open */
}

static void
file_that_became_shorter_is_later(void **state)
{
    struct gathered *gathered;
    struct rua_spool region;
    unsigned char got[200];
    size_t n = 7;

    (void)state;
    rua_file_write(scratch.fd, "x", 0, (struct rua_span){pattern, 100}, &err);
    rua_spool_open(&region, scratch.fd, 50, 100);
    assert_int_equal(RUA_LATER, rua_spool_read(&region, 0, got, 100, &n, &err));
    assert_int_equal(7, n);
    assert_string_equal("read scratch file: it has become shorter",
                        err.sentence);
    gathered = push(&region, 0, 50);
    assert_int_equal(
        RUA_LATER, rua_spool_push(&region, 0, 51,
                                  &(struct rua_sink){gather, gathered}, &err));
}

static void
memory_is_pushed_in_one_piece_and_a_file_in_several(void **state)
{
    static const size_t memories[] = {LOTS, 0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rua_spool spool;
        struct gathered *gathered;
        rua_spool_init(&spool, &scratch, memories[i], LOTS, "max_x");
        add(&spool, 0, 3 * PIECE + 1);
        gathered = push(&spool, 0, 3 * PIECE + 1);
        assert_int_equal(i ? 4 : 1, gathered->calls);
        assert_int_equal(i ? PIECE : 3 * PIECE + 1, gathered->largest);
        assert_memory_equal(pattern, gathered->bytes, 3 * PIECE + 1);
        rua_spool_done(&spool);
    }
}

static void
verdict_of_the_sink_ends_the_pushing(void **state)
{
    static struct gathered gathered = {.stop_at = 2};
    struct rua_sink sink = {gather, &gathered};
    struct rua_spool spool;

    (void)state;
    rua_spool_init(&spool, &scratch, 0, LOTS, "max_x");
    add(&spool, 0, 4 * PIECE);
    assert_int_equal(RUA_BAD,
                     rua_spool_push(&spool, 0, 4 * PIECE, &sink, &err));
    assert_int_equal(2, gathered.calls);
    assert_string_equal("enough", err.sentence);
    rua_spool_done(&spool);
}

static void
range_beyond_the_end_is_cut(void **state)
{
    static const size_t memories[] = {100, 0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rua_spool spool;
        rua_spool_init(&spool, &scratch, memories[i], 100, "max_x");
        add(&spool, 0, 100);
        assert_int_equal(40, push(&spool, 60, UINT64_MAX)->len);
        assert_int_equal(0, push(&spool, 100, 1)->calls);
        assert_int_equal(0, push(&spool, UINT64_MAX, 1)->calls);
        assert_int_equal(0, push(&spool, 0, 0)->calls);
        rua_spool_done(&spool);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_that_fit_stay_in_memory),
        TEST(first_byte_over_memory_moves_all_to_the_file),
        TEST(any_pieces_and_any_memory_give_the_same_bytes),
        TEST(ceiling_is_bad_and_named_and_changes_nothing),
        TEST(without_a_file_what_outgrows_memory_is_later),
        TEST(file_that_fails_is_later_and_memory_stays),
        TEST(space_of_the_last_spool_is_given_back),
        TEST(space_before_another_spool_is_kept),
        TEST(reset_spool_is_empty_and_takes_bytes_again),
        TEST(done_spool_may_be_done_again),
        TEST(region_of_a_file_is_a_spool),
        TEST(file_that_became_shorter_is_later),
        TEST(memory_is_pushed_in_one_piece_and_a_file_in_several),
        TEST(verdict_of_the_sink_ends_the_pushing),
        TEST(range_beyond_the_end_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
