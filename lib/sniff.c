#include "sniff.h"

#include <string.h>

#include "report.h"

enum {
    MAGIC_MAX = 4, /* the longest magic below */
    TEXT_MAX = 512 /* bytes that tell text from something else */
};

static const struct magic {
    const char *bytes;
    size_t len;
    enum rua_kind kind;
    const char *name;
} magics[] = {
    {"<",                1, RUA_IS_XML,   "XML"     },
    {"\x1f\x8b",         2, RUA_IS_GZIP,  "gzip"    },
    {"\x78\x01",         2, RUA_IS_ZLIB,  "zlib"    },
    {"\x78\x5e",         2, RUA_IS_ZLIB,  "zlib"    },
    {"\x78\x9c",         2, RUA_IS_ZLIB,  "zlib"    },
    {"\x78\xda",         2, RUA_IS_ZLIB,  "zlib"    },
    {"PK\3\4",           4, RUA_IS_ZIP,   "zip"     },
    {"PK\5\6",           4, RUA_IS_ZIP,   "zip"     },
    {"{",                1, RUA_IS_OTHER, "JSON"    },
    {"BZh",              3, RUA_IS_OTHER, "bzip2"   },
    {"\xfd\x37zX",       4, RUA_IS_OTHER, "xz"      },
    {"\x28\xb5\x2f\xfd", 4, RUA_IS_OTHER, "zstd"    },
    {"7z\xbc\xaf",       4, RUA_IS_OTHER, "7-Zip"   },
    {"Rar!",             4, RUA_IS_OTHER, "RAR"     },
    {"%PDF",             4, RUA_IS_OTHER, "PDF"     },
    {"\x89PNG",          4, RUA_IS_OTHER, "an image"},
    {"GIF8",             4, RUA_IS_OTHER, "an image"},
    {"\xff\xd8\xff",     3, RUA_IS_OTHER, "an image"},
};

/* Bytes of the byte order mark that `data` begins with, or 0. */
static size_t
mark_at(struct rua_span data)
{
    if (data.len >= 3 && memcmp(data.data, "\xef\xbb\xbf", 3) == 0)
        return 3;
    if (data.len >= 2 && (memcmp(data.data, "\xff\xfe", 2) == 0 ||
                          memcmp(data.data, "\xfe\xff", 2) == 0))
        return 2;
    return 0;
}

/* Bytes of white space, zero bytes and byte order marks in front. */
static size_t
junk_at(struct rua_span data)
{
    size_t at = 0, n;

    while (at < data.len) {
        struct rua_span rest = {data.data + at, data.len - at};
        n = memchr(" \t\r\n", rest.data[0], 5) ? 1 : mark_at(rest);
        if (!n)
            break;
        at += n;
    }
    return at;
}

/* Where a document begins whose "<" stands at `at`: a single byte order mark is
 * its own, and so is the zero byte before a "<" of big-endian UTF-16, which
 * stands at an odd place whatever characters are before it. */
static size_t
xml_begin(struct rua_span data, size_t at)
{
    if (at % 2 && !data.data[at - 1] && at + 1 < data.len && !data.data[at + 1])
        at--;
    return at == mark_at(data) ? 0 : at;
}

/* White space may stand before a document that has no XML declaration. */
static bool
may_stand_before(struct rua_span data, struct rua_span rest)
{
    size_t space = 0;

    while (data.data + space < rest.data &&
           memchr(" \t\r\n", data.data[space], 4))
        space++;
    return data.data + space == rest.data && rest.len >= 4 &&
           rest.data[0] == '<' && memcmp(rest.data, "<?xm", 4) != 0;
}

static bool
is_text(struct rua_span data)
{
    for (size_t i = 0; i < data.len && i < TEXT_MAX; i++) {
        unsigned char c = data.data[i];
        if (c < ' ' && (!c || !strchr("\t\r\n\f\033", c)))
            return false;
    }
    return true;
}

static const struct magic *
find_magic(struct rua_span data)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
        if (data.len >= magics[i].len &&
            memcmp(data.data, magics[i].bytes, magics[i].len) == 0)
            return &magics[i];
    return NULL;
}

struct rua_sight
rua_sniff(struct rua_span data, bool whole)
{
    struct rua_sight sight = {.kind = RUA_IS_UNKNOWN};
    const struct magic *magic;
    struct rua_span rest;
    size_t junk;

    if (data.len >= RUA_SNIFF_MAX) {
        data.len = RUA_SNIFF_MAX;
        whole = true;
    }
    junk = junk_at(data);
    rest = (struct rua_span){data.data + junk, data.len - junk};
    if (rest.len < MAGIC_MAX && !whole)
        return sight;
    magic = find_magic(rest);
    if (!magic && rest.len < TEXT_MAX && !whole)
        return sight;
    sight.begin = junk;
    if (magic) {
        sight.kind = magic->kind;
        sight.name = magic->name;
    } else if (!rest.len) {
        sight.kind = RUA_IS_NOTHING;
        sight.name = junk ? "white space" : "nothing";
    } else {
        sight.kind = RUA_IS_OTHER;
        sight.text = is_text(rest);
        sight.name = sight.text ? "text" : "unknown data";
    }
    if (sight.kind == RUA_IS_XML)
        sight.begin = xml_begin(data, junk);
    if (sight.begin && !may_stand_before(data, rest))
        sight.oddities = RUA_LEADING_JUNK;
    return sight;
}
