#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report.h"
#include "sniff.h"

/* Bytes that come one by one are told as soon as they can be, and as the whole
 * is; what follows the deciding bytes does not matter any more. */
static void
kind_does_not_depend_on_the_pieces(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"<a/>",                 4 },
        {"\xef\xbb\xbf<a/>",     7 },
        {"\n\xef\xbb\xbf<a/>",   8 },
        {"\xfe\xff\0<\0a\0/\0>", 10},
        {"\0<\0a",               4 },
        {"\0<a/>",               5 },
        {"\x1f\x8b\x08\0",       4 },
        {"\x78\x9c\0\0",         4 },
        {"PK\3\4",               4 },
        {"{\"a\"",               4 },
        {"text",                 4 },
        {"PK",                   2 },
        {"\n",                   1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct rua_span all = {(const unsigned char *)cases[i].bytes,
                                     cases[i].len};
        const struct rua_sight whole = rua_sniff(all, true);
        for (size_t n = 0; n <= all.len; n++) {
            struct rua_sight part =
                rua_sniff((struct rua_span){all.data, n}, false);
            if (part.kind != RUA_IS_UNKNOWN) {
                assert_int_equal(whole.kind, part.kind);
                assert_int_equal(whole.begin, part.begin);
                assert_int_equal(whole.oddities, part.oddities);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_does_not_depend_on_the_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
