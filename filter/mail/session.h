/* session.h - one connection of the MTA, and the message under way on it: what
 * the milter knows and decides. No type of libmilter's is in here. */
#ifndef RUAMILL_SESSION_H
#define RUAMILL_SESSION_H

#include <stdatomic.h>

#include "live.h"
#include "reply.h"

/* What all sessions have in common. */
struct session_hall {
    struct live *live;
    atomic_uint receiving; /* of them that receive a report */
};

/* Whether recipients may be refused at present. */
bool session_hall_refuses(struct session_hall *hall);

struct session;

/* What was agreed upon with the MTA. */
struct session_wire {
    /* It gives a header's value with the white space in front of it. */
    bool leading_space;
    /* It hears no answer to RCPT: none can be refused. */
    bool silent_rcpt;
};

struct session *session_new(struct session_hall *hall,
                            struct session_wire wire);
void session_free(struct session *session);

enum session_answer {
    SESSION_CONTINUE,
    SESSION_LEAVE,  /* nothing of ours: the rest of it is not wanted */
    SESSION_REFUSE, /* this recipient, by session_reply() */
    SESSION_LATER,  /* the message, by session_reply() */
    SESSION_ENOUGH, /* the rest of the body is not wanted */
};

/* MAIL: a message begins, and nothing is left of the one before. */
void session_mail(struct session *session, const char *sender);

/* RCPT, with the argument that the recipient can be deleted by. An unknown one
 * of a dedicated domain is somebody else's when it cannot be refused. */
enum session_answer session_rcpt(struct session *session, const char *argument);

/* DATA, a header field, the empty line, a piece of the body. The first of them
 * that comes decides whether there is a RUA among the recipients: an old MTA
 * does not say DATA. */
enum session_answer session_data(struct session *session);
enum session_answer session_header(struct session *session, const char *name,
                                   const char *value);
enum session_answer session_eoh(struct session *session);
enum session_answer session_body(struct session *session,
                                 struct rua_span bytes);

/* What the MTA is to do at the end of a message. Borrowed until the session
 * goes on. */
struct session_orders {
    struct reply reply;
    unsigned old_stamps;           /* X-RUA-Report fields to take out, */
    char stamp[REPLY_STAMP_SIZE];  /* and the one to add, or "" */
    const char *const *recipients; /* n_recipients to delete */
    size_t n_recipients;
};

struct session_end {
    const char *queue_id;    /* NULL: unknown */
    void (*tick)(void *ctx); /* called now and then while it takes long */
    void *ctx;
};

/* The end of the message: takes it, and writes its line in the log. */
void session_end(struct session *session, const struct session_end *end,
                 struct session_orders *ret_orders);

/* How the recipient or message was refused. */
const struct reply *session_reply(const struct session *session);

/* No message is under way any more: after the end, or given up. */
void session_reset(struct session *session);

#endif
