/* peel.h - takes the wrappings off a part, one inside the other, and gives out
 * the documents. For unpack.h, which knows what to try. */
#ifndef RUA_PEEL_H
#define RUA_PEEL_H

#include "limit.h"
#include "spool.h"

/* Called for each document, that is bytes that begin like XML (after white
 * space, zero bytes and byte order marks; UTF-16 as well). RUA_BAD or
 * RUA_NOT_REPORT out of `begin` or `write` ends that document (`end` is called
 * all the same) and the next one is looked for; RUA_LATER ends the reading.
 *
 * `end` gets the verdict that ended the document before its end, or RUA_OK:
 * what `begin` or `write` returned, or RUA_BAD when unpacking it went over a
 * ceiling (`err` says which): such a document is void. */
struct rua_documents {
    enum rua_verdict (*begin)(void *ctx, struct rua_err *err);
    enum rua_verdict (*write)(void *ctx, struct rua_span bytes,
                              struct rua_err *err);
    enum rua_verdict (*end)(void *ctx, enum rua_verdict verdict,
                            uint32_t oddities, struct rua_err *err);
    void *ctx;
};

/* Reusable between parts: it keeps its zlib streams. `scratch` is for zip
 * archives inside something else. */
struct rua_peel;

struct rua_peel *rua_peel_new(struct rua_scratch *scratch);
void rua_peel_free(struct rua_peel *peel);

/* Begins a part, to be read by one of the functions below. */
void rua_peel_begin(struct rua_peel *peel, struct rua_budget *budget,
                    const struct rua_documents *documents);

/* Read a part: as what it begins like, as a zip archive (`oddities` are those
 * found on the way to it), or as raw deflate. The verdict is that of
 * rua_unpack_read(). */
enum rua_verdict rua_peel_any(struct rua_peel *peel,
                              const struct rua_spool *part,
                              struct rua_err *err);
enum rua_verdict rua_peel_zip(struct rua_peel *peel,
                              const struct rua_spool *part, uint32_t oddities,
                              struct rua_err *err);
enum rua_verdict rua_peel_deflate(struct rua_peel *peel,
                                  const struct rua_spool *part,
                                  struct rua_err *err);

#endif
