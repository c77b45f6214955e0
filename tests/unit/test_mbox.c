#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mbox.h"

#define FROM      "From a@example.net Thu Jan  1 00:00:00 2026\n"
#define FROM_CRLF "From a@example.net Thu Jan  1 00:00:00 2026\r\n"

/* With a sender of 256 bytes. */
#define LONG "From %0256d Thu Jan  1 00:00:00 2026\n"

enum {
    BLOCK = 65536
};

static int
file_of(const char *text, size_t len)
{
    int fd = memfd_create("mbox", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    return fd;
}

/* The file has messages of these lengths, one behind the other. */
static void
holds(const char *text, size_t len, const uint64_t *lens, size_t n)
{
    struct mbox *mbox = malloc(sizeof(*mbox));
    int fd = file_of(text, len);
    uint64_t at = 0, offset, got;

    mbox_open(mbox, fd);
    for (size_t i = 0; i < n; i++) {
        assert_true(mbox_next(mbox, &offset, &got));
        assert_int_equal(offset, at);
        assert_int_equal(got, lens[i]);
        at += got;
    }
    assert_false(mbox_next(mbox, &offset, &got));
    assert_int_equal(mbox->error, 0);
    assert_int_equal(at, len);
    close(fd);
    free(mbox);
}

static void
holds_text(const char *text, const uint64_t *lens, size_t n)
{
    holds(text, strlen(text), lens, n);
}

static void
empty_file_has_no_message(void **state)
{
    int fd = file_of("", 0);

    (void)state;
    holds("", 0, NULL, 0);
    assert_false(mbox_is(fd));
    close(fd);
}

static void
one_message_is_the_whole_file(void **state)
{
    const char *text = FROM "Subject: a\n\nb\n";

    (void)state;
    holds_text(text, (uint64_t[]){strlen(text)}, 1);
}

static void
messages_begin_at_their_from_lines(void **state)
{
    const uint64_t lens[] = {strlen(FROM) + 15, strlen(FROM) + 9,
                             strlen(FROM) + 6};

    (void)state;
    holds_text(FROM "Subject: a\n\nb\n\n" FROM "A: b\n\nc\n\n" FROM "A: b\n\n",
               lens, 3);
}

static void
last_message_needs_no_line_end(void **state)
{
    (void)state;
    holds_text(FROM "A: b\n\nc\n\n" FROM "A: b\n\nc",
               (uint64_t[]){strlen(FROM) + 9, strlen(FROM) + 7}, 2);
    holds_text(FROM "A: b\n\nc\n\nFrom a@b 00:00",
               (uint64_t[]){strlen(FROM) + 9, 14}, 2);
}

static void
lines_may_end_with_crlf(void **state)
{
    (void)state;
    holds_text(FROM_CRLF "A: b\r\n\r\nc\r\n\r\n" FROM_CRLF "A: b\r\n",
               (uint64_t[]){strlen(FROM_CRLF) + 13, strlen(FROM_CRLF) + 6}, 2);
}

static void
no_message_begins_without_an_empty_line_before(void **state)
{
    const char *text = FROM "A: b\n\nc\n" FROM "d\n" FROM;

    (void)state;
    holds_text(text, (uint64_t[]){strlen(text)}, 1);
}

static void
from_without_a_time_is_text(void **state)
{
    static const char *const lines[] = {
        "From here on it goes downhill",
        "From 1:2 to 3:4",
        "From a:30",
        "From a@b 1:3x",
        "From:  a@b 00:00:00",
        ">From a@b Thu Jan  1 00:00:00 2026",
        " From a@b Thu Jan  1 00:00:00 2026",
        "from a@b Thu Jan  1 00:00:00 2026",
        "From ",
        "From",
        "F",
    };
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        int fd = file_of(lines[i], strlen(lines[i]));
        snprintf(text, sizeof(text), FROM "A: b\n\n%s\n\n%s", lines[i],
                 lines[i]);
        holds_text(text, (uint64_t[]){strlen(text)}, 1);
        assert_false(mbox_is(fd));
        close(fd);
    }
}

