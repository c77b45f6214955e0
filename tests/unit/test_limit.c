#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "limit.h"

static void
unpacking_up_to_the_ceilings_is_allowed(void **state)
{
    struct rua_limits limits = {.max_document = 10, .max_unpacked = 15};
    struct rua_budget budget = {.limits = &limits};
    struct rua_err err = {0};

    (void)state;
    assert_int_equal(RUA_OK, rua_budget_spend(&budget, 10, &err));
    budget.document = 0;
    assert_int_equal(RUA_OK, rua_budget_spend(&budget, 5, &err));
    assert_string_equal("", err.sentence);
}

static void
one_byte_over_a_ceiling_is_bad_and_names_it(void **state)
{
    static const struct {
        struct rua_limits limits;
        const char *name;
    } cases[] = {
        {{.max_document = 10, .max_unpacked = 100}, "max_document (10)"},
        {{.max_document = 100, .max_unpacked = 10}, "max_unpacked (10)"},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rua_budget budget = {.limits = &cases[i].limits};
        struct rua_err err = {0};
        assert_int_equal(RUA_OK, rua_budget_spend(&budget, 10, &err));
        assert_int_equal(RUA_BAD, rua_budget_spend(&budget, 1, &err));
        assert_non_null(strstr(err.sentence, cases[i].name));
    }
}

static void
every_default_is_set_and_they_fit_each_other(void **state)
{
    const struct rua_limits *limits = &rua_limits_default;

    (void)state;
#define IS_SET(name, value, unit, help) assert_true(limits->name > 0);
    RUA_LIMITS(IS_SET)
#undef IS_SET
    assert_true(limits->max_document <= limits->max_unpacked);
    assert_true(limits->max_header <= limits->max_message);
    assert_true(limits->max_value <= limits->max_tag);
    assert_true(limits->max_idle < limits->max_document);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacking_up_to_the_ceilings_is_allowed),
        cmocka_unit_test(one_byte_over_a_ceiling_is_bad_and_names_it),
        cmocka_unit_test(every_default_is_set_and_they_fit_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
