/* view.h - a store as it is at one moment, for those who only look.
 *
 * Nothing is written, and files of another user are read, so that this works
 * where the store cannot be written. What others are writing at the time is
 * kept out by the store's lock, which is held only while names and lengths are
 * taken: tables only grow. Entries of the journal that are not applied yet are
 * left out, too. */
#ifndef RUAMILL_VIEW_H
#define RUAMILL_VIEW_H

#include "cell.h"
#include "journal_form.h"
#include "table.h"

struct view {
    const char *path; /* borrowed */
    int root;
    int lock;           /* -1: it cannot be taken, */
    struct rua_err why; /* and why */
};

/* RUA_NOT_REPORT, without a sentence, when there is no store; RUA_REFUSED when
 * it is not for us to look at, or no folder. */
enum rua_verdict view_open(const char *path, struct view *ret_view,
                           struct rua_err *err);

/* The same for who cannot do without a store: RUA_NOT_REPORT has a sentence. */
enum rua_verdict view_must_open(const char *path, struct view *ret_view,
                                struct rua_err *err);

/* Why the folder of a store could not be opened, by errno: RUA_REFUSED when it
 * is not for us to look at, or no folder; else RUA_LATER. */
enum rua_verdict view_say_closed(const char *path, struct rua_err *err);

void view_close(struct view *view);

/* Names in order, in an arena. */
struct view_names {
    struct rua_arena arena;
    char **names;
    size_t n, room;
};

void view_names_add(struct view_names *names, const char *name);
void view_names_sort(struct view_names *names);
void view_names_done(struct view_names *names);

/* Whether the tables of a policy domain may be in a folder of this name. */
bool view_is_domain(const char *name);

/* The folders of policy domains, and symbolic links of such a name: view_look()
 * says what is wrong with these. */
enum rua_verdict view_domains(const struct view *view,
                              struct view_names *ret_names,
                              struct rua_err *err);

enum view_kind {
    VIEW_RECORDS,
    VIEW_REPORTS,
    VIEW_ASIDE /* of the quarantine */
};

struct view_table {
    char path[RUA_TABLE_PATH_SIZE]; /* below the store */
    char stem[RUA_TABLE_PATH_SIZE]; /* without suffix and ending */
    unsigned suffix;                /* ".2", or 1 */
    size_t rotated;                 /* in path: what is behind the ending */
    enum view_kind kind;
    enum rua_format format;
    uint64_t inode, size;
    bool packed;   /* ".gz" behind it all: size is that of the file */
    bool recorded; /* rows in the journal are meant for it, by its inode */
    bool twice;    /* packed, and there unpacked as well */
};

/* Cuts the path of a table, "example.com/records-2026-11.2.csv.1", into its
 * parts; false when it is none, or packed. Inode and size are left alone. */
bool view_is_table(const char *path, struct view_table *ret_table);

/* What a policy domain's folder holds, or the quarantine. */
struct view_domain {
    const char *name;          /* borrowed */
    struct view_table *tables; /* older before younger: as they were written */
    size_t n, room;
    struct view_names archive; /* below the store; or the quarantine's mails */
    struct view_names pruned;  /* keys of reports that were taken away; of
                                  the quarantine: paths, as in `archive` */
    struct view_names foreign; /* below the store: not of our making */
    uint64_t pending; /* its entries in the journal that are left out */
};

/* RUA_BAD, with a sentence, when something there cannot be looked at. */
enum rua_verdict view_look(const struct view *view, const char *domain,
                           struct view_domain *ret_domain, struct rua_err *err);

/* Who is told, in a sentence, what is left out. */
struct view_skip {
    void (*say)(void *ctx, const char *sentence);
    void *ctx;
};

/* The same without a look into the archive, which may hold millions of files:
 * of a table that cannot be looked at `skip` is told, and the others are. */
enum rua_verdict view_tables(const struct view *view, const char *domain,
                             const struct view_skip *skip,
                             struct view_domain *ret_domain,
                             struct rua_err *err);
void view_domain_done(struct view_domain *domain);

/* Whether a report was pruned, whose archive file at `path` below the store is
 * missing: by what was looked at, or since. */
bool view_is_pruned(const struct view *view, const struct view_domain *domain,
                    const char *path, const char *key);

/* The key in an archive file's name, which the name ends in but for its own
 * ending; false when it has none. */
#define VIEW_KEY 65
bool view_key(const char *path, char ret_key[VIEW_KEY]);

/* Pushes the first `size` bytes of a file. */
enum rua_verdict view_push(const struct view *view, const char *path,
                           uint64_t size, const struct rua_sink *sink,
                           struct rua_err *err);

/* Pushes the bytes of a table, unpacked: in pieces, so that memory does not
 * grow with it. RUA_BAD, with a sentence that wants the path before it, when
 * one that is packed is damaged: what could be unpacked was pushed. */
enum rua_verdict view_push_table(const struct view *view,
                                 const struct view_table *table,
                                 const struct rua_sink *sink,
                                 struct rua_err *err);

/* ---- the journal ---- */

/* What is in the journal, and not in the tables for sure. */
struct view_pending {
    struct rua_arena arena;
    struct rua_op *ops;
    size_t n, room;
    uint64_t entries;
};

/* Under the lock. RUA_BAD, with a sentence, when the journal is damaged. With
 * `all`, its entries are checked from the first one on. */
enum rua_verdict view_journal(const struct view *view, bool all,
                              struct view_pending *ret_pending,
                              struct rua_err *err);
void view_pending_done(struct view_pending *pending);

/* Up to where the journal was applied at some moment. */
struct view_moment {
    bool known;
    uint64_t salt;
    struct rua_mark applied;
};

/* Now. Without the lock: nobody waits for it. */
void view_now(const struct view *view, struct view_moment *ret_moment);

/* Calls `each` for the rows that were applied since *moment, which becomes now;
 * the bytes of the operation are not to be read. RUA_NOT_REPORT, without a
 * sentence, when they are not known, or not all of them: a checkpoint was taken
 * meanwhile. Then any table may have got rows. Without the lock. */
enum rua_verdict view_since(const struct view *view, struct view_moment *moment,
                            enum rua_verdict (*each)(void *ctx,
                                                     const struct rua_op *op,
                                                     struct rua_err *err),
                            void *ctx, struct rua_err *err);

enum rua_verdict view_take_lock(const struct view *view, struct rua_err *err);
void view_leave_lock(const struct view *view);

#endif
