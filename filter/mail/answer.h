/* answer.h - what a mail system is told that runs a program for each message,
 * such as pipe(8) of Postfix: an exit status and a line on standard output. */
#ifndef RUAMILL_ANSWER_H
#define RUAMILL_ANSWER_H

#include <stdbool.h>

#include "err.h"

/* The end of line and the NUL included. */
#define ANSWER_SIZE 512

struct answer {
    int status;             /* of sysexits.h */
    char line[ANSWER_SIZE]; /* "2.0.0 already stored\n": RFC 3463 and a text */
};

/* By the verdict over a message; `rejects_bad`: what is RUA_BAD or RUA_REFUSED
 * is not kept aside. Whatever the sentence has in it, the line is one of
 * printable ASCII. */
void answer_choose(enum rua_verdict verdict, bool rejects_bad,
                   const char *sentence, struct answer *ret_answer);

/* No recipient is a RUA of ours. */
void answer_unknown(const char *recipient, struct answer *ret_answer);

#endif
