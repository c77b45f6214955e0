/* store.h - tables, archive, quarantine, duplicates.
 *
 *     STORE/<policy domain>/records-2026-11.csv, reports-2026-11.csv
 *                          /archive/2026/11/<org>!<domain>!<begin>!<end>!<key>.xml.gz
 *          /quarantine/2026/11/<digest>.eml, quarantine/quarantine.csv
 *          /.spool/lock, and files on their way
 *
 * Several processes may use a store at the same time; within a process, one
 * thread. What is answered with RUA_OK or RUA_DUPLICATE is on the disk. */
#ifndef RUA_STORE_H
#define RUA_STORE_H

#include "aside.h"
#include "entry.h"

struct rua_store;

struct rua_store_style {
    enum rua_format format;         /* the ending of the tables: .csv, .tsv */
    struct rua_span records_header; /* of the tables, line end included; */
    struct rua_span reports_header; /* borrowed while the store is open */
};

/* Opens a store; its last folder is made when it is missing. RUA_LATER with a
 * sentence when it is not ours, not writable, or no folder. */
enum rua_verdict rua_store_open(const char *path,
                                const struct rua_store_style *style,
                                struct rua_store **ret_store,
                                struct rua_err *err);

/* Opens a store for looking only: nothing is made or written. RUA_NOT_REPORT,
 * without a sentence, when there is none. */
enum rua_verdict rua_store_open_to_read(const char *path,
                                        struct rua_store **ret_store,
                                        struct rua_err *err);
void rua_store_close(struct rua_store *store);

/* An unlinked file in the store, for what overflows memory; the caller closes
 * it. */
enum rua_verdict rua_store_scratch(struct rua_store *store, int *ret_fd,
                                   struct rua_err *err);

/* Stores the reports of a batch, all or nothing for each, with as few syncs as
 * can be. Sets each entry's verdict: RUA_OK or RUA_DUPLICATE; all of them
 * RUA_LATER, with a sentence, when the store fails. Returns the worst. */
enum rua_verdict rua_store_commit(struct rua_store *store,
                                  struct rua_entry *const *entries, size_t n,
                                  struct rua_err *err);

/* Whether the report of an entry is stored already, without waiting for the
 * lock: for a dry run. */
enum rua_verdict rua_store_has(struct rua_store *store,
                               const struct rua_entry *entry, bool *ret_has,
                               struct rua_err *err);

/* Puts a message into the quarantine, under the lock. */
enum rua_verdict rua_store_keep_aside(struct rua_store *store,
                                      const struct rua_aside *aside,
                                      struct rua_err *err);

#endif
