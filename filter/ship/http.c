#include "http.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEPT = 64 * 1024,
    CONNECT_TIME = 10,       /* seconds */
    SILENT_TIME = 30 * 1000, /* milliseconds that bytes go unacknowledged */
};

struct http {
    CURL *curl;
    struct http_style style;
    struct rua_buf headers, body;
    char why[CURL_ERROR_SIZE];

    /* the request */
    struct curl_slist *lines;
    char *url;
    struct http_file file;
    uint64_t sent; /* of the file */
    size_t most;
    const struct rua_sink *into;
    struct rua_err err; /* of the answer's body, with its verdict */
    void *ctx;          /* of one of many; */
    bool flies;         /* which is under way */
};

/* What is over is taken from the server, and dropped. */
static size_t
keep(struct rua_buf *buf, const char *data, size_t n)
{
    size_t room = buf->max - buf->len;

    rua_buf_add(buf, data, n < room ? n : room);
    return n;
}

/* What is no 200 is no body to hand on, but what the server says of it. */
static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct http *http = ctx;
    long status = 0;

    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (http->into && (status == 200 || status == 206))
        http->err.verdict = http->into->write(
            http->into->ctx,
            (struct rua_span){(const unsigned char *)data, size * n},
            &http->err);
    else if (http->most && size * n > http->body.max - http->body.len)
        rua_err_set(&http->err, RUA_LATER,
                    "%.120s: the answer is longer than %zu bytes", http->url,
                    http->most);
    else
        keep(&http->body, data, size * n);
    return http->err.verdict == RUA_OK ? size * n : CURL_WRITEFUNC_ERROR;
}

static size_t
on_header(char *data, size_t size, size_t n, void *ctx)
{
    return keep(&((struct http *)ctx)->headers, data, size * n);
}

/* A file that is shorter than it was is no end of the body. */
static size_t
on_read(char *to, size_t size, size_t n, void *ctx)
{
    struct http *http = ctx;
    uint64_t left = http->file.len - http->sent;
    size_t want = size * n < left ? size * n : (size_t)left;
    ssize_t got = want ? pread(http->file.fd, to, want,
                               (off_t)(http->file.offset + http->sent))
                       : 0;

    if (got < 0 || (want && got == 0))
        return CURL_READFUNC_ABORT;
    http->sent += (size_t)got;
    return (size_t)got;
}

/* A connection that was kept, and is gone: all is sent again. */
static int
on_seek(void *ctx, curl_off_t offset, int origin)
{
    struct http *http = ctx;

    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    http->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
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
    curl_slist_free_all(http->lines);
    free(http->url);
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
    curl_easy_setopt(curl, CURLOPT_PRIVATE, http);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ruamill/" RUAMILL_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIME);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)http->style.seconds);
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

static void
set_body(struct http *http, const struct http_request *request)
{
    CURL *curl = http->curl;

    if (request->file) {
        http->file = *request->file;
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                         (curl_off_t)request->file->len);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(curl, CURLOPT_READDATA, http);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, http);
    } else if (request->body.data) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body.len);
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
}

