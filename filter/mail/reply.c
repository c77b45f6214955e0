#include "reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    STAMP_VALUE_MAX = 100, /* of a domain or a reporter, quotes aside */
};

static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "abcdefghijklmnopqrstuvwxyz0123456789.-_";

/* Whose move it is after a verdict, and what is said if that is not ours. */
static const struct {
    enum {
        TAKEN,
        LEFT,   /* somebody's ordinary mail */
        FAULTY, /* kept aside, or rejected */
        OURS    /* our own fault */
    } kind;
    const char *code, *dsn;
    const char *stamp;
} table[] = {
    [RUA_OK] = {TAKEN,  NULL,  NULL,    "stored"   },
    [RUA_DUPLICATE] = {TAKEN,  NULL,  NULL,    "duplicate"},
    [RUA_NOT_REPORT] = {LEFT,   NULL,  NULL,    NULL       },
    [RUA_BAD] = {FAULTY, "554", "5.6.0", "aside"    },
    [RUA_REFUSED] = {FAULTY, "550", "5.7.1", "aside"    },
    [RUA_LATER] = {OURS,   "451", "4.3.0", NULL       },
};

bool
reply_rejects_bad(const struct reply_case *of)
{
    return of->on_bad == CONF_REJECT && of->only_ruas;
}

static enum reply_action
choose(const struct reply_case *of)
{
    if (table[of->verdict].kind == OURS)
        return REPLY_TEMPFAIL;
    if (table[of->verdict].kind == FAULTY && reply_rejects_bad(of))
        return REPLY_REJECT;
    if (table[of->verdict].kind == LEFT || of->after == CONF_ACCEPT)
        return REPLY_ACCEPT;
    return of->only_ruas ? REPLY_DISCARD : REPLY_DELRCPT;
}

/* Printable ASCII without line ends. libmilter hands the text to MTAs that take
 * it for a format: "%" is doubled. */
static void
clean(const char *text, char ret_text[REPLY_TEXT_SIZE])
{
    size_t n = 0;

    for (; *text && n + 2 < REPLY_TEXT_SIZE; text++) {
        if (*text == '%')
            ret_text[n++] = '%';
        ret_text[n++] = (char)(*text >= ' ' && *text <= '~' ? *text : '?');
    }
    ret_text[n] = '\0';
}

void
reply_refuse(struct reply *ret_reply, enum reply_action action,
             const char *code, const char *dsn, const char *text)
{
    *ret_reply = (struct reply){.action = action, .code = code, .dsn = dsn};
    clean(text, ret_reply->text);
}

void
reply_choose(const struct reply_case *of, const char *sentence,
             struct reply *ret_reply)
{
    enum reply_action action = choose(of);

    if (action == REPLY_TEMPFAIL)
        sentence = "the report cannot be taken at the moment; try again later";
    if (action == REPLY_TEMPFAIL || action == REPLY_REJECT)
        reply_refuse(ret_reply, action, table[of->verdict].code,
                     table[of->verdict].dsn, sentence);
    else
        *ret_reply = (struct reply){.action = action,
                                    .stamped = action == REPLY_ACCEPT &&
                                               table[of->verdict].stamp};
}

const char *
reply_action_name(enum reply_action action)
{
    static const char *const names[] = {
        [REPLY_DISCARD] = "discard",   [REPLY_ACCEPT] = "accept",
        [REPLY_DELRCPT] = "delrcpt",   [REPLY_REJECT] = "reject",
        [REPLY_TEMPFAIL] = "tempfail",
    };

    return names[action];
}

/* "; KEY=VALUE" behind what is there: a token, or a quoted-string (RFC 5322,
 * section 3.2.4). */
static void
add_value(char stamp[REPLY_STAMP_SIZE], const char *key, const char *value)
{
    char clean_value[2 * STAMP_VALUE_MAX + 1];
    const char *quote;
    size_t len = strlen(stamp), n = 0;

    if (!value || !*value)
        return;
    quote = value[strspn(value, token)] ? "\"" : "";
    for (size_t i = 0; value[i] && i < STAMP_VALUE_MAX; i++) {
        if (value[i] == '"' || value[i] == '\\')
            clean_value[n++] = '\\';
        clean_value[n++] =
            (char)(value[i] >= ' ' && value[i] <= '~' ? value[i] : '?');
    }
    clean_value[n] = '\0';
    snprintf(stamp + len, REPLY_STAMP_SIZE - len, "; %s=%s%s%s", key, quote,
             clean_value, quote);
}

void
reply_stamp(enum rua_verdict verdict, uint64_t records, const char *domain,
            const char *org, char ret_value[REPLY_STAMP_SIZE])
{
    const char *word = table[verdict].stamp;
    int len = snprintf(ret_value, REPLY_STAMP_SIZE, "%s", word ? word : "none");

    if (verdict == RUA_OK)
        snprintf(ret_value + len, REPLY_STAMP_SIZE - (size_t)len,
                 "; records=%" PRIu64, records);
    add_value(ret_value, "domain", domain);
    add_value(ret_value, "org", org);
}
