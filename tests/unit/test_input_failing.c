#include "input_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

static unsigned
descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* The next item cannot be read, and this is why. */
static void
gives_error(struct input *input, const char *id, const char *sentence)
{
    struct input_item item;

    assert_true(input_next(input, &item));
    assert_string_equal(item.id, id);
    assert_string_equal(item.err.sentence, sentence);
    assert_int_equal(item.err.verdict, RUA_LATER);
    assert_int_equal(item.fd, -1);
    input_item_done(&item);
}

static void
what_cannot_be_opened_is_an_item_with_a_sentence(void **state)
{
    char *paths[] = {(char[]){"f"}};
    uid_t me = geteuid();
    struct input *input;

    make_folder("f");
    make_folder("f/b");
    make("f/a", "a");
    make("f/c", "c");
    make("f/d", "d");
    assert_int_equal(chmod(*state, 0755), 0);
    assert_int_equal(chmod("f/a", 0), 0);
    assert_int_equal(chmod("f/b", 0), 0);
    if (me == 0)
        assert_int_equal(seteuid(65534), 0);
    input = opened(paths, 1, -1);
    gives_error(
        input, "f/a",
        "open: Permission denied; let the user that runs ruamill read it");
    gives_error(
        input, "f/b",
        "open: Permission denied; let the user that runs ruamill read it");
    assert_int_equal(seteuid(me), 0);
    assert_int_equal(unlink("f/c"), 0);
    gives_error(input, "f/c", "open: No such file or directory");
    gives(input, "f/d", "d");
    ends(input);
}

/* The descriptor is closed behind its back, in the second message. */
static void
mbox_that_cannot_be_read_further_is_an_item_with_a_sentence(void **state)
{
    char *paths[] = {(char[]){"m"}, (char[]){"z"}};
    char *text = calloc(1, 100001);
    struct input *input;
    struct input_item item;

    (void)state;
    memset(text, 'x', 100000);
    memcpy(text, FROM "\n" FROM, 2 * strlen(FROM) + 1);
    make("m", text);
    make("z", "z");
    free(text);
    input = opened(paths, 2, -1);
    assert_true(input_next(input, &item));
    close(item.fd);
    input_item_done(&item);
    gives_error(input, "m:45", "read: Bad file descriptor");
    gives(input, "z", "z");
    ends(input);
}

static void
refuses(const char *path, const char *sentence)
{
    char copy[100];
    char *paths[] = {copy};
    struct input *input = NULL;
    struct rua_err err = {0};

    snprintf(copy, sizeof(copy), "%s", path);
    assert_int_equal(input_open(paths, 1, -1, &input, &err), RUA_REFUSED);
    assert_string_equal(err.sentence, sentence);
    assert_null(input);
}

static void
path_that_is_not_there_is_refused(void **state)
{
    (void)state;
    make("a", "");
    refuses("b", "b: No such file or directory");
    refuses("a/b", "a/b: Not a directory");
    assert_int_equal(symlink("nowhere", "c"), 0);
    refuses("c", "c: No such file or directory");
}

/* Reading nothing from it would look like success. */
static void
path_that_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("p", 0600), 0);
    refuses("p", "p: is no file and no folder (a pipe is read as \"-\")");
    refuses("/dev/null",
            "/dev/null: is no file and no folder (a pipe is read as \"-\")");
}

static void
standard_input_that_cannot_be_read_is_an_item_with_a_sentence(void **state)
{
    char *paths[] = {(char[]){"-"}, (char[]){"a"}};
    struct input *input;

    (void)state;
    make("a", "a");
    input = opened(paths, 2, -1);
    gives_error(input, "-", "no file to copy it to");
    gives(input, "a", "a");
    ends(input);
    close(0);
    assert_int_equal(open(".", O_RDONLY), 0);
    input = opened(paths, 2, memfd_create("spare", MFD_CLOEXEC));
    gives_error(input, "-", "read standard input: Is a directory");
    gives(input, "a", "a");
    ends(input);
}

static void
descriptors_are_given_back(void **state)
{
    char *paths[] = {(char[]){"f"}};
    unsigned before = descriptors(), n = 0;
    struct input *input;
    struct input_item item;
    struct rlimit old, few;
    char path[32];

    (void)state;
    make_folder("f");
    for (int i = 0; i < 3000; i++) {
        snprintf(path, sizeof(path), "f/%04d", i);
        make(path, i % 3 ? "A: b\n" : FROM "A: b\n\n" FROM "A: b\n");
    }
    getrlimit(RLIMIT_NOFILE, &old);
    few = (struct rlimit){.rlim_cur = 40, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    input = opened(paths, 1, -1);
    for (; input_next(input, &item); n++) {
        assert_string_equal(item.err.sentence, "");
        input_item_done(&item);
    }
    input_close(input);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(n, 4000);
    assert_int_equal(descriptors(), before);
}

static void
closing_early_gives_everything_back(void **state)
{
    char *paths[] = {(char[]){"m"}, (char[]){"-"}};
    unsigned before = descriptors();
    struct input *input;
    struct input_item item;

    (void)state;
    make("m", FROM "\n" FROM);
    input = opened(paths, 1, -1);
    assert_true(input_next(input, &item));
    input_item_done(&item);
    input_close(input);
    input_close(opened(paths, 2, memfd_create("spare", MFD_CLOEXEC)));
    input_close(NULL);
    assert_int_equal(descriptors(), before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_cannot_be_opened_is_an_item_with_a_sentence),
        test(mbox_that_cannot_be_read_further_is_an_item_with_a_sentence),
        test(path_that_is_not_there_is_refused),
        test(path_that_is_no_file_is_refused),
        test(standard_input_that_cannot_be_read_is_an_item_with_a_sentence),
        test(descriptors_are_given_back),
        test(closing_early_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
