#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "url.h"

static void
check(const char *url, const char *wrong)
{
    const char *found = conf_url_wrong(url, strlen(url));

    if (wrong)
        assert_string_equal(found, wrong);
    else
        assert_null(found);
}

static void
good(void **state)
{
    static const char *const urls[] = {
        "http://h",          "https://h/",         "https://h:1/x?y=:z",
        "http://h:65535",    "http://h:",          "http://[::1]",
        "http://[::1]:8123", "https://user@h:1/a", "http://h?x@:y",
        "http://192.0.2.1#x"};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        check(urls[i], NULL);
}

static void
bad(void **state)
{
    (void)state;
    check("", "has no \"://\"");
    check("http:/h", "has no \"://\"");
    check("http://", "has no host");
    check("http:///x", "has no host");
    check("http://?x", "has no host");
    check("http://:80", "has no host");
    check("http://user@:80/", "has no host");
    check("http://h:65536", "has a port above 65535");
    check("http://h:99999999999999999999999", "has a port above 65535");
    check("http://h:8o", "has a port that is no number");
    check("http://::1", "has no host");
    check("http://[::1", "has a [ without a ]");
    check("http://[::1]8", "has no host that could be one");
    check("http://[::1]:x", "has a port that is no number");
}

/* Nothing behind it is looked at. */
static void
bounded(void **state)
{
    (void)state;
    assert_string_equal(conf_url_wrong("http://x", 7), "has no host");
    assert_null(conf_url_wrong("http://h:1x", 10));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
