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

/* RFC 4231, test cases 2 and 6; RFC 1321, appendix A.5. */
static void
hmac_and_md5_are_those_of_the_standards(void **state)
{
    unsigned char long_key[131], raw[RUA_DIGEST_RAW], md5_raw[RUA_MD5_RAW];
    char hex[RUA_DIGEST_SIZE], base64[RUA_BASE64_SIZE(RUA_MD5_RAW)];
    struct rua_md5 md5;

    (void)state;
    rua_hmac(RUA_SPAN("Jefe"), RUA_SPAN("what do ya want for nothing?"), raw);
    rua_hex(raw, sizeof(raw), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
                             "5a003f089d2739839dec58b964ec3843");
    memset(long_key, 0xaa, sizeof(long_key));
    rua_hmac((struct rua_span){long_key, sizeof(long_key)},
             RUA_SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
             raw);
    rua_hex(raw, sizeof(raw), hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
                             "8e0bc6213728c5140546040f0ee37f54");
    rua_md5_init(&md5);
    rua_md5_add(&md5, RUA_SPAN("message "));
    rua_md5_add(&md5, RUA_SPAN("digest"));
    rua_md5_raw(&md5, md5_raw);
    rua_hex(md5_raw, sizeof(md5_raw), hex);
    assert_string_equal(hex, "f96b697d7cb7938d525a2f31aaf161d0");
    rua_base64_text(md5_raw, sizeof(md5_raw), base64);
    assert_string_equal(base64, "+WtpfXy3k41SWi8xqvFh0A==");
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
        cmocka_unit_test(hmac_and_md5_are_those_of_the_standards),
        cmocka_unit_test(any_pieces_give_the_same_digest),
        cmocka_unit_test(opaque_digest_has_room_for_the_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
