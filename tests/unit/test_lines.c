#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lines.h"

static void
load(struct rua_spool *spool, const char *text)
{
    rua_spool_init(spool, NULL, 1 << 20, 1 << 20, "test");
    assert_int_equal(rua_spool_write(spool, rua_span_text(text), NULL), RUA_OK);
}

static void
gives(const char *text, const char *expected)
{
    struct rua_spool message, mended;

    load(&message, text);
    assert_int_equal(rua_lines_mend(&message, NULL, 1 << 20, &mended, NULL),
                     RUA_OK);
    assert_int_equal(mended.len, strlen(expected));
    assert_memory_equal(mended.memory.data, expected, strlen(expected));
    rua_spool_done(&mended);
    rua_spool_done(&message);
}

static void
bare_cr_becomes_lf_and_crlf_stays(void **state)
{
    (void)state;
    gives("a\rb\r\rc", "a\nb\n\nc");
    gives("a\r\nb\r", "a\r\nb\n");
    gives("\r\r\n", "\n\r\n");
    gives("", "");
}

static void
message_longer_than_a_piece_is_mended_the_same(void **state)
{
    size_t size = 3 * 4096 + 7;
    char *text = malloc(size + 1), *expected = malloc(size + 1);

    (void)state;
    for (size_t i = 0; i < size; i++) {
        text[i] = i % 3 == 1 ? '\r' : 'x';
        expected[i] = i % 3 == 1 ? '\n' : 'x';
    }
    text[size] = expected[size] = '\0';
    gives(text, expected);
    free(text);
    free(expected);
}

static void
only_a_message_without_any_lf_is_bare(void **state)
{
    struct rua_spool message;

    (void)state;
    load(&message, "a: b\r\rtext\r");
    assert_true(rua_lines_are_bare(&message));
    rua_spool_done(&message);
    load(&message, "a: b\r\n\r\rtext\r");
    assert_false(rua_lines_are_bare(&message));
    rua_spool_done(&message);
    load(&message, "no line end");
    assert_false(rua_lines_are_bare(&message));
    rua_spool_done(&message);
}

static void
ceiling_is_named(void **state)
{
    struct rua_spool message, mended;
    struct rua_err err = {0};

    (void)state;
    load(&message, "a\rb\rc\r");
    assert_int_equal(rua_lines_mend(&message, NULL, 5, &mended, &err), RUA_BAD);
    assert_non_null(strstr(err.sentence, "max_message"));
    rua_spool_done(&mended);
    rua_spool_done(&message);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_cr_becomes_lf_and_crlf_stays),
        cmocka_unit_test(message_longer_than_a_piece_is_mended_the_same),
        cmocka_unit_test(only_a_message_without_any_lf_is_bare),
        cmocka_unit_test(ceiling_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
