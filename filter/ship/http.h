/* http.h - libcurl's door: one request after the other, over HTTP or HTTPS. */
#ifndef RUAMILL_HTTP_H
#define RUAMILL_HTTP_H

#include <stdbool.h>

#include "buf.h"

struct http;

/* `tls_ca`: a file with the certificates to trust; NULL: those of the machine.
 * The server's certificate and name are always checked. `stop`: a request in
 * flight ends when this becomes true. */
struct http_style {
    const char *tls_ca;
    volatile int *stop;
};

/* NULL when libcurl cannot be set up. */
struct http *http_new(const struct http_style *style);
void http_free(struct http *http);

struct http_request {
    const char *method; /* "GET", "POST", "PUT", ... */
    const char *url;
    const char *const *headers; /* "Name: value", ended by a NULL; or NULL */
    struct rua_span body;       /* absent: none */
    size_t most; /* bytes of the answer's body: a longer one is no answer; 0:
                    any number, of which 64 KiB are kept */
};

/* Up to 64 KiB of the headers are kept. Borrowed until the next request. */
struct http_answer {
    long status;
    struct rua_span headers; /* lines as they came */
    struct rua_span body;
};

/* RUA_OK for any answer, whatever its status. RUA_LATER, with a sentence that
 * names the host, when there was none; RUA_REFUSED when its certificate, or
 * what it is checked by, is not good, or the URL is none. */
enum rua_verdict http_ask(struct http *http, const struct http_request *request,
                          struct http_answer *ret_answer, struct rua_err *err);

/* The value of an answer's header, without regard to the case of its name;
 * absent when there is no such header. */
struct rua_span http_header(const struct http_answer *answer, const char *name);

/* Appends text as part of a URL (RFC 3986, section 2.1). */
void http_escape(const char *text, struct rua_buf *to);

/* "libcurl 7.88.1 OpenSSL/3.0.15". */
const char *http_version(void);

#endif
