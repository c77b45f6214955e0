/* store.h - tables, archive, quarantine, duplicates.
 *
 *     STORE/<policy domain>/records-2026-11.csv, reports-2026-11.csv
 *                          /archive/2026/11/<org>!<domain>!<begin>!<end>!<key>.xml.gz
 *                          /archive/2026/11/pruned.keys: of reports that were
 *                                                        taken away since
 *          /quarantine/2026/11/<digest>.eml, quarantine/quarantine.csv
 *          /quarantine/2026/11/pruned.keys: of messages, their digests
 *          /.spool/lock, journal, and files on their way
 *
 * Several processes, and several threads of each, may use a store at the same
 * time. What is answered with RUA_OK or RUA_DUPLICATE is on the disk, in the
 * journal or behind it. */
#ifndef RUA_STORE_H
#define RUA_STORE_H

#include "aside.h"
#include "entry.h"
#include "redo.h"

struct rua_store;

struct rua_store_style {
    enum rua_format format;         /* the ending of the tables: .csv, .tsv */
    struct rua_span records_header; /* of the tables, line end included; */
    struct rua_span reports_header; /* borrowed while the store is open */
    unsigned lease_wait;            /* ms; see rua_file_lease() */
    bool allow_network_fs;          /* a store on NFS and its like is refused
                                       otherwise: no leases, other locks */
    struct rua_notice notice;       /* called under the lock, by any thread */
};

/* Opens a store; its last folder is made when it is missing. What a process
 * left that died is finished, unless others are at work. RUA_LATER with a
 * sentence when it is not ours, not writable, no folder, on a network file
 * system, or its journal is of a later version of the program. */
enum rua_verdict rua_store_open(const char *path,
                                const struct rua_store_style *style,
                                struct rua_store **ret_store,
                                struct rua_err *err);

/* Opens a store for looking only: nothing is made or written. RUA_NOT_REPORT,
 * without a sentence, when there is none. */
enum rua_verdict rua_store_open_to_read(const char *path,
                                        struct rua_store **ret_store,
                                        struct rua_err *err);

/* Takes a checkpoint when much has been stored and nobody else is at work. Says
 * how often rows were written without a lease, if they were. */
void rua_store_close(struct rua_store *store);

/* An unlinked file in the store, for what overflows memory; the caller closes
 * it. */
enum rua_verdict rua_store_scratch(struct rua_store *store, int *ret_fd,
                                   struct rua_err *err);

/* Stores the reports of a batch, all or nothing for each, with one sync. Sets
 * each entry's verdict: RUA_OK or RUA_DUPLICATE; RUA_LATER, with a sentence,
 * for one whose tables cannot be opened, and for all of them when the store
 * fails. Returns the worst. What a process left that died is finished first;
 * while that cannot be, all is RUA_LATER. Threads that commit at the same time
 * share the sync. */
enum rua_verdict rua_store_commit(struct rua_store *store,
                                  struct rua_entry *const *entries, size_t n,
                                  struct rua_err *err);

/* Whether the report of an entry is stored already, without waiting for the
 * lock: for a dry run. What a process left in the journal that died is not
 * looked at. */
enum rua_verdict rua_store_has(struct rua_store *store,
                               const struct rua_entry *entry, bool *ret_has,
                               struct rua_err *err);

/* Whether a policy domain has a folder, which it gets with its first report. */
enum rua_verdict rua_store_has_folder(struct rua_store *store,
                                      const char *domain, bool *ret_has,
                                      struct rua_err *err);

/* The path that it was opened by. Borrowed. */
const char *rua_store_path(const struct rua_store *store);

/* Puts a message into the quarantine, as quarantine/YYYY/MM/<digest>.eml, and a
 * row into quarantine/quarantine.csv: both or none, by the journal, in the same
 * commit as what other threads store. The same message again in the same month
 * adds nothing, and is RUA_DUPLICATE. */
enum rua_verdict rua_store_keep_aside(struct rua_store *store,
                                      const struct rua_aside *aside,
                                      struct rua_err *err);

/* Finishes what a process left that died, syncs the store and empties the
 * journal. */
enum rua_verdict rua_store_checkpoint(struct rua_store *store,
                                      struct rua_err *err);

/* From here to there nobody else stores anything, and nothing is left that a
 * process did not finish: for a moment, to take files away that readers have
 * looked at together with others. RUA_LATER when others keep it. */
enum rua_verdict rua_store_enter(struct rua_store *store, struct rua_err *err);
void rua_store_leave(struct rua_store *store);

/* What this process did so far. */
struct rua_store_counts {
    uint64_t syncs;         /* fdatasync(2) and syncfs(2) of the journal */
    uint64_t without_lease; /* tables that others had open, once a batch each */
    uint64_t checkpoints;
    uint64_t recoveries; /* it finished what somebody left, or it did itself */
};

struct rua_store_counts rua_store_count(struct rua_store *store);

#endif
