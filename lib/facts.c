#include "facts.h"

#include <string.h>

/* Decimal digits up to `max`; with `bend`, a fraction behind them is cut off.
 */
static struct rua_number
number(struct rua_span token, int64_t max, bool bend)
{
    struct rua_number n = {.odd = token.data != NULL};
    const unsigned char *p, *end;
    int64_t value = 0;

    if (token.len == 0)
        return n;
    end = token.data + token.len;
    for (p = token.data; p < end && *p >= '0' && *p <= '9'; p++) {
        if (value > (max - (*p - '0')) / 10)
            return n;
        value = value * 10 + (*p - '0');
    }
    if (p == token.data)
        return n;
    n.odd = p < end;
    if (bend && p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++)
            ;
    n.valid = p == end;
    n.value = n.valid ? value : 0;
    return n;
}

int
rua_facts_code(struct rua_span token, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rua_span_same(token, rua_span_text(words[i])))
            return (int)i;
    return -1;
}

static enum rua_outcome
outcome(struct rua_span token, bool *ret_odd)
{
    /* The results of RFC 7489 and RFC 8601; "hardfail" is seen. */
    static const char *const words[] = {"pass",      "fail",      "none",
                                        "neutral",   "softfail",  "policy",
                                        "temperror", "permerror", "hardfail"};
    int code = -1;

    if (token.len)
        code = rua_facts_code(token, words, sizeof(words) / sizeof(*words));
    *ret_odd = token.len > 0 && (code < 0 || code > 1);
    return code < 0 ? RUA_UNKNOWN : code == 0 ? RUA_PASS : RUA_FAIL;
}

void
rua_facts_of_report(const struct rua_report *report,
                    struct rua_report_facts *ret_facts)
{
    const struct rua_span *field = report->field;
    struct rua_number *begin = &ret_facts->begin, *end = &ret_facts->end;

    ret_facts->begin = number(field[RUA_BEGIN], RUA_PERIOD_END - 1, true);
    ret_facts->end = number(field[RUA_END], RUA_PERIOD_END - 1, true);
    ret_facts->pct = number(field[RUA_PCT], 100, false);
    if (begin->valid && begin->value < RUA_PERIOD_FIRST)
        begin->odd = true;
    if (begin->valid && end->valid && end->value < begin->value)
        end->odd = true;
}

void
rua_facts_of_record(const struct rua_record *record,
                    struct rua_record_facts *ret_facts)
{
    const struct rua_span *field = record->field;
    struct rua_record_facts *f = ret_facts;

    f->count = number(field[RUA_COUNT], INT64_MAX, false);
    f->dkim = outcome(field[RUA_EVALUATED_DKIM], &f->dkim_odd);
    f->spf = outcome(field[RUA_EVALUATED_SPF], &f->spf_odd);
    if (f->dkim == RUA_PASS || f->spf == RUA_PASS)
        f->dmarc = RUA_PASS;
    else if (f->dkim == RUA_FAIL && f->spf == RUA_FAIL)
        f->dmarc = RUA_FAIL;
    else
        f->dmarc = RUA_UNKNOWN;
    f->ip_valid = rua_ip_canonical(field[RUA_SOURCE_IP], f->ip);
    f->ip_odd = !f->ip_valid && field[RUA_SOURCE_IP].len > 0;
}

static unsigned
count_bits(uint32_t bits)
{
    unsigned n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

unsigned
rua_facts_report_warnings(const struct rua_report *report,
                          const struct rua_report_facts *facts)
{
    return count_bits(report->oddities) + facts->begin.odd + facts->end.odd +
           facts->pct.odd;
}

unsigned
rua_facts_record_warnings(const struct rua_record *record,
                          const struct rua_record_facts *facts)
{
    return count_bits(record->oddities) + facts->ip_odd + facts->count.odd +
           facts->dkim_odd + facts->spf_odd;
}
