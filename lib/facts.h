/* facts.h - what the tokens of a report and a record mean: times, counts,
 * addresses, alignment.
 *
 * Nothing is made up: a token that means nothing here is left to the columns
 * that show it as sent, and to a warning. */
#ifndef RUA_FACTS_H
#define RUA_FACTS_H

#include "ip.h"
#include "report.h"

/* Seconds since 1970 of 2010-01-01 and 2100-01-01, UTC: a period that begins
 * outside goes to the partition "undated". */
#define RUA_PERIOD_FIRST INT64_C(1262304000)
#define RUA_PERIOD_END   INT64_C(4102444800)

/* A token as a number. `odd`: it is present, and either means nothing or was
 * bent ("1337270400.0"). */
struct rua_number {
    int64_t value;
    bool valid;
    bool odd;
};

/* A policy_evaluated token: did the mechanism pass, with alignment? */
enum rua_outcome {
    RUA_UNKNOWN, /* absent, empty, or a word that is no result */
    RUA_FAIL,    /* "fail", or another result that is no pass (then odd) */
    RUA_PASS,
};

struct rua_report_facts {
    /* Seconds since 1970, below RUA_PERIOD_END. Odd, too: a begin before
     * RUA_PERIOD_FIRST, an end before the begin. */
    struct rua_number begin;
    struct rua_number end;
    struct rua_number pct; /* 0 to 100 */
};

struct rua_record_facts {
    struct rua_number count; /* 0 to 2^63 - 1 */
    enum rua_outcome dkim, spf, dmarc;
    bool dkim_odd, spf_odd;
    bool ip_valid, ip_odd;
    char ip[RUA_IP_SIZE]; /* canonical, if valid */
};

void rua_facts_of_report(const struct rua_report *report,
                         struct rua_report_facts *ret_facts);
void rua_facts_of_record(const struct rua_record *record,
                         struct rua_record_facts *ret_facts);

/* How many warnings a row of theirs has: oddities, and odd tokens. */
unsigned rua_facts_report_warnings(const struct rua_report *report,
                                   const struct rua_report_facts *facts);
unsigned rua_facts_record_warnings(const struct rua_record *record,
                                   const struct rua_record_facts *facts);

/* The code of `token` in a table of words, letters without regard to case; -1
 * when it is not there. */
int rua_facts_code(struct rua_span token, const char *const *words, size_t n);

#endif
