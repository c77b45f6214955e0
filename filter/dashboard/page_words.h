/* page_words.h - what the page says of a review, in sentences. */
#ifndef RUAMILL_PAGE_WORDS_H
#define RUAMILL_PAGE_WORDS_H

#include "figure.h"
#include "review.h"

enum {
    PAGE_SENTENCE = 512
};

/* The figures at the head of the page. */
enum page_tile {
    TILE_MESSAGES,
    TILE_RATE,
    TILE_FAILED,
    TILE_HELD,
    PAGE_TILES
};

/* The tables of the page. */
enum page_table {
    TABLE_FAILING,
    TABLE_SOURCES,
    TABLE_REPORTERS,
    PAGE_TABLES
};

extern const char *const page_table_names[PAGE_TABLES];

struct page_words {
    char lead[PAGE_SENTENCE];
    char value[PAGE_TILES][FIGURE_SIZE];
    const char *size; /* of these: a class of the style sheet */
    char note[PAGE_TILES][PAGE_SENTENCE];
    char rest[PAGE_TABLES][PAGE_SENTENCE]; /* what a table does not show */
};

/* What stands in a table without rows. */
enum page_empty {
    PAGE_EMPTY_FAILING,
    PAGE_EMPTY_SOURCES,
    PAGE_EMPTY_REPORTERS,
    PAGE_EMPTY_DOMAINS,
    PAGE_EMPTY_UNKNOWN, /* instead of FAILING: not all is known */
    PAGE_EMPTY_GROUP,   /* below the head of a group */
    PAGE_EMPTIES
};

extern const char *const page_empty[PAGE_EMPTIES];

extern const char *const page_acts_title[RANKING_ACTS];

/* `domains` is what all domains together are called: "3 domains". */
void page_words(const struct review *review, const char *domains,
                struct page_words *ret_words);

/* Which of them stands in an empty table of failing senders. */
enum page_empty page_empty_failing(const struct review *review);

/* "let through 12, rejected 3"; "" for nothing. */
void page_acts(const struct ranking_sums *sums, char text[PAGE_SENTENCE]);

/* What a policy is, and below it what else it says; texts of ours, with the
 * words that were published in it. */
void page_policy(const struct review_policy *policy, char text[PAGE_SENTENCE],
                 char note[PAGE_SENTENCE]);

#endif
