#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host.h"

static void
host_has_one_name_which_is_full_if_the_kernel_has_it(void **state)
{
    char kernel[256] = "";
    char *name = host_name();

    (void)state;
    assert_int_equal(gethostname(kernel, sizeof(kernel) - 1), 0);
    assert_true(strlen(name) > 0);
    assert_int_equal(strcspn(name, " \t\r\n"), strlen(name));
    if (strchr(kernel, '.'))
        assert_string_equal(name, kernel);
    free(name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_has_one_name_which_is_full_if_the_kernel_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
