#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spool.h"

static enum rua_verdict
count(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    size_t *lens = ctx;

    (void)err;
    lens[0]++;
    lens[1] += bytes.len;
    return RUA_OK;
}

static void
bytes_in_memory_are_a_spool(void **state)
{
    unsigned char *bytes = rua_alloc(1000), got[1000];
    size_t lens[2] = {0}, n = 0;
    const struct rua_sink sink = {count, lens};
    struct rua_spool spool;

    (void)state;
    memset(bytes, 'a', 1000);
    bytes[999] = 'z';
    rua_spool_take(&spool, bytes, 1000);
    assert_true(rua_spool_in_memory(&spool));
    assert_int_equal(spool.len, 1000);
    assert_int_equal(rua_spool_read(&spool, 900, got, 1000, &n, NULL), RUA_OK);
    assert_int_equal(n, 100);
    assert_memory_equal(got, bytes + 900, 100);
    assert_int_equal(rua_spool_push(&spool, 1, 2000, &sink, NULL), RUA_OK);
    assert_int_equal(lens[0], 1);
    assert_int_equal(lens[1], 999);
    rua_spool_done(&spool);
    assert_int_equal(spool.len, 0);
    rua_spool_done(&spool);
}

static void
spool_of_a_file_is_not_in_memory(void **state)
{
    struct rua_spool spool;

    (void)state;
    rua_spool_open(&spool, 0, 0, 10);
    assert_false(rua_spool_in_memory(&spool));
    rua_spool_done(&spool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_in_memory_are_a_spool),
        cmocka_unit_test(spool_of_a_file_is_not_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
