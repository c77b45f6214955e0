#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys.h"

#define SIZE RUA_DIGEST_SIZE

static char folder[] = "/tmp/ruamill-keys-XXXXXX";
static int root;

static void
make_key(unsigned number, char key[SIZE])
{
    snprintf(key, SIZE, "%064x", number * 2654435761U);
}

static void
put(const char *text, size_t len)
{
    int fd = openat(root, RUA_KEYS_FILE, O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_int_equal(len, write(fd, text, len));
    close(fd);
}

static bool
has(unsigned number)
{
    char key[SIZE];
    bool found = false;
    int fd = openat(root, RUA_KEYS_FILE, O_RDONLY);

    make_key(number, key);
    assert_int_equal(RUA_OK, rua_keys_find(fd, key, &found, NULL));
    close(fd);
    return found;
}

static void
add(unsigned from, unsigned to)
{
    struct rua_keys keys = {0};
    struct rua_err err = {0};
    char key[SIZE];

    for (unsigned i = from; i < to; i++) {
        make_key(i, key);
        rua_keys_add(&keys, key);
    }
    if (rua_keys_write(&keys, root, ".", &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    rua_keys_done(&keys);
}

static void
each_key_is_found_and_no_other(void **state)
{
    (void)state;
    add(0, 100);
    add(50, 203); /* some of them again */
    for (unsigned i = 0; i < 203; i++)
        assert_true(has(i));
    for (unsigned i = 203; i < 400; i++)
        assert_false(has(i));
}

/* More than are written at once, and as many. */
static void
many_keys_are_all_there(void **state)
{
    static const unsigned counts[] = {1023, 1024, 1025, 2048, 5000};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        struct stat st;
        add(0, counts[i]);
        assert_int_equal(0, fstatat(root, RUA_KEYS_FILE, &st, 0));
        assert_int_equal((off_t)counts[i] * SIZE, st.st_size);
        for (unsigned k = 0; k < counts[i]; k += 7)
            assert_true(has(k));
        assert_false(has(counts[i]));
    }
}

static void
keys_are_there_once(void **state)
{
    struct rua_keys keys = {0};
    int fd;

    (void)state;
    add(0, 100);
    add(0, 100);
    fd = openat(root, RUA_KEYS_FILE, O_RDONLY);
    assert_int_equal(RUA_OK, rua_keys_read(&keys, fd, NULL));
    assert_int_equal(100L * SIZE, lseek(fd, 0, SEEK_END));
    assert_int_equal(100, keys.n);
    for (size_t i = 1; i < keys.n; i++)
        assert_true(strcmp(keys.keys[i - 1], keys.keys[i]) < 0);
    close(fd);
    rua_keys_done(&keys);
}

/* Not sorted, with lines that are none, without an end. */
static void
keys_by_hand_are_found(void **state)
{
    char text[4 * SIZE + 64], key[3][SIZE];

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        make_key(3 - i, key[i]);
    snprintf(text, sizeof(text), "# by hand\n%s\r\n\n%s\n%s", key[0], key[1],
             key[2]);
    put(text, strlen(text));
    for (unsigned i = 1; i <= 3; i++)
        assert_true(has(i));
    assert_false(has(4));
    snprintf(text, sizeof(text), "%sff\n", key[0]); /* longer than a key */
    put(text, strlen(text));
    assert_false(has(3));
    put("", 0);
    assert_false(has(1));
}

static int
begin(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ruamill-keys-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(RUA_OK, rua_file_open_root(folder, false, &root, NULL));
    return mkdirat(root, ".spool", 0700);
}

static int
end(void **state)
{
    (void)state;
    unlinkat(root, RUA_KEYS_FILE, 0);
    unlinkat(root, ".spool", AT_REMOVEDIR);
    close(root);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_key_is_found_and_no_other, begin,
                                        end),
        cmocka_unit_test_setup_teardown(many_keys_are_all_there, begin, end),
        cmocka_unit_test_setup_teardown(keys_are_there_once, begin, end),
        cmocka_unit_test_setup_teardown(keys_by_hand_are_found, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
