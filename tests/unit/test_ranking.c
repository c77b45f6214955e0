#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "figure.h"
#include "ranking.h"

static void
add(struct ranking *ranking, const char *key, uint64_t messages,
    uint64_t failed, const char *note)
{
    const struct ranking_sums sums = {.messages = messages, .failed = failed};

    ranking_add(ranking, rua_span_text(key), &sums, rua_span_text(note));
}

static void
keys_are_summed_and_the_largest_come_first(void **state)
{
    struct ranking ranking = {0};

    (void)state;
    add(&ranking, "a", 1, 1, "x");
    add(&ranking, "b", 5, 0, NULL);
    add(&ranking, "c", 3, 2, "x");
    add(&ranking, "a", 3, 1, "y");
    add(&ranking, "", 3, 0, "x");
    ranking_cut(&ranking, 3, false);
    assert_int_equal(3, ranking.n);
    assert_string_equal("b", ranking.entries[0].key);
    assert_string_equal("a", ranking.entries[1].key);
    assert_true(ranking.entries[1].sums.messages == 4);
    assert_string_equal("x", ranking.entries[1].note);
    assert_true(ranking.entries[1].several);
    assert_string_equal("c", ranking.entries[2].key);
    assert_false(ranking.entries[2].several);
    assert_true(ranking.rest_n == 1 && ranking.rest.messages == 3);
    ranking_done(&ranking);
}

static void
by_failed_it_is_another_order(void **state)
{
    struct ranking ranking = {0};

    (void)state;
    add(&ranking, "b", 100, 1, NULL);
    add(&ranking, "a", 1, 1, NULL);
    add(&ranking, "c", 3, 2, NULL);
    ranking_cut(&ranking, 9, true);
    assert_string_equal("c", ranking.entries[0].key);
    assert_string_equal("b", ranking.entries[1].key);
    assert_string_equal("a", ranking.entries[2].key);
    assert_true(ranking.rest_n == 0);
    ranking_done(&ranking);
}

/* More keys than there is room for: the large ones stay, and the sum of all is
 * exact. */
static void
memory_is_bounded(void **state)
{
    struct ranking ranking = {0};
    struct ranking_sums all;
    char key[16];

    (void)state;
    for (int i = 0; i < 3 * RANKING_MOST; i++) {
        snprintf(key, sizeof(key), "%d", i);
        add(&ranking, key, 1, 0, NULL);
        assert_true(ranking.n <= RANKING_MOST);
        if (i % 1000 == 0)
            add(&ranking, "large", 7, 0, NULL);
    }
    ranking_cut(&ranking, 10, false);
    assert_string_equal("large", ranking.entries[0].key);
    assert_true(ranking.entries[0].sums.messages == 7 * 99);
    all = ranking.rest;
    for (size_t i = 0; i < ranking.n; i++)
        ranking_sum(&all, &ranking.entries[i].sums);
    assert_true(all.messages == 3 * RANKING_MOST + 7 * 99);
    ranking_done(&ranking);
}

static void
one_is_merged_into_another(void **state)
{
    struct ranking a = {0}, b = {0};

    (void)state;
    add(&a, "x", 1, 0, "n");
    add(&b, "x", 2, 0, "m");
    add(&b, "y", FIGURE_MOST, 0, "m");
    b.rest_n = 4;
    b.rest.messages = 5;
    ranking_merge(&a, &b);
    ranking_merge(&a, &b);
    ranking_cut(&a, 9, false);
    assert_int_equal(2, a.n);
    assert_true(a.entries[0].sums.messages == FIGURE_MOST);
    assert_true(a.entries[1].sums.messages == 5);
    assert_true(a.entries[1].several);
    assert_true(a.rest_n == 8 && a.rest.messages == 10);
    ranking_done(&a);
    ranking_done(&b);
}

static void
long_texts_are_cut_between_characters(void **state)
{
    static char text[2 * RANKING_KEY];
    struct ranking ranking = {0};

    (void)state;
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    add(&ranking, text, 1, 0, text);
    assert_int_equal(RANKING_KEY - 2, strlen(ranking.entries[0].key));
    assert_int_equal(RANKING_NOTE - 1, strlen(ranking.entries[0].note));
    assert_string_equal("\xc3\xa4\xe2\x80\xa6",
                        ranking.entries[0].note + RANKING_NOTE - 6);
    add(&ranking, text, 1, 0, text);
    assert_int_equal(1, ranking.n);
    assert_false(ranking.entries[0].several);
    ranking_done(&ranking);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_summed_and_the_largest_come_first),
        cmocka_unit_test(by_failed_it_is_another_order),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(one_is_merged_into_another),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
