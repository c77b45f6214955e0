/* limit.h - every ceiling, in one table.
 *
 * RUA_LIMITS(X) calls X(name, default, unit, help) for each: the struct below,
 * the options of the configuration and the manual are made of it. What is over
 * a ceiling is RUA_BAD with a sentence that names the ceiling, if its help does
 * not say otherwise. The last three are those of the process that reads: a
 * message that it is ended for comes again once, then it is RUA_BAD. */
#ifndef RUA_LIMIT_H
#define RUA_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "flow.h"

#define RUA_KIB 1024ULL
#define RUA_MIB (1024 * RUA_KIB)
#define RUA_GIB (1024 * RUA_MIB)

/* clang-format off */
#define RUA_LIMITS(X)                                                                        \
    X(max_message,    50 * RUA_MIB, "bytes", "a whole message")                              \
    X(max_header,      1 * RUA_MIB, "bytes", "all headers of a message and its parts together") \
    X(max_parts,              1000, "parts", "leaf parts of a message")                      \
    X(max_mime_depth,          100, "levels", "multiparts and messages inside each other")   \
    X(max_wrappings,             4, "levels", "gzip and zip wrappings around a document")    \
    X(max_entries,             256, "entries", "files in a zip archive")                     \
    X(max_reports,            1000, "reports", "reports in one message; 10000 at most")      \
    X(max_document,    1 * RUA_GIB, "bytes", "one document, unpacked")                       \
    X(max_unpacked,    2 * RUA_GIB, "bytes", "all that one message unpacks to")              \
    X(max_idle,       16 * RUA_MIB, "bytes", "documents that give hardly any new field")     \
    X(max_records,        10000000, "records", "records of one report")                      \
    X(max_value,      64 * RUA_KIB, "bytes", "one value; a longer one is cut, and flagged")  \
    X(max_text,        4 * RUA_MIB, "bytes", "all values of one record, or of the metadata; "       \
                                             "what is over is cut, and flagged")              \
    X(max_tag,         1 * RUA_MIB, "bytes", "one tag, comment or other XML token")          \
    X(max_xml_depth,            32, "levels", "elements inside each other")                  \
    X(max_elements,      100000000, "elements", "elements of one document")                  \
    X(max_attributes,          100, "attributes", "attributes of one element")               \
    X(max_names,      64 * RUA_KIB, "bytes", "different names of elements and attributes "   \
                                             "of one document")                              \
    X(max_results,            1000, "entries", "DKIM, SPF or reason entries of one record; "  \
                                               "further ones are dropped, and flagged")       \
    X(max_warnings,        1000000, "warnings", "warnings of one report and its records")    \
    X(max_rows,        1 * RUA_GIB, "bytes", "all rows and archived files that one message becomes")                      \
    X(max_memory,    256 * RUA_MIB, "bytes", "memory that a worker takes for a message, beside "  \
                                             "three times max_message; one that needs more is ended")                            \
    X(max_cpu,                  60, "seconds", "CPU time of a worker for a message")            \
    X(max_wall,                120, "seconds", "time of a worker for a message")
/* clang-format on */

struct rua_limits {
#define RUA_LIMIT_MEMBER(name, value, unit, help) uint64_t name;
    RUA_LIMITS(RUA_LIMIT_MEMBER)
#undef RUA_LIMIT_MEMBER
};

/* The defaults of the table. */
extern const struct rua_limits rua_limits_default;

/* Counts a multipart or a message around what is read; RUA_BAD over
 * max_mime_depth. */
enum rua_verdict rua_limit_enter(const struct rua_limits *limits,
                                 uint64_t *depth, struct rua_err *err);

/* What one message may still unpack: the count that max_document and
 * max_unpacked are held against, while inflating. */
struct rua_budget {
    const struct rua_limits *limits;
    uint64_t document; /* bytes of the present document */
    uint64_t unpacked; /* bytes of all documents and wrappings of the message */
};

/* Counts `bytes` that a wrapping gave; RUA_BAD with the ceiling's name when
 * that is too much. */
enum rua_verdict rua_budget_spend(struct rua_budget *budget, size_t bytes,
                                  struct rua_err *err);

/* How many bytes of a message gave hardly any new field. */
struct rua_idle {
    uint64_t bytes;
    uint64_t news; /* new fields so far */
};

/* Counts bytes that were read; `news` new fields there have been by now, each
 * of which makes up for 4 KiB. Returns idle->bytes, to be held against
 * max_idle. So a stretch without a new field ends the reading of a bomb, and so
 * do many shorter ones, in any number of documents. */
uint64_t rua_idle_spend(struct rua_idle *idle, size_t bytes, uint64_t news);

#endif
