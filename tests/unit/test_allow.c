#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "allow.h"
#include "buf.h"

static struct rua_allow *
parse(const char *text)
{
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};

    if (rua_allow_parse(rua_span_text(text), "list", &allow, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return allow;
}

/* The number of the line that an address finds, or 0. */
static unsigned
line_of(const struct rua_allow *allow, const char *address)
{
    struct rua_allow_line line = {0};

    return rua_allow_find(allow, rua_span_text(address), &line, NULL) == RUA_OK
               ? line.line
               : 0;
}

static void
refuses(const char *text, size_t len, const char *sentence)
{
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};
    struct rua_span span = {(const unsigned char *)text, len};

    assert_int_equal(rua_allow_parse(span, "list", &allow, &err), RUA_LATER);
    assert_null(allow);
    assert_string_equal(err.sentence, sentence);
}

/* True when the only line of a list takes the domain. */
static bool
takes(const char *domains, const char *domain)
{
    char text[256];
    struct rua_allow *allow;
    struct rua_allow_line line;
    bool answer;

    snprintf(text, sizeof(text), "a@example.org %s", domains);
    allow = parse(text);
    assert_int_equal(
        rua_allow_find(allow, RUA_SPAN("a@example.org"), &line, NULL), RUA_OK);
    answer = rua_allow_takes(&line, domain);
    rua_allow_free(allow);
    return answer;
}

static void
exact_address_then_plus_then_domain(void **state)
{
    struct rua_allow *allow = parse("@example.org *\n"
                                    "rua+*@example.org *\n"
                                    "rua+shop@example.org *\n");
    (void)state;
    assert_int_equal(rua_allow_count(allow), 3);
    assert_int_equal(line_of(allow, "rua+shop@example.org"), 3);
    assert_int_equal(line_of(allow, "rua+blog@example.org"), 2);
    assert_int_equal(line_of(allow, "rua+@example.org"), 2);
    assert_int_equal(line_of(allow, "rua@example.org"), 1);
    assert_int_equal(line_of(allow, "rua@sub.example.org"), 0);
    rua_allow_free(allow);
}

static void
longest_part_before_a_plus_wins(void **state)
{
    struct rua_allow *allow = parse("rua+*@example.org *\n"
                                    "rua+eu+*@example.org *\n");
    (void)state;
    assert_int_equal(line_of(allow, "rua+eu+x@example.org"), 2);
    assert_int_equal(line_of(allow, "rua+us+x@example.org"), 1);
    assert_int_equal(line_of(allow, "rua+eu@example.org"), 1);
    rua_allow_free(allow);
}

static void
case_trailing_dot_and_angle_brackets_do_not_count(void **state)
{
    struct rua_allow *allow = parse("DMARC@Example.ORG. *\n");

    (void)state;
    assert_int_equal(line_of(allow, "dmarc@example.org"), 1);
    assert_int_equal(line_of(allow, "<dMarc@EXAMPLE.org>"), 1);
    assert_int_equal(line_of(allow, " dmarc@example.org.\r\n"), 1);
    rua_allow_free(allow);
}

static void
what_is_no_address_finds_nothing(void **state)
{
    static const char *const addresses[] = {
        "",
        "<>",
        "@",
        "rua",
        "@example.org",
        "rua@",
        "<@example.org>",
        "rua@example org",
    };
    struct rua_allow *allow = parse("@example.org *\n");
    struct rua_allow_line line;

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
        assert_int_equal(line_of(allow, addresses[i]), 0);
    assert_int_equal(rua_allow_find(allow, (struct rua_span){0}, &line, NULL),
                     RUA_NOT_REPORT);
    assert_int_equal(line_of(allow, "\"a@b\"@example.org"), 1);
    rua_allow_free(allow);
}

static void
long_local_part_finds_its_domain(void **state)
{
    struct rua_allow *allow = parse("@example.org *\n"
                                    "rua+*@example.org *\n");
    char address[4096 + sizeof("rua+@example.org")];

    (void)state;
    memset(address, 'x', 4096);
    memcpy(address + 4096, "@example.org", sizeof("@example.org"));
    assert_int_equal(line_of(allow, address), 1);
    memcpy(address, "rua+", 4);
    assert_int_equal(line_of(allow, address), 2);
    memset(address, '+', 4096);
    assert_int_equal(line_of(allow, address), 1);
    rua_allow_free(allow);
}

