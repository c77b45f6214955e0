#include "outcome.h"

#include <string.h>

/* clang-format off */
const struct outcome_words outcome_words[OUTCOME_MEANINGS] = {
    [MEANS_FORWARDED] = {"Forwarded, as the receiver says",
        "The receiver took this for mail that was forwarded or went through a "
        "mailing list, and let it pass. There is nothing to do."},
    [MEANS_CHANGED] = {"Signed by you, and changed on the way",
        "There is a signature of your domain that does not match any more. Mostly "
        "a forwarder or a mailing list that changed the message. If it is a server "
        "of yours, compare its DKIM key with the one in DNS."},
    [MEANS_SERVICE] = {"Sent by a service under its own name",
        "The message is signed, but for the domain of the service. If you use this "
        "service, have it sign with your domain: most have a page for that "
        "(\xe2\x80\x9c" "authenticate your domain\xe2\x80\x9d)."},
    [MEANS_ENVELOPE] = {"Sent with somebody else\xe2\x80\x99s return address",
        "SPF passes, but for the domain of the return address, and there is no "
        "signature of yours. Forwarders do this, and services that were not set up "
        "for your domain. A DKIM signature with your domain mends it."},
    [MEANS_ERROR] = {"Could not be checked",
        "A look-up in DNS failed, or a record has a mistake. If it goes on for "
        "days, look at the SPF record and the DKIM keys of the domain."},
    [MEANS_STRANGER] = {"Neither signed nor sent from a server of yours",
        "Either somebody uses your name: the policy reject asks receivers to refuse "
        "that. Or it is a server of yours that you forgot: then add it to the SPF "
        "record and have it sign."},
    [MEANS_UNKNOWN] = {"Failed, and the tables do not say why",
        "They lack the columns dkim_results, dkim_domains, spf_results and spf_domains, "
        "which tell a service of yours from somebody who uses your name. The setting "
        "columns = full has them in new tables, and ruamill rebuild in old ones."},
};

const struct outcome_phrase outcome_spf[OUTCOMES] = {
    [OUTCOME_PASS]  = {"pass", "passed", NULL},
    [OUTCOME_OTHER] = {"other", "passed for another domain", "passed for "},
    [OUTCOME_FAIL]  = {"fail", "failed", "failed for "},
    [OUTCOME_ERROR] = {"mixed", "could not be checked", NULL},
    [OUTCOME_NONE]  = {"none", "no record", NULL},
    [OUTCOME_UNALIGNED] = {"fail", "did not pass", NULL},
    [OUTCOME_UNKNOWN] = {"none", "not known", NULL},
};

const struct outcome_phrase outcome_dkim[OUTCOMES] = {
    [OUTCOME_PASS]  = {"pass", "passed", NULL},
    [OUTCOME_OTHER] = {"other", "signed for another domain", "signed for "},
    [OUTCOME_FAIL]  = {"fail", "broken signature", "broken signature of "},
    [OUTCOME_ERROR] = {"mixed", "could not be checked", NULL},
    [OUTCOME_NONE]  = {"none", "not signed", NULL},
    [OUTCOME_UNALIGNED] = {"fail", "did not pass", NULL},
    [OUTCOME_UNKNOWN] = {"none", "not known", NULL},
};
/* clang-format on */

/* ---- lists ---- */

/* Takes the first member off a list. */
static struct rua_span
take(struct rua_span *list)
{
    const unsigned char *comma =
        list->len ? memchr(list->data, ',', list->len) : NULL;
    struct rua_span member = *list;

    if (!comma) {
        *list = (struct rua_span){0};
        return member;
    }
    member.len = (size_t)(comma - list->data);
    list->data = comma + 1;
    list->len -= member.len + 1;
    return member;
}

