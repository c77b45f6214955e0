/* file.h - files below a folder that is ours: the only module that opens,
 * writes and syncs. file.c has what goes by names, file_io.c what goes by
 * descriptors, file_look.c what finds out what there is, file_make.c what makes
 * files that nobody else shall have, file_refuse.c what has no place in a
 * store.
 *
 * Every name is relative to a folder's descriptor and stays below it: no "..",
 * no symbolic link (openat2(2) with RESOLVE_BENEATH where the kernel has it).
 * Failures are RUA_LATER with a sentence that names the path and the call.
 * Descriptors are close-on-exec. Files are made 0640, folders 0750, as the
 * umask allows (ruamill's allows that). */
#ifndef RUA_FILE_H
#define RUA_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "flow.h"

/* Opens a folder by any path; with `make`, its last component is made if it is
 * missing. Symbolic links on the way to it are the administrator's. */
enum rua_verdict rua_file_open_root(const char *path, bool make, int *ret_fd,
                                    struct rua_err *err);

/* Opens `name` below `folder` with open(2)'s flags, O_APPEND excepted. A
 * missing file is RUA_NOT_REPORT, without a sentence, when O_CREAT is not among
 * them; with O_EXCL, one that is there is RUA_DUPLICATE, without one. Refuses
 * what rua_file_check_file() refuses (with O_DIRECTORY: what is no folder). */
enum rua_verdict rua_file_open(int folder, const char *name, int flags,
                               int *ret_fd, struct rua_err *err);

/* What an open file is. */
struct rua_file_facts {
    uint64_t inode;
    uint64_t size;
    bool linked; /* it has a name still */
};

/* The same, and says what the file is, unless it was made with O_EXCL. */
enum rua_verdict rua_file_open_look(int folder, const char *name, int flags,
                                    int *ret_fd,
                                    struct rua_file_facts *ret_facts,
                                    struct rua_err *err);

/* Makes an empty file under a name that is ours alone, and opens it. What
 * stands there, or other links of it, is left by a process that died: its name
 * is taken away, and its bytes are not touched. */
enum rua_verdict rua_file_make(int folder, const char *name, int *ret_fd,
                               struct rua_err *err);

/* Opens a file for reading only, whoever it belongs to. A missing one is
 * RUA_NOT_REPORT, without a sentence. */
enum rua_verdict rua_file_open_to_read(int folder, const char *name,
                                       int *ret_fd, struct rua_err *err);

/* Makes the folders of `path` ("a/b/c": a, a/b, a/b/c) that are missing, and
 * syncs the folder above each that it made. */
enum rua_verdict rua_file_make_folders(int folder, const char *path,
                                       struct rua_err *err);

/* The same without a sync, for folders that the journal names; so many bytes of
 * the path are `there`, as rua_file_check_folders() has just said. */
enum rua_verdict rua_file_make_folders_checked(int folder, const char *path,
                                               size_t there,
                                               struct rua_err *err);

/* Opens a folder of the store at the path `store`, which is made if it is not
 * there. */
enum rua_verdict rua_file_open_folder(const char *store, const char *folder,
                                      int *ret_fd, struct rua_err *err);

/* An unlinked file in `folder`: O_TMPFILE, or made and unlinked where the file
 * system has no such thing. */
enum rua_verdict rua_file_open_unlinked(int folder, int *ret_fd,
                                        struct rua_err *err);

/* Writes all bytes at `offset`, over short writes and EINTR. `name` is for the
 * sentence. */
enum rua_verdict rua_file_write(int fd, const char *name, uint64_t offset,
                                struct rua_span bytes, struct rua_err *err);

/* Reads up to n bytes at `offset`; *ret_n < n only at the end of the file. */
enum rua_verdict rua_file_read(int fd, const char *name, uint64_t offset,
                               void *data, size_t n, size_t *ret_n,
                               struct rua_err *err);

/* fdatasync(2); for a folder: fsync(2). A failure is final: what a second sync
 * would say is not to be believed. */
enum rua_verdict rua_file_sync(int fd, const char *name, struct rua_err *err);
enum rua_verdict rua_file_sync_folder(int folder, const char *path,
                                      struct rua_err *err);

/* Puts `from`, below one folder, in place as `to`, below another, unless `to`
 * is there already: then RUA_DUPLICATE, without a sentence, and `from` stays
 * (or is gone already). */
