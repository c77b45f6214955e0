/* numbered.h - for the tests of the store: reports that are made of a number,
 * without a message, and a store that takes them.
 *
 * A row is "<number>,<row>,<length of the filler>,<filler>", a line of the
 * reports table "<number>". The key is the number in hexadecimal. */
#ifndef NUMBERED_H
#define NUMBERED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

#define NUMBERED_HEADER "number,row,length,filler\n"
#define NUMBERED_REPORT "number\n"

enum {
    NUMBERED_ROWS = 1 << 20, /* bytes of the rows of a report, at most */
};

struct numbered {
    struct rua_entry entry;
    struct rua_spool part;
};

static inline void
numbered_fail(const char *what, const struct rua_err *err)
{
    fprintf(stderr, "%s: %s\n", what, err ? err->sentence : "");
    exit(1);
}

static inline void
numbered_name(struct rua_entry *entry, unsigned long number, unsigned domain,
              unsigned period)
{
    snprintf(entry->key, sizeof(entry->key), "%064lx", number);
    snprintf(entry->folder, sizeof(entry->folder), "d%u.example", domain);
    snprintf(entry->period, sizeof(entry->period), "-%u", period);
    snprintf(entry->archive, sizeof(entry->archive), "archive/%u/%.64s", period,
             entry->key);
}

/* The filler of row r is `filler` letters and some that depend on the row. */
static inline void
numbered_rows(struct rua_spool *rows, unsigned long number, unsigned n,
              unsigned filler)
{
    char *line = rua_alloc(filler + 400);

    for (unsigned r = 1; r <= n; r++) {
        unsigned len = filler + (unsigned)((number * 31 + r * 7) % 256);
        int head = snprintf(line, 128, "%lu,%u,%u,", number, r, len);
        memset(line + head, 'a' + (int)(number % 26), len);
        line[head + (int)len] = '\n';
        if (rua_spool_write(rows,
                            (struct rua_span){(unsigned char *)line,
                                              (size_t)head + len + 1},
                            NULL) != RUA_OK)
            numbered_fail("rows", NULL);
    }
    free(line);
}

/* Report `number` with n rows, to table `period` of `domain`, and an archive
 * file of `part` bytes. */
static inline void
numbered_make(struct numbered *report, unsigned long number, unsigned domain,
              unsigned period, unsigned n, unsigned filler, size_t part)
{
    struct rua_entry *entry = &report->entry;
    unsigned char *bytes = rua_alloc(part + 1);

    *report = (struct numbered){.entry = {.container = RUA_CONTAINER_XML_GZ}};
    numbered_name(entry, number, domain, period);
    rua_spool_init(&entry->records, NULL, NUMBERED_ROWS, NUMBERED_ROWS, "rows");
    numbered_rows(&entry->records, number, n, filler);
    rua_buf_init(&entry->report, 64);
    rua_buf_printf(&entry->report, "%lu\n", number);
    rua_spool_init(&report->part, NULL, part + 1, part + 1, "part");
    memset(bytes, (int)(number & 0xff), part);
    rua_spool_write(&report->part, (struct rua_span){bytes, part}, NULL);
    free(bytes);
    entry->part = &report->part;
    entry->part_len = part;
}

static inline void
numbered_done(struct numbered *report)
{
    rua_spool_done(&report->part);
    rua_entry_done(&report->entry);
}

static inline struct rua_store *
numbered_open(const char *path, unsigned lease_wait)
{
    const struct rua_store_style style = {
        .format = RUA_CSV,
        .records_header = RUA_SPAN(NUMBERED_HEADER),
        .reports_header = RUA_SPAN(NUMBERED_REPORT),
        .lease_wait = lease_wait,
    };
    struct rua_err err = {0};
    struct rua_store *store = NULL;

    if (rua_store_open(path, &style, &store, &err) != RUA_OK)
        numbered_fail("open", &err);
    return store;
}

/* Whether `line`, of `len` bytes without its end, is a row as it was made. */
static inline bool
numbered_is_row(const char *line, size_t len)
{
    const char *end = line + len;
    unsigned long value[3];
    const char *at = line;

    for (size_t i = 0; i < 3; i++) {
        char *next;
        value[i] = strtoul(at, &next, 10);
        if (next == at || next >= end || *next != ',')
            return false;
        at = next + 1;
    }
    if ((size_t)(end - at) != value[2])
        return false;
    for (; at < end; at++)
        if (*at != 'a' + (int)(value[0] % 26))
            return false;
    return true;
}

#endif
