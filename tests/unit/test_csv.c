#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csv.h"

/* What was read, as text: "offset|cell|cell\n", "-" for an absent value, "!"
 * and the sentence for a line that is wrong. */
static enum rua_verdict
note(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct rua_buf *read = ctx;

    (void)err;
    rua_buf_printf(read, "%llu", (unsigned long long)row->offset);
    if (row->wrong)
        rua_buf_printf(read, "!%s", row->wrong);
    for (size_t i = 0; i < row->n; i++) {
        rua_buf_add_byte(read, '|');
        if (row->cells[i].data)
            rua_buf_add_span(read, row->cells[i]);
        else
            rua_buf_add_byte(read, '-');
    }
    rua_buf_add_byte(read, '\n');
    return RUA_OK;
}

static void
read_in_pieces(enum rua_format format, struct rua_span table, size_t piece,
               const char *expected)
{
    struct rua_buf read;
    struct rua_csv csv;

    rua_buf_init(&read, 1 << 20);
    rua_csv_init(&csv, format, note, &read);
    for (size_t at = 0; at < table.len; at += piece) {
        size_t n = table.len - at < piece ? table.len - at : piece;
        struct rua_span bytes = {table.data + at, n};
        assert_int_equal(rua_csv_write(&csv, bytes, NULL), RUA_OK);
    }
    assert_int_equal(rua_csv_end(&csv, NULL), RUA_OK);
    assert_true(rua_buf_add_byte(&read, '\0'));
    assert_string_equal((const char *)read.data, expected);
    rua_csv_done(&csv);
    rua_buf_done(&read);
}

static void
gives_bytes(enum rua_format format, struct rua_span table, const char *expected)
{
    read_in_pieces(format, table, table.len + 1, expected);
    for (size_t piece = 1; piece <= 7; piece++)
        read_in_pieces(format, table, piece, expected);
}

static void
gives(enum rua_format format, const char *table, const char *expected)
{
    gives_bytes(format, rua_span_text(table), expected);
}

static void
cells_are_unquoted_and_offsets_are_of_lines(void **state)
{
    (void)state;
    gives(RUA_CSV, "a,b,c\n1,\"two\",3\n\"x,\"\"y\"\"\",,\"\"\n",
          "0|a|b|c\n6|1|two|3\n16|x,\"y\"|-|\n");
    gives(RUA_CSV, "a\n\"\"\"\"\n\n", "0|a\n2|\"\n7|-\n");
    gives(RUA_CSV, "", "");
}

static void
absent_is_another_thing_than_empty_in_csv_only(void **state)
{
    (void)state;
    gives(RUA_CSV, "a,b\n,\"\"\n", "0|a|b\n4|-|\n");
    gives(RUA_TSV, "a\tb\n\t\n", "0|a|b\n4|-|-\n");
}

static void
tsv_takes_quotes_and_commas_as_they_are(void **state)
{
    (void)state;
    gives(RUA_TSV, "a\tb\n\"x\ty,z\n", "0|a|b\n4|\"x|y,z\n");
}

static void
wrong_quotes_are_told_and_the_next_line_is_read(void **state)
{
    (void)state;
    gives(RUA_CSV, "a\n\"x\ny\n",
          "0|a\n2!has a quote that is not closed\n5|y\n");
    gives(RUA_CSV, "a\nx\"y\nz\n", "0|a\n2!has a quote inside a value\n6|z\n");
    gives(RUA_CSV, "a\n\"x\"y\nz\n",
          "0|a\n2!has text behind a closing quote\n7|z\n");
}

static void
rows_are_as_wide_as_the_header(void **state)
{
    (void)state;
    gives(RUA_CSV, "a,b\n1\n1,2,3\n1,2\n",
          "0|a|b\n4!has fewer values than the header\n"
          "6!has more values than the header\n12|1|2\n");
}

static void
last_line_without_an_end_is_wrong(void **state)
{
    (void)state;
    gives(RUA_CSV, "a,b\n1,2", "0|a|b\n4!breaks off: it has no line end\n");
    gives(RUA_TSV, "a", "0!breaks off: it has no line end\n");
}

/* Eight bytes are looked at together where they can be. */
static void
every_byte_is_told_at_every_place(void **state)
{
    (void)state;
    for (size_t at = 0; at < 24; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char line[] = "abcdefgh~~~~~~~~        ";
            char table[64], wanted[64];
            const char *wrong = byte >= 0x80  ? "is not UTF-8"
                                : byte == 0   ? "has a NUL in it"
                                : byte == 127 ? "has a control character in it"
                                : byte >= ' ' ? NULL
                                : byte == '\r' && at == 23
                                    ? "ends with a carriage return"
                                    : "has a control character in it";
            struct rua_span span = {(unsigned char *)table, 27};
            if (byte == '\t' || byte == '\n')
                continue;
            line[at] = (char)byte;
            memcpy(table, "a\n", 2);
            memcpy(table + 2, line, 24);
            table[26] = '\n';
            snprintf(wanted, sizeof(wanted),
                     wrong ? "0|a\n2!%s\n" : "0|a\n2|%s\n",
                     wrong ? wrong : line);
            gives_bytes(RUA_TSV, span, wanted);
        }
}

static void
control_characters_are_told(void **state)
{
    (void)state;
    gives(RUA_CSV, "a\n1\r\n2\n", "0|a\n2!ends with a carriage return\n5|2\n");
    gives(RUA_CSV, "a\n1\t2\n", "0|a\n2!has a control character in it\n");
    gives(RUA_TSV, "a\n1\x7f\n", "0|a\n2!has a control character in it\n");
    gives_bytes(RUA_CSV, RUA_SPAN("a\n1\0002\n"), "0|a\n2!has a NUL in it\n");
}

