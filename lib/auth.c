#include "auth.h"

#include <string.h>
#include <strings.h>

#include "mail.h"
#include "scan.h"

enum {
    MOST_RESULTS = 100 /* of a field */
};

#define DKIM_WORDS "none pass fail policy neutral temperror permerror"

/* clang-format off */
const struct rua_auth_rule rua_auth_methods[RUA_N_AUTH_METHODS] = {
    [RUA_AUTH_DMARC] = {"dmarc", "none pass fail temperror permerror",
                        {"header.from", NULL}, .any = false},
    [RUA_AUTH_DKIM] =  {"dkim", DKIM_WORDS,
                        {"header.d", "header.i"}, .any = true},
    [RUA_AUTH_SPF] =   {"spf", DKIM_WORDS " softfail",
                        {"smtp.mailfrom", "smtp.helo"}, .any = true},
};
/* clang-format on */

static bool
is_own(const struct rua_auth *auth, struct rua_span value)
{
    unsigned char room[RUA_SCAN_VALUE];

    return rua_scan_find(auth->own_names, rua_scan_unquote(value, room)).data !=
           NULL;
}

/* ---- Received ---- */

/* Pairs of a name and a value: "from a by b with c id d for <e>; date". The
 * value of "from" is what the client called itself, "by" for instance. */
static struct rua_span
find_by(const char *value)
{
    struct rua_scan scan;

    if (!rua_scan_begin(&scan, value))
        return (struct rua_span){0};
    for (;;) {
        struct rua_span name = rua_scan_value(&scan);
        struct rua_span host = rua_scan_value(&scan);
        if (scan.bad || !host.len)
            return (struct rua_span){0};
        if (rua_span_same(name, RUA_SPAN("by")))
            return host;
    }
}

/* ---- Authentication-Results ---- */

/* What a field says of a method: values as they stand there. */
struct claim {
    struct rua_span word; /* of the table */
    struct rua_span domains[2];
};

size_t
rua_auth_method(struct rua_span name)
{
    size_t i = 0;

    while (i < RUA_N_AUTH_METHODS &&
           !rua_span_same(name, rua_span_text(rua_auth_methods[i].name)))
        i++;
    return i;
}

/* Whether a result, or what stands for one, is over. */
static bool
is_over(struct rua_scan *scan)
{
    return rua_scan_is_at_end(scan) || rua_scan_sees(scan, ';');
}

/* "header.d" is "header", then "d". */
static bool
is_property(const char *property, struct rua_span type, struct rua_span name)
{
    struct rua_span whole = rua_span_text(property);

    return whole.len == type.len + 1 + name.len &&
           rua_span_same((struct rua_span){whole.data, type.len}, type) &&
           whole.data[type.len] == '.' &&
           rua_span_same((struct rua_span){whole.data + type.len + 1, name.len},
                         name);
}

/* Takes "reason=value" or "type.property=value". */
static void
take_property(struct rua_scan *scan, size_t method, struct claim *claim)
{
    struct rua_span type = rua_scan_name(scan);
    struct rua_span name = {0};
    struct rua_span value;

    if (rua_scan_take(scan, '.')) {
        name = rua_scan_name(scan);
        scan->bad |= !name.len;
    }
    scan->bad |= !type.len || !rua_scan_take(scan, '=');
    value = rua_scan_value(scan);
    for (size_t i = 0; i < 2 && method < RUA_N_AUTH_METHODS; i++)
        if (rua_auth_methods[method].properties[i] && !claim->domains[i].data &&
            is_property(rua_auth_methods[method].properties[i], type, name))
            claim->domains[i] = value;
}

/* Takes "method/version=result" and what belongs to it. False when the method
 * or its version is not one of ours. */
static bool
take_result(struct rua_scan *scan, struct rua_span name, size_t *ret_method,
            struct claim *ret_claim)
{
    struct rua_span version = RUA_SPAN("1");
    struct rua_span word;

    *ret_claim = (struct claim){0};
    *ret_method = rua_auth_method(name);
    if (rua_scan_take(scan, '/'))
        version = rua_scan_name(scan);
    scan->bad |= !version.len || !rua_scan_take(scan, '=');
    word = rua_scan_name(scan);
    scan->bad |= !word.len;
    while (!scan->bad && !is_over(scan))
        take_property(scan, *ret_method, ret_claim);
    if (*ret_method == RUA_N_AUTH_METHODS ||
        !rua_span_same(version, RUA_SPAN("1")))
        return false;
    ret_claim->word = rua_scan_find(rua_auth_methods[*ret_method].words, word);
    return ret_claim->word.data != NULL;
}

