#include "clip.h"

#include <stdio.h>

struct rua_span
clip(struct rua_span text, size_t n)
{
    if (text.len <= n)
        return text;
    while (n && (text.data[n] & 0xc0) == 0x80)
        n--;
    return (struct rua_span){text.data, n};
}

void
clip_text(struct rua_span text, char *ret_text, size_t size)
{
    bool is_whole = text.len < size;
    struct rua_span kept =
        is_whole ? text : clip(text, size - sizeof(CLIP_ELLIPSIS));

    snprintf(ret_text, size, "%.*s%s", (int)kept.len,
             kept.data ? (const char *)kept.data : "",
             is_whole ? "" : CLIP_ELLIPSIS);
}
