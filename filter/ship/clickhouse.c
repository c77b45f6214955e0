#include "clickhouse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAID = 150, /* bytes of what a server said */
};

#define LIKE_OURS "make the tables as ruamill ship --create does"

/* Codes of ClickHouse (src/Common/ErrorCodes.cpp) that do not go away by
 * themselves, and what to do. */
static const struct {
    int code;
    const char *hint;
} refusals[] = {
    {16,  "the table lacks a column; ruamill-ship(1) says what it needs"},
    {27,  LIKE_OURS                                                     },
    {47,  LIKE_OURS                                                     },
    {53,  LIKE_OURS                                                     },
    {60,  "ruamill ship --create makes the tables"                      },
    {62,  "see its version"                                             },
    {81,  "ruamill ship --create makes the database"                    },
    {115, "see its version"                                             },
    {164, "the user may only read; let it write, or name another one"   },
    {192, "see user and password_file"                                  },
    {193, "see user and password_file"                                  },
    {194, "see user and password_file"                                  },
    {497, "the user may not do this; grant it, or name another one"     },
    {516, "see user and password_file"                                  },
};

static char *
header(const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 3;
    char *line = rua_alloc(n);

    snprintf(line, n, "%s: %s", name, value);
    return line;
}

static enum rua_verdict
take_password(struct clickhouse *server, struct rua_err *err)
{
    char password[CONF_PASSWORD];
    enum rua_verdict v = conf_target_password(server->conf, password, err);

    if (v != RUA_OK)
        return v;
    free(server->key);
    server->key = password[0] ? header("X-ClickHouse-Key", password) : NULL;
    explicit_bzero(password, sizeof(password));
    return v;
}

void
clickhouse_renew(struct clickhouse *server)
{
    take_password(server, &(struct rua_err){0});
}

enum rua_verdict
clickhouse_open(struct clickhouse *server, const struct conf_target *conf,
                struct rua_err *err)
{
    const struct http_style style = {conf->tls_ca, conf->request_time,
                                     &ship_stopping, "url", "tls_ca"};

    *server = (struct clickhouse){.conf = conf, .http = http_new(&style)};
    if (!server->http)
        return rua_err_set(err, RUA_LATER, "libcurl cannot be set up");
    if (conf->user)
        server->user = header("X-ClickHouse-User", conf->user);
    return take_password(server, err);
}

void
clickhouse_close(struct clickhouse *server)
{
    http_free(server->http);
    free(server->user);
    free(server->key);
    *server = (struct clickhouse){0};
}

/* ---- the list of URLs ---- */

static unsigned
count_urls(const char *list)
{
    unsigned n = 0;

    while (*(list += strspn(list, " "))) {
        n++;
        list += strcspn(list, " ");
    }
    return n;
}

void
clickhouse_next(struct clickhouse *server)
{
    server->url = (server->url + 1) % count_urls(server->conf->url);
}

/* The URL without a slash at its end. */
static void
add_url(const struct clickhouse *server, struct rua_buf *to)
{
    const char *url = server->conf->url + strspn(server->conf->url, " ");
    size_t n;

    for (unsigned i = 0; i < server->url; i++) {
        url += strcspn(url, " ");
        url += strspn(url, " ");
    }
    n = strcspn(url, " ");
    while (n && url[n - 1] == '/')
        n--;
    rua_buf_add(to, url, n);
}

/* ---- questions ---- */

/* The code of an exception; 0 when there is none. */
static int
find_code(const struct http_answer *answer)
{
    struct rua_span value = http_header(answer, "X-ClickHouse-Exception-Code");
    char text[32] = "";
    int code = 0;

    if (value.data)
        snprintf(text, sizeof(text), "Code: %.*s", (int)value.len, value.data);
    else if (answer->body.len)
        snprintf(text, sizeof(text), "%.*s",
                 (int)(answer->body.len < 20 ? answer->body.len : 20),
                 answer->body.data);
    return sscanf(text, "Code: %d", &code) == 1 ? code : 0;
}

