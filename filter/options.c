#include "options.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define OPTION(member, kind, shape, value, text)                               \
    {.name = #member,                                                          \
     .type = (kind),                                                           \
     .form = (shape),                                                          \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct conf, member)},

/* A number of which 0 is none. */
#define POSITIVE(member, shape, value, text)                                   \
    {.name = #member,                                                          \
     .type = CONF_NUMBER,                                                      \
     .form = (shape),                                                          \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .least = 1,                                                               \
     .offset = offsetof(struct conf, member)},

/* A ceiling that is not the library's. */
#define CEILING(member, value, text)                                           \
    {.name = #member,                                                          \
     .type = CONF_COUNT,                                                       \
     .form = "N",                                                              \
     .preset = (value),                                                        \
     .help = (text),                                                           \
     .offset = offsetof(struct conf, member)},

/* The only unit with a "b" is bytes. */
#define LIMIT(member, value, unit, text)                                       \
    {.name = #member,                                                          \
     .type = (unit)[0] == 'b' ? CONF_SIZE : CONF_COUNT,                        \
     .form = "N",                                                              \
     .help = (text),                                                           \
     .least = 1,                                                               \
     .offset = offsetof(struct conf, limits.member)},

/* A new option is a line here and a member of struct conf. */
/* clang-format off */
const struct conf_option conf_options[] = {
    OPTION(store, CONF_PATH, "FOLDER", NULL,
           "where tables and archive are kept")
    OPTION(allow, CONF_PATH, "FILE", NULL,
           "the allowlist: which RUA takes which policy domains")
    OPTION(format, CONF_WORD, "csv|tsv", "csv",
           "how tables are written")
    OPTION(columns, CONF_TEXT, "COLUMNS", "full",
           "columns of the records tables: full, parsedmarc, worker, or a list "
           "of names with commas")
    OPTION(partition, CONF_WORD, "month|none|year|day", "month",
           "how tables are divided: by month, year or day of the begin of a "
           "report's period (UTC), or not at all")
    OPTION(formula_guard, CONF_SWITCH, "yes|no", "yes",
           "CSV: put ' before a text that a spreadsheet would calculate")
    OPTION(lease_wait, CONF_NUMBER, "MILLISECONDS", "250",
           "how long a table that somebody else has open is waited for; its "
           "rows are written then")
    OPTION(allow_network_fs, CONF_SWITCH, "yes|no", "no",
           "whether the store may be on NFS or another network file system")
    OPTION(jobs, CONF_NUMBER, "N", "0",
           "messages that are read at the same time; 0: as many as there are "
           "cores, in the milter twice as many")
    OPTION(socket, CONF_TEXT, "SOCKET", "unix:/run/ruamill/milter",
           "milter: where the MTA connects to: unix:PATH, inet:PORT@HOST, "
           "inet6:PORT@HOST or fd:N")
    OPTION(socket_mode, CONF_MODE, "MODE", "0660",
           "milter: the mode of a unix socket, in octal digits")
    OPTION(socket_group, CONF_TEXT, "GROUP", NULL,
           "milter: the group of a unix socket; otherwise that of the process")
    POSITIVE(max_connections, "N", "200",
           "milter: connections that bring reports at the same time; further "
           "ones come again")
    OPTION(after, CONF_WORD, "discard|accept", "discard",
           "milter: what becomes of a mail whose reports are stored")
    OPTION(on_bad, CONF_WORD, "keep|reject", "keep",
           "milter and pipe: what becomes of a report that cannot be read or is "
           "not taken: it is kept aside, or rejected")
    OPTION(dedicated, CONF_TEXT, "DOMAINS", NULL,
           "milter: domains that have no recipients but the RUAs of the "
           "allowlist; others are refused")
    OPTION(require_auth, CONF_WORD, "off|dkim|dmarc", "off",
           "keep a report aside unless the mail passed DKIM or DMARC, by the "
           "Authentication-Results of authserv_id")
    OPTION(authserv_id, CONF_TEXT, "NAMES", NULL,
           "the names that our own mail servers call themselves in "
           "Authentication-Results and Received; otherwise that of the host")
    POSITIVE(pipe_time_limit, "SECONDS", "300",
           "pipe: ends after this with exit status 75")
    OPTION(log, CONF_WORD, "stderr|syslog|journal", "stderr",
           "milter and pipe: where the line of each message goes")
    OPTION(sandbox, CONF_SWITCH, "yes|no", "yes",
           "whether the processes that read mail are locked in as far as this "
           "kernel can: no is for finding faults")
    CEILING(max_new_domains, "1000",
            "milter and pipe: policy domains that are new in the store and not "
            "named on the allowlist, of one RUA and one day; 0: any number")
    RUA_LIMITS(LIMIT)
};
/* clang-format on */

