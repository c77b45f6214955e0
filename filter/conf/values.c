/* values.c - the types of the options: text to value, and back. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "options.h"

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
        return sized && !option->least
                   ? "a size from 0 to 1024G: bytes, or with K, M or G"
               : sized ? "a size from 1 to 1024G: bytes, or with K, M or G"
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
conf_option_set(const struct conf_option *option, void *of, const char *value)
{
    return types[option->type].set(option, (char *)of + option->offset, value);
}

const char *
conf_option_show(const struct conf_option *option, const void *of,
                 char scratch[CONF_SCRATCH])
{
    return types[option->type].show(option, (const char *)of + option->offset,
                                    scratch);
}

void
conf_option_done(const struct conf_option *option, void *of)
{
    char **text = (void *)((char *)of + option->offset);

    if (option->type == CONF_PATH || option->type == CONF_TEXT) {
        free(*text);
        *text = NULL;
    }
}
