#include "check_flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allow.h"
#include "listen.h"

static const char between[] = " \t,"; /* words of `dedicated` */

static void
check_socket(const struct conf *conf)
{
    struct listen listen;
    struct rua_err err = {0};

    /* what is handed over is not there before it is */
    if (strncmp(conf->socket, "fd:", 3) == 0)
        return;
    if (listen_look(conf, &listen, &err) == RUA_OK)
        printf("socket %s: ok\n", conf->socket);
    else
        printf("note: %s\n", err.sentence);
}

/* Whoever takes mail takes that for these (RFC 5321, RFC 2142). */
static void
check_duties(const struct rua_allow *allow, struct rua_span domain)
{
    static const char *const duties[] = {"postmaster", "abuse"};

    for (size_t i = 0; i < sizeof(duties) / sizeof(*duties); i++) {
        char address[RUA_SENTENCE_MAX];
        struct rua_allow_line line;
        snprintf(address, sizeof(address), "%s@%.*s", duties[i],
                 (int)domain.len, (const char *)domain.data);
        if (rua_allow_find(allow, rua_span_text(address), &line, NULL) ==
            RUA_NOT_REPORT)
            printf("note: dedicated: the milter refuses %s, which is not on "
                   "the allowlist\n",
                   address);
    }
}

static void
check_dedicated(const struct conf *conf)
{
    const char *word = conf->dedicated ? conf->dedicated : "";
    struct rua_allow *allow = NULL;

    if (rua_allow_load(conf->allow, &allow, NULL) != RUA_OK)
        return;
    for (word += strspn(word, between); *word; word += strspn(word, between)) {
        size_t n = strcspn(word, between);
        struct rua_span domain = {(const unsigned char *)word, n};
        if (rua_allow_has_domain(allow, domain))
            check_duties(allow, domain);
        else
            printf("note: dedicated: no address of the allowlist is in %.*s: "
                   "the milter refuses all of its recipients\n",
                   (int)n, word);
        word += n;
    }
    rua_allow_free(allow);
}

void
check_flow(const struct conf *conf)
{
    check_socket(conf);
    check_dedicated(conf);
    printf("authserv_id: %s\n", conf->authserv_id);
    if (conf->require_auth != CONF_AUTH_OFF)
        printf("note: require_auth: only Authentication-Results of %s count "
               "(authserv_id)\n",
               conf->authserv_id);
    if (conf->after == CONF_DISCARD)
        puts("note: after = discard: a Postfix that gets little else than "
             "reports needs in_flow_delay = 0 with the milter");
}
