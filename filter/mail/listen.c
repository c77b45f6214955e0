#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "host.h"

enum {
    FILES_ASIDE = 96, /* for the store, the log, libmilter */
};

static enum rua_verdict
fail(struct listen *listen, int status, enum rua_verdict said)
{
    listen->status = status;
    return said;
}

/* ---- unix:PATH ---- */

static enum rua_verdict
look_at_folder(struct listen *listen, struct rua_err *err)
{
    const char *slash = strrchr(listen->path, '/');
    const char *folder = listen->folder;
    struct stat st;

    snprintf(listen->folder, sizeof(listen->folder), "%.*s",
             slash > listen->path ? (int)(slash - listen->path) : 1,
             slash ? listen->path : ".");
    if (stat(folder, &st) < 0)
        return fail(
            listen, EX_CONFIG,
            rua_err_sys(err, "socket %s: the folder %s", listen->name, folder));
    if (!S_ISDIR(st.st_mode))
        return fail(listen, EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %s: %s is no folder; name a path in "
                                "one",
                                listen->name, folder));
    if (access(folder, W_OK | X_OK) < 0)
        return fail(listen, EX_NOPERM,
                    rua_err_sys(err, "socket %s: cannot write to the folder %s",
                                listen->name, folder));
    if (lstat(listen->path, &st) == 0 && !S_ISSOCK(st.st_mode))
        return fail(listen, EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %s: is there, and no socket; move it "
                                "away, or name another path",
                                listen->name));
    return RUA_OK;
}

static enum rua_verdict
look_at_group(struct listen *listen, const char *name, struct rua_err *err)
{
    struct group *group;

    listen->group = (gid_t)-1;
    if (!name)
        return RUA_OK;
    group = getgrnam(name);
    if (!group)
        return fail(
            listen, EX_CONFIG,
            rua_err_set(err, RUA_LATER,
                        "socket_group: there is no group %s; make it, or "
                        "name another",
                        name));
    listen->group = group->gr_gid;
    return RUA_OK;
}

static enum rua_verdict
look_unix(struct listen *listen, const char *path, const struct conf *conf,
          struct rua_err *err)
{
    struct sockaddr_un *address = (void *)&listen->address;
    enum rua_verdict v;

    listen->path = path;
    listen->mode = conf->socket_mode;
    if (!*path || strlen(path) >= sizeof(address->sun_path))
        return fail(listen, EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %.120s: the path must have 1 to %zu "
                                "bytes",
                                listen->name, sizeof(address->sun_path) - 1));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path) + 1);
    listen->len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    v = look_at_group(listen, conf->socket_group, err);
    return v == RUA_OK ? look_at_folder(listen, err) : v;
}

/* ---- inet:PORT@HOST ---- */

/* Whether it is a number from 1 to 65535, in digits, or a known service. */
static bool
is_port(const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    unsigned long number = strtoul(port, NULL, 10); /* of too many: ULONG_MAX */

    if (port[strspn(port, "0123456789")] == '\0')
        return number >= 1 && number <= 65535;
    if (strchr("+- \t", port[0]) || getaddrinfo(NULL, port, &hints, &found))
        return false;
    freeaddrinfo(found);
    return true;
}

static enum rua_verdict
look_inet(struct listen *listen, const char *rest, int family,
          struct rua_err *err)
{
    const struct addrinfo hints = {.ai_family = family,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char port[32], host[256];
    const char *at = strchr(rest, '@');
    size_t n = at ? (size_t)(at - rest) : strlen(rest);
    size_t bracket = at && at[1] == '[';
    int failed;

    snprintf(port, sizeof(port), "%.*s", (int)(n < 32 ? n : 31), rest);
    snprintf(host, sizeof(host), "%s", at ? at + 1 + bracket : "");
    if (bracket && *host)
        host[strlen(host) - 1] = '\0';
    if (!is_port(port))
        return fail(listen, EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %s: the port is \"%.*s\", must be a "
                                "number from 1 to 65535 or the name of a "
                                "service",
                                listen->name, (int)n, rest));
    failed = getaddrinfo(*host ? host : NULL, port, &hints, &found);
    if (failed)
        return fail(listen, failed == EAI_AGAIN ? EX_UNAVAILABLE : EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %s: the host \"%s\" is not known: %s; "
                                "mend the name behind @",
                                listen->name, host, gai_strerror(failed)));
    memcpy(&listen->address, found->ai_addr, found->ai_addrlen);
    listen->len = found->ai_addrlen;
    freeaddrinfo(found);
    return RUA_OK;
}

