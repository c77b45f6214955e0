#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <nettle/sha2.h>

#include <cmocka.h>

#include "digest.h"

static void
digests_are_those_of_the_standard(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"",                                                         "e3b0c44298fc1c149afbf4c8996fb924"
             "27ae41e4649b934ca495991b7852b855"      },
        {"abc",                                                      "ba7816bf8f01cfea414140de5dae2223"
                "b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039"
         "a33ce45964ff2167f6ecedd419db06c1"                      },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rua_digest digest;
        char hex[RUA_DIGEST_SIZE];
        rua_digest_init(&digest);
        rua_digest_add(&digest, rua_span_text(cases[i].text));
        rua_digest_hex(&digest, hex);
        assert_string_equal(cases[i].hex, hex);
    }
}

static void
base64_is_that_of_the_same_bytes(void **state)
{
    struct rua_digest digest;
    char text[RUA_DIGEST_BASE64];

    (void)state;
    rua_digest_init(&digest);
    rua_digest_add(&digest, RUA_SPAN("abc"));
    rua_digest_base64(&digest, text);
    assert_string_equal("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", text);
}

static void
any_pieces_give_the_same_digest(void **state)
{
    static unsigned char a[1000000];

    (void)state;
    memset(a, 'a', sizeof(a));
    for (size_t piece = 1; piece <= 7; piece++) {
        struct rua_digest digest;
        char hex[RUA_DIGEST_SIZE];
        rua_digest_init(&digest);
        rua_digest_add(&digest, (struct rua_span){0});
        for (size_t i = 0; i < sizeof(a); i += piece)
            rua_digest_add(&digest, (struct rua_span){a, sizeof(a) - i < piece
                                                             ? sizeof(a) - i
                                                             : piece});
        rua_digest_hex(&digest, hex);
        assert_string_equal("cdc76e5c9914fb9281a1c7e284d73e67"
                            "f1809a48a497200e046d39ccc7112cd0",
                            hex);
    }
}

static void
opaque_digest_has_room_for_the_context(void **state)
{
    (void)state;
    assert_true(sizeof(struct sha256_ctx) <= sizeof(struct rua_digest));
    assert_int_equal(RUA_DIGEST_SIZE, 2 * SHA256_DIGEST_SIZE + 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(base64_is_that_of_the_same_bytes),
        cmocka_unit_test(any_pieces_give_the_same_digest),
        cmocka_unit_test(opaque_digest_has_room_for_the_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