/* What the server said, without what helps its makers only. */
static void
quote(struct rua_span body, char to[SAID])
{
    static const char *const ends[] = {", e.what()", " (version",
                                       " Stack trace", "\n"};
    static const char *const begins[] = {"DB::Exception: "};
    char *at;

    ship_printable((const char *)body.data, body.len, to, SAID);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if ((at = strstr(to, ends[i])) != NULL)
            *at = '\0';
    if ((at = strstr(to, begins[0])) != NULL)
        memmove(to, at + strlen(begins[0]), strlen(at + strlen(begins[0])) + 1);
}

static enum rua_verdict
judge(const char *url, const struct http_answer *answer, struct rua_err *err)
{
    int code = find_code(answer);
    bool final = answer->status == 401 || answer->status == 403 ||
                 (answer->status == 404 && !code);
    const char *hint = answer->status == 401 || answer->status == 403
                           ? "see user and password_file"
                       : final ? "see url"
                               : "see the server's log";
    char said[SAID];

    if (answer->status == 200 && !code)
        return RUA_OK;
    if (answer->status / 100 == 3) {
        final = true;
        hint = "url must be where it leads to";
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
        if (refusals[i].code == code) {
            final = true;
            hint = refusals[i].hint;
        }
    quote(answer->body, said);
    return rua_err_set(err, final ? RUA_REFUSED : RUA_LATER,
                       "%s: %s %d%s%s; %s", url, code ? "code" : "HTTP status",
                       code ? code : (int)answer->status, said[0] ? ": " : "",
                       said, hint);
}

/* A database that is for several hosts says of CREATE how it went on each. */
static bool
is_page(const struct http_answer *answer)
{
    return answer->body.len &&
           !http_header(answer, "X-ClickHouse-Query-Id").len;
}

static enum rua_verdict
say_none(const char *url, struct rua_err *err)
{
    return rua_err_set(err, RUA_LATER,
                       "%s: what answers there is no ClickHouse; see url", url);
}

enum rua_verdict
clickhouse_ask(struct clickhouse *server, const char *parameters,
               const char *const *headers, struct rua_span body,
               struct rua_span *ret_answer, struct rua_err *err)
{
    const char *all[8] = {0};
    struct http_request request = {
        .method = "POST", .headers = all, .body = body};
    struct http_answer answer;
    struct rua_buf url;
    size_t n = 0, host;
    enum rua_verdict v;

    while (headers && headers[n]) {
        all[n] = headers[n];
        n++;
    }
    if (server->user)
        all[n++] = server->user;
    if (server->key)
        all[n++] = server->key;
    rua_buf_init(&url, SIZE_MAX / 2);
    add_url(server, &url);
    host = url.len;
    rua_buf_printf(&url, "/?%s", parameters);
    rua_buf_add_byte(&url, '\0');
    request.url = (char *)url.data;
    v = http_ask(server->http, &request, &answer, err);
    url.data[host] = '\0';
    if (v == RUA_OK)
        v = judge((char *)url.data, &answer, err);
    if (v == RUA_OK && ret_answer)
        *ret_answer = answer.body;
    else if (v == RUA_OK && is_page(&answer))
        v = say_none((char *)url.data, err);
    rua_buf_done(&url);
    return v;
}

/* "0" or "1": any web server may have a page for every question, and would seem
 * to take rows. */
static bool
is_count(struct rua_span answer)
{
    answer = rua_span_trim(answer);
    return answer.len == 1 && (answer.data[0] == '0' || answer.data[0] == '1');
}

enum rua_verdict
clickhouse_has(struct clickhouse *server, const char *table, const char *name,
               bool *ret_has, struct rua_err *err)
{
    struct rua_span answer = {0};
    char query[256];
    enum rua_verdict v;

    snprintf(query, sizeof(query),
             "SELECT count() FROM system.%s WHERE name = '%s'", table, name);
    v = clickhouse_ask(server, "", NULL, rua_span_text(query), &answer, err);
    *ret_has = v == RUA_OK && answer.len && answer.data[0] == '1';
    if (v == RUA_OK && !is_count(answer))
        return rua_err_set(err, RUA_LATER,
                           "what answers there is no ClickHouse; see url");
    return v;
}
