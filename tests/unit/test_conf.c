#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "allow.h"
#include "conf.h"

struct place {
    char folder[32];
    char path[64]; /* of the file */
};

static int
set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    snprintf(place->folder, sizeof(place->folder), "/tmp/test_conf.XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    snprintf(place->path, sizeof(place->path), "%s/c.conf", place->folder);
    *state = place;
    return 0;
}

static int
tear_down(void **state)
{
    struct place *place = *state;

    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static void
write_file(const struct place *place, const char *text, size_t len)
{
    FILE *file = fopen(place->path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

/* Loads a file of this text into defaults. */
static void
load(const struct place *place, struct conf *conf, const char *text)
{
    struct rua_err err = {0};

    write_file(place, text, strlen(text));
    conf_init(conf);
    if (conf_load(conf, place->path, true, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
}

/* A file of this text is refused with PATH and this sentence behind it. */
static void
refuses(const struct place *place, const char *text, size_t len,
        const char *sentence)
{
    struct conf conf;
    struct rua_err err = {0};
    size_t path = strlen(place->path);

    write_file(place, text, len);
    conf_init(&conf);
    assert_int_equal(conf_load(&conf, place->path, true, &err), RUA_LATER);
    assert_memory_equal(err.sentence, place->path, path);
    assert_string_equal(err.sentence + path, sentence);
    conf_done(&conf);
}

static void
every_type_is_read(void **state)
{
    struct conf conf;

    load(*state, &conf,
         "\xef\xbb\xbf# comment\r\n"
         "store = /var/lib/ruamill   # here\r\n"
         "\r\n"
         "allow=/etc/ruamill/allow ; there\r\n"
         "  format\t=  tsv\r\n"
         "partition = day\r\n"
         "formula_guard = no\r\n"
         "jobs = 1024\r\n"
         "columns = begin_date,count\r\n"
         "max_message = 7M\r\n"
         "max_document = 2g\r\n"
         "max_value = 3k\r\n"
         "max_idle = 12345\r\n"
         "max_records = 42\r\n"
         "socket = inet:10026@[::1]\r\n"
         "socket_mode = 0606\r\n"
         "dedicated = a.example b.example # both\r\n"
         "require_auth = dmarc\r\n"
         "log = journal");
    assert_string_equal(conf.store, "/var/lib/ruamill");
    assert_string_equal(conf.allow, "/etc/ruamill/allow");
    assert_int_equal(conf.format, RUA_TSV);
    assert_int_equal(conf.partition, RUA_BY_DAY);
    assert_false(conf.formula_guard);
    assert_int_equal(conf.jobs, 1024);
    assert_string_equal(conf.columns, "begin_date,count");
    assert_int_equal(conf.limits.max_message, 7 * RUA_MIB);
    assert_int_equal(conf.limits.max_document, 2 * RUA_GIB);
    assert_int_equal(conf.limits.max_value, 3 * RUA_KIB);
    assert_int_equal(conf.limits.max_idle, 12345);
    assert_int_equal(conf.limits.max_records, 42);
    assert_string_equal(conf.socket, "inet:10026@[::1]");
    assert_int_equal(conf.socket_mode, 0606);
    assert_string_equal(conf.dedicated, "a.example b.example");
    assert_int_equal(conf.require_auth, CONF_AUTH_DMARC);
    assert_int_equal(conf.log, CONF_LOG_JOURNAL);
    conf_done(&conf);
}

static void
unknown_option_names_file_line_and_the_nearest(void **state)
{
    static const char text[] = "store = /x\n\nalow = /y\n";
    static const char section[] = "\xef\xbb\xbf [x]\n";

    refuses(*state, text, sizeof(text) - 1,
            ":3: unknown option \"alow\"; did you mean \"allow\"?");
    refuses(*state, section, sizeof(section) - 1,
            ":1: a section is \"[target NAME]\", and there is no other");
}

static void
malformed_lines_are_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"colour = red\n",
         ":1: unknown option \"colour\"; see ruamill.conf(5)"                             },
        {"store\n",                          ":1: the line is not \"name = value\""       },
        {"store =\n",                        ":1: store has no value; see ruamill.conf(5)"},
        {"store = # none\n",                 ":1: store has no value; see ruamill.conf(5)"},
        {"jobs = 1\nstore = /a\njobs = 2\n",
         ":3: jobs is set in line 1 already"                                              },
        {"columns = a,\n   b, c\n",          ":2: the line is not \"name = value\""       },
        {"store = /a\n  format = xml\n",
         ":2: format is \"xml\", must be csv|tsv"                                         },
        {"format = cs\n",                    ":1: format is \"cs\", must be csv|tsv"      },
        {"format = csv|tsv\n",               ":1: format is \"csv|tsv\", must be csv|tsv" },
    };
    static const char nul[] = "store = /a\nallow = /b\0c\n";

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        refuses(*state, cases[i].text, strlen(cases[i].text),
                cases[i].sentence);
    refuses(*state, nul, sizeof(nul) - 1, ":2: a NUL byte: no text file");
}

static void
long_line_is_read_whole(void **state)
{
    enum {
        LONG = 60000
    };
    char *text = malloc(LONG + 20), *too_long = malloc(70000);
    struct conf conf;

    assert_non_null(text);
    assert_non_null(too_long);
    memcpy(text, "columns = ", 10);
    memset(text + 10, 'x', LONG);
    memcpy(text + 10 + LONG, "\n", 2);
    load(*state, &conf, text);
    assert_int_equal(strlen(conf.columns), LONG);
    conf_done(&conf);
    memset(too_long, 'x', 70000);
    memcpy(too_long, "columns = ", 10);
    refuses(*state, too_long, 70000, ":1: a line of more than 65535 bytes");
    free(text);
    free(too_long);
}

static void
relative_path_is_relative_to_the_file(void **state)
{
    const struct place *place = *state;
    struct conf conf;
    char expected[64];

    load(place, &conf, "store = tables\nallow = ../allow\n");
    snprintf(expected, sizeof(expected), "%s/tables", place->folder);
    assert_string_equal(conf.store, expected);
    snprintf(expected, sizeof(expected), "%s/../allow", place->folder);
    assert_string_equal(conf.allow, expected);
    assert_int_equal(conf_set_argument(&conf, "store=tables", NULL), RUA_OK);
    assert_string_equal(conf.store, "tables");
    conf_done(&conf);
}

static void
url_of_the_allowlist_stays_as_it_is(void **state)
{
    struct rua_err err = {0};
    struct conf conf;

    load(*state, &conf, "store = /s\nallow = https://example.net/allow\n");
    assert_string_equal(conf.allow, "https://example.net/allow");
    assert_int_equal(conf_check(&conf, "f", &err), RUA_OK);
    conf_set(&conf, "allow", "http://example.net/allow", "", NULL);
    assert_int_equal(conf_check(&conf, "f", &err), RUA_LATER);
    assert_non_null(strstr(err.sentence, "must begin with https://"));
    conf_done(&conf);
}

static void
command_line_wins_over_the_file(void **state)
{
    const struct place *place = *state;
    const char *const settings[] = {"format=csv", "jobs=1", "jobs=3"};
    static const char text[] = "store = /s\nallow = /a\nformat = tsv\n";
    struct conf conf;

    write_file(place, text, sizeof(text) - 1);
    conf_init(&conf);
    assert_int_equal(conf_read(&conf, place->path, settings, 3, NULL), RUA_OK);
    assert_int_equal(conf.format, RUA_CSV);
    assert_int_equal(conf.jobs, 3);
    assert_string_equal(conf.store, "/s");
    conf_done(&conf);
}

static void
only_a_named_file_must_exist(void **state)
{
    struct conf conf;
    struct rua_err err = {0};

    (void)state;
    conf_init(&conf);
    assert_int_equal(conf_load(&conf, "/nonexistent/c", false, &err), RUA_OK);
    assert_int_equal(conf_load(&conf, "/nonexistent/c", true, &err), RUA_LATER);
    assert_string_equal(
        err.sentence,
        "configuration /nonexistent/c: No such file or directory");
    rua_err_clear(&err);
    assert_int_equal(conf_load(&conf, "/tmp", false, &err), RUA_LATER);
    assert_string_equal(err.sentence, "configuration /tmp: Is a directory");
    assert_int_equal(conf_load(&conf, "/dev/null/c", false, NULL), RUA_LATER);
    conf_done(&conf);
}

static char *
printed(const struct conf *conf)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    conf_print(conf, out);
    fclose(out);
    return text;
}

static void
printed_configuration_reads_back_the_same(void **state)
{
    const char *const settings[] = {
        "store=/s",         "allow=/a",       "partition=none",
        "formula_guard=no", "max_value=1000", "max_document=1536M",
        "columns=#",        "dedicated=;",
    };
    struct conf conf, again;
    char *text, *text_again;

    conf_init(&conf);
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
        assert_int_equal(conf_set_argument(&conf, settings[i], NULL), RUA_OK);
    text = printed(&conf);
    assert_non_null(strstr(text, "\npartition = none\nformula_guard = no\n"));
    assert_non_null(strstr(text, "\nmax_value = 1000\n"));
    assert_non_null(strstr(text, "\nmax_document = 1536M\n"));
    assert_non_null(strstr(text, "\nmax_message = 50M\n"));
    load(*state, &again, text);
    text_again = printed(&again);
    assert_string_equal(text, text_again);
    assert_memory_equal(&conf.limits, &again.limits, sizeof(conf.limits));
    conf_done(&conf);
    conf_done(&again);
    free(text);
    free(text_again);
}

static void
unset_options_print_as_comments(void **state)
{
    struct conf conf;
    char *text;

    conf_init(&conf);
    text = printed(&conf);
    assert_ptr_equal(
        strstr(text, "# store =\n# allow =\n# allow_ca =\nformat = csv\n"),
        text);
    conf_done(&conf);
    load(*state, &conf, text);
    assert_null(conf.store);
    conf_done(&conf);
    free(text);
}

/* The sample with its "#name = value" lines switched on. */
static void
copy_sample(const struct place *place)
{
    FILE *in = fopen(RUAMILL_EXAMPLES "/ruamill.conf", "r");
    FILE *out = fopen(place->path, "w");
    char line[256];

    assert_non_null(in);
    assert_non_null(out);
    while (fgets(line, sizeof(line), in))
        fputs(line[0] == '#' && line[1] >= 'a' ? line + 1 : line, out);
    fclose(in);
    fclose(out);
}

static void
sample_configuration_shows_every_default(void **state)
{
    const struct place *place = *state;
    struct conf sample, defaults;
    struct rua_err err = {0};
    char *text, *expected;

    copy_sample(place);
    memset(&sample, 0, sizeof(sample));
    conf_init(&defaults);
    if (conf_load(&sample, place->path, true, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    assert_string_equal(sample.store, "/var/lib/ruamill");
    conf_set(&defaults, "store", sample.store, "", NULL);
    conf_set(&defaults, "allow", sample.allow, "", NULL);
    text = printed(&sample);
    expected = printed(&defaults);
    assert_string_equal(text, expected);
    conf_done(&sample);
    conf_done(&defaults);
    free(text);
    free(expected);
}

static void
sample_allowlist_loads(void **state)
{
    struct rua_allow *allow = NULL;
    struct rua_allow_line line;
    struct rua_err err = {0};

    (void)state;
    if (rua_allow_load(RUAMILL_EXAMPLES "/allow", &allow, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    assert_int_equal(
        rua_allow_find(allow, RUA_SPAN("dmarc@example.com"), &line, NULL),
        RUA_OK);
    assert_true(rua_allow_takes(&line, "mail.example.net"));
    assert_true(rua_allow_takes(&line, "example.com"));
    assert_false(rua_allow_takes(&line, "example.org"));
    rua_allow_free(allow);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_is_read),
        TEST(unknown_option_names_file_line_and_the_nearest),
        TEST(malformed_lines_are_refused),
        TEST(long_line_is_read_whole),
        TEST(relative_path_is_relative_to_the_file),
        TEST(url_of_the_allowlist_stays_as_it_is),
        TEST(command_line_wins_over_the_file),
        TEST(only_a_named_file_must_exist),
        TEST(printed_configuration_reads_back_the_same),
        TEST(unset_options_print_as_comments),
        TEST(sample_configuration_shows_every_default),
        TEST(sample_allowlist_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
