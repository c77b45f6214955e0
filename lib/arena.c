#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

enum {
    BLOCK = 4096
};

struct rua_arena_block {
    struct rua_arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

void *
rua_arena_alloc(struct rua_arena *arena, size_t size)
{
    struct rua_arena_block *block = arena->blocks;
    void *memory;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!block || size > block->size - block->used) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = rua_alloc(sizeof(*block) + room);
        block->next = arena->blocks;
        block->used = 0;
        block->size = room;
        arena->blocks = block;
    }
    memory = block->data + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

char *
rua_arena_text(struct rua_arena *arena, struct rua_span span)
{
    char *text;

    if (!span.data)
        return NULL;
    text = rua_arena_alloc(arena, span.len + 1);
    memcpy(text, span.data, span.len);
    return text;
}

struct rua_span
rua_arena_span(struct rua_arena *arena, struct rua_span span)
{
    span.data = (const unsigned char *)rua_arena_text(arena, span);
    return span;
}

void
rua_arena_done(struct rua_arena *arena)
{
    struct rua_arena_block *block = arena->blocks, *next;

    for (; block; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}
