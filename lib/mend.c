#include "mend.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "markup.h"
#include "nest.h"
#include "recode.h"
#include "report.h"
#include "tag.h"

#define PIECE 16384 /* bytes decoded at once */

/* Each byte of the decoded text goes into the present step, which may set
 * another one. */
struct rua_mend {
    const struct rua_limits *limits;
    struct rua_sink next;
    struct rua_recode recode;
    struct rua_buf decoded; /* the present piece in UTF-8 */
    struct rua_nest nest;

    void (*step)(struct rua_mend *mend, unsigned char c);
    struct rua_tag tag;     /* or the beginning of another "<...>" */
    uint64_t passed;        /* bytes of the tag, comment and the like */
    size_t matched;         /* bytes of an ending that came, or open brackets */
    unsigned char name[24]; /* of a reference */
    size_t n_name;
};

static void in_text(struct rua_mend *mend, unsigned char c);
static void in_markup(struct rua_mend *mend, unsigned char c);

/* ---- text ---- */

static void
put_text(struct rua_mend *mend, unsigned char c)
{
    if (!mend->nest.depth && !rua_markup_is_space(c))
        rua_nest_note(&mend->nest, 0);
    rua_nest_put_byte(&mend->nest, c);
}

static void
begin_token(struct rua_mend *mend)
{
    rua_tag_begin(&mend->tag);
    mend->step = in_markup;
}

/* "/name>" in an open <name> has lost its "<". */
static void
in_slash(struct rua_mend *mend, unsigned char c)
{
    struct rua_span name = rua_nest_innermost(&mend->nest);

    if (mend->matched < name.len && c == name.data[mend->matched]) {
        mend->matched++;
        return;
    }
    mend->step = in_text;
    if (mend->matched == name.len && c == '>') {
        rua_nest_note(&mend->nest, RUA_BAD_NESTING);
        rua_nest_close(&mend->nest, name);
        return;
    }
    rua_nest_put_byte(&mend->nest, '/');
    rua_nest_put(&mend->nest, (struct rua_span){name.data, mend->matched});
    in_text(mend, c);
}

static void
in_reference(struct rua_mend *mend, unsigned char c)
{
    struct rua_span name = {mend->name, mend->n_name};
    enum rua_reference kind = RUA_REFERENCE_NONE;

    if ((c == '#' || rua_markup_is_name(c)) &&
        mend->n_name < sizeof(mend->name)) {
        mend->name[mend->n_name++] = c;
        return;
    }
    mend->step = in_text;
    if (c == ';')
        kind = rua_markup_reference(name);
    if (kind == RUA_REFERENCE_FORBIDDEN) {
        rua_nest_note(&mend->nest, RUA_BAD_CHARACTERS);
        rua_nest_put(&mend->nest, RUA_SPAN("\xef\xbf\xbd"));
        return;
    }
    if (kind == RUA_REFERENCE_NONE)
        rua_nest_note(&mend->nest, RUA_BARE_MARKUP);
    rua_nest_put(&mend->nest, kind == RUA_REFERENCE_GOOD ? RUA_SPAN("&")
                                                         : RUA_SPAN("&amp;"));
    rua_nest_put(&mend->nest, name);
    in_text(mend, c);
}

static void
in_text(struct rua_mend *mend, unsigned char c)
{
    if (c == '<') {
        begin_token(mend);
    } else if (c == '&' && mend->nest.depth) {
        mend->n_name = 0;
        mend->step = in_reference;
    } else if (c == '/' && mend->nest.depth) {
        mend->matched = 0;
        mend->step = in_slash;
    } else {
        put_text(mend, c);
    }
}

/* The token is no markup, as `c` shows: what it holds is text. */
static void
take_as_text(struct rua_mend *mend, unsigned char c)
{
    rua_nest_note(&mend->nest, RUA_BARE_MARKUP);
    rua_nest_put_byte(&mend->nest, '<');
    mend->step = in_text;
    for (size_t i = 1; i < mend->tag.text.len; i++)
        mend->step(mend, mend->tag.text.data[i]);
    mend->step(mend, c);
}

