#include "clip.h"

struct rua_span
clip(struct rua_span text, size_t n)
{
    if (text.len <= n)
        return text;
    while (n && (text.data[n] & 0xc0) == 0x80)
        n--;
    return (struct rua_span){text.data, n};
}
