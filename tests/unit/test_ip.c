#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ip.h"

static void
address_becomes_its_canonical_text(void **state)
{
    static const struct {
        const char *raw, *canonical;
    } cases[] = {
        {"192.0.2.1",                                     "192.0.2.1"           },
        {" \t192.0.2.1\r\n",                              "192.0.2.1"           },
        {"[192.0.2.1]",                                   "192.0.2.1"           },
        {"0.0.0.0",                                       "0.0.0.0"             },
        {"255.255.255.255",                               "255.255.255.255"     },
        {"2001:DB8::1",                                   "2001:db8::1"         },
        {"2001:0db8:0000:0000:0000:0000:0000:0001",       "2001:db8::1"         },
        {"2001:db8:0:1:1:1:1:1",                          "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1",                            "2001:0:0:1::1"       },
        {"2001:db8:0:0:1:0:0:1",                          "2001:db8::1:0:0:1"   },
        {"::",                                            "::"                  },
        {"::1",                                           "::1"                 },
        {"[2001:db8::1]",                                 "2001:db8::1"         },
        {"fe80::1%eth0",                                  "fe80::1"             },
        {" [fe80::1%eth0] ",                              "fe80::1"             },
        {"::ffff:192.0.2.1",                              "::ffff:192.0.2.1"    },
        {"::FFFF:C000:0201",                              "::ffff:192.0.2.1"    },
        {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
         "::ffff:255.255.255.255"                                               },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char ip[RUA_IP_SIZE], again[RUA_IP_SIZE];
        assert_true(rua_ip_canonical(rua_span_text(cases[i].raw), ip));
        assert_string_equal(cases[i].canonical, ip);
        assert_true(rua_ip_canonical(rua_span_text(ip), again));
        assert_string_equal(ip, again);
    }
}

static void
what_is_no_address_is_refused_and_touches_nothing(void **state)
{
    static const char *const raws[] = {
        "",
        " ",
        "[]",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "192.000.002.001",
        "X.X.X.X",
        "192.0.2.x",
        "0xc0000201",
        "3221225985",
        "192.0.2.1.",
        "192.0.2.1%eth0",
        "192.0.2.1/24",
        "192.0.2.1:25",
        "[192.0.2.1",
        "192.0.2.1]",
        "[[192.0.2.1]]",
        "mail.example.com",
        "2001:db8",
        "%eth0",
        "2001:db8::1::2",
        "2001:db8::12345",
        "1:2:3:4:5:6:7:8:9",
        ":::",
        ":",
        "192.0.2.1 192.0.2.2",
        "2001:db8::1/64",
        "-",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
        char ip[RUA_IP_SIZE] = "untouched";
        assert_false(rua_ip_canonical(rua_span_text(raws[i]), ip));
        assert_string_equal("untouched", ip);
    }
}

static void
nul_does_not_end_an_address(void **state)
{
    char ip[RUA_IP_SIZE];

    (void)state;
    assert_false(rua_ip_canonical(RUA_SPAN("192.0.2.1\0x"), ip));
    assert_false(rua_ip_canonical(RUA_SPAN("192.0.2.1\0"), ip));
    assert_false(rua_ip_canonical((struct rua_span){0}, ip));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_becomes_its_canonical_text),
        cmocka_unit_test(what_is_no_address_is_refused_and_touches_nothing),
        cmocka_unit_test(nul_does_not_end_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
