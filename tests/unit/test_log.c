#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static void
writes(const struct log_line *line, const char *expected)
{
    char text[LOG_LINE_SIZE + 1];

    text[log_format(line, text)] = '\0';
    assert_string_equal(text, expected);
}

/* The line is an interface: see ruamill-milter(8). */
static void
line_is_as_documented(void **state)
{
    (void)state;
    writes(
        &(struct log_line){
            .text = "stored 2 records of example.com from google.com",
            .took = 12999,
            .auth = "dmarc",
            .org = "google.com",
            .domain = "example.com",
            .records = 2,
            .reports = 1,
            .action = "discard",
            .verdict = RUA_OK,
            .from = "noreply@google.com",
            .rua = "dmarc@example.com",
            .id = "4cXyz",
        },
        "id=4cXyz rua=dmarc@example.com from=noreply@google.com verdict=ok "
        "action=discard reports=1 records=2 domain=example.com org=google.com "
        "auth=dmarc seconds=0.012 "
        "text=\"stored 2 records of example.com from google.com\"\n");
}

static void
seconds_are_whole_milliseconds(void **state)
{
    (void)state;
    writes(&(struct log_line){.id = "1", .took = 1},
           "id=1 verdict=ok reports=0 records=0 seconds=0.000\n");
    writes(&(struct log_line){.id = "1", .took = 240060999},
           "id=1 verdict=ok reports=0 records=0 seconds=240.060\n");
}

static void
absent_values_are_left_out(void **state)
{
    (void)state;
    writes(&(struct log_line){.verdict = RUA_NOT_REPORT},
           "id=\"\" verdict=not_report reports=0 records=0\n");
}

static void
empty_value_is_quoted(void **state)
{
    (void)state;
    writes(&(struct log_line){.id = "1", .from = "", .verdict = RUA_LATER},
           "id=1 from=\"\" verdict=later reports=0 records=0\n");
}

static void
greatest_numbers_fit(void **state)
{
    (void)state;
    writes(&(struct log_line){.id = "1", .reports = ~0ULL, .records = ~0ULL},
           "id=1 verdict=ok reports=18446744073709551615 "
           "records=18446744073709551615\n");
}

static void
foreign_text_cannot_leave_its_value(void **state)
{
    static const struct {
        const char *org, *written;
    } cases[] = {
        {"a b",                "\"a b\""                  },
        {"a=b",                "\"a=b\""                  },
        {"a\" verdict=ok",     "\"a\\x22 verdict=ok\""    },
        {"a\\x22",             "a\\x5cx22"                },
        {"a\r\nid=1",          "\"a\\x0d\\x0aid=1\""      },
        {"\x1b[31m\x7f",       "\\x1b[31m\\x7f"           },
        {"M\xc3\xbcller \xff", "\"M\\xc3\\xbcller \\xff\""},
        {"\t",                 "\\x09"                    },
        {"'a'",                "'a'"                      },
    };
    char expected[200];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        snprintf(expected, sizeof(expected),
                 "id=1 verdict=ok reports=0 records=0 org=%s\n",
                 cases[i].written);
        writes(&(struct log_line){.id = "1", .org = cases[i].org}, expected);
    }
}

static void
value_of_200_bytes_is_whole_and_a_longer_one_is_cut(void **state)
{
    char org[202], expected[300];

    (void)state;
    memset(org, 'x', 201);
    org[200] = '\0';
    snprintf(expected, sizeof(expected),
             "id=1 verdict=ok reports=0 records=0 org=%s\n", org);
    writes(&(struct log_line){.id = "1", .org = org}, expected);
    org[200] = 'x';
    org[201] = '\0';
    snprintf(expected, sizeof(expected),
             "id=1 verdict=ok reports=0 records=0 org=%.200s...\n", org);
    writes(&(struct log_line){.id = "1", .org = org}, expected);
}

