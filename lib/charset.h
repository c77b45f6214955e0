/* charset.h - single-byte character encodings: a name -> its code points. */
#ifndef RUA_CHARSET_H
#define RUA_CHARSET_H

#include <stdint.h>

#include "flow.h"

/* The code points of the bytes 0x80 to 0xFF, or NULL for a name that we do not
 * know; case, "-" and "_" do not count. Below 0x80 all are ASCII. A byte that
 * an encoding leaves undefined is the C1 control of the same number. */
const uint16_t *rua_charset_find(struct rua_span name);

extern const uint16_t rua_charset_windows_1252[128];

#endif