static void
line_gives_its_pattern_and_domains(void **state)
{
    struct rua_allow *allow =
        parse("\n\t Rua+*@Example.Org.\tA.example. .B.example  # both\n");
    struct rua_allow_line line;

    (void)state;
    assert_int_equal(
        rua_allow_find(allow, RUA_SPAN("rua+1@example.org"), &line, NULL),
        RUA_OK);
    assert_int_equal(line.line, 2);
    assert_true(rua_span_same(line.pattern, RUA_SPAN("rua+*@example.org")));
    assert_memory_equal(line.pattern.data, "rua+*", 5);
    assert_true(rua_allow_takes(&line, "a.example"));
    assert_true(rua_allow_takes(&line, "x.b.example"));
    assert_false(rua_allow_takes(&line, "both"));
    rua_allow_free(allow);
}

static void
policy_domains_are_taken_as_written(void **state)
{
    (void)state;
    assert_true(takes("example.com", "example.com"));
    assert_true(takes("x.example EXAMPLE.com. y.example", "example.com"));
    assert_false(takes("example.com", "www.example.com"));
    assert_false(takes("example.com", "example.co"));
    assert_true(takes(".example.com", "example.com"));
    assert_true(takes(".example.com", "www.example.com"));
    assert_true(takes(".example.com", "a.b.example.com"));
    assert_false(takes(".example.com", "notexample.com"));
    assert_false(takes(".example.com", "com"));
    assert_true(takes("*", "com"));
    assert_true(takes("x.example *", "com"));
}

static void
only_a_star_takes_what_is_no_domain(void **state)
{
    (void)state;
    assert_true(takes("*", NULL));
    assert_false(takes(".example.com", NULL));
}

static void
comments_blank_lines_crlf_and_bom_are_taken(void **state)
{
    struct rua_allow *allow = parse("\xef\xbb\xbf# RUAs\r\n"
                                    "\r\n"
                                    "   # none\r\n"
                                    "a#b@example.org * # all\r\n"
                                    "c@example.org *");
    (void)state;
    assert_int_equal(rua_allow_count(allow), 2);
    assert_int_equal(line_of(allow, "a#b@example.org"), 4);
    assert_int_equal(line_of(allow, "c@example.org"), 5);
    rua_allow_free(allow);
}

static void
empty_list_takes_nobody(void **state)
{
    struct rua_allow *allow = parse("");

    (void)state;
    assert_int_equal(rua_allow_count(allow), 0);
    assert_int_equal(line_of(allow, "a@example.org"), 0);
    rua_allow_free(allow);
}

static void
malformed_line_is_named_with_its_reason(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"mailto:dmarc@example.org *",
         "list:1: \"mailto:dmarc@example.org\" begins with mailto:, as in DNS; "
         "leave that out here"                                                                             },
        {"MAILTO:x@example.org *",
         "list:1: \"MAILTO:x@example.org\" begins with mailto:, as in DNS; "
         "leave that out here"                                                                             },
        {"# one\nexample.org *",                          "list:2: \"example.org\" has no @"               },
        {"a@b@example.org *",
         "list:1: \"a@b@example.org\" has more than one @"                                                 },
        {"a@ *",                                          "list:1: \"a@\" has no domain name behind the @" },
        {"a@. *",                                         "list:1: \"a@.\" has no domain name behind the @"},
        {"a@[192.0.2.1] *",
         "list:1: \"a@[192.0.2.1]\" has no domain name behind the @"                                       },
        {"a@example.org",                                 "list:1: \"a@example.org\" has no policy domain "
                          "behind it"                                             },
        {"a@example.org # *",                             "list:1: \"a@example.org\" has no policy domain "
                              "behind it"                                     },
        {"a@example.org b@example.org",
         "list:1: \"b@example.org\" is no domain name (known are example.com, "
         ".example.com for it and its subdomains, and * for any)"                                          },
        {"a@example.org *.example.com",
         "list:1: \"*.example.com\" is no domain name (known are example.com, "
         ".example.com for it and its subdomains, and * for any)"                                          },
        {"a@example.org x.example .",
         "list:1: \".\" is no domain name (known are example.com, "
         ".example.com for it and its subdomains, and * for any)"                                          },
        {"a\x01@example.org *",
         "list:1: \"a\x01@example.org\" has a control character"                                           },
        {"\xc2\xa0@example.org *",                        "list:1: \"\xc2\xa0@example.org\" begins "
                                   "with a no-break space, a byte "
                                   "order mark or a line end of Unicode" },
        {"\nA@example.org *\n\na@EXAMPLE.org. x.example",
         "list:4: \"a@example.org\" stands in line 2 already"                                              },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        refuses(cases[i].text, strlen(cases[i].text), cases[i].sentence);
}

