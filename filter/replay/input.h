/* input.h - the messages of files, folders and standard input, one by one.
 *
 * Folders are walked to the bottom, names in order; a Maildir's tmp is left
 * out. An mbox file gives each of its messages; any other file is one. */
#ifndef RUAMILL_INPUT_H
#define RUAMILL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct input;
struct input_file;

/* A message: bytes [offset, offset + len) of fd. */
struct input_item {
    const char *id;   /* path, or "path:offset" in an mbox */
    const char *name; /* the last component of the path */
    int fd;           /* -1: it cannot be read, and err says why */
    uint64_t offset, len;
    struct rua_err err;
    struct input_file *file; /* who holds the descriptor open */
};

/* `paths` is borrowed as long as the input is open. Standard input ("-") is
 * copied into `spare`, an unlinked file that is the input's from now on (-1:
 * there is none). RUA_REFUSED when a path is not there, or neither a file nor a
 * folder. */
enum rua_verdict input_open(char *const *paths, size_t n, int spare,
                            struct input **ret_input, struct rua_err *err);

/* Gives it a spare file after all. */
void input_give_spare(struct input *input, int spare);

/* From now on, a file is one message, also when it looks like an mbox. */
void input_take_whole(struct input *input);
void input_close(struct input *input);

/* How many files there are: a walk of its own, for a progress line. */
uint64_t input_count(char *const *paths, size_t n);

/* The next message; false when there is none any more. */
bool input_next(struct input *input, struct input_item *ret_item);
void input_item_done(struct input_item *item);

#endif
