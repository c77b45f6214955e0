#include "auth_fixture.h"

static void
field_of_our_name_is_read(void **state)
{
    static const struct {
        const char *field, *text;
    } cases[] = {
        {"mx.example.com; none",                                          ""                                                         },
        {"mx.example.com",                                                ""                                                         },
        {"mx.example.com;",                                               ""                                                         },
        {" mx.example.com; spf=pass smtp.mailfrom=example.net",
         "spf=pass smtp.mailfrom=example.net"                                                                                        },
        {"mx.example.com 1; dmarc=pass header.from=example.net",
         "dmarc=pass header.from=example.net"                                                                                        },
        {"mx.example.com; auth=pass (cram-md5) smtp.auth=sender@example.net; "
         "spf=fail smtp.mailfrom=example.net",                   "spf=fail smtp.mailfrom=example.net"                       },
        {"mx.example.com; sender-id=fail header.from=example.net; "
         "dkim=pass (good signature) header.d=Mail.Example.NET", "dkim=pass header.d=mail.example.net"                      },
        {"mx.example.com;\r\n\tspf=softfail smtp.mailfrom=a@example.net;\r\n"
         "\tdkim=neutral reason=\"bad key\" header.d=example.net;\n"
         " dmarc=temperror header.from=example.net\n",           "dmarc=temperror header.from=example.net dkim=neutral "
         "header.d=example.net spf=softfail smtp.mailfrom=example.net"},
        {"mx.example.com; dkim=policy policy.dkim-rules=unsigned-subject "
         "header.i=@example.net",                                "dkim=policy header.i=example.net"                         },
        {"mx.example.com; spf=pass smtp.helo=relay.example.net",
         "spf=pass smtp.helo=relay.example.net"                                                                                      },
        {"mx.example.com; dkim=permerror header.b=\"aB/+=\" header.s=k1",
         "dkim=permerror"                                                                                                            },
        {"mx.example.com; DMARC=Pass Header.From=example.net",
         "dmarc=pass header.from=example.net"                                                                                        },
        {"MX.Example.Com; dmarc=pass",                                    "dmarc=pass"                                               },
        {"\"mx.example.com\"; dmarc=pass",                                "dmarc=pass"                                               },
        {"mx.example.com; dmarc=pass action=none header.from=example.net; "
         "compauth=pass reason=100;",                            "dmarc=pass header.from=example.net"                       },
        {"mx.example.com;dkim=pass(2048-bit key)header.d=example.net;;",
         "dkim=pass header.d=example.net"                                                                                            },
        {"mx.example.com; arc=none; spf=none smtp.mailfrom=",             "spf=none"                                                 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_says(cases[i].field, cases[i].text);
}

static void
comments_and_blanks_may_stand_anywhere(void **state)
{
    (void)state;
    assert_says("(a) mx.example.com (b (c) \\) ; dkim=fail) 1 (d) ; (e) dmarc "
                "(f) / (g) 1 (h) = (i) pass (j) reason (k) = (l) \"x;y\" (m) "
                "header (n) . (o) from (p) = (q) example.net (r)",
                "dmarc=pass header.from=example.net");
    assert_says("mx.example.com; spf=none (; dmarc=pass) smtp.helo=a.example",
                "spf=none smtp.helo=a.example");
    assert_says("mx.example.com; spf=none "
                "smtp.mailfrom=\"x; dmarc=pass y=z\"@example.net",
                "spf=none smtp.mailfrom=example.net");
    assert_says("mx.example.com; spf=none "
                "smtp.mailfrom=\"\\\"; dmarc=pass\"@example.net",
                "spf=none smtp.mailfrom=example.net");
    assert_says("mx.example.com; dkim=pass header.d=\"example.net\"",
                "dkim=pass header.d=example.net");
}

static void
malformed_field_is_ignored_whole(void **state)
{
    static const char *const ends[] = {
        "; dkim",
        "; dkim pass",
        "; dkim=",
        "; =pass",
        "; dkim=pass x",
        "; dkim=pass header.d",
        "; dkim=pass header. =x",
        "; dkim=pass .d=x",
        "; dkim=pass =x",
        "; dkim/=pass",
        "; dkim=pass,spf=pass",
        "; dkim=pass@example.net",
        "; dkim=pass (comment",
        "; dkim=pass (comment \\)",
        "; dkim=pass) header.d=example.net",
        "; dkim=pass header.d=a)b",
        "; dkim=pass reason=\"open",
        "; dkim=pass reason=\"open\\\"",
        "; none",
        "; \x01=pass",
        "; dkim=pass header.d=a\x7f",
        " (\x1b)",
        " x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char field[200];
        snprintf(field, sizeof(field),
                 "mx.example.com; dmarc=pass header.from=example.net%s",
                 ends[i]);
        assert_says(field, "");
    }
    assert_says("mx.example.com; none; none", "");
    assert_says("mx.example.com dmarc=pass", "");
    assert_says("mx.example.com, dmarc=pass", "");
    assert_says("mx.example.com 1 2; dmarc=pass", "");
}

static void
another_version_is_not_understood(void **state)
{
    (void)state;
    assert_says("mx.example.com 2; dmarc=pass", "");
    assert_says("mx.example.com 11; dmarc=pass", "");
    assert_says("mx.example.com; dmarc/2=pass; dkim/1=pass", "dkim=pass");
}

static void
words_that_are_not_registered_say_nothing(void **state)
{
    (void)state;
    assert_says("mx.example.com; dmarc=bestguesspass; dkim=hardfail; "
                "spf=passed",
                "");
    assert_says("mx.example.com; dmarc=softfail; dkim=softfail; spf=softfail",
                "spf=softfail");
    assert_says("mx.example.com; xdmarc=pass; dmar=pass; dmarc-x=pass", "");
}

static void
one_signature_is_enough_but_every_dmarc_must_pass(void **state)
{
    (void)state;
    assert_says("mx.example.com; dkim=fail header.d=a.example; "
                "dkim=pass header.d=b.example; dkim=pass header.d=c.example; "
                "dkim=fail header.d=d.example",
                "dkim=pass header.d=b.example");
    assert_says("mx.example.com; dkim=none; dkim=fail", "dkim=none");
    assert_says("mx.example.com; spf=none smtp.helo=a.example; "
                "spf=pass smtp.mailfrom=b.example",
                "spf=pass smtp.mailfrom=b.example");
    assert_says("mx.example.com; dmarc=pass header.from=a.example; "
                "dmarc=fail header.from=b.example",
                "dmarc=fail header.from=b.example");
    assert_says("mx.example.com; dmarc=fail header.from=a.example; "
                "dmarc=pass header.from=b.example",
                "dmarc=fail header.from=a.example");
}

static void
domains_are_cleaned(void **state)
{
    (void)state;
    assert_says("mx.example.com; dkim=pass header.d=../../etc", "dkim=pass");
    assert_says("mx.example.com; dkim=pass header.d=a_b header.i=@c.example",
                "dkim=pass header.d=a_b");
    assert_says("mx.example.com; dkim=pass header.d=a..b header.i=@c.example",
                "dkim=pass header.i=c.example");
    assert_says("mx.example.com; dkim=pass header.i=@c.example header.d=d.e",
                "dkim=pass header.d=d.e");
    assert_says("mx.example.com; dkim=pass header.d=a.b header.d=c.d",
                "dkim=pass header.d=a.b");
    assert_says("mx.example.com; spf=pass smtp.mailfrom=<>", "spf=pass");
    assert_says("mx.example.com; spf=pass smtp.mailfrom=\"a@b\"@c.example",
                "spf=pass smtp.mailfrom=c.example");
    assert_says("mx.example.com; dmarc=pass header.from=b\xc3\xbc"
                "cher.example",
                "dmarc=pass header.from=xn--bcher-kva.example");
    assert_says("mx.example.com; dmarc=pass header.from=\xff.example",
                "dmarc=pass");
}

static void
long_fields_and_many_results_are_not_read(void **state)
{
    static char field[40000];
    size_t n = (size_t)snprintf(field, sizeof(field), "mx.example.com");

    (void)state;
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(field + n, sizeof(field) - n, "; x=y");
    memcpy(field + n - 3, "dkim=pass", sizeof("dkim=pass"));
    assert_says(field, "dkim=pass");
    memcpy(field + n - 3, "dkim=pass; x=y", sizeof("dkim=pass; x=y"));
    assert_says(field, "");
    n = (size_t)snprintf(field, sizeof(field), "mx.example.com; dkim=pass");
    memset(field + n, ' ', 32768 - n);
    field[32768] = '\0';
    assert_says(field, "dkim=pass");
    field[32768] = ' ';
    field[32769] = '\0';
    assert_says(field, "");
}

static void
long_values_are_no_names(void **state)
{
    char field[2000], a[1030];

    (void)state;
    memset(a, 'a', sizeof(a));
    snprintf(field, sizeof(field),
             "mx.example.com; spf=pass smtp.mailfrom=%.1014s@b.example", a);
    assert_says(field, "spf=pass smtp.mailfrom=b.example");
    snprintf(field, sizeof(field),
             "mx.example.com; spf=pass smtp.mailfrom=%.1015s@b.example", a);
    assert_says(field, "spf=pass");
    snprintf(field, sizeof(field), "%.1030s; dmarc=pass", a);
    assert_says(field, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_of_our_name_is_read),
        cmocka_unit_test(comments_and_blanks_may_stand_anywhere),
        cmocka_unit_test(malformed_field_is_ignored_whole),
        cmocka_unit_test(another_version_is_not_understood),
        cmocka_unit_test(words_that_are_not_registered_say_nothing),
        cmocka_unit_test(one_signature_is_enough_but_every_dmarc_must_pass),
        cmocka_unit_test(domains_are_cleaned),
        cmocka_unit_test(long_fields_and_many_results_are_not_read),
        cmocka_unit_test(long_values_are_no_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