static bool
is_pass(const struct claim *claim)
{
    return rua_span_same(claim->word, RUA_SPAN("pass"));
}

/* A first claim, or a better one. */
static void
add_claim(struct claim *claims, size_t method, const struct claim *claim)
{
    struct claim *old = &claims[method];

    if (!old->word.data || (is_pass(old) != is_pass(claim) &&
                            is_pass(claim) == rua_auth_methods[method].any))
        *old = *claim;
}

/* Takes the results: "; none", or one or more. False when they are
 * malformed. */
static bool
take_results(struct rua_scan *scan, struct claim *claims)
{
    size_t results = 0, nones = 0, method;
    struct claim claim;

    while (!scan->bad && !rua_scan_is_at_end(scan)) {
        struct rua_span name;
        if (!rua_scan_take(scan, ';'))
            return false;
        name = rua_scan_name(scan);
        if (is_over(scan)) {
            /* An empty one, as many servers write it behind the last. */
            if (name.len && !rua_span_same(name, RUA_SPAN("none")))
                return false;
            nones += name.len > 0;
            continue;
        }
        if (!name.len || ++results > MOST_RESULTS)
            return false;
        if (take_result(scan, name, &method, &claim))
            add_claim(claims, method, &claim);
    }
    return !scan->bad && nones + (results > 0) <= 1;
}

/* The domain that a value is, or the one of the address that it is. */
static bool
find_domain(struct rua_span value, char ret_domain[RUA_DOMAIN_SIZE])
{
    unsigned char room[RUA_SCAN_VALUE];
    struct rua_span domain = rua_scan_unquote(value, room);
    const unsigned char *sign =
        domain.len ? memrchr(domain.data, '@', domain.len) : NULL;

    if (sign) {
        domain.len -= (size_t)(sign + 1 - domain.data);
        domain.data = sign + 1;
    }
    return rua_domain_to_ascii(domain, ret_domain);
}

/* What a claim comes to: its domain is the first that is one. */
static void
keep_claim(struct rua_auth_result *result, size_t method,
           const struct claim *claim)
{
    result->word = claim->word;
    result->property = NULL;
    for (size_t i = 0; i < 2 && !result->property; i++)
        if (claim->domains[i].data &&
            find_domain(claim->domains[i], result->domain))
            result->property = rua_auth_methods[method].properties[i];
}

/* False when a field cannot be read so far as to know that it is not ours, or
 * is ours and cannot be read; one of a version that is not 1 may mean anything.
 * To write on where our server stumbled is what a forger would try. */
static bool
take_field(struct rua_auth *auth, const char *value)
{
    struct rua_scan scan;
    struct claim claims[RUA_N_AUTH_METHODS] = {0};
    struct rua_span name, version;

    if (!rua_scan_begin(&scan, value))
        return false;
    name = rua_scan_value(&scan);
    if (!is_own(auth, name))
        return !scan.bad;
    version = rua_scan_name(&scan);
    if ((version.len && !rua_span_same(version, RUA_SPAN("1"))) ||
        !take_results(&scan, claims))
        return false;
    for (size_t i = 0; i < RUA_N_AUTH_METHODS; i++)
        if (claims[i].word.data && !auth->results[i].word.data)
            keep_claim(&auth->results[i], i, &claims[i]);
    return true;
}

/* Whether a field is surely not ours. */
static bool
is_anothers(const struct rua_auth *auth, const char *value)
{
    struct rua_scan scan;
    struct rua_span name;

    if (!rua_scan_begin(&scan, value))
        return false;
    name = rua_scan_value(&scan);
    return !scan.bad && !is_own(auth, name);
}

void
rua_auth_begin(struct rua_auth *auth, const char *own_names)
{
    *auth = (struct rua_auth){.own_names = own_names};
}

void
rua_auth_field(struct rua_auth *auth, const char *name, const char *value)
{
    if (auth->over || !value)
        return;
    if (rua_mail_is_field(name, "Received"))
        auth->over = !is_own(auth, find_by(value));
    else if (strcasecmp(name, "Authentication-Results") == 0)
        auth->over = !take_field(auth, value);
    else if (rua_mail_is_field(name, "Authentication-Results"))
        auth->over = !is_anothers(auth, value);
}
