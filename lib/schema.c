#include "schema.h"

#include <string.h>

/* A few stand under two parents, since they do in reports. */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
#define VALUE(text, k, i) {text, k, i, 0, 0, NULL, 0}
#define NODE(text, table) {text, RUA_NODE, 0, 0, 0, table, COUNT(table)}
#define ONCE(text, bit, table) {text, RUA_NODE, 0, bit, 0, table, COUNT(table)}
#define ODD(text, oddity, table) {text, RUA_NODE, 0, 0, oddity, table, COUNT(table)}
#define ENTRY(text, i, table) {text, RUA_ENTRY_NODE, i, 0, 0, table, COUNT(table)}
#define RECORD_NODE(text, table) {text, RUA_RECORD_NODE, 0, 0, 0, table, COUNT(table)}
/* clang-format on */

#define REPORT(text, i) VALUE(text, RUA_REPORT_VALUE, i)
#define RECORD(text, i) VALUE(text, RUA_RECORD_VALUE, i)
#define PART(text, i)   VALUE(text, RUA_ENTRY_VALUE, i)

static const struct rua_element date_range[] = {
    REPORT("begin", RUA_BEGIN),
    REPORT("end", RUA_END),
};

static const struct rua_element metadata[] = {
    REPORT("org_name", RUA_ORG_NAME),
    REPORT("email", RUA_EMAIL),
    REPORT("extra_contact_info", RUA_EXTRA_CONTACT_INFO),
    REPORT("report_id", RUA_REPORT_ID),
    NODE("date_range", date_range),
    REPORT("begin", RUA_BEGIN),
    REPORT("end", RUA_END),
    VALUE("error", RUA_ERROR_VALUE, 0),
    REPORT("generator", RUA_GENERATOR),
};

static const struct rua_element policy[] = {
    REPORT("domain", RUA_DOMAIN),
    REPORT("adkim", RUA_ADKIM),
    REPORT("aspf", RUA_ASPF),
    REPORT("p", RUA_P),
    REPORT("sp", RUA_SP),
    REPORT("np", RUA_NP),
    REPORT("pct", RUA_PCT),
    REPORT("fo", RUA_FO),
    REPORT("testing", RUA_TESTING),
    REPORT("discovery_method", RUA_DISCOVERY_METHOD),
};

static const struct rua_element reason[] = {
    PART("type", RUA_REASON_TYPE),
    PART("comment", RUA_REASON_COMMENT),
};

static const struct rua_element evaluated[] = {
    RECORD("disposition", RUA_DISPOSITION),
    RECORD("dkim", RUA_EVALUATED_DKIM),
    RECORD("spf", RUA_EVALUATED_SPF),
    ENTRY("reason", RUA_REASONS, reason),
};

static const struct rua_element row[] = {
    RECORD("source_ip", RUA_SOURCE_IP),
    RECORD("count", RUA_COUNT),
    NODE("policy_evaluated", evaluated),
};

static const struct rua_element identifiers[] = {
    RECORD("header_from", RUA_HEADER_FROM),
    RECORD("envelope_from", RUA_ENVELOPE_FROM),
    RECORD("envelope_to", RUA_ENVELOPE_TO),
};

static const struct rua_element dkim[] = {
    PART("domain", RUA_DKIM_DOMAIN),
    PART("selector", RUA_DKIM_SELECTOR),
    PART("result", RUA_DKIM_RESULT),
    PART("human_result", RUA_DKIM_HUMAN_RESULT),
};

static const struct rua_element spf[] = {
    PART("domain", RUA_SPF_DOMAIN),
    PART("scope", RUA_SPF_SCOPE),
    PART("result", RUA_SPF_RESULT),
    PART("human_result", RUA_SPF_HUMAN_RESULT),
};

static const struct rua_element auth_results[] = {
    ENTRY("dkim", RUA_DKIM, dkim),
    ENTRY("spf", RUA_SPF, spf),
};

static const struct rua_element record[] = {
    NODE("row", row),
    NODE("identifiers", identifiers),
    NODE("auth_results", auth_results),
    ODD("identities", RUA_IDENTITIES, identifiers),
    RECORD("source_ip", RUA_SOURCE_IP),
    RECORD("count", RUA_COUNT),
    NODE("policy_evaluated", evaluated),
};

static const struct rua_element records[] = {
    RECORD_NODE("record", record),
};

static const struct rua_element feedback[] = {
    RECORD_NODE("record", record),
    REPORT("version", RUA_VERSION),
    ONCE("report_metadata", 1, metadata),
    ONCE("policy_published", 2, policy),
    NODE("records", records),
};

const struct rua_element rua_schema_feedback = NODE("feedback", feedback);

/* The names of the table are lower-case letters and "_": of the characters that
 * a name can have, only their capitals differ from these in nothing but 0x20.
 */
static bool
is_named(const struct rua_element *element, const char *name)
{
    const char *wanted = element->name;

    for (; *wanted; wanted++, name++)
        if ((*wanted ^ *name) & ~0x20)
            return false;
    return *name == '\0';
}

static const struct rua_element *
find(const struct rua_element *elements, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (is_named(&elements[i], name))
            return &elements[i];
    return NULL;
}

/* Nearly all names have no prefix, so it is looked for last. */
static const struct rua_element *
find_local(const struct rua_element *elements, size_t n, const char *name)
{
    const struct rua_element *element = find(elements, n, name);
    const char *colon;

    if (element || (colon = strrchr(name, ':')) == NULL)
        return element;
    return find(elements, n, colon + 1);
}

const struct rua_element *
rua_schema_child(const struct rua_element *parent, const char *name)
{
    return find_local(parent->children, parent->n_children, name);
}

bool
rua_schema_is_feedback(const char *name)
{
    return find_local(&rua_schema_feedback, 1, name) != NULL;
}
