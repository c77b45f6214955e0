#include "targets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "mend.h"
#include "url.h"

#define OPTION(member, kind, shape, value, text)                               \
    {.name = #member,                                                          \
     .type = (kind),                                                           \
     .form = (shape),                                                          \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .least = 1,                                                               \
     .offset = offsetof(struct conf_target, member)},

/* clang-format off */
static const struct conf_option options[] = {
    OPTION(type, CONF_WORD, "clickhouse|postgresql|s3", "clickhouse",
           "what it is")
    OPTION(url, CONF_TEXT, "URL", NULL,
           "where it is: http:// or https:// for ClickHouse, several of them "
           "with blanks between them; postgresql:// for PostgreSQL; http:// or "
           "https:// for S3, without the bucket")
    OPTION(database, CONF_TEXT, "NAME", "ruamill",
           "the database with the tables records and reports")
    OPTION(user, CONF_TEXT, "NAME", NULL,
           "who to log in as; otherwise whoever the server takes us for; S3: "
           "the access key")
    OPTION(password_file, CONF_PATH, "FILE", NULL,
           "the file whose first line is the password; S3: the secret key")
    OPTION(tls_ca, CONF_PATH, "FILE", NULL,
           "certificates (PEM) of whom to trust; otherwise those of the "
           "machine, but for PostgreSQL, which needs it for "
           "sslmode=verify-full")
    OPTION(cluster, CONF_TEXT, "NAME", NULL,
           "ClickHouse: --create makes Distributed tables over this cluster")
    OPTION(replicated, CONF_SWITCH, "yes|no", "no",
           "ClickHouse: --create makes replicated tables")
    OPTION(bucket, CONF_TEXT, "NAME", NULL,
           "S3: the bucket that the raw reports go to")
    OPTION(region, CONF_TEXT, "NAME", "us-east-1",
           "S3: the region that requests are signed for")
    OPTION(virtual_host, CONF_SWITCH, "yes|no", "no",
           "S3: the bucket is part of the host's name, not of the path")
    OPTION(batch_rows, CONF_COUNT, "N", "250000",
           "rows that are sent at once, about")
    OPTION(batch_size, CONF_SIZE, "BYTES", "8M",
           "bytes that are kept in memory and sent at once, about")
    OPTION(batch_age, CONF_NUMBER, "SECONDS", "5",
           "with --follow: how long a row waits for others to be sent with")
    OPTION(request_time, CONF_NUMBER, "SECONDS", "300",
           "within which a request, or a command of PostgreSQL, is sent and "
           "answered; else it is tried again")
};
/* clang-format on */

const struct conf_table conf_target_table = {options, sizeof(options) /
                                                          sizeof(*options)};

/* What is between "[target" and "]"; NULL when the line is something else. */
static const char *
find_name(const char *line, size_t *ret_len)
{
    static const char word[] = "[target";
    const char *end;

    line += strspn(line, " \t");
    if (strncmp(line, word, sizeof(word) - 1) != 0)
        return NULL;
    line += sizeof(word) - 1;
    if (!strspn(line, " \t"))
        return NULL;
    line += strspn(line, " \t");
    end = line + strcspn(line, " \t]");
    *ret_len = (size_t)(end - line);
    end += strspn(end, " \t");
    if (*end != ']')
        return NULL;
    end += 1 + strspn(end + 1, " \t\r\n");
    return !*end || *end == '#' || *end == ';' ? line : NULL;
}

static bool
is_name(const char *name, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    return len && len <= CONF_TARGET_NAME && strspn(name, letters) >= len;
}

static struct conf_target *
add(struct conf *conf, const char *name, size_t len)
{
    struct conf_target *target;

    conf->targets = rua_realloc(conf->targets,
                                (conf->n_targets + 1) * sizeof(*conf->targets));
    target = rua_alloc(sizeof(*target));
    *target = (struct conf_target){0};
    memcpy(target->name, name, len);
    for (size_t i = 0; i < conf_target_table.count; i++)
        if (options[i].preset)
            conf_option_set(&options[i], target, options[i].preset);
    conf->targets[conf->n_targets++] = target;
    return target;
}

enum rua_verdict
conf_target_begin(struct conf *conf, const char *line, const char *where,
                  struct conf_target **ret_target, struct rua_err *err)
{
    size_t len = 0;
    const char *name = find_name(line, &len);

