#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "near.h"
#include "options.h"

/* The sentence of a setting that is refused. */
static void
refuses_argument(const char *setting, const char *sentence)
{
    struct conf conf;
    struct rua_err err = {0};

    conf_init(&conf);
    assert_int_equal(conf_set_argument(&conf, setting, &err), RUA_LATER);
    assert_string_equal(err.sentence, sentence);
    conf_done(&conf);
}

static void
defaults_are_those_of_the_table(void **state)
{
    struct conf conf;

    (void)state;
    conf_init(&conf);
    assert_null(conf.store);
    assert_null(conf.allow);
    assert_int_equal(conf.format, RUA_CSV);
    assert_string_equal(conf.columns, "full");
    assert_int_equal(conf.partition, RUA_BY_MONTH);
    assert_true(conf.formula_guard);
    assert_int_equal(conf.jobs, 0);
    assert_string_equal(conf.socket, "unix:/run/ruamill/milter");
    assert_int_equal(conf.socket_mode, 0660);
    assert_null(conf.socket_group);
    assert_int_equal(conf.after, CONF_DISCARD);
    assert_int_equal(conf.on_bad, CONF_KEEP);
    assert_null(conf.dedicated);
    assert_int_equal(conf.require_auth, CONF_AUTH_OFF);
    assert_null(conf.authserv_id);
    assert_int_equal(conf.pipe_time_limit, 300);
    assert_int_equal(conf.log, CONF_LOG_STDERR);
    assert_memory_equal(&conf.limits, &rua_limits_default, sizeof(conf.limits));
    conf_done(&conf);
}

static void
values_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    refuses_argument("store",
                     "-o: \"store\" is not NAME=VALUE; see ruamill.conf(5)");
    refuses_argument("store=", "-o: store has no value; see ruamill.conf(5)");
    refuses_argument("formula_guard=true",
                     "-o: formula_guard is \"true\", must be yes|no");
    refuses_argument("jobs=1025",
                     "-o: jobs is \"1025\", must be a number from 0 to 1024");
    refuses_argument("jobs=-1",
                     "-o: jobs is \"-1\", must be a number from 0 to 1024");
    for (size_t i = 0; i < 2; i++) {
        static const char *const names[] = {"max_connections",
                                            "pipe_time_limit"};
        char argument[64], sentence[128];

        snprintf(argument, sizeof(argument), "%s=0", names[i]);
        snprintf(sentence, sizeof(sentence),
                 "-o: %s is \"0\", must be a number from 1 to 1024", names[i]);
        refuses_argument(argument, sentence);
    }
    refuses_argument("jobs=1K",
                     "-o: jobs is \"1K\", must be a number from 0 to 1024");
    refuses_argument(
        "max_records=1M",
        "-o: max_records is \"1M\", must be a number from 1 to 1099511627776");
    refuses_argument("max_records=18446744073709551617",
                     "-o: max_records is \"18446744073709551617\", must be a "
                     "number from 1 to 1099511627776");
}

static void
sizes_are_bytes_or_have_one_suffix(void **state)
{
    static const char *const wrong[] = {
        "0", "", "K", "1KB", "1 K", "50 ", "1.5M", "+1", "1025G", "0x10", "1T"};
    struct conf conf;

    (void)state;
    conf_init(&conf);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(conf_set(&conf, "max_document", wrong[i], "-o", NULL),
                         RUA_LATER);
    assert_int_equal(conf.limits.max_document, RUA_GIB);
    assert_int_equal(conf_set(&conf, "max_document", "1024G", "-o", NULL),
                     RUA_OK);
    assert_int_equal(conf.limits.max_document, 1024 * RUA_GIB);
    conf_done(&conf);
}

static void
mode_is_octal(void **state)
{
    static const char *const wrong[] = {"",     "9",     "rw", "660x",
                                        "1777", "00660", "-1", "0x1b"};
    struct conf conf;
    char scratch[CONF_SCRATCH];

    (void)state;
    conf_init(&conf);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(conf_set(&conf, "socket_mode", wrong[i], "-o", NULL),
                         RUA_LATER);
    assert_int_equal(conf.socket_mode, 0660);
    assert_int_equal(conf_set(&conf, "socket_mode", "606", "-o", NULL), RUA_OK);
    assert_int_equal(conf.socket_mode, 0606);
    assert_string_equal(
        conf_option_show(conf_option_find(&conf_table, "socket_mode"), &conf,
                         scratch),
        "0606");
    conf_done(&conf);
}

