#include "check_flow.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "listen.h"
#include "origin.h"
#include "reverse.h"

static const char between[] = " \t,"; /* words of `dedicated` */

/* A folder that is missing may be made by the unit, and may be open to another
 * user than this one: that is no fault of the configuration. */
static enum rua_verdict
check_socket(const struct conf *conf, struct rua_err *err)
{
    struct listen listen;
    struct rua_err why = {0};

    /* what is handed over is not there before it is */
    if (strncmp(conf->socket, "fd:", 3) == 0)
        return RUA_OK;
    if (listen_look(conf, &listen, &why) == RUA_OK)
        printf("socket %s: ok\n", conf->socket);
    else if (listen.status == EX_CONFIG &&
             (!*listen.folder || access(listen.folder, F_OK) == 0))
        return rua_err_set(err, RUA_LATER, "%s", why.sentence);
    else
        printf("note: %s\n", why.sentence);
    return RUA_OK;
}

/* What is known of sources: databases, names, DNS. */
static enum rua_verdict
check_sources(const struct conf *conf, struct rua_err *err)
{
    const struct origins_plan plan = {conf->geoip, conf->geoip_asn,
                                      conf->senders};
    struct origins *origins = NULL;
    struct reverse *reverse = NULL;
    enum rua_verdict v = origins_open(&plan, &origins, err);

    origins_close(origins);
    if (v == RUA_OK && conf->resolver)
        v = reverse_open(NULL, 0, conf->resolver, 0, &reverse, err);
    reverse_close(reverse);
    return v;
}

/* Mail is taken without them. */
static void
check_metrics(const struct conf *conf)
{
    const char *slash = conf->metrics ? strrchr(conf->metrics, '/') : NULL;
    char folder[PATH_MAX];

    if (!conf->metrics)
        return;
    snprintf(folder, sizeof(folder), "%.*s",
             slash > conf->metrics ? (int)(slash - conf->metrics) : 1,
             slash ? conf->metrics : ".");
    if (access(folder, W_OK | X_OK) < 0)
        printf("note: metrics %s are not written: folder %s: %s\n",
               conf->metrics, folder, strerror(errno));
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

    if (allow_cache_load(conf, &allow, NULL) != RUA_OK)
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

enum rua_verdict
check_flow(const struct conf *conf, struct rua_err *err)
{
    enum rua_verdict v = check_sources(conf, err);

    if (v == RUA_OK)
        v = check_socket(conf, err);
    if (v != RUA_OK)
        return v;
    check_metrics(conf);
    check_dedicated(conf);
    printf("authserv_id: %s\n", conf->authserv_id);
    if (conf->require_auth != CONF_AUTH_OFF)
        printf("note: require_auth: only Authentication-Results of %s count "
               "(authserv_id)\n",
               conf->authserv_id);
    if (conf->after == CONF_DISCARD)
        puts("note: after = discard: a Postfix that gets little else than "
             "reports needs in_flow_delay = 0 with the milter");
    return RUA_OK;
}
