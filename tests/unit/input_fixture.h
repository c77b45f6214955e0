/* input_fixture.h - what the tests of the module input share. */
#ifndef INPUT_FIXTURE_H
#define INPUT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "input.h"

#define FROM "From a@example.net Thu Jan  1 00:00:00 2026\n"

/* A folder of its own for each test, which is also the current one. */
static inline int
set_up(void **state)
{
    char *folder = strdup("/tmp/test_input.XXXXXX");

    *state = folder;
    return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static inline int
tear_down(void **state)
{
    char command[100];

    if (chdir("/") < 0)
        return -1;
    snprintf(command, sizeof(command), "/bin/rm -rf '%s'", (char *)*state);
    free(*state);
    return system(command); /* a test may, where the program may not */
}

static inline void
make(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void
make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0777), 0);
}

static inline struct input *
opened(char *const *paths, size_t n, int spare)
{
    struct input *input;
    struct rua_err err = {0};

    if (input_open(paths, n, spare, &input, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return input;
}

/* The next item has this id and this text. */
static inline void
gives(struct input *input, const char *id, const char *text)
{
    struct input_item item;
    char got[200] = "";

    assert_true(input_next(input, &item));
    assert_string_equal(item.id, id);
    assert_string_equal(item.err.sentence, "");
    assert_int_equal(item.len, strlen(text));
    assert_int_equal(pread(item.fd, got, item.len, (off_t)item.offset),
                     item.len);
    assert_string_equal(got, text);
    input_item_done(&item);
    assert_int_equal(item.fd, -1);
}

static inline void
ends(struct input *input)
{
    struct input_item item;

    assert_false(input_next(input, &item));
    assert_false(input_next(input, &item));
    input_close(input);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
