/* zipdir.h - minizip's door: which files a zip archive holds, and where (PKWARE
 * APPNOTE 4.3).
 *
 * minizip 1.1 finds the directory and walks it; what stands in the records is
 * read by us, since minizip reads no zip64 on 64-bit machines and does not say
 * where a local header is. Where there is no directory that can be followed,
 * local headers are found one by one.
 *
 * Every function returns RUA_LATER when the archive cannot be read. */
#ifndef RUA_ZIPDIR_H
#define RUA_ZIPDIR_H

#include "spool.h"

/* Bytes of a name, its NUL included; a longer one is cut. */
#define RUA_ZIP_NAME_MAX 128

enum {
    RUA_ZIP_STORED = 0,
    RUA_ZIP_DEFLATED = 8
};

/* A file of an archive. */
struct rua_zip_entry {
    char name[RUA_ZIP_NAME_MAX];
    unsigned method;
    bool encrypted;
    bool streamed;   /* crc and sizes are 0 here and stand behind the data */
    uint32_t crc;    /* of the unpacked bytes */
    uint64_t size;   /* unpacked */
    uint64_t packed; /* as it is in the archive */
    uint64_t local;  /* the same by the local header; 0 when it is not known */
    uint64_t data;   /* offset of its first packed byte in the archive */
};

/* The entries of a directory, in its order; free() them. */
struct rua_zip_list {
    struct rua_zip_entry *entries;
    size_t n, cap;
};

/* Fills an empty list, to be freed in every case. RUA_NOT_REPORT without a
 * sentence: there is no directory, or it does not lead to every file. RUA_BAD:
 * more than `max` files. */
enum rua_verdict rua_zip_list(const struct rua_spool *archive, uint64_t max,
                              struct rua_zip_list *ret_list,
                              struct rua_err *err);

/* RUA_BAD, with the sentence for more than `max` (max_entries) files. */
enum rua_verdict rua_zip_refuse_number(uint64_t max, struct rua_err *err);

/* Reads the local header at offset `at`. RUA_NOT_REPORT without a sentence:
 * there is none. */
enum rua_verdict rua_zip_read_local(const struct rua_spool *archive,
                                    uint64_t at,
                                    struct rua_zip_entry *ret_entry,
                                    struct rua_err *err);

/* Finds the first local header at or behind `from`; *ret_at is the length of
 * the archive when there is none. */
enum rua_verdict rua_zip_find_local(const struct rua_spool *archive,
                                    uint64_t from, uint64_t *ret_at,
                                    struct rua_err *err);

/* Whether an end record stands where one may stand: in the last 64 KiB. */
enum rua_verdict rua_zip_has_end(const struct rua_spool *archive, bool *ret_has,
                                 struct rua_err *err);

#endif
