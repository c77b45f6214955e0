/* keys.h - a file of keys: `pruned.keys`, which says what has been taken away
 * from its folder.
 *
 * A key is 64 digits, and a line of its own. The lines are sorted, as sort(1)
 * does it with LC_ALL=C, so that one key is found among a million with twenty
 * reads. A file with other lines is read from end to end. */
#ifndef RUA_KEYS_H
#define RUA_KEYS_H

#include "digest.h"
#include "file.h"

#define RUA_KEYS_FILE "pruned.keys"

/* Whether a key is in the open file of keys. RUA_LATER when it cannot be read.
 */
enum rua_verdict rua_keys_find(int fd, const char *key, bool *ret_found,
                               struct rua_err *err);

/* Keys in memory, 65 bytes each. {0} is none. */
struct rua_keys {
    char (*keys)[RUA_DIGEST_SIZE];
    size_t n, room;
};

void rua_keys_add(struct rua_keys *keys, const char *key);
void rua_keys_done(struct rua_keys *keys);

/* Adds those of an open file. */
enum rua_verdict rua_keys_read(struct rua_keys *keys, int fd,
                               struct rua_err *err);

/* Adds keys to the file of a folder below the store at `root`, durably: it
 * returns when they are on the disk. The file is never there in part, and has
 * each key once. `keys` has all of the file's afterwards, sorted. For one at a
 * time. */
enum rua_verdict rua_keys_write(struct rua_keys *keys, int root,
                                const char *folder, struct rua_err *err);

#endif
