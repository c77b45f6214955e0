/* mend.h - what an administrator can do about an error of the system. */
#ifndef RUAMILL_MEND_H
#define RUAMILL_MEND_H

#include "err.h"

/* What to say behind a sentence that ends with the text of such an error
 * ("store /x: Permission denied"): "; ..."; "" when nothing is known. Where
 * something belongs to another user, it is said to whom. Valid until the next
 * call; not thread-safe. */
const char *mend(const char *sentence);

/* The sentence with that behind it, in `to`. */
#define MENDED (RUA_SENTENCE_MAX + 320)
const char *mended(const char *sentence, char to[MENDED]);

#endif
