#include "reverse.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "domain.h"
#include "host.h"
#include "recall.h"
#include "since.h"

enum {
    TRY_MS = 1500, /* before a question is asked again */
    TRIES = 3,
    NAME_SIZE = 256,
    SOCKETS = 15 /* the macros of ares.h shift a bit too far for the 16th */
};

/* One address and its name. */
struct one {
    struct reverse *reverse;
    char ip[INET6_ADDRSTRLEN];
    char name[NAME_SIZE]; /* "" until it has led back */
    char claimed[NAME_SIZE];
    int family;
    unsigned char address[16];
    bool answered;
    bool fresh; /* DNS has said it now, and may be believed for a day */
};

struct reverse {
    ares_channel channel;
    struct one *all; /* by ip */
    size_t n, open;
};

static int
compare(const void *a, const void *b)
{
    const struct one *one = a, *other = b;

    return strcmp(one->ip, other->ip);
}

/* A server that failed has said nothing of the address. */
static void
end_one(struct one *one, int status)
{
    one->answered = true;
    one->fresh = status == ARES_SUCCESS || status == ARES_ENOTFOUND ||
                 status == ARES_ENODATA;
    one->reverse->open--;
}

static bool
is_address_of(const struct one *one, const struct ares_addrinfo_node *node)
{
    const void *address;

    if (node->ai_family != one->family)
        return false;
    address = node->ai_family == AF_INET
                  ? (const void *)&((struct sockaddr_in *)(void *)node->ai_addr)
                        ->sin_addr
                  : &((struct sockaddr_in6 *)(void *)node->ai_addr)->sin6_addr;
    return memcmp(address, one->address, one->family == AF_INET ? 4 : 16) == 0;
}

static void
take_addresses(void *arg, int status, int timeouts,
               struct ares_addrinfo *addresses)
{
    struct one *one = arg;

    (void)timeouts;
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
        return;
    for (const struct ares_addrinfo_node *node =
             status == ARES_SUCCESS ? addresses->nodes : NULL;
         node && !*one->name; node = node->ai_next)
        if (is_address_of(one, node))
            memcpy(one->name, one->claimed, sizeof(one->name));
    if (addresses)
        ares_freeaddrinfo(addresses);
    end_one(one, status);
}

/* A name is one that could be a file's: what else DNS may give is no host. */
static void
take_name(void *arg, int status, int timeouts, struct hostent *host)
{
    struct one *one = arg;
    struct ares_addrinfo_hints hints = {.ai_family = one->family,
                                        .ai_flags = ARES_AI_NOSORT};
    char name[RUA_DOMAIN_SIZE];

    (void)timeouts;
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
        return;
    if (status != ARES_SUCCESS || !host->h_name ||
        !rua_domain_fold(rua_span_text(host->h_name), name)) {
        end_one(one, status);
        return;
    }
    snprintf(one->claimed, sizeof(one->claimed), "%s", name);
    ares_getaddrinfo(one->reverse->channel, one->claimed, NULL, &hints,
                     take_addresses, one);
}