static enum rua_verdict
look_inet4(struct listen *listen, const char *rest, const struct conf *conf,
           struct rua_err *err)
{
    (void)conf;
    return look_inet(listen, rest, AF_INET, err);
}

static enum rua_verdict
look_inet6(struct listen *listen, const char *rest, const struct conf *conf,
           struct rua_err *err)
{
    (void)conf;
    return look_inet(listen, rest, AF_INET6, err);
}

/* ---- fd:N ---- */

static enum rua_verdict
look_fd(struct listen *listen, const char *rest, const struct conf *conf,
        struct rua_err *err)
{
    char *end;
    long fd = strtol(rest, &end, 10);
    int listening = 0;
    socklen_t len = sizeof(listening);

    (void)conf;
    if (!*rest || *end || fd < 0 || fd > 1023 ||
        getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 ||
        !listening)
        return fail(listen, EX_CONFIG,
                    rua_err_set(err, RUA_LATER,
                                "socket %s: no listening socket was handed "
                                "over there (the first of LISTEN_FDS is fd:3)",
                                listen->name));
    fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    listen->len = sizeof(listen->address);
    getsockname((int)fd, (struct sockaddr *)&listen->address, &listen->len);
    return RUA_OK;
}

/* ---- all ---- */

/* By what is in front; libmilter has the same names. */
static const struct {
    const char *prefix;
    size_t skip;
    enum rua_verdict (*look)(struct listen *listen, const char *rest,
                             const struct conf *conf, struct rua_err *err);
} forms[] = {
    {"unix:",  5, look_unix },
    {"local:", 6, look_unix },
    {"/",      0, look_unix },
    {"inet:",  5, look_inet4},
    {"inet6:", 6, look_inet6},
    {"fd:",    3, look_fd   },
};

enum rua_verdict
listen_look(const struct conf *conf, struct listen *ret_listen,
            struct rua_err *err)
{
    const char *name = conf->socket;

    *ret_listen = (struct listen){.name = name, .lock = -1};
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (strncmp(name, forms[i].prefix, strlen(forms[i].prefix)) == 0)
            return forms[i].look(ret_listen, name + forms[i].skip, conf, err);
    return fail(ret_listen, EX_CONFIG,
                rua_err_set(err, RUA_LATER,
                            "socket is \"%.80s\", must be unix:PATH, "
                            "inet:PORT@HOST, inet6:PORT@HOST or fd:N",
                            name));
}

static enum rua_verdict
take_lock(struct listen *listen, struct rua_err *err)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
    int fd;

    snprintf(path, sizeof(path), "%s.lock", listen->path);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(listen, EX_NOPERM, rua_err_sys(err, "%s", path));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        listen->lock = fd;
        return RUA_OK;
    }
    if (errno == EWOULDBLOCK)
        rua_err_set(err, RUA_LATER,
                    "socket %s: another ruamill serves it (%s is locked); "
                    "end that one first, or name another socket",
                    listen->name, path);
    else
        rua_err_sys(err, "%s", path);
    close(fd);
    return fail(listen, EX_UNAVAILABLE, RUA_LATER);
}

