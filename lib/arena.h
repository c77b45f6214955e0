/* arena.h - memory that dies with the message.
 *
 * Spans and texts of a message are put here and freed together. Bounded by what
 * its callers put in: every one of them has a ceiling. */
#ifndef RUA_ARENA_H
#define RUA_ARENA_H

#include <stddef.h>

#include "flow.h"

struct rua_arena_block;

/* {0} is a valid empty arena. */
struct rua_arena {
    struct rua_arena_block *blocks;
};

/* Zeroed memory, aligned for any type. */
void *rua_arena_alloc(struct rua_arena *arena, size_t size);

/* Copies; the text one ends with a NUL, and an absent span gives NULL. */
struct rua_span rua_arena_span(struct rua_arena *arena, struct rua_span span);
char *rua_arena_text(struct rua_arena *arena, struct rua_span span);

/* Frees everything; the arena is empty and may be used again. */
void rua_arena_done(struct rua_arena *arena);

#endif