static void
star_stands_only_behind_a_plus(void **state)
{
    static const char *const patterns[] = {
        "*@example.org",    "+*@example.org",    "a*@example.org",
        "ab*@example.org",  "a+*b@example.org",  "*+a@example.org",
        "a+**@example.org", "a+*+*@example.org",
    };
    char text[64], sentence[256];

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        snprintf(text, sizeof(text), "%s *", patterns[i]);
        snprintf(sentence, sizeof(sentence),
                 "list:1: \"%s\" has a * in the wrong place: known are "
                 "local+*@domain, and @domain for all addresses",
                 patterns[i]);
        refuses(text, strlen(text), sentence);
    }
}

static void
nul_is_refused(void **state)
{
    static const char text[] = "a@example.org *\n# \0\n";

    (void)state;
    refuses(text, sizeof(text) - 1, "list:2: a NUL byte: no text file");
}

static void
reason_fits_behind_a_long_field(void **state)
{
    char text[1000];
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(
        rua_allow_parse((struct rua_span){(unsigned char *)text, sizeof(text)},
                        "list", &allow, &err),
        RUA_LATER);
    assert_non_null(strstr(err.sentence, "xxx\" has no @"));
    memcpy(text + sizeof(text) - 6, "@a.b *", 6);
    rua_err_clear(&err);
    assert_int_equal(
        rua_allow_parse((struct rua_span){(unsigned char *)text, sizeof(text)},
                        "list", &allow, &err),
        RUA_LATER);
    assert_non_null(strstr(err.sentence, "has more than 256 bytes before"));
}

static void
missing_file_is_named(void **state)
{
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};

    (void)state;
    assert_int_equal(rua_allow_load("/nonexistent/allow", &allow, &err),
                     RUA_LATER);
    assert_string_equal(err.sentence, "allowlist /nonexistent/allow: No such "
                                      "file or directory");
    rua_err_clear(&err);
    assert_int_equal(rua_allow_load("/", &allow, &err), RUA_LATER);
    assert_string_equal(err.sentence, "allowlist /: Is a directory");
    assert_null(allow);
}

/* More than one chunk of a file, and a hash that has to work. */
static void
hundred_thousand_lines_are_found_each(void **state)
{
    char path[] = "/tmp/test_allow.XXXXXX", address[64];
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    (void)state;
    assert_non_null(file);
    for (unsigned i = 1; i <= 100000; i++)
        fprintf(file, "rua%u@example%u.org example%u.com\n", i, i % 1000, i);
    fclose(file);
    assert_int_equal(rua_allow_load(path, &allow, &err), RUA_OK);
    unlink(path);
    assert_int_equal(rua_allow_count(allow), 100000);
    for (unsigned i = 1; i <= 100000; i++) {
        snprintf(address, sizeof(address), "rua%u@example%u.org", i, i % 1000);
        assert_int_equal(line_of(allow, address), i);
    }
    assert_int_equal(line_of(allow, "rua1@example2.org"), 0);
    rua_allow_free(allow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_address_then_plus_then_domain),
        cmocka_unit_test(longest_part_before_a_plus_wins),
        cmocka_unit_test(case_trailing_dot_and_angle_brackets_do_not_count),
        cmocka_unit_test(what_is_no_address_finds_nothing),
        cmocka_unit_test(long_local_part_finds_its_domain),
        cmocka_unit_test(line_gives_its_pattern_and_domains),
        cmocka_unit_test(policy_domains_are_taken_as_written),
        cmocka_unit_test(only_a_star_takes_what_is_no_domain),
        cmocka_unit_test(comments_blank_lines_crlf_and_bom_are_taken),
        cmocka_unit_test(empty_list_takes_nobody),
        cmocka_unit_test(malformed_line_is_named_with_its_reason),
        cmocka_unit_test(star_stands_only_behind_a_plus),
        cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(reason_fits_behind_a_long_field),
        cmocka_unit_test(missing_file_is_named),
        cmocka_unit_test(hundred_thousand_lines_are_found_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
