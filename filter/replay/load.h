/* load.h - reports that are committed together: one is filled while the one
 * before is committed. */
#ifndef RUAMILL_LOAD_H
#define RUAMILL_LOAD_H

#include "entry.h"

/* It is full with so many reports or messages, or with so many bytes: there is
 * one sync for that much. */
enum {
    LOAD_REPORTS = 256,
    LOAD_MESSAGES = 256,
    LOAD_BYTES = 8 << 20,
};

struct load {
    struct rua_entry_maker *maker; /* its entries are made by this one, */
    struct rua_scratch scratch;    /* which puts rows here */
    struct rua_entry **entries;    /* borrowed; n of them */
    size_t n, room;
    uint64_t bytes;
    unsigned messages;
    bool full;
};

/* An empty one; its `scratch` is the caller's to open, and closed by
 * load_done(). Errors are those of rua_entry_maker_new(). */
enum rua_verdict load_init(struct load *load,
                           const struct rua_entry_style *style,
                           struct rua_err *err);

/* A message with these entries; `alone`: nothing else is to come behind it. */
void load_add(struct load *load, struct rua_entry *entries, size_t n,
              bool alone);

/* Empties it, when its entries are done. */
void load_empty(struct load *load);
void load_done(struct load *load);

#endif
