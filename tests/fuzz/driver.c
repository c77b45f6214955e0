/* driver.c - runs a target without libFuzzer: each file of the command line,
 * and each file of a folder, goes through it once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static unsigned n_run;

static void
die(const char *path)
{
    perror(path);
    exit(1);
}

/* The file that the program dies of is named first. */
static void
run_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    unsigned char *data;
    size_t size;

    if (fd < 0 || fstat(fd, &st))
        die(path);
    size = (size_t)st.st_size;
    data = rua_alloc(size); /* exactly: so that reading over it is seen */
    if (read(fd, data, size) != (ssize_t)size)
        die(path);
    close(fd);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    n_run++;
}

static int
is_seen(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void
run_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_seen, alphasort);
    char path[4096];

    if (n < 0)
        die(folder);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        run_file(path);
        free(entries[i]);
    }
    free(entries);
}

int
main(int argc, char **argv)
{
    struct stat st;

    for (int i = 1; i < argc; i++) {
        if (stat(argv[i], &st))
            die(argv[i]);
        if (S_ISDIR(st.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    printf("%u passed, %d failed\n", n_run, n_run == 0);
    return n_run == 0;
}
