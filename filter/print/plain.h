/* plain.h - strangers' text, made fit to be shown.
 *
 * What comes out is valid UTF-8 without control characters, terminal escapes,
 * line ends or marks that steer the direction of writing: as text is cleaned in
 * a table (cell.h), whoever has written to the table since. */
#ifndef RUAMILL_PLAIN_H
#define RUAMILL_PLAIN_H

#include <stdint.h>

#include "buf.h"

/* Appends the text. */
void plain_text(struct rua_buf *out, struct rua_span text);

/* The character at the front of such text, and how many bytes it has: 0 at the
 * end. */
size_t plain_next(struct rua_span text, uint32_t *ret_character);

/* How many columns of a terminal a character takes, 1 or 2; 0 for one that
 * cannot be seen there, or is put upon the one before. After setlocale(3). */
unsigned plain_width(uint32_t character);

#endif
