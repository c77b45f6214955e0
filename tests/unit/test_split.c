#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csv.h"
#include "split.h"

enum {
    WIDTH = 9,
    LONGEST = 150,
    ROUNDS = 20000
};

static uint64_t seed = 20261130;

static unsigned
any(unsigned below)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % below;
}

/* A value of bytes that matter to quoting, of a length around 64 at times. */
static struct rua_span
any_value(unsigned char *bytes)
{
    static const char alphabet[] = "\"\",,'=a \t\n\\";
    size_t len = any(4) ? any(8) : any(LONGEST);

    if (any(6) == 0)
        return (struct rua_span){0};
    for (size_t i = 0; i < len; i++)
        bytes[i] = any(3) ? (unsigned char)('a' + any(26))
                          : (unsigned char)alphabet[any(sizeof(alphabet) - 1)];
    return (struct rua_span){bytes, len};
}

/* The cells that the careful reader finds in a line. */
struct careful {
    struct rua_buf text;
    size_t at[WIDTH];
    struct rua_span cells[WIDTH];
    const char *wrong;
};

static enum rua_verdict
keep(void *ctx, const struct rua_csv_row *row, struct rua_err *err)
{
    struct careful *careful = ctx;

    (void)err;
    careful->wrong = row->wrong;
    rua_buf_reset(&careful->text);
    for (size_t i = 0; i < row->n && i < WIDTH; i++) {
        careful->cells[i] = row->cells[i];
        careful->at[i] = careful->text.len;
        rua_buf_add_span(&careful->text, row->cells[i]);
    }
    for (size_t i = 0; i < row->n && i < WIDTH; i++)
        if (careful->cells[i].data)
            careful->cells[i].data = careful->text.data + careful->at[i];
    return RUA_OK;
}

static void
same_cells(const struct careful *careful, struct split *split,
           struct rua_span line)
{
    struct rua_span cells[WIDTH];

    assert_null(careful->wrong);
    assert_null(split_line(split, line, cells));
    for (size_t i = 0; i < split->n; i++) {
        struct rua_span wanted = split->at[i] == SPLIT_NOWHERE
                                     ? (struct rua_span){0}
                                     : careful->cells[split->at[i]];
        if (split->guard && wanted.len)
            wanted = rua_csv_unguard(wanted);
        assert_int_equal(cells[i].data == NULL, wanted.data == NULL);
        assert_int_equal(cells[i].len, wanted.len);
        if (wanted.len)
            assert_memory_equal(cells[i].data, wanted.data, wanted.len);
    }
}

static void
agree(enum rua_format format, bool guard)
{
    static const size_t at[] = {8, 0, SPLIT_NOWHERE, 3, 3, 7};
    unsigned char bytes[LONGEST];
    struct careful careful = {0};
    struct rua_csv csv;
    struct split split;
    struct rua_buf row;
    struct rua_cell cell = {.out = &row, .format = format, .guard = guard};

    rua_buf_init(&row, 1 << 20);
    rua_buf_init(&careful.text, 1 << 20);
    split_init(&split, format, guard, at, sizeof(at) / sizeof(*at), WIDTH);
    for (unsigned round = 0; round < ROUNDS; round++) {
        rua_buf_reset(&row);
        for (size_t i = 0; i < WIDTH; i++) {
            if (i)
                rua_cell_next(&cell);
            rua_cell_text(&cell, any_value(bytes));
        }
        rua_buf_add_byte(&row, '\n');
        rua_csv_init(&csv, format, keep, &careful);
        rua_csv_write(&csv, rua_buf_span(&row), NULL);
        assert_non_null(rua_buf_room(&row, SPLIT_PAD));
        same_cells(&careful, &split, (struct rua_span){row.data, row.len - 1});
        rua_csv_done(&csv);
    }
    split_done(&split);
    rua_buf_done(&row);
    rua_buf_done(&careful.text);
}

static void
test_finds_what_the_careful_reader_finds(void **state)
{
    (void)state;
    agree(RUA_CSV, true);
    agree(RUA_CSV, false);
    agree(RUA_TSV, false);
}

static void
says(const char *text, size_t width, const char *expected)
{
    static const size_t at[] = {1};
    char line[256] = {0};
    struct rua_span cell;
    struct split split;
    const char *wrong;

    snprintf(line, sizeof(line), "%s", text);
    split_init(&split, RUA_CSV, true, at, 1, width);
    wrong = split_line(
        &split, (struct rua_span){(unsigned char *)line, strlen(text)}, &cell);
    if (expected)
        assert_string_equal(wrong, expected);
    else
        assert_null(wrong);
    split_done(&split);
}

static void
test_names_broken_lines(void **state)
{
    (void)state;
    says("1,\"a,b\",3", 3, NULL);
    says("1,2", 3, "has fewer values than the header");
    says("", 3, "has fewer values than the header");
    says("1,2,3,4", 3, "has more values than the header");
    says("1,\"a,3", 3, "has a quote that is not closed");
    says("1,2,\"", 3, "has a quote that is not closed");
    says("1,\"", 2, "has a quote that is not closed");
}

static void
test_counts_values(void **state)
{
    char line[256] = "a,\"b,\"\"c\",,d";

    (void)state;
    assert_int_equal(
        split_count(RUA_CSV, (struct rua_span){(unsigned char *)line, 12}), 4);
    assert_int_equal(
        split_count(RUA_TSV, (struct rua_span){(unsigned char *)line, 12}), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_the_careful_reader_finds),
        cmocka_unit_test(test_names_broken_lines),
        cmocka_unit_test(test_counts_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