    if (!name)
        return rua_err_set(err, RUA_LATER,
                           "%s: a section is \"[target NAME]\", and there is "
                           "no other",
                           where);
    if (!is_name(name, len))
        return rua_err_set(err, RUA_LATER,
                           "%s: the name of a target is of letters, digits, - "
                           "and _, and of %d at most",
                           where, CONF_TARGET_NAME);
    for (size_t i = 0; i < conf->n_targets; i++)
        if (strlen(conf->targets[i]->name) == len &&
            memcmp(conf->targets[i]->name, name, len) == 0)
            return rua_err_set(err, RUA_LATER,
                               "%s: there is a target %s already", where,
                               conf->targets[i]->name);
    *ret_target = add(conf, name, len);
    return RUA_OK;
}

const struct conf_target *
conf_target_at(const struct conf *conf, size_t i)
{
    return i < conf->n_targets ? conf->targets[i] : NULL;
}

void
conf_targets_done(struct conf *conf)
{
    for (size_t i = 0; i < conf->n_targets; i++) {
        for (size_t j = 0; j < conf_target_table.count; j++)
            conf_option_done(&options[j], conf->targets[i]);
        free(conf->targets[i]);
    }
    free(conf->targets);
    conf->targets = NULL;
    conf->n_targets = 0;
}

/* ---- one target ---- */

static const struct {
    const char *schemes[2];
    const char *wanted;
} types[] = {
    [CONF_CLICKHOUSE] = {{"http://", "https://"},          "http://HOST:8123" },
    [CONF_POSTGRESQL] = {{"postgresql://", "postgres://"}, "postgresql://HOST"},
    [CONF_S3] = {{"https://", "http://"},          "https://HOST"     },
};

bool
conf_has_password(const char *urls)
{
    for (const char *host = urls; (host = strstr(host, "://")) != NULL;) {
        const char *at;
        host += strlen("://");
        at = memchr(host, '@', strcspn(host, "/? "));
        if (at && memchr(host, ':', (size_t)(at - host)))
            return true;
    }
    return strstr(urls, "password=") != NULL;
}

/* Each of the URLs, with blanks between them. */
static enum rua_verdict
check_urls(const struct conf_target *target, struct rua_err *err)
{
    const char *url = target->url + strspn(target->url, " ");
    size_t len;

    for (; *url; url += len, url += strspn(url, " ")) {
        const char *wrong;
        len = strcspn(url, " ");
        wrong = conf_url_wrong(url, len);
        if (wrong)
            return rua_err_set(err, RUA_LATER,
                               "target %s: url \"%.*s\" %s; write it like %s",
                               target->name, len < 80 ? (int)len : 80, url,
                               wrong, types[target->type].wanted);
    }
    return RUA_OK;
}

/* Requests are signed for this host, bucket and region. */
static enum rua_verdict
check_s3(const struct conf_target *target, struct rua_err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const char *host = strstr(target->url, "://") + 3;
    size_t n = strcspn(host, "/?#@ ");

    if (conf_url_wrong(target->url, strlen(target->url)) != NULL)
        return check_urls(target, err);
    if (host[n + strspn(host + n, "/")])
        return rua_err_set(err, RUA_LATER,
                           "target %s: url is \"%.80s\", must be a host, with "
                           "nothing behind it",
                           target->name, target->url);
    if (!target->bucket || !*target->bucket ||
        strspn(target->bucket, letters) != strlen(target->bucket))
        return rua_err_set(err, RUA_LATER,
                           "target %s: bucket must be set, to a name of "
                           "letters, digits, dots and dashes",
                           target->name);
    if (!target->user || !target->password_file)
        return rua_err_set(err, RUA_LATER,
                           "target %s: user (the access key) and password_file "
                           "(a file with the secret key) must be set",
                           target->name);
    return RUA_OK;
}

/* libpq would take it, and `database`, which comes behind it, would win. */
static enum rua_verdict
check_postgresql(const struct conf_target *target, struct rua_err *err)
{
    const char *host = strstr(target->url, "://") + 3;
    const char *path = host + strcspn(host, "/?");
    const char *name = *path == '/' ? path + 1 : path;
    const char *query = strchr(host, '?');
    const char *parameter = query ? strstr(query, "dbname=") : NULL;
    size_t len = strcspn(name, "?");

    if (!len && parameter && (parameter[-1] == '?' || parameter[-1] == '&')) {
        name = parameter + strlen("dbname=");
        len = strcspn(name, "&");
    }
    return len ? rua_err_set(err, RUA_LATER,
                             "target %s: there is a database in url; take it "
                             "out, and say database = %.*s",
                             target->name, len < 80 ? (int)len : 80, name)
               : RUA_OK;
}

