#include "boundary.h"

#include <string.h>
#include <strings.h>

enum {
    NAMES = 16,
    NAME_MAX_LEN = 70, /* RFC 2046 section 5.1.1 */
};

struct guess {
    struct rua_span names[NAMES]; /* in the order of their first lines */
    bool sure[NAMES];
    size_t n;
};

/* The next line, without its line end and the blanks before that. */
static struct rua_span
next_line(struct rua_span *text)
{
    const unsigned char *newline = memchr(text->data, '\n', text->len);
    struct rua_span line = *text;

    if (newline)
        line.len = (size_t)(newline - text->data);
    text->data += line.len + (newline != NULL);
    text->len -= line.len + (newline != NULL);
    while (line.len && memchr(" \t\r", line.data[line.len - 1], 3))
        line.len--;
    return line;
}

static bool
starts(struct rua_span text, struct rua_span with)
{
    return text.len >= with.len && memcmp(text.data, with.data, with.len) == 0;
}

static bool
is_name_char(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || memchr("'()+_,-./:=? ", c, 13);
}

static bool
is_name(struct rua_span name)
{
    bool dashes = true;

    if (!name.len || name.len > NAME_MAX_LEN || name.data[0] == ' ')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_char(name.data[i]))
            return false;
        dashes = dashes && name.data[i] == '-';
    }
    return !dashes;
}

static bool
is_content_field(struct rua_span line)
{
    static const char content[] = "Content-";

    return line.len >= strlen(content) &&
           strncasecmp((const char *)line.data, content, strlen(content)) ==
               0 &&
           memchr(line.data, ':', line.len);
}

/* Whether the line "--`word`" is one of this name: "--NAME" or "--NAME--". */
static bool
is_line_of(struct rua_span name, struct rua_span word)
{
    return starts(word, name) && (word.len == name.len ||
                                  (word.len == name.len + 2 &&
                                   memcmp(word.data + name.len, "--", 2) == 0));
}

/* `rest` is the text below the line "--`word`". */
static void
take_word(struct guess *guess, struct rua_span word, struct rua_span rest)
{
    bool known = false;

    for (size_t i = 0; i < guess->n; i++)
        if (is_line_of(guess->names[i], word))
            known = guess->sure[i] = true;
    if (known || guess->n == NAMES || !is_name(word))
        return;
    guess->names[guess->n] = word;
    guess->sure[guess->n++] = rest.len && is_content_field(next_line(&rest));
}

struct rua_span
rua_boundary_guess(struct rua_span body)
{
    struct guess guess = {.n = 0};

    while (body.len && !guess.sure[0]) {
        struct rua_span line = next_line(&body);
        if (starts(line, RUA_SPAN("--")))
            take_word(&guess, (struct rua_span){line.data + 2, line.len - 2},
                      body);
    }
    for (size_t i = 0; i < guess.n; i++)
        if (guess.sure[i])
            return guess.names[i];
    return (struct rua_span){0};
}
