#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crowd.h"

static void
one_more_than_the_most_is_sent_away(void **state)
{
    struct crowd crowd = {.most = 2};
    bool say;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        crowd.n = i;
        assert_int_equal(crowd_is_full(&crowd, 1, &say), i >= 2);
        assert_int_equal(say, i == 2);
    }
}

static void
it_is_said_once_a_minute(void **state)
{
    struct crowd crowd = {.most = 1};
    bool say;

    (void)state;
    crowd.n = 1;
    for (int64_t now = 1000; now < 1180; now++) {
        assert_true(crowd_is_full(&crowd, now, &say));
        assert_int_equal(say, (now - 1000) % 60 == 0);
    }
    crowd.n = 0;
    assert_false(crowd_is_full(&crowd, 1181, &say));
    assert_false(say);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_than_the_most_is_sent_away),
        cmocka_unit_test(it_is_said_once_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
