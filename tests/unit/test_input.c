#include "input_fixture.h"

#include <sys/mman.h>

static void
folders_are_walked_to_the_bottom_in_order_of_names(void **state)
{
    char *paths[] = {(char[]){"f"}};
    struct input *input;

    (void)state;
    make_folder("f");
    make_folder("f/b");
    make_folder("f/b/empty");
    make_folder("f/b/x");
    make("f/c", "c");
    make("f/a", "a");
    make("f/b/x/1", "1");
    make("f/b/2", "2");
    make("f/B", "B");
    input = opened(paths, 1, -1);
    gives(input, "f/B", "B");
    gives(input, "f/a", "a");
    gives(input, "f/b/2", "2");
    gives(input, "f/b/x/1", "1");
    gives(input, "f/c", "c");
    ends(input);
    assert_int_equal(input_count(paths, 1), 5);
}

static void
paths_are_taken_in_the_order_given(void **state)
{
    char *paths[] = {(char[]){"b"}, (char[]){"./a"}, (char[]){"b"}};
    struct input *input;

    (void)state;
    make("a", "1");
    make("b", "");
    input = opened(paths, 3, -1);
    gives(input, "b", "");
    gives(input, "./a", "1");
    gives(input, "b", "");
    ends(input);
}

static void
tmp_of_a_maildir_is_left_out(void **state)
{
    char *paths[] = {(char[]){"m"}, (char[]){"n"}};
    struct input *input;

    (void)state;
    make_folder("m");
    make_folder("m/cur");
    make_folder("m/new");
    make_folder("m/tmp");
    make("m/cur/1", "1");
    make("m/new/2", "2");
    make("m/tmp/3", "half");
    make_folder("n");
    make_folder("n/tmp");
    make("n/tmp/4", "4");
    input = opened(paths, 2, -1);
    gives(input, "m/cur/1", "1");
    gives(input, "m/new/2", "2");
    gives(input, "n/tmp/4", "4");
    ends(input);
    assert_int_equal(input_count(paths, 2), 3);
}

static void
messages_of_an_mbox_are_named_by_their_place(void **state)
{
    char *paths[] = {(char[]){"f"}};
    const char *first = FROM "A: b\n\nc\n\n";
    char second[100];
    struct input *input;

    (void)state;
    make_folder("f");
    make("f/1.mbox", FROM "A: b\n\nc\n\n" FROM "d\n");
    make("f/2", "A: b\n");
    input = opened(paths, 1, -1);
    gives(input, "f/1.mbox:0", first);
    snprintf(second, sizeof(second), "f/1.mbox:%zu", strlen(first));
    gives(input, second, FROM "d\n");
    gives(input, "f/2", "A: b\n");
    ends(input);
}

static void
mbox_stays_open_for_its_messages(void **state)
{
    char *paths[] = {(char[]){"m"}};
    struct input *input;
    struct input_item first, second;
    char text[5] = "";

    (void)state;
    make("m", FROM "\n" FROM "abcd");
    input = opened(paths, 1, -1);
    assert_true(input_next(input, &first));
    assert_true(input_next(input, &second));
    ends(input);
    input_item_done(&first);
    assert_int_equal(
        pread(second.fd, text, 4, (off_t)(second.offset + second.len - 4)), 4);
    assert_string_equal(text, "abcd");
    assert_string_equal(second.name, second.id);
    input_item_done(&second);
}

static void
name_is_the_last_component(void **state)
{
    char *paths[] = {(char[]){"f"}};
    struct input *input;
    struct input_item item;

    (void)state;
    make_folder("f");
    make("f/report.xml.gz", "");
    input = opened(paths, 1, -1);
    assert_true(input_next(input, &item));
    assert_string_equal(item.name, "report.xml.gz");
    input_item_done(&item);
    ends(input);
}

static void
links_to_files_are_read_and_to_folders_only_where_given(void **state)
{
    char *paths[] = {(char[]){"l"}, (char[]){"k"}};
    struct input *input;

    (void)state;
    make_folder("f");
    make("f/a", "a");
    assert_int_equal(symlink("a", "f/b"), 0);
    assert_int_equal(symlink(".", "f/circle"), 0);
    assert_int_equal(symlink("f", "l"), 0);
    assert_int_equal(symlink("f/a", "k"), 0);
    input = opened(paths, 2, -1);
    gives(input, "l/a", "a");
    gives(input, "l/b", "a");
    gives(input, "k", "a");
    ends(input);
}

/* Reads the text from standard input, through a pipe. */
static struct input *
piped(const char *text)
{
    static char dash[] = "-";
    static char *paths[] = {dash};
    int ends[2];
    int spare = memfd_create("spare", MFD_CLOEXEC);

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    close(ends[1]);
    dup2(ends[0], 0);
    close(ends[0]);
    return opened(paths, 1, spare);
}

static void
standard_input_may_be_a_pipe(void **state)
{
    struct input *input = piped("A: b\n\nc");

    (void)state;
    gives(input, "-", "A: b\n\nc");
    ends(input);
    input = piped(FROM "\n" FROM "x");
    gives(input, "-:0", FROM "\n");
    gives(input, "-:45", FROM "x");
    ends(input);
    input = piped("");
    gives(input, "-", "");
    ends(input);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(folders_are_walked_to_the_bottom_in_order_of_names),
        test(paths_are_taken_in_the_order_given),
        test(tmp_of_a_maildir_is_left_out),
        test(messages_of_an_mbox_are_named_by_their_place),
        test(mbox_stays_open_for_its_messages),
        test(name_is_the_last_component),
        test(links_to_files_are_read_and_to_folders_only_where_given),
        test(standard_input_may_be_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