enum rua_verdict rua_file_move(int from_folder, const char *from, int to_folder,
                               const char *to, struct rua_err *err);

/* The same below one folder; and so that a file that is there already is
 * replaced. */
enum rua_verdict rua_file_rename(int folder, const char *from, const char *to,
                                 struct rua_err *err);

enum rua_verdict rua_file_replace(int folder, const char *from, const char *to,
                                  struct rua_err *err);

/* Has the file system keep room for [offset, offset + len) of a file, whose
 * length does not change. RUA_LATER when there is none. */
enum rua_verdict rua_file_reserve(int fd, const char *name, uint64_t offset,
                                  uint64_t len, struct rua_err *err);

/* How many bytes the file system of an open file has left for us; UINT64_MAX
 * when it does not say. */
uint64_t rua_file_room(int fd);

/* How many descriptors this process may have open. */
unsigned rua_file_descriptors(void);

/* Takes the write lease of an open file (see fcntl(2), F_SETLEASE), waiting at
 * most `wait_ms`; while it is held, whoever opens the file waits. False when
 * others have it open all that time: go on without. SIGURG must not be
 * caught. */
bool rua_file_lease(int fd, unsigned wait_ms);
void rua_file_unlease(int fd);

/* flock(2), exclusive, waiting at most `wait_ms`; RUA_LATER after that. */
enum rua_verdict rua_file_lock(int fd, const char *name, unsigned wait_ms,
                               struct rua_err *err);
void rua_file_unlock(int fd);

/* Whether a file exists below `folder`. RUA_LATER when that cannot be found
 * out, or when it is something else: no answer is not a no. */
enum rua_verdict rua_file_exists(int folder, const char *name, bool *ret_exists,
                                 struct rua_err *err);

/* The same of a folder. */
enum rua_verdict rua_file_folder_exists(int folder, const char *name,
                                        bool *ret_exists, struct rua_err *err);

/* Takes a file's name away; one that is missing is fine. */
enum rua_verdict rua_file_remove(int folder, const char *name,
                                 struct rua_err *err);

/* The length of an open file. */
enum rua_verdict rua_file_size(int fd, const char *name, uint64_t *ret_size,
                               struct rua_err *err);

/* syncfs(2): everything that was written to the folder's file system. */
enum rua_verdict rua_file_sync_all(int folder, struct rua_err *err);

/* What an open file is. */
enum rua_verdict rua_file_look(int fd, const char *name,
                               struct rua_file_facts *ret_facts,
                               struct rua_err *err);

/* The sentence for "CALL NAME" that failed with errno, or must not succeed:
 * what a component of `name` is that should be a folder, and the last one that
 * should be a `folder`, or a file, and that it is to be moved away; else
 * errno's text. Returns RUA_LATER. */
enum rua_verdict rua_file_refuse(int at, const char *call, const char *name,
                                 bool folder, struct rua_err *err);

/* RUA_LATER for an open file that is none (a FIFO, a device), that belongs to
 * another user than the effective one or, for whoever `writes`, that has
 * several names; else what it is. */
enum rua_verdict rua_file_check_file(int fd, const char *name, bool writes,
                                     struct rua_file_facts *ret_facts,
                                     struct rua_err *err);

/* RUA_LATER for a folder of another user's, or that others can write to; of a
 * path, for the first that is so, or is no folder. *ret_there: how many bytes
 * of the path are there. The sentence for the root names no path. */
enum rua_verdict rua_file_check_root(int fd, struct rua_err *err);
enum rua_verdict rua_file_check_folders(int at, const char *path,
                                        size_t *ret_there, struct rua_err *err);

/* Calls `each` for every name in a folder, "." and ".." excepted, in no order,
 * until it returns another verdict than RUA_OK; returns that. A missing folder
 * has no names. */
enum rua_verdict rua_file_each(int folder, const char *path,
                               enum rua_verdict (*each)(void *ctx,
                                                        const char *name,
                                                        struct rua_err *err),
                               void *ctx, struct rua_err *err);

/* The identity of this start of the machine, as the kernel gives it. */
#define RUA_BOOT_ID_SIZE 37
enum rua_verdict rua_file_boot_id(char ret_id[RUA_BOOT_ID_SIZE],
                                  struct rua_err *err);

/* The kind of network file system that an open folder is on ("NFS"); *ret_name
 * is NULL when it is a local one. */
enum rua_verdict rua_file_network(int fd, const char **ret_name,
                                  struct rua_err *err);

#endif
