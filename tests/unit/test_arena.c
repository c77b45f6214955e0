#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

static void
memory_is_zeroed_aligned_and_its_own(void **state)
{
    enum {
        N = 300
    };
    struct rua_arena arena = {0};
    unsigned char *memory[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        memory[i] = rua_arena_alloc(&arena, i + 1);
        assert_int_equal(0, (uintptr_t)memory[i] % alignof(max_align_t));
        for (size_t j = 0; j <= i; j++)
            assert_int_equal(0, memory[i][j]);
        memset(memory[i], (int)(i % 255) + 1, i + 1);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++)
            assert_int_equal((i % 255) + 1, memory[i][j]);
    rua_arena_done(&arena);
}

static void
large_pieces_are_given_too(void **state)
{
    struct rua_arena arena = {0};
    char *large = rua_arena_alloc(&arena, 100000);

    (void)state;
    memset(large, 'x', 100000);
    assert_int_equal(0, *(char *)rua_arena_alloc(&arena, 1));
    assert_int_equal('x', large[99999]);
    rua_arena_done(&arena);
}

static void
copies_do_not_depend_on_their_source(void **state)
{
    struct rua_arena arena = {0};
    char source[] = "a\0b";
    struct rua_span span = {(unsigned char *)source, 3};
    struct rua_span copy = rua_arena_span(&arena, span);
    char *text = rua_arena_text(&arena, span);

    (void)state;
    memset(source, 'z', sizeof(source));
    assert_int_equal(3, copy.len);
    assert_memory_equal("a\0b", copy.data, 3);
    assert_memory_equal("a\0b\0", text, 4);
    rua_arena_done(&arena);
}

static void
absent_stays_absent_and_empty_stays_empty(void **state)
{
    struct rua_arena arena = {0};

    (void)state;
    assert_null(rua_arena_text(&arena, (struct rua_span){0}));
    assert_null(rua_arena_span(&arena, (struct rua_span){0}).data);
    assert_string_equal("", rua_arena_text(&arena, RUA_SPAN("")));
    assert_non_null(rua_arena_span(&arena, RUA_SPAN("")).data);
    rua_arena_done(&arena);
}

static void
arena_that_was_done_may_be_used_again(void **state)
{
    struct rua_arena arena = {0};

    (void)state;
    rua_arena_alloc(&arena, 10);
    rua_arena_done(&arena);
    assert_null(arena.blocks);
    assert_string_equal("x", rua_arena_text(&arena, RUA_SPAN("x")));
    rua_arena_done(&arena);
    rua_arena_done(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_its_own),
        cmocka_unit_test(large_pieces_are_given_too),
        cmocka_unit_test(copies_do_not_depend_on_their_source),
        cmocka_unit_test(absent_stays_absent_and_empty_stays_empty),
        cmocka_unit_test(arena_that_was_done_may_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
