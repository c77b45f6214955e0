/* summary_show.h - what was counted, on paper or as data. */
#ifndef RUAMILL_SUMMARY_SHOW_H
#define RUAMILL_SUMMARY_SHOW_H

#include "grid.h"
#include "summary.h"

struct summary_show {
    struct summary *summary;
    enum by by;              /* BY_COUNT: the screen at a glance */
    size_t top;              /* lines of a table, at most; 0: all */
    struct reverse *reverse; /* names of DNS; NULL: they are not looked up */
};

/* Looks up the names of the sources that will be shown, in at most `wait`
 * seconds; sets show->reverse, to be closed by the caller. */
enum rua_verdict summary_look_up(struct summary_show *show,
                                 const char *resolver, unsigned wait,
                                 struct rua_err *err);

/* Adds to the sentences what the numbers say; once, before anything is shown.
 */
void summary_finish(struct summary *summary);

/* At a glance: how much, what passes, who fails, what has changed. */
void summary_show_screen(const struct summary_show *show, struct paper *paper);

/* The first part of it: the figures of all, and how they went. */
void summary_show_head(const struct summary_show *show, struct paper *paper);

/* The last part of it: what is not as it was in the period before. */
void summary_show_changes(const struct summary_show *show, struct paper *paper,
                          void (*put_title)(struct paper *paper,
                                            const char *title));

/* One table, by show->by. */
void summary_show_table(const struct summary_show *show, struct paper *paper);

/* What was left out, and what else is to know; nothing when there is nothing.
 */
void summary_show_notes(const struct summary_show *show, struct paper *paper);

void summary_show_csv(const struct summary_show *show, FILE *out);
void summary_show_json(const struct summary_show *show, FILE *out);

/* ---- for all of these ---- */

/* "98.2 %" of those messages that have a result; "" when none has. Cut, not
 * rounded: 100.0 is all of them. */
#define SUMMARY_RATE 16
const char *summary_rate(const struct tally *tally,
                         char ret_text[SUMMARY_RATE]);

/* Whether there are messages, and of none of them is known whether it passed.
 */
bool summary_is_unknown(const struct tally *tally);

/* The rate, and how many fail, as cells of a table: "-" when that is not
 * known. */
void summary_put_rate(struct grid *grid, const struct tally *tally);
void summary_put_fail(struct grid *grid, const struct tally *tally);
enum paper_ink summary_rate_ink(const struct tally *tally);

/* What SPF or DKIM came to: "pass", "62 %", "unaligned" (for another domain
 * only), "none", "fail"; "no pass" when tables do not say which of these three,
 * and "-" when they do not say that either. */
enum summary_check {
    SUMMARY_SPF,
    SUMMARY_DKIM
};
const char *summary_outcome(const struct tally *tally, enum summary_check check,
                            char ret_text[SUMMARY_RATE]);

/* Messages of a part of the line, as a whole number. */
uint64_t summary_whole(double messages);

/* What is known of a source; borrowed until the next call. */
const struct origin *summary_origin(const struct summary_show *show,
                                    const struct group *group);

/* The groups of a table in its order, *ret_n of them; freed with free(). */
struct group **summary_rows(const struct summary_show *show, enum by by,
                            size_t *ret_n);

/* Counted together: what was forgotten, and what is behind the top n; false
 * when there is nothing. */
bool summary_others(const struct summary_show *show, enum by by,
                    struct group *const *all, size_t shown,
                    struct group *ret_others, uint64_t *ret_n);

#endif
