#include "paper.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plain.h"

enum {
    LINE_MAX_LEN = 1 << 20,
    USUAL_WIDTH = 80,
    LEAST_WIDTH = 40,
    MOST_WIDTH = 400
};

static const char *const inks[] = {
    [PAPER_BOLD] = "1",  [PAPER_DIM] = "2",  [PAPER_GOOD] = "32",
    [PAPER_POOR] = "33", [PAPER_BAD] = "31", [PAPER_MARK] = "36",
};

static unsigned
find_width(FILE *out)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;

    if (n == 0 && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
        n = size.ws_col;
    return n ? (unsigned)(n > MOST_WIDTH ? MOST_WIDTH : n) : USUAL_WIDTH;
}

void
paper_init(struct paper *paper, FILE *out, enum paper_when colour,
           unsigned width, bool ascii)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;

    setlocale(LC_CTYPE, "");
    *paper = (struct paper){.out = out};
    paper->colour = colour == PAPER_ALWAYS ||
                    (colour == PAPER_AUTO && terminal && !(none && *none));
    paper->ascii = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    paper->width = width ? width : find_width(out);
    if (paper->width < LEAST_WIDTH)
        paper->width = LEAST_WIDTH;
    rua_buf_init(&paper->line, LINE_MAX_LEN);
    rua_buf_init(&paper->text, LINE_MAX_LEN);
}

void
paper_done(struct paper *paper)
{
    rua_buf_done(&paper->line);
    rua_buf_done(&paper->text);
}

/* What stands for a character here, and how wide that is. */
static unsigned
show(const struct paper *paper, struct rua_span character, uint32_t code,
     struct rua_span *ret_shown)
{
    unsigned width = code < 0x80 ? 1 : plain_width(code);

    *ret_shown = character;
    if (paper->ascii && code >= 0x80)
        *ret_shown = RUA_SPAN("?");
    else if (width == 0)
        *ret_shown = RUA_SPAN("\xef\xbf\xbd");
    return paper->ascii || width == 0 ? 1 : width;
}

/* Cleans a text into paper->text. */
static struct rua_span
clean(struct paper *paper, struct rua_span text)
{
    rua_buf_reset(&paper->text);
    plain_text(&paper->text, text);
    return rua_buf_span(&paper->text);
}

static unsigned
measure(const struct paper *paper, struct rua_span text)
{
    unsigned width = 0;
    struct rua_span shown;
    uint32_t code;
    size_t n;

    for (; (n = plain_next(text, &code)); text.data += n, text.len -= n)
        width += show(paper, (struct rua_span){text.data, n}, code, &shown);
    return width;
}

unsigned
paper_width(struct paper *paper, struct rua_span text)
{
    return measure(paper, clean(paper, text));
}

static void
add(struct paper *paper, const char *text)
{
    rua_buf_add(&paper->line, text, strlen(text));
}

static void
begin_ink(struct paper *paper, enum paper_ink ink)
{
    for (; paper->owed; paper->owed--)
        rua_buf_add_byte(&paper->line, ' ');
    if (paper->colour && ink != PAPER_PLAIN)
        rua_buf_printf(&paper->line, "\033[%sm", inks[ink]);
}

static void
end_ink(struct paper *paper, enum paper_ink ink)
{
    if (paper->colour && ink != PAPER_PLAIN)
        add(paper, "\033[0m");
}

void
paper_put(struct paper *paper, enum paper_ink ink, struct rua_span text,
          unsigned most)
{
    struct rua_span clear = clean(paper, text), shown;
    bool cut = measure(paper, clear) > most;
    const char *dots = paper->ascii ? "~" : "\xe2\x80\xa6";
    unsigned room = cut ? most - 1 : most;
    uint32_t code;
    size_t n;

    if (most == 0 || clear.len == 0)
        return;
    begin_ink(paper, ink);
    for (; (n = plain_next(clear, &code)); clear.data += n, clear.len -= n) {
        unsigned width =
            show(paper, (struct rua_span){clear.data, n}, code, &shown);
        if (width > room)
            break;
        rua_buf_add_span(&paper->line, shown);
        room -= width;
        paper->column += width;
    }
    if (cut) {
        add(paper, dots);
        paper->column++;
    }
    end_ink(paper, ink);
}

