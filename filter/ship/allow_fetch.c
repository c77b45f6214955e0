#include "allow_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "allow_cache.h"
#include "command.h"
#include "file.h"
#include "http.h"
#include "log.h"
#include "mend.h"
#include "ship.h"
#include "view.h"

#define LIST     ALLOW_CACHE_LIST RUA_ALLOW_COMPILED
#define NEW_LIST LIST ".new"
#define LOCK     ALLOW_CACHE_FOLDER "/lock"

enum {
    FEW = 10,           /* RUAs, of which the half may go any time */
    REQUEST_TIME = 300, /* seconds */
    HTTP_OK = 200,
    HTTP_NOT_MODIFIED = 304,
};

struct fetch {
    const struct conf *conf;
    const char *called; /* the list, in sentences */
    bool force;
    int root, lock;
    struct allow_note note;
    size_t before; /* RUAs of the list that is there, */
    bool has;      /* if there is one */
    size_t now;    /* RUAs of the one that was taken */
};

/* ---- beginning ---- */

static enum rua_verdict
take_lock(struct fetch *fetch, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v =
        rua_file_open(fetch->root, LOCK, O_RDWR | O_CREAT, &fetch->lock, err);

    if (v == RUA_OK && rua_file_lock(fetch->lock, LOCK, 0, &why) != RUA_OK)
        v = rua_err_set(err, RUA_LATER,
                        "another ruamill allow fetch is at work; wait for its "
                        "end");
    return v;
}

static void
look_at_list(struct fetch *fetch)
{
    struct rua_allow *allow = NULL;

    fetch->has = allow_cache_load(fetch->conf, &allow, NULL) == RUA_OK;
    fetch->before = fetch->has ? rua_allow_count(allow) : 0;
    rua_allow_free(allow);
    allow_note_read(fetch->root, fetch->conf, &fetch->note);
}

/* RUA_REFUSED: the store is no folder, or not for us. */
static enum rua_verdict
open_store(struct fetch *fetch, struct rua_err *err)
{
    const char *path = fetch->conf->store;
    enum rua_verdict v = rua_file_open_root(path, true, &fetch->root, NULL);
    struct rua_err why = {0};

    if (v == RUA_OK)
        return rua_file_check_root(fetch->root, &why) == RUA_OK
                   ? RUA_OK
                   : rua_err_set(err, RUA_REFUSED, "store %s: %s", path,
                                 why.sentence);
    v = errno == ENOENT ? RUA_REFUSED : RUA_LATER; /* no folder to make it in */
    return view_say_closed(path, err) == RUA_REFUSED ? RUA_REFUSED : v;
}

