/* log.h - what is said of a message, one line each, and of the program, one
 * sentence each.
 *
 * Only front ends call this. Whatever strangers put into a value, a line stays
 * one line of printable ASCII, and is written at once: lines of several threads
 * or processes do not mix. */
#ifndef RUAMILL_LOG_H
#define RUAMILL_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "err.h"

/* What happened to a message. NULL is a value that there is not. */
struct log_line {
    const char *id;  /* queue id, or path */
    const char *rua; /* the recipient that took it */
    const char *from;
    enum rua_verdict verdict;
    const char *action; /* what the MTA was told */
    unsigned long long reports, records;
    const char *domain; /* policy domain */
    const char *org;
    const char *auth; /* what the mail passed, by Authentication-Results */
    uint64_t took;    /* microseconds; 0 is a value that there is not */
    const char *text; /* the sentence */
};

/* Where everything goes from now on. Before it is called, and with
 * CONF_LOG_STDERR: standard error. The journal's lines are those of standard
 * error with a priority in front, as systemd reads them ("<6>"). Not
 * thread-safe, unlike the rest. */
void log_open(enum conf_log target);

/* A logfmt line, with its line end:
 *     id=4cXyz rua=a@example.org from="" verdict=ok action=discard reports=1
 * ... Keys stand in the order of the struct ("seconds" is `took`); those
 * without a value are left out, except id. Bytes that are not printable ASCII,
 * quotes and backslashes are written \xNN; a value is cut at 200 bytes, with
 * "..." behind it. Returns the length. */
#define LOG_LINE_SIZE 4096
size_t log_format(const struct log_line *line, char ret_text[LOG_LINE_SIZE]);

/* Writes that line. */
void log_message(const struct log_line *line);

/* "ruamill: SENTENCE", about a failure, or about something that is as it should
 * be; bytes that are not printable ASCII are written \xNN. */
void log_error(const char *sentence);
void log_notice(const char *sentence);

/* log_error() for those who say something while they are called: their
 * `notice`, their `skip`. `ctx` is nothing. */
void log_told(void *ctx, const char *sentence);

#endif