void
paper_print(struct paper *paper, enum paper_ink ink, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    paper_put(paper, ink, rua_span_text(text), UINT32_MAX);
}

void
paper_to(struct paper *paper, unsigned column)
{
    if (column > paper->column) {
        paper->owed += column - paper->column;
        paper->column = column;
    }
}

void
paper_end_line(struct paper *paper)
{
    rua_buf_add_byte(&paper->line, '\n');
    fwrite(paper->line.data, 1, paper->line.len, paper->out);
    rua_buf_reset(&paper->line);
    paper->column = paper->owed = 0;
}

void
paper_paragraph(struct paper *paper, enum paper_ink ink, unsigned indent,
                struct rua_span text)
{
    unsigned first = paper->column;

    while (text.len) {
        const unsigned char *blank = memchr(text.data, ' ', text.len);
        size_t n = blank ? (size_t)(blank - text.data) : text.len;
        struct rua_span word = {text.data, n};
        unsigned room = paper->width - indent;
        bool begun = paper->column > indent && paper->column != first;
        if (begun &&
            paper->column + 1 + paper_width(paper, word) > paper->width) {
            paper_end_line(paper);
            begun = false;
            first = indent;
        }
        paper_to(paper, begun ? paper->column + 1 : indent);
        paper_put(paper, ink, word, room);
        n += blank != NULL;
        text.data += n;
        text.len -= n;
    }
    paper_end_line(paper);
}

void
paper_go_on(struct paper *paper, enum paper_ink ink, unsigned indent,
            struct rua_span text)
{
    if (paper->column + paper_width(paper, text) <= paper->width) {
        paper_put(paper, ink, text, paper->width);
        return;
    }
    while (text.len) {
        const unsigned char *blank = memchr(text.data, ' ', text.len);
        size_t n = blank ? (size_t)(blank - text.data) : text.len;
        struct rua_span word = {text.data, n};
        bool is_over = paper->column + paper_width(paper, word) > paper->width;
        if (is_over && paper->column > indent) {
            paper_end_line(paper);
            paper_to(paper, indent);
        }
        paper_put(paper, ink, word, paper->width - indent);
        n += blank != NULL;
        text.data += n;
        text.len -= n;
        if (blank)
            paper_to(paper, paper->column + 1);
    }
}

void
paper_bar(struct paper *paper, enum paper_ink ink, double part, unsigned width)
{
    static const char *const eighths[] = {"",
                                          "\xe2\x96\x8f",
                                          "\xe2\x96\x8e",
                                          "\xe2\x96\x8d",
                                          "\xe2\x96\x8c",
                                          "\xe2\x96\x8b",
                                          "\xe2\x96\x8a",
                                          "\xe2\x96\x89"};
    unsigned n = (unsigned)(part * width * 8 + 0.5);

    if (part > 0 && n == 0)
        n = 1;
    if (paper->ascii)
        n = (n + 7) / 8 * 8;
    if (n == 0)
        return;
    begin_ink(paper, ink);
    for (unsigned i = 0; i < n / 8; i++)
        add(paper, paper->ascii ? "#" : "\xe2\x96\x88");
    add(paper, eighths[n % 8]);
    paper->column += (n + 7) / 8;
    end_ink(paper, ink);
}

void
paper_line(struct paper *paper, enum paper_ink ink, const double *values,
           unsigned n, double most)
{
    static const char steps[] = ".:-=+*#%@";

    begin_ink(paper, ink);
    for (unsigned i = 0; i < n; i++) {
        unsigned step = most > 0 ? (unsigned)(values[i] / most * 8 + 0.5) : 0;
        char block[] = "\xe2\x96\x80";
        if (values[i] > 0 && step == 0)
            step = 1;
        block[2] = (char)(block[2] + (char)step);
        if (paper->ascii)
            rua_buf_add_byte(&paper->line, (unsigned char)steps[step]);
        else
            add(paper, step ? block : "\xc2\xb7");
    }
    paper->column += n;
    end_ink(paper, ink);
}
