#include "grid.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    GAP = 2,  /* blanks between columns */
    FLOOR = 8 /* of a column that is cut when nothing else can go */
};

void
grid_init(struct grid *grid, const struct grid_column *columns, size_t n)
{
    *grid = (struct grid){.columns = columns, .n = n};
}

void
grid_done(struct grid *grid)
{
    free(grid->cells);
    rua_arena_done(&grid->arena);
}

static struct grid_cell *
add_cell(struct grid *grid, enum paper_ink ink)
{
    if (grid->used == grid->room) {
        grid->room = grid->room ? grid->room * 2 : 128;
        grid->cells =
            rua_realloc(grid->cells, grid->room * sizeof(*grid->cells));
    }
    grid->cells[grid->used] = (struct grid_cell){.ink = ink};
    return &grid->cells[grid->used++];
}

void
grid_text(struct grid *grid, enum paper_ink ink, struct rua_span text)
{
    add_cell(grid, ink)->text = rua_arena_text(&grid->arena, text);
}

void
grid_print(struct grid *grid, enum paper_ink ink, const char *format, ...)
{
    char text[256];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    grid_text(grid, ink, rua_span_text(text));
}

void
grid_bar(struct grid *grid, enum paper_ink ink, double part)
{
    add_cell(grid, ink)->part = part;
}

void
grid_line(struct grid *grid, enum paper_ink ink, const double *values,
          unsigned n)
{
    struct grid_cell *cell = add_cell(grid, ink);

    cell->values = values;
    cell->n = n;
}

/* ---- widths ---- */

static unsigned
natural_width(const struct grid *grid, struct paper *paper, size_t column)
{
    const struct grid_column *form = &grid->columns[column];
    unsigned width = (unsigned)strlen(form->title), widest = 0;

    if (form->kind == GRID_BAR)
        return form->most;
    for (size_t i = column; i < grid->used; i += grid->n) {
        const struct grid_cell *cell = &grid->cells[i];
        unsigned w = form->kind == GRID_LINE
                         ? cell->n
                         : paper_width(paper, rua_span_text(cell->text));
        widest = w > widest ? w : widest;
    }
    if (widest == 0 && form->rank)
        return 0;
    width = widest > width ? widest : width;
    return form->kind != GRID_NUMBER && form->most && width > form->most
               ? form->most
               : width;
}

static unsigned
sum(const struct grid *grid, const unsigned *widths, unsigned indent)
{
    unsigned all = indent;
    bool any = false;

    for (size_t i = 0; i < grid->n; i++) {
        all += widths[i] + (any && widths[i] ? GAP : 0);
        any = any || widths[i];
    }
    return all;
}

/* Takes columns of the paper from what can be cut, the widest first; at the
 * `last`, below what they should have at least. */
static void
shrink(const struct grid *grid, unsigned *widths, unsigned over, bool last)
{
    while (over) {
        size_t widest = grid->n;
        for (size_t i = 0; i < grid->n; i++)
            if (grid->columns[i].kind != GRID_NUMBER &&
                (last || grid->columns[i].kind != GRID_NAME) &&
                widths[i] > (last ? FLOOR : grid->columns[i].least) &&
                (widest == grid->n || widths[i] > widths[widest]))
                widest = i;
        if (widest == grid->n)
            return;
        widths[widest]--;
        over--;
    }
}

/* The column that is left out first; grid->n when none may be. */
static size_t
least_important(const struct grid *grid, const unsigned *widths)
{
    size_t found = grid->n;

    for (size_t i = 0; i < grid->n; i++)
        if (widths[i] && grid->columns[i].rank &&
            (found == grid->n ||
             grid->columns[i].rank > grid->columns[found].rank))
            found = i;
    return found;
}

static void
lay_out(const struct grid *grid, struct paper *paper, unsigned indent,
        unsigned widths[GRID_COLUMNS])
{
    for (size_t i = 0; i < grid->n; i++)
        widths[i] = natural_width(grid, paper, i);
    for (;;) {
        unsigned all = sum(grid, widths, indent), least[GRID_COLUMNS];
        size_t out = least_important(grid, widths);
        if (all <= paper->width)
            return;
        memcpy(least, widths, sizeof(least));
        shrink(grid, least, all - paper->width, false);
        all = sum(grid, least, indent);
        if (all > paper->width && out == grid->n)
            shrink(grid, least, all - paper->width, true);
        if (all <= paper->width || out == grid->n) {
            memcpy(widths, least, sizeof(least));
            return;
        }
        widths[out] = 0;
    }
}

/* ---- printing ---- */

/* The last of the values, when there is no room for all. */
static void
show_line(const struct grid_cell *cell, struct paper *paper, unsigned width)
{
    unsigned skip = cell->n > width ? cell->n - width : 0;
    double most = 0;

    for (unsigned i = skip; i < cell->n; i++)
        most = cell->values[i] > most ? cell->values[i] : most;
    paper_line(paper, cell->ink, cell->values + skip, cell->n - skip, most);
}

static void
show_cell(const struct grid_column *column, const struct grid_cell *cell,
          struct paper *paper, unsigned at, unsigned width)
{
    struct rua_span text = rua_span_text(cell->text);

    paper_to(paper, at);
    if (column->kind == GRID_LINE && cell->values)
        show_line(cell, paper, width);
    else if (column->kind == GRID_BAR)
        paper_bar(paper, cell->ink, cell->part, width);
    else if (column->kind == GRID_NUMBER)
        paper_to(paper, at + width - paper_width(paper, text));
    if (column->kind != GRID_LINE && column->kind != GRID_BAR)
        paper_put(paper, cell->ink, text, width);
}

static void
show_row(const struct grid *grid, struct paper *paper, unsigned indent,
         const unsigned *widths, const struct grid_cell *cells)
{
    unsigned at = indent;

    for (size_t i = 0; i < grid->n; i++) {
        struct grid_column titles = grid->columns[i];
        struct grid_cell title = {.ink = PAPER_DIM, .text = titles.title};
        if (!widths[i])
            continue;
        if (!cells && titles.kind != GRID_NUMBER)
            titles.kind = GRID_TEXT;
        show_cell(&titles, cells ? &cells[i] : &title, paper, at, widths[i]);
        at += widths[i] + GAP;
    }
    paper_end_line(paper);
}

void
grid_show(const struct grid *grid, struct paper *paper, unsigned indent)
{
    unsigned widths[GRID_COLUMNS];

    lay_out(grid, paper, indent, widths);
    show_row(grid, paper, indent, widths, NULL);
    for (size_t i = 0; i + grid->n <= grid->used; i += grid->n)
        show_row(grid, paper, indent, widths, grid->cells + i);
}

const char *
grid_digits(uint64_t number, char ret_text[GRID_DIGITS])
{
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            ret_text[at++] = ',';
        ret_text[at++] = digits[i];
    }
    ret_text[at] = '\0';
    return ret_text;
}
