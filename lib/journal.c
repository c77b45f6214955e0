#include "journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "gunzip.h"

#define LOCK ".spool/lock"

static const struct rua_mark first = {.offset = RUA_JOURNAL_HEAD};

enum rua_verdict
rua_journal_sync(struct rua_journal *journal, int fd, const char *name,
                 struct rua_err *err)
{
    enum rua_verdict v = rua_file_sync(fd, name, err);

    journal->syncs++;
    journal->failed = journal->failed || v != RUA_OK;
    return v;
}

void
rua_journal_stage_name(const struct rua_journal *journal, uint64_t number,
                       size_t op, char ret_name[RUA_STAGE_NAME])
{
    snprintf(ret_name, RUA_STAGE_NAME,
             RUA_JOURNAL_STAGE "/%016" PRIx64 "-%" PRIu64 "-%zu", journal->salt,
             number, op);
}

static enum rua_verdict
check_usable(const struct rua_journal *journal, struct rua_err *err)
{
    return journal->failed
               ? rua_err_set(err, RUA_LATER,
                             "a sync failed before: look at the disk, and "
                             "start the program anew")
               : RUA_OK;
}

/* ---- the head and the note ---- */

/* A salt of zero is none. */
static enum rua_verdict
draw_salt(uint64_t *ret_salt, struct rua_err *err)
{
    do
        if (getrandom(ret_salt, sizeof(*ret_salt), 0) != sizeof(*ret_salt))
            return rua_err_sys(err, "random number");
    while (*ret_salt == 0);
    return RUA_OK;
}

enum rua_verdict
rua_journal_write_head(int fd, uint64_t salt, struct rua_err *err)
{
    unsigned char head[RUA_JOURNAL_HEAD];

    rua_journal_head_put(salt, head);
    return rua_file_write(fd, RUA_JOURNAL, 0,
                          (struct rua_span){head, sizeof(head)}, err);
}

/* A head that is damaged leaves the salt to the first entry, if there is one:
 * *ret_salt is 0 without. */
static enum rua_verdict
read_head(struct rua_journal *journal, uint64_t *ret_salt, bool *ret_whole,
          struct rua_err *err)
{
    static const unsigned char nothing[RUA_JOURNAL_HEAD];
    unsigned char head[RUA_JOURNAL_HEAD + RUA_ENTRY_HEAD] = {0};
    struct rua_entry_head entry;
    uint32_t version = RUA_JOURNAL_VERSION;
    size_t n;
    enum rua_verdict v =
        rua_file_read(journal->fd, RUA_JOURNAL, 0, head, sizeof(head), &n, err);

    if (v != RUA_OK)
        return v;
    *ret_salt = 0;
    *ret_whole = rua_journal_head_get(head, &version, ret_salt);
    if (!*ret_whole && rua_entry_head_get(head + RUA_JOURNAL_HEAD, &entry))
        *ret_salt = entry.salt;
    journal->damaged = !*ret_whole && !*ret_salt &&
                       memcmp(head, nothing, sizeof(nothing)) != 0;
    if (version != RUA_JOURNAL_VERSION)
        return rua_err_set(err, RUA_LATER,
                           RUA_JOURNAL
                           " is of version %" PRIu32
                           ", and this program knows version %d; use "
                           "the ruamill that wrote it, or a newer "
                           "one",
                           version, RUA_JOURNAL_VERSION);
    return RUA_OK;
}

enum rua_verdict
rua_journal_note(struct rua_journal *journal, struct rua_err *err)
{
    struct rua_note note = {.salt = journal->salt, .applied = journal->applied};
    unsigned char form[RUA_NOTE];

    memcpy(note.boot, journal->boot, sizeof(note.boot));
    rua_note_put(&note, form);
    return rua_file_write(journal->lock, LOCK, 0,
                          (struct rua_span){form, sizeof(form)}, err);
}

/* Whoever comes next applies everything again. */
static void
forget_note(const struct rua_journal *journal)
{
    static const unsigned char nothing[RUA_NOTE];

    rua_file_write(journal->lock, LOCK, 0,
                   (struct rua_span){nothing, sizeof(nothing)}, NULL);
}

