#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain.h"

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"

static void
name_is_folded(void **state)
{
    static const struct {
        const char *raw, *domain;
    } cases[] = {
        {"example.com",            "example.com"          },
        {"EXAMPLE.Com",            "example.com"          },
        {"example.com.",           "example.com"          },
        {" \r\n\texample.com. \n", "example.com"          },
        {"com",                    "com"                  },
        {"_dmarc.example.com",     "_dmarc.example.com"   },
        {"-a-.b-.example",         "-a-.b-.example"       },
        {"r3---sn.example",        "r3---sn.example"      },
        {"xn--bcher-kva.example",  "xn--bcher-kva.example"},
        {"192.0.2.1",              "192.0.2.1"            },
        {L63 ".example",           L63 ".example"         },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char domain[RUA_DOMAIN_SIZE];
        assert_true(rua_domain_fold(rua_span_text(cases[i].raw), domain));
        assert_string_equal(cases[i].domain, domain);
        assert_true(rua_domain_to_ascii(rua_span_text(cases[i].raw), domain));
        assert_string_equal(cases[i].domain, domain);
    }
}

static void
what_is_no_domain_is_refused_and_touches_nothing(void **state)
{
    static const char *const raws[] = {
        "",
        " ",
        ".",
        "..",
        "...",
        ".example",
        "example..",
        "a..b",
        "../../etc",
        "a/b",
        "/",
        "a\\b",
        "a b",
        "a\tb",
        "a\nb",
        "a@b",
        "a:b",
        "a;b",
        "a*b",
        "*.example.com",
        "a\x01",
        "a\x7f",
        "<a>",
        "example.com. .",
        L63 "x.test",
        "\xff",
        "b\xfc"
        "cher.test",
        "\xc3.test",
        "\xe2\x80\xae.test",
        "\xed\xa0\x80.test",
        "a\xef\xbc\x8f"
        "b.test",                   /* a full-width "/" */
        "\xef\xbc\x8e\xef\xbc\x8e", /* full-width ".." */
        "\xe2\x80\xa5",             /* a two dot leader */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++) {
        char domain[RUA_DOMAIN_SIZE] = "untouched";
        assert_false(rua_domain_fold(rua_span_text(raws[i]), domain));
        assert_false(rua_domain_to_ascii(rua_span_text(raws[i]), domain));
        assert_string_equal("untouched", domain);
    }
}

static void
nul_does_not_end_a_name(void **state)
{
    char domain[RUA_DOMAIN_SIZE];

    (void)state;
    assert_false(rua_domain_fold(RUA_SPAN("example.com\0"), domain));
    assert_false(rua_domain_to_ascii(RUA_SPAN("example.com\0.test"), domain));
    assert_false(rua_domain_to_ascii(RUA_SPAN("b\xc3\xbc\0.test"), domain));
    assert_false(rua_domain_to_ascii((struct rua_span){0}, domain));
}

static void
longest_name_has_253_bytes(void **state)
{
    char domain[RUA_DOMAIN_SIZE];
    char name[] = L63 "." L63 "." L63 "." L63 ".";

    (void)state;
    name[253] = '\0';
    assert_true(rua_domain_fold(rua_span_text(name), domain));
    assert_string_equal(name, domain);
    name[253] = '.';
    name[254] = '\0';
    assert_true(rua_domain_fold(rua_span_text(name), domain));
    assert_int_equal(253, strlen(domain));
    name[253] = 'x';
    assert_false(rua_domain_fold(rua_span_text(name), domain));
}

