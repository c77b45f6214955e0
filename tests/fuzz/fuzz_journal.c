/* fuzz_journal.c - a store is opened whose journal and lock are any bytes.
 *
 * An input is a byte of flags, and the journal behind it; with FLAG_NOTE the
 * first 96 bytes of that are the lock. With FLAG_MEND heads, numbers and CRCs
 * are made right first, so that the damage reaches the operations.
 *
 * With libFuzzer: a harness. With -DRUA_FUZZ_MAIN: a program that runs each
 * file of its command line; `--seeds FOLDER` writes the first inputs. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "canon.h"
#include "file.h"
#include "gunzip.h"
#include "journal_form.h"
#include "store.h"

enum {
    FLAG_MEND = 1,  /* make heads and CRCs right */
    FLAG_NOTE = 2,  /* the lock comes first */
    FLAG_TABLE = 4, /* there is a table with rows already */
    FLAG_STAGE = 8, /* there is a staged file */
    MOST = 1 << 20, /* bytes of an input */
};

#define SALT   0x1122334455667788ULL
#define HEADER "number\n"
#define TABLE  "store/example.com/records-1.csv"
#define AWAY   "/dev/shm/fuzz_journal.away" /* a seed would write there */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static char place[64];
static int home = -1; /* the folder that the fuzzer is at work in */

static void
die(const char *what)
{
    perror(what);
    abort();
}

/* ---- the folder: a store, and what is beside it ---- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void
clear(void)
{
    if (place[0])
        nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *name, const void *data, size_t n)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        die(name);
    close(fd);
}

/* A way out of the store stands open, for whoever would take it. */
static void
make_folder(unsigned flags)
{
    static const char *const folders[] = {"store", "store/.spool",
                                          "store/.spool/stage",
                                          "store/example.com", "outside"};

    clear();
    snprintf(place, sizeof(place), "/dev/shm/fuzz_journal.%d", (int)getpid());
    if (home < 0)
        home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mkdir(place, 0750) || chdir(place))
        die(place);
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (mkdir(folders[i], 0750))
            die(folders[i]);
    put("outside/file", "outside", 7);
    if (symlink("../outside", "store/link") ||
        symlink("../../outside/file", "store/example.com/link.csv"))
        die("symlink");
    if (flags & FLAG_TABLE)
        put(TABLE, HEADER "1\n", sizeof(HEADER "1\n") - 1);
    if (flags & FLAG_STAGE)
        put("store/.spool/stage/1122334455667788-0-0", "staged\n", 7);
}

