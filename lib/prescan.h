/* prescan.h - a linear look at the raw message that refuses what gmime could
 * not survive.
 *
 * gmime 3.2.13 recurses without limit on nested address groups (90 kB of "g:"
 * kill any program), holds every header and every empty part as objects of a
 * kilobyte (a 7 MB mail: 1.3 GB), and compares each line that begins with "--"
 * with every boundary that is open (a 4 MB mail: 25 s). This pass over the
 * bytes, without allocation, costs a small part of the parsing itself. */
#ifndef RUA_PRESCAN_H
#define RUA_PRESCAN_H

#include "limit.h"
#include "spool.h"

/* RUA_BAD, with a sentence, for a message over max_header (all its headers
 * together, and 32 bytes a field), max_parts (counted by lines that could be a
 * boundary, 10 a part, and by parameters of Content-Type and
 * Content-Disposition, 20 a part) or max_mime_depth (counted by multipart and
 * message types, 4 a level), or with an address header of too many groups,
 * comments or addresses; embedded messages included. RUA_LATER when the spool
 * cannot be read. */
enum rua_verdict rua_prescan(const struct rua_spool *message,
                             const struct rua_limits *limits,
                             struct rua_err *err);

#endif
