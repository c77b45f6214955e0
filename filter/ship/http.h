/* http.h - libcurl's door: requests over HTTP or HTTPS, one after the other or
 * several at a time. */
#ifndef RUAMILL_HTTP_H
#define RUAMILL_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct http;

/* `tls_ca`: a file with the certificates to trust; NULL: those of the machine.
 * The server's certificate and name are always checked. `seconds`: a request
 * must be done by then, answer and all; 0: no such limit. `stop`: a request in
 * flight ends when this becomes true. */
struct http_style {
    const char *tls_ca;
    unsigned seconds;
    volatile int *stop;
    const char *url_option, *ca_option; /* where url and tls_ca are set, for
                                           sentences */
};

/* NULL when libcurl cannot be set up. */
struct http *http_new(const struct http_style *style);
void http_free(struct http *http);

/* Bytes [offset, offset + len) of an open file. They are read as they are
 * sent, so that memory does not grow with them. */
struct http_file {
    int fd;
    uint64_t offset, len;
};

struct http_request {
    const char *method; /* "GET", "POST", "PUT", ... */
    const char *url;
    const char *const *headers;   /* "Name: value", ended by a NULL; or NULL */
    struct rua_span body;         /* absent: none */
    const struct http_file *file; /* in place of `body`; or NULL */
    size_t most; /* bytes of the answer's body: a longer one is no answer; 0:
                    any number, of which 64 KiB are kept */
    /* Gets the body of an answer with status 200 or 206, piece by piece; NULL:
     * it is kept. Any other verdict than RUA_OK ends the request, with it. */
    const struct rua_sink *into;
};

/* Up to 64 KiB of the headers are kept. Borrowed until the next request. */
struct http_answer {
    long status;
    struct rua_span headers; /* lines as they came */
    struct rua_span body;
};

/* RUA_OK for any answer, whatever its status. RUA_LATER, with a sentence that
 * names the host and says what to do, when there was none; RUA_REFUSED when its
 * certificate, or what it is checked by, is not good, or the URL is none. */
enum rua_verdict http_ask(struct http *http, const struct http_request *request,
                          struct http_answer *ret_answer, struct rua_err *err);

/* ---- several at a time ---- */

struct http_many;

/* So many requests at a time, at most. NULL when libcurl cannot be set up. */
struct http_many *http_many_new(const struct http_style *style, unsigned most);
void http_many_free(struct http_many *many);
bool http_many_has_room(const struct http_many *many);

/* There must be room. `body`, `into` and the file's descriptor are borrowed
 * until the request is done; all else is copied. */
void http_many_start(struct http_many *many, const struct http_request *request,
                     void *ctx);

/* A request that is done: as http_ask() would have returned. Its answer is
 * borrowed until the next start. */
struct http_done {
    void *ctx;
    enum rua_verdict verdict;
    struct rua_err err;
    struct http_answer answer;
};

/* Waits for one; false when there is none. */
bool http_many_wait(struct http_many *many, struct http_done *ret_done);

/* The value of an answer's header, without regard to the case of its name;
 * absent when there is no such header. */
struct rua_span http_header(const struct http_answer *answer, const char *name);

/* Appends text as part of a URL (RFC 3986, section 2.1). */
void http_escape(const char *text, struct rua_buf *to);

/* ---- for the parts of this module ---- */

/* Why there is no answer. */
enum http_fault {
    HTTP_BROKEN,      /* the connection, or what came by it */
    HTTP_AWAY,        /* nobody answers */
    HTTP_NO_TLS,      /* or not in TLS */
    HTTP_CERTIFICATE, /* it is not good */
    HTTP_CA,          /* what it is checked by is not */
    HTTP_URL,         /* there can be none from there */
};

/* Its verdict and sentence; `why` is libcurl's. */
enum rua_verdict http_fail(const struct http_style *style, const char *url,
                           enum http_fault fault, const char *why,
                           struct rua_err *err);

/* "libcurl 7.88.1 OpenSSL/3.0.15". */
const char *http_version(void);

#endif