static void
longest_sender_is_looked_behind(void **state)
{
    char text[1024];
    uint64_t first;
    int fd;

    (void)state;
    snprintf(text, sizeof(text), LONG "\n\n", 0);
    first = strlen(text);
    fd = file_of(text, first);
    assert_true(mbox_is(fd));
    close(fd);
    snprintf(text + first, sizeof(text) - first, LONG, 0);
    holds_text(text, (uint64_t[]){first, strlen(text) - first}, 2);
}

/* The From line of the second message at, before and behind the end of the
 * block; the empty line before it likewise. */
static void
edge_of_a_block_may_be_anywhere(void **state)
{
    const size_t size = 2 * BLOCK;
    char *text = malloc(size);

    (void)state;
    for (size_t first = BLOCK - 60; first < BLOCK + 8; first++) {
        size_t len = first + strlen(FROM) + 2;
        memset(text, 'x', size);
        memcpy(text, FROM, strlen(FROM));
        memcpy(text + first - 2, "\n\n" FROM "y\n", strlen(FROM) + 4);
        holds(text, len, (uint64_t[]){first, len - first}, 2);
        text[first - 2] = 'x';
        holds(text, len, (uint64_t[]){len}, 1);
    }
    free(text);
}

static void
file_of_whole_blocks_ends_with_the_last(void **state)
{
    char *text = malloc(2 * BLOCK);

    (void)state;
    memset(text, '\n', 2 * BLOCK);
    memcpy(text, FROM, strlen(FROM));
    holds(text, 2 * BLOCK, (uint64_t[]){2 * BLOCK}, 1);
    memcpy(text + BLOCK, FROM, strlen(FROM));
    holds(text, 2 * BLOCK, (uint64_t[]){BLOCK, BLOCK}, 2);
    free(text);
}

static void
mbox_is_told_by_its_first_line(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } cases[] = {
        {FROM "A: b\n",                      true },
        {FROM_CRLF,                          true },
        {"From a@b 00:00",                   true },
        {"\n\r\n" FROM,                      true },
        {"From: a@b\nDate: 00:00\n",         false},
        {"From a\nDate: Thu 00:00:00\n",     false},
        {"Received: x; 00:00:00\n\n\n" FROM, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int fd = file_of(cases[i].text, strlen(cases[i].text));
        assert_int_equal(mbox_is(fd), cases[i].is);
        close(fd);
    }
    assert_false(mbox_is(-1));
}

/* Half a message is not given: nobody is to judge it by that. */
static void
message_that_cannot_be_read_is_not_given(void **state)
{
    struct mbox *mbox = malloc(sizeof(*mbox));
    char *text = malloc(2 * BLOCK);
    uint64_t offset, len;
    int fd;

    (void)state;
    memset(text, 'x', 2 * BLOCK);
    memcpy(text, FROM "\n\n" FROM, 2 * strlen(FROM) + 2);
    fd = file_of(text, 2 * BLOCK);
    mbox_open(mbox, fd);
    assert_true(mbox_next(mbox, &offset, &len));
    close(fd);
    assert_false(mbox_next(mbox, &offset, &len));
    assert_int_equal(mbox->error, EBADF);
    assert_int_equal(offset, strlen(FROM) + 2);
    free(text);
    free(mbox);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_file_has_no_message),
        cmocka_unit_test(one_message_is_the_whole_file),
        cmocka_unit_test(messages_begin_at_their_from_lines),
        cmocka_unit_test(last_message_needs_no_line_end),
        cmocka_unit_test(lines_may_end_with_crlf),
        cmocka_unit_test(no_message_begins_without_an_empty_line_before),
        cmocka_unit_test(from_without_a_time_is_text),
        cmocka_unit_test(longest_sender_is_looked_behind),
        cmocka_unit_test(edge_of_a_block_may_be_anywhere),
        cmocka_unit_test(file_of_whole_blocks_ends_with_the_last),
        cmocka_unit_test(mbox_is_told_by_its_first_line),
        cmocka_unit_test(message_that_cannot_be_read_is_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