static void
nearest_name_is_suggested(void **state)
{
    (void)state;
    refuses_argument("Formula-Guard=no", "-o: unknown option \"Formula-Guard\""
                                         "; did you mean \"formula_guard\"?");
    refuses_argument("=x", "-o: unknown option \"\"; see ruamill.conf(5)");
    refuses_argument("STORE=/x",
                     "-o: unknown option \"STORE\"; did you mean \"store\"?");
    refuses_argument("max_recods=1", "-o: unknown option \"max_recods\"; "
                                     "did you mean \"max_records\"?");
    refuses_argument("x=1", "-o: unknown option \"x\"; see ruamill.conf(5)");
    refuses_argument(
        "a_name_that_is_longer_than_any_of_the_table=1",
        "-o: unknown option "
        "\"a_name_that_is_longer_than_any_of_the_table\"; see ruamill.conf(5)");
}

static void
every_option_is_found_shown_and_set_to_what_is_shown(void **state)
{
    char scratch[CONF_SCRATCH];
    struct conf conf;

    (void)state;
    conf_init(&conf);
    for (size_t i = 0; i < conf_option_count; i++) {
        const struct conf_option *option = &conf_options[i];
        const char *shown = conf_option_show(option, &conf, scratch);

        assert_in_range(strlen(option->name), 1, NEAR_MAX);
        assert_ptr_equal(conf_option_find(&conf_table, option->name), option);
        assert_ptr_equal(conf_option_nearest(&conf_table, option->name),
                         option);
        if (shown && option->type != CONF_TEXT)
            assert_null(conf_option_set(option, &conf, shown));
    }
    assert_memory_equal(&conf.limits, &rua_limits_default, sizeof(conf.limits));
    conf_done(&conf);
}

static void
every_word_reads_back(void **state)
{
    static const struct {
        const char *option, *words[5];
    } cases[] = {
        {"format",       {"csv", "tsv"}                  },
        {"partition",    {"month", "none", "year", "day"}},
        {"after",        {"discard", "accept"}           },
        {"on_bad",       {"keep", "reject"}              },
        {"require_auth", {"off", "dkim", "dmarc"}        },
        {"log",          {"stderr", "syslog", "journal"} },
    };
    char scratch[CONF_SCRATCH];
    struct conf conf;

    (void)state;
    conf_init(&conf);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct conf_option *option =
            conf_option_find(&conf_table, cases[i].option);
        for (unsigned j = 0; cases[i].words[j]; j++) {
            unsigned value;
            assert_null(conf_option_set(option, &conf, cases[i].words[j]));
            memcpy(&value, (char *)&conf + option->offset, sizeof(value));
            assert_int_equal(value, j);
            assert_string_equal(conf_option_show(option, &conf, scratch),
                                cases[i].words[j]);
        }
    }
    conf_done(&conf);
}

static void
what_is_missing_is_named(void **state)
{
    struct conf conf;
    struct rua_err err = {0};

    (void)state;
    conf_init(&conf);
    assert_int_equal(conf_check(&conf, "/none/c", &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "store and allow are not set: there is no /none/c; "
                        "name another configuration with -c, or set them "
                        "with -o");
    rua_err_clear(&err);
    assert_int_equal(conf_check(&conf, "/", &err), RUA_LATER);
    assert_string_equal(
        err.sentence, "store and allow are not set; set them in / or with -o");
    rua_err_clear(&err);
    conf_set_argument(&conf, "store=/s", NULL);
    assert_int_equal(conf_check(&conf, "/", &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "allow is not set; set it in / or with -o");
    rua_err_clear(&err);
    conf_set_argument(&conf, "allow=/a", NULL);
    assert_int_equal(conf_check(&conf, "/c", &err), RUA_OK);
    conf_set_argument(&conf, "allow=https://u:p@example.net/allow", NULL);
    assert_int_equal(conf_check(&conf, "/c", &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "allow has a password in its URL, which logs would "
                        "show; have the web server know this machine by its "
                        "address instead");
    conf_done(&conf);
}

static void
help_has_every_option_in_80_columns(void **state)
{
    char *text = NULL, needle[64];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    conf_print_help(out);
    fclose(out);
    for (size_t i = 0; i < conf_option_count; i++) {
        snprintf(needle, sizeof(needle), "\n  %s=", conf_options[i].name);
        assert_true(strstr(text, needle) ||
                    strncmp(text, needle + 1, strlen(needle) - 1) == 0);
    }
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 1, 79);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(sizes_are_bytes_or_have_one_suffix),
        cmocka_unit_test(mode_is_octal),
        cmocka_unit_test(nearest_name_is_suggested),
        cmocka_unit_test(every_option_is_found_shown_and_set_to_what_is_shown),
        cmocka_unit_test(every_word_reads_back),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(help_has_every_option_in_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
