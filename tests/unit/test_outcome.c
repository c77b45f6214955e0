#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outcome.h"

static void
lists_come_to_their_best(void **state)
{
    static const struct {
        int aligned;
        const char *results, *domains;
        enum outcome_what what;
        const char *domain; /* NULL: none */
    } cases[] = {
        {1,  "pass",           "a.example",           OUTCOME_PASS,  "a.example"},
        {1,  "fail,pass",      "b.example,a.example", OUTCOME_PASS,  "a.example"},
        {1,  NULL,             NULL,                  OUTCOME_PASS,  NULL       },
        {0,  "pass",           "a.example",           OUTCOME_OTHER, "a.example"},
        {0,  "fail,PASS",      "b.example,a.example", OUTCOME_OTHER, "a.example"},
        {0,  "fail",           "a.example",           OUTCOME_FAIL,  "a.example"},
        {0,  "softfail",       "a.example",           OUTCOME_FAIL,  "a.example"},
        {0,  "none,fail",      "b.example,a.example", OUTCOME_FAIL,  "a.example"},
        {0,  "fail,temperror", "a.example,b.example", OUTCOME_FAIL,  "a.example"},
        {0,  "permerror",      "a.example",           OUTCOME_ERROR, "a.example"},
        {0,  "none",           "a.example",           OUTCOME_NONE,  NULL       },
        {0,  "",               "",                    OUTCOME_NONE,  NULL       },
        {0,  NULL,             NULL,                  OUTCOME_NONE,  NULL       },
        {-1, "pass",           "a.example",           OUTCOME_OTHER, "a.example"},
        {0,  "pass",           NULL,                  OUTCOME_OTHER, NULL       },
        {0,  "fail,fail,pass", "a.example",           OUTCOME_OTHER, NULL       },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct outcome found =
            outcome_read(cases[i].aligned, rua_span_text(cases[i].results),
                         rua_span_text(cases[i].domains));
        struct rua_span domain = rua_span_text(cases[i].domain);
        assert_int_equal(cases[i].what, found.what);
        assert_int_equal(domain.len, found.domain.len);
        if (domain.len)
            assert_memory_equal(domain.data, found.domain.data, domain.len);
    }
}

static void
without_lists_only_alignment_is_known(void **state)
{
    (void)state;
    assert_int_equal(OUTCOME_PASS, outcome_read_aligned(1).what);
    assert_int_equal(OUTCOME_UNALIGNED, outcome_read_aligned(0).what);
    assert_int_equal(OUTCOME_UNKNOWN, outcome_read_aligned(-1).what);
}

static void
many_messages_have_one_word(void **state)
{
    static const struct {
        uint64_t messages[OUTCOMES]; /* pass, other, fail, error, none,
                                        unaligned, unknown */
        enum outcome_what what;
    } cases[] = {
        {{0, 0, 0, 0, 0, 0, 0}, OUTCOME_UNKNOWN  },
        {{0, 0, 0, 0, 0, 0, 9}, OUTCOME_UNKNOWN  },
        {{1, 9, 9, 9, 9, 9, 9}, OUTCOME_PASS     },
        {{0, 5, 2, 0, 3, 0, 9}, OUTCOME_OTHER    },
        {{0, 4, 2, 0, 3, 0, 0}, OUTCOME_FAIL     },
        {{0, 0, 0, 0, 7, 0, 9}, OUTCOME_NONE     },
        {{0, 0, 1, 0, 7, 0, 0}, OUTCOME_FAIL     },
        {{0, 0, 0, 1, 7, 0, 0}, OUTCOME_ERROR    },
        {{0, 0, 0, 0, 0, 7, 0}, OUTCOME_UNALIGNED},
        {{0, 0, 0, 0, 7, 7, 0}, OUTCOME_FAIL     },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(cases[i].what, outcome_common(cases[i].messages));
}

static void
each_group_has_its_meaning(void **state)
{
    static const struct {
        enum outcome_what spf, dkim;
        const char *signer, *reasons, *from;
        enum outcome_meaning meaning;
    } cases[] = {
        {OUTCOME_FAIL,      OUTCOME_NONE,      "",              "",                   "a.example",   MEANS_STRANGER},
        {OUTCOME_NONE,      OUTCOME_NONE,      "",              "local_policy",       "a.example",
         MEANS_STRANGER                                                                                            },
        {OUTCOME_FAIL,      OUTCOME_FAIL,      "other.example", "",                   "a.example",
         MEANS_STRANGER                                                                                            },
        {OUTCOME_OTHER,     OUTCOME_NONE,      "",              "",                   "a.example",   MEANS_ENVELOPE},
        {OUTCOME_OTHER,     OUTCOME_OTHER,     "crm.example",   "",                   "a.example",
         MEANS_SERVICE                                                                                             },
        {OUTCOME_OTHER,     OUTCOME_FAIL,      "a.example",     "",                   "a.example",
         MEANS_CHANGED                                                                                             },
        {OUTCOME_FAIL,      OUTCOME_FAIL,      "A.example",     "",                   "m.a.example",
         MEANS_CHANGED                                                                                             },
        {OUTCOME_FAIL,      OUTCOME_FAIL,      "m.a.example",   "",                   "a.example",
         MEANS_CHANGED                                                                                             },
        {OUTCOME_FAIL,      OUTCOME_FAIL,      "ba.example",    "",                   "a.example",
         MEANS_STRANGER                                                                                            },
        {OUTCOME_ERROR,     OUTCOME_NONE,      "",              "",                   "a.example",   MEANS_ERROR   },
        {OUTCOME_FAIL,      OUTCOME_NONE,      "",              "other,mailing_list", "a.example",
         MEANS_FORWARDED                                                                                           },
        {OUTCOME_OTHER,     OUTCOME_FAIL,      "a.example",     "Forwarded",          "a.example",
         MEANS_FORWARDED                                                                                           },
        {OUTCOME_FAIL,      OUTCOME_FAIL,      "",              "",                   "",            MEANS_STRANGER},
        {OUTCOME_UNALIGNED, OUTCOME_UNALIGNED, "",              "",                   "a.example",
         MEANS_UNKNOWN                                                                                             },
        {OUTCOME_NONE,      OUTCOME_UNKNOWN,   "",              "",                   "a.example",   MEANS_UNKNOWN },
        {OUTCOME_UNKNOWN,   OUTCOME_UNKNOWN,   "",              "forwarded",          "a.example",
         MEANS_FORWARDED                                                                                           },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct outcome spf = {.what = cases[i].spf};
        const struct outcome dkim = {cases[i].dkim,
                                     rua_span_text(cases[i].signer)};
        assert_int_equal(cases[i].meaning,
                         outcome_meaning(&spf, &dkim,
                                         rua_span_text(cases[i].reasons),
                                         rua_span_text(cases[i].from)));
    }
}

static void
there_are_words_for_all(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_MEANINGS; i++) {
        assert_non_null(outcome_words[i].title);
        assert_non_null(outcome_words[i].advice);
    }
    for (int i = 0; i < OUTCOMES; i++) {
        assert_non_null(outcome_spf[i].name);
        assert_non_null(outcome_spf[i].bare);
        assert_non_null(outcome_dkim[i].name);
        assert_non_null(outcome_dkim[i].bare);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_come_to_their_best),
        cmocka_unit_test(without_lists_only_alignment_is_known),
        cmocka_unit_test(many_messages_have_one_word),
        cmocka_unit_test(each_group_has_its_meaning),
        cmocka_unit_test(there_are_words_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
