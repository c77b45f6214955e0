#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "near.h"

static const char *
nearest(const char *word)
{
    static const char long_name[] = "a-name-of-more-bytes-than-near.h-says-"
                                    "that-a-name-may-have-at-the-most";
    static const char *const names[] = {"color", "domain", "older-than",
                                        long_name, "status"};
    struct near near;

    near_begin(&near, word);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        near_try(&near, names[i]);
    return near.name ? near.name : "";
}

static void
a_name_that_is_spelt_wrong_is_found(void **state)
{
    (void)state;
    assert_string_equal("color", nearest("colour"));
    assert_string_equal("older-than", nearest("Older-Then"));
    assert_string_equal("status", nearest("status"));
    assert_string_equal("domain", nearest("domian"));
}

static void
what_is_like_none_has_none(void **state)
{
    char word[300] = "";

    (void)state;
    assert_string_equal("", nearest("nonsense"));
    assert_string_equal("", nearest("x"));
    assert_string_equal("", nearest(""));
    memset(word, 'x', sizeof(word) - 1);
    nearest(word);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_spelt_wrong_is_found),
        cmocka_unit_test(what_is_like_none_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
