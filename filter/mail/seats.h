/* seats.h - what a message needs while it is read and stored; there are as many
 * of these as messages are taken at the same time. */
#ifndef RUAMILL_SEATS_H
#define RUAMILL_SEATS_H

#include <time.h>

#include "entry.h"
#include "store.h"

/* Of one message at a time. Its files are unlinked ones in the store. */
struct seat {
    struct rua_entry_maker *maker;
    struct rua_scratch rows;  /* what the maker makes, */
    struct rua_scratch spill; /* and the result, when they are large */
    int scratch;              /* the worker's */
    int last; /* the socket of the worker that had it before; -1: that is gone
               */
    struct seat *next; /* seats.c's */
};

struct seats;

/* At most `most` of them, each made when it is first needed. What the style
 * points to, and the store, are borrowed. */
struct seats *seats_new(unsigned most, const struct rua_entry_style *style,
                        struct rua_store *store);

/* All seats have been given back. */
void seats_free(struct seats *seats);

/* Takes a seat, waiting for it until `deadline` (CLOCK_MONOTONIC). RUA_LATER
 * when there is none, or it cannot be made. Thread-safe. */
enum rua_verdict seats_take(struct seats *seats,
                            const struct timespec *deadline,
                            struct seat **ret_seat, struct rua_err *err);

/* Whether rows or the result of its message are in the seat's files. */
bool seats_is_in_use(const struct seat *seat);

/* Gives a seat back, and the room that its files have; one whose files cannot
 * be emptied is no more. Thread-safe. */
void seats_give(struct seats *seats, struct seat *seat);

#endif
