/* outcome.h - what SPF or DKIM came to for a record, and what it means that
 * both came to nothing, in words for people who do not read standards. */
#ifndef RUAMILL_OUTCOME_H
#define RUAMILL_OUTCOME_H

#include <stdint.h>

#include "flow.h"

enum outcome_what {
    OUTCOME_PASS,  /* for the domain of the From field: aligned */
    OUTCOME_OTHER, /* it passed, for another domain */
    OUTCOME_FAIL,
    OUTCOME_ERROR,     /* it could not be looked up */
    OUTCOME_NONE,      /* no signature, no SPF record, or nothing is said */
    OUTCOME_UNALIGNED, /* it did not pass; the table does not say how */
    OUTCOME_UNKNOWN,   /* the table has no column that says it */
    OUTCOMES
};

struct outcome {
    enum outcome_what what;
    struct rua_span domain; /* that was checked; borrowed, may be absent */
};

/* Of dkim_aligned or spf_aligned (1, 0, or -1 for neither), and the two lists
 * that belong together: dkim_results and dkim_domains, say. */
struct outcome outcome_read(int aligned, struct rua_span results,
                            struct rua_span domains);

/* The same of a table that has no such lists. */
struct outcome outcome_read_aligned(int aligned);

/* One word for many messages, by what it came to for how many: PASS if any
 * passed; otherwise as `ruamill summary` says it: OTHER when that is half of
 * them, NONE when it is all, and else what failed. */
enum outcome_what outcome_common(const uint64_t messages[OUTCOMES]);

/* Why a record fails DMARC, most likely. */
enum outcome_meaning {
    MEANS_FORWARDED, /* the receiver says so */
    MEANS_CHANGED,   /* a signature of ours, broken */
    MEANS_SERVICE,   /* signed by another domain */
    MEANS_ENVELOPE,  /* not signed, SPF passes for another domain */
    MEANS_ERROR,     /* a look-up failed */
    MEANS_STRANGER,  /* not signed, and not listed in SPF */
    MEANS_UNKNOWN,   /* the table does not say what SPF or DKIM came to */
    OUTCOME_MEANINGS
};

/* `reasons` is policy_override_reasons; `from` the domain of the From field, or
 * the policy domain when that is not known. */
enum outcome_meaning outcome_meaning(const struct outcome *spf,
                                     const struct outcome *dkim,
                                     struct rua_span reasons,
                                     struct rua_span from);

struct outcome_words {
    const char *title;
    const char *advice; /* a sentence or two: what it is, what to do */
};

extern const struct outcome_words outcome_words[OUTCOME_MEANINGS];

/* "passed", "passed for %s": with a domain and without one. */
struct outcome_phrase {
    const char *name; /* one word, for the style sheet */
    const char *bare;
    const char *with; /* printed before the domain; NULL: without it */
};

extern const struct outcome_phrase outcome_spf[OUTCOMES];
extern const struct outcome_phrase outcome_dkim[OUTCOMES];

#endif
