#include "auth_fixture.h"

static void
text_is_short_and_keeps_its_words(void **state)
{
    char label[63], domain[RUA_DOMAIN_SIZE], field[1000], text[RUA_AUTH_SIZE];
    struct rua_auth auth;

    (void)state;
    memset(label, 'a', sizeof(label));
    snprintf(domain, sizeof(domain), "%.63s.%.63s.%.63s.aa", label, label,
             label);
    snprintf(field, sizeof(field),
             "mx.example.com; dmarc=pass header.from=%s; dkim=pass "
             "header.d=%s; spf=permerror smtp.mailfrom=e.example",
             domain, domain);
    rua_auth_begin(&auth, "mx.example.com");
    rua_auth_field(&auth, "Authentication-Results", field);
    rua_auth_end(&auth, text);
    snprintf(field, sizeof(field),
             "dmarc=pass header.from=%s dkim=pass spf=permerror", domain);
    assert_string_equal(text, field);
    assert_true(rua_auth_is_text(text));
}

static void
only_the_canonical_text_is_one(void **state)
{
    static const char *const good[] = {
        "dmarc=pass",
        "spf=softfail",
        "dkim=none header.i=example.net",
        "dmarc=fail dkim=pass header.d=a spf=pass smtp.helo=b.c",
    };
    static const char *const bad[] = {
        "",
        " ",
        "dmarc",
        "dmarc=",
        "dmarc=pass ",
        " dmarc=pass",
        "dmarc=pass  dkim=pass",
        "dmarc=Pass",
        "DMARC=pass",
        "dmarc=softfail",
        "arc=pass",
        "dkim=pass dmarc=pass",
        "dmarc=pass dmarc=pass",
        "header.d=example.net",
        "dmarc=pass header.d=example.net",
        "dkim=pass header.d=",
        "dkim=pass header.d=A",
        "dkim=pass header.d=a.",
        "dkim=pass header.d=a/b",
        "dkim=pass header.d=a header.d=a",
        "dkim=pass header.d=a header.i=b",
        "dkim=pass header.d=a\nspf=pass",
        "dkim=pass =a",
        "dkim=pass header.d=\xc3\xbc",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!rua_auth_is_text(good[i]))
            fail_msg("\"%s\" is none", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (rua_auth_is_text(bad[i]))
            fail_msg("\"%s\" is one", bad[i]);
}

static void
pass_is_that_of_its_method(void **state)
{
    (void)state;
    assert_true(rua_auth_passed("dmarc=pass dkim=fail", RUA_AUTH_DMARC));
    assert_false(rua_auth_passed("dmarc=pass dkim=fail", RUA_AUTH_DKIM));
    assert_false(rua_auth_passed("dmarc=pass dkim=fail", RUA_AUTH_SPF));
    assert_true(rua_auth_passed("dkim=pass header.d=a.b", RUA_AUTH_DKIM));
    assert_false(rua_auth_passed("dkim=pass x", RUA_AUTH_DKIM));
    assert_false(rua_auth_passed("", RUA_AUTH_DKIM));
    assert_false(rua_auth_passed(NULL, RUA_AUTH_DKIM));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_short_and_keeps_its_words),
        cmocka_unit_test(only_the_canonical_text_is_one),
        cmocka_unit_test(pass_is_that_of_its_method),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
