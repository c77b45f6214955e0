/* fuzz.h - what the targets share.
 *
 * A target is fuzz_<name>.c with LLVMFuzzerTestOneInput() in it. An input's
 * last byte steers the target, so that any file of the kind that is fuzzed is
 * an input. What must not be ends the program. */
#ifndef FUZZ_H
#define FUZZ_H

#include <time.h>

#include "limit.h"
#include "spool.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Low ceilings, that small inputs reach. */
extern const struct rua_limits fuzz_tight;

/* The same, but those that depend on how a document comes in pieces. */
extern const struct rua_limits fuzz_loose;

/* Ends the program with the belief that was wrong. */
void fuzz_must(bool is_so, const char *belief);

/* The work since clock() said `began` is what a small input may ask for. */
void fuzz_must_be_quick(clock_t began);

/* Takes the last byte off; 0 when there is none. The input's data is never
 * NULL then. */
unsigned fuzz_take(struct rua_span *input);

bool fuzz_same(struct rua_span a, struct rua_span b);

/* A sink: ctx is a struct rua_buf, whose ceiling must not be reached. */
enum rua_verdict fuzz_gather(void *buf, struct rua_span bytes,
                             struct rua_err *err);

/* Appends a number or a value, each so that it cannot be taken for another. */
void fuzz_note(struct rua_buf *buf, uint64_t number);
void fuzz_note_span(struct rua_buf *buf, struct rua_span span);

/* Pushes all bytes at once (`pieces` 0), or in pieces of 1 to 7 bytes, whose
 * lengths follow from it. */
enum rua_verdict fuzz_push(const struct rua_sink *sink, struct rua_span bytes,
                           unsigned pieces, struct rua_err *err);

/* Bytes as a spool in memory, and as one in the middle of a file: of these
 * there is one at a time. */
void fuzz_in_memory(struct rua_spool *ret_spool, struct rua_span bytes);
void fuzz_in_file(struct rua_spool *ret_spool, struct rua_span bytes);

/* A file for spools to overflow to. */
struct rua_scratch *fuzz_scratch(void);

/* A file of its own with these bytes, to be closed. */
int fuzz_file(struct rua_span bytes);

/* RUA_BAD and RUA_LATER come with a sentence. */
void fuzz_must_say(enum rua_verdict verdict, const struct rua_err *err);

/* Well-formed UTF-8 without NUL. */
bool fuzz_is_utf8(struct rua_span text);

/* Reads a result as the front end does and makes the rows of its reports, as
 * style number `style` has them: whatever it holds, each row is one line with
 * the header's number of cells, and the names of files are names. */
enum rua_verdict fuzz_read_result(const struct rua_spool *result,
                                  unsigned style, struct rua_err *err);

#endif
