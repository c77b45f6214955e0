/* Results of a worker that was taken over: cut, changed, with lengths that lie.
 */
#include "frames.h"

static void
result_that_breaks_off_is_broken(void **state)
{
    struct rua_spool whole;
    struct sample s;

    (void)state;
    sample_fill(&s);
    sample_result(&s, &whole);
    for (size_t n = 0; n < whole.len; n++) {
        rua_spool_reset(&spool);
        rua_spool_write(&spool, (struct rua_span){whole.memory.data, n}, NULL);
        assert_broken("breaks off");
    }
    rua_spool_done(&whole);
}

static void
changed_bytes_are_survived(void **state)
{
    struct rua_spool whole;
    struct sample s;
    uint32_t seed = 5;

    (void)state;
    sample_fill(&s);
    sample_result(&s, &whole);
    rua_spool_write(&spool, rua_buf_span(&whole.memory), NULL);
    for (size_t at = 0; at < whole.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            enum rua_verdict v;
            spool.memory.data[at] ^= (unsigned char)(1 << bit);
            v = read_all();
            assert_true(v == RUA_OK || v == RUA_BAD);
            spool.memory.data[at] ^= (unsigned char)(1 << bit);
        }
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(spool.memory.data, whole.memory.data, whole.len);
        for (unsigned k = 0; k < 5; k++) {
            uint32_t at = sample_random(&seed) % (uint32_t)whole.len;
            spool.memory.data[at] = (unsigned char)sample_random(&seed);
        }
        read_all();
    }
    rua_spool_done(&whole);
}

static void
unknown_frame_is_broken(void **state)
{
    static const uint64_t types[] = {
        0,         9, 255, 0x101, UINT64_C(0x100000002), UINT64_C(0x100000007),
        UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        rua_spool_reset(&spool);
        put_frame(types[i], RUA_SPAN("\0\0"));
        put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
        assert_broken("has a frame of an unknown kind");
    }
}

static void
length_over_the_end_is_broken(void **state)
{
    static const uint64_t lengths[] = {23, UINT32_MAX, INT64_MAX,
                                       UINT64_MAX - 16, UINT64_MAX};

    (void)state;
    for (uint64_t type = 0; type < 9; type++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
            rua_spool_reset(&spool);
            put_head(type, lengths[i]);
            rua_spool_write(&spool, RUA_SPAN("22 bytes, but not more"), NULL);
            assert_broken("breaks off");
        }
}

/* Nobody reserves memory for what a stranger claims. */
static void
frame_that_is_too_long_is_broken(void **state)
{
    struct rua_span big = {rua_alloc(RUA_FRAME_LONGEST + 1),
                           RUA_FRAME_LONGEST + 1};

    (void)state;
    memset((void *)(uintptr_t)big.data, 0, big.len);
    put_frame(RUA_FRAME_DOCUMENT, big);
    put_frame(RUA_FRAME_END, RUA_SPAN("\0\0"));
    assert_broken("has a frame that is too long");
    rua_spool_reset(&spool);
    put_frame(RUA_FRAME_RECORDS, big);
    put_report("");
    put_part_and_end();
    assert_broken("has a broken frame of records");
    free((void *)(uintptr_t)big.data);
}

static void
records_that_do_not_parse_are_broken(void **state)
{
    static const struct rua_span bodies[] = {
        {(const unsigned char *)"x",                                  1 },
        {(const unsigned char *)"\0\0\0\0\0\0\0",                     7 },
        {(const unsigned char *)"\xff\xff\xff\xff\0\0\0\0",           8 },
        {(const unsigned char *)"\1\0\0\0\0\0\0\0",                   8 },
        {(const unsigned char *)"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",     15},
        {(const unsigned char *)"\5\0\0\0\0\0\0\0\0\0\0\0\0",         13},
        {(const unsigned char *)"\5\0\0\0\0\0\0\0\1\xff\xff\xff\xff", 13},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        rua_spool_reset(&spool);
        put_frame(RUA_FRAME_RECORDS, bodies[i]);
        put_report("example.com");
        put_part_and_end();
        assert_broken("has a broken record");
    }
}

/* All lengths below a record's head: the key is made before records are read,
 * and must stop as well. */
static void
short_records_give_no_key(void **state)
{
    (void)state;
    for (size_t n = 1; n < RUA_CANON_RECORD_HEAD; n++) {
        char key[RUA_DIGEST_SIZE];
        rua_spool_reset(&spool);
        put_frame(
            RUA_FRAME_RECORDS,
            (struct rua_span){(const unsigned char *)"\0\0\0\0\0\0\0", n});
        put_report("example.com");
        put_part_and_end();
        assert_int_equal(RUA_OK,
                         rua_result_read(&spool, &arena, &result, NULL));
        assert_int_equal(RUA_BAD,
                         rua_result_key(&spool, &result.reports[0], key, &err));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(result_that_breaks_off_is_broken),
        TEST(changed_bytes_are_survived),
        TEST(unknown_frame_is_broken),
        TEST(length_over_the_end_is_broken),
        TEST(frame_that_is_too_long_is_broken),
        TEST(records_that_do_not_parse_are_broken),
        TEST(short_records_give_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
