#include "ship_slots.h"

#include "file.h"
#include "ship_state.h"

enum {
    PIECE = 128, /* slots that are read at once */
};

#define NAME "offsets"

static uint64_t
mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

static uint64_t
check_of(const struct ship_slot *slot)
{
    return mix(slot->inode + mix(slot->offset + mix(slot->mark + 1)));
}

uint64_t
ship_mark(const unsigned char *bytes, size_t n)
{
    uint64_t mark = 0;

    for (size_t i = 0; i < n; i++)
        mark = mix(mark + bytes[i] + 1);
    return mark;
}

bool
ship_slot_is_good(const struct ship_slot *slot)
{
    return slot->inode && slot->check == check_of(slot);
}

enum rua_verdict
ship_slot_write(int fd, uint64_t at, struct ship_slot slot, struct rua_err *err)
{
    slot.check = check_of(&slot);
    return rua_file_write(
        fd, NAME, SHIP_SLOTS_AT + at * sizeof(slot),
        (struct rua_span){(const unsigned char *)&slot, sizeof(slot)}, err);
}

/* The slot of an inode, or the unused one that it would get. One that was torn
 * counts as unused by its inode: its rows go again, and are known by their
 * keys. */
enum rua_verdict
ship_slot_find(int fd, uint64_t slots, uint64_t inode, uint64_t *ret_at,
               struct ship_slot *ret_slot, struct rua_err *err)
{
    uint64_t at = mix(inode) & (slots - 1);

    for (uint64_t seen = 0, room; seen < slots + PIECE; seen += room) {
        struct ship_slot piece[PIECE];
        room = slots - at < PIECE ? slots - at : PIECE;
        size_t n, size = (size_t)room * sizeof(*piece);
        enum rua_verdict v =
            rua_file_read(fd, NAME, SHIP_SLOTS_AT + at * sizeof(*piece), piece,
                          size, &n, err);
        if (v != RUA_OK)
            return v;
        if (n < size)
            return rua_err_set(err, RUA_LATER, "%s is too short", NAME);
        for (size_t i = 0; i < room; i++)
            if (piece[i].inode == inode || !piece[i].inode) {
                *ret_at = at + i;
                *ret_slot = piece[i];
                return RUA_OK;
            }
        at = (at + room) & (slots - 1);
    }
    return rua_err_set(err, RUA_LATER, "%s has no room", NAME);
}

enum rua_verdict
ship_slots_count(int fd, uint64_t slots, uint64_t *ret_used,
                 struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    *ret_used = 0;
    for (uint64_t at = 0; v == RUA_OK && at < slots; at += PIECE) {
        struct ship_slot piece[PIECE];
        size_t n;
        v = rua_file_read(fd, NAME, SHIP_SLOTS_AT + at * sizeof(*piece), piece,
                          sizeof(piece), &n, err);
        for (size_t i = 0; v == RUA_OK && i < n / sizeof(*piece); i++)
            *ret_used += piece[i].inode != 0;
    }
    return v;
}

enum rua_verdict
ship_slots_copy(int from, uint64_t n_from, int to, uint64_t n_to,
                uint64_t *ret_used, struct rua_err *err)
{
    enum rua_verdict v = RUA_OK;

    *ret_used = 0;
    for (uint64_t at = 0; v == RUA_OK && at < n_from; at += PIECE) {
        struct ship_slot piece[PIECE], there;
        uint64_t place;
        size_t n;
        v = rua_file_read(from, NAME, SHIP_SLOTS_AT + at * sizeof(*piece),
                          piece, sizeof(piece), &n, err);
        for (size_t i = 0; v == RUA_OK && i < n / sizeof(*piece); i++) {
            if (!ship_slot_is_good(&piece[i]))
                continue;
            v = ship_slot_find(to, n_to, piece[i].inode, &place, &there, err);
            if (v != RUA_OK)
                break;
            *ret_used += !there.inode;
            v = ship_slot_write(to, place, piece[i], err);
        }
    }
    return v;
}
