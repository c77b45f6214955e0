#include "mbox.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* "From ", and a time of day somewhere behind it. */
static bool
is_from_line(const char *line, unsigned len)
{
    if (len < 5 || memcmp(line, "From ", 5) != 0)
        return false;
    for (unsigned i = 5; i + 4 < len; i++)
        if (line[i + 2] == ':' && isdigit((unsigned char)line[i + 1]) &&
            isdigit((unsigned char)line[i + 3]) &&
            isdigit((unsigned char)line[i + 4]))
            return true;
    return false;
}

/* Bytes of the empty lines that the file begins with. */
static unsigned
empty_lines(const char *start, size_t len)
{
    unsigned n = 0;

    while (n < len && (start[n] == '\n' || start[n] == '\r'))
        n++;
    return n;
}

bool
mbox_is(int fd)
{
    char start[MBOX_LINE];
    ssize_t n = pread(fd, start, sizeof(start), 0);
    unsigned empty = empty_lines(start, n > 0 ? (size_t)n : 0);
    const char *line = start + empty, *end;

    if (n <= 0)
        return false;
    end = memchr(line, '\n', (size_t)n - empty);
    return is_from_line(line,
                        end ? (unsigned)(end - line) : (unsigned)n - empty);
}

void
mbox_open(struct mbox *mbox, int fd)
{
    char start[MBOX_LINE];
    ssize_t n = pread(fd, start, sizeof(start), 0);

    mbox->fd = fd;
    mbox->begin = mbox->at = empty_lines(start, n > 0 ? (size_t)n : 0);
    mbox->used = mbox->have = mbox->line = 0;
    mbox->empty_before = false;
    mbox->error = 0;
}

/* The next byte, or -1. */
static int
next_byte(struct mbox *mbox)
{
    if (mbox->used == mbox->have) {
        ssize_t n;
        mbox->at += mbox->have;
        mbox->used = mbox->have = 0;
        do
            n = pread(mbox->fd, mbox->block, sizeof(mbox->block),
                      (off_t)mbox->at);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            mbox->error = errno;
        if (n <= 0)
            return -1;
        mbox->have = (unsigned)n;
    }
    return mbox->block[mbox->used++];
}

/* Takes one line; false at the end. */
static bool
next_line(struct mbox *mbox, uint64_t *ret_begin)
{
    int c = next_byte(mbox);

    *ret_begin = mbox->at + mbox->used - 1;
    mbox->line = 0;
    for (; c >= 0 && c != '\n'; c = next_byte(mbox))
        if (mbox->line < MBOX_LINE)
            mbox->start[mbox->line++] = (char)c;
    return c >= 0 || mbox->line > 0;
}

bool
mbox_next(struct mbox *mbox, uint64_t *ret_offset, uint64_t *ret_len)
{
    uint64_t line;

    *ret_offset = mbox->begin;
    while (next_line(mbox, &line)) {
        bool from = mbox->empty_before && line > mbox->begin &&
                    is_from_line(mbox->start, mbox->line);
        mbox->empty_before =
            mbox->line == 0 || (mbox->line == 1 && mbox->start[0] == '\r');
        if (from) {
            *ret_len = line - mbox->begin;
            mbox->begin = line;
            return true;
        }
    }
    if (mbox->error)
        return false;
    *ret_len = mbox->at + mbox->used - mbox->begin;
    mbox->begin += *ret_len;
    return *ret_len > 0;
}
