#include "review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clip.h"
#include "figure.h"

struct review *
review_new(const char *name, const struct calendar *calendar)
{
    struct review *review = rua_alloc(sizeof(*review));
    size_t size = strlen(name) + 1;

    *review = (struct review){.calendar = calendar};
    review->name = memcpy(rua_alloc(size), name, size);
    for (int i = 0; i < REVIEW_SERIES; i++) {
        size = calendar->n * sizeof(**review->series);
        review->series[i] = memset(rua_alloc(size), 0, size);
    }
    return review;
}

void
review_free(struct review *review)
{
    if (!review)
        return;
    for (int i = 0; i < REVIEW_SERIES; i++)
        free(review->series[i]);
    ranking_done(&review->sources);
    ranking_done(&review->failing);
    ranking_done(&review->reporters);
    free(review->name);
    free(review);
}

void
review_merge(struct review *all, const struct review *domain)
{
    for (int i = 0; i < REVIEW_SERIES; i++)
        for (size_t j = 0; j < all->calendar->n; j++)
            all->series[i][j] =
                figure_add(all->series[i][j], domain->series[i][j]);
    ranking_sum(&all->sums, &domain->sums);
    for (int i = 0; i < OUTCOME_MEANINGS; i++)
        all->meanings[i] = figure_add(all->meanings[i], domain->meanings[i]);
    for (int i = 0; i < REVIEW_COLUMNS; i++)
        all->without[i] += domain->without[i];
    all->uncounted = figure_add(all->uncounted, domain->uncounted);
    all->undated = figure_add(all->undated, domain->undated);
    ranking_merge(&all->sources, &domain->sources);
    ranking_merge(&all->failing, &domain->failing);
    ranking_merge(&all->reporters, &domain->reporters);
}

void
review_cut(struct review *review, size_t n)
{
    for (size_t i = 0; i < review->sources.n; i++)
        review->senders += review->sources.entries[i].sums.failed > 0;
    ranking_cut(&review->sources, n, false);
    ranking_cut(&review->failing, n, true);
    ranking_cut(&review->reporters, n, false);
}

/* ---- the key of a group: digits of what and meaning, then texts ---- */

/* A control character: there is none in a value of a table. */
#define BETWEEN '\x1f'

/* Its texts have room for a domain name, and an address. */
enum {
    DIGITS = 3,
    TEXT = 160
};

static char *
put(char *to, struct rua_span text)
{
    text = clip(text, TEXT);
    *to++ = BETWEEN;
    for (size_t i = 0; i < text.len; i++)
        *to++ = text.data[i] < ' ' ? ' ' : (char)text.data[i];
    return to;
}

struct rua_span
review_key(const struct review_group *group, char text[RANKING_KEY])
{
    char *to = text;

    *to++ = (char)('0' + group->meaning);
    *to++ = (char)('0' + group->spf.what);
    *to++ = (char)('0' + group->dkim.what);
    to = put(to, group->source);
    to = put(to, group->spf.domain);
    to = put(to, group->dkim.domain);
    return (struct rua_span){(unsigned char *)text, (size_t)(to - text)};
}

struct review_group
review_group_of(const char *key)
{
    struct rua_span texts[3] = {{0}};
    const char *at = key + DIGITS;

    for (int i = 0; i < 3 && *at == BETWEEN; i++) {
        size_t n = strcspn(++at, (const char[]){BETWEEN, '\0'});
        texts[i] = (struct rua_span){(const unsigned char *)at, n};
        at += n;
    }
    return (struct review_group){
        .source = texts[0],
        .meaning = (enum outcome_meaning)(key[0] - '0'),
        .spf = {(enum outcome_what)(key[1] - '0'), texts[1]},
        .dkim = {(enum outcome_what)(key[2] - '0'), texts[2]},
    };
}
