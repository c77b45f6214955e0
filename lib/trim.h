/* trim.h - the outermost header of a message without the fields that gmime need
 * not see.
 *
 * gmime makes objects of every field, and reads addresses and dates in those
 * that nobody asks for: of a small mail that takes longer than its report does.
 * What rua_header_field() looks at is given to it here instead. */
#ifndef RUA_TRIM_H
#define RUA_TRIM_H

#include "header.h"
#include "spool.h"

/* Copies a message from its header on, without those fields, into *ret_trimmed,
 * which the caller ends. False, and nothing is done: the message is not in
 * memory, no field would stay, or its header has a line that is not beyond
 * doubt a field ("Name: ...") or part of one, and ends in LF or CRLF. */
bool rua_trim(const struct rua_spool *message, struct rua_header *header,
              struct rua_spool *ret_trimmed);

#endif