static void
only_utf8_is_taken(void **state)
{
    static const char *const good[] = {
        "\xc2\x80",     "\xdf\xbf",     "\xe0\xa0\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",         "\xc1\xbf",         "\xc2",
        "\xc2x",        "\xe0\x9f\xbf",     "\xed\xa0\x80",
        "\xe1\x80",     "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf1\x80\x80", "\xf5\x80\x80\x80", "\xff"};
    char table[32], expected[64];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        snprintf(table, sizeof(table), "a\n%s\n", good[i]);
        snprintf(expected, sizeof(expected), "0|a\n2|%s\n", good[i]);
        gives(RUA_CSV, table, expected);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        snprintf(table, sizeof(table), "a\n%s\n", bad[i]);
        gives(RUA_TSV, table, "0|a\n2!is not UTF-8\n");
    }
}

static void
line_that_is_too_long_is_told_and_passed(void **state)
{
    size_t len = RUA_CSV_LINE + 10;
    char *table = malloc(len + 8);
    struct rua_buf read;
    struct rua_csv csv;
    struct rua_span bytes = {(const unsigned char *)table, len + 7};

    (void)state;
    memset(table, 'x', len + 8);
    memcpy(table, "a\n", 2);
    memcpy(table + 2 + len, "\nend\n", 5);
    rua_buf_init(&read, 1 << 20);
    rua_csv_init(&csv, RUA_CSV, note, &read);
    assert_int_equal(rua_csv_write(&csv, bytes, NULL), RUA_OK);
    assert_int_equal(rua_csv_end(&csv, NULL), RUA_OK);
    assert_true(rua_buf_add_byte(&read, '\0'));
    assert_string_equal((const char *)read.data,
                        "0|a\n2!is too long\n67108877|end\n");
    rua_csv_done(&csv);
    rua_buf_done(&read);
    free(table);
}

static enum rua_verdict
stop(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    unsigned *rows = ctx;

    return ++*rows == 2
               ? rua_err_set(err, RUA_BAD, "line %u", (unsigned)row->number)
               : RUA_OK;
}

static void
verdict_of_the_caller_ends_the_reading(void **state)
{
    struct rua_csv csv;
    struct rua_err err = {0};
    unsigned rows = 0;

    (void)state;
    rua_csv_init(&csv, RUA_CSV, stop, &rows);
    assert_int_equal(rua_csv_write(&csv, RUA_SPAN("a\n1\n2\n"), &err), RUA_BAD);
    assert_int_equal(rows, 2);
    assert_string_equal(err.sentence, "line 2");
    rua_csv_done(&csv);
}

/* What cell.h writes is read as it was meant. */
static void
cells_that_were_written_are_read_again(void **state)
{
    static const char *const values[] = {
        "plain", "with \"quotes\"", "a,b", "",    "'",    "=1+1", "'=1",
        "''@x",  "\xef\xbc\x9dx",   "-",   " =1", "' =1", " '",   "' 1"};
    struct rua_buf row;
    struct rua_cell cell = {.out = &row, .format = RUA_CSV, .guard = true};
    struct rua_buf read;
    struct rua_csv csv;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        char expected[64];
        struct rua_span value;
        rua_buf_init(&row, 1 << 10);
        rua_buf_init(&read, 1 << 10);
        rua_cell_text(&cell, rua_span_text(values[i]));
        rua_cell_end_row(&cell);
        rua_csv_init(&csv, RUA_CSV, note, &read);
        assert_int_equal(rua_csv_write(&csv, rua_buf_span(&row), NULL), RUA_OK);
        value = rua_buf_span(&read);
        snprintf(expected, sizeof(expected), "%s", values[i]);
        value =
            rua_csv_unguard((struct rua_span){value.data + 2, value.len - 3});
        assert_int_equal(value.len, strlen(expected));
        assert_memory_equal(value.data, expected, value.len);
        rua_csv_done(&csv);
        rua_buf_done(&row);
        rua_buf_done(&read);
    }
}

static void
numbers_are_digits_up_to_the_greatest(void **state)
{
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      "1 ",
                                      "0x1",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    uint64_t number = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(rua_csv_number(rua_span_text(bad[i]), &number));
    assert_int_equal(number, 7);
    assert_true(rua_csv_number(RUA_SPAN("18446744073709551615"), &number));
    assert_true(number == UINT64_MAX);
    assert_true(rua_csv_number(RUA_SPAN("007"), &number));
    assert_int_equal(number, 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_unquoted_and_offsets_are_of_lines),
        cmocka_unit_test(absent_is_another_thing_than_empty_in_csv_only),
        cmocka_unit_test(tsv_takes_quotes_and_commas_as_they_are),
        cmocka_unit_test(wrong_quotes_are_told_and_the_next_line_is_read),
        cmocka_unit_test(rows_are_as_wide_as_the_header),
        cmocka_unit_test(last_line_without_an_end_is_wrong),
        cmocka_unit_test(control_characters_are_told),
        cmocka_unit_test(every_byte_is_told_at_every_place),
        cmocka_unit_test(only_utf8_is_taken),
        cmocka_unit_test(line_that_is_too_long_is_told_and_passed),
        cmocka_unit_test(verdict_of_the_caller_ends_the_reading),
        cmocka_unit_test(cells_that_were_written_are_read_again),
        cmocka_unit_test(numbers_are_digits_up_to_the_greatest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