static enum rua_verdict
check_clickhouse(const struct conf_target *target, struct rua_err *err)
{
    if (strpbrk(target->database, "`\\"))
        return rua_err_set(err, RUA_LATER,
                           "target %s: database cannot have a ` or \\ in its "
                           "name; name another one",
                           target->name);
    return check_urls(target, err);
}

static enum rua_verdict
check(const struct conf_target *target, struct rua_err *err)
{
    bool fits = false;

    if (!target->url)
        return rua_err_set(err, RUA_LATER,
                           "target %s: url is not set; set it to one like %s",
                           target->name, types[target->type].wanted);
    for (size_t i = 0; i < 2; i++) {
        const char *scheme = types[target->type].schemes[i];
        fits |= strncmp(target->url, scheme, strlen(scheme)) == 0;
    }
    if (!fits)
        return rua_err_set(
            err, RUA_LATER, "target %s: url is \"%.80s\", must be like %s",
            target->name, target->url, types[target->type].wanted);
    if (conf_has_password(target->url))
        return rua_err_set(err, RUA_LATER,
                           "target %s: there is a password in url; put it into "
                           "a file, and name that with password_file",
                           target->name);
    return target->type == CONF_S3           ? check_s3(target, err)
           : target->type == CONF_POSTGRESQL ? check_postgresql(target, err)
                                             : check_clickhouse(target, err);
}

enum rua_verdict
conf_target_get(const struct conf *conf, const char *name,
                const struct conf_target **ret_target, struct rua_err *err)
{
    for (size_t i = 0; i < conf->n_targets; i++)
        if (strcmp(conf->targets[i]->name, name) == 0) {
            *ret_target = conf->targets[i];
            return check(conf->targets[i], err);
        }
    return rua_err_set(err, RUA_LATER,
                       "there is no section [target %.80s] in the "
                       "configuration; add it, or name another one",
                       name);
}

/* What errno says of the file of an option, and what to do about it. */
static enum rua_verdict
say_file(const struct conf_target *target, const char *option, const char *path,
         struct rua_err *err)
{
    struct rua_err why = {0};

    rua_err_sys(&why, "target %s: %s %.80s", target->name, option, path);
    return rua_err_set(err, RUA_LATER, "%s%s", why.sentence,
                       mend(why.sentence));
}

static enum rua_verdict
read_password(const struct conf_target *target, int fd, char to[CONF_PASSWORD],
              struct rua_err *err)
{
    char text[CONF_PASSWORD + 1] = "";
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return rua_err_set(err, RUA_LATER,
                           "target %s: password_file %.120s is a folder; name "
                           "a file in it",
                           target->name, target->password_file);
    if (fstat(fd, &st) == 0 && (st.st_mode & 07))
        return rua_err_set(err, RUA_LATER,
                           "target %s: anybody can read %.120s; chmod o= mends "
                           "it",
                           target->name, target->password_file);
    n = read(fd, text, CONF_PASSWORD);
    if (n < 0)
        return say_file(target, "password_file", target->password_file, err);
    n = (ssize_t)strcspn(text, "\r\n");
    if (n == 0 || n >= CONF_PASSWORD)
        return rua_err_set(err, RUA_LATER,
                           "target %s: the first line of %.120s is no "
                           "password; put it there",
                           target->name, target->password_file);
    memcpy(to, text, (size_t)n);
    to[n] = '\0';
    explicit_bzero(text, sizeof(text));
    return RUA_OK;
}

enum rua_verdict
conf_target_password(const struct conf_target *target, char to[CONF_PASSWORD],
                     struct rua_err *err)
{
    enum rua_verdict v;
    int fd;

    to[0] = '\0';
    if (!target->password_file)
        return RUA_OK;
    fd = open(target->password_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return say_file(target, "password_file", target->password_file, err);
    v = read_password(target, fd, to, err);
    close(fd);
    return v;
}

/* "system" is no file to libpq (sslrootcert). */
static enum rua_verdict
check_ca(const struct conf_target *target, struct rua_err *err)
{
    const char *path = target->tls_ca;

    if (!path || access(path, R_OK) == 0 ||
        (target->type == CONF_POSTGRESQL && strcmp(path, "system") == 0))
        return RUA_OK;
    return say_file(target, "tls_ca", path, err);
}

enum rua_verdict
conf_target_check(const struct conf *conf, const char *name,
                  const struct conf_target **ret_target, struct rua_err *err)
{
    char password[CONF_PASSWORD];
    enum rua_verdict v = conf_target_get(conf, name, ret_target, err);

    if (v == RUA_OK)
        v = conf_target_password(*ret_target, password, err);
    if (v == RUA_OK)
        v = check_ca(*ret_target, err);
    explicit_bzero(password, sizeof(password));
    return v;
}
