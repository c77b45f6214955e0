/* journal.h - the redo log: what makes an acknowledgement durable.
 *
 * Used under the store's lock, by one thread at a time. Entries are written
 * behind each other and synced together: that is the commit point. Then they
 * are applied to the store (redo.h), without a sync; a checkpoint syncs the
 * store and begins the journal anew.
 *
 * `.spool/journal` has its space allocated and zeroed beforehand, so that a
 * commit syncs data only. An entry carries the salt of the present epoch, its
 * number and a CRC-32 that goes on from the entry before; what stands behind
 * the last valid one was never acknowledged. `.spool/lock` notes how far the
 * journal is applied, and since which start of the machine: for other
 * processes, never synced. Long bytes are staged in files of their own, in
 * `.spool/stage`.
 *
 * Whatever fails here is RUA_LATER. A sync that fails is final: this process
 * never trusts a second one, and all is RUA_LATER from then on. */
#ifndef RUA_JOURNAL_H
#define RUA_JOURNAL_H

#include "journal_form.h"

#define RUA_JOURNAL       ".spool/journal"
#define RUA_JOURNAL_STAGE ".spool/stage"

#define RUA_JOURNAL_FORM (256U << 10) /* bytes that are written at once */

struct rua_journal {
    int root; /* the store, */
    int lock; /* and the file with the note: both the caller's */
    int fd;   /* -1: not open yet */
    char boot[RUA_BOOT_ID_SIZE];
    uint64_t salt;
    uint64_t room;           /* bytes of the file: allocated and zeroed */
    struct rua_mark applied; /* up to where it is applied, */
    struct rua_mark end;     /* committed */
    struct rua_mark written; /* and written */
    uint64_t durable;        /* up to where it is known to be on the disk */
    bool anew;               /* nobody knows what of it is applied, or its
                                entries do not name the tables as they are */
    bool damaged;            /* when it was loaded: there are bytes, and
                                neither head nor entry in them */
    bool made_again;         /* the tables, rather: nothing is noted before
                                the checkpoint */
    bool staged;             /* something, since the last commit */
    uint64_t staged_bytes;   /* by us, since our last checkpoint */
    bool failed;             /* a sync did */
    uint64_t syncs;          /* fdatasync(2) and the like, so far, */
    uint64_t checkpoints;    /* and checkpoints, */
    uint64_t recoveries;     /* and recoveries that got to the end */
    struct rua_buf form;     /* written, and not in the file yet: it goes */
    uint64_t form_at;        /* here */
};

/* Opens, or makes, the journal of the store at `root`. One of a later version
 * of the program is refused. */
enum rua_verdict rua_journal_open(struct rua_journal *journal, int root,
                                  int lock, struct rua_err *err);
void rua_journal_close(struct rua_journal *journal);

/* After the lock was taken: finds out where the journal ends. *ret_pending when
 * rua_journal_recover() must come first: a process died and left entries that
 * are not applied, or the machine was started anew. */
enum rua_verdict rua_journal_load(struct rua_journal *journal,
                                  bool *ret_pending, struct rua_err *err);

/* Makes the entries that are there durable, since the process that died may
 * have left them in the page cache only: they are copied to a new file, which
 * is synced and takes the journal's place. Then `apply` is called for each that
 * may not be applied yet, in order. When it fails, all of them wait for the
 * next time. Ends with a checkpoint if journal->anew. */
enum rua_verdict rua_journal_recover(
    struct rua_journal *journal,
    enum rua_verdict (*apply)(void *ctx, const struct rua_op *ops, size_t n,
                              struct rua_err *err),
    void *ctx, struct rua_err *err);

/* Writes an entry of up to RUA_OPS operations behind the others, into memory
 * while there is room; it is not synced yet. What is over 4 MiB of an operation
 * is staged, and that is synced. After a failure rua_journal_undo() must come.
 */
enum rua_verdict rua_journal_write(struct rua_journal *journal,
                                   const struct rua_op *ops, size_t n,
                                   struct rua_err *err);

/* Takes back what was written since the last commit. */
void rua_journal_undo(struct rua_journal *journal);

/* The commit point: one fdatasync(2). When what is in memory cannot be written,
 * it is as after rua_journal_undo(). */
enum rua_verdict rua_journal_commit(struct rua_journal *journal,
                                    struct rua_err *err);

/* All that is committed is applied: notes it. */
enum rua_verdict rua_journal_applied(struct rua_journal *journal,
                                     struct rua_err *err);

/* Syncs the store, and begins the journal anew. All that is committed must be
 * applied. */
enum rua_verdict rua_journal_checkpoint(struct rua_journal *journal,
                                        struct rua_err *err);

/* Bytes of the entries since the last checkpoint, and of what we staged. */
uint64_t rua_journal_bytes(const struct rua_journal *journal);

/* ---- for the parts of this module ---- */

/* fdatasync(2) of a file; counts, and remembers a failure. */
enum rua_verdict rua_journal_sync(struct rua_journal *journal, int fd,
                                  const char *name, struct rua_err *err);

/* Writes the head into the file that is, or will be, the journal. */
enum rua_verdict rua_journal_write_head(int fd, uint64_t salt,
                                        struct rua_err *err);

/* Writes the note: applied up to journal->applied. */
enum rua_verdict rua_journal_note(struct rua_journal *journal,
                                  struct rua_err *err);

/* Whether a valid entry stands at `mark` of the file, and its head. */
enum rua_verdict rua_journal_check(const struct rua_journal *journal,
                                   const struct rua_spool *file,
                                   const struct rua_mark *mark,
                                   struct rua_entry_head *ret_head,
                                   bool *ret_valid, struct rua_err *err);

/* Moves the mark over an entry. */
void rua_journal_step(struct rua_mark *mark, const struct rua_entry_head *head);

/* Adds to a CRC-32. A sink: ctx is the uint32_t. */
enum rua_verdict rua_journal_crc(void *crc, struct rua_span bytes,
                                 struct rua_err *err);

/* The name of the file that an operation's bytes are staged in. */
#define RUA_STAGE_NAME 64
void rua_journal_stage_name(const struct rua_journal *journal, uint64_t number,
                            size_t op, char ret_name[RUA_STAGE_NAME]);

#endif
