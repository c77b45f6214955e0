/* report.h - what a report and a record are (RFC 7489 appendix C, RFC 9990).
 *
 * Values are text as sent, without white space around them: no default filled
 * in, no case folded, no number parsed. Absent (data == NULL) and empty are two
 * facts. Every value is valid UTF-8 when it comes from feedback.h. */
#ifndef RUA_REPORT_H
#define RUA_REPORT_H

#include <stdint.h>

#include "flow.h"

/* X(identifier, element): the fields of a report, in the order in which its key
 * is made and its result is written. */
#define RUA_REPORT_FIELDS(X)                                                   \
    X(RUA_VERSION, "version")                                                  \
    X(RUA_ORG_NAME, "org_name")                                                \
    X(RUA_EMAIL, "email")                                                      \
    X(RUA_EXTRA_CONTACT_INFO, "extra_contact_info")                            \
    X(RUA_REPORT_ID, "report_id")                                              \
    X(RUA_BEGIN, "begin")                                                      \
    X(RUA_END, "end")                                                          \
    X(RUA_GENERATOR, "generator")                                              \
    X(RUA_DOMAIN, "domain")                                                    \
    X(RUA_P, "p")                                                              \
    X(RUA_SP, "sp")                                                            \
    X(RUA_NP, "np")                                                            \
    X(RUA_ADKIM, "adkim")                                                      \
    X(RUA_ASPF, "aspf")                                                        \
    X(RUA_PCT, "pct")                                                          \
    X(RUA_FO, "fo")                                                            \
    X(RUA_TESTING, "testing")                                                  \
    X(RUA_DISCOVERY_METHOD, "discovery_method")

/* The single-valued fields of a record. */
#define RUA_RECORD_FIELDS(X)                                                   \
    X(RUA_SOURCE_IP, "source_ip")                                              \
    X(RUA_COUNT, "count")                                                      \
    X(RUA_DISPOSITION, "disposition")                                          \
    X(RUA_EVALUATED_DKIM, "dkim")                                              \
    X(RUA_EVALUATED_SPF, "spf")                                                \
    X(RUA_HEADER_FROM, "header_from")                                          \
    X(RUA_ENVELOPE_FROM, "envelope_from")                                      \
    X(RUA_ENVELOPE_TO, "envelope_to")

#define RUA_FIELD_ENUM(id, element) id,
enum rua_report_field {
    RUA_REPORT_FIELDS(RUA_FIELD_ENUM) RUA_N_REPORT_FIELDS
};
enum rua_record_field {
    RUA_RECORD_FIELDS(RUA_FIELD_ENUM) RUA_N_RECORD_FIELDS
};
#undef RUA_FIELD_ENUM

/* The fields of an entry of the three lists of a record. */
enum rua_reason_field {
    RUA_REASON_TYPE,
    RUA_REASON_COMMENT
};
enum rua_dkim_field {
    RUA_DKIM_DOMAIN,
    RUA_DKIM_SELECTOR,
    RUA_DKIM_RESULT,
    RUA_DKIM_HUMAN_RESULT,
};
enum rua_spf_field {
    RUA_SPF_DOMAIN,
    RUA_SPF_SCOPE,
    RUA_SPF_RESULT,
    RUA_SPF_HUMAN_RESULT,
};
#define RUA_N_ENTRY_FIELDS 4

/* One <reason>, <dkim> or <spf>. */
struct rua_entry_fields {
    struct rua_span field[RUA_N_ENTRY_FIELDS];
};

struct rua_list {
    struct rua_entry_fields *entries;
    size_t count;
};

/* The lists of a record, in the order of the key. */
enum rua_record_list {
    RUA_REASONS,
    RUA_DKIM,
    RUA_SPF,
    RUA_N_RECORD_LISTS
};

/* What was odd or had to be repaired: X(identifier, token, meaning). The tokens
 * stand in the columns `warnings` (ruamill-tables(5)); new ones at the end. */
/* clang-format off */
#define RUA_ODDITIES(X)                                                                              \
    X(RUA_CRC_MISMATCH,    "crc_mismatch",    "the gzip or zip check sum is wrong")                  \
    X(RUA_LENGTH_MISMATCH, "length_mismatch", "the unpacked length is not the one given")            \
    X(RUA_TRUNCATED,       "truncated",       "broke off; the complete records are kept")            \
    X(RUA_TRAILING_JUNK,   "trailing_junk",   "other bytes behind the end")                          \
    X(RUA_LEADING_JUNK,    "leading_junk",    "other bytes before the beginning")                    \
    X(RUA_RAW_DEFLATE,     "raw_deflate",     "compressed without a gzip header")                    \
    X(RUA_NO_DIRECTORY,    "no_directory",    "a zip archive without its directory")                 \
    X(RUA_ENCODING,        "encoding",        "the declared character encoding was not used")        \
    X(RUA_BAD_CHARACTERS,  "bad_characters",  "bytes or characters that XML does not allow")         \
    X(RUA_BARE_MARKUP,     "bare_markup",     "an & or < that should have been escaped")             \
    X(RUA_BAD_NESTING,     "bad_nesting",     "start and end tags that do not match")                \
    X(RUA_WRAPPED,         "wrapped",         "<feedback> was not the outermost element")            \
    X(RUA_DOCTYPE,         "doctype",         "a document type declaration, not used")               \
    X(RUA_REPEATED,        "repeated",        "an element came again; the first one counts")         \
    X(RUA_VALUE_CUT,       "value_cut",       "a value was longer than max_value")                   \
    X(RUA_RESULTS_CUT,     "results_cut",     "more reasons or results than max_results")            \
    X(RUA_EMPTY_RECORD,    "empty_record",    "a <record> without a known field, not counted")       \
    X(RUA_EMPTY_RESULT,    "empty_result",    "a reason or result with nothing in it, left out")     \
    X(RUA_STRAY_TEXT,      "stray_text",      "text between elements, left out")                     \
    X(RUA_REASON_TEXT,     "reason_text",     "a <reason> without <type>; its text is the type")     \
    X(RUA_IDENTITIES,      "identities",      "<identities> in place of <identifiers>")
/* clang-format on */

enum rua_oddity_bit {
#define RUA_ODDITY_BIT(id, token, meaning) id##_BIT,
    RUA_ODDITIES(RUA_ODDITY_BIT)
#undef RUA_ODDITY_BIT
    RUA_N_ODDITIES
};

enum rua_oddity {
#define RUA_ODDITY_VALUE(id, token, meaning) id = 1 << id##_BIT,
    RUA_ODDITIES(RUA_ODDITY_VALUE)
#undef RUA_ODDITY_VALUE
};

/* One <record>; spans and lists are borrowed from whoever made it. */
struct rua_record {
    struct rua_span field[RUA_N_RECORD_FIELDS];
    struct rua_list list[RUA_N_RECORD_LISTS];
    uint32_t oddities;
};

/* A document's metadata and policy. */
struct rua_report {
    struct rua_span field[RUA_N_REPORT_FIELDS];
    const struct rua_span *errors; /* <error>, repeatable */
    size_t n_errors;
    uint64_t records;  /* how many <record> it gave */
    uint32_t oddities; /* of the document, not of its records */
};

/* "org_name", "count", ... */
const char *rua_report_field_name(enum rua_report_field field);
const char *rua_record_field_name(enum rua_record_field field);

/* "crc_mismatch", ...; bit is 0 to RUA_N_ODDITIES - 1. */
const char *rua_oddity_name(unsigned bit);

#endif