const size_t conf_option_count = sizeof(conf_options) / sizeof(*conf_options);

enum {
    NUMBER_MAX = 1024
};

/* Far above what anybody needs, and far below where sums would overflow. */
#define LIMIT_MAX (1024 * RUA_GIB)

static const struct {
    char suffix;
    uint64_t bytes;
} units[] = {
    {'G',  RUA_GIB},
    {'M',  RUA_MIB},
    {'K',  RUA_KIB},
    {'\0', 1      }
};

#define N_UNITS (sizeof(units) / sizeof(*units))

const struct conf_option *
conf_option_find(const char *name)
{
    for (size_t i = 0; i < conf_option_count; i++)
        if (strcmp(conf_options[i].name, name) == 0)
            return &conf_options[i];
    return NULL;
}

/* Letters to change, add or take away to make `b` of `a`, without regard to
 * case (Levenshtein). `b` is a name of the table. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[CONF_NAME_MAX + 1], n = strlen(b);

    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = corner + ((a[i - 1] | 32) != (b[j - 1] | 32));
            corner = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[n];
}

const struct conf_option *
conf_option_nearest(const char *name)
{
    const struct conf_option *nearest = NULL;
    size_t least = strlen(name) / 4 + 1;

    for (size_t i = 0; i < conf_option_count; i++) {
        size_t d = distance(name, conf_options[i].name);
        if (d < least || (d == least && !nearest)) {
            nearest = &conf_options[i];
            least = d;
        }
    }
    return nearest;
}

bool
conf_option_is_limit(const struct conf_option *option)
{
    return option->type == CONF_SIZE || option->type == CONF_COUNT;
}

/* Decimal digits, and one of K M G behind them if `sized`; false when that is
 * no number or more than LIMIT_MAX. */
