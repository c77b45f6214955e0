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
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    log_message(out, line);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void
keys_stand_in_a_fixed_order(void **state)
{
    (void)state;
    writes(
        &(struct log_line){
            .text = "stored 2 records of example.com from google.com",
            .org = "google.com",
            .domain = "example.com",
            .records = 2,
            .reports = 1,
            .verdict = RUA_OK,
            .from = "noreply@google.com",
            .rua = "dmarc@example.com",
            .id = "4cXyz",
        },
        "id=4cXyz rua=dmarc@example.com from=noreply@google.com verdict=ok "
        "reports=1 records=2 domain=example.com org=google.com "
        "text=\"stored 2 records of example.com from google.com\"\n");
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
    char value[1000], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    memset(value, ' ', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    log_message(out, &(struct log_line){value, value, value, RUA_OK, ~0ULL,
                                        ~0ULL, value, value, value});
    fclose(out);
    assert_non_null(strstr(text, " text=\" "));
    assert_string_equal(text + size - 6, " ...\"\n");
    free(text);
}

/* A packet a write: one packet must hold the line. */
static void
line_is_one_write(void **state)
{
    char value[150], packet[4096];
    FILE *out;
    int ends[2];
    ssize_t n;

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    out = fdopen(ends[0], "w");
    assert_non_null(out);
    setvbuf(out, NULL, _IONBF, 0);
    log_message(out, &(struct log_line){value, value, value, RUA_OK, 1, 1,
                                        value, value, value});
    n = read(ends[1], packet, sizeof(packet));
    assert_true(n > 900);
    assert_int_equal(packet[n - 1], '\n');
    fclose(out);
    close(ends[1]);
}

static void
error_is_one_printable_line(void **state)
{
    char text[100] = "";
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);

    (void)state;
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    log_error("/etc/a\nb: \"c\\d\" \xc3\xbc");
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    assert_string_equal(text, "ruamill: /etc/a\\x0ab: \"c\\d\" \\xc3\\xbc\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stand_in_a_fixed_order),
        cmocka_unit_test(absent_values_are_left_out),
        cmocka_unit_test(empty_value_is_quoted),
        cmocka_unit_test(greatest_numbers_fit),
        cmocka_unit_test(foreign_text_cannot_leave_its_value),
        cmocka_unit_test(value_of_200_bytes_is_whole_and_a_longer_one_is_cut),
        cmocka_unit_test(cut_leaves_no_half_escape),
        cmocka_unit_test(longest_line_is_whole),
        cmocka_unit_test(line_is_one_write),
        cmocka_unit_test(error_is_one_printable_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
