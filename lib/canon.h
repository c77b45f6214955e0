/* canon.h - the canonical form of a report and of its records.
 *
 * The present fields in the order of report.h, each as one byte of tag, four
 * bytes of length and the value; numbers little-endian. One content has one
 * form, so a report's key is made of it. Reading takes nothing on trust: tags
 * must be known and in order, lengths must fit. */
#ifndef RUA_CANON_H
#define RUA_CANON_H

#include "arena.h"
#include "buf.h"
#include "report.h"

/* Bytes before a record's fields: the length of the fields, the oddities (which
 * are no part of the content, and so of no key). */
#define RUA_CANON_RECORD_HEAD 8

/* Appends the fields of a report; false when that is over out's ceiling. */
bool rua_canon_report(const struct rua_report *report, struct rua_buf *out);

/* Appends a record, head and fields. */
bool rua_canon_record(const struct rua_record *record, struct rua_buf *out);

/* Reads the fields of a report, all of `form`; values and list are copied into
 * the arena. False when the form is broken. */
bool rua_canon_read_report(struct rua_span form, struct rua_arena *arena,
                           struct rua_report *ret_report);

/* Where the entries of a record's lists are put: {0} at first, and freed with
 * rua_canon_room_done(). */
struct rua_canon_room {
    struct rua_entry_fields *entries;
    size_t size;
};

/* Reads the record at the beginning of `form`: its values are spans of `form`,
 * its lists stand in `room` until the next call. Returns its length, head
 * included; 0 when the form is broken. */
size_t rua_canon_read_record(struct rua_span form, struct rua_canon_room *room,
                             struct rua_record *ret_record);
void rua_canon_room_done(struct rua_canon_room *room);

/* Little-endian numbers. */
void rua_canon_put(unsigned char *at, uint64_t value, unsigned bytes);
uint64_t rua_canon_get(const unsigned char *at, unsigned bytes);

#endif
