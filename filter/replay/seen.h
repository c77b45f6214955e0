/* seen.h - keys of reports that came before: what a dry run has instead of a
 * store. */
#ifndef RUAMILL_SEEN_H
#define RUAMILL_SEEN_H

#include <stdbool.h>

/* {0} is none. */
struct seen {
    void *tree; /* of search.h */
};

/* True when it came before. */
bool seen_add(struct seen *seen, const char *key);
void seen_done(struct seen *seen);

#endif