static void
cut_leaves_no_half_escape(void **state)
{
    char org[204], expected[300];

    (void)state;
    memset(org, 'x', 203);
    org[198] = '\n';
    org[203] = '\0';
    snprintf(expected, sizeof(expected),
             "id=1 verdict=ok reports=0 records=0 org=%.198s...\n", org);
    writes(&(struct log_line){.id = "1", .org = org}, expected);
}

static void
longest_line_is_whole(void **state)
{
    char value[1000], text[LOG_LINE_SIZE + 1];
    size_t len;

    (void)state;
    memset(value, ' ', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    len = log_format(&(struct log_line){value, value, value, RUA_OK, value,
                                        ~0ULL, ~0ULL, value, value, value,
                                        UINT64_MAX, value},
                     text);
    text[len] = '\0';
    assert_non_null(strstr(text, " text=\" "));
    assert_string_equal(text + len - 6, " ...\"\n");
}

/* What a call writes to standard error, which is a socket meanwhile: a packet a
 * write. */
static void
says(enum conf_log target, void (*call)(void), const char *expected)
{
    char packet[LOG_LINE_SIZE + 1];
    int ends[2], saved = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    dup2(ends[0], STDERR_FILENO);
    log_open(target);
    call();
    log_open(CONF_LOG_STDERR);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[0]);
    n = read(ends[1], packet, sizeof(packet) - 1);
    packet[n > 0 ? n : 0] = '\0';
    assert_string_equal(packet, expected);
    assert_int_equal(read(ends[1], packet, 1), 0);
    close(ends[1]);
}

static void
say_error(void)
{
    log_error("/etc/a\nb: \"c\\d\" \xc3\xbc");
}

static void
say_notice(void)
{
    log_notice("read anew");
}

static void
say_bad(void)
{
    log_message(&(struct log_line){.id = "1", .verdict = RUA_BAD});
}

static void
say_ok(void)
{
    log_message(&(struct log_line){.id = "1", .verdict = RUA_OK});
}

static void
say_later(void)
{
    log_message(&(struct log_line){.id = "1", .verdict = RUA_LATER});
}

static void
line_is_one_write(void **state)
{
    (void)state;
    says(CONF_LOG_STDERR, say_bad, "id=1 verdict=bad reports=0 records=0\n");
}

static void
error_is_one_printable_line(void **state)
{
    (void)state;
    says(CONF_LOG_STDERR, say_error,
         "ruamill: /etc/a\\x0ab: \"c\\d\" \\xc3\\xbc\n");
}

static void
journal_is_told_the_priority(void **state)
{
    (void)state;
    says(CONF_LOG_JOURNAL, say_error,
         "<3>ruamill: /etc/a\\x0ab: \"c\\d\" \\xc3\\xbc\n");
    says(CONF_LOG_JOURNAL, say_notice, "<5>ruamill: read anew\n");
    says(CONF_LOG_JOURNAL, say_ok, "<6>id=1 verdict=ok reports=0 records=0\n");
    says(CONF_LOG_JOURNAL, say_bad,
         "<4>id=1 verdict=bad reports=0 records=0\n");
    says(CONF_LOG_JOURNAL, say_later,
         "<3>id=1 verdict=later reports=0 records=0\n");
}

static void
syslog_leaves_standard_error_alone(void **state)
{
    (void)state;
    says(CONF_LOG_SYSLOG, say_bad, "");
    says(CONF_LOG_SYSLOG, say_error, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_is_as_documented),
        cmocka_unit_test(seconds_are_whole_milliseconds),
        cmocka_unit_test(absent_values_are_left_out),
        cmocka_unit_test(empty_value_is_quoted),
        cmocka_unit_test(greatest_numbers_fit),
        cmocka_unit_test(foreign_text_cannot_leave_its_value),
        cmocka_unit_test(value_of_200_bytes_is_whole_and_a_longer_one_is_cut),
        cmocka_unit_test(cut_leaves_no_half_escape),
        cmocka_unit_test(longest_line_is_whole),
        cmocka_unit_test(line_is_one_write),
        cmocka_unit_test(error_is_one_printable_line),
        cmocka_unit_test(journal_is_told_the_priority),
        cmocka_unit_test(syslog_leaves_standard_error_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
