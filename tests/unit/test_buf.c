#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void
bytes_up_to_the_ceiling_are_taken_in_any_pieces(void **state)
{
    enum {
        MAX = 5000
    };

    (void)state;
    for (size_t piece = 1; piece <= 7; piece++) {
        struct rua_buf buf;
        rua_buf_init(&buf, MAX);
        for (size_t i = 0; i < MAX; i += piece) {
            char bytes[7];
            size_t n = MAX - i < piece ? MAX - i : piece;
            for (size_t j = 0; j < n; j++)
                bytes[j] = (char)(i + j);
            assert_true(rua_buf_add(&buf, bytes, n));
        }
        assert_int_equal(MAX, buf.len);
        for (size_t i = 0; i < MAX; i++)
            assert_int_equal((unsigned char)i, buf.data[i]);
        assert_false(rua_buf_add_byte(&buf, 'x'));
        assert_true(buf.cap <= MAX);
        rua_buf_done(&buf);
    }
}

static void
what_is_over_the_ceiling_changes_nothing(void **state)
{
    struct rua_buf buf;

    (void)state;
    rua_buf_init(&buf, 4);
    assert_true(rua_buf_add_span(&buf, RUA_SPAN("abc")));
    assert_false(rua_buf_add_span(&buf, RUA_SPAN("de")));
    assert_null(rua_buf_room(&buf, SIZE_MAX));
    assert_int_equal(3, buf.len);
    assert_memory_equal("abc", buf.data, 3);
    assert_true(rua_buf_add_byte(&buf, 'd'));
    rua_buf_done(&buf);
}

static void
empty_value_is_a_buffer_with_ceiling_zero(void **state)
{
    struct rua_buf buf = {0};

    (void)state;
    assert_false(rua_buf_add_byte(&buf, 'x'));
    assert_int_equal(0, rua_buf_span(&buf).len);
    rua_buf_done(&buf);
}

static void
initialised_buffer_is_present_and_empty(void **state)
{
    struct rua_buf buf;

    (void)state;
    rua_buf_init(&buf, 0);
    assert_non_null(rua_buf_span(&buf).data);
    assert_int_equal(0, rua_buf_span(&buf).len);
    rua_buf_done(&buf);
}

static void
reset_buffer_is_empty_and_keeps_its_memory(void **state)
{
    struct rua_buf buf;
    size_t cap;

    (void)state;
    rua_buf_init(&buf, 10000);
    assert_non_null(rua_buf_room(&buf, 5000));
    cap = buf.cap;
    buf.len += 5000;
    rua_buf_reset(&buf);
    assert_int_equal(0, buf.len);
    assert_int_equal(cap, buf.cap);
    rua_buf_done(&buf);
}

static void
formatted_text_is_appended_without_its_nul(void **state)
{
    struct rua_buf buf;

    (void)state;
    rua_buf_init(&buf, 1000);
    assert_true(rua_buf_printf(&buf, "%d-%s", 7, "x"));
    assert_true(rua_buf_printf(&buf, "%400d", 1));
    assert_int_equal(403, buf.len);
    assert_memory_equal("7-x  ", buf.data, 5);
    assert_false(rua_buf_printf(&buf, "%600d", 1));
    assert_int_equal(403, buf.len);
    rua_buf_done(&buf);
}

static void
allocation_of_nothing_is_a_pointer(void **state)
{
    void *memory = rua_alloc(0);

    (void)state;
    assert_non_null(memory);
    memory = rua_realloc(memory, 10);
    memset(memory, 1, 10);
    rua_buf_done(&(struct rua_buf){.data = memory});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_up_to_the_ceiling_are_taken_in_any_pieces),
        cmocka_unit_test(what_is_over_the_ceiling_changes_nothing),
        cmocka_unit_test(empty_value_is_a_buffer_with_ceiling_zero),
        cmocka_unit_test(initialised_buffer_is_present_and_empty),
        cmocka_unit_test(reset_buffer_is_empty_and_keeps_its_memory),
        cmocka_unit_test(formatted_text_is_appended_without_its_nul),
        cmocka_unit_test(allocation_of_nothing_is_a_pointer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
