/* What becomes a folder or a file name, and what does not. */
#include "store_fixture.h"

static struct rua_scratch scratch = {.fd = -1};
static struct sample sample;
static struct made made;

static int
begin(void **state)
{
    (void)state;
    rua_err_clear(&err);
    sample_fill(&sample);
    return 0;
}

/* Makes the entry of the sample. */
static void
make(enum rua_partition partition, const char *domain)
{
    const struct rua_entry_style style = {
        "full", {RUA_CSV, true},
         partition, NULL, 0
    };
    struct rua_entry_maker *maker;

    assert_int_equal(RUA_OK,
                     rua_entry_maker_new(&style, &scratch, &maker, &err));
    made_fill(&made, maker, &sample, domain);
    rua_entry_maker_free(maker);
}

static void
period_is_that_of_the_begin(void **state)
{
    static const struct {
        const char *begin, *month, *year, *day, *archive;
    } cases[] = {
        {"1700000000",   "-2023-11", "-2023",    "-2023-11-14", "archive/2023/11/"},
        {"1700000000.0", "-2023-11", "-2023",    "-2023-11-14",
         "archive/2023/11/"                                                       },
        {"1262304000",   "-2010-01", "-2010",    "-2010-01-01", "archive/2010/01/"},
        {"1262303999",   "-undated", "-undated", "-undated",    "archive/undated/"},
        {"4102444799",   "-2099-12", "-2099",    "-2099-12-31", "archive/2099/12/"},
        {"4102444800",   "-undated", "-undated", "-undated",    "archive/undated/"},
        {"1709164800",   "-2024-02", "-2024",    "-2024-02-29", "archive/2024/02/"},
        {"0",            "-undated", "-undated", "-undated",    "archive/undated/"},
        {"-1",           "-undated", "-undated", "-undated",    "archive/undated/"},
        {"../..",        "-undated", "-undated", "-undated",    "archive/undated/"},
        {"",             "-undated", "-undated", "-undated",    "archive/undated/"},
        {NULL,           "-undated", "-undated", "-undated",    "archive/undated/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *const periods[] = {[RUA_BY_MONTH] = cases[i].month,
                                       [RUA_BY_NONE] = "",
                                       [RUA_BY_YEAR] = cases[i].year,
                                       [RUA_BY_DAY] = cases[i].day};
        sample.report.field[RUA_BEGIN] = rua_span_text(cases[i].begin);
        for (int p = RUA_BY_MONTH; p <= RUA_BY_DAY; p++) {
            make((enum rua_partition)p, "example.com");
            assert_string_equal(periods[p], made.entry.period);
            assert_memory_equal(cases[i].archive, made.entry.archive,
                                strlen(cases[i].archive));
            made_done(&made);
        }
    }
}

/* The archive's last component, behind its folders. */
static const char *
archive_name(void)
{
    const char *slash = strrchr(made.entry.archive, '/');

    assert_non_null(slash);
    return slash + 1;
}

static void
assert_org(struct rua_span org, const char *want)
{
    const char *name;

    sample.report.field[RUA_ORG_NAME] = org;
    make(RUA_BY_MONTH, "example.com");
    name = archive_name();
    assert_memory_equal(want, name, strlen(want));
    assert_int_equal('!', name[strlen(want)]);
    made_done(&made);
}

static void
org_is_cleaned(void **state)
{
    (void)state;
    assert_org(RUA_SPAN("google.com"), "google.com");
    assert_org(RUA_SPAN("Ab-9_."), "Ab-9_.");
    assert_org(RUA_SPAN(""), "_");
    assert_org((struct rua_span){0}, "_");
    assert_org(RUA_SPAN("."), "_");
    assert_org(RUA_SPAN(".."), "_.");
    assert_org(RUA_SPAN("../../etc/passwd"), "_._.._etc_passwd");
    assert_org(RUA_SPAN("-rf *"), "-rf__");
    assert_org(RUA_SPAN("a!b!c"), "a_b_c");
    assert_org(RUA_SPAN("a\0b\n\r\t\x7f"), "a_b____");
    assert_org(RUA_SPAN("\xc3\x84\xff"), "___");
}

static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c && strchr("-_.!", c));
}

/* Four "!" and nothing but plain characters, whatever the org is. */
static void
assert_safe(void)
{
    const char *name = archive_name();
    unsigned marks = 0;

    assert_true(strlen(name) + strlen(".xml.gz") <= 255);
    assert_true(name[0] != '.');
    for (const char *p = name; *p; p++) {
        assert_true(is_plain(*p));
        marks += *p == '!';
    }
    assert_int_equal(4, marks);
    assert_string_equal(made.entry.key, strrchr(name, '!') + 1);
    assert_memory_equal("archive/2099/12/", made.entry.archive, 16);
}

static void
name_is_safe_with_any_org(void **state)
{
    unsigned char org[300];
    char domain[RUA_DOMAIN_SIZE];

    (void)state;
    sample.report.field[RUA_ORG_NAME] = (struct rua_span){org, sizeof(org)};
    sample.report.field[RUA_BEGIN] = RUA_SPAN("4102444799");
    sample.report.field[RUA_END] = RUA_SPAN("4102444799");
    for (size_t i = 0; i < 253; i++)
        domain[i] = i % 64 == 63 ? '.' : 'a';
    domain[253] = '\0';
    for (unsigned c = 0; c < 256; c++) {
        memset(org, (int)c, sizeof(org));
        make(RUA_BY_MONTH, domain);
        assert_safe();
        assert_string_equal(domain, made.entry.folder);
        made_done(&made);
        for (size_t i = 0; i < sizeof(org); i++)
            org[i] = (unsigned char)(c + i);
        make(RUA_BY_MONTH, domain);
        assert_safe();
        made_done(&made);
    }
}

static void
times_that_mean_nothing_are_0(void **state)
{
    const char *name;

    (void)state;
    sample.report.field[RUA_BEGIN] = RUA_SPAN("/../");
    sample.report.field[RUA_END] = RUA_SPAN("99999999999999999999");
    make(RUA_BY_MONTH, "example.com");
    name = archive_name();
    assert_memory_equal("Google_LLC!example.com!0!0!", name, 27);
    made_done(&made);
}

static void
no_domain_is_the_folder_for_invalid_ones(void **state)
{
    (void)state;
    make(RUA_BY_MONTH, NULL);
    assert_string_equal("_invalid", made.entry.folder);
    assert_memory_equal("Google_LLC!_invalid!", archive_name(), 20);
    made_done(&made);
}

/* The name is made of the report, so that the same report has one name. */
static void
name_is_the_same_for_the_same_report(void **state)
{
    char first[280];

    (void)state;
    make(RUA_BY_MONTH, "example.com");
    snprintf(first, sizeof(first), "%s", made.entry.archive);
    made_done(&made);
    sample.report.oddities = RUA_CRC_MISMATCH;
    sample.records[0].oddities = RUA_REPEATED;
    make(RUA_BY_DAY, "example.com");
    assert_string_equal(first, made.entry.archive);
    made_done(&made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(period_is_that_of_the_begin, begin),
        cmocka_unit_test_setup(org_is_cleaned, begin),
        cmocka_unit_test_setup(name_is_safe_with_any_org, begin),
        cmocka_unit_test_setup(times_that_mean_nothing_are_0, begin),
        cmocka_unit_test_setup(no_domain_is_the_folder_for_invalid_ones, begin),
        cmocka_unit_test_setup(name_is_the_same_for_the_same_report, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
