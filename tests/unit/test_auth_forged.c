/* Fields that are not ours, though they say so. */
#include "auth_fixture.h"

static void
field_of_another_name_says_nothing(void **state)
{
    static const char *const fields[] = {
        "mx.example.net; dmarc=pass",
        "mx.example.com.example.net; dmarc=pass",
        "mx.example.co; dmarc=pass",
        "x.mx.example.com; dmarc=pass",
        "mx.example.com@example.net; dmarc=pass",
        "example.com; dmarc=pass",
        "(mx.example.com) example.net; dmarc=pass",
        "(mx.example.com); dmarc=pass",
        "\"mx.example.com \"; dmarc=pass",
        "\"\"; dmarc=pass",
        "; dmarc=pass",
        "",
        "dmarc=pass",
        "spf=pass (sender is 192.0.2.1); dmarc=pass",
        "mx.example.com(; dmarc=pass",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_says(fields[i], "");
}

static void
uppermost_field_of_a_method_counts(void **state)
{
    static const char *const two[FIELDS] = {
        "mx.example.com; dkim=fail header.d=example.net",
        "mx.example.com; dmarc=pass header.from=example.net; dkim=pass",
    };
    static const char *const names[FIELDS] = {
        "dmarc.example.com; dmarc=pass",
        "mx.example.net; dkim=pass",
        "MX.example.com; spf=pass",
    };
    static const char *const broken[FIELDS] = {
        "mx.example.net; x",
        "mx.example.com; dkim=fail",
        "mx.example.com; spf=pass; x",
        "mx.example.com; dmarc=pass",
    };

    static const char *const unknown[FIELDS] = {
        "(mx.example.com; dkim=fail",
        "mx.example.com; dkim=pass",
    };

    (void)state;
    assert_string_equal(
        read_header("mx.example.com", two),
        "dmarc=pass header.from=example.net dkim=fail header.d=example.net");
    assert_string_equal(
        read_header("  mx.example.com\tdmarc.EXAMPLE.com ", names),
        "dmarc=pass spf=pass");
    assert_string_equal(read_header("mx.example.com", broken), "dkim=fail");
    assert_string_equal(read_header("mx.example.com", unknown), "");
    assert_string_equal(read_header("example.com", two), "");
    assert_string_equal(read_header("", two), "");
    assert_string_equal(read_header(" ", two), "");
    assert_string_equal(read_header(NULL, two), "");
}

static void
nothing_below_a_foreign_hop_counts(void **state)
{
    static const struct {
        const char *fields[FIELDS];
        const char *text;
    } cases[] = {
        {{"from x.example (x.example [192.0.2.1])\r\n\tby mx.example.com "
          "(Postfix) with ESMTPS id 4cX\r\n\tfor <a@example.com>; Sat, 21 Nov "
          "2026 10:00:00 +0000",
          "mx.example.com; dkim=pass", "from y.example by z.example; Sat",
          "mx.example.com; dmarc=pass"},
         "dkim=pass"           },
        {{"by MX2.example.com id 1", "mx.example.com; dkim=pass",
          "by mx.example.com with LMTP", "mx2.example.com; dmarc=pass"},
         "dmarc=pass dkim=pass"},
        {{"from z.example by z.example", "mx.example.com; dmarc=pass",
          "by mx.example.com", "mx.example.com; dkim=pass"},
         ""                    },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(
            read_header("mx.example.com mx2.example.com", cases[i].fields),
            cases[i].text);
}

static void
assert_hop(const char *received, bool own)
{
    const char *const fields[FIELDS] = {received, "mx.example.com; dmarc=pass"};

    if ((*read_header("mx.example.com", fields) != '\0') != own)
        fail_msg("\"%s\" is %s hop", received, own ? "our" : "another's");
}

static void
hop_is_ours_by_its_by(void **state)
{
    (void)state;
    assert_hop("by mx.example.com", true);
    assert_hop("by (x) \"mx.example.com\" (y); Sat", true);
    assert_hop("from (mx) (y (z)) by mx.example.com", false);
    assert_hop("from a.example (by b.example) BY mx.example.com;", true);
    assert_hop("from by by mx.example.com with SMTP", true);
    assert_hop("from by mx.example.com by z.example with SMTP", false);
    assert_hop("from mx.example.com by z.example", false);
    assert_hop("from [192.0.2.1] by z.example for <by@example.com> by "
               "mx.example.com",
               false);
    assert_hop("from x (by mx.example.com) with SMTP", false);
    assert_hop("from x; by mx.example.com", false);
    assert_hop("from x (by mx.example.com", false);
    assert_hop("from x by mx.example.com.", false);
    assert_hop("by", false);
    assert_hop("by ;", false);
    assert_hop("from mx.example.com", false);
    assert_hop("from x \x01 by mx.example.com", false);
}

/* A filter that takes forged fields out by their name may not know it with
 * blanks behind. */
static void
name_with_blanks_behind_is_a_forgers(void **state)
{
    static const char *const names[] = {
        "Authentication-Results ", "authentication-results\t",
        "Authentication-Results \t ", "Authentication-Results\v"};
    static const char *const values[] = {"mx.example.com; dmarc=pass",
                                         "mx.example.com; x", "(mx"};
    char text[RUA_AUTH_SIZE];
    struct rua_auth auth;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
            rua_auth_begin(&auth, "mx.example.com");
            rua_auth_field(&auth, names[i], "mx.example.net; dmarc=pass");
            rua_auth_field(&auth, "Authentication-Results",
                           "mx.example.com; spf=pass");
            rua_auth_field(&auth, names[i], values[k]);
            rua_auth_field(&auth, "Authentication-Results",
                           "mx.example.com; dkim=pass");
            rua_auth_end(&auth, text);
            assert_string_equal(text, "spf=pass");
        }
    rua_auth_begin(&auth, "mx.example.com");
    rua_auth_field(&auth, "Received ", "by mx.example.net");
    rua_auth_field(&auth, "Authentication-Results",
                   "mx.example.com; dkim=pass");
    rua_auth_end(&auth, text);
    assert_string_equal(text, "");
}

static void
other_fields_are_not_looked_at(void **state)
{
    static const char *const names[] = {"ARC-Authentication-Results",
                                        "Authentication-Results-Original",
                                        "X-Authentication-Results", "Subject"};
    char text[RUA_AUTH_SIZE];
    struct rua_auth auth;

    (void)state;
    rua_auth_begin(&auth, "mx.example.com");
    rua_auth_field(&auth, "Received-SPF", "by z.example");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        rua_auth_field(&auth, names[i], "mx.example.com; dkim=pass");
    rua_auth_field(&auth, "Authentication-Results", NULL);
    rua_auth_end(&auth, text);
    assert_string_equal(text, "");
    rua_auth_field(&auth, "Authentication-Results",
                   "mx.example.com; dkim=pass");
    rua_auth_end(&auth, text);
    assert_string_equal(text, "dkim=pass");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_of_another_name_says_nothing),
        cmocka_unit_test(uppermost_field_of_a_method_counts),
        cmocka_unit_test(nothing_below_a_foreign_hop_counts),
        cmocka_unit_test(hop_is_ours_by_its_by),
        cmocka_unit_test(name_with_blanks_behind_is_a_forgers),
        cmocka_unit_test(other_fields_are_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
