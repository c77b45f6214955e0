#include "leaf.h"

#include <stdio.h>
#include <string.h>

#include "base64.h"
#include "decode.h"

enum {
    FIRST = 1024,        /* bytes to tell the transfer encoding by */
    SEARCH = 64 * 1024,  /* bytes to look for a "begin" line in */
    UU_NAME = 256,       /* bytes of a name there, with its NUL */
    HEADER = 128,        /* bytes of a header that is made up */
    MEMORY = 256 * 1024, /* of a part; the rest goes to the scratch file */
};

/* How what may hold a report begins, and how it does in base64. */
static const char *const plain[] = {"\x1f\x8b", "PK\x03\x04", "PK\x05\x06",
                                    "<"};
static const char *const encoded[] = {
    "H4sI", /* gzip, deflated */
    "UEsD", /* PK 3 */
    "PD94", /* <?x */
    "PGZl", /* <fe */
    "77u/", /* a byte order mark */
};

static bool
starts(struct rua_span body, const char *text)
{
    return body.len >= strlen(text) &&
           memcmp(body.data, text, strlen(text)) == 0;
}

static bool
is_plain(struct rua_span body)
{
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (starts(body, plain[i]))
            return true;
    return false;
}

static bool
is_base64_char(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/* By a known beginning, and the first line as far as it is in view. */
static bool
is_base64(struct rua_span body)
{
    const unsigned char *newline = memchr(body.data, '\n', body.len);
    bool known = false;

    for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++)
        known = known || starts(body, encoded[i]);
    if (newline)
        body.len = (size_t)(newline - body.data);
    body = rua_span_trim(body);
    for (size_t i = 0; known && i < body.len; i++)
        known = is_base64_char(body.data[i]);
    return known;
}

/* Reads the first bytes of a leaf, up to `n`. */
static enum rua_verdict
read_first(const struct rua_leaf *leaf, unsigned char *data, size_t n,
           struct rua_span *ret_first, struct rua_err *err)
{
    size_t want = leaf->len < n ? (size_t)leaf->len : n;
    enum rua_verdict verdict =
        rua_spool_read(leaf->message, leaf->offset, data, want, &want, err);

    if (verdict == RUA_OK)
        *ret_first = (struct rua_span){data, want};
    return verdict;
}

enum rua_verdict
rua_leaf_whole(const struct rua_spool *message, struct rua_leaf *ret_leaf,
               struct rua_err *err)
{
    struct rua_leaf all = {.message = message, .len = message->len};
    unsigned char data[FIRST];
    struct rua_span first;
    enum rua_verdict verdict =
        read_first(&all, data, sizeof(data), &first, err);
    const unsigned char *newline;

    if (verdict != RUA_OK)
        return verdict;
    while (first.len && (*first.data == '\n' || starts(first, "\r\n"))) {
        first.data++;
        first.len--;
    }
    all.offset = (uint64_t)(first.data - data);
    newline = memchr(first.data, '\n', first.len);
    if (newline && (starts(first, "From ") || starts(first, ">From ")))
        all.offset = (uint64_t)(newline + 1 - data);
    all.len -= all.offset;
    *ret_leaf = all;
    return RUA_OK;
}

enum rua_verdict
rua_leaf_mend(struct rua_leaf *leaf, struct rua_err *err)
{
    unsigned char next[2];
    size_t n = 0;
    enum rua_verdict verdict = rua_spool_read(
        leaf->message, leaf->offset + leaf->len, next, sizeof(next), &n, err);

    /* One byte of the content and a bare LF, cut off as CRLF. */
    if (verdict == RUA_OK && n == 2 && next[0] != '\r' && next[1] == '\n')
        leaf->len++;
    return verdict;
}

/* Corrects the transfer encoding by the first bytes. */
static enum rua_verdict
settle(struct rua_leaf *leaf, struct rua_err *err)
{
    unsigned char data[FIRST];
    struct rua_span first;
    enum rua_verdict verdict =
        read_first(leaf, data, sizeof(data), &first, err);

    if (verdict != RUA_OK)
        return verdict;
    first = rua_span_trim(first);
    if (leaf->transfer == RUA_TRANSFER_BASE64 && is_plain(first))
        leaf->transfer = RUA_TRANSFER_NONE;
    else if (leaf->transfer == RUA_TRANSFER_NONE && is_base64(first))
        leaf->transfer = RUA_TRANSFER_BASE64;
    return RUA_OK;
}

