#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"

static void
first_sentence_and_its_verdict_stay(void **state)
{
    struct rua_err err = {0};

    (void)state;
    assert_int_equal(RUA_BAD, rua_err_set(&err, RUA_BAD, "gzip: %s", "torn"));
    assert_int_equal(RUA_LATER, rua_err_set(&err, RUA_LATER, "no report"));
    assert_int_equal(RUA_BAD, err.verdict);
    assert_string_equal("gzip: torn", err.sentence);
}

static void
every_caller_gets_the_verdict_it_gave_even_without_an_err(void **state)
{
    (void)state;
    assert_int_equal(RUA_REFUSED, rua_err_set(NULL, RUA_REFUSED, "no"));
    assert_int_equal(RUA_LATER, rua_err_sys(NULL, "open %s", "x"));
}

static void
failed_call_is_later_and_names_the_text_of_errno(void **state)
{
    struct rua_err err = {0};

    (void)state;
    errno = ENOSPC;
    assert_int_equal(RUA_LATER, rua_err_sys(&err, "write %s", "a/b"));
    assert_int_equal(RUA_LATER, err.verdict);
    assert_string_equal("write a/b: No space left on device", err.sentence);
}

static void
long_sentence_is_cut_and_ends_with_nul(void **state)
{
    struct rua_err err = {0};
    char name[2 * RUA_SENTENCE_MAX];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    errno = EIO;
    rua_err_sys(&err, "%s", name);
    assert_int_equal(RUA_SENTENCE_MAX - 1, strlen(err.sentence));
}

static void
cleared_err_takes_a_new_sentence(void **state)
{
    struct rua_err err = {0};

    (void)state;
    rua_err_set(&err, RUA_BAD, "first");
    rua_err_clear(&err);
    assert_int_equal(RUA_OK, err.verdict);
    rua_err_set(&err, RUA_LATER, "second");
    assert_string_equal("second", err.sentence);
}

static void
worst_verdict_is_the_graver_one(void **state)
{
    (void)state;
    assert_int_equal(RUA_BAD, rua_worst(RUA_BAD, RUA_OK));
    assert_int_equal(RUA_LATER, rua_worst(RUA_REFUSED, RUA_LATER));
    assert_int_equal(RUA_DUPLICATE, rua_worst(RUA_DUPLICATE, RUA_DUPLICATE));
    assert_int_equal(RUA_NOT_REPORT, rua_worst(RUA_DUPLICATE, RUA_NOT_REPORT));
}

static void
every_verdict_has_its_name(void **state)
{
    (void)state;
    assert_string_equal("ok", rua_verdict_name(RUA_OK));
    assert_string_equal("duplicate", rua_verdict_name(RUA_DUPLICATE));
    assert_string_equal("not_report", rua_verdict_name(RUA_NOT_REPORT));
    assert_string_equal("bad", rua_verdict_name(RUA_BAD));
    assert_string_equal("refused", rua_verdict_name(RUA_REFUSED));
    assert_string_equal("later", rua_verdict_name(RUA_LATER));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sentence_and_its_verdict_stay),
        cmocka_unit_test(
            every_caller_gets_the_verdict_it_gave_even_without_an_err),
        cmocka_unit_test(failed_call_is_later_and_names_the_text_of_errno),
        cmocka_unit_test(long_sentence_is_cut_and_ends_with_nul),
        cmocka_unit_test(cleared_err_takes_a_new_sentence),
        cmocka_unit_test(worst_verdict_is_the_graver_one),
        cmocka_unit_test(every_verdict_has_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
