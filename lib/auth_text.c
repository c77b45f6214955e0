/* The canonical text of auth.h. */
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "scan.h"

/* Bytes of the text without its domains. */
static size_t
count_words(const struct rua_auth *auth)
{
    size_t n = 0;

    for (size_t i = 0; i < RUA_N_AUTH_METHODS; i++)
        if (auth->results[i].word.data)
            n += (n > 0) + strlen(rua_auth_methods[i].name) + strlen("=") +
                 auth->results[i].word.len;
    return n;
}

void
rua_auth_end(const struct rua_auth *auth, char ret_text[RUA_AUTH_SIZE])
{
    size_t room = RUA_AUTH_SIZE - 1 - count_words(auth);
    size_t len = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < RUA_N_AUTH_METHODS; i++) {
        const struct rua_auth_result *result = &auth->results[i];
        size_t more;
        if (!result->word.data)
            continue;
        len += (size_t)snprintf(
            ret_text + len, RUA_AUTH_SIZE - len, "%s%s=%.*s", len ? " " : "",
            rua_auth_methods[i].name, (int)result->word.len, result->word.data);
        if (!result->property)
            continue;
        more = strlen(result->property) + strlen(result->domain) + 2;
        if (more > room)
            continue;
        room -= more;
        len += (size_t)snprintf(ret_text + len, RUA_AUTH_SIZE - len, " %s=%s",
                                result->property, result->domain);
    }
}

/* Takes a word of a text: "dkim=pass", or "header.d=example.com" of the method
 * before it. */
static bool
read_word(struct rua_auth *auth, struct rua_span word, size_t *method)
{
    const unsigned char *sign =
        word.len ? memchr(word.data, '=', word.len) : NULL;
    struct rua_span name, value;
    struct rua_auth_result *result;

    if (!sign)
        return false;
    name = (struct rua_span){word.data, (size_t)(sign - word.data)};
    value = (struct rua_span){sign + 1, word.len - name.len - 1};
    if (rua_auth_method(name) < RUA_N_AUTH_METHODS) {
        *method = rua_auth_method(name);
        auth->results[*method].word =
            rua_scan_find(rua_auth_methods[*method].words, value);
        return true;
    }
    if (*method == RUA_N_AUTH_METHODS)
        return false;
    result = &auth->results[*method];
    for (size_t i = 0; i < 2; i++)
        if (rua_span_same(
                name, rua_span_text(rua_auth_methods[*method].properties[i])))
            result->property = rua_auth_methods[*method].properties[i];
    return result->property && rua_domain_fold(value, result->domain);
}

/* A text is canonical when it would be written again as it is. */
static bool
read_text(const char *text, struct rua_auth *ret_auth)
{
    char again[RUA_AUTH_SIZE];
    size_t method = RUA_N_AUTH_METHODS;
    const char *at = text;

    rua_auth_begin(ret_auth, NULL);
    while (*at) {
        size_t n = strcspn(at, " ");
        if (!read_word(ret_auth,
                       (struct rua_span){(const unsigned char *)at, n},
                       &method))
            return false;
        at += n + (at[n] != '\0');
    }
    rua_auth_end(ret_auth, again);
    return strcmp(text, again) == 0;
}

bool
rua_auth_is_text(const char *text)
{
    struct rua_auth auth;

    return *text && read_text(text, &auth);
}

bool
rua_auth_passed(const char *text, enum rua_auth_method method)
{
    struct rua_auth auth;

    return text && read_text(text, &auth) &&
           rua_span_same(auth.results[method].word, RUA_SPAN("pass"));
}
