#include "conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "allow_cache.h"
#include "buf.h"
#include "host.h"
#include "options.h"
#include "targets.h"

enum {
    LINE_MAX_LEN = 65535,
    WHERE_SIZE = 4096 + 16
};

#define BOM "\xef\xbb\xbf"
#define SEE "see ruamill.conf(5)"

/* What reads a file, line by line. */
struct loader {
    struct conf *conf;
    struct rua_err *err;
    const char *path;
    unsigned line;
    struct conf_target *target;     /* whose section this is; NULL: none yet */
    const struct conf_table *table; /* its options, or those of conf */
    unsigned *lines; /* where each of these was set; 0: not yet */
    enum rua_verdict verdict;
};

void
conf_init(struct conf *conf)
{
    *conf = (struct conf){.limits = rua_limits_default};
    for (size_t i = 0; i < conf_option_count; i++)
        if (conf_options[i].preset)
            conf_option_set(&conf_options[i], conf, conf_options[i].preset);
}

void
conf_done(struct conf *conf)
{
    for (size_t i = 0; i < conf_option_count; i++)
        conf_option_done(&conf_options[i], conf);
    conf_targets_done(conf);
}

static enum rua_verdict
unknown(const struct conf_table *table, const char *name, const char *where,
        struct rua_err *err)
{
    const struct conf_option *nearest = conf_option_nearest(table, name);

    if (table != &conf_table && conf_option_find(&conf_table, name))
        return rua_err_set(err, RUA_LATER,
                           "%s: %s is no option of a target; move the line "
                           "above the first [target NAME]",
                           where, name);
    if (table == &conf_table && conf_option_find(&conf_target_table, name))
        return rua_err_set(err, RUA_LATER, "%s: %s is an option of a target%s",
                           where, name,
                           strcmp(where, "-o") == 0
                               ? ", which cannot be given by -o; put it into "
                                 "the file, behind a line [target NAME]"
                               : "; put it behind a line [target NAME]");
    if (!nearest)
        return rua_err_set(err, RUA_LATER, "%s: unknown option \"%.80s\"; " SEE,
                           where, name);
    return rua_err_set(err, RUA_LATER,
                       "%s: unknown option \"%.80s\"; did you mean \"%s\"?",
                       where, name, nearest->name);
}

static enum rua_verdict
set(void *of, const struct conf_option *option, const char *value,
    const char *where, struct rua_err *err)
{
    const char *wanted = conf_option_set(option, of, value);

    if (!wanted)
        return RUA_OK;
    if (!*value)
        return rua_err_set(err, RUA_LATER, "%s: %s has no value; " SEE, where,
                           option->name);
    return rua_err_set(err, RUA_LATER, "%s: %s is \"%.80s\", must be %s", where,
                       option->name, value, wanted);
}

enum rua_verdict
conf_set(struct conf *conf, const char *name, const char *value,
         const char *where, struct rua_err *err)
{
    const struct conf_option *option = conf_option_find(&conf_table, name);

    return option ? set(conf, option, value, where, err)
                  : unknown(&conf_table, name, where, err);
}

enum rua_verdict
conf_set_argument(struct conf *conf, const char *setting, struct rua_err *err)
{
    const char *equals = strchr(setting, '=');
    enum rua_verdict verdict;
    char *name;

    if (!equals)
        return rua_err_set(err, RUA_LATER,
                           "-o: \"%.80s\" is not NAME=VALUE; " SEE, setting);
    name = rua_alloc((size_t)(equals - setting) + 1);
    memcpy(name, setting, (size_t)(equals - setting));
    name[equals - setting] = '\0';
    verdict = conf_set(conf, name, equals + 1, "-o", err);
    free(name);
    return verdict;
}

/* The struct that the present section's options are of. */
static void *
whose(const struct loader *loader)
{
    return loader->target ? (void *)loader->target : (void *)loader->conf;
}

/* Sets a path that is relative to the folder of the file. */
static enum rua_verdict
set_relative(struct loader *loader, const struct conf_option *option,
             const char *value, const char *where)
{
    const char *slash = strrchr(loader->path, '/');
    enum rua_verdict verdict;
    struct rua_buf path;

    rua_buf_init(&path, SIZE_MAX / 2);
    rua_buf_add(&path, loader->path, (size_t)(slash - loader->path) + 1);
    rua_buf_add(&path, value, strlen(value) + 1);
    verdict = set(whose(loader), option, (char *)path.data, where, loader->err);
    rua_buf_done(&path);
    return verdict;
}

