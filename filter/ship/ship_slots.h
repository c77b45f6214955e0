/* ship_slots.h - the hash table in the file of the offsets.
 *
 * Open addressing, linear probing; the number of slots is a power of two, and a
 * quarter of them is free at least. */
#ifndef RUAMILL_SHIP_SLOTS_H
#define RUAMILL_SHIP_SLOTS_H

#include <stdint.h>

#include "flow.h"

/* Where the slots begin in the file. */
#define SHIP_SLOTS_AT 4096

/* In the machine's own byte order: inodes mean nothing on another one. Unused:
 * all zero. */
struct ship_slot {
    uint64_t inode, offset, mark, check;
};

/* Whether it is used, and was not torn. */
bool ship_slot_is_good(const struct ship_slot *slot);

/* The slot of an inode, or the unused one that it would get; RUA_LATER when all
 * are used by others. */
enum rua_verdict ship_slot_find(int fd, uint64_t slots, uint64_t inode,
                                uint64_t *ret_at, struct ship_slot *ret_slot,
                                struct rua_err *err);

/* Writes a slot, with its check sum. */
enum rua_verdict ship_slot_write(int fd, uint64_t at, struct ship_slot slot,
                                 struct rua_err *err);

/* How many slots are used, and be it by something torn. */
enum rua_verdict ship_slots_count(int fd, uint64_t slots, uint64_t *ret_used,
                                  struct rua_err *err);

/* Brings all slots of a file into another one, which is larger; *ret_used: how
 * many that were. */
enum rua_verdict ship_slots_copy(int from, uint64_t n_from, int to,
                                 uint64_t n_to, uint64_t *ret_used,
                                 struct rua_err *err);

#endif
