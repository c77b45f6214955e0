#include "file_fixture.h"

static void
no_descriptor_is_left_open(void **state)
{
    int before = dup(folder), after, fd;

    (void)state;
    close(before);
    put("file", "text");
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b/c", &err));
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "file/b", &err));
    assert_int_equal(RUA_OK, rua_file_sync_folder(folder, "a/b", &err));
    assert_int_equal(RUA_OK, rua_file_rename(folder, "file", "a/f", &err));
    assert_int_equal(RUA_OK, rua_file_rename(folder, "a/f", "a/b/f", &err));
    assert_int_equal(RUA_LATER, rua_file_rename(folder, "no", "a/no/f", &err));
    assert_int_equal(RUA_OK,
                     rua_file_open(folder, "a/b/f", O_RDONLY, &fd, &err));
    close(fd);
    rua_file_open(folder, "a/b/f/g/h", O_RDONLY, &fd, &err);
    rua_file_open(folder, "a/b", O_RDONLY, &fd, &err);
    rua_file_open(folder, "a/b/no", O_RDONLY, &fd, &err);
    after = dup(folder);
    close(after);
    assert_int_equal(before, after);
}

static void
folders_are_made_once_and_each_new_one_is_synced_above(void **state)
{
    int fd;

    (void)state;
    fake.calls = 0;
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b/c", &err));
    assert_int_equal(3, fake.calls);
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b/c", &err));
    assert_int_equal(3, fake.calls);
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b/d", &err));
    assert_int_equal(4, fake.calls);
    assert_int_equal(RUA_OK, rua_file_open(folder, "a/b/c",
                                           O_RDONLY | O_DIRECTORY, &fd, &err));
    close(fd);
}

static void
file_in_the_place_of_a_folder_is_later(void **state)
{
    (void)state;
    put("file", "text");
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "file", &err));
    assert_string_equal("open file: is a file, not a folder; move it away",
                        err.sentence);
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "file/a", &err));
    assert_string_equal(
        "make folder file/a: file is a file, not a folder; move it "
        "away",
        err.sentence);
}

static void
folder_whose_sync_fails_is_later(void **state)
{
    (void)state;
    fake.sync_error = EIO;
    assert_int_equal(RUA_LATER, rua_file_make_folders(folder, "a", &err));
    assert_string_equal("sync folder a: Input/output error", err.sentence);
    /* and is not there, for the next one to believe it durable */
    assert_int_equal(-1, faccessat(folder, "a", F_OK, 0));
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_file_sync_folder(folder, "a", &err));
    assert_string_equal("sync folder a: Input/output error", err.sentence);
}

static void
root_is_made_where_that_is_asked_for(void **state)
{
    char path[100];
    struct stat st;
    int fd = -7;

    (void)state;
    snprintf(path, sizeof(path), "%s/store", root);
    assert_int_equal(RUA_LATER, rua_file_open_root(path, false, &fd, &err));
    assert_int_equal(-7, fd);
    fake.calls = 0;
    assert_int_equal(RUA_OK, rua_file_open_root(path, true, &fd, NULL));
    assert_int_equal(1, fake.calls);
    assert_int_equal(0, fstat(fd, &st));
    assert_int_equal(0750, st.st_mode & 07777);
    close(fd);
    assert_int_equal(RUA_OK, rua_file_open_root(path, true, &fd, NULL));
    close(fd);
    snprintf(path, sizeof(path), "%s/a/b", root);
    assert_int_equal(RUA_LATER, rua_file_open_root(path, true, &fd, NULL));
}

static void
links_on_the_way_to_the_root_are_the_administrators(void **state)
{
    char path[100];
    int fd;

    (void)state;
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    assert_int_equal(0, symlinkat("a", folder, "way"));
    snprintf(path, sizeof(path), "%s/way", root);
    assert_int_equal(RUA_OK, rua_file_open_root(path, false, &fd, &err));
    close(fd);
    put("file", "text");
    snprintf(path, sizeof(path), "%s/file", root);
    assert_int_equal(RUA_LATER, rua_file_open_root(path, true, &fd, &err));
    assert_non_null(strstr(err.sentence, "/file: Not a directory"));
}

static void
unlinked_file_is_in_no_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stat st;
        int fd;
        char got[4];
        size_t n;
        fake.no_tmpfile = i == 1;
        assert_int_equal(RUA_OK, rua_file_open_unlinked(folder, &fd, &err));
        assert_int_equal(0, fstat(fd, &st));
        assert_int_equal(0, st.st_nlink);
        assert_int_equal(FD_CLOEXEC, fcntl(fd, F_GETFD));
        assert_int_equal(RUA_OK,
                         rua_file_write(fd, "x", 5, RUA_SPAN("text"), &err));
        assert_int_equal(RUA_OK, rua_file_read(fd, "x", 5, got, 4, &n, &err));
        assert_memory_equal("text", got, 4);
        close(fd);
    }
    close(folder);
    assert_int_equal(0, rmdir(root));
    assert_int_equal(0, mkdir(root, 0750));
    assert_int_equal(RUA_OK, rua_file_open_root(root, false, &folder, &err));
}

static void
rename_puts_in_place_what_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    put("one", "1");
    assert_int_equal(RUA_OK, rua_file_rename(folder, "one", "a/two", &err));
    assert_false(exists("one"));
    assert_holds("a/two", "1");
}

static void
rename_never_replaces(void **state)
{
    (void)state;
    put("one", "1");
    put("two", "2");
    assert_int_equal(RUA_DUPLICATE,
                     rua_file_rename(folder, "one", "two", &err));
    assert_string_equal("", err.sentence);
    assert_holds("one", "1");
    assert_holds("two", "2");
}

