#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3.h"
#include "s3_xml.h"

/* ---- what a server says in XML ---- */

static void
texts_are_those_of_the_first_element(void **state)
{
    static const struct {
        const char *document, *text;
    } cases[] = {
        {"<?xml version=\"1.0\"?>\n<Error><Code>a&amp;b</Code><Code>c</Code>",
         "a&b"                                                                          },
        {"<Error><Code>12345678</Code></Error>",                               "1234567"},
        {"<Error xmlns=\"http://x/\"><Code/></Error>",                         ""       },
        {"<Error><Codes>a</Codes></Error>",                                    NULL     },
        {"<Error><Code>a",                                                     NULL     },
        {"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x><Code>&a;</Code></x>",         NULL     },
        {"<x><Code>&a;</Code></x>",                                            NULL     },
        {"an ordinary text",                                                   NULL     },
        {"",                                                                   NULL     },
    };
    char text[8];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool found = s3_xml_text(rua_span_text(cases[i].document), "Code", text,
                                 sizeof(text));
        assert_int_equal(found, cases[i].text != NULL);
        assert_string_equal(text, cases[i].text ? cases[i].text : "");
    }
}

/* ---- what an answer means ---- */

static struct http_answer
answer(long status, const char *headers, const char *body)
{
    return (struct http_answer){status, rua_span_text(headers),
                                rua_span_text(body)};
}

static void
answers_are_judged_by_status_and_code(void **state)
{
    static const struct {
        long status;
        const char *body;
        enum rua_verdict verdict;
        const char *sentence;
    } cases[] = {
        {200, "<CompleteMultipartUploadResult/>",                                RUA_OK,      ""                                                   },
        {204, "",                                                                RUA_OK,      ""                                                   },
 /* begun before it failed */
        {200, "<Error><Code>InternalError</Code></Error>",                       RUA_LATER,
         "h/b: status 200 InternalError; see the server's log"                                                                                     },
        {503, "<Error><Code>SlowDown</Code><Message>Wait\x1b</Message></Error>",
         RUA_LATER,                                                                           "h/b: status 503 SlowDown; see the server's log"     },
        {503, "<Error><Code>SlowDown</Code><Message>a\nb</Message></Error>",
         RUA_LATER,                                                                           "h/b: status 503 SlowDown: a b; see the server's log"},
        {404, "<Error><Code>NoSuchBucket</Code></Error>",                        RUA_REFUSED,
         "h/b: status 404 NoSuchBucket; ruamill ship --create makes it"                                                                            },
        {403, "",                                                                RUA_REFUSED,
         "h/b: status 403; see user, password_file and region"                                                                                     },
        {301, "<Error><Code>PermanentRedirect</Code></Error>",                   RUA_REFUSED,
         "h/b: status 301 PermanentRedirect; see region and url"                                                                                   },
    };
    char bucket[] = "b", host[] = "h";
    const struct conf_target conf = {.bucket = bucket};
    const struct s3 s3 = {.conf = &conf, .host = host};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_answer have = answer(cases[i].status, "", cases[i].body);
        struct rua_err err = {0};
        assert_int_equal(s3_judge(&s3, "key", &have, &err), cases[i].verdict);
        assert_string_equal(err.sentence, cases[i].sentence);
    }
}