static enum outcome_what
judge(struct rua_span result)
{
    if (rua_span_same(result, RUA_SPAN("pass")))
        return OUTCOME_OTHER;
    if (rua_span_same(result, RUA_SPAN("temperror")) ||
        rua_span_same(result, RUA_SPAN("permerror")))
        return OUTCOME_ERROR;
    if (result.len == 0 || rua_span_same(result, RUA_SPAN("none")))
        return OUTCOME_NONE;
    return OUTCOME_FAIL;
}

struct outcome
outcome_read(int aligned, struct rua_span results, struct rua_span domains)
{
    struct outcome best = {OUTCOME_NONE, {0}};

    while (results.data || domains.data) {
        struct rua_span result = take(&results), domain = take(&domains);
        enum outcome_what what = judge(result);
        if (what < best.what || !best.domain.data)
            best = (struct outcome){what, domain};
    }
    if (aligned == 1)
        best.what = OUTCOME_PASS;
    else if (best.what == OUTCOME_NONE)
        best.domain = (struct rua_span){0};
    return best;
}

struct outcome
outcome_read_aligned(int aligned)
{
    return (struct outcome){aligned == 1   ? OUTCOME_PASS
                            : aligned == 0 ? OUTCOME_UNALIGNED
                                           : OUTCOME_UNKNOWN,
                            {0}};
}

enum outcome_what
outcome_common(const uint64_t messages[OUTCOMES])
{
    uint64_t n = 0;

    for (int i = 0; i < OUTCOMES; i++)
        n += i == OUTCOME_UNKNOWN ? 0 : messages[i];
    if (n == 0)
        return OUTCOME_UNKNOWN;
    if (messages[OUTCOME_PASS])
        return OUTCOME_PASS;
    if (messages[OUTCOME_UNALIGNED] == n)
        return OUTCOME_UNALIGNED;
    if (messages[OUTCOME_OTHER] >= n - messages[OUTCOME_OTHER])
        return OUTCOME_OTHER;
    if (messages[OUTCOME_NONE] == n)
        return OUTCOME_NONE;
    return messages[OUTCOME_FAIL] || messages[OUTCOME_UNALIGNED]
               ? OUTCOME_FAIL
               : OUTCOME_ERROR;
}

/* ---- meaning ---- */

static bool
is_unsaid(const struct outcome *outcome)
{
    return outcome->what == OUTCOME_UNALIGNED ||
           outcome->what == OUTCOME_UNKNOWN;
}

/* The same domain, or one above or below the other. */
static bool
is_kin(struct rua_span a, struct rua_span b)
{
    struct rua_span longer = a.len > b.len ? a : b;
    struct rua_span other = a.len > b.len ? b : a;
    size_t more = longer.len - other.len;

    if (other.len == 0 || (more && longer.data[more - 1] != '.'))
        return false;
    longer.data += more;
    longer.len = other.len;
    return rua_span_same(longer, other);
}

static bool
is_forwarded(struct rua_span reasons)
{
    while (reasons.data) {
        struct rua_span reason = take(&reasons);
        if (rua_span_same(reason, RUA_SPAN("forwarded")) ||
            rua_span_same(reason, RUA_SPAN("trusted_forwarder")) ||
            rua_span_same(reason, RUA_SPAN("mailing_list")))
            return true;
    }
    return false;
}

enum outcome_meaning
outcome_meaning(const struct outcome *spf, const struct outcome *dkim,
                struct rua_span reasons, struct rua_span from)
{
    if (is_forwarded(reasons))
        return MEANS_FORWARDED;
    if (dkim->what == OUTCOME_FAIL && is_kin(dkim->domain, from))
        return MEANS_CHANGED;
    if (dkim->what == OUTCOME_OTHER)
        return MEANS_SERVICE;
    if (spf->what == OUTCOME_OTHER)
        return MEANS_ENVELOPE;
    if (dkim->what == OUTCOME_ERROR || spf->what == OUTCOME_ERROR)
        return MEANS_ERROR;
    return is_unsaid(dkim) || is_unsaid(spf) ? MEANS_UNKNOWN : MEANS_STRANGER;
}
