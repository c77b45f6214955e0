#include "url.h"

#include <stdlib.h>
#include <string.h>

enum {
    PORTS = 65535
};

/* "", ":" and ":8123" are good. */
static const char *
port_wrong(const char *text, const char *end)
{
    unsigned long port = 0;

    if (text == end)
        return NULL;
    if (*text++ != ':')
        return "has no host that could be one";
    for (; text < end && port <= PORTS; text++) {
        if (*text < '0' || *text > '9')
            return "has a port that is no number";
        port = port * 10 + (unsigned long)(*text - '0');
    }
    return port > PORTS ? "has a port above 65535" : NULL;
}

const char *
conf_url_wrong(const char *url, size_t len)
{
    const char *scheme = memmem(url, len, "://", 3), *last = url + len;
    const char *host, *end, *at;

    if (!scheme)
        return "has no \"://\"";
    host = scheme + 3;
    for (end = host; end < last && !strchr("/?#", *end);)
        end++;
    at = memrchr(host, '@', (size_t)(end - host));
    if (at)
        host = at + 1;
    if (host == end || *host == ':')
        return "has no host";
    if (*host == '[') {
        at = memchr(host, ']', (size_t)(end - host));
        return at ? port_wrong(at + 1, end) : "has a [ without a ]";
    }
    at = memchr(host, ':', (size_t)(end - host));
    return port_wrong(at ? at : end, end);
}