static enum rua_verdict
set_line(struct loader *loader, const char *name, const char *value)
{
    const struct conf_option *option = conf_option_find(loader->table, name);
    char where[WHERE_SIZE];
    unsigned *line;

    snprintf(where, sizeof(where), "%s:%u", loader->path, loader->line);
    if (!option)
        return unknown(loader->table, name, where, loader->err);
    line = &loader->lines[option - loader->table->options];
    if (*line)
        return rua_err_set(loader->err, RUA_LATER,
                           "%s: %s is set in line %u already", where, name,
                           *line);
    *line = loader->line;
    if (option->type == CONF_PATH && *value && *value != '/' &&
        !strstr(value, "://") && strchr(loader->path, '/'))
        return set_relative(loader, option, value, where);
    return set(whose(loader), option, value, where, loader->err);
}

/* From now on, options are of this table, and none is set yet. */
static void
begin_table(struct loader *loader, const struct conf_table *table)
{
    loader->table = table;
    loader->lines =
        rua_realloc(loader->lines, table->count * sizeof(*loader->lines));
    memset(loader->lines, 0, table->count * sizeof(*loader->lines));
}

static enum rua_verdict
begin_section(struct loader *loader, const char *line)
{
    char where[WHERE_SIZE];

    snprintf(where, sizeof(where), "%s:%u", loader->path, loader->line);
    begin_table(loader, &conf_target_table);
    return conf_target_begin(loader->conf, line, where, &loader->target,
                             loader->err);
}

static int
handle(void *context, const char *section, const char *name, const char *value)
{
    struct loader *loader = context;

    (void)section;
    loader->verdict = set_line(loader, name, value);
    return loader->verdict == RUA_OK;
}

static enum rua_verdict
malformed(const struct loader *loader, const char *what)
{
    return rua_err_set(loader->err, RUA_LATER, "%s:%u: %s", loader->path,
                       loader->line, what);
}

/* inih is given one line at a time: its handler is not told the line's number
 * nor of a section without options, and takes an indented line for more of the
 * value before it. */
static enum rua_verdict
load_line(struct loader *loader, const char *line, size_t len)
{
    if (strlen(line) != len)
        return malformed(loader, "a NUL byte: no text file");
    if (len > LINE_MAX_LEN)
        return malformed(loader, "a line of more than 65535 bytes");
    if (line[strspn(line, " \t")] == '[')
        return begin_section(loader, line);
    if (ini_parse_string(line, handle, loader) != 0 &&
        loader->verdict == RUA_OK)
        return malformed(loader, "the line is not \"name = value\"");
    return loader->verdict;
}

/* inih cuts lines at 200 bytes without a word, unless it is told otherwise. */
static void
set_up_inih(void)
{
    static char comments[] = "#;";

    ini_use_stack = false;
    ini_initial_alloc = ini_max_line = LINE_MAX_LEN + 3;
    ini_start_comment_prefixes = ini_inline_comment_prefixes = comments;
}

/* A line, or what there is of it up to what no line has: /dev/zero has no end.
 * False at the end of the file. */
static bool
read_line(FILE *file, struct rua_buf *line)
{
    int c = '\0';

    rua_buf_reset(line);
    while (line->len <= LINE_MAX_LEN && (c = getc_unlocked(file)) != EOF) {
        rua_buf_add_byte(line, (unsigned char)c);
        if (c == '\n' || c == '\0')
            break;
    }
    rua_buf_add_byte(line, '\0');
    return line->len > 1;
}

static enum rua_verdict
load_file(struct loader *loader, FILE *file)
{
    enum rua_verdict verdict = RUA_OK;
    struct rua_buf line;

    rua_buf_init(&line, LINE_MAX_LEN + 8);
    while (verdict == RUA_OK && read_line(file, &line)) {
        const char *text = (const char *)line.data;
        size_t mark = loader->line++ == 0 && strncmp(text, BOM, 3) == 0 ? 3 : 0;
        verdict = load_line(loader, text + mark, line.len - 1 - mark);
    }
    if (verdict == RUA_OK && !feof(file))
        verdict = rua_err_sys(loader->err, "configuration %s", loader->path);
    rua_buf_done(&line);
    return verdict;
}

