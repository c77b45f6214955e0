/* options.h - the table of the options: what conf.c knows about each. */
#ifndef RUAMILL_OPTIONS_H
#define RUAMILL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"

enum conf_type {
    CONF_PATH,   /* char *, a file or folder */
    CONF_TEXT,   /* char * */
    CONF_WORD,   /* an enum, whose values are the words of `form` in order */
    CONF_SWITCH, /* bool: yes|no */
    CONF_NUMBER, /* unsigned, `least` to 1024 */
    CONF_MODE,   /* unsigned, in octal digits */
    CONF_SIZE,   /* uint64_t, bytes: may end in K, M or G */
    CONF_COUNT,  /* uint64_t, anything else */
};

struct conf_option {
    const char *name;
    enum conf_type type;
    const char *form;   /* what a value looks like: "FILE", "csv|tsv" */
    const char *preset; /* the default; NULL: none, or that of limit.h */
    const char *help;   /* one line */
    unsigned least;     /* of a CONF_NUMBER, _SIZE or _COUNT */
    size_t offset;      /* in struct conf, or what its table is of */
};

/* Options that are members of one struct. */
struct conf_table {
    const struct conf_option *options;
    size_t count;
};

/* Those of struct conf. */
extern const struct conf_option conf_options[];
extern const size_t conf_option_count;
extern const struct conf_table conf_table;

/* NULL when there is no such option. */
const struct conf_option *conf_option_find(const struct conf_table *table,
                                           const char *name);

/* The option whose name is most like `name`, or NULL when none is. */
const struct conf_option *conf_option_nearest(const struct conf_table *table,
                                              const char *name);

/* True for the ceilings, which stand last in the table: those of limit.h and
 * before them the program's own. */
bool conf_option_is_limit(const struct conf_option *option);

/* Values (values.c). `of` is the struct that the option's table is of. */

/* Sets the option's value from text. Returns NULL, or what a value must be: "a
 * number from 1 to ...". */
const char *conf_option_set(const struct conf_option *option, void *of,
                            const char *value);

/* The option's value as text, in `scratch` or borrowed from `of`; NULL when
 * it is not set. */
#define CONF_SCRATCH 32
const char *conf_option_show(const struct conf_option *option, const void *of,
                             char scratch[CONF_SCRATCH]);

/* Frees the option's value. */
void conf_option_done(const struct conf_option *option, void *of);

#endif