static void
u_labels_become_a_labels(void **state)
{
    static const struct {
        const char *raw, *domain;
    } cases[] = {
        {"b\xc3\xbc"
         "cher.example",         "xn--bcher-kva.example"       },
        {"B\xc3\x9c"
         "CHER.Example.",        "xn--bcher-kva.example"       },
        {"bu\xcc\x88"
         "cher.example",         "xn--bcher-kva.example"       },
        {"fa\xc3\x9f.example",            "xn--fa-hia.example"          },
        {"b\xc3\xbc"
         "cher\xe3\x80\x82"
         "example",              "xn--bcher-kva.example"       },
        {" b\xc3\xbc"
         "cher.example\xc2\xa0", "xn--bcher-kva.example"       },
        {"_dmarc.b\xc3\xbc"
         "cher.example",         "_dmarc.xn--bcher-kva.example"},
        {"\xe4\xbe\x8b\xe3\x81\x88.test", "xn--r8jz45g.test"            },
        {"\xef\xbd\x85xample.com",        "example.com"                 }, /* a full-width "e" */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char domain[RUA_DOMAIN_SIZE];
        assert_false(rua_domain_fold(rua_span_text(cases[i].raw), domain));
        assert_true(rua_domain_to_ascii(rua_span_text(cases[i].raw), domain));
        assert_string_equal(cases[i].domain, domain);
    }
}

static void
text_without_an_end_is_refused(void **state)
{
    char domain[RUA_DOMAIN_SIZE];
    static unsigned char text[65536];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "\xc2\xad", 2); /* soft hyphens map to nothing */
    memcpy(text + sizeof(text) - 6, "a.test", 6);
    assert_false(
        rua_domain_to_ascii((struct rua_span){text, sizeof(text)}, domain));
    assert_true(rua_domain_to_ascii(
        (struct rua_span){text + sizeof(text) - 106, 106}, domain));
    assert_string_equal("a.test", domain);
}

static void
assert_safe_component(const char *domain)
{
    size_t n = strlen(domain), label = 0;

    assert_true(n >= 1 && n <= 253);
    assert_true(domain[0] != '.' && domain[n - 1] != '.');
    assert_int_equal(n,
                     strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-_."));
    assert_null(strstr(domain, ".."));
    for (size_t i = 0; i < n; i++) {
        label = domain[i] == '.' ? 0 : label + 1;
        assert_true(label <= 63);
    }
}

/* Random names of pieces chosen so that many of them are nearly domain names.
 */
static void
whatever_is_accepted_is_one_safe_path_component(void **state)
{
    static const char *const pieces[] = {
        "a",
        "Z",
        "0",
        "-",
        "_",
        ".",
        "example",
        "xn--",
        "/",
        "..",
        " ",
        "\xc3\xbc",
        "\xc2\xad",
        "\xe3\x80\x82",
        "\xef\xbc\x8e",
        "\xef\xbc\x8f",
        "\xe2\x80\x8d",
        "\xcc\x88",
        "\xd7\x90",
        L10 L10,
    };
    enum {
        PIECES = sizeof(pieces) / sizeof(pieces[0])
    };
    size_t accepted = 0;

    (void)state;
    srandom(20260714);
    for (size_t round = 0; round < 100000; round++) {
        unsigned char raw[512];
        char domain[RUA_DOMAIN_SIZE], again[RUA_DOMAIN_SIZE];
        size_t n = 0, wanted = (size_t)random() % 20;
        struct rua_span span;
        while (wanted--) {
            const char *piece = pieces[random() % PIECES];
            if (random() % 16 == 0) {
                raw[n++] = (unsigned char)random();
                continue;
            }
            memcpy(raw + n, piece, strlen(piece));
            n += strlen(piece);
        }
        span = (struct rua_span){raw, n};
        if (rua_domain_fold(span, domain))
            assert_safe_component(domain);
        if (!rua_domain_to_ascii(span, domain))
            continue;
        accepted++;
        assert_safe_component(domain);
        assert_true(rua_domain_to_ascii(rua_span_text(domain), again));
        assert_string_equal(domain, again);
    }
    assert_true(accepted > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_folded),
        cmocka_unit_test(what_is_no_domain_is_refused_and_touches_nothing),
        cmocka_unit_test(nul_does_not_end_a_name),
        cmocka_unit_test(longest_name_has_253_bytes),
        cmocka_unit_test(u_labels_become_a_labels),
        cmocka_unit_test(text_without_an_end_is_refused),
        cmocka_unit_test(whatever_is_accepted_is_one_safe_path_component),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
