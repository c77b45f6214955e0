/* http_text.c - what needs no libcurl. */
#include <string.h>
#include <strings.h>

#include "http.h"

struct rua_span
http_header(const struct http_answer *answer, const char *name)
{
    struct rua_span rest = answer->headers;
    size_t n = strlen(name);

    while (rest.len) {
        const unsigned char *lf = memchr(rest.data, '\n', rest.len);
        size_t len = lf ? (size_t)(lf + 1 - rest.data) : rest.len;
        if (len > n && rest.data[n] == ':' &&
            strncasecmp((const char *)rest.data, name, n) == 0)
            return rua_span_trim(
                (struct rua_span){rest.data + n + 1, len - n - 1});
        rest.data += len;
        rest.len -= len;
    }
    return (struct rua_span){0};
}

void
http_escape(const char *text, struct rua_buf *to)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; *text; text++)
        if (strchr(plain, *text))
            rua_buf_add_byte(to, (unsigned char)*text);
        else
            rua_buf_printf(to, "%%%02X", (unsigned char)*text);
}
