#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "s3_sign.h"

/* The examples of "Authenticating Requests: Using the Authorization Header" in
 * Amazon's S3 API reference, with their keys, time and signatures. */
static const struct s3_signer amazon = {
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "us-east-1"};

#define HOST "examplebucket.s3.amazonaws.com"
#define NOW  1369353600 /* 2013-05-24 00:00:00 */
#define NOTHING                                                                \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define WELCOME                                                                \
    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static void
expect(const struct s3_signed *what, const char *names, const char *signature)
{
    char date[S3_DATE];
    struct rua_buf have, want;

    rua_buf_init(&have, 4096);
    rua_buf_init(&want, 4096);
    s3_sign(&amazon, what, date, &have);
    assert_string_equal(date, "20130524T000000Z");
    rua_buf_printf(&want,
                   "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/"
                   "us-east-1/s3/aws4_request, SignedHeaders=%s, Signature=%s",
                   names, signature);
    rua_buf_add_byte(&have, '\0');
    rua_buf_add_byte(&want, '\0');
    assert_string_equal((char *)have.data, (char *)want.data);
    rua_buf_done(&have);
    rua_buf_done(&want);
}

static void
an_object_that_is_read(void **state)
{
    static const char *const range[] = {"range: bytes=0-9", NULL};

    (void)state;
    expect(
        &(struct s3_signed){"GET", HOST, "/test.txt", "", NOTHING, range, NOW},
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

/* Further headers have their places among ours, whatever their order. */
static void
an_object_that_is_written(void **state)
{
    static const char *const headers[] = {
        "x-amz-storage-class: REDUCED_REDUNDANCY",
        "date: Fri, 24 May 2013 00:00:00 GMT", NULL};
    struct rua_buf path;

    (void)state;
    rua_buf_init(&path, 4096);
    s3_escape(RUA_SPAN("/test$file.text"), false, &path);
    rua_buf_add_byte(&path, '\0');
    expect(&(struct s3_signed){"PUT", HOST, (char *)path.data, "", WELCOME,
                               headers, NOW},
           "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
           "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    rua_buf_done(&path);
}

static void
queries_with_and_without_a_value(void **state)
{
    (void)state;
    expect(
        &(struct s3_signed){"GET", HOST, "/", "lifecycle=", NOTHING, NULL, NOW},
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    expect(&(struct s3_signed){"GET", HOST, "/", "max-keys=2&prefix=J", NOTHING,
                               NULL, NOW},
           "host;x-amz-content-sha256;x-amz-date",
           "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void
escapes_are_those_of_paths_and_of_queries(void **state)
{
    static const unsigned char odd[] = {'a', '/', '!', 0, 0xc3, 0xa9, ' ', '~'};
    struct rua_buf text;

    (void)state;
    rua_buf_init(&text, 4096);
    s3_escape((struct rua_span){odd, sizeof(odd)}, false, &text);
    rua_buf_add_byte(&text, ' ');
    s3_escape((struct rua_span){odd, sizeof(odd)}, true, &text);
    rua_buf_add_byte(&text, '\0');
    assert_string_equal((char *)text.data,
                        "a/%21%00%C3%A9%20~ a%2F%21%00%C3%A9%20~");
    rua_buf_done(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_that_is_read),
        cmocka_unit_test(an_object_that_is_written),
        cmocka_unit_test(queries_with_and_without_a_value),
        cmocka_unit_test(escapes_are_those_of_paths_and_of_queries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
