/* tag.h - a tag that comes byte by byte. */
#ifndef RUA_TAG_H
#define RUA_TAG_H

#include "buf.h"

struct rua_tag {
    struct rua_buf text; /* from its "<" on; without the ">" */
    size_t name_end;     /* where its name ends; 0: that goes on */
    unsigned char quote; /* the open quote, or 0 */
};

void rua_tag_init(struct rua_tag *tag);
void rua_tag_done(struct rua_tag *tag);

/* Its "<" came. */
void rua_tag_begin(struct rua_tag *tag);

enum rua_tag_state {
    RUA_TAG_GOES_ON, /* the byte is added; all others are not */
    RUA_TAG_WHOLE,   /* the byte is its ">" */
    RUA_TAG_CUT,     /* the byte is another "<" */
    RUA_TAG_NONE,    /* it is none: no tag has this byte there */
};
enum rua_tag_state rua_tag_add(struct rua_tag *tag, unsigned char c);

/* "</..." */
bool rua_tag_is_end(const struct rua_tag *tag);

/* "<.../" */
bool rua_tag_is_empty(const struct rua_tag *tag);

/* Its name so far, and what is between that and its ">" or "/>". */
struct rua_span rua_tag_name(const struct rua_tag *tag);
struct rua_span rua_tag_attributes(const struct rua_tag *tag);

#endif
