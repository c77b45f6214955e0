/* mime.h - gmime's door: message -> decoded leaf parts (RFC 2045 to 2049).
 *
 * gmime gives the structure; leaf.h decodes the content. */
#ifndef RUA_MIME_H
#define RUA_MIME_H

#include "header.h"
#include "leaf.h"
#include "limit.h"
#include "mail.h"
#include "spool.h"
#include "version.h"

/* How messages are read. What it points to is borrowed. */
struct rua_reading {
    const struct rua_limits *limits;
    /* What our own mail servers call themselves (auth.h), blanks between, or
     * NULL: then nobody's Authentication-Results are believed. */
    const char *own_names;
};

/* Called in this order: head once, part for each leaf in the message's order.
 * A verdict other than RUA_OK ends the reading and is returned. Pointers are
 * good during the call only. */
struct rua_mime_visitor {
    enum rua_verdict (*head)(void *ctx, const struct rua_head *head,
                             struct rua_err *err);
    enum rua_verdict (*part)(void *ctx, const struct rua_part *part,
                             struct rua_err *err);
    void *ctx;
};

/* Initialises gmime and parses a tiny message, so that GObject's classes exist:
 * once in a process, before threads. */
void rua_mime_setup(void);

/* Reads a message: LF, CRLF or mixed line ends, a leading mbox "From " line,
 * raw 8-bit headers, broken boundaries: a multipart in which no part can be
 * found is read by the boundary that its body seems to have, or else as one
 * part, "text/plain". Looks into nested multiparts and into message/rfc822,
 * decoding and prescanning one that is encoded itself. A message quoted in a
 * multipart/report, or beside a part such as message/delivery-status, is not
 * looked into. The message has passed rua_prescan(). *ret_mail is the kind of
 * the first report that was passed over. What does not begin with a header is
 * one part, "text/plain". Ceilings: max_parts, max_mime_depth, and max_unpacked
 * for the content of all parts together. */
enum rua_verdict rua_mime_read(const struct rua_spool *message,
                               const struct rua_reading *reading,
                               struct rua_scratch *scratch,
                               const struct rua_mime_visitor *visitor,
                               enum rua_mail *ret_mail, struct rua_err *err);

/* "gmime 3.2.13, glib 2.74.6". */
void rua_mime_version(char ret_text[RUA_VERSION_SIZE]);

#endif
