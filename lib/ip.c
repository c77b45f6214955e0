#include "ip.h"

#include <arpa/inet.h>
#include <string.h>

/* What is inside a pair of brackets, or all. */
static struct rua_span
unbracket(struct rua_span span)
{
    if (span.len >= 2 && span.data[0] == '[' && span.data[span.len - 1] == ']')
        return (struct rua_span){span.data + 1, span.len - 2};
    return span;
}

/* What is before the zone; only IPv6 addresses have one. */
static struct rua_span
unzone(struct rua_span span)
{
    const unsigned char *zone =
        span.len ? memchr(span.data, '%', span.len) : NULL;

    if (zone && memchr(span.data, ':', (size_t)(zone - span.data)))
        span.len = (size_t)(zone - span.data);
    return span;
}

/* An IPv4 address that is canonical already, as nearly all are; it costs a
 * tenth of inet_pton(3) and inet_ntop(3). */
static bool
is_plain_ipv4(struct rua_span span)
{
    unsigned octet = 0, digits = 0, dots = 0;

    for (size_t i = 0; i < span.len; i++) {
        unsigned char c = span.data[i];
        if (c >= '0' && c <= '9') {
            if (digits && octet == 0)
                return false;
            octet = octet * 10 + (unsigned)(c - '0');
            if (++digits > 3 || octet > 255)
                return false;
        } else if (c == '.' && digits) {
            octet = digits = 0;
            dots++;
        } else {
            return false;
        }
    }
    return dots == 3 && digits;
}

bool
rua_ip_canonical(struct rua_span raw, char ret_ip[RUA_IP_SIZE])
{
    struct rua_span span = unzone(unbracket(rua_span_trim(raw)));
    struct in6_addr address;
    char text[RUA_IP_SIZE];
    int family;

    if (is_plain_ipv4(span)) {
        memcpy(ret_ip, span.data, span.len);
        ret_ip[span.len] = '\0';
        return true;
    }
    if (!span.len || span.len >= sizeof(text) ||
        memchr(span.data, '\0', span.len))
        return false;
    memcpy(text, span.data, span.len);
    text[span.len] = '\0';
    family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(family, text, &address) == 1 &&
           inet_ntop(family, &address, ret_ip, RUA_IP_SIZE);
}
