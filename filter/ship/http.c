#include "http.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    KEPT = 64 * 1024,
    CONNECT_TIME = 10, /* seconds */
    WHOLE_TIME = 300,
    SILENT_TIME = 30 * 1000, /* milliseconds that bytes go unacknowledged */
};

struct http {
    CURL *curl;
    struct http_style style;
    struct rua_buf headers, body;
    bool bounded; /* the body, by the request's `most` */
    char why[CURL_ERROR_SIZE];
};

/* What is over is taken from the server, and dropped. */
static size_t
keep(struct rua_buf *buf, const char *data, size_t n)
{
    size_t room = buf->max - buf->len;

    rua_buf_add(buf, data, n < room ? n : room);
    return n;
}

static bool
is_over(const struct http *http, size_t n)
{
    return http->bounded && n > http->body.max - http->body.len;
}

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct http *http = ctx;

    return is_over(http, size * n) ? CURL_WRITEFUNC_ERROR
                                   : keep(&http->body, data, size * n);
}

static size_t
on_header(char *data, size_t size, size_t n, void *ctx)
{
    return keep(&((struct http *)ctx)->headers, data, size * n);
}

static int
on_progress(void *ctx, curl_off_t down, curl_off_t downloaded, curl_off_t up,
            curl_off_t uploaded)
{
    const struct http *http = ctx;

    (void)down;
    (void)downloaded;
    (void)up;
    (void)uploaded;
    return http->style.stop && *http->style.stop;
}

/* A peer that is gone without a word is noticed while it has bytes of ours. */
static int
on_socket(void *ctx, curl_socket_t fd, curlsocktype type)
{
    unsigned silent = SILENT_TIME;

    (void)ctx;
    (void)type;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent));
    return CURL_SOCKOPT_OK;
}

struct http *
http_new(const struct http_style *style)
{
    struct http *http = rua_alloc(sizeof(*http));

    *http = (struct http){.style = *style};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        http->curl = curl_easy_init();
    if (!http->curl) {
        free(http);
        return NULL;
    }
    rua_buf_init(&http->headers, KEPT);
    rua_buf_init(&http->body, KEPT);
    return http;
}

void
http_free(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    rua_buf_done(&http->headers);
    rua_buf_done(&http->body);
    free(http);
}

static void
set_up(struct http *http)
{
    CURL *curl = http->curl;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ruamill/" RUAMILL_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIME);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE_TIME);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 15L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 5L);
    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->why);
    if (http->style.tls_ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, http->style.tls_ca);
}

static struct curl_slist *
set_request(struct http *http, const struct http_request *request)
{
    CURL *curl = http->curl;
    /* no "100 Continue" to wait for: a server that does not want the body says
     * so all the same */
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; request->headers && request->headers[i]; i++)
        headers = curl_slist_append(headers, request->headers[i]);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    if (request->body.data) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body.len);
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    return headers;
}

/* Whether somebody has to mend something before it can go. */
static bool
is_final(CURLcode code)
{
    static const CURLcode codes[] = {
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
        CURLE_SSL_ISSUER_ERROR, CURLE_URL_MALFORMAT,
        CURLE_UNSUPPORTED_PROTOCOL};

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

enum rua_verdict
http_ask(struct http *http, const struct http_request *request,
         struct http_answer *ret_answer, struct rua_err *err)
{
    struct curl_slist *headers;
    CURLcode code;

    set_up(http);
    headers = set_request(http, request);
    rua_buf_reset(&http->headers);
    rua_buf_reset(&http->body);
    http->bounded = request->most;
    http->body.max = request->most ? request->most : KEPT;
    http->why[0] = '\0';
    code = curl_easy_perform(http->curl);
    curl_slist_free_all(headers);
    *ret_answer = (struct http_answer){
        .headers = rua_buf_span(&http->headers),
        .body = rua_buf_span(&http->body),
    };
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
    if (code == CURLE_OK)
        return RUA_OK;
    if (code == CURLE_WRITE_ERROR)
        return rua_err_set(
            err, RUA_LATER, "%.*s: the answer is longer than %zu bytes",
            (int)strcspn(request->url, "?"), request->url, request->most);
    return rua_err_set(err, is_final(code) ? RUA_REFUSED : RUA_LATER,
                       "%.*s: %s", (int)strcspn(request->url, "?"),
                       request->url,
                       http->why[0] ? http->why : curl_easy_strerror(code));
}

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

const char *
http_version(void)
{
    static char text[64];
    const curl_version_info_data *data = curl_version_info(CURLVERSION_NOW);

    snprintf(text, sizeof(text), "libcurl %s %s", data->version,
             data->ssl_version ? data->ssl_version : "without TLS");
    return text;
}
