#include "allow.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "buf.h"
#include "domain.h"

enum {
    TEXT_MAX = 1 << 30,
    CHUNK = 1 << 20,
    SHOWN = 80 /* of a malformed field, so that the reason fits too */
};

/* With the hash here, a slot of another pattern is passed without a look at
 * its text, which would be a cache miss. */
struct slot {
    uint32_t hash;
    uint32_t number; /* of a line in `lines`, from 1; 0: free */
};

/* Patterns and domains are folded where they stand in the text, and the lines
 * point there; what a field loses by that becomes blanks. */
struct rua_allow {
    struct rua_buf text;
    struct rua_allow_line *lines;
    size_t count, room;
    struct slot *slots;
    size_t mask; /* slots, less one; at most half of them are taken */
    struct timespec changed; /* the text, before it was read */
    struct rua_err notice;
    struct rua_allow_db *db; /* instead of all that */
};

/* FNV-1a: the keys are the administrator's, so nobody can choose them to
 * collide. */
static uint32_t
hash_of(struct rua_span key)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * 16777619U;
    return hash ^ (hash >> 15);
}

/* True when the slot is free or holds `key`. */
static bool
stops(const struct rua_allow *allow, const struct slot *slot,
      struct rua_span key, uint32_t hash)
{
    struct rua_span there;

    if (!slot->number || slot->hash != hash)
        return !slot->number;
    there = allow->lines[slot->number - 1].pattern;
    return there.len == key.len && memcmp(there.data, key.data, key.len) == 0;
}

/* The slot that holds `key`, or the free one where it belongs. */
static struct slot *
slot_of(const struct rua_allow *allow, struct rua_span key, uint32_t hash)
{
    size_t i = hash & allow->mask;

    while (!stops(allow, &allow->slots[i], key, hash))
        i = (i + 1) & allow->mask;
    return &allow->slots[i];
}

/* How much of a malformed field a sentence shows. */
static int
shown(struct rua_span field)
{
    return field.len < SHOWN ? (int)field.len : SHOWN;
}

static void
add(struct rua_allow *allow, const struct rua_allow_line *line)
{
    if (allow->count == allow->room) {
        allow->room = allow->room ? allow->room * 2 : 64;
        allow->lines = rua_realloc(allow->lines, allow->room * sizeof(*line));
    }
    allow->lines[allow->count++] = *line;
}

static enum rua_verdict
read_line(struct rua_allow *allow, unsigned char *text, size_t len,
          const char *path, unsigned number, struct rua_err *err)
{
    struct rua_allow_line line = {.line = number};
    struct rua_span field;
    const char *wrong;

    if (memchr(text, '\0', len))
        return rua_err_set(err, RUA_LATER, "%s:%u: a NUL byte: no text file",
                           path, number);
    wrong = rua_allow_line_read(text, len, &line, &field);
    if (wrong)
        return rua_err_set(err, RUA_LATER, "%s:%u: \"%.*s\" %s", path, number,
                           shown(field), (const char *)field.data, wrong);
    if (line.pattern.data)
        add(allow, &line);
    return RUA_OK;
}

