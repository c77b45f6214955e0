#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "choice.h"

static void
names_become_those_of_folders(void **state)
{
    static const struct {
        const char *text, *name;
        bool is_domain;
    } cases[] = {
        {"Example.COM",             "example.com",             true },
        {".Example.com",            ".example.com",            true },
        {"m\xc3\xbcnchen.example",  "xn--mnchen-3ya.example",  true },
        {".m\xc3\xbcnchen.example", ".xn--mnchen-3ya.example", true },
        {"_invalid",                "_invalid",                true },
        {"../..",                   "../..",                   false},
        {".",                       ".",                       false},
        {"",                        "",                        false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char name[CHOICE_SIZE];
        assert_int_equal(cases[i].is_domain, choice_read(cases[i].text, name));
        assert_string_equal(cases[i].name, name);
    }
}

static void
a_dot_is_for_all_below(void **state)
{
    static const char *const wanted[] = {"example.com", ".example.org"};

    (void)state;
    assert_true(choice_has(wanted, 2, "example.com"));
    assert_false(choice_has(wanted, 2, "mail.example.com"));
    assert_true(choice_has(wanted, 2, "example.org"));
    assert_true(choice_has(wanted, 2, "a.b.example.org"));
    assert_false(choice_has(wanted, 2, "anexample.org"));
    assert_false(choice_has(wanted, 1, "example.org"));
    assert_true(choice_has(wanted, 0, "example.net"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_those_of_folders),
        cmocka_unit_test(a_dot_is_for_all_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
