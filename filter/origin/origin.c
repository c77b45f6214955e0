#include "origin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "geoip.h"
#include "senders.h"

enum {
    BASES = 2,
    KNOWN = 2048 /* origins that are remembered */
};

struct known {
    char ip[INET6_ADDRSTRLEN];
    struct origin origin;
};

struct origins {
    struct geoip *bases[BASES];
    struct senders *senders;
    struct known known[KNOWN];
};

enum rua_verdict
origins_open(const struct origins_plan *plan, struct origins **ret_origins,
             struct rua_err *err)
{
    const char *const paths[BASES] = {plan->geoip, plan->geoip_asn};
    static const char *const options[BASES] = {"geoip", "geoip_asn"};
    struct origins *origins;
    enum rua_verdict v = RUA_OK;

    *ret_origins = NULL;
    if (!plan->geoip && !plan->geoip_asn && !plan->senders)
        return RUA_OK;
    origins = rua_alloc(sizeof(*origins));
    memset(origins, 0, sizeof(*origins));
    for (size_t i = 0; v == RUA_OK && i < BASES; i++)
        if (paths[i])
            v = geoip_open(options[i], paths[i], &origins->bases[i], err);
    if (v == RUA_OK && plan->senders)
        v = senders_load(plan->senders, &origins->senders, err);
    if (v == RUA_OK)
        *ret_origins = origins;
    else
        origins_close(origins);
    return v;
}

void
origins_close(struct origins *origins)
{
    if (!origins)
        return;
    for (size_t i = 0; i < BASES; i++)
        geoip_close(origins->bases[i]);
    senders_free(origins->senders);
    free(origins);
}

bool
origins_has_geoip(const struct origins *origins)
{
    return origins && (origins->bases[0] || origins->bases[1]);
}

bool
origins_has_senders(const struct origins *origins)
{
    return origins && origins->senders;
}

void
origins_name_sender(const struct origins *origins, struct origin *origin)
{
    if (origins && origins->senders)
        senders_find(origins->senders, origin);
}

/* Puts an address into the form that the databases take; false for none. */
static bool
read_address(const char *ip, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)ret_address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)ret_address;

    memset(ret_address, 0, sizeof(*ret_address));
    if (inet_pton(AF_INET, ip, &four->sin_addr) == 1)
        four->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, ip, &six->sin6_addr) == 1)
        six->sin6_family = AF_INET6;
    return ret_address->ss_family != 0;
}

static void
look_up(struct origins *origins, const char *ip, struct origin *origin)
{
    struct sockaddr_storage address;

    memset(origin, 0, sizeof(*origin));
    if (!read_address(ip, &address))
        return;
    for (size_t i = 0; i < BASES; i++)
        if (origins->bases[i])
            geoip_find(origins->bases[i],
                       (const struct sockaddr *)(void *)&address, origin);
    origins_name_sender(origins, origin);
}

const struct origin *
origins_find(struct origins *origins, struct rua_span ip)
{
    static const struct origin nowhere;
    char text[INET6_ADDRSTRLEN];
    size_t hash = 5381;
    struct known *known;

    if (!origins || !ip.len || ip.len >= sizeof(text))
        return &nowhere;
    for (size_t i = 0; i < ip.len; i++)
        hash = hash * 33 + ip.data[i];
    known = &origins->known[hash % KNOWN];
    if (strncmp(known->ip, (const char *)ip.data, ip.len) == 0 &&
        !known->ip[ip.len])
        return &known->origin;
    snprintf(text, sizeof(text), "%.*s", (int)ip.len, (const char *)ip.data);
    memcpy(known->ip, text, sizeof(text));
    look_up(origins, text, &known->origin);
    return &known->origin;
}
