#include "near.h"

#include <stdint.h>
#include <string.h>

/* Letters to change, add or take away to make `b` of `a`, without regard to
 * case (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
    size_t row[NEAR_MAX + 1], n = strlen(b);

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

void
near_begin(struct near *near, const char *word)
{
    *near = (struct near){.word = word, .least = strlen(word) / 4 + 1};
}

void
near_try(struct near *near, const char *name)
{
    size_t d = strlen(name) <= NEAR_MAX ? distance(near->word, name) : SIZE_MAX;

    if (d < near->least || (d == near->least && !near->name)) {
        near->name = name;
        near->least = d;
    }
}
