/* schema.h - the elements of a report, as one table: parent and name -> field.
 *
 * Local names, in any namespace, any order and any case. What is not in the
 * table is skipped with all that is in it. */
#ifndef RUA_SCHEMA_H
#define RUA_SCHEMA_H

#include <string.h>

#include "flow.h"
#include "report.h"

enum rua_element_kind {
    RUA_NODE,         /* holds other elements */
    RUA_REPORT_VALUE, /* index: enum rua_report_field */
    RUA_ERROR_VALUE,  /* <error>, repeatable */
    RUA_RECORD_NODE,  /* <record> */
    RUA_RECORD_VALUE, /* index: enum rua_record_field */
    RUA_ENTRY_NODE,   /* index: enum rua_record_list; begins an entry of it */
    RUA_ENTRY_VALUE,  /* index: field of that entry */
};

struct rua_element {
    const char *name;
    unsigned char kind;  /* enum rua_element_kind */
    unsigned char index; /* as the kind says */
    unsigned char once;  /* a bit of its own for a RUA_NODE that counts once in
                            a report, or 0 */
    uint32_t oddity;     /* of the record in which it stands, or 0 */
    const struct rua_element *children;
    size_t n_children;
};

/* The <feedback> element. */
extern const struct rua_element rua_schema_feedback;

/* The child of `parent` with this name (a prefix up to ":" does not count), or
 * NULL when the table has none. */
const struct rua_element *rua_schema_child(const struct rua_element *parent,
                                           const char *name);

/* The same for a name that is spelt as in the table, as nearly all are. Where
 * elements are listed in the order in which they mostly come, the first look
 * finds them. (Here to be inline: it is done for each element of a record.) */
static inline const struct rua_element *
rua_schema_spelt(const struct rua_element *parent, const char *name)
{
    const struct rua_element *element = parent->children;

    for (size_t i = 0; i < parent->n_children; i++, element++)
        if (element->name[0] == name[0] && strcmp(element->name, name) == 0)
            return element;
    return NULL;
}

/* True for "feedback", "ns1:feedback", "FEEDBACK". */
bool rua_schema_is_feedback(const char *name);

#endif
