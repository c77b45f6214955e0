/* children.h - for unit tests: the processes that were forked. After cmocka.h.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

/* The children of a process, in the order of their birth; how many. */
static inline unsigned
children(pid_t of, pid_t *pids, unsigned room)
{
    char path[64];
    unsigned n = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
    file = fopen(path, "r");
    assert_non_null(file);
    while (n < room && fscanf(file, "%d", &pids[n]) == 1)
        n++;
    fclose(file);
    return n;
}

static inline pid_t
only_child(void)
{
    pid_t pids[2];

    assert_int_equal(children(getpid(), pids, 2), 1);
    return pids[0];
}

#endif
