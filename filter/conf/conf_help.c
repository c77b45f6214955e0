/* conf_help.c - the options as text: for --help, and as a file. */
#include <string.h>

#include "conf.h"
#include "options.h"
#include "targets.h"

enum {
    HELP_COLUMN = 26,
    HELP_WIDTH = 79,
};

/* Goes from `column` to HELP_COLUMN, of the next line when that is behind. */
static size_t
indent(FILE *out, size_t column)
{
    if (column == 0 || column > HELP_COLUMN)
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
    return HELP_COLUMN;
}

/* Prints words from `column` on, and breaks lines before they get too long. A
 * word ends at one of the bytes `blanks`. */
static void
print_wrapped(FILE *out, size_t *column, const char *text, const char *blanks)
{
    while (*text) {
        size_t n = strcspn(text, blanks);
        if (*column + 1 + n > HELP_WIDTH)
            *column = indent(out, 0);
        fprintf(out, " %.*s", (int)n, text);
        *column += 1 + n;
        text += n + (text[n] != '\0');
    }
}

static void
print_option(FILE *out, const struct conf_option *option, const void *defaults)
{
    char scratch[CONF_SCRATCH], text[CONF_SCRATCH + 16];
    const char *preset = conf_option_show(option, defaults, scratch);
    size_t column;

    fprintf(out, "  %s=%s", option->name, option->form);
    column = indent(out, strlen(option->name) + strlen(option->form) + 3);
    print_wrapped(out, &column, option->help, " ");
    if (preset) {
        snprintf(text, sizeof(text), "(default: %s)", preset);
        print_wrapped(out, &column, text, "");
    }
    fprintf(out, "\n");
}

void
conf_print_help(FILE *out)
{
    bool limits = false;
    struct conf defaults;

    conf_init(&defaults);
    for (size_t i = 0; i < conf_option_count; i++) {
        const struct conf_option *option = &conf_options[i];
        if (conf_option_is_limit(option) && !limits)
            fprintf(out, "Ceilings; those in bytes take K, M or G behind the "
                         "number (KiB, MiB, GiB):\n");
        limits = conf_option_is_limit(option);
        print_option(out, option, &defaults);
    }
    conf_done(&defaults);
}

void
conf_print_target_help(FILE *out)
{
    struct conf defaults = {0};
    struct conf_target *target;

    if (conf_target_begin(&defaults, "[target x]", "", &target, NULL) == RUA_OK)
        for (size_t i = 0; i < conf_target_table.count; i++)
            print_option(out, &conf_target_table.options[i], target);
    conf_targets_done(&defaults);
}

static void
print_table(const struct conf_table *table, const void *of, FILE *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *name = table->options[i].name;
        char scratch[CONF_SCRATCH];
        const char *value = conf_option_show(&table->options[i], of, scratch);
        /* a # or ; behind a blank would begin a comment */
        if (value)
            fprintf(out, "%s =%s%s\n", name,
                    *value == '#' || *value == ';' ? "" : " ", value);
        else
            fprintf(out, "# %s =\n", name);
    }
}

void
conf_print(const struct conf *conf, FILE *out)
{
    const struct conf_target *target;

    print_table(&conf_table, conf, out);
    for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++) {
        fprintf(out, "\n[target %s]\n", target->name);
        print_table(&conf_target_table, target, out);
    }
}