static void
begin(struct http *http, const struct http_request *request)
{
    set_up(http);
    rua_buf_reset(&http->headers);
    rua_buf_reset(&http->body);
    http->why[0] = '\0';
    http->sent = 0;
    http->most = request->most;
    http->body.max = request->most ? request->most : KEPT;
    http->into = request->into;
    http->err = (struct rua_err){0};
    free(http->url);
    http->url = strdup(request->url);
    if (!http->url)
        rua_no_memory();
    curl_slist_free_all(http->lines);
    /* no "100 Continue" to wait for: a server that does not want the body says
     * so all the same */
    http->lines = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        http->lines = curl_slist_append(http->lines, request->headers[i]);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, http->lines);
    curl_easy_setopt(http->curl, CURLOPT_URL, request->url);
    set_body(http, request);
    curl_easy_setopt(http->curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* What libcurl says of the rest is about the connection, also that an answer is
 * no HTTP (CURLE_UNSUPPORTED_PROTOCOL): that may be what one that broke left.
 */
static enum http_fault
find_fault(CURLcode code)
{
    static const struct {
        CURLcode code;
        enum http_fault fault;
    } faults[] = {
        {CURLE_COULDNT_RESOLVE_HOST,     HTTP_AWAY       },
        {CURLE_COULDNT_CONNECT,          HTTP_AWAY       },
        {CURLE_OPERATION_TIMEDOUT,       HTTP_AWAY       },
        {CURLE_SSL_CONNECT_ERROR,        HTTP_NO_TLS     },
        {CURLE_PEER_FAILED_VERIFICATION, HTTP_CERTIFICATE},
        {CURLE_SSL_ISSUER_ERROR,         HTTP_CERTIFICATE},
        {CURLE_SSL_CACERT_BADFILE,       HTTP_CA         },
        {CURLE_URL_MALFORMAT,            HTTP_URL        },
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
        if (faults[i].code == code)
            return faults[i].fault;
    return HTTP_BROKEN;
}

/* With the time that it took, and the host's name, in front of it. */
static bool
is_wordy(CURLcode code)
{
    return code == CURLE_COULDNT_CONNECT;
}

static enum rua_verdict
end(struct http *http, CURLcode code, struct http_answer *ret_answer,
    struct rua_err *err)
{
    *ret_answer = (struct http_answer){
        .headers = rua_buf_span(&http->headers),
        .body = rua_buf_span(&http->body),
    };
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
    if (code == CURLE_OK)
        return RUA_OK;
    if (http->err.verdict != RUA_OK)
        return rua_err_set(err, http->err.verdict, "%s", http->err.sentence);
    return http_fail(&http->style, http->url, find_fault(code),
                     http->why[0] && !is_wordy(code) ? http->why
                                                     : curl_easy_strerror(code),
                     err);
}

enum rua_verdict
http_ask(struct http *http, const struct http_request *request,
         struct http_answer *ret_answer, struct rua_err *err)
{
    begin(http, request);
    return end(http, curl_easy_perform(http->curl), ret_answer, err);
}

/* ---- several at a time ---- */

struct http_many {
    CURLM *multi;
    struct http **all; /* `most` of them */
    unsigned most, flying;
};

struct http_many *
http_many_new(const struct http_style *style, unsigned most)
{
    struct http_many *many = rua_alloc(sizeof(*many));

    *many = (struct http_many){.most = most,
                               .all = rua_alloc(most * sizeof(*many->all))};
    for (unsigned i = 0; i < most; i++)
        many->all[i] = http_new(style);
    many->multi = many->all[0] ? curl_multi_init() : NULL;
    for (unsigned i = 0; i < most; i++)
        if (!many->multi || !many->all[i]) {
            http_many_free(many);
            return NULL;
        }
    return many;
}

void
http_many_free(struct http_many *many)
{
    if (!many)
        return;
    for (unsigned i = 0; i < many->most; i++) {
        if (many->all[i] && many->all[i]->flies)
            curl_multi_remove_handle(many->multi, many->all[i]->curl);
        http_free(many->all[i]);
    }
    if (many->multi)
        curl_multi_cleanup(many->multi);
    free(many->all);
    free(many);
}

bool
http_many_has_room(const struct http_many *many)
{
    return many->flying < many->most;
}

void
http_many_start(struct http_many *many, const struct http_request *request,
                void *ctx)
{
    struct http *http = NULL;

    for (unsigned i = 0; !http && i < many->most; i++)
        if (!many->all[i]->flies)
            http = many->all[i];
    begin(http, request);
    http->ctx = ctx;
    http->flies = true;
    many->flying++;
    curl_multi_add_handle(many->multi, http->curl);
}

bool
http_many_wait(struct http_many *many, struct http_done *ret_done)
{
    const CURLMsg *message;
    struct http *http;
    int running, left;

    if (!many->flying)
        return false;
    for (;;) {
        curl_multi_perform(many->multi, &running);
        message = curl_multi_info_read(many->multi, &left);
        if (message)
            break;
        curl_multi_poll(many->multi, NULL, 0, 1000, NULL);
    }
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&http);
    *ret_done = (struct http_done){.ctx = http->ctx};
    ret_done->verdict =
        end(http, message->data.result, &ret_done->answer, &ret_done->err);
    curl_multi_remove_handle(many->multi, http->curl);
    http->flies = false;
    many->flying--;
    return true;
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
