/* json.h - values as JSON (RFC 8259) on a stream. */
#ifndef RUAMILL_JSON_H
#define RUAMILL_JSON_H

#include <stdio.h>

#include "flow.h"

/* A string with its quotes. Bytes that are no UTF-8 become U+FFFD; what a
 * terminal would obey, and "<", ">" and "&", for a page that it may stand in,
 * are written \uXXXX. Absent: null. */
void json_text(FILE *out, struct rua_span text);

/* The same of a C string; NULL is null. */
void json_string(FILE *out, const char *text);

#endif