static void
an_answer_about_an_object_has_its_etag_and_length(void **state)
{
    static const struct {
        const char *headers;
        bool object;
        uint64_t len; /* 0: none */
    } cases[] = {
        {"ETag: \"a\"\r\nContent-Length: 12\r\n", true,  12},
        {"etag: a\r\ncontent-length: 12\r\n",     true,  12},
        {"ETag: \"a\"\r\n",                       true,  0 },
        {"ETag: \"a\"\r\nContent-Length: x\r\n",  true,  0 },
        {"Content-Length: 12\r\n",                false, 0 },
        {"ETag:\r\nContent-Length: 12\r\n",       false, 0 },
        {"",                                      false, 0 },
    };
    char bucket[] = "b", host[] = "h";
    const struct conf_target conf = {.bucket = bucket};
    const struct s3 s3 = {.conf = &conf, .host = host};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_answer have = answer(200, cases[i].headers, "");
        struct rua_err err = {0};
        uint64_t len = 0;
        assert_int_equal(s3_judge_object(&s3, "key", &have, &err),
                         cases[i].object ? RUA_OK : RUA_LATER);
        assert_int_equal(s3_judge_length(&s3, "key", &have, &len, &err),
                         cases[i].len ? RUA_OK : RUA_LATER);
        assert_int_equal(len, cases[i].len);
        if (!cases[i].len)
            assert_string_equal(err.sentence,
                                "h: what answers there is no S3; see url");
    }
}

#define MD5 "900150983cd24fb0d6963f7d28e17f72" /* of "abc" */

static void
an_etag_is_compared_where_it_is_an_md5(void **state)
{
    static const struct {
        const char *etag, *headers;
        unsigned parts;
        enum s3_match match;
    } cases[] = {
        {"\"" MD5 "\"",                          "",  0, S3_SAME   },
        {MD5,                                    "",  0, S3_SAME   },
        {"\"900150983CD24FB0D6963F7D28E17F72\"", "",  0, S3_SAME   },
        {"\"000150983cd24fb0d6963f7d28e17f72\"", "",  0, S3_OTHER  },
        {"\"" MD5 "-5\"",                        "",  5, S3_SAME   },
        {"\"" MD5 "-4\"",                        "",  5, S3_OTHER  },
        {"\"" MD5 "-5\"",                        "",  0, S3_UNKNOWN},
        {"",                                     "",  0, S3_UNKNOWN},
        {"\"",                                   "",  0, S3_UNKNOWN},
        {"\"000150983cd24fb0d6963f7d28e17f72\"",
         "x-amz-server-side-encryption: aws:kms\r\n", 0, S3_UNKNOWN},
        {"\"000150983cd24fb0d6963f7d28e17f72\"",
         "x-amz-server-side-encryption: AES256\r\n",  0, S3_OTHER  },
    };
    unsigned char md5[RUA_MD5_RAW];
    struct rua_md5 ctx;

    (void)state;
    rua_md5_init(&ctx);
    rua_md5_add(&ctx, RUA_SPAN("abc"));
    rua_md5_raw(&ctx, md5);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_answer have = answer(200, cases[i].headers, "");
        assert_int_equal(
            s3_match(&have, rua_span_text(cases[i].etag), md5, cases[i].parts),
            cases[i].match);
    }
}

/* ---- what a file is ---- */

static void
digests_are_those_of_a_piece_of_a_file(void **state)
{
    char name[] = "test_s3.XXXXXX", md5[S3_CONTENT_MD5];
    int fd = mkstemp(name);
    struct http_file file = {fd, 2, 3};
    struct s3_digests digests;
    struct rua_err err = {0};

    (void)state;
    assert_true(fd >= 0);
    unlink(name);
    assert_int_equal(write(fd, "xxabcyy", 7), 7);
    assert_int_equal(s3_digest(&file, &digests, &err), RUA_OK);
    assert_string_equal(digests.sha256, "ba7816bf8f01cfea414140de5dae2223"
                                        "b00361a396177a9cb410ff61f20015ad");
    s3_content_md5(digests.md5, md5);
    assert_string_equal(md5, "content-md5: kAFQmDzST7DWlj99KOF/cg==");
    file.len = 6; /* it became shorter */
    assert_int_equal(s3_digest(&file, &digests, &err), RUA_LATER);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_the_first_element),
        cmocka_unit_test(answers_are_judged_by_status_and_code),
        cmocka_unit_test(an_answer_about_an_object_has_its_etag_and_length),
        cmocka_unit_test(an_etag_is_compared_where_it_is_an_md5),
        cmocka_unit_test(digests_are_those_of_a_piece_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
