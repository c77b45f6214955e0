/* clip.h - text that is made shorter, and stays text. */
#ifndef RUAMILL_CLIP_H
#define RUAMILL_CLIP_H

#include "flow.h"

#define CLIP_ELLIPSIS "\xe2\x80\xa6"

/* The first `n` bytes of UTF-8, or fewer, so that no character is cut in two;
 * all of it when it is not longer. */
struct rua_span clip(struct rua_span text, size_t n);

/* Puts it into `size` bytes, with its NUL: as much of it as there is room for,
 * and an ellipsis when that is not all. */
void clip_text(struct rua_span text, char *ret_text, size_t size);

#endif
