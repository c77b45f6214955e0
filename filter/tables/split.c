#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "csv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BLOCK = 64
};

_Static_assert((int)BLOCK == (int)SPLIT_PAD, "a block behind the end");

#define ONES  0x0101010101010101U
#define HIGHS 0x8080808080808080U

/* Which of 64 bytes are `wanted`, the first one in the lowest bit. */
#ifdef __SSE2__
static uint64_t
find(const unsigned char *block, unsigned char wanted)
{
    const __m128i needle = _mm_set1_epi8((char)wanted);
    uint64_t found = 0;

    for (int i = 0; i < BLOCK / 16; i++) {
        __m128i bytes =
            _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i));
        unsigned bits =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, needle));
        found |= (uint64_t)bits << (16 * i);
    }
    return found;
}
#else
static uint64_t
find(const unsigned char *block, unsigned char wanted)
{
    uint64_t found = 0;

    for (int i = 0; i < BLOCK; i++)
        found |= (uint64_t)(block[i] == wanted) << i;
    return found;
}
#endif

/* Each bit: whether an odd number of bits is set up to it. */
static uint64_t
parity(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The separators of a block of a line; *quoted, all ones or none, goes on to
 * the next block. */
static uint64_t
separators(enum rua_format format, const unsigned char *block, size_t left,
           uint64_t *quoted)
{
    uint64_t mask = left < BLOCK ? ((uint64_t)1 << left) - 1 : UINT64_MAX;
    uint64_t inside;

    if (format == RUA_TSV)
        return find(block, '\t') & mask;
    inside = parity(find(block, '"') & mask) ^ *quoted;
    *quoted = (uint64_t)0 - (inside >> 63);
    return find(block, ',') & mask & ~inside;
}

void
split_init(struct split *split, enum rua_format format, bool guard,
           const size_t *at, size_t n, size_t width)
{
    *split = (struct split){.format = format,
                            .guard = guard && format == RUA_CSV,
                            .at = at,
                            .n = n,
                            .width = width};
    for (size_t i = 0; i < n; i++)
        if (at[i] != SPLIT_NOWHERE && at[i] >= split->last)
            split->last = at[i] + 1;
    split->ends = rua_alloc((split->last + 1) * sizeof(*split->ends));
    rua_buf_init(&split->text, RUA_CSV_LINE);
}

void
split_done(struct split *split)
{
    free(split->ends);
    rua_buf_done(&split->text);
}

size_t
split_count(enum rua_format format, struct rua_span line)
{
    uint64_t quoted = 0;
    size_t n = 1;

    for (size_t i = 0; i < line.len; i += BLOCK)
        n += (size_t)__builtin_popcountll(
            separators(format, line.data + i, line.len - i, &quoted));
    return n;
}

/* Fills split->ends, and counts all values. */
static const char *
find_ends(struct split *split, struct rua_span line)
{
    uint64_t quoted = 0;
    size_t n = 0;

    for (size_t i = 0; i < line.len; i += BLOCK) {
        uint64_t found =
            separators(split->format, line.data + i, line.len - i, &quoted);
        for (; found && n < split->last; found &= found - 1)
            split->ends[n++] = i + (size_t)__builtin_ctzll(found);
        n += (size_t)__builtin_popcountll(found);
    }
    if (n < split->last)
        split->ends[n] = line.len;
    if (quoted)
        return "has a quote that is not closed";
    return split->width == 0 || n + 1 == split->width ? NULL
           : n + 1 < split->width ? "has fewer values than the header"
                                  : "has more values than the header";
}

/* A value between quotes, in which quotes are doubled. Room was made. */
static struct rua_span
undouble(struct split *split, struct rua_span value)
{
    unsigned char *to = split->text.data + split->text.len, *first = to;

    for (size_t i = 0; i < value.len; i++) {
        *to++ = value.data[i];
        i += value.data[i] == '"';
    }
    split->text.len += (size_t)(to - first);
    return (struct rua_span){first, (size_t)(to - first)};
}

static struct rua_span
take(struct split *split, struct rua_span value)
{
    if (value.len == 0)
        return (struct rua_span){0};
    if (split->format == RUA_CSV && value.len > 1 && value.data[0] == '"') {
        value = (struct rua_span){value.data + 1, value.len - 2};
        if (value.len && memchr(value.data, '"', value.len))
            value = undouble(split, value);
    }
    return split->guard && value.len && value.data[0] == '\''
               ? rua_csv_unguard(value)
               : value;
}

const char *
split_line(struct split *split, struct rua_span line,
           struct rua_span *ret_cells)
{
    const char *wrong = find_ends(split, line);

    rua_buf_reset(&split->text);
    if (wrong)
        return wrong;
    if (!rua_buf_room(&split->text, line.len + 1))
        return "is too long";
    for (size_t i = 0; i < split->n; i++) {
        size_t at = split->at[i], begin;
        if (at == SPLIT_NOWHERE) {
            ret_cells[i] = (struct rua_span){0};
            continue;
        }
        begin = at ? split->ends[at - 1] + 1 : 0;
        ret_cells[i] = take(split, (struct rua_span){line.data + begin,
                                                     split->ends[at] - begin});
    }
    return NULL;
}
