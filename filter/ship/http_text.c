/* http_text.c - what needs no libcurl. */
#include <string.h>
#include <strings.h>

#include "http.h"
#include "ship.h"

enum {
    SHOWN = 100, /* bytes of a URL in a sentence, */
    SAID = 110,  /* and of what libcurl says */
};

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

/* ---- sentences ---- */

/* Bytes of "scheme://host". */
static int
host_len(const char *url)
{
    const char *host = strstr(url, "://");
    size_t n = host ? (size_t)(host + 3 - url) : 0;

    n += strcspn(url + n, "/?");
    return n < SHOWN ? (int)n : SHOWN;
}

/* What to do about a certificate; those of libcurl's libraries for TLS say it
 * in these words. */
static enum rua_verdict
fail_certificate(const struct http_style *style, const char *url,
                 const char *why, struct rua_err *err)
{
    if (strstr(why, "subject name"))
        return rua_err_set(err, RUA_REFUSED,
                           "%.*s: %s; name the server in %s as its "
                           "certificate does",
                           host_len(url), url, why, style->url_option);
    if (strstr(why, "expired"))
        return rua_err_set(err, RUA_REFUSED,
                           "%.*s: %s; the server needs a "
                           "new one",
                           host_len(url), url, why);
    return rua_err_set(err, RUA_REFUSED,
                       "%.*s: %s; name its certificate, or that of its CA, "
                       "with %s",
                       host_len(url), url, why, style->ca_option);
}

enum rua_verdict
http_fail(const struct http_style *style, const char *url,
          enum http_fault fault, const char *why, struct rua_err *err)
{
    int n = host_len(url);
    const char *option = style->url_option;
    char said[SAID];

    ship_printable(why, strlen(why), said, sizeof(said));
    if (style->stop && *style->stop)
        return rua_err_set(err, RUA_LATER, "it was told to stop");
    switch (fault) {
    case HTTP_AWAY:
        return rua_err_set(err, RUA_LATER,
                           "%.*s does not answer (%s); see that the server "
                           "runs, or mend %s",
                           n, url, said, option);
    case HTTP_NO_TLS:
        return rua_err_set(err, RUA_LATER,
                           "%.*s: %s; see whether there is TLS, or mend %s", n,
                           url, said, option);
    case HTTP_CERTIFICATE:
        return fail_certificate(style, url, said, err);
    case HTTP_CA:
        return rua_err_set(err, RUA_REFUSED, "%.*s: %s; mend %s", n, url, said,
                           style->ca_option);
    case HTTP_URL:
        return rua_err_set(err, RUA_REFUSED, "%.*s: %s; mend %s", n, url, said,
                           option);
    case HTTP_BROKEN:
        break;
    }
    return rua_err_set(err, RUA_LATER,
                       "%.*s: %s; see that the server runs, or mend %s", n, url,
                       said, option);
}
