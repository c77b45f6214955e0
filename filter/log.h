/* log.h - what is said on stderr: one line a message, one sentence a failure.
 *
 * Only front ends call this. Whatever strangers put into a value, a line stays
 * one line of printable ASCII. */
#ifndef RUAMILL_LOG_H
#define RUAMILL_LOG_H

#include <stdio.h>

#include "err.h"

/* What happened to a message. NULL is a value that there is not. */
struct log_line {
    const char *id;  /* queue id, or path */
    const char *rua; /* the recipient that took it */
    const char *from;
    enum rua_verdict verdict;
    unsigned long long reports, records;
    const char *domain; /* policy domain */
    const char *org;
    const char *text; /* the sentence */
};

/* Writes a logfmt line, in one write:
 *     id=4cXyz rua=a@example.org from="" verdict=ok reports=1 records=2 ...
 * Keys stand in the order of the struct; those without a value are left out,
 * except id. Bytes that are not printable ASCII, quotes and backslashes are
 * written \xNN; a value is cut at 200 bytes, with "..." behind it. */
void log_message(FILE *out, const struct log_line *line);

/* "ruamill: SENTENCE" on stderr; bytes that are not printable ASCII are written
 * \xNN. */
void log_error(const char *sentence);

#endif
