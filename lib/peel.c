/* A part runs through a chain of stages, one for each wrapping and one for what
 * is inside. A stage holds the first bytes back until it knows their kind, and
 * then hands everything to the functions for that kind. */
#include "peel.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sniff.h"
#include "unzip.h"

enum {
    ZIP_MEMORY = 256 * 1024 /* of a zip inside something else */
};

struct stage {
    struct rua_peel *peel;
    unsigned depth; /* wrappings around it */
    enum rua_kind kind;
    uint32_t oddities;
    struct stage *inner; /* made when first needed */
    struct rua_gunzip *gunzip;
    struct rua_spool zip;
    size_t n;
    unsigned char first[RUA_SNIFF_MAX];
};

struct rua_peel {
    struct rua_scratch *scratch;
    struct stage *outermost;

    /* of the part */
    struct rua_budget *budget;
    const struct rua_documents *documents;
    bool any;               /* there was a document */
    uint64_t entries;       /* of zip archives */
    enum rua_verdict worst; /* of everything else */
    const char *other;      /* what else there was */
};

static enum rua_verdict write_stage(void *ctx, struct rua_span bytes,
                                    struct rua_err *err);
static enum rua_verdict end_stage(struct stage *stage, enum rua_verdict verdict,
                                  uint32_t oddities, struct rua_err *err);

static struct stage *
new_stage(struct rua_peel *peel, unsigned depth)
{
    struct stage *stage = rua_alloc(sizeof(*stage));

    *stage = (struct stage){
        .peel = peel, .depth = depth, .gunzip = rua_gunzip_new()};
    return stage;
}

static void
begin_stage(struct stage *stage)
{
    stage->kind = RUA_IS_UNKNOWN;
    stage->oddities = 0;
    stage->n = 0;
}

/* The stage for what is in this one. */
static struct stage *
begin_inner(struct stage *stage)
{
    if (!stage->inner)
        stage->inner = new_stage(stage->peel, stage->depth + 1);
    begin_stage(stage->inner);
    return stage->inner;
}

/* What is done with a kind. `open` and `close` are called once, `close` also
 * when `open` or `write` did not return RUA_OK, with that verdict. A kind that
 * `open` always refuses has the others not. */
struct carrier {
    enum rua_verdict (*open)(struct stage *, const struct rua_sight *,
                             struct rua_err *);
    enum rua_verdict (*write)(struct stage *, struct rua_span,
                              struct rua_err *);
    enum rua_verdict (*close)(struct stage *, enum rua_verdict verdict,
                              uint32_t oddities, struct rua_err *);
};

static enum rua_verdict
open_other(struct stage *stage, const struct rua_sight *sight,
           struct rua_err *err)
{
    if (sight->kind == RUA_IS_NOTHING && stage->depth)
        return rua_err_set(err, RUA_BAD, "unpacks to %s", sight->name);
    if (!stage->peel->other)
        stage->peel->other = sight->name;
    return RUA_NOT_REPORT;
}

static enum rua_verdict
open_xml(struct stage *stage, const struct rua_sight *sight,
         struct rua_err *err)
{
    const struct rua_documents *documents = stage->peel->documents;

    (void)sight;
    stage->peel->any = true;
    return documents->begin(documents->ctx, err);
}

static enum rua_verdict
write_xml(struct stage *stage, struct rua_span bytes, struct rua_err *err)
{
    const struct rua_documents *documents = stage->peel->documents;

    return documents->write(documents->ctx, bytes, err);
}

static enum rua_verdict
close_xml(struct stage *stage, enum rua_verdict verdict, uint32_t oddities,
          struct rua_err *err)
{
    const struct rua_documents *documents = stage->peel->documents;

    if (verdict == RUA_LATER) /* ends the reading there and then */
        return verdict;
    return documents->end(documents->ctx, verdict, oddities, err);
}

static enum rua_verdict
check_depth(const struct stage *stage, struct rua_err *err)
{
    const uint64_t max = stage->peel->budget->limits->max_wrappings;

    if (stage->depth < max)
        return RUA_OK;
    return rua_err_set(err, RUA_BAD, "more than max_wrappings (%llu) wrappings",
                       (unsigned long long)max);
}

