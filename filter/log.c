#include "log.h"

#include <string.h>

enum {
    VALUE_MAX = 200,
    LINE_SIZE = 4096
};

/* Seven values with keys, quotes and dots, and two numbers. */
_Static_assert(7 * (VALUE_MAX + 16) + 64 <= LINE_SIZE, "any line fits");

/* A line being made. What does not fit is left out. */
struct line {
    size_t len;
    char text[LINE_SIZE];
};

static void
add(struct line *line, const char *text)
{
    size_t n = strlen(text), room = sizeof(line->text) - line->len;

    n = n < room ? n : room;
    memcpy(line->text + line->len, text, n);
    line->len += n;
}

/* Appends `value` printable, `special` escaped too, in at most `max` bytes:
 * what is longer ends with "...". */
static void
add_printable(struct line *line, const char *value, const char *special,
              size_t max)
{
    size_t used = 0;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        char piece[8] = {*value};

        if (c < ' ' || c > '~' || strchr(special, *value))
            snprintf(piece, sizeof(piece), "\\x%02x", c);
        used += strlen(piece);
        if (used > max) {
            add(line, "...");
            return;
        }
        add(line, piece);
    }
}

static void
add_value(struct line *line, const char *key, const char *value)
{
    const char *quote;

    if (!value)
        return;
    quote = !*value || strpbrk(value, " \"=") ? "\"" : "";
    if (line->len)
        add(line, " ");
    add(line, key);
    add(line, "=");
    add(line, quote);
    add_printable(line, value, "\"\\", VALUE_MAX);
    add(line, quote);
}

static void
add_number(struct line *line, const char *key, unsigned long long number)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", number);
    add_value(line, key, text);
}

void
log_message(FILE *out, const struct log_line *message)
{
    struct line line = {0};

    add_value(&line, "id", message->id ? message->id : "");
    add_value(&line, "rua", message->rua);
    add_value(&line, "from", message->from);
    add_value(&line, "verdict", rua_verdict_name(message->verdict));
    add_number(&line, "reports", message->reports);
    add_number(&line, "records", message->records);
    add_value(&line, "domain", message->domain);
    add_value(&line, "org", message->org);
    add_value(&line, "text", message->text);
    add(&line, "\n");
    fwrite(line.text, 1, line.len, out);
}

void
log_error(const char *sentence)
{
    struct line line = {0};

    add(&line, "ruamill: ");
    add_printable(&line, sentence, "", sizeof(line.text) - 16);
    add(&line, "\n");
    fwrite(line.text, 1, line.len, stderr);
}
