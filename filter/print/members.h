/* members.h - objects and arrays of JSON (RFC 8259), written; its texts are
 * json.h's. */
#ifndef RUAMILL_MEMBERS_H
#define RUAMILL_MEMBERS_H

#include <stdint.h>
#include <stdio.h>

#include "flow.h"

/* {.out = ...} to begin with. */
struct members {
    FILE *out;
    bool more; /* a comma is due */
    bool begun;
};

/* `name` is that of a member, of ours; NULL in an array, and for the whole. */
void members_open(struct members *members, const char *name, char bracket);
void members_close(struct members *members, char bracket);
void members_text(struct members *members, const char *name,
                  struct rua_span text);
void members_number(struct members *members, const char *name, uint64_t number);
void members_flag(struct members *members, const char *name, bool flag);
void members_null(struct members *members, const char *name);

#endif
