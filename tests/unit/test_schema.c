#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema.h"

/* The element at a path below <feedback>, its names divided by "/". */
static const struct rua_element *
at(const char *path)
{
    const struct rua_element *element = &rua_schema_feedback;
    char name[32];
    size_t n = 0;

    for (;; path++) {
        if (*path && *path != '/') {
            assert_in_range(n, 0, sizeof(name) - 2);
            name[n++] = *path;
            continue;
        }
        name[n] = '\0';
        n = 0;
        element = rua_schema_child(element, name);
        if (!element || !*path)
            return element;
    }
}

static void
assert_is(const char *path, enum rua_element_kind kind, int index)
{
    assert_non_null(at(path));
    assert_int_equal(kind, at(path)->kind);
    assert_int_equal(index, at(path)->index);
}

static void
same_name_means_another_field_under_another_parent(void **state)
{
    (void)state;
    assert_is("policy_published/domain", RUA_REPORT_VALUE, RUA_DOMAIN);
    assert_is("record/auth_results/dkim/domain", RUA_ENTRY_VALUE,
              RUA_DKIM_DOMAIN);
    assert_is("record/auth_results/spf/domain", RUA_ENTRY_VALUE,
              RUA_SPF_DOMAIN);
    assert_is("record/auth_results/dkim", RUA_ENTRY_NODE, RUA_DKIM);
    assert_is("record/row/policy_evaluated/dkim", RUA_RECORD_VALUE,
              RUA_EVALUATED_DKIM);
    assert_is("record/row/policy_evaluated/reason", RUA_ENTRY_NODE,
              RUA_REASONS);
}

static void
only_the_right_parent_has_a_child(void **state)
{
    (void)state;
    assert_null(at("domain"));
    assert_null(at("record/domain"));
    assert_null(at("policy_published/org_name"));
    assert_null(at("record/auth_results/dkim/scope"));
    assert_null(at("record/row/count/count"));
    assert_null(at("feedback"));
}

/* Notes which fields the elements below `parent` have, by their names. */
static void
walk(const struct rua_element *parent, unsigned *reports, unsigned *records)
{
    for (size_t i = 0; i < parent->n_children; i++) {
        const struct rua_element *child = &parent->children[i];

        if (child->kind == RUA_REPORT_VALUE) {
            assert_string_equal(rua_report_field_name(child->index),
                                child->name);
            *reports |= 1U << child->index;
        } else if (child->kind == RUA_RECORD_VALUE) {
            assert_string_equal(rua_record_field_name(child->index),
                                child->name);
            *records |= 1U << child->index;
        }
        walk(child, reports, records);
    }
}

static void
every_field_has_an_element_of_its_name(void **state)
{
    unsigned reports = 0, records = 0;

    (void)state;
    walk(&rua_schema_feedback, &reports, &records);
    assert_int_equal((1U << RUA_N_REPORT_FIELDS) - 1, reports);
    assert_int_equal((1U << RUA_N_RECORD_FIELDS) - 1, records);
}

static void
case_and_prefix_do_not_count(void **state)
{
    (void)state;
    assert_ptr_equal(at("record"), at("Record"));
    assert_ptr_equal(at("record/row/source_ip"),
                     at("ns1:RECORD/a:row/x:y:SOURCE_IP"));
    assert_null(at("recor"));
    assert_null(at("recordz"));
    assert_null(at("record:"));
    assert_null(at(""));
}

static void
feedback_is_known_in_any_namespace(void **state)
{
    (void)state;
    assert_true(rua_schema_is_feedback("feedback"));
    assert_true(rua_schema_is_feedback("ns1:feedback"));
    assert_true(rua_schema_is_feedback("FeedBack"));
    assert_false(rua_schema_is_feedback("feedback:x"));
    assert_false(rua_schema_is_feedback("feedbac"));
    assert_false(rua_schema_is_feedback(""));
}

static void
records_may_stand_in_an_element_of_their_own(void **state)
{
    (void)state;
    assert_is("records", RUA_NODE, 0);
    assert_is("records/record", RUA_RECORD_NODE, 0);
    assert_ptr_equal(at("record/row"), at("records/record/row"));
}

static void
metadata_and_policy_have_bits_of_their_own(void **state)
{
    unsigned metadata = at("report_metadata")->once;
    unsigned policy = at("policy_published")->once;

    (void)state;
    assert_int_not_equal(0, metadata);
    assert_int_not_equal(0, policy);
    assert_int_equal(0, metadata & policy);
    assert_int_equal(0, at("record/row")->once);
}

static void
identities_are_identifiers(void **state)
{
    (void)state;
    assert_int_equal(RUA_IDENTITIES, at("record/identities")->oddity);
    assert_ptr_equal(at("record/identifiers/header_from"),
                     at("record/identities/header_from"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_name_means_another_field_under_another_parent),
        cmocka_unit_test(only_the_right_parent_has_a_child),
        cmocka_unit_test(every_field_has_an_element_of_its_name),
        cmocka_unit_test(case_and_prefix_do_not_count),
        cmocka_unit_test(feedback_is_known_in_any_namespace),
        cmocka_unit_test(records_may_stand_in_an_element_of_their_own),
        cmocka_unit_test(metadata_and_policy_have_bits_of_their_own),
        cmocka_unit_test(identities_are_identifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
