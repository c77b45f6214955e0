/* ingest.h - message -> result: the whole reading, in one place.
 *
 * Runs in the worker. Opens nothing: it reads the message's spool, keeps what
 * is large in the scratch file, and pushes a result (result.h) into a sink. */
#ifndef RUA_INGEST_H
#define RUA_INGEST_H

#include "mime.h"
#include "spool.h"

/* Makes all ready that reading needs, so that processes forked later need not:
 * classes, tables, and the functions of the libraries, which are looked up when
 * they are first called. Once a process, before threads. */
void rua_ingest_setup(void);

/* A mail with a small report, packed: what all is made ready with. */
extern const char rua_ingest_sample[];

/* Reusable from message to message; for one thread. */
struct rua_ingest;

/* `reading` and `scratch` are borrowed. rua_ingest_setup() was called before.
 */
struct rua_ingest *rua_ingest_new(const struct rua_reading *reading,
                                  struct rua_scratch *scratch);
void rua_ingest_free(struct rua_ingest *ingest);

/* What the bytes may be. */
enum rua_input {
    RUA_INPUT_MESSAGE, /* a mail */
    RUA_INPUT_ANY,     /* a mail, or a report file: .xml, .gz, .zip */
    RUA_INPUT_PART,    /* what a mail had in a part: a file of the archive */
};

/* Reads a message and pushes its whole result into `out`. `name` is the file's,
 * a hint for raw deflate, or NULL. Returns RUA_OK when the result is whole,
 * whatever it says; RUA_LATER when `out`, the scratch file or the message fails
 * (the result then says so too, where it can). */
enum rua_verdict rua_ingest_read(struct rua_ingest *ingest,
                                 const struct rua_spool *message,
                                 enum rua_input input, const char *name,
                                 const struct rua_sink *out,
                                 struct rua_err *err);

#endif