/* From where on entries may not be applied: the note's mark, or the first when
 * the head is damaged, or the note is of another journal, or of before the
 * machine was started. */
static enum rua_verdict
read_note(struct rua_journal *journal, bool whole, struct rua_err *err)
{
    unsigned char form[RUA_NOTE] = {0};
    struct rua_note note;
    size_t n;
    enum rua_verdict v =
        rua_file_read(journal->lock, LOCK, 0, form, sizeof(form), &n, err);

    if (v != RUA_OK)
        return v;
    journal->anew = !whole || !rua_note_get(form, &note) ||
                    note.salt != journal->salt ||
                    strcmp(note.boot, journal->boot) != 0 ||
                    note.applied.offset > journal->room;
    journal->applied = journal->anew ? first : note.applied;
    if (journal->durable < journal->applied.offset)
        journal->durable = journal->applied.offset;
    return RUA_OK;
}

/* ---- open and load ---- */

enum rua_verdict
rua_journal_open(struct rua_journal *journal, int root, int lock,
                 struct rua_err *err)
{
    uint64_t salt;
    bool whole;
    enum rua_verdict v;

    *journal = (struct rua_journal){.root = root, .lock = lock, .fd = -1};
    rua_buf_init(&journal->form, RUA_JOURNAL_FORM);
    v = rua_file_boot_id(journal->boot, err);
    if (v == RUA_OK)
        v = rua_file_open(root, RUA_JOURNAL, O_RDWR | O_CREAT, &journal->fd,
                          err);
    if (v == RUA_OK)
        v = read_head(journal, &salt, &whole, err);
    return v;
}

void
rua_journal_close(struct rua_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    rua_buf_done(&journal->form);
}

/* Another process may have put a new file in the journal's place. */
static enum rua_verdict
open_file(struct rua_journal *journal, struct rua_err *err)
{
    struct rua_file_facts facts = {.linked = false};
    enum rua_verdict v = RUA_OK;

    if (journal->fd >= 0)
        v = rua_file_look(journal->fd, RUA_JOURNAL, &facts, err);
    if (v == RUA_OK && !facts.linked) {
        if (journal->fd >= 0)
            close(journal->fd);
        journal->fd = -1;
        journal->durable = 0;
        v = rua_file_open(journal->root, RUA_JOURNAL, O_RDWR | O_CREAT,
                          &journal->fd, err);
        if (v == RUA_OK)
            v = rua_file_look(journal->fd, RUA_JOURNAL, &facts, err);
    }
    journal->room = facts.size;
    return v;
}

enum rua_verdict
rua_journal_crc(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    uint32_t *crc = ctx;

    (void)err;
    *crc = rua_crc32(*crc, bytes);
    return RUA_OK;
}

enum rua_verdict
rua_journal_check(const struct rua_journal *journal,
                  const struct rua_spool *file, const struct rua_mark *mark,
                  struct rua_entry_head *ret_head, bool *ret_valid,
                  struct rua_err *err)
{
    unsigned char form[RUA_ENTRY_HEAD];
    size_t n = 0;
    uint32_t crc;
    struct rua_sink sink = {rua_journal_crc, &crc};
    enum rua_verdict v =
        rua_spool_read(file, mark->offset, form, sizeof(form), &n, err);

    *ret_valid = v == RUA_OK && n == sizeof(form) &&
                 rua_entry_head_get(form, ret_head) &&
                 ret_head->salt == journal->salt &&
                 ret_head->number == mark->number &&
                 ret_head->len <= RUA_ENTRY_LONGEST &&
                 ret_head->len <= file->len - mark->offset - sizeof(form);
    if (!*ret_valid)
        return v;
    crc = rua_entry_head_crc(form, mark->crc);
    v = rua_spool_push(file, mark->offset + sizeof(form), ret_head->len, &sink,
                       err);
    *ret_valid = v == RUA_OK && crc == ret_head->crc;
    return v;
}

