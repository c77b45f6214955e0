#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answer.h"

static void
table_is_that_of_the_manual(void **state)
{
    static const struct {
        enum rua_verdict verdict;
        bool rejects;
        const char *sentence;
        int status;
        const char *line;
    } cases[] = {
        {RUA_OK,         false, "stored 2 records of a from b",          0,
         "2.0.0 stored 2 records of a from b\n"                                                      },
        {RUA_OK,         true,  "stored 2 records of a from b",          0,
         "2.0.0 stored 2 records of a from b\n"                                                      },
        {RUA_DUPLICATE,  false, "already stored",                        0,  "2.0.0 already stored\n"},
        {RUA_DUPLICATE,  true,  "already stored",                        0,  "2.0.0 already stored\n"},
        {RUA_NOT_REPORT, false, "no aggregate report in it",             0,
         "2.0.0 no aggregate report, kept aside\n"                                                   },
        {RUA_NOT_REPORT, true,  "an SMTP TLS report",                    0,
         "2.0.0 no aggregate report, kept aside: an SMTP TLS report\n"                               },
        {RUA_BAD,        false, "gzip: x",                               0,
         "2.0.0 unreadable report, kept aside: gzip: x\n"                                            },
        {RUA_BAD,        true,  "gzip: x",                               65, "5.6.0 gzip: x\n"       },
        {RUA_REFUSED,    false, "the policy domain a is not taken by b", 0,
         "2.0.0 refused report, kept aside: the policy domain a is not taken "
         "by b\n"                                                                                    },
        {RUA_REFUSED,    true,  "the policy domain a is not taken by b", 65,
         "5.7.1 the policy domain a is not taken by b\n"                                             },
        {RUA_LATER,      false, "no room",                               75, "4.3.0 no room\n"       },
        {RUA_LATER,      true,  "no room",                               75, "4.3.0 no room\n"       },
        {RUA_LATER,      true,  "",                                      75, "4.3.0 \n"              },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct answer answer;
        answer_choose(cases[i].verdict, cases[i].rejects, cases[i].sentence,
                      &answer);
        assert_string_equal(answer.line, cases[i].line);
        assert_int_equal(answer.status, cases[i].status);
    }
}

static void
unknown_recipient_is_the_senders_mistake(void **state)
{
    struct answer answer;

    (void)state;
    answer_unknown("a@example.com", &answer);
    assert_string_equal(answer.line,
                        "5.1.1 a@example.com is not on the allowlist\n");
    assert_int_equal(answer.status, 67);
}

static void
answer_is_one_printable_line_whatever_strangers_write(void **state)
{
    char sentence[RUA_SENTENCE_MAX];
    struct answer answer;
    size_t len;

    (void)state;
    answer_choose(RUA_BAD, true, "a\n5.1.1 b\r\x1b\xc3\xa4", &answer);
    assert_string_equal(answer.line,
                        "5.6.0 a\\x0a5.1.1 b\\x0d\\x1b\\xc3\\xa4\n");
    memset(sentence, '\n', sizeof(sentence) - 1);
    sentence[sizeof(sentence) - 1] = '\0';
    for (int verdict = RUA_OK; verdict <= RUA_LATER; verdict++) {
        answer_choose((enum rua_verdict)verdict, false, sentence, &answer);
        len = strlen(answer.line);
        assert_in_range(len, ANSWER_SIZE - 10, ANSWER_SIZE - 1);
        assert_ptr_equal(strchr(answer.line, '\n'), answer.line + len - 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_that_of_the_manual),
        cmocka_unit_test(unknown_recipient_is_the_senders_mistake),
        cmocka_unit_test(answer_is_one_printable_line_whatever_strangers_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