static bool
parse_number(const char *text, bool sized, uint64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    const char *suffix = text + digits;
    uint64_t number = 0;

    if (!digits || (suffix[0] && (!sized || suffix[1])))
        return false;
    for (size_t i = 0; i < digits && number <= LIMIT_MAX; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    for (size_t i = 0; i < N_UNITS; i++)
        if (toupper((unsigned char)suffix[0]) == units[i].suffix) {
            *ret_number = number * units[i].bytes;
            return number <= LIMIT_MAX / units[i].bytes;
        }
    return false;
}

static const char *
set_text(const struct conf_option *option, void *field, const char *value)
{
    char **text = field;

    (void)option;
    if (!*value)
        return "a value";
    free(*text);
    *text = rua_alloc(strlen(value) + 1);
    memcpy(*text, value, strlen(value) + 1);
    return NULL;
}

static const char *
show_text(const struct conf_option *option, const void *field, char *scratch)
{
    (void)option;
    (void)scratch;
    return *(char *const *)field;
}

/* The enum gets the number of the word in the option's form. */
_Static_assert(sizeof(enum rua_format) == sizeof(unsigned) &&
                   sizeof(enum rua_partition) == sizeof(unsigned) &&
                   sizeof(enum conf_after) == sizeof(unsigned) &&
                   sizeof(enum conf_log) == sizeof(unsigned),
               "enums are written as unsigned");

static const char *
set_word(const struct conf_option *option, void *field, const char *value)
{
    size_t len = strlen(value);
    const char *word = option->form;

    for (unsigned index = 0;; index++) {
        size_t n = strcspn(word, "|");
        if (n == len && memcmp(word, value, n) == 0) {
            memcpy(field, &index, sizeof(index));
            return NULL;
        }
        if (!word[n])
            return option->form;
        word += n + 1;
    }
}

static const char *
show_word(const struct conf_option *option, const void *field, char *scratch)
{
    const char *word = option->form;
    unsigned index;

    for (memcpy(&index, field, sizeof(index)); index > 0; index--)
        word = strchr(word, '|') + 1;
    snprintf(scratch, CONF_SCRATCH, "%.*s", (int)strcspn(word, "|"), word);
    return scratch;
}

static const char *
set_switch(const struct conf_option *option, void *field, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;

    if (!yes && strcmp(value, "no") != 0)
        return option->form;
    *(bool *)field = yes;
    return NULL;
}

static const char *
show_switch(const struct conf_option *option, const void *field, char *scratch)
{
    (void)option;
    (void)scratch;
    return *(const bool *)field ? "yes" : "no";
}

static const char *
set_number(const struct conf_option *option, void *field, const char *value)
{
    uint64_t number;

    if (!parse_number(value, false, &number) || number > NUMBER_MAX ||
        number < option->least)
        return option->least ? "a number from 1 to 1024"
                             : "a number from 0 to 1024";
    *(unsigned *)field = (unsigned)number;
    return NULL;
}

static const char *
show_number(const struct conf_option *option, const void *field, char *scratch)
{
    (void)option;
    snprintf(scratch, CONF_SCRATCH, "%u", *(const unsigned *)field);
    return scratch;
}

static const char *
set_mode(const struct conf_option *option, void *field, const char *value)
{
    unsigned mode = 0;

    (void)option;
    if (!*value || strlen(value) > 4 || value[strspn(value, "01234567")])
        return "a mode in octal digits, like 0660";
    for (; *value; value++)
        mode = mode * 8 + (unsigned)(*value - '0');
    if (mode > 0777)
        return "a mode in octal digits, like 0660";
    *(unsigned *)field = mode;
    return NULL;
}

static const char *
show_mode(const struct conf_option *option, const void *field, char *scratch)
{
    (void)option;
    snprintf(scratch, CONF_SCRATCH, "%04o", *(const unsigned *)field);
    return scratch;
}

static const char *
set_limit(const struct conf_option *option, void *field, const char *value)
{
    bool sized = option->type == CONF_SIZE;
    uint64_t number;

    if (!parse_number(value, sized, &number) || number < option->least)
        return sized ? "a size from 1 to 1024G: bytes, or with K, M or G"
               : option->least ? "a number from 1 to 1099511627776"
                               : "a number from 0 to 1099511627776";
    *(uint64_t *)field = number;
    return NULL;
}

/* A size is shown in the greatest unit that leaves no fraction. */
static const char *
show_limit(const struct conf_option *option, const void *field, char *scratch)
{
    uint64_t number = *(const uint64_t *)field;
    size_t i = option->type == CONF_SIZE ? 0 : N_UNITS - 1;

    while (number % units[i].bytes != 0)
        i++;
    snprintf(scratch, CONF_SCRATCH, "%" PRIu64 "%.1s", number / units[i].bytes,
             &units[i].suffix);
    return scratch;
}

static const struct {
    const char *(*set)(const struct conf_option *option, void *field,
                       const char *value);
    const char *(*show)(const struct conf_option *option, const void *field,
                        char *scratch);
} types[] = {
    [CONF_PATH] = {set_text,   show_text  },
    [CONF_TEXT] = {set_text,   show_text  },
    [CONF_WORD] = {set_word,   show_word  },
    [CONF_SWITCH] = {set_switch, show_switch},
    [CONF_NUMBER] = {set_number, show_number},
    [CONF_MODE] = {set_mode,   show_mode  },
    [CONF_SIZE] = {set_limit,  show_limit },
    [CONF_COUNT] = {set_limit,  show_limit },
};

const char *
conf_option_set(const struct conf_option *option, struct conf *conf,
                const char *value)
{
    return types[option->type].set(option, (char *)conf + option->offset,
                                   value);
}

const char *
conf_option_show(const struct conf_option *option, const struct conf *conf,
                 char scratch[CONF_SCRATCH])
{
    return types[option->type].show(option, (const char *)conf + option->offset,
                                    scratch);
}

void
conf_option_done(const struct conf_option *option, struct conf *conf)
{
    char **text = (void *)((char *)conf + option->offset);

    if (option->type == CONF_PATH || option->type == CONF_TEXT) {
        free(*text);
        *text = NULL;
    }
}
