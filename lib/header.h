/* header.h - what the outermost header of a message says, from its fields one
 * by one. */
#ifndef RUA_HEADER_H
#define RUA_HEADER_H

#include "arena.h"
#include "auth.h"

/* Addresses of a message that are kept; the others are dropped. */
#define RUA_RECIPIENTS_MAX 1000

/* Texts are NULL when absent. */
struct rua_head {
    const char *message_id; /* without its angle brackets */
    const char *subject;    /* decoded */
    const char *auth;       /* what the mail has passed: a text of auth.h */
    /* Addresses ("a@b"), in this order: Delivered-To, X-Original-To, To;
     * within a field as they come. At most RUA_RECIPIENTS_MAX, for replay to
     * choose from. */
    const char *const *recipients;
    size_t n_recipients;
};

enum rua_recipient {
    RUA_DELIVERED_TO,
    RUA_ORIGINAL_TO,
    RUA_TO,
    RUA_N_RECIPIENTS
};

/* A header being read. */
struct rua_header {
    struct rua_arena arena;
    struct rua_auth auth;
    char auth_text[RUA_AUTH_SIZE];
    const char *recipients[RUA_N_RECIPIENTS][RUA_RECIPIENTS_MAX];
    size_t n[RUA_N_RECIPIENTS];
};

/* `own_names` as of auth.h. */
void rua_header_begin(struct rua_header *header, const char *own_names);
void rua_header_done(struct rua_header *header);

/* The next field, from the top: its raw name, with blanks in front of the colon
 * if there are any, and its raw value. */
void rua_header_field(struct rua_header *header, const char *name,
                      const char *value);

/* An address of the field To; borrowed. NULL and "" are none. */
void rua_header_to(struct rua_header *header, const char *address);

/* Fills in what the fields said; borrowed from the header. */
void rua_header_end(struct rua_header *header, struct rua_head *ret_head);

#endif
