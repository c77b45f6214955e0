#include "unpack.h"

#include <stdlib.h>

#include "mail.h"
#include "report.h"
#include "sniff.h"
#include "zipdir.h"

struct rua_unpack {
    struct rua_peel *peel;
};

struct rua_unpack *
rua_unpack_new(struct rua_scratch *scratch)
{
    struct rua_unpack *unpack = rua_alloc(sizeof(*unpack));

    unpack->peel = rua_peel_new(scratch);
    return unpack;
}

void
rua_unpack_free(struct rua_unpack *unpack)
{
    if (!unpack)
        return;
    rua_peel_free(unpack->peel);
    free(unpack);
}

static bool
ends_in(struct rua_span name, struct rua_span ending)
{
    return name.len >= ending.len &&
           rua_span_same(
               (struct rua_span){name.data + name.len - ending.len, ending.len},
               ending);
}

/* In the archive, raw deflate is called .bin. */
static bool
may_be_deflate(const char *name)
{
    struct rua_span span = rua_span_text(name);

    return ends_in(span, RUA_SPAN(".gz")) || ends_in(span, RUA_SPAN(".bin"));
}

bool
rua_unpack_sniff(struct rua_span first, const char *name)
{
    const struct rua_sight sight = rua_sniff(first, true);

    if (sight.kind != RUA_IS_OTHER)
        return sight.kind >= RUA_IS_XML;
    return (may_be_deflate(name) ||
            ends_in(rua_span_text(name), RUA_SPAN(".zip"))) &&
           !sight.text && !rua_mail_begins(first);
}

/* A part that begins like nothing we know: `what`. Raw deflate is a guess, so
 * that nothing is said of it when it was wrong. */
static enum rua_verdict
read_other(struct rua_unpack *unpack, const struct rua_spool *part,
           const char *name, const char *what,
           enum rua_container *ret_container, struct rua_err *err)
{
    struct rua_err guess = {0};
    bool is_zip = false;
    enum rua_verdict v = rua_zip_has_end(part, &is_zip, err);

    if (v == RUA_OK && is_zip) {
        *ret_container = RUA_CONTAINER_ZIP;
        return rua_peel_zip(unpack->peel, part, RUA_LEADING_JUNK, err);
    }
    if (v == RUA_OK && may_be_deflate(name)) {
        v = rua_peel_deflate(unpack->peel, part, &guess);
        if (v == RUA_OK || v == RUA_LATER) {
            if (guess.sentence[0])
                rua_err_set(err, guess.verdict, "%s", guess.sentence);
            return v;
        }
    }
    if (v == RUA_LATER)
        return v;
    return rua_err_set(err, RUA_NOT_REPORT, "%s, no XML", what);
}

enum rua_verdict
rua_unpack_read(struct rua_unpack *unpack, const struct rua_spool *part,
                const char *name, struct rua_budget *budget,
                const struct rua_documents *documents,
                enum rua_container *ret_container, struct rua_err *err)
{
    static const enum rua_container containers[] = {
        [RUA_IS_UNKNOWN] = RUA_CONTAINER_BIN,
        [RUA_IS_NOTHING] = RUA_CONTAINER_BIN,
        [RUA_IS_OTHER] = RUA_CONTAINER_BIN,
        [RUA_IS_XML] = RUA_CONTAINER_XML,
        [RUA_IS_GZIP] = RUA_CONTAINER_XML_GZ,
        [RUA_IS_ZLIB] = RUA_CONTAINER_BIN,
        [RUA_IS_ZIP] = RUA_CONTAINER_ZIP,
    };
    unsigned char first[RUA_SNIFF_MAX];
    struct rua_sight sight;
    size_t n = 0;
    enum rua_verdict v = rua_spool_read(part, 0, first, sizeof(first), &n, err);

    sight = rua_sniff((struct rua_span){first, n}, true);
    *ret_container = containers[sight.kind];
    if (v)
        return v;
    rua_peel_begin(unpack->peel, budget, documents);
    if (sight.kind == RUA_IS_ZIP)
        return rua_peel_zip(unpack->peel, part, sight.oddities, err);
    if (sight.kind == RUA_IS_OTHER)
        return read_other(unpack, part, name, sight.name, ret_container, err);
    return rua_peel_any(unpack->peel, part, err);
}
