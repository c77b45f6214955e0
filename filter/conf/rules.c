#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "options.h"

enum rua_verdict
rules_read(const struct command_settings *settings, struct rules **ret_rules,
           struct rua_err *err)
{
    struct rules *rules = rua_alloc(sizeof(*rules));
    enum rua_verdict v;

    rules->allow = NULL;
    atomic_init(&rules->holders, 1);
    conf_init(&rules->conf);
    v = command_prepare(settings, &rules->conf, &rules->allow, err);
    if (v == RUA_OK)
        *ret_rules = rules;
    else
        rules_drop(rules);
    return v;
}

/* What takes effect while the program runs. Workers, store and socket were made
 * by the others. */
static bool
may_change(const struct conf_option *option)
{
    static const char *const names[] = {
        "allow",           "allow_ca",        "after",
        "on_bad",          "dedicated",       "require_auth",
        "pipe_time_limit", "max_new_domains", "max_quarantine"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

static enum rua_verdict
check_fixed(const struct conf *old, const struct conf *new, struct rua_err *err)
{
    for (size_t i = 0; i < conf_option_count; i++) {
        const struct conf_option *option = &conf_options[i];
        char scratch[2][CONF_SCRATCH];
        const char *was = conf_option_show(option, old, scratch[0]);
        const char *is = conf_option_show(option, new, scratch[1]);
        if (may_change(option) || strcmp(was ? was : "", is ? is : "") == 0)
            continue;
        return rua_err_set(err, RUA_LATER,
                           "%s is \"%.80s\" and cannot become \"%.80s\" while "
                           "ruamill runs: start it anew",
                           option->name, was ? was : "", is ? is : "");
    }
    return RUA_OK;
}

enum rua_verdict
rules_read_again(const struct command_settings *settings,
                 const struct rules *old, struct rules **ret_rules,
                 struct rua_err *err)
{
    struct rules *rules;
    enum rua_verdict v = rules_read(settings, &rules, err);

    if (v != RUA_OK)
        return v;
    v = check_fixed(&old->conf, &rules->conf, err);
    if (v == RUA_OK)
        *ret_rules = rules;
    else
        rules_drop(rules);
    return v;
}

struct rules *
rules_hold(struct rules *rules)
{
    atomic_fetch_add(&rules->holders, 1);
    return rules;
}

void
rules_drop(struct rules *rules)
{
    if (!rules || atomic_fetch_sub(&rules->holders, 1) > 1)
        return;
    rua_allow_free(rules->allow);
    conf_done(&rules->conf);
    free(rules);
}

/* Whether a list of words, with blanks, TABs or commas between them, has this
 * one, without regard to case. */
static bool
has_word(const char *list, struct rua_span word)
{
    static const char between[] = " \t,";

    for (list += strspn(list, between); *list; list += strspn(list, between)) {
        size_t n = strcspn(list, between);
        struct rua_span one = {(const unsigned char *)list, n};
        if (rua_span_same(one, word))
            return true;
        list += n;
    }
    return false;
}

enum rules_address
rules_judge(const struct rules *rules, const char *address, struct rua_err *err)
{
    struct rua_allow_line line;
    const char *at = strrchr(address, '@');
    struct rua_span domain = rua_span_text(at ? at + 1 : "");

    enum rua_verdict v =
        rua_allow_find(rules->allow, rua_span_text(address), &line, err);

    if (v != RUA_NOT_REPORT)
        return v == RUA_OK ? RULES_RUA : RULES_LATER;
    if (domain.len && domain.data[domain.len - 1] == '>')
        domain.len--;
    return rules->conf.dedicated && domain.len &&
                   has_word(rules->conf.dedicated, domain)
               ? RULES_UNKNOWN
               : RULES_OTHER;
}
