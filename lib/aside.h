/* aside.h - the quarantine: messages kept aside, and their table. */
#ifndef RUA_ASIDE_H
#define RUA_ASIDE_H

#include "entry.h"

/* The table: quarantine/quarantine.csv. */
#define RUA_ASIDE_TABLE  "quarantine"
#define RUA_ASIDE_HEADER "when,verdict,sentence,rua,sender,file\n"

/* A message that is kept aside: it could not be read, or nobody takes it. */
struct rua_aside {
    const struct rua_spool *message;
    enum rua_verdict verdict;
    const char *sentence;
    const char *rua;    /* or NULL */
    const char *sender; /* or NULL */
    int64_t when;       /* seconds since 1970 */
};

/* What became of a message that was read again: RUA_OK or RUA_DUPLICATE. Makes
 * an entry that is only a row about its `file`, below the quarantine; `message`
 * is not looked at, and may be NULL. */
void rua_aside_settle(const struct rua_aside *aside, const char *file,
                      struct rua_entry *ret_entry);

/* What a message is known by when it comes again: the SHA-256 of its bytes.
 * RUA_LATER when it cannot be read. */
enum rua_verdict rua_aside_digest(const struct rua_spool *message,
                                  char ret_hex[RUA_DIGEST_SIZE],
                                  struct rua_err *err);

/* Makes an entry of it: its row, and quarantine/YYYY/MM/<digest>.eml, the name
 * of its file. The message is borrowed until the entry is done. RUA_LATER when
 * it cannot be read. */
enum rua_verdict rua_aside_make(const struct rua_aside *aside,
                                struct rua_entry *ret_entry,
                                struct rua_err *err);

#endif
