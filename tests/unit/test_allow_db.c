#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "allow.h"
#include "buf.h"

static const char list[] =
    "\xef\xbb\xbf# RUA\n"
    "Dmarc@Example.COM\texample.com .Example.NET # x\r\n"
    "rua+*@example.com .example.com\n"
    "rua+a+*@example.com *\n"
    "\n"
    "@reports.example.org *\n"
    "dmarc@XN--Bcher-KVA.example xn--bcher-kva.example\n";

static char folder[] = "/tmp/test_allow_db.XXXXXX";
static char text_path[64], compiled_path[64];

static void
write_file(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void
set_time(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct rua_allow *
load(void)
{
    struct rua_allow *allow = NULL;
    struct rua_err err = {0};

    if (rua_allow_load(text_path, &allow, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    return allow;
}

/* Writes the text as of 1000, and compiles it. */
static void
compile(const char *text)
{
    struct rua_allow *allow = NULL;
    int fd;

    write_file(text_path, text, strlen(text));
    set_time(text_path, 1000);
    assert_int_equal(rua_allow_read(text_path, &allow, NULL), RUA_OK);
    fd = open(compiled_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(rua_allow_compile(allow, fd, NULL), RUA_OK);
    close(fd);
    rua_allow_free(allow);
}

static int
setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(text_path, sizeof(text_path), "%s/allow", folder);
    snprintf(compiled_path, sizeof(compiled_path), "%s/allow.cdb", folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    unlink(text_path);
    unlink(compiled_path);
    return rmdir(folder);
}

static void
same_answer(const struct rua_allow *one, const struct rua_allow *other,
            const char *address)
{
    struct rua_allow_line a = {0}, b = {0};
    enum rua_verdict v = rua_allow_find(one, rua_span_text(address), &a, NULL);

    if (rua_allow_find(other, rua_span_text(address), &b, NULL) != v ||
        a.line != b.line || !rua_span_same(a.pattern, b.pattern) ||
        !rua_span_same(a.domains, b.domains))
        fail_msg("%s: not the same", address);
    if (v != RUA_OK)
        return;
    static const char *const domains[] = {"example.com", "a.example.com",
                                          "a.example.net", "example.org", NULL};
    for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++) {
        assert_int_equal(rua_allow_takes(&a, domains[i]),
                         rua_allow_takes(&b, domains[i]));
        if (domains[i])
            assert_int_equal(rua_allow_names(&a, domains[i]),
                             rua_allow_names(&b, domains[i]));
    }
}

static void
a_compiled_list_answers_as_its_text(void **state)
{
    static const char *const addresses[] = {"dmarc@example.com",
                                            "<DMARC@EXAMPLE.com>",
                                            "dmarc@example.com.",
                                            "rua@example.com",
                                            "rua+1@example.com",
                                            "RUA+A+B@Example.Com",
                                            "rua+@example.com",
                                            "rua+*@example.com",
                                            "x@reports.example.org",
                                            "x@example.org",
                                            "@reports.example.org",
                                            "dmarc@b\303\274cher.example",
                                            "dmarc@xn--bcher-kva.example",
                                            "",
                                            "\n",
                                            "@",
                                            "postmaster"};
    struct rua_allow *text = NULL, *compiled;

    (void)state;
    compile(list);
    compiled = load();
    assert_true(rua_allow_is_compiled(compiled));
    assert_null(rua_allow_notice(compiled));
    assert_int_equal(rua_allow_read(text_path, &text, NULL), RUA_OK);
    assert_int_equal(rua_allow_count(compiled), rua_allow_count(text));
    for (size_t i = 0; i < 2 * sizeof(addresses) / sizeof(*addresses); i++)
        same_answer(text, compiled, addresses[i / 2]);
    assert_true(
        rua_allow_has_domain(compiled, RUA_SPAN("Reports.example.org")));
    assert_false(rua_allow_has_domain(compiled, RUA_SPAN("example.org")));
    assert_false(rua_allow_has_domain(text, RUA_SPAN("example.org")));
    rua_allow_free(text);
    rua_allow_free(compiled);
}

static void
it_needs_no_text(void **state)
{
    struct rua_allow_line line;
    struct rua_allow *allow;

    (void)state;
    compile(list);
    unlink(text_path);
    allow = load();
    assert_int_equal(
        rua_allow_find(allow, RUA_SPAN("dmarc@example.com"), &line, NULL),
        RUA_OK);
    assert_int_equal(line.line, 2);
    rua_allow_free(allow);
}

/* The text is read, and the notice ends so. */
static void
is_left(const char *why)
{
    struct rua_allow *allow = load();
    struct rua_allow_line line;

    assert_false(rua_allow_is_compiled(allow));
    assert_non_null(rua_allow_notice(allow));
    if (!strstr(rua_allow_notice(allow), why))
        fail_msg("%s", rua_allow_notice(allow));
    assert_int_equal(
        rua_allow_find(allow, RUA_SPAN("dmarc@example.com"), &line, NULL),
        RUA_OK);
    rua_allow_free(allow);
}

static void
what_is_not_of_the_text_is_left(void **state)
{
    (void)state;
    compile(list);
    set_time(text_path, 1001);
    is_left("is older than the text");
    set_time(compiled_path, 1002); /* as a copy of both may have it */
    rua_allow_free(load());
    write_file(text_path, "dmarc@example.com *\n", 20);
    set_time(text_path, 1000);
    is_left("was made of another than the text");
    write_file(compiled_path, "", 0);
    is_left("is damaged");
    write_file(compiled_path, list, sizeof(list));
    is_left("is damaged");
    unlink(compiled_path);
    assert_int_equal(mkdir(compiled_path, 0700), 0);
    is_left("is damaged");
    rmdir(compiled_path);
}

/* Each byte wrong, and each length: no answer is another's, and none is made
 * up. */
static void
damage_is_an_error_or_no_answer(void **state)
{
    unsigned char bytes[4096];
    struct rua_allow_db *db;
    size_t size, refused = 0;
    int fd;

    (void)state;
    compile(list);
    fd = open(compiled_path, O_RDONLY);
    size = (size_t)read(fd, bytes, sizeof(bytes));
    assert_true(size < sizeof(bytes));
    close(fd);
    for (size_t i = 0; i < 2 * size; i++) {
        struct rua_allow_line line;
        size_t len = i < size ? size : i - size;
        fd = memfd_create("cdb", MFD_CLOEXEC);
        bytes[i % size] ^= 0x55;
        assert_int_equal(write(fd, bytes, len), len);
        bytes[i % size] ^= 0x55;
        db = NULL;
        if (rua_allow_db_take(fd, "list.cdb", &db, NULL) != RUA_OK) {
            refused++;
            continue;
        }
        assert_true(len == size);
        if (rua_allow_db_find(db, RUA_SPAN("dmarc@example.com"), &line, NULL) ==
            RUA_OK)
            assert_true(
                rua_span_same(line.pattern, RUA_SPAN("dmarc@example.com")));
        rua_allow_db_free(db);
    }
    assert_true(refused > size);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compiled_list_answers_as_its_text),
        cmocka_unit_test(it_needs_no_text),
        cmocka_unit_test(what_is_not_of_the_text_is_left),
        cmocka_unit_test(damage_is_an_error_or_no_answer),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
