#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "names.h"

static void
name_counts_once(void **state)
{
    struct rua_names names;

    (void)state;
    rua_names_init(&names, 8);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(rua_names_add(&names, "abc"));
        assert_true(rua_names_add(&names, "ABC"));
    }
    assert_int_equal(names.n, 2);
    assert_false(rua_names_add(&names, "d"));
    assert_true(rua_names_add(&names, "abc"));
    rua_names_done(&names);
}

static void
name_that_does_not_fit_changes_nothing(void **state)
{
    struct rua_names names;

    (void)state;
    rua_names_init(&names, 8);
    assert_true(rua_names_add(&names, "abcd"));
    assert_false(rua_names_add(&names, "abc"));
    assert_true(rua_names_add(&names, "ab"));
    assert_false(rua_names_add(&names, ""));
    assert_int_equal(names.n, 2);
    rua_names_done(&names);
}

static void
many_are_all_known_and_all_forgotten(void **state)
{
    enum {
        MANY = 5000
    };
    struct rua_names names;
    char name[16];

    (void)state;
    rua_names_init(&names, 1 << 20);
    for (unsigned round = 0; round < 3; round++) {
        rua_names_begin(&names);
        for (unsigned i = 0; i < 2 * MANY; i++) {
            snprintf(name, sizeof(name), "name%u", i % MANY);
            assert_true(rua_names_add(&names, name));
        }
        assert_int_equal(names.n, MANY);
        assert_true(names.mask >= 2 * MANY - 1);
    }
    rua_names_done(&names);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_counts_once),
        cmocka_unit_test(name_that_does_not_fit_changes_nothing),
        cmocka_unit_test(many_are_all_known_and_all_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
