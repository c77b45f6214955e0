/* allow_cache.h - the allowlist of a web server (allow = https://...), as it
 * was last taken from there, so that nobody in the mail flow needs a network:
 *
 *     STORE/.spool/allow/list.cdb   the list, compiled
 *                       /note       where it is from, how the last fetch went
 *                       /lock       one fetch at a time
 *
 * allow_fetch.h puts another one in its place only when that can be read. */
#ifndef RUAMILL_ALLOW_CACHE_H
#define RUAMILL_ALLOW_CACHE_H

#include <time.h>

#include "allow.h"
#include "conf.h"

#define ALLOW_CACHE_FOLDER ".spool/allow"
#define ALLOW_CACHE_LIST   RUA_ALLOW_FETCHED
#define ALLOW_CACHE_TAG    512

/* Whether a value of `allow` is no file; NULL is none. */
bool allow_cache_is_url(const char *allow);

/* What sentences call it: a URL without its query, which may have a secret in
 * it. In `to`, or `allow` itself. */
#define ALLOW_CACHE_CALLED 128
const char *allow_cache_called(const char *allow, char to[ALLOW_CACHE_CALLED]);

/* Whether allow_ca, which the list of a URL is fetched with, can be read:
 * RUA_REFUSED when not. */
enum rua_verdict allow_cache_check(const struct conf *conf,
                                   struct rua_err *err);

/* The file of the configuration's allowlist, without ".cdb"; for free(). */
char *allow_cache_path(const struct conf *conf);

/* What is known of the list of a URL. Times are seconds since 1970; 0: never.
 */
struct allow_note {
    char tag[ALLOW_CACHE_TAG]; /* the server's ETag of the list; "": none */
    int64_t changed;           /* when another list was last taken, */
    int64_t asked;             /* the server last said what holds, */
    int64_t failed;            /* and it could not be asked since then: */
    char why[RUA_SENTENCE_MAX];
};

/* Reads the note of a store, if it is of the configuration's URL; else all is
 * empty. */
void allow_note_read(int root, const struct conf *conf,
                     struct allow_note *ret_note);

/* Replaces it; not synced, since all it may cost is a fetch. */
enum rua_verdict allow_note_write(int root, const struct conf *conf,
                                  const struct allow_note *note,
                                  struct rua_err *err);

/* Loads the allowlist of the configuration, a file's or the one that was
 * fetched: rua_allow_load(). */
enum rua_verdict allow_cache_load(const struct conf *conf,
                                  struct rua_allow **ret_allow,
                                  struct rua_err *err);

/* Which list is there at a moment: it changes when another one was fetched. All
 * 0 where the allowlist is a file. */
struct allow_stamp {
    uint64_t inode;
    struct timespec changed;
};
struct allow_stamp allow_cache_stamp(const struct conf *conf);

#endif