/* What to do about an address that cannot be bound. */
static enum rua_verdict
say_address(struct listen *listen, struct rua_err *err)
{
    const char *name = listen->name, *at = strchr(name, '@');
    const int error = errno;

    if (error == EADDRINUSE)
        rua_err_set(err, RUA_LATER,
                    "socket %s: another program listens there (%s); end that "
                    "one, or name another port",
                    name, strerror(error));
    else if (error == EADDRNOTAVAIL && at)
        rua_err_set(err, RUA_LATER,
                    "socket %s: no address of this machine is %s; name one "
                    "that is, or leave out %s",
                    name, at + 1, at);
    else if (error == EACCES)
        rua_err_set(err, RUA_LATER,
                    "socket %s: ports below 1024 need CAP_NET_BIND_SERVICE; "
                    "name another one",
                    name);
    else
        rua_err_sys(err, "socket %s", name);
    return fail(listen, error == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
                RUA_LATER);
}

/* Binds the address as libmilter will, for the error of it. */
static enum rua_verdict
try_address(struct listen *listen, struct rua_err *err)
{
    const int yes = 1;
    int fd = socket(listen->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound;

    if (fd < 0)
        return fail(listen, EX_UNAVAILABLE,
                    rua_err_sys(err, "socket %s", listen->name));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    bound = bind(fd, (struct sockaddr *)&listen->address, listen->len) == 0;
    if (!bound)
        say_address(listen, err);
    close(fd);
    return bound ? RUA_OK : RUA_LATER;
}

enum rua_verdict
listen_claim(struct listen *listen, struct rua_err *err)
{
    if (listen->path)
        return take_lock(listen, err);
    return strncmp(listen->name, "fd:", 3) == 0 ? RUA_OK
                                                : try_address(listen, err);
}

/* The socket has its mode from its first moment. */
void
listen_before(const struct listen *listen, mode_t *ret_umask)
{
    *ret_umask = umask(0077);
    umask(listen->path ? ~listen->mode & 0777 : *ret_umask);
}

static enum rua_verdict
say_group(const struct listen *listen, struct rua_err *err)
{
    const struct passwd *user;
    const struct group *group;

    if (errno != EPERM)
        return rua_err_sys(err, "socket_group: %s", listen->path);
    user = getpwuid(geteuid());
    group = getgrgid(listen->group);
    return rua_err_set(err, RUA_LATER,
                       "socket_group: %s is not in the group %s; add it, or "
                       "name another group",
                       user ? user->pw_name : "this user",
                       group ? group->gr_name : "that is named");
}

enum rua_verdict
listen_after(struct listen *listen, mode_t umask_before, struct rua_err *err)
{
    umask(umask_before);
    if (!listen->path)
        return RUA_OK;
    if (listen->group != (gid_t)-1 &&
        lchown(listen->path, (uid_t)-1, listen->group) < 0)
        return fail(listen, EX_NOPERM, say_group(listen, err));
    if (chmod(listen->path, listen->mode) < 0)
        return fail(listen, EX_NOPERM,
                    rua_err_sys(err, "socket_mode: %s", listen->path));
    return RUA_OK;
}

void
listen_leave(struct listen *listen)
{
    if (listen->lock >= 0)
        unlink(listen->path);
}

void
listen_done(struct listen *listen)
{
    listen_leave(listen);
    if (listen->lock >= 0)
        close(listen->lock);
    listen->lock = -1;
}

enum rua_verdict
listen_raise_files(unsigned connections, unsigned jobs, unsigned *ret_most,
                   struct rua_err *err)
{
    /* a connection itself, and the message that it brings */
    rlim_t others = (rlim_t)connections + (rlim_t)jobs * 6 + FILES_ASIDE;
    rlim_t need = connections + others;
    rlim_t files;

    if (host_raise_files(&files, err) != RUA_OK)
        return RUA_LATER;
    if (files != RLIM_INFINITY && files < need)
        return rua_err_set(err, RUA_LATER,
                           "max_connections = %u needs %llu open files, and "
                           "the limit is %llu (LimitNOFILE=, ulimit -n)",
                           connections, (unsigned long long)need,
                           (unsigned long long)files);
    *ret_most =
        files - others < UINT_MAX ? (unsigned)(files - others) : UINT_MAX;
    return RUA_OK;
}
