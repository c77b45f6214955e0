/* near.h - what was meant by a name that is spelt wrong. */
#ifndef RUAMILL_NEAR_H
#define RUAMILL_NEAR_H

#include <stddef.h>

/* Bytes of a name that may have been meant, at most. */
#define NEAR_MAX 63

struct near {
    const char *word;
    const char *name; /* the nearest so far; NULL: none is near */
    size_t least;
};

void near_begin(struct near *near, const char *word);

/* A name that there is, and that is borrowed. */
void near_try(struct near *near, const char *name);

#endif
