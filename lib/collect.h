/* collect.h - the record and the report that are being put together.
 *
 * The elements of a document go in as they open, hold text and close; records
 * and reports come out of it. Memory is that of one record and of the metadata:
 * values stand behind each other in a text of max_text bytes. */
#ifndef RUA_COLLECT_H
#define RUA_COLLECT_H

#include "buf.h"
#include "limit.h"
#include "report.h"
#include "schema.h"

struct rua_collect {
    const struct rua_limits *limits;
    struct rua_report report;
    struct rua_record record;
    uint64_t news;     /* grows with each value, entry and record that is new */
    uint64_t old_news; /* as it was when the report began */

    struct rua_buf head;             /* the values of the report */
    struct rua_buf text;             /* the values of the record */
    size_t size[RUA_N_RECORD_LISTS]; /* room in the lists of the record */
    struct rua_span *errors;         /* those of the report */
    size_t errors_size;              /* room in it */
    unsigned once;                   /* the `once` bits met */
    struct rua_entry_fields *entry;  /* the open one, or NULL */
    bool reason_text;                /* the open value is text in <reason> */

    struct rua_span *value; /* where the open value goes, or NULL */
    struct rua_buf *into;   /* where its bytes are put */
    size_t from;            /* where it begins there */
    size_t room;            /* bytes that it may still have */
    uint32_t *oddities;     /* where it is noted that it was cut */
};

/* `limits` is borrowed. */
void rua_collect_init(struct rua_collect *collect,
                      const struct rua_limits *limits);
void rua_collect_done(struct rua_collect *collect);

/* A <feedback> opens: forgets the report and the record. */
void rua_collect_begin(struct rua_collect *collect);

/* An element below <feedback> opens. False: of no use, to be left out with all
 * that is in it. */
bool rua_collect_open(struct rua_collect *collect,
                      const struct rua_element *element);

/* Text in `element`, the innermost open one; in any pieces. (Here to be inline:
 * half of them are line ends between elements, which say nothing.) */
void rua_collect_value(struct rua_collect *collect, struct rua_span text);
void rua_collect_between(struct rua_collect *collect, struct rua_span text);
static inline void
rua_collect_text(struct rua_collect *collect, const struct rua_element *element,
                 const char *text, size_t len)
{
    const struct rua_span span = {(const unsigned char *)text, len};

    if (collect->value)
        rua_collect_value(collect, span);
    else if (element->n_children && !(len == 1 && *text == '\n'))
        rua_collect_between(collect, span);
}

/* It closes. True when `record` is complete; then it is to be taken at once. */
bool rua_collect_close(struct rua_collect *collect,
                       const struct rua_element *element);

/* Whether the report has any known field or record, and whether it has even
 * part of one. */
bool rua_collect_has_any(const struct rua_collect *collect);
bool rua_collect_is_begun(const struct rua_collect *collect);

#endif
