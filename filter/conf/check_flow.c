#include "check_flow.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "allow_cache.h"
#include "listen.h"
#include "mend.h"
#include "metrics.h"
#include "origin.h"
#include "reverse.h"

enum {
    GROUPS = 256 /* that a user is looked for in, at most */
};

static const char between[] = " \t,"; /* words of `dedicated` */

/* Whether a user of these groups may do `what` (4, 2, 1) with it. */
static bool
may(const struct stat *st, uid_t user, const gid_t *groups, int n, mode_t what)
{
    if (st->st_uid == user)
        return (st->st_mode >> 6 & what) == what;
    for (int i = 0; i < n; i++)
        if (groups[i] == st->st_gid)
            return (st->st_mode >> 3 & what) == what;
    return (st->st_mode & what) == what;
}

/* `path`, the socket or its folder, is not for postfix: by its mode, of which
 * `mend` gives its group more, or by its group. */
static void
say_postfix(const struct conf *conf, const char *path, gid_t gid,
            const char *mend)
{
    const struct group *group = getgrgid(gid);

    printf("note: socket %s: ", conf->socket);
    if (mend)
        printf("postfix cannot use it, by the mode of %s; %s\n", path, mend);
    else if (!gid || !group)
        printf("postfix cannot use it: it is not in the group of %s; name one "
               "that it is in (socket_group), and restart the milter\n",
               path);
    else
        printf("postfix is not in group %s and cannot use it; usermod -a -G %s "
               "postfix, then restart Postfix\n",
               group->gr_name, group->gr_name);
}

/* Postfix answers all mail with 451 when it cannot connect. A socket that is
 * not there yet will have the mode and the group of the configuration. */
static void
check_postfix(const struct conf *conf, const struct listen *listen)
{
    const struct passwd *postfix = listen->path ? getpwnam("postfix") : NULL;
    gid_t groups[GROUPS];
    int n = GROUPS;
    struct stat folder,
        socket = {.st_mode = listen->mode, .st_gid = listen->group};

    if (!postfix || stat(listen->folder, &folder) < 0)
        return;
    if (getgrouplist("postfix", postfix->pw_gid, groups, &n) < 0)
        n = GROUPS;
    if (!may(&folder, postfix->pw_uid, groups, n, 1)) {
        say_postfix(conf, listen->folder, folder.st_gid,
                    folder.st_mode & 010 ? NULL : "chmod g+x it");
        return;
    }
    if (stat(listen->path, &socket) < 0 && listen->group == (gid_t)-1)
        return;
    if (!may(&socket, postfix->pw_uid, groups, n, 2))
        say_postfix(conf, listen->path, socket.st_gid,
                    socket.st_mode & 020 ? NULL : "set socket_mode = 0660");
}

/* A folder that is missing may be made by the unit, and may be open to another
 * user than this one: that is no fault of the configuration. */
static enum rua_verdict
check_socket(const struct conf *conf, struct rua_err *err)
{
    struct listen listen;
    struct rua_err why = {0};
    char sentence[MENDED];

    /* what is handed over is not there before it is */
    if (strncmp(conf->socket, "fd:", 3) == 0 && conf->socket[3] &&
        !conf->socket[3 + strspn(conf->socket + 3, "0123456789")])
        return RUA_OK;
    if (listen_look(conf, &listen, &why) == RUA_OK) {
        printf("socket %s: ok\n", conf->socket);
        check_postfix(conf, &listen);
    } else if (listen.status == EX_CONFIG &&
               (!*listen.folder || access(listen.folder, F_OK) == 0))
        return rua_err_set(err, RUA_LATER, "%s", why.sentence);
    else
        printf("note: %s\n", mended(why.sentence, sentence));
    return RUA_OK;
}

/* What is known of sources: databases, names, DNS. */
static enum rua_verdict
check_sources(const struct conf *conf, struct rua_err *err)
{
    const struct origins_plan plan = {conf->geoip, conf->geoip_asn,
                                      conf->senders};
    struct origins *origins = NULL;
    enum rua_verdict v = origins_open(&plan, &origins, err);

    origins_close(origins);
    return v == RUA_OK && conf->resolver ? reverse_check(conf->resolver, err)
                                         : v;
}

/* Mail is taken without them. */
static void
check_metrics(const struct conf *conf)
{
    struct rua_err err = {0};
    char sentence[MENDED];

    if (metrics_check(conf, &err) != RUA_OK)
        printf("note: metrics are not written to %s: %s\n", conf->metrics,
               mended(err.sentence, sentence));
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
