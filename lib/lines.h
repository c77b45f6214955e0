/* lines.h - a message whose lines end with a bare CR becomes one with LF.
 *
 * Old Macintosh programs and broken gateways leave such files; no MIME parser
 * finds a line in them. */
#ifndef RUA_LINES_H
#define RUA_LINES_H

#include "spool.h"

/* Bytes of a message that are looked at. */
#define RUA_LINES_LOOK 4096

/* True when the message has CR but no LF in its first bytes. */
bool rua_lines_are_bare(const struct rua_spool *message);

/* Copies the message into a new spool, with LF in place of each CR that no LF
 * follows. The caller ends the spool, whatever the verdict. RUA_BAD over `max`
 * bytes (max_message). */
enum rua_verdict rua_lines_mend(const struct rua_spool *message,
                                struct rua_scratch *scratch, uint64_t max,
                                struct rua_spool *ret_mended,
                                struct rua_err *err);

#endif
