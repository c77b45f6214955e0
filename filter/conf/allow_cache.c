#include "allow_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mend.h"

#define NOTE ALLOW_CACHE_FOLDER "/note"
#define FORM "ruamill allowlist 1"

enum {
    NOTE_MAX = 8192 /* bytes */
};

bool
allow_cache_is_url(const char *allow)
{
    return allow && strncmp(allow, "https://", 8) == 0;
}

const char *
allow_cache_called(const char *allow, char to[ALLOW_CACHE_CALLED])
{
    if (!allow_cache_is_url(allow))
        return allow;
    snprintf(to, ALLOW_CACHE_CALLED, "%.*s", (int)strcspn(allow, "?"), allow);
    return to;
}

enum rua_verdict
allow_cache_check(const struct conf *conf, struct rua_err *err)
{
    struct rua_err why = {0};

    if (!conf->allow_ca || access(conf->allow_ca, R_OK) == 0)
        return RUA_OK;
    rua_err_sys(&why, "allow_ca %.120s", conf->allow_ca);
    return rua_err_set(err, RUA_REFUSED, "%s%s", why.sentence,
                       mend(why.sentence));
}

char *
allow_cache_path(const struct conf *conf)
{
    bool fetched = allow_cache_is_url(conf->allow);
    const char *name = fetched ? ALLOW_CACHE_LIST : conf->allow;
    size_t size = strlen(conf->store) + strlen(name) + 2;
    char *path = rua_alloc(size);

    if (fetched)
        snprintf(path, size, "%s/%s", conf->store, name);
    else
        snprintf(path, size, "%s", name);
    return path;
}

/* ---- the note ---- */

/* The text of the line "NAME TEXT"; NULL when there is none. */
static const char *
find(const char *note, const char *name, size_t *ret_len)
{
    size_t n = strlen(name);

    for (const char *line = note; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            *ret_len = strcspn(line + n + 1, "\n");
            return line + n + 1;
        }
    }
    return NULL;
}

static void
take_text(const char *note, const char *name, char *to, size_t size)
{
    size_t len = 0;
    const char *text = find(note, name, &len);

    snprintf(to, size, "%.*s", text ? (int)len : 0, text ? text : "");
}

static int64_t
take_time(const char *note, const char *name)
{
    size_t len = 0;
    const char *text = find(note, name, &len);

    return text ? strtoll(text, NULL, 10) : 0;
}

void
allow_note_read(int root, const struct conf *conf, struct allow_note *ret_note)
{
    char text[NOTE_MAX + 1] = "", url[NOTE_MAX];
    size_t n = 0;
    int fd;

    *ret_note = (struct allow_note){0};
    if (rua_file_open_to_read(root, NOTE, &fd, NULL) != RUA_OK)
        return;
    if (rua_file_read(fd, NOTE, 0, text, NOTE_MAX, &n, NULL) != RUA_OK)
        n = 0;
    close(fd);
    text[n] = '\0';
    take_text(text, "url", url, sizeof(url));
    if (strncmp(text, FORM "\n", sizeof(FORM)) != 0 ||
        strcmp(url, conf->allow) != 0)
        return;
    take_text(text, "tag", ret_note->tag, sizeof(ret_note->tag));
    take_text(text, "why", ret_note->why, sizeof(ret_note->why));
    ret_note->changed = take_time(text, "changed");
    ret_note->asked = take_time(text, "asked");
    ret_note->failed = take_time(text, "failed");
}

enum rua_verdict
allow_note_write(int root, const struct conf *conf,
                 const struct allow_note *note, struct rua_err *err)
{
    static const char new[] = NOTE ".new";
    struct rua_buf text;
    int fd;
    enum rua_verdict v = rua_file_make(root, new, &fd, err);

    if (v != RUA_OK)
        return v;
    rua_buf_init(&text, NOTE_MAX);
    rua_buf_printf(&text,
                   FORM "\nurl %s\ntag %s\nchanged %" PRId64 "\nasked %" PRId64
                        "\nfailed %" PRId64 "\nwhy %s\n",
                   conf->allow, note->tag, note->changed, note->asked,
                   note->failed, note->why);
    v = rua_file_write(fd, new, 0, rua_buf_span(&text), err);
    close(fd);
    rua_buf_done(&text);
    return v == RUA_OK ? rua_file_replace(root, new, NOTE, err) : v;
}

/* ---- the list ---- */

enum rua_verdict
allow_cache_load(const struct conf *conf, struct rua_allow **ret_allow,
                 struct rua_err *err)
{
    char *path = allow_cache_path(conf), called[ALLOW_CACHE_CALLED];
    struct rua_err why = {0};
    enum rua_verdict v = rua_allow_load(path, ret_allow, &why);

    free(path);
    if (v == RUA_OK)
        return v;
    if (allow_cache_is_url(conf->allow) && allow_cache_stamp(conf).inode)
        return rua_err_set(err, v, "allowlist %s: %s",
                           allow_cache_called(conf->allow, called),
                           why.sentence);
    if (allow_cache_is_url(conf->allow))
        return allow_cache_check(conf, err) != RUA_OK
                   ? v
                   : rua_err_set(err, v,
                                 "allowlist %s: no list was fetched yet: run "
                                 "ruamill allow fetch",
                                 allow_cache_called(conf->allow, called));
    if (err)
        *err = why;
    return v;
}

struct allow_stamp
allow_cache_stamp(const struct conf *conf)
{
    struct allow_stamp stamp = {0};
    char path[4096];
    struct stat st;

    if (!allow_cache_is_url(conf->allow))
        return stamp;
    snprintf(path, sizeof(path), "%s/" ALLOW_CACHE_LIST RUA_ALLOW_COMPILED,
             conf->store);
    if (stat(path, &st) == 0)
        stamp = (struct allow_stamp){st.st_ino, st.st_ctim};
    return stamp;
}
