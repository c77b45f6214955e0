/* unzip.h - a spool as a zip archive, every entry.
 *
 * The entries are found by zipdir.h and inflated by gunzip.h; methods, sizes
 * and check sums are checked here, since minizip 1.1 gives bzip2 data out raw
 * and checks a CRC only when the size fits. */
#ifndef RUA_UNZIP_H
#define RUA_UNZIP_H

#include "gunzip.h"
#include "limit.h"
#include "spool.h"

/* Called for each file of the archive that is stored or deflated, in the order
 * of the directory. When `begin` returns anything but RUA_OK, the file is
 * passed over; else `end` follows in every case. RUA_BAD or RUA_NOT_REPORT out
 * of `write` ends that file and the next is read; RUA_LATER out of any of them
 * ends the archive.
 *
 * `end` gets the verdict that ended the file before its end, or RUA_OK: what
 * `write` returned, or RUA_BAD for broken data of which nothing came out and
 * for a ceiling. Each file has an `err` of its own, and it is empty at `begin`.
 */
struct rua_zip_visitor {
    enum rua_verdict (*begin)(void *ctx, const char *name, struct rua_err *err);
    enum rua_verdict (*write)(void *ctx, struct rua_span bytes,
                              struct rua_err *err);
    enum rua_verdict (*end)(void *ctx, enum rua_verdict verdict,
                            uint32_t oddities, struct rua_err *err);
    void *ctx;
};

/* Reads every entry: also when bytes stand before the archive
 * (RUA_LEADING_JUNK); by the local headers (RUA_NO_DIRECTORY) when the
 * directory is cut off or does not lead to them; data descriptors; zip64;
 * directories and "__MACOSX/" passed over; names are never used as paths.
 * `inflate` is a stage to work with, borrowed. Each file is a new document for
 * the budget.
 *
 * RUA_BAD when the archive holds no file, has entries that overlap or more than
 * max_entries (then none is read), or when one of them could not be read:
 * encrypted, of another method, broken from the start, over the budget. The
 * others are read all the same. What the visitor says of a file counts only if
 * it is RUA_LATER, but the first sentence about any file is put into `err`,
 * with the file's name. */
enum rua_verdict rua_unzip_read(struct rua_gunzip *inflate,
                                const struct rua_spool *archive,
                                struct rua_budget *budget,
                                const struct rua_zip_visitor *visitor,
                                struct rua_err *err);

#endif