/* Waits for what c-ares waits for, once. */
static void
wait_once(struct reverse *reverse, int64_t most_ms)
{
    ares_socket_t sockets[SOCKETS];
    struct pollfd polls[SOCKETS];
    struct timeval most = {.tv_sec = most_ms / 1000,
                           .tv_usec = most_ms % 1000 * 1000},
                   wait = most, *until;
    int mask = ares_getsock(reverse->channel, sockets, SOCKETS);
    nfds_t n = 0;

    for (int i = 0; i < SOCKETS; i++) {
        short events = (short)((ARES_GETSOCK_READABLE(mask, i) ? POLLIN : 0) |
                               (ARES_GETSOCK_WRITABLE(mask, i) ? POLLOUT : 0));
        if (events)
            polls[n++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    until = ares_timeout(reverse->channel, &most, &wait);
    if (poll(polls, n,
             (int)(until->tv_sec * 1000 + until->tv_usec / 1000 + 1)) <= 0)
        n = 0;
    for (nfds_t i = 0; i < n; i++)
        ares_process_fd(
            reverse->channel,
            polls[i].revents & ~POLLOUT ? polls[i].fd : ARES_SOCKET_BAD,
            polls[i].revents & POLLOUT ? polls[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(reverse->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
fill(struct reverse *reverse, const struct rua_span *addresses, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct one *one = &reverse->all[reverse->n];
        *one = (struct one){.reverse = reverse};
        if (!addresses[i].len || addresses[i].len >= sizeof(one->ip))
            continue;
        memcpy(one->ip, addresses[i].data, addresses[i].len);
        one->family = inet_pton(AF_INET, one->ip, one->address) == 1 ? AF_INET
                      : inet_pton(AF_INET6, one->ip, one->address) == 1
                          ? AF_INET6
                          : 0;
        reverse->n += one->family != 0;
    }
    if (reverse->n)
        qsort(reverse->all, reverse->n, sizeof(*reverse->all), compare);
    for (size_t i = 0; i < reverse->n; i++)
        if (kept == 0 ||
            strcmp(reverse->all[kept - 1].ip, reverse->all[i].ip) != 0)
            reverse->all[kept++] = reverse->all[i];
    reverse->n = kept;
}

static enum rua_verdict
begin(struct reverse *reverse, const char *server, struct rua_err *err)
{
    static char only_dns[] = "b";
    struct ares_options options = {
        .timeout = TRY_MS, .tries = TRIES, .lookups = only_dns};
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    if (status == ARES_SUCCESS)
        status = ares_init_options(&reverse->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_LOOKUPS);
    if (status != ARES_SUCCESS)
        return rua_err_set(err, RUA_LATER, "ptr: %s", ares_strerror(status));
    if (server)
        status = ares_set_servers_ports_csv(reverse->channel, server);
    if (status == ARES_SUCCESS)
        return RUA_OK;
    ares_destroy(reverse->channel);
    return rua_err_set(err, RUA_LATER,
                       "resolver %s: is no address such as 192.0.2.1 or "
                       "192.0.2.1:5353",
                       server);
}

/* "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353": of what
 * else stands there, c-ares takes what it understands. */
static bool
is_server(const char *text)
{
    unsigned char address[16];
    char host[INET6_ADDRSTRLEN + 1] = "";
    size_t bracket = *text == '[';
    bool is_six = bracket || strchr(text, ':') != strrchr(text, ':');
    size_t n = strcspn(text + bracket, bracket ? "]" : is_six ? "" : ":");
    const char *rest = text + bracket + n;

    if (n >= sizeof(host) || (bracket && *rest++ != ']'))
        return false;
    memcpy(host, text + bracket, n);
    host[strcspn(host, "%")] = '\0'; /* which interface */
    if (inet_pton(is_six ? AF_INET6 : AF_INET, host, address) != 1)
        return false;
    if (*rest++ != ':')
        return !rest[-1];
    return host_is_port(rest, strlen(rest));
}

enum rua_verdict
reverse_check(const char *server, struct rua_err *err)
{
    const char *comma;
    char one[64];

    for (const char *p = server; p; p = comma ? comma + 1 : NULL) {
        size_t n;
        p += strspn(p, " ");
        n = strcspn(p, ",");
        comma = p[n] ? p + n : NULL;
        snprintf(one, sizeof(one), "%.*s", (int)n, p);
        if (n >= sizeof(one) || !is_server(one))
            return rua_err_set(err, RUA_LATER,
                               "resolver %s: is no address such as 192.0.2.1 "
                               "or 192.0.2.1:5353, with a port up to 65535",
                               server);
    }
    return RUA_OK;
}

/* A question for each address that is not known from earlier. */
static void
look_up(struct reverse *reverse, const char *server, int64_t end)
{
    struct recall *recall = recall_open(server, (int64_t)time(NULL));
    int64_t left;

    reverse->open = reverse->n;
    for (size_t i = 0; i < reverse->n; i++) {
        struct one *one = &reverse->all[i];
        const char *name = recall_find(recall, one->ip);
        if (name) {
            snprintf(one->name, sizeof(one->name), "%s", name);
            one->answered = true;
            reverse->open--;
            continue;
        }
        ares_gethostbyaddr(reverse->channel, one->address,
                           one->family == AF_INET ? 4 : 16, one->family,
                           take_name, one);
    }
    while (reverse->open && (left = end - now_ms()) > 0)
        wait_once(reverse, left);
    for (size_t i = 0; i < reverse->n; i++)
        if (reverse->all[i].fresh)
            recall_add(recall, reverse->all[i].ip, reverse->all[i].name);
    recall_close(recall);
}

enum rua_verdict
reverse_open(const struct rua_span *addresses, size_t n, const char *server,
             unsigned wait_ms, struct reverse **ret_reverse,
             struct rua_err *err)
{
    struct reverse *reverse = rua_alloc(sizeof(*reverse));
    int64_t end = now_ms() + wait_ms;
    enum rua_verdict v;

    *reverse = (struct reverse){0};
    v = begin(reverse, server, err);
    if (v != RUA_OK) {
        free(reverse);
        return v;
    }
    reverse->all = rua_alloc((n + 1) * sizeof(*reverse->all));
    fill(reverse, addresses, n);
    if (reverse->n)
        look_up(reverse, server, end);
    ares_destroy(reverse->channel);
    ares_library_cleanup();
    *ret_reverse = reverse;
    return RUA_OK;
}

void
reverse_close(struct reverse *reverse)
{
    if (!reverse)
        return;
    free(reverse->all);
    free(reverse);
}

const char *
reverse_find(const struct reverse *reverse, struct rua_span ip)
{
    struct one wanted = {0};
    const struct one *found;

    if (ip.len >= sizeof(wanted.ip) || !reverse->n)
        return "";
    if (ip.len)
        memcpy(wanted.ip, ip.data, ip.len);
    found = bsearch(&wanted, reverse->all, reverse->n, sizeof(wanted), compare);
    return found ? found->name : "";
}

size_t
reverse_late(const struct reverse *reverse)
{
    return reverse->open;
}