static unsigned
names_in(const char *folder)
{
    DIR *dir = opendir(folder);
    unsigned n = 0;

    while (dir && readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* With "." and "..". */
static void
check_outside(void)
{
    char text[16] = "";
    int fd = open("outside/file", O_RDONLY);
    ssize_t n = read(fd, text, sizeof(text));

    close(fd);
    if (n != 7 || memcmp(text, "outside", 7) != 0 || names_in("outside") != 3 ||
        names_in(".") != 4 || access(AWAY, F_OK) == 0)
        die("written outside the store");
}

/* ---- mending ---- */

/* The inode of the table, where an operation asks for number 1. */
static void
mend_inodes(unsigned char *at, const unsigned char *end)
{
    struct stat st;

    while (end - at >= 40) {
        uint64_t skip =
            40 + rua_canon_get(at + 2, 2) + rua_canon_get(at + 4, 4);
        if (!(at[1] & 2))
            skip += rua_canon_get(at + 24, 8);
        if (rua_canon_get(at + 8, 8) == 1 && stat(TABLE, &st) == 0)
            rua_canon_put(at + 8, st.st_ino, 8);
        if (skip > (uint64_t)(end - at))
            return;
        at += skip;
    }
}

static void
mend(unsigned char *data, size_t size)
{
    struct rua_entry_head head;
    size_t at = RUA_JOURNAL_HEAD;
    uint64_t number = 0;
    uint32_t crc = 0;

    if (size < RUA_JOURNAL_HEAD)
        return;
    rua_journal_head_put(SALT, data);
    while (size - at >= RUA_ENTRY_HEAD) {
        size_t room = size - at - RUA_ENTRY_HEAD;
        head = (struct rua_entry_head){
            .salt = SALT,
            .number = number++,
            .len = rua_canon_get(data + at + 24, 8),
            .ops = (uint32_t)rua_canon_get(data + at + 32, 4)};
        if (head.len > room)
            head.len = room;
        mend_inodes(data + at + RUA_ENTRY_HEAD,
                    data + at + RUA_ENTRY_HEAD + head.len);
        rua_entry_head_put(&head, data + at);
        crc = rua_crc32(
            rua_entry_head_crc(data + at, crc),
            (struct rua_span){data + at + RUA_ENTRY_HEAD, (size_t)head.len});
        head.crc = crc;
        rua_entry_head_put(&head, data + at);
        at += RUA_ENTRY_HEAD + (size_t)head.len;
    }
}

static void
mend_note(unsigned char note[RUA_NOTE])
{
    struct rua_note form = {
        .salt = SALT,
        .applied = {.offset = rua_canon_get(note + 24, 8),
                    .number = rua_canon_get(note + 32, 8),
                    .crc = (uint32_t)rua_canon_get(note + 12, 4)}
    };

    if (rua_file_boot_id(form.boot, NULL) == RUA_OK)
        rua_note_put(&form, note);
}

/* ---- one input ---- */

static enum rua_verdict
recover(void)
{
    const struct rua_store_style style = {.format = RUA_CSV,
                                          .records_header = RUA_SPAN(HEADER),
                                          .reports_header = RUA_SPAN(HEADER)};
    struct rua_store *store = NULL;
    struct rua_err err = {0};
    enum rua_verdict v = rua_store_open("store", &style, &store, &err);

    if (v == RUA_OK)
        v = rua_store_checkpoint(store, &err);
    if (v != RUA_OK && (v != RUA_LATER || !err.sentence[0]))
        die("a failure without a sentence");
    rua_store_close(v == RUA_OK || store ? store : NULL);
    return v;
}

/* Once recovered, there is nothing left to do. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    unsigned flags;
    unsigned char *copy;
    size_t note;

    if (size < 1 || size > MOST)
        return 0;
    flags = *data++;
    size--;
    note = (flags & FLAG_NOTE) && size > RUA_NOTE ? RUA_NOTE : 0;
    make_folder(flags);
    copy = memcpy(rua_alloc(size + 1), data, size);
    if (flags & FLAG_MEND)
        mend(copy + note, size - note);
    if ((flags & FLAG_MEND) && note)
        mend_note(copy);
    if (note)
        put("store/.spool/lock", copy, note);
    put("store/.spool/journal", copy + note, size - note);
    free(copy);
    if (recover() == RUA_OK && recover() != RUA_OK)
        die("recovered, and then not");
    check_outside();
    clear();
    if (fchdir(home))
        die("fchdir");
    return 0;
}

/* ---- a plain program ---- */

#ifdef RUA_FUZZ_MAIN

struct seed {
    const char *name;
    unsigned flags;
    const char *path;
    enum rua_op_kind kind;
    uint64_t inode, offset;
    bool staged, end_line;
};

static const struct seed seeds[] = {
    {"rows-new",    FLAG_MEND,                          "example.com/records-1.csv",              RUA_OP_ROWS, 5, 0,
     false,                                                                                                                    false},
    {"rows-end",    FLAG_MEND | FLAG_TABLE,             "example.com/records-1.csv",
     RUA_OP_ROWS,                                                                                              1, 9,    false, false},
    {"rows-again",  FLAG_MEND | FLAG_TABLE,             "example.com/records-1.csv",
     RUA_OP_ROWS,                                                                                              1, 7,    false, true },
    {"rows-hole",   FLAG_MEND | FLAG_TABLE,             "example.com/records-1.csv",
     RUA_OP_ROWS,                                                                                              1, 4000, false, false},
    {"file",        FLAG_MEND,                          "example.com/archive/2026/01/a!b.xml.gz", RUA_OP_FILE,
     0,                                                                                                           0,    false, false},
    {"file-staged", FLAG_MEND | FLAG_STAGE,             "example.com/archive/a.zip",
     RUA_OP_FILE,                                                                                              0, 0,    true,  false},
    {"file-out",    FLAG_MEND,                          "../outside/file",                        RUA_OP_FILE, 0, 0,    false, false},
    {"file-link",   FLAG_MEND,                          "link/file",                              RUA_OP_FILE, 0, 0,    false, false},
    {"rows-link",   FLAG_MEND,                          "example.com/link.csv",                   RUA_OP_ROWS, 5, 0,    false,
     false                                                                                                                          },
    {"file-away",   FLAG_MEND,                          AWAY,                                     RUA_OP_FILE, 0, 0,    false, false},
    {"file-spool",  FLAG_MEND,                          ".spool/lock",                            RUA_OP_FILE, 0, 0,    false, false},
    {"unmended",    FLAG_TABLE,                         "example.com/records-1.csv",              RUA_OP_ROWS, 1, 9,
     false,                                                                                                                    false},
    {"note",        FLAG_MEND | FLAG_NOTE | FLAG_TABLE, "example.com/records-1.csv",
     RUA_OP_ROWS,                                                                                              1, 9,    false, false},
};

/* Two entries of two operations each. */
static void
write_seed(const char *folder, const struct seed *seed)
{
    unsigned char head[RUA_JOURNAL_HEAD] = {0};
    struct rua_buf text, entry;
    char path[4096];
    const struct rua_op op = {.kind = seed->kind,
                              .path = seed->path,
                              .inode = seed->inode,
                              .offset = seed->offset,
                              .header = RUA_SPAN(HEADER),
                              .end_line = seed->end_line,
                              .bytes = RUA_SPAN("staged\n")};

    rua_buf_init(&text, MOST);
    rua_buf_init(&entry, MOST);
    rua_buf_add_byte(&text, (unsigned char)seed->flags);
    if (seed->flags & FLAG_NOTE)
        rua_buf_add(&text, head, RUA_NOTE);
    rua_journal_head_put(SALT, head);
    rua_buf_add(&text, head, sizeof(head));
    for (int i = 0; i < 2; i++) {
        struct rua_entry_head form = {.salt = SALT, .ops = 2};
        rua_buf_reset(&entry);
        for (int j = 0; j < 2; j++) {
            rua_op_form_put(&op, seed->staged, 0, &entry);
            if (!seed->staged)
                rua_buf_add_span(&entry, op.bytes);
        }
        form.len = entry.len;
        rua_entry_head_put(&form, head);
        rua_buf_add(&text, head, RUA_ENTRY_HEAD);
        rua_buf_add_span(&text, rua_buf_span(&entry));
    }
    snprintf(path, sizeof(path), "%s/%s", folder, seed->name);
    put(path, text.data, text.len);
    rua_buf_done(&text);
    rua_buf_done(&entry);
}

static void
run_file(const char *path)
{
    unsigned char *data = rua_alloc(MOST);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, data, MOST);

    if (n < 0)
        die(path);
    close(fd);
    LLVMFuzzerTestOneInput(data, (size_t)n);
    free(data);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        for (size_t i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
            write_seed(argv[2], &seeds[i]);
        return 0;
    }
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    printf("%d passed, 0 failed\n", argc - 1);
    return argc < 2;
}

#endif
