/* mail.h - what a message is when its MIME type says so, and the little of a
 * header that is read without gmime. */
#ifndef RUA_MAIL_H
#define RUA_MAIL_H

#include <stdbool.h>

#include "arena.h"

/* Reports that are not ours: a multipart/report of another kind than RUA_MAIL
 * gives no part, nor does a part of such a kind elsewhere. */
enum rua_mail {
    RUA_MAIL,        /* anything else */
    RUA_MAIL_TLSRPT, /* multipart/report; report-type=tlsrpt (RFC 8460) */
    RUA_MAIL_RUF,    /* feedback-report (RFC 5965, RFC 9991) */
    RUA_MAIL_DSN,    /* delivery-status (RFC 3464) */
    RUA_MAIL_MDN,    /* disposition-notification (RFC 8098) */
};

/* "an SMTP TLS report", "a failure report", ...: for a sentence. */
const char *rua_mail_name(enum rua_mail mail);

/* What a report-type, or the subtype of a part of a multipart/report, stands
 * for: "feedback-report", "tlsrpt+gzip", "global-delivery-status". RUA_MAIL for
 * any other, and for NULL. */
enum rua_mail rua_mail_kind(const char *type);

/* Whether a part of type "message/<subtype>" is a whole message. */
bool rua_mail_is_message(const char *subtype);

/* Whether a text begins with a line "Name: ..." or, as in a mailbox, "From ".
 */
bool rua_mail_begins(struct rua_span text);

/* Whether a field's raw name, which may have blanks in front of the colon, is
 * this one, without regard to case. */
bool rua_mail_is_field(const char *raw_name, const char *name);

/* The address in the raw value of a field that holds one, with or without
 * angle brackets and a name. Absent for NULL. */
struct rua_span rua_mail_address(const char *value);

#endif