static void
rename_that_was_done_before_is_a_duplicate(void **state)
{
    (void)state;
    put("two", "2");
    assert_int_equal(RUA_DUPLICATE,
                     rua_file_rename(folder, "one", "two", &err));
    assert_holds("two", "2");
    assert_string_equal("", err.sentence);
}

static void
rename_of_what_is_missing_is_later(void **state)
{
    (void)state;
    assert_int_equal(RUA_LATER, rua_file_rename(folder, "one", "two", &err));
    assert_string_equal("rename one to two: No such file or directory",
                        err.sentence);
    rua_err_clear(&err);
    put("one", "1");
    assert_int_equal(RUA_LATER, rua_file_rename(folder, "one", "a/two", &err));
    assert_string_equal("rename one to a/two: No such file or directory",
                        err.sentence);
}

static void
assert_exists(const char *name, bool expected)
{
    bool exists = !expected;

    assert_int_equal(rua_file_exists(folder, name, &exists, NULL), RUA_OK);
    assert_int_equal(exists, expected);
}

static void
assert_no_answer(const char *name)
{
    bool exists;

    rua_err_clear(&err);
    assert_int_equal(rua_file_exists(folder, name, &exists, &err), RUA_LATER);
    assert_non_null(strstr(err.sentence, name));
}

static void
file_exists_or_not_and_anything_else_is_no_answer(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    assert_int_equal(0, symlinkat("nothing", folder, "a/dangling"));
    assert_int_equal(0, symlinkat("a", folder, "way"));
    put("a/file", "text");
    assert_exists("a/file", true);
    assert_exists("a/no", false);
    assert_exists("no/no", false);
    assert_no_answer("a");
    assert_no_answer("a/dangling");
    assert_no_answer("way/dangling");
    assert_no_answer("a/..");
}

static void
assert_folders(const char *path, const char *sentence)
{
    size_t there = 0;

    rua_err_clear(&err);
    assert_int_equal(*sentence ? RUA_LATER : RUA_OK,
                     rua_file_check_folders(folder, path, &there, &err));
    assert_string_equal(sentence, err.sentence);
    assert_int_equal(*sentence ? 0 : strlen(path), there);
}

static void
folder_that_others_have_or_can_write_to_is_refused(void **state)
{
    char sentence[100];
    size_t there = 0;

    (void)state;
    assert_int_equal(RUA_OK, rua_file_make_folders(folder, "a/b", &err));
    assert_folders("a/b", "");
    assert_int_equal(RUA_OK,
                     rua_file_check_folders(folder, "a/b/c/d", &there, &err));
    assert_int_equal(3, there);
    assert_int_equal(0, fchmodat(folder, "a", 0770, 0));
    assert_folders("a/b", "folder a: others can write there (mode 770); chmod "
                          "go-w it");
    assert_int_equal(0, fchmodat(folder, "a", 0755, 0));
    assert_int_equal(0, fchmodat(folder, "a/b", 0777, 0));
    assert_folders("a/b", "folder a/b: others can write there (mode 777); "
                          "chmod go-w it");
    assert_int_equal(0, fchmodat(folder, "a/b", 0750, 0));
    put("a/b/file", "text");
    assert_int_equal(0, symlinkat("b", folder, "a/way"));
    assert_folders("a/b/file",
                   "folder a/b/file: is a file, not a folder; move it away");
    assert_folders("a/way", "folder a/way: is a symbolic link, which the store "
                            "does not follow; move it away");
    fake.foreign = true;
    snprintf(sentence, sizeof(sentence),
             "folder a: belongs to user %u, not to user %u; run this as that "
             "user",
             geteuid(), geteuid() + 1);
    assert_folders("a", sentence);
    rua_err_clear(&err);
    assert_int_equal(RUA_LATER, rua_file_check_root(folder, &err));
    assert_string_equal(sentence + strlen("folder a: "), err.sentence);
}

static void
file_is_removed_and_a_missing_one_is_fine(void **state)
{
    (void)state;
    assert_int_equal(0, mkdirat(folder, "a", 0750));
    put("a/x", "text");
    assert_int_equal(RUA_OK, rua_file_remove(folder, "a/x", &err));
    assert_false(exists("a/x"));
    assert_int_equal(RUA_OK, rua_file_remove(folder, "a/x", &err));
    assert_int_equal(RUA_OK, rua_file_remove(folder, "no/x", &err));
    assert_int_equal(RUA_LATER, rua_file_remove(folder, "a", &err));
    errno = ENOENT;
    assert_int_equal(RUA_LATER, rua_file_remove(folder, "../x", &err));
    assert_true(exists("a"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(no_descriptor_is_left_open),
        BOTH(folders_are_made_once_and_each_new_one_is_synced_above),
        BOTH(file_in_the_place_of_a_folder_is_later),
        ONE(folder_whose_sync_fails_is_later),
        ONE(root_is_made_where_that_is_asked_for),
        ONE(links_on_the_way_to_the_root_are_the_administrators),
        ONE(unlinked_file_is_in_no_folder),
        RENAME(rename_puts_in_place_what_is_not_there),
        RENAME(rename_never_replaces),
        RENAME(rename_that_was_done_before_is_a_duplicate),
        RENAME(rename_of_what_is_missing_is_later),
        BOTH(file_exists_or_not_and_anything_else_is_no_answer),
        BOTH(folder_that_others_have_or_can_write_to_is_refused),
        BOTH(file_is_removed_and_a_missing_one_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