void
rua_journal_step(struct rua_mark *mark, const struct rua_entry_head *head)
{
    mark->offset += RUA_ENTRY_HEAD + head->len;
    mark->number++;
    mark->crc = head->crc;
}

static enum rua_verdict
find_end(struct rua_journal *journal, struct rua_err *err)
{
    struct rua_entry_head head;
    struct rua_spool file;
    enum rua_verdict v;
    bool valid;

    rua_spool_open(&file, journal->fd, 0, journal->room);
    journal->end = journal->applied;
    do {
        v = rua_journal_check(journal, &file, &journal->end, &head, &valid,
                              err);
        if (valid)
            rua_journal_step(&journal->end, &head);
    } while (v == RUA_OK && valid);
    journal->written = journal->end;
    return v;
}

enum rua_verdict
rua_journal_load(struct rua_journal *journal, bool *ret_pending,
                 struct rua_err *err)
{
    uint64_t salt = 0;
    bool whole = false;
    enum rua_verdict v = check_usable(journal, err);

    if (v == RUA_OK)
        v = open_file(journal, err);
    if (v == RUA_OK)
        v = read_head(journal, &salt, &whole, err);
    if (v != RUA_OK)
        return v;
    if (salt != journal->salt)
        journal->durable = 0;
    journal->salt = salt;
    v = read_note(journal, whole, err);
    if (v == RUA_OK)
        v = find_end(journal, err);
    *ret_pending =
        journal->anew || journal->end.offset > journal->applied.offset;
    return v;
}

/* ---- commit and checkpoint ---- */

enum rua_verdict
rua_journal_applied(struct rua_journal *journal, struct rua_err *err)
{
    journal->applied = journal->end;
    return rua_journal_note(journal, err);
}

static enum rua_verdict
remove_staged(void *ctx, const char *name, struct rua_err *err)
{
    const struct rua_journal *journal = ctx;
    char path[sizeof(RUA_JOURNAL_STAGE) + 256];

    snprintf(path, sizeof(path), RUA_JOURNAL_STAGE "/%s", name);
    return rua_file_remove(journal->root, path, err);
}

/* Until the new head is synced, what is staged may be needed by the old one. */
static enum rua_verdict
begin_epoch(struct rua_journal *journal, struct rua_err *err)
{
    enum rua_verdict v = draw_salt(&journal->salt, err);

    if (v == RUA_OK)
        v = rua_journal_write_head(journal->fd, journal->salt, err);
    if (v == RUA_OK)
        v = rua_journal_sync(journal, journal->fd, RUA_JOURNAL, err);
    if (v != RUA_OK)
        return v;
    if (journal->room < RUA_JOURNAL_HEAD)
        journal->room = RUA_JOURNAL_HEAD;
    journal->applied = journal->end = journal->written = first;
    journal->durable = first.offset;
    journal->anew = false;
    v = rua_journal_note(journal, err);
    rua_file_each(journal->root, RUA_JOURNAL_STAGE, remove_staged, journal,
                  NULL);
    return v;
}

/* When the sync fails, pages that were applied may be lost though the cache
 * shows them: another process must write them all again. The folder for what is
 * staged is there before the first epoch, so that its name is synced, too. */
enum rua_verdict
rua_journal_checkpoint(struct rua_journal *journal, struct rua_err *err)
{
    enum rua_verdict v = check_usable(journal, err);

    if (v == RUA_OK)
        v = rua_file_make_folders(journal->root, RUA_JOURNAL_STAGE, err);
    if (v != RUA_OK)
        return v;
    forget_note(journal);
    journal->syncs++;
    v = rua_file_sync_all(journal->root, err);
    journal->failed = v != RUA_OK;
    if (v != RUA_OK)
        return v;
    journal->staged_bytes = 0;
    journal->checkpoints++;
    return begin_epoch(journal, err);
}

uint64_t
rua_journal_bytes(const struct rua_journal *journal)
{
    uint64_t inside = journal->end.offset > first.offset
                          ? journal->end.offset - first.offset
                          : 0;

    return inside + journal->staged_bytes;
}
