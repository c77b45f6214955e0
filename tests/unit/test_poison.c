#include "poison.h"
#include "store_fixture.h"

#define NOW 1767225600LL
#define DAY (24 * 3600LL)

static int
begin(void **state)
{
    return folder_begin(state) != 0 || mkdirat(folder, ".spool", 0750) != 0;
}

static bool
before(const char *text, int64_t now)
{
    struct rua_spool spool;
    bool answer = false;

    sample_spool(&spool);
    assert_int_equal(RUA_OK,
                     rua_spool_write(&spool, rua_span_text(text), NULL));
    if (poison_note(folder_path, &spool, now, &answer, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    rua_spool_done(&spool);
    return answer;
}

static void
same_message_is_known_the_second_time(void **state)
{
    (void)state;
    assert_false(before("a", NOW));
    assert_false(before("b", NOW));
    assert_true(before("a", NOW + 1));
    assert_true(before("a", NOW + 2));
    assert_int_equal(folder_count(".spool/poison"), 2);
    assert_true(folder_has(".spool/poison/ca978112ca1bbdcafac231b39a23dc4da786e"
                           "ff8147c4e72b9807785afee48bb"));
}

static void
message_is_forgotten_after_seven_days(void **state)
{
    (void)state;
    assert_false(before("a", NOW));
    assert_true(before("a", NOW + 7 * DAY));
    assert_false(before("a", NOW + 7 * DAY + 1));
    assert_true(before("a", NOW + 8 * DAY));
}

static void
what_is_forgotten_is_removed_in_passing(void **state)
{
    (void)state;
    before("a", NOW);
    before("b", NOW + DAY);
    folder_put(".spool/poison/note", "not ours");
    before("c", NOW + 7 * DAY + 1);
    assert_int_equal(folder_count(".spool/poison"), 3);
    before("d", NOW + 30 * DAY);
    assert_int_equal(folder_count(".spool/poison"), 2);
    assert_true(folder_has(".spool/poison/note"));
}

static void
what_the_future_left_is_not_kept_for_ever(void **state)
{
    (void)state;
    before("a", NOW + 1000 * DAY);
    assert_false(before("a", NOW));
    assert_true(before("a", NOW));
}

static void
oldest_make_room_for_new_ones(void **state)
{
    char text[16];

    (void)state;
    for (unsigned i = 0; i < POISON_MOST + 20; i++) {
        snprintf(text, sizeof(text), "%u", i);
        assert_false(before(text, NOW + i));
    }
    assert_int_equal(folder_count(".spool/poison"), POISON_MOST);
    assert_true(before("20", NOW + POISON_MOST + 20));
    assert_false(before("19", NOW + POISON_MOST + 20));
}

static void
folder_that_is_elsewhere_is_not_written_to(void **state)
{
    struct rua_spool spool;
    bool answer = true;

    (void)state;
    assert_int_equal(0, mkdirat(folder, "elsewhere", 0750));
    assert_int_equal(0, symlinkat("../elsewhere", folder, ".spool/poison"));
    sample_spool(&spool);
    assert_int_equal(poison_note(folder_path, &spool, NOW, &answer, &err),
                     RUA_LATER);
    assert_true(answer);
    assert_int_equal(folder_count("elsewhere"), 0);
    rua_spool_done(&spool);
}

int
main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, folder_end)
    const struct CMUnitTest tests[] = {
        test(same_message_is_known_the_second_time),
        test(message_is_forgotten_after_seven_days),
        test(what_is_forgotten_is_removed_in_passing),
        test(what_the_future_left_is_not_kept_for_ever),
        test(oldest_make_room_for_new_ones),
        test(folder_that_is_elsewhere_is_not_written_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