enum rua_verdict
conf_load(struct conf *conf, const char *path, bool must_exist,
          struct rua_err *err)
{
    struct loader loader = {.conf = conf, .path = path, .err = err};
    FILE *file;
    enum rua_verdict verdict;

    if (!*path)
        return rua_err_set(err, RUA_LATER,
                           "configuration \"\": the name is empty; name a file "
                           "behind -c");
    file = fopen(path, "re");
    if (!file && errno == ENOENT && !must_exist)
        return RUA_OK;
    if (!file)
        return rua_err_sys(err, "configuration %s", path);
    set_up_inih();
    begin_table(&loader, &conf_table);
    verdict = load_file(&loader, file);
    free(loader.lines);
    fclose(file);
    return verdict;
}

/* `what` is "store is", or "store and allow are". */
static enum rua_verdict
not_set(const char *what, const char *file, struct rua_err *err)
{
    const char *it = strstr(what, " are") ? "them" : "it";

    if (access(file, F_OK) < 0 && errno == ENOENT)
        return rua_err_set(err, RUA_LATER,
                           "%s not set: there is no %s; name another "
                           "configuration with -c, or set %s with -o",
                           what, file, it);
    return rua_err_set(err, RUA_LATER, "%s not set; set %s in %s or with -o",
                       what, it, file);
}

/* What can be seen to be wrong with allow = https://... */
static enum rua_verdict
check_url(const char *url, struct rua_err *err)
{
    const char *host = url + strlen("https://");
    size_t n = strcspn(host, "/?#");
    const char *colon = memrchr(host, ':', n), *bracket = memrchr(host, ']', n);

    if (conf_has_password(url))
        return rua_err_set(err, RUA_LATER,
                           "allow has a password in its URL, which logs would "
                           "show; have the web server know this machine by "
                           "its address instead");
    if (!n || colon == host)
        return rua_err_set(err, RUA_LATER,
                           "allow is %.120s, which names no host: it must be "
                           "such as https://www.example.com/list",
                           url);
    if (colon && (!bracket || colon > bracket) &&
        !host_is_port(colon + 1, (size_t)(host + n - colon - 1)))
        return rua_err_set(err, RUA_LATER,
                           "allow is %.120s, whose port is none: it must be a "
                           "number from 1 to 65535",
                           url);
    return RUA_OK;
}

enum rua_verdict
conf_check(const struct conf *conf, const char *file, struct rua_err *err)
{
    const char *missing = !conf->store && !conf->allow ? "store and allow are"
                          : !conf->store               ? "store is"
                                                       : "allow is";

    if (conf->allow && strncmp(conf->allow, "http://", 7) == 0)
        return rua_err_set(err, RUA_LATER,
                           "allow is %.120s, which anybody on the way could "
                           "change: it must begin with https://",
                           conf->allow);
    if (allow_cache_is_url(conf->allow) &&
        check_url(conf->allow, err) != RUA_OK)
        return RUA_LATER;
    if (conf->store && conf->allow)
        return RUA_OK;
    return not_set(missing, file, err);
}

/* The file and the settings, not checked yet. */
static enum rua_verdict
read_all(struct conf *conf, const char *file, const char *const *settings,
         size_t n, struct rua_err *err)
{
    enum rua_verdict verdict =
        conf_load(conf, file ? file : RUAMILL_CONF, file != NULL, err);

    for (size_t i = 0; i < n && verdict == RUA_OK; i++)
        verdict = conf_set_argument(conf, settings[i], err);
    return verdict;
}

enum rua_verdict
conf_read(struct conf *conf, const char *file, const char *const *settings,
          size_t n, struct rua_err *err)
{
    enum rua_verdict verdict = read_all(conf, file, settings, n, err);

    return verdict == RUA_OK ? conf_check(conf, file ? file : RUAMILL_CONF, err)
                             : verdict;
}

enum rua_verdict
conf_read_store(struct conf *conf, const char *file,
                const char *const *settings, size_t n, struct rua_err *err)
{
    enum rua_verdict verdict = read_all(conf, file, settings, n, err);

    if (verdict == RUA_OK && !conf->store)
        verdict = not_set("store is", file ? file : RUAMILL_CONF, err);
    return verdict;
}
