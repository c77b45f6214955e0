/* mbox.h - where the messages of an mbox file begin and end.
 *
 * A message begins at a line "From <sender> <date>" at the start of the file or
 * behind an empty line; a sentence that happens to begin with "From " has no
 * time of day in it, and so is no such line. */
#ifndef RUAMILL_MBOX_H
#define RUAMILL_MBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a line that are looked at: a sender may have 256 of them. */
enum {
    MBOX_LINE = 512
};

/* Reads ahead by blocks; nothing of a message is kept. */
struct mbox {
    int fd;
    uint64_t begin; /* of the message that is next */
    uint64_t at;    /* offset of the first byte of `block` */
    unsigned used, have;
    unsigned line;         /* bytes of the line so far */
    bool empty_before;     /* the line before was empty */
    int error;             /* errno of a read that failed, or 0 */
    char start[MBOX_LINE]; /* of the line */
    unsigned char block[65536];
};

/* True when the file begins like an mbox. */
bool mbox_is(int fd);

/* Begins at the start of the file. */
void mbox_open(struct mbox *mbox, int fd);

/* The next message; false at the end of the file, or when the message at
 * mbox->begin cannot be read: then mbox->error is set. */
bool mbox_next(struct mbox *mbox, uint64_t *ret_offset, uint64_t *ret_len);

#endif
