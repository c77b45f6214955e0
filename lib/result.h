/* result.h - the binary form between worker and front end: written, read,
 * checked.
 *
 * A worker may have been taken over by the mail it read, so nothing in a result
 * is believed: it carries fields, never rows, paths or keys. The front end
 * makes those itself, from a copy that the worker cannot reach.
 *
 * A result is a series of frames, each of 16 bytes (type and length of the
 * body, little-endian) and its body:
 *   HEAD      the message: Message-ID, what it passed, possible recipients;
 *             at most once
 *   DOCUMENT  a document begins
 *   RECORDS   records of the next REPORT, in their canonical form
 *   REPORT    metadata and policy; its records stand before it
 *   ABANDON   what came since the last DOCUMENT is void
 *   VOID      what came since the last PART is void
 *   PART      the raw part that the reports since the last PART came from
 *   END       verdict and sentence; nothing follows
 *
 * The canonical form of a record or report is its present fields in the order
 * of report.h, each as tag, length and bytes. A report's key is made of it. */
#ifndef RUA_RESULT_H
#define RUA_RESULT_H

#include "arena.h"
#include "digest.h"
#include "domain.h"
#include "limit.h"
#include "mime.h"
#include "report.h"
#include "spool.h"
#include "unpack.h"

/* Reports of one result; more are RUA_BAD, whatever max_reports is. */
#define RUA_RESULT_REPORTS 10000

/* Bytes of all that they say of themselves, which the front end has in memory;
 * more are RUA_BAD, however many reports share them. */
#define RUA_RESULT_METADATA (32 * RUA_MIB)

/* ---- the worker's side ---- */

struct rua_result_writer {
    struct rua_sink out;
    struct rua_buf body;    /* frames not pushed yet */
    struct rua_buf records; /* of the present report */
    uint64_t metadata;      /* bytes, of void ones too */
    unsigned reports;       /* that are not void */
    unsigned document;      /* of them before the present document */
    unsigned part;          /* of them before the present part */
    bool torn;              /* a part broke off: the result cannot be ended */
};

void rua_result_begin(struct rua_result_writer *writer,
                      const struct rua_sink *out);
void rua_result_done(struct rua_result_writer *writer);

/* Each returns RUA_OK or what the sink returned. */
enum rua_verdict rua_result_head(struct rua_result_writer *writer,
                                 const struct rua_head *head,
                                 struct rua_err *err);
enum rua_verdict rua_result_document(struct rua_result_writer *writer,
                                     struct rua_err *err);
/* RUA_BAD for a record that is longer than 16 MiB. */
enum rua_verdict rua_result_record(struct rua_result_writer *writer,
                                   const struct rua_record *record,
                                   struct rua_err *err);
/* RUA_BAD for the report after RUA_RESULT_REPORTS, and for one with which
 * they are over RUA_RESULT_METADATA. */
enum rua_verdict rua_result_report(struct rua_result_writer *writer,
                                   const struct rua_report *report,
                                   struct rua_err *err);
enum rua_verdict rua_result_abandon(struct rua_result_writer *writer,
                                    struct rua_err *err);
enum rua_verdict rua_result_void(struct rua_result_writer *writer,
                                 struct rua_err *err);
/* RUA_LATER also when the part cannot be read; then so is the end. */
enum rua_verdict rua_result_part(struct rua_result_writer *writer,
                                 const struct rua_spool *part,
                                 enum rua_container container,
                                 struct rua_err *err);
enum rua_verdict rua_result_end(struct rua_result_writer *writer,
                                enum rua_verdict verdict, const char *sentence,
                                struct rua_err *err);

/* ---- the front end's side ---- */

/* Watches a result come in, to know where it ends. {0} is the beginning. */
struct rua_result_watch {
    unsigned char frame[16];
    unsigned have; /* bytes of it */
    uint64_t left; /* bytes of the body to come */
    bool ended;
};

/* More bytes; how many of them belong to the result. */
size_t rua_result_watch(struct rua_result_watch *watch, struct rua_span bytes);

struct rua_result_report {
    struct rua_report report;     /* in the arena */
    char domain[RUA_DOMAIN_SIZE]; /* the policy domain, folded; "" for none */
    uint64_t from, to;            /* the frames of its records, in the spool */
    uint64_t part, part_len;      /* the raw part, in the spool */
    enum rua_container container;
};

struct rua_result {
    enum rua_verdict verdict; /* OK, NOT_REPORT, BAD or LATER */
    const char *sentence;     /* "" when there is none */
    bool is_mail;             /* it has a head; a report file has none */
    struct rua_head head;
    struct rua_result_report *reports;
    size_t n_reports;
};

/* Reads and checks a whole result, all of the spool; everything is copied into
 * the arena. A form that is broken is RUA_BAD, "the reader's result ...", and
 * has no reports. */
enum rua_verdict rua_result_read(const struct rua_spool *spool,
                                 struct rua_arena *arena,
                                 struct rua_result *ret_result,
                                 struct rua_err *err);

/* The key of a report: the SHA-256 of its canonical form and of its records',
 * whatever wrapped them. */
enum rua_verdict rua_result_key(const struct rua_spool *spool,
                                const struct rua_result_report *report,
                                char ret_key[RUA_DIGEST_SIZE],
                                struct rua_err *err);

/* Calls `record` for each record of a report, in order; it is borrowed during
 * the call. */
enum rua_verdict rua_result_records(
    const struct rua_spool *spool, const struct rua_result_report *report,
    enum rua_verdict (*record)(void *ctx, const struct rua_record *record,
                               struct rua_err *err),
    void *ctx, struct rua_err *err);

#endif
