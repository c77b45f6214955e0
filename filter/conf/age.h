/* age.h - how long ago: "400d". */
#ifndef RUAMILL_AGE_H
#define RUAMILL_AGE_H

#include <stdbool.h>
#include <stdint.h>

/* A number and its unit: h, d, w or y (365 days); at least one hour, at most
 * 200 years. False for anything else. */
bool age_parse(const char *text, int64_t *ret_seconds);

/* What to say then, behind what the text is of. */
#define AGE_FORM "a number with h, d, w or y behind it, from 1h on, as 400d"

#endif