static enum rua_verdict
read_lines(struct rua_allow *allow, const char *path, struct rua_err *err)
{
    unsigned char *text = allow->text.data, *end = text + allow->text.len;
    enum rua_verdict verdict = RUA_OK;

    if (allow->text.len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    for (unsigned line = 1; text < end && verdict == RUA_OK; line++) {
        unsigned char *lf = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((lf ? lf : end) - text);
        size_t cr = len && text[len - 1] == '\r' ? 1 : 0;

        verdict = read_line(allow, text, len - cr, path, line, err);
        text = lf ? lf + 1 : end;
    }
    return verdict;
}

/* Puts every entry into the hash; no pattern may stand there twice. */
static enum rua_verdict
fill_slots(struct rua_allow *allow, const char *path, struct rua_err *err)
{
    size_t slots = 2;

    while (slots < allow->count * 2)
        slots *= 2;
    allow->mask = slots - 1;
    allow->slots = rua_alloc(slots * sizeof(*allow->slots));
    memset(allow->slots, 0, slots * sizeof(*allow->slots));
    for (size_t i = 0; i < allow->count; i++) {
        const struct rua_allow_line *line = &allow->lines[i];
        uint32_t hash = hash_of(line->pattern);
        struct slot *slot = slot_of(allow, line->pattern, hash);

        if (slot->number)
            return rua_err_set(err, RUA_LATER,
                               "%s:%u: \"%.*s\" stands in line %u already",
                               path, line->line, shown(line->pattern),
                               (const char *)line->pattern.data,
                               allow->lines[slot->number - 1].line);
        *slot = (struct slot){hash, (uint32_t)(i + 1)};
    }
    return RUA_OK;
}

/* Makes the list of a text, which is its own from now on. */
static enum rua_verdict
build(struct rua_buf text, const char *path, struct rua_allow **ret_allow,
      struct rua_err *err)
{
    struct rua_allow *allow = rua_alloc(sizeof(*allow));
    enum rua_verdict verdict;

    *allow = (struct rua_allow){.text = text};
    if (text.len > TEXT_MAX)
        verdict = rua_err_set(err, RUA_LATER, "%s: larger than 1 GiB", path);
    else
        verdict = read_lines(allow, path, err);
    if (verdict == RUA_OK)
        verdict = fill_slots(allow, path, err);
    if (verdict == RUA_OK)
        *ret_allow = allow;
    else
        rua_allow_free(allow);
    return verdict;
}

enum rua_verdict
rua_allow_parse(struct rua_span text, const char *path,
                struct rua_allow **ret_allow, struct rua_err *err)
{
    struct rua_buf copy;

    rua_buf_init(&copy, TEXT_MAX + CHUNK);
    if (text.len > TEXT_MAX)
        text.len = TEXT_MAX + 1;
    rua_buf_add_span(&copy, text);
    return build(copy, path, ret_allow, err);
}

enum rua_verdict
rua_allow_read(const char *path, struct rua_allow **ret_allow,
               struct rua_err *err)
{
    FILE *file = fopen(path, "rbe");
    struct stat st = {0};
    enum rua_verdict verdict;
    struct rua_buf text;
    size_t n = CHUNK;

    if (!file || fstat(fileno(file), &st) < 0) {
        verdict = rua_err_sys(err, "allowlist %s", path);
        if (file)
            fclose(file);
        return verdict;
    }
    rua_buf_init(&text, TEXT_MAX + CHUNK);
    for (; n == CHUNK && text.len <= TEXT_MAX; text.len += n)
        n = fread(rua_buf_room(&text, CHUNK), 1, CHUNK, file);
    if (ferror(file)) {
        verdict = rua_err_sys(err, "allowlist %s", path);
        rua_buf_done(&text);
    } else {
        verdict = build(text, path, ret_allow, err);
    }
    if (verdict == RUA_OK)
        (*ret_allow)->changed = st.st_mtim;
    fclose(file);
    return verdict;
}

/* ---- the compiled list ---- */

enum rua_verdict
rua_allow_load(const char *path, struct rua_allow **ret_allow,
               struct rua_err *err)
{
    struct rua_allow_db *db = NULL;
    struct rua_err why = {0};
    struct stat text = {0};
    bool has_text = stat(path, &text) == 0 || errno != ENOENT;
    enum rua_verdict v =
        rua_allow_db_open(path, has_text ? &text : NULL, &db, &why);

    if (v == RUA_OK) {
        *ret_allow = rua_alloc(sizeof(**ret_allow));
        **ret_allow = (struct rua_allow){.db = db};
        return v;
    }
    if (v == RUA_LATER && !has_text) {
        if (err)
            *err = why;
        return v;
    }
    v = rua_allow_read(path, ret_allow, err);
    if (v == RUA_OK)
        (*ret_allow)->notice = why;
    return v;
}

enum rua_verdict
rua_allow_compile(const struct rua_allow *allow, int fd, struct rua_err *err)
{
    const struct timespec times[2] = {allow->changed, allow->changed};
    enum rua_verdict v = rua_allow_db_write(fd, allow->lines, allow->count,
                                            allow->text.len, err);

    /* so that it is older than a text that was changed meanwhile */
    if (v == RUA_OK && futimens(fd, times) < 0)
        v = rua_err_sys(err, "set the time of the compiled allowlist");
    return v;
}

const char *
rua_allow_notice(const struct rua_allow *allow)
{
    return allow->notice.sentence[0] ? allow->notice.sentence : NULL;
}

bool
rua_allow_is_compiled(const struct rua_allow *allow)
{
    return allow->db != NULL;
}

/* ---- */

void
rua_allow_free(struct rua_allow *allow)
{
    if (!allow)
        return;
    rua_allow_db_free(allow->db);
    rua_buf_done(&allow->text);
    free(allow->lines);
    free(allow->slots);
    free(allow);
}

size_t
rua_allow_count(const struct rua_allow *allow)
{
    return allow->db ? (size_t)rua_allow_db_count(allow->db) : allow->count;
}

bool
rua_allow_any(const struct rua_allow *allow,
              bool (*look)(void *ctx, struct rua_span pattern), void *ctx)
{
    size_t i = 0;

    if (allow->db)
        return rua_allow_db_any(allow->db, look, ctx);
    while (i < allow->count && !look(ctx, allow->lines[i].pattern))
        i++;
    return i < allow->count;
}

static bool
is_in(void *ctx, struct rua_span pattern)
{
    return rua_allow_is_in(pattern, *(const struct rua_span *)ctx);
}

bool
rua_allow_has_domain(const struct rua_allow *allow, struct rua_span domain)
{
    return rua_allow_any(allow, is_in, &domain);
}

/* Looks up the pattern local + middle + domain. */
static enum rua_verdict
look_up(const struct rua_allow *allow, struct rua_span local,
        const char *middle, const char *domain, struct rua_allow_line *ret_line,
        struct rua_err *err)
{
    unsigned char key[RUA_ALLOW_LOCAL_MAX + sizeof("+*@") + RUA_DOMAIN_SIZE];
    size_t middle_len = strlen(middle), domain_len = strlen(domain);
    struct rua_span span = {key, local.len + middle_len + domain_len};
    uint32_t number;

    if (local.len > RUA_ALLOW_LOCAL_MAX)
        return RUA_NOT_REPORT;
    for (size_t i = 0; i < local.len; i++)
        key[i] = rua_allow_lower(local.data[i]);
    memcpy(key + local.len, middle, middle_len);
    memcpy(key + local.len + middle_len, domain, domain_len);
    if (allow->db)
        return rua_allow_db_find(allow->db, span, ret_line, err);
    number = slot_of(allow, span, hash_of(span))->number;
    if (!number)
        return RUA_NOT_REPORT;
    *ret_line = allow->lines[number - 1];
    return RUA_OK;
}

static enum rua_verdict
find(const struct rua_allow *allow, struct rua_span local, const char *domain,
     struct rua_allow_line *ret_line, struct rua_err *err)
{
    enum rua_verdict v = look_up(allow, local, "@", domain, ret_line, err);
    struct rua_span before = local;

    while (v == RUA_NOT_REPORT && before.len-- > 0)
        if (local.data[before.len] == '+')
            v = look_up(allow, before, "+*@", domain, ret_line, err);
    if (v == RUA_NOT_REPORT)
        v = look_up(allow, (struct rua_span){0}, "@", domain, ret_line, err);
    return v;
}

enum rua_verdict
rua_allow_find(const struct rua_allow *allow, struct rua_span address,
               struct rua_allow_line *ret_line, struct rua_err *err)
{
    char domain[RUA_DOMAIN_SIZE];
    struct rua_span local, behind;
    const unsigned char *at;

    address = rua_span_trim(address);
    if (address.len >= 2 && address.data[0] == '<' &&
        address.data[address.len - 1] == '>')
        address = (struct rua_span){address.data + 1, address.len - 2};
    at = address.len ? memrchr(address.data, '@', address.len) : NULL;
    if (!at || at == address.data)
        return RUA_NOT_REPORT;
    local = (struct rua_span){address.data, (size_t)(at - address.data)};
    behind = (struct rua_span){at + 1, address.len - local.len - 1};
    if (!rua_domain_fold(behind, domain))
        return RUA_NOT_REPORT;
    return find(allow, local, domain, ret_line, err);
}
