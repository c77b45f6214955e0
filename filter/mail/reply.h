/* reply.h - what the MTA is told of a message, by its verdict: a table. */
#ifndef RUAMILL_REPLY_H
#define RUAMILL_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "err.h"

enum reply_action {
    REPLY_DISCARD, /* taken: nobody else is to have it */
    REPLY_ACCEPT,  /* goes its way to all recipients */
    REPLY_DELRCPT, /* taken from the RUAs, goes its way to the others */
    REPLY_REJECT,
    REPLY_TEMPFAIL,
};

struct reply_case {
    enum rua_verdict verdict;
    bool only_ruas; /* nobody else is among the recipients */
    enum conf_after after;
    enum conf_on_bad on_bad;
};

#define REPLY_TEXT_SIZE 401

struct reply {
    enum reply_action action;
    bool stamped;               /* gets the header field of reply_stamp() */
    const char *code, *dsn;     /* "451", "4.3.0"; NULL unless it is refused */
    char text[REPLY_TEXT_SIZE]; /* of a refusal, for smfi_setreply() */
};

/* `sentence` is why, for a message that is rejected. The sender is not told
 * what is wrong with us. */
void reply_choose(const struct reply_case *of, const char *sentence,
                  struct reply *ret_reply);

/* Refuses with a text of one's own. */
void reply_refuse(struct reply *ret_reply, enum reply_action action,
                  const char *code, const char *dsn, const char *text);

/* Whether a message that is RUA_BAD or RUA_REFUSED would be rejected. */
bool reply_rejects_bad(const struct reply_case *of);

/* "discard" "accept" "delrcpt" "reject" "tempfail". */
const char *reply_action_name(enum reply_action action);

#define REPLY_STAMP      "X-RUA-Report"
#define REPLY_STAMP_SIZE 512

/* The value of that field:
 *     stored; records=12; domain=example.com; org=google.com
 * The first word may be duplicate or aside, without records. `domain` or `org`
 * may be NULL. What strangers wrote is printable ASCII, quoted where need be,
 * and short. */
void reply_stamp(enum rua_verdict verdict, uint64_t records, const char *domain,
                 const char *org, char ret_value[REPLY_STAMP_SIZE]);

#endif