static enum rua_verdict
open_gunzip(struct stage *stage, const struct rua_sight *sight,
            struct rua_err *err)
{
    static const enum rua_wrapping wrappings[] = {
        [RUA_IS_GZIP] = RUA_GZIP,
        [RUA_IS_ZLIB] = RUA_ZLIB,
        [RUA_IS_DEFLATE] = RUA_DEFLATE,
    };
    struct stage *inner = begin_inner(stage);
    const struct rua_sink next = {write_stage, inner};

    rua_gunzip_begin(stage->gunzip, wrappings[sight->kind], &next,
                     stage->peel->budget);
    return check_depth(stage, err);
}

static enum rua_verdict
write_gunzip(struct stage *stage, struct rua_span bytes, struct rua_err *err)
{
    return rua_gunzip_write(stage->gunzip, bytes, err);
}

static enum rua_verdict
close_gunzip(struct stage *stage, enum rua_verdict verdict, uint32_t oddities,
             struct rua_err *err)
{
    uint32_t more = 0;

    if (verdict == RUA_OK)
        verdict = rua_gunzip_end(stage->gunzip, &more, err);
    return end_stage(stage->inner, verdict, oddities | more, err);
}

static enum rua_verdict
begin_entry(void *ctx, const char *name, struct rua_err *err)
{
    struct stage *stage = ctx;
    struct rua_peel *peel = stage->peel;
    const uint64_t max = peel->budget->limits->max_entries;

    (void)name;
    if (++peel->entries > max)
        return peel->worst =
                   rua_err_set(err, RUA_BAD,
                               "more than max_entries (%llu) files in all zip "
                               "archives of the part",
                               (unsigned long long)max);
    begin_inner(stage);
    return RUA_OK;
}

static enum rua_verdict
write_entry(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct stage *stage = ctx;

    return write_stage(stage->inner, bytes, err);
}

static enum rua_verdict
end_entry(void *ctx, enum rua_verdict verdict, uint32_t oddities,
          struct rua_err *err)
{
    struct stage *stage = ctx;

    return end_stage(stage->inner, verdict, stage->oddities | oddities, err);
}

static enum rua_verdict
read_zip(struct stage *stage, const struct rua_spool *archive,
         uint32_t oddities, struct rua_err *err)
{
    const struct rua_zip_visitor visitor = {begin_entry, write_entry, end_entry,
                                            stage};
    enum rua_verdict v = check_depth(stage, err);

    stage->oddities = oddities;
    if (v == RUA_OK)
        v = rua_unzip_read(stage->gunzip, archive, stage->peel->budget,
                           &visitor, err);
    return v;
}

/* A zip can only be read when all of it is there. */
static enum rua_verdict
open_zip(struct stage *stage, const struct rua_sight *sight,
         struct rua_err *err)
{
    struct rua_peel *peel = stage->peel;

    (void)sight;
    (void)err;
    rua_spool_init(&stage->zip, peel->scratch, ZIP_MEMORY,
                   peel->budget->limits->max_unpacked, "max_unpacked");
    return RUA_OK;
}

static enum rua_verdict
write_zip(struct stage *stage, struct rua_span bytes, struct rua_err *err)
{
    return rua_spool_write(&stage->zip, bytes, err);
}

static enum rua_verdict
close_zip(struct stage *stage, enum rua_verdict verdict, uint32_t oddities,
          struct rua_err *err)
{
    if (verdict == RUA_OK)
        verdict = read_zip(stage, &stage->zip, oddities, err);
    rua_spool_done(&stage->zip);
    return verdict;
}

static const struct carrier carriers[] = {
    [RUA_IS_NOTHING] = {open_other,  NULL,         NULL        },
    [RUA_IS_OTHER] = {open_other,  NULL,         NULL        },
    [RUA_IS_XML] = {open_xml,    write_xml,    close_xml   },
    [RUA_IS_GZIP] = {open_gunzip, write_gunzip, close_gunzip},
    [RUA_IS_ZLIB] = {open_gunzip, write_gunzip, close_gunzip},
    [RUA_IS_ZIP] = {open_zip,    write_zip,    close_zip   },
    [RUA_IS_DEFLATE] = {open_gunzip, write_gunzip, close_gunzip},
};

