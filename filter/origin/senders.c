#include "senders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "domain.h"
#include "plain.h"

enum {
    LINES_MAX = 1000000
};

static const char NO_DOMAIN[] =
    "is no domain (known are a.example, .a.example and AS64500)";

struct sender {
    const char *what; /* in lower case, without the dot in front */
    bool below;       /* it had one */
    const char *type, *name;
};

struct senders {
    struct rua_arena arena;
    struct sender *all; /* by `what` */
    size_t n, room;
};

static int
compare(const void *a, const void *b)
{
    const struct sender *one = a, *other = b;

    return strcmp(one->what, other->what);
}

static void
lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text |= 0x20;
}

/* The next word of a line, which is cut off there; NULL when there is none. */
static char *
take_word(char **line)
{
    char *word = *line + strspn(*line, " \t");
    size_t n = strcspn(word, " \t");

    if (!*word)
        return NULL;
    *line = word + n + (word[n] != '\0');
    word[n] = '\0';
    return word;
}

static const char *
keep(struct senders *senders, const char *text)
{
    struct rua_buf clear;
    const char *kept;

    rua_buf_init(&clear, 64 << 10);
    plain_text(&clear, rua_span_text(text));
    if (clear.len >= ORIGIN_TEXT)
        clear.len = ORIGIN_TEXT - 1;
    while (clear.len == ORIGIN_TEXT - 1 &&
           (clear.data[clear.len - 1] & 0x80)) /* no half of a character */
        clear.len--;
    kept = rua_arena_text(&senders->arena, rua_buf_span(&clear));
    rua_buf_done(&clear);
    return kept;
}

/* A domain, or the number of a network; what looks like something else would
 * never be found. */
static bool
is_known(const char *what)
{
    char domain[RUA_DOMAIN_SIZE];
    bool is_number = strncmp(what, "as", 2) == 0 &&
                     (!what[2] || strchr("0123456789", what[2])) &&
                     !strchr(what, '.');

    if (is_number)
        return what[2] && !what[2 + strspn(what + 2, "0123456789")];
    return rua_domain_to_ascii(rua_span_text(what), domain);
}

/* NULL, or what is wrong with the line. */
static const char *
take_line(struct senders *senders, char *line, const char **ret_what)
{
    struct sender sender = {0};
    char *what, *type;

    line[strcspn(line, "\r\n")] = '\0';
    *ret_what = what = take_word(&line);
    if (!what || *what == '#')
        return NULL;
    type = take_word(&line);
    line += strspn(line, " \t");
    if (!type || !*line)
        return "is not \"domain type name\"";
    if (senders->n == LINES_MAX)
        return "is one too many";
    lower(what);
    sender.below = *what == '.';
    sender.what =
        rua_arena_text(&senders->arena, rua_span_text(what + sender.below));
    if (!is_known(sender.what))
        return NO_DOMAIN;
    sender.type = keep(senders, type);
    sender.name = keep(senders, line);
    if (senders->n == senders->room) {
        senders->room = senders->room ? senders->room * 2 : 64;
        senders->all =
            rua_realloc(senders->all, senders->room * sizeof(*senders->all));
    }
    senders->all[senders->n++] = sender;
    return NULL;
}

static enum rua_verdict
load(struct senders *senders, const char *path, FILE *file, struct rua_err *err)
{
    char *line = NULL;
    size_t size = 0;
    unsigned number = 0;
    const char *wrong = NULL, *what = NULL;

    while (!wrong && getline(&line, &size, file) >= 0) {
        number++;
        wrong = take_line(senders, line, &what);
    }
    if (wrong == NO_DOMAIN)
        rua_err_set(err, RUA_LATER, "senders %s:%u: \"%.80s\" %s", path, number,
                    what, wrong);
    else if (wrong)
        rua_err_set(err, RUA_LATER, "senders %s:%u: the line %s", path, number,
                    wrong);
    free(line);
    if (wrong)
        return RUA_LATER;
    if (!feof(file))
        return rua_err_sys(err, "senders %s", path);
    if (senders->n)
        qsort(senders->all, senders->n, sizeof(*senders->all), compare);
    for (size_t i = 1; i < senders->n; i++)
        if (strcmp(senders->all[i - 1].what, senders->all[i].what) == 0)
            return rua_err_set(err, RUA_LATER,
                               "senders %s: %s stands there twice", path,
                               senders->all[i].what);
    return RUA_OK;
}

enum rua_verdict
senders_load(const char *path, struct senders **ret_senders,
             struct rua_err *err)
{
    struct senders *senders;
    FILE *file = fopen(path, "re");
    enum rua_verdict v;

    if (!file)
        return rua_err_sys(err, "senders %s", path);
    senders = rua_alloc(sizeof(*senders));
    *senders = (struct senders){0};
    v = load(senders, path, file, err);
    fclose(file);
    if (v == RUA_OK)
        *ret_senders = senders;
    else
        senders_free(senders);
    return v;
}

void
senders_free(struct senders *senders)
{
    if (!senders)
        return;
    free(senders->all);
    rua_arena_done(&senders->arena);
    free(senders);
}

static const struct sender *
find(const struct senders *senders, const char *what)
{
    struct sender wanted = {.what = what};

    return senders->n ? bsearch(&wanted, senders->all, senders->n,
                                sizeof(wanted), compare)
                      : NULL;
}

/* The domain itself, or the longest one above it that takes those below. */
static const struct sender *
find_domain(const struct senders *senders, const char *domain)
{
    char name[256];
    const struct sender *found;
    const char *at;

    if (!*domain)
        return NULL;
    snprintf(name, sizeof(name), "%s", domain);
    lower(name);
    found = find(senders, name);
    for (at = strchr(name, '.'); !found && at; at = strchr(at + 1, '.')) {
        found = find(senders, at + 1);
        if (found && !found->below)
            found = NULL;
    }
    return found;
}

void
senders_find(const struct senders *senders, struct origin *origin)
{
    const struct sender *found = find_domain(senders, origin->reverse);
    char number[16];

    if (!found)
        found = find_domain(senders, origin->as_domain);
    if (!found && origin->asn) {
        snprintf(number, sizeof(number), "as%u", (unsigned)origin->asn);
        found = find(senders, number);
    }
    if (!found)
        return;
    snprintf(origin->sender, sizeof(origin->sender), "%s", found->name);
    snprintf(origin->type, sizeof(origin->type), "%s", found->type);
}