/* The name on a line "begin 644 name", or the absent span. */
static struct rua_span
begin_name(struct rua_span line)
{
    size_t at = strlen("begin "), digits = 0;

    if (!starts(line, "begin "))
        return (struct rua_span){0};
    for (; at < line.len && line.data[at] >= '0' && line.data[at] <= '7'; at++)
        digits++;
    if (digits < 3 || digits > 4 || at == line.len || line.data[at] != ' ')
        return (struct rua_span){0};
    return rua_span_trim(
        (struct rua_span){line.data + at + 1, line.len - at - 1});
}

/* Looks for a "begin" line; the file is what is behind it. */
static enum rua_verdict
find_uu(const struct rua_leaf *leaf, bool *ret_found, struct rua_leaf *ret_file,
        char ret_name[static UU_NAME], struct rua_err *err)
{
    unsigned char data[SEARCH];
    const unsigned char *at = data, *end, *newline;
    struct rua_span first, name = {0};
    enum rua_verdict verdict =
        read_first(leaf, data, sizeof(data), &first, err);

    if (verdict != RUA_OK)
        return verdict;
    end = data + first.len;
    while (!name.data && at < end &&
           (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        name = begin_name((struct rua_span){at, (size_t)(newline - at)});
        at = newline + 1;
    }
    *ret_found = name.data != NULL;
    if (!name.data)
        return RUA_OK;
    if (name.len > UU_NAME - 1)
        name.len = UU_NAME - 1;
    memcpy(ret_name, name.data, name.len);
    ret_name[name.len] = '\0';
    *ret_file = (struct rua_leaf){
        .message = leaf->message,
        .offset = leaf->offset + (uint64_t)(at - data),
        .len = leaf->len - (uint64_t)(at - data),
        .transfer = RUA_TRANSFER_UU,
    };
    return RUA_OK;
}

static enum rua_verdict
push(struct rua_leaf *leaf, struct rua_sink sink, struct rua_err *err)
{
    return rua_spool_push(leaf->message, leaf->offset, leaf->len, &sink, err);
}

static enum rua_verdict
decode_base64(struct rua_leaf *leaf, struct rua_sink next, struct rua_err *err)
{
    struct rua_base64 base64 = {.next = next};
    enum rua_verdict verdict =
        push(leaf, (struct rua_sink){rua_base64_write, &base64}, err);

    return verdict == RUA_OK ? rua_base64_end(&base64, err) : verdict;
}

static enum rua_verdict
decode_quoted(struct rua_leaf *leaf, struct rua_sink next, struct rua_err *err)
{
    struct rua_quoted quoted = {.next = next};
    enum rua_verdict verdict =
        push(leaf, (struct rua_sink){rua_quoted_write, &quoted}, err);

    return verdict == RUA_OK ? rua_quoted_end(&quoted, err) : verdict;
}

static enum rua_verdict
decode_uu(struct rua_leaf *leaf, struct rua_sink next, struct rua_err *err)
{
    struct rua_uu uu = {.next = next};
    enum rua_verdict verdict =
        push(leaf, (struct rua_sink){rua_uu_write, &uu}, err);

    leaf->len = uu.used;
    return verdict == RUA_OK ? rua_uu_end(&uu, err) : verdict;
}

static void
open_content(const struct rua_leaves *leaves, struct rua_spool *content)
{
    rua_spool_init(content, leaves->scratch, MEMORY,
                   leaves->limits->max_unpacked, "max_unpacked");
}

static enum rua_verdict
count_content(struct rua_leaves *leaves, const struct rua_spool *content,
              struct rua_err *err)
{
    uint64_t most = leaves->limits->max_unpacked;

    leaves->bytes += content->len;
    if (leaves->bytes > most)
        return rua_err_set(err, RUA_BAD,
                           "parts of more than max_unpacked (%llu) bytes",
                           (unsigned long long)most);
    return RUA_OK;
}

enum rua_verdict
rua_leaf_wrap(struct rua_leaves *leaves, bool report, struct rua_span boundary,
              struct rua_span body, struct rua_spool *ret_content,
              struct rua_err *err)
{
    char header[HEADER];
    enum rua_verdict verdict;

    snprintf(header, sizeof(header),
             "Content-Type: multipart/%s; boundary=\"%.*s\"\n\n",
             report ? "report" : "mixed", (int)boundary.len,
             (const char *)boundary.data);
    open_content(leaves, ret_content);
    verdict = rua_spool_write(ret_content, rua_span_text(header), err);
    if (verdict == RUA_OK)
        verdict = rua_spool_write(ret_content, body, err);
    return verdict == RUA_OK ? count_content(leaves, ret_content, err)
                             : verdict;
}

enum rua_verdict
rua_leaf_decode(struct rua_leaves *leaves, struct rua_leaf *leaf,
                struct rua_spool *ret_content, struct rua_err *err)
{
    static enum rua_verdict (*const decode[])(
        struct rua_leaf *, struct rua_sink, struct rua_err *) = {
        [RUA_TRANSFER_NONE] = push,
        [RUA_TRANSFER_BASE64] = decode_base64,
        [RUA_TRANSFER_QUOTED] = decode_quoted,
        [RUA_TRANSFER_UU] = decode_uu,
    };
    struct rua_sink sink = {rua_spool_write, ret_content};
    enum rua_verdict verdict;

    open_content(leaves, ret_content);
    verdict = decode[leaf->transfer](leaf, sink, err);
    return verdict == RUA_OK ? count_content(leaves, ret_content, err)
                             : verdict;
}

static enum rua_verdict
give(struct rua_leaves *leaves, struct rua_leaf *leaf, const char *type,
     const char *name, struct rua_err *err)
{
    struct rua_spool content;
    struct rua_part part = {
        .type = type, .name = name && *name ? name : NULL, .content = &content};
    enum rua_verdict verdict;

    if (++leaves->parts > leaves->limits->max_parts)
        return rua_err_set(err, RUA_BAD, "more than max_parts (%llu) parts",
                           (unsigned long long)leaves->limits->max_parts);
    verdict = rua_leaf_decode(leaves, leaf, &content, err);
    if (verdict == RUA_OK)
        verdict = leaves->part(leaves->ctx, &part, err);
    rua_spool_done(&content);
    return verdict;
}

/* Gives each uuencoded file in a text. */
static enum rua_verdict
give_uu(struct rua_leaves *leaves, struct rua_leaf text, bool *ret_any,
        struct rua_err *err)
{
    char name[UU_NAME];
    struct rua_leaf file;
    bool found = false;
    enum rua_verdict verdict = find_uu(&text, &found, &file, name, err);

    *ret_any = found;
    while (verdict == RUA_OK && found) {
        uint64_t end = text.offset + text.len;
        found = false;
        verdict = give(leaves, &file, "application/octet-stream", name, err);
        text.offset = file.offset + file.len;
        text.len = end - text.offset;
        if (verdict == RUA_OK)
            verdict = find_uu(&text, &found, &file, name, err);
    }
    return verdict;
}

enum rua_verdict
rua_leaf_give(struct rua_leaves *leaves, struct rua_leaf leaf, const char *type,
              const char *name, struct rua_err *err)
{
    bool any = false;
    enum rua_verdict verdict = settle(&leaf, err);

    if (verdict == RUA_OK && (leaf.transfer == RUA_TRANSFER_NONE ||
                              leaf.transfer == RUA_TRANSFER_UU))
        verdict = give_uu(leaves, leaf, &any, err);
    if (verdict == RUA_OK && !any)
        verdict = give(leaves, &leaf, type, name, err);
    return verdict;
}

enum rua_verdict
rua_leaf_give_text(struct rua_leaves *leaves, struct rua_span text,
                   struct rua_err *err)
{
    struct rua_spool content;
    enum rua_verdict verdict = RUA_OK;

    open_content(leaves, &content);
    if (text.len)
        verdict = rua_spool_write(&content, text, err);
    if (text.len && verdict == RUA_OK)
        verdict = rua_leaf_give(
            leaves, (struct rua_leaf){.message = &content, .len = content.len},
            "text/plain", NULL, err);
    rua_spool_done(&content);
    return verdict;
}
