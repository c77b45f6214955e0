/* clip.h - text that is made shorter, and stays text. */
#ifndef RUAMILL_CLIP_H
#define RUAMILL_CLIP_H

#include "flow.h"

/* The first `n` bytes of UTF-8, or fewer, so that no character is cut in two;
 * all of it when it is not longer. */
struct rua_span clip(struct rua_span text, size_t n);

#endif
