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

#include "targets.h"

#define PATH "test_targets.conf"

static enum rua_verdict
load(struct conf *conf, const char *text, struct rua_err *err)
{
    FILE *file = fopen(PATH, "w");
    enum rua_verdict v;

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    conf_init(conf);
    v = conf_load(conf, PATH, true, err);
    unlink(PATH);
    return v;
}

static void
sections_have_options_of_their_own(void **state)
{
    const struct conf_target *target;
    struct conf conf;
    struct rua_err err = {0};

    (void)state;
    assert_int_equal(load(&conf,
                          "store = /s\n"
                          "[target a] # one\n"
                          "url = http://one:8123/ http://two:8123\n"
                          "  [ target b ]\n",
                          &err),
                     RUA_LATER); /* not "[target" */
    conf_done(&conf);
    memset(&err, 0, sizeof(err));
    assert_int_equal(load(&conf,
                          "store = /s\n"
                          "[target a] # one\n"
                          "url = http://one:8123/ http://two:8123\n"
                          "batch_size = 1M\n"
                          "[target b_2-x]\r\n"
                          "type = postgresql\n"
                          "url = postgresql:///?host=/run\n",
                          &err),
                     RUA_OK);
    assert_string_equal(conf.store, "/s");
    assert_int_equal(conf_target_get(&conf, "a", &target, &err), RUA_OK);
    assert_int_equal(target->type, CONF_CLICKHOUSE);
    assert_int_equal(target->batch_size, 1 << 20);
    assert_string_equal(target->database, "ruamill");
    assert_int_equal(conf_target_get(&conf, "b_2-x", &target, &err), RUA_OK);
    assert_int_equal(target->type, CONF_POSTGRESQL);
    assert_ptr_equal(conf_target_at(&conf, 1), target);
    assert_null(conf_target_at(&conf, 2));
    conf_done(&conf);
}

static void
what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"[server x]\n",
         PATH ":1: a section is \"[target NAME]\", and there is no other"        },
        {"[target ../x]\n",
         PATH ":1: the name of a target is of letters, digits, - and _, and of "
              "63 at most"                                                       },
        {"[target a]\n[target a]\n",       PATH ":2: there is a target a already"},
        {"[target a]\nstore = /x\n",
         PATH ":2: store is no option of a target; move the line above the "
              "first [target NAME]"                                              },
        {"[target a]\nurll = x\n",
         PATH ":2: unknown option \"urll\"; did you mean \"url\"?"               },
        {"[target a]\nurl = x\nurl = y\n",
         PATH ":3: url is set in line 2 already"                                 },
        {"url = x\n",                      PATH ":1: url is an option of a target; put it behind a "
                           "line [target NAME]"             },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rua_err err = {0};
        struct conf conf;
        assert_int_equal(load(&conf, cases[i].text, &err), RUA_LATER);
        assert_string_equal(err.sentence, cases[i].sentence);
        conf_done(&conf);
    }
}

static void
a_target_is_whole_or_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"[target b]\n",                                                    "there is no section [target a] in the configuration; "
                         "add it, or name another one"                                       },
        {"[target a]\n",
         "target a: url is not set; set it to one like http://HOST:8123"                                             },
        {"[target a]\nurl = http://\n",                                     "target a: url \"http://\" has no "
                                        "host; write it like http://HOST:8123"},
        {"[target a]\nurl = http://h:1 http://h:99999/\n",
         "target a: url \"http://h:99999/\" has a port above 65535; write it "
         "like http://HOST:8123"                                                                                     },
        {"[target a]\nurl = http://h\ndatabase = a`b\n",
         "target a: database cannot have a ` or \\ in its name; name another "
         "one"                                                                                                       },
        {"[target a]\nurl = postgresql://h\n",
         "target a: url is \"postgresql://h\", must be like http://HOST:8123"                                        },
        {"[target a]\nurl = http://u:p@h\n",
         "target a: there is a password in url; put it into a file, and name "
         "that with password_file"                                                                                   },
        {"[target a]\nurl = http://h http://u:p@h\n",
         "target a: there is a password in url; put it into a file, and name "
         "that with password_file"                                                                                   },
        {"[target a]\ntype = postgresql\nurl = postgresql://h/mydb?a=b\n",
         "target a: there is a database in url; take it out, and say "
         "database = mydb"                                                                                           },
        {"[target a]\ntype = postgresql\n"
         "url = postgresql:///?host=/run&dbname=my&user=u\n",      "target a: there is a database in url; take it out, and say "
         "database = my"                       },
        {"[target a]\ntype = s3\nurl = https://h/b\nbucket = b\n",
         "target a: url is \"https://h/b\", must be a host, with nothing "
         "behind "
         "it"                                                                                                        },
        {"[target a]\ntype = s3\nurl = https://u@h\nbucket = b\n",
         "target a: url is \"https://u@h\", must be a host, with nothing "
         "behind "
         "it"                                                                                                        },
        {"[target a]\ntype = s3\nurl = https://h/\nbucket = b/c\n",
         "target a: bucket must be set, to a name of letters, digits, dots and "
         "dashes"                                                                                                    },
        {"[target a]\ntype = s3\nurl = https://h/\nbucket = b\nuser = u\n",
         "target a: user (the access key) and password_file (a file with the "
         "secret key) must be set"                                                                                   },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct conf_target *target;
        struct rua_err err = {0};
        struct conf conf;
        assert_int_equal(load(&conf, cases[i].text, &err), RUA_OK);
        assert_int_equal(conf_target_get(&conf, "a", &target, &err), RUA_LATER);
        assert_string_equal(err.sentence, cases[i].sentence);
        conf_done(&conf);
    }
}

static void
a_bucket_is_a_target(void **state)
{
    const struct conf_target *target;
    struct rua_err err = {0};
    struct conf conf;

    (void)state;
    assert_int_equal(load(&conf,
                          "[target a]\ntype = s3\nurl = http://h:1/\n"
                          "bucket = a.b-c\nuser = u\npassword_file = p\n",
                          &err),
                     RUA_OK);
    assert_int_equal(conf_target_get(&conf, "a", &target, &err), RUA_OK);
    assert_int_equal(target->type, CONF_S3);
    assert_string_equal(target->region, "us-east-1");
    assert_false(target->virtual_host);
    conf_done(&conf);
}

static void
password_is_a_line_that_others_cannot_read(void **state)
{
    char name[] = "test_targets.password";
    struct conf_target target = {.name = "a", .password_file = name};
    char password[CONF_PASSWORD];
    struct rua_err err = {0};
    FILE *file = fopen(name, "w");

    (void)state;
    assert_non_null(file);
    fputs("a b\\c\nmore\n", file);
    fclose(file);
    chmod(name, 0640);
    assert_int_equal(conf_target_password(&target, password, &err), RUA_OK);
    assert_string_equal(password, "a b\\c");
    chmod(name, 0644);
    assert_int_equal(conf_target_password(&target, password, &err), RUA_LATER);
    assert_string_equal(err.sentence, "target a: anybody can read "
                                      "test_targets.password; chmod o= mends "
                                      "it");
    err = (struct rua_err){0};
    unlink(name);
    assert_int_equal(conf_target_password(&target, password, &err), RUA_LATER);
    assert_string_equal(err.sentence,
                        "target a: password_file test_targets.password: No "
                        "such file or directory; mend the name, or make it "
                        "first");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_have_options_of_their_own),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_target_is_whole_or_refused),
        cmocka_unit_test(a_bucket_is_a_target),
        cmocka_unit_test(password_is_a_line_that_others_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