/* ---- tags ---- */

static void
finish_tag(struct rua_mend *mend)
{
    struct rua_nest *nest = &mend->nest;
    struct rua_span name = rua_tag_name(&mend->tag);

    if (rua_nest_is_text(nest, name, rua_tag_is_end(&mend->tag))) {
        take_as_text(mend, '>');
        return;
    }
    mend->step = in_text;
    if (rua_tag_is_end(&mend->tag)) {
        rua_nest_close(nest, name);
        return;
    }
    rua_nest_open(nest, name);
    if (!nest->depth)
        return;
    if (!rua_markup_are_attributes(rua_tag_attributes(&mend->tag)))
        rua_nest_note(nest, RUA_BARE_MARKUP);
    if (rua_tag_is_empty(&mend->tag))
        rua_nest_close(nest, name);
}

/* A "<" in a tag: the end tag of an open element has lost its ">", and any
 * other is no tag. */
static void
cut_tag(struct rua_mend *mend)
{
    struct rua_span name = rua_tag_name(&mend->tag);

    if (!rua_tag_is_end(&mend->tag) || !rua_nest_count(&mend->nest, name)) {
        take_as_text(mend, '<');
        return;
    }
    rua_nest_note(&mend->nest, RUA_BAD_NESTING);
    rua_nest_close(&mend->nest, name);
    begin_token(mend);
}

static void
pass(struct rua_mend *mend)
{
    uint64_t max = mend->limits->max_tag;

    if (++mend->passed > max)
        rua_err_set(&mend->nest.failure, RUA_BAD,
                    "a tag or comment of more than max_tag (%llu) bytes",
                    (unsigned long long)max);
}

static void
in_tag(struct rua_mend *mend, unsigned char c)
{
    enum rua_tag_state state = rua_tag_add(&mend->tag, c);

    pass(mend);
    if (state == RUA_TAG_WHOLE)
        finish_tag(mend);
    else if (state == RUA_TAG_CUT)
        cut_tag(mend);
    else if (state == RUA_TAG_NONE)
        take_as_text(mend, c);
}

/* ---- other markup ---- */

static void
in_comment(struct rua_mend *mend, unsigned char c)
{
    pass(mend);
    if (c == '>' && mend->matched >= 2)
        mend->step = in_text;
    mend->matched = c == '-' ? mend->matched + 1 : 0;
}

/* The XML declaration too, which says nothing any more. */
static void
in_instruction(struct rua_mend *mend, unsigned char c)
{
    pass(mend);
    if (c == '>')
        mend->step = in_text;
    if (c == '>' && !mend->matched)
        mend->nest.oddities |= RUA_BARE_MARKUP;
    mend->matched = c == '?';
}

static void
in_doctype(struct rua_mend *mend, unsigned char c)
{
    pass(mend);
    mend->nest.oddities |= RUA_DOCTYPE;
    if (c == '[')
        mend->matched++;
    else if (c == ']' && mend->matched)
        mend->matched--;
    else if (c == '>' && !mend->matched)
        mend->step = in_text;
}

/* Becomes plain text. */
static void
in_cdata(struct rua_mend *mend, unsigned char c)
{
    if (c == ']') {
        mend->matched++;
        return;
    }
    if (c == '>' && mend->matched >= 2) {
        mend->matched -= 2;
        mend->step = in_text;
    }
    for (; mend->matched; mend->matched--)
        put_text(mend, ']');
    if (mend->step == in_cdata)
        put_text(mend, c);
}

static void
in_declaration(struct rua_mend *mend, unsigned char c)
{
    static const struct {
        const char *begin;
        void (*step)(struct rua_mend *mend, unsigned char c);
    } kinds[] = {
        {"<!--",      in_comment},
        {"<![CDATA[", in_cdata  },
        {"<!DOCTYPE", in_doctype},
    };
    size_t len = mend->tag.text.len + 1;

    rua_buf_add_byte(&mend->tag.text, c);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncasecmp(kinds[i].begin, (char *)mend->tag.text.data, len) != 0)
            continue;
        if (!kinds[i].begin[len])
            mend->step = kinds[i].step;
        return;
    }
    mend->tag.text.len--;
    take_as_text(mend, c);
}