/* Makes of the bytes held back what they are, once that is known. */
static enum rua_verdict
settle(struct stage *stage, bool whole, struct rua_err *err)
{
    const struct rua_span held = {stage->first, stage->n};
    const struct rua_sight sight = rua_sniff(held, whole);
    enum rua_verdict v;

    if (sight.kind == RUA_IS_UNKNOWN)
        return RUA_OK;
    stage->kind = sight.kind;
    stage->oddities = sight.oddities;
    v = carriers[stage->kind].open(stage, &sight, err);
    if (v || sight.begin == stage->n)
        return v;
    return carriers[stage->kind].write(
        stage,
        (struct rua_span){stage->first + sight.begin, stage->n - sight.begin},
        err);
}

static enum rua_verdict
write_stage(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct stage *stage = ctx;
    size_t room = RUA_SNIFF_MAX - stage->n;
    enum rua_verdict v = RUA_OK;

    if (stage->kind == RUA_IS_UNKNOWN) {
        size_t n = bytes.len < room ? bytes.len : room;
        memcpy(stage->first + stage->n, bytes.data, n);
        stage->n += n;
        bytes.data += n;
        bytes.len -= n;
        v = settle(stage, false, err);
    }
    if (v || !bytes.len)
        return v;
    return carriers[stage->kind].write(stage, bytes, err);
}

/* All has been written, or writing was ended by `verdict`. */
static enum rua_verdict
end_stage(struct stage *stage, enum rua_verdict verdict, uint32_t oddities,
          struct rua_err *err)
{
    struct rua_peel *peel = stage->peel;

    if (stage->kind == RUA_IS_UNKNOWN && verdict == RUA_OK)
        verdict = settle(stage, true, err);
    if (carriers[stage->kind].close)
        verdict = carriers[stage->kind].close(stage, verdict,
                                              stage->oddities | oddities, err);
    peel->worst = rua_worst(peel->worst, verdict);
    return verdict;
}

void
rua_peel_begin(struct rua_peel *peel, struct rua_budget *budget,
               const struct rua_documents *documents)
{
    *peel = (struct rua_peel){.scratch = peel->scratch,
                              .outermost = peel->outermost,
                              .budget = budget,
                              .documents = documents};
    budget->document = 0;
    begin_stage(peel->outermost);
}

/* The verdict over a part. */
static enum rua_verdict
judge(struct rua_peel *peel, enum rua_verdict verdict, struct rua_err *err)
{
    verdict = rua_worst(verdict, peel->worst);
    if (verdict == RUA_LATER)
        return verdict;
    if (peel->any)
        return RUA_OK;
    if (verdict == RUA_NOT_REPORT)
        rua_err_set(err, verdict, "%s, no XML", peel->other);
    return verdict;
}

enum rua_verdict
rua_peel_any(struct rua_peel *peel, const struct rua_spool *part,
             struct rua_err *err)
{
    const struct rua_sink sink = {write_stage, peel->outermost};
    enum rua_verdict v = rua_spool_push(part, 0, part->len, &sink, err);

    return judge(peel, end_stage(peel->outermost, v, 0, err), err);
}

enum rua_verdict
rua_peel_zip(struct rua_peel *peel, const struct rua_spool *part,
             uint32_t oddities, struct rua_err *err)
{
    return judge(peel, read_zip(peel->outermost, part, oddities, err), err);
}

enum rua_verdict
rua_peel_deflate(struct rua_peel *peel, const struct rua_spool *part,
                 struct rua_err *err)
{
    const struct rua_sight sight = {.kind = RUA_IS_DEFLATE};

    enum rua_verdict v;

    peel->outermost->kind = RUA_IS_DEFLATE;
    v = open_gunzip(peel->outermost, &sight, err);
    return v ? v : rua_peel_any(peel, part, err);
}

struct rua_peel *
rua_peel_new(struct rua_scratch *scratch)
{
    struct rua_peel *peel = rua_alloc(sizeof(*peel));

    *peel = (struct rua_peel){.scratch = scratch};
    peel->outermost = new_stage(peel, 0);
    return peel;
}

void
rua_peel_free(struct rua_peel *peel)
{
    struct stage *stage, *inner;

    if (!peel)
        return;
    for (stage = peel->outermost; stage; stage = inner) {
        inner = stage->inner;
        rua_gunzip_free(stage->gunzip);
        free(stage);
    }
    free(peel);
}