static enum rua_verdict
begin(struct fetch *fetch, struct rua_err *err)
{
    struct rua_err why = {0};
    enum rua_verdict v = open_store(fetch, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_make_folders(fetch->root, ALLOW_CACHE_FOLDER, &why);
    if (v == RUA_OK)
        v = take_lock(fetch, &why);
    if (v != RUA_OK)
        return rua_err_set(err, v, "store %s: %s", fetch->conf->store,
                           why.sentence);
    v = command_enter_prison(fetch->conf, NULL, err);
    if (v == RUA_OK)
        look_at_list(fetch);
    return v;
}

/* ---- the answer ---- */

/* Something went wrong where the answer was made, and half of the domains are
 * not on it? That is for an administrator to say. */
static enum rua_verdict
judge(const struct fetch *fetch, const struct rua_allow *allow,
      struct rua_err *err)
{
    size_t now = rua_allow_count(allow);

    if (now == 0)
        return rua_err_set(err, RUA_BAD,
                           "%s: no RUA is on the list; mend it there",
                           fetch->called);
    if (!fetch->force && fetch->before >= FEW && now < fetch->before / 2)
        return rua_err_set(err, RUA_BAD,
                           "%s: the list has %zu RUAs, where there are %zu; "
                           "if that is right: ruamill allow fetch --force",
                           fetch->called, now, fetch->before);
    return RUA_OK;
}

/* Without a note nothing is known of the list: so it goes before the list comes
 * that it does not know. */
static enum rua_verdict
put_in_place(struct fetch *fetch, const struct rua_allow *allow,
             struct rua_err *err)
{
    int fd;
    enum rua_verdict v = rua_file_make(fetch->root, NEW_LIST, &fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_allow_compile(allow, fd, err);
    if (v == RUA_OK && futimens(fd, NULL) < 0) /* no text has its time */
        v = rua_err_sys(err, "set the time of " NEW_LIST);
    if (v == RUA_OK)
        v = rua_file_sync(fd, NEW_LIST, err);
    close(fd);
    fetch->note.tag[0] = '\0';
    if (v == RUA_OK)
        v = allow_note_write(fetch->root, fetch->conf, &fetch->note, err);
    if (v == RUA_OK)
        v = rua_file_replace(fetch->root, NEW_LIST, LIST, err);
    return v == RUA_OK
               ? rua_file_sync_folder(fetch->root, ALLOW_CACHE_FOLDER, err)
               : v;
}

/* A tag goes into a line of the note, and comes back as a header. */
static void
take_tag(struct fetch *fetch, const struct http_answer *answer)
{
    struct rua_span tag = http_header(answer, "ETag");

    if (!tag.len || tag.len >= ALLOW_CACHE_TAG)
        return;
    for (size_t i = 0; i < tag.len; i++)
        if (tag.data[i] < ' ' || tag.data[i] == 0x7f)
            return;
    memcpy(fetch->note.tag, tag.data, tag.len);
    fetch->note.tag[tag.len] = '\0';
}

static enum rua_verdict
take(struct fetch *fetch, const struct http_answer *answer, struct rua_err *err)
{
    struct rua_allow *allow = NULL;
    enum rua_verdict v =
        rua_allow_parse(answer->body, fetch->called, &allow, err);

    if (v == RUA_OK)
        v = judge(fetch, allow, err);
    if (v == RUA_OK)
        v = put_in_place(fetch, allow, err);
    if (v == RUA_OK) {
        fetch->now = rua_allow_count(allow);
        fetch->note.changed = (int64_t)time(NULL);
        take_tag(fetch, answer);
    }
    rua_allow_free(allow);
    return v;
}

static enum rua_verdict
say_status(const struct fetch *fetch, long status, struct rua_err *err)
{
    const char *hint = status / 100 == 5   ? "see the server's log"
                       : status / 100 == 3 ? "set allow to where that leads"
                       : status == 401 || status == 403
                           ? "have the server let this machine have it"
                           : "mend the URL at allow";

    return rua_err_set(err, RUA_LATER, "%s: HTTP status %ld; %s", fetch->called,
                       status, hint);
}

static enum rua_verdict
ask(struct fetch *fetch, struct http *http, struct rua_err *err)
{
    char tag[ALLOW_CACHE_TAG + 32];
    const char *headers[] = {"Accept: text/plain, */*", NULL, NULL};
    struct http_request request = {
        .method = "GET",
        .url = fetch->conf->allow,
        .headers = headers,
        .most = ALLOW_FETCH_MAX,
    };
    bool known = fetch->has && fetch->note.tag[0];
    struct http_answer answer;
    enum rua_verdict v;

    snprintf(tag, sizeof(tag), "If-None-Match: %s", fetch->note.tag);
    headers[1] = known ? tag : NULL;
    v = http_ask(http, &request, &answer, err);
    if (v != RUA_OK)
        return v;
    if (answer.status == HTTP_NOT_MODIFIED && known)
        return RUA_OK;
    if (answer.status != HTTP_OK)
        return say_status(fetch, answer.status, err);
    return take(fetch, &answer, err);
}

/* ---- what became of it ---- */

static void
say_failure(const struct fetch *fetch, const char *why)
{
    char sentence[MENDED + 160], day[32] = "";
    time_t when = (time_t)fetch->note.changed;
    struct tm tm;

    if (when && gmtime_r(&when, &tm))
        strftime(day, sizeof(day), " of %Y-%m-%d %H:%M:%S", &tm);
    if (fetch->has)
        snprintf(sentence, sizeof(sentence),
                 "allowlist not fetched: %s%s; the list%s with %zu RUA%s is "
                 "used on",
                 why, mend(why), day, fetch->before,
                 fetch->before == 1 ? "" : "s");
    else
        snprintf(sentence, sizeof(sentence),
                 "allowlist not fetched: %s%s; no list is there, and no "
                 "report is taken",
                 why, mend(why));
    log_error(sentence);
}

static void
note(struct fetch *fetch, bool good, const char *why)
{
    struct rua_err err = {0};

    if (good) {
        fetch->note.asked = (int64_t)time(NULL);
        fetch->note.failed = 0;
        fetch->note.why[0] = '\0';
    } else {
        fetch->note.failed = (int64_t)time(NULL);
        ship_printable(why, strlen(why), fetch->note.why,
                       sizeof(fetch->note.why));
    }
    if (allow_note_write(fetch->root, fetch->conf, &fetch->note, &err) !=
            RUA_OK &&
        good)
        command_say(&err); /* else the same keeps us from both, and is said */
}

static int
run(struct fetch *fetch)
{
    const struct http_style style = {fetch->conf->allow_ca, REQUEST_TIME,
                                     &ship_stopping, "allow", "allow_ca"};
    struct http *http = http_new(&style);
    struct rua_err err = {0};
    enum rua_verdict v =
        http ? ask(fetch, http, &err)
             : rua_err_set(&err, RUA_LATER, "libcurl cannot be set up");

    http_free(http);
    note(fetch, v == RUA_OK, err.sentence);
    if (v != RUA_OK)
        say_failure(fetch, err.sentence);
    else if (fetch->now)
        printf("%s: %zu RUA%s\n", fetch->called, fetch->now,
               fetch->now == 1 ? "" : "s");
    else
        printf("%s: unchanged, %zu RUA%s\n", fetch->called, fetch->before,
               fetch->before == 1 ? "" : "s");
    return v == RUA_OK ? EX_OK : EX_TEMPFAIL;
}

int
allow_fetch(const struct conf *conf, bool force)
{
    char called[ALLOW_CACHE_CALLED];
    struct fetch fetch = {.conf = conf,
                          .called = allow_cache_called(conf->allow, called),
                          .force = force,
                          .root = -1,
                          .lock = -1};
    struct rua_err err = {0};
    int status = EX_TEMPFAIL;
    enum rua_verdict v;

    v = begin(&fetch, &err);
    if (v == RUA_OK)
        status = run(&fetch);
    else if (v == RUA_REFUSED)
        status = EX_CONFIG;
    if (v != RUA_OK)
        command_say(&err);
    if (fetch.lock >= 0)
        close(fetch.lock);
    if (fetch.root >= 0)
        close(fetch.root);
    return status;
}
