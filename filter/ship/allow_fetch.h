/* allow_fetch.h - takes the allowlist from a web server (allow_cache.h). */
#ifndef RUAMILL_ALLOW_FETCH_H
#define RUAMILL_ALLOW_FETCH_H

#include "conf.h"

/* Bytes of the text, at most. */
#define ALLOW_FETCH_MAX ((size_t)64 << 20)

/* Asks the server of conf->allow whether it has another list than the one that
 * is there (ETag, RFC 9110 section 13.1.2), and puts it in place. What is no
 * allowlist, or has no RUA, or without `force` less than half as many as the
 * one that is there, changes nothing; nor does a server that does not answer.
 * Says on standard output what became of it, or on standard error why it
 * failed, and notes it in the store. Returns the exit status: EX_TEMPFAIL when
 * there is no good answer. */
int allow_fetch(const struct conf *conf, bool force);

/* `ruamill allow fetch`, in the program that has libcurl. */
int allow_fetch_command(int argc, char **argv);

#endif
