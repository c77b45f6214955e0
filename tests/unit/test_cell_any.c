/* Cells of any bytes: what comes out is always one cell of clean text. */
#include "sample.h"

#include "cell.h"

/* The character at *at by the definition of UTF-8 alone; dies when it is none.
 */
static uint32_t
character(const unsigned char *text, size_t len, size_t *at)
{
    static const struct {
        uint32_t first, last;
        unsigned char mask, lead;
    } forms[] = {
        {0,       0x7f,     0x80, 0   },
        {0x80,    0x7ff,    0xe0, 0xc0},
        {0x800,   0xffff,   0xf0, 0xe0},
        {0x10000, 0x10ffff, 0xf8, 0xf0},
    };
    unsigned n = 0;
    uint32_t c;

    while (n < 4 && (text[*at] & forms[n].mask) != forms[n].lead)
        n++;
    assert_true(n < 4);
    assert_true(*at + n < len);
    c = text[(*at)++] & (unsigned char)~forms[n].mask;
    for (unsigned i = 0; i < n; i++, ++*at) {
        assert_int_equal(0x80, text[*at] & 0xc0);
        c = c << 6 | (text[*at] & 0x3f);
    }
    assert_true(c >= forms[n].first && c <= forms[n].last);
    assert_false(c >= 0xd800 && c <= 0xdfff);
    return c;
}

static void
assert_clean(const unsigned char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t c = character(text, len, &at);
        assert_true(c >= 0x20 && c != 0x7f);
        assert_false(c >= 0x80 && c < 0xa0);
        assert_false(c == 0x61c || c == 0x200e || c == 0x200f || c == 0xfeff);
        assert_false(c >= 0x2028 && c <= 0x202e);
        assert_false(c >= 0x2066 && c <= 0x2069);
    }
}

/* One quoted cell: quotes inside come in pairs only. */
static void
assert_one_csv_cell(const unsigned char *text, size_t len)
{
    assert_true(len >= 2);
    assert_int_equal('"', text[0]);
    assert_int_equal('"', text[len - 1]);
    for (size_t i = 1; i < len - 1; i++)
        if (text[i] == '"') {
            assert_true(i + 1 < len - 1);
            assert_int_equal('"', text[++i]);
        }
}

static void
assert_any(const unsigned char *value, size_t n)
{
    for (int format = RUA_CSV; format <= RUA_TSV; format++) {
        struct rua_buf out;
        struct rua_cell cell = {
            .out = &out, .format = (enum rua_format)format, .guard = true};
        rua_buf_init(&out, 1000);
        rua_cell_text(&cell, (struct rua_span){value, n});
        assert_clean(out.data, out.len);
        if (format == RUA_CSV) {
            assert_one_csv_cell(out.data, out.len);
            assert_null(memchr("=+-@", out.data[1], 4));
            assert_true(out.data[1] != ' ' || !out.data[2] ||
                        !memchr("=+-@", out.data[2], 4));
        } else {
            assert_null(memchr(out.data, '"', out.len));
            assert_null(memchr(out.data, '\\', out.len));
        }
        rua_buf_done(&out);
    }
}

static void
any_two_bytes_are_one_clean_cell(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        unsigned char value[2] = {(unsigned char)(i >> 8), (unsigned char)i};
        assert_any(value, 2);
    }
}

static void
any_bytes_are_one_clean_cell(void **state)
{
    static const unsigned char likely[] = "\"',=\\\n\xc2\x80\xe2\x80\xaa\x8e"
                                          "\xef\xbb\xbf\xf0\x9f\xed\xa0\x00";
    uint32_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 50000; i++) {
        unsigned char value[12];
        size_t n = sample_random(&seed) % (sizeof(value) + 1);
        for (size_t k = 0; k < n; k++) {
            uint32_t r = sample_random(&seed);
            value[k] = r & 1 ? likely[(r >> 1) % (sizeof(likely) - 1)]
                             : (unsigned char)(r >> 8);
        }
        assert_any(value, n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_two_bytes_are_one_clean_cell),
        cmocka_unit_test(any_bytes_are_one_clean_cell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