/* Behind "<". */
static void
in_markup(struct rua_mend *mend, unsigned char c)
{
    mend->passed = mend->matched = 0;
    if (c == '!') {
        rua_buf_add_byte(&mend->tag.text, c);
        mend->step = in_declaration;
    } else if (c == '?') {
        mend->step = in_instruction;
    } else {
        mend->step = in_tag;
        in_tag(mend, c);
    }
}

/* ---- the stage ---- */

struct rua_mend *
rua_mend_new(const struct rua_limits *limits)
{
    struct rua_mend *mend = rua_alloc(sizeof(*mend));

    *mend = (struct rua_mend){.limits = limits};
    rua_buf_init(&mend->decoded, SIZE_MAX);
    rua_tag_init(&mend->tag);
    rua_nest_init(&mend->nest, limits);
    return mend;
}

void
rua_mend_free(struct rua_mend *mend)
{
    rua_buf_done(&mend->decoded);
    rua_tag_done(&mend->tag);
    rua_nest_done(&mend->nest);
    free(mend);
}

void
rua_mend_begin(struct rua_mend *mend, const struct rua_sink *next)
{
    mend->next = *next;
    mend->step = in_text;
    rua_nest_begin(&mend->nest);
    rua_recode_begin(&mend->recode);
}

static void
take_byte(struct rua_mend *mend, unsigned char c)
{
    uint32_t marked = rua_recode_marked(c);

    mend->nest.oddities |= marked;
    if (!marked)
        mend->step(mend, c);
}

/* Takes what is decoded, text without markup in one go. */
static void
take_decoded(struct rua_mend *mend)
{
    struct rua_span text = rua_buf_span(&mend->decoded);

    while (text.len && mend->nest.failure.verdict == RUA_OK) {
        size_t n = 0;

        if (mend->step == in_text && mend->nest.depth)
            while (n < text.len && !memchr("<>&/\1\2", text.data[n], 6))
                n++;
        rua_nest_put(&mend->nest, (struct rua_span){text.data, n});
        if (n < text.len)
            take_byte(mend, text.data[n++]);
        text.data += n;
        text.len -= n;
    }
    rua_buf_reset(&mend->decoded);
}

/* What stands before a failure is pushed too, so that pieces do not count. */
static enum rua_verdict
push_on(struct rua_mend *mend, struct rua_err *err)
{
    struct rua_err *failure = &mend->nest.failure;
    bool was_good = failure->verdict == RUA_OK;
    enum rua_verdict v = RUA_OK;

    take_decoded(mend);
    if (was_good)
        v = rua_push(&mend->next, rua_buf_span(&mend->nest.out), failure);
    if (v != RUA_OK)
        failure->verdict = v;
    rua_buf_reset(&mend->nest.out);
    if (failure->verdict == RUA_OK)
        return RUA_OK;
    return rua_err_set(err, failure->verdict, "%s", failure->sentence);
}

enum rua_verdict
rua_mend_write(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct rua_mend *mend = ctx;
    enum rua_verdict v = RUA_OK;

    while (bytes.len && v == RUA_OK) {
        size_t n = bytes.len < PIECE ? bytes.len : PIECE;

        rua_recode_write(&mend->recode, (struct rua_span){bytes.data, n},
                         &mend->decoded);
        v = push_on(mend, err);
        bytes.data += n;
        bytes.len -= n;
    }
    return v;
}

enum rua_verdict
rua_mend_end(struct rua_mend *mend, uint32_t *ret_oddities, struct rua_err *err)
{
    enum rua_verdict v;

    rua_recode_end(&mend->recode, &mend->decoded);
    v = push_on(mend, err);
    if (v == RUA_OK)
        *ret_oddities = mend->nest.oddities;
    return v;
}
