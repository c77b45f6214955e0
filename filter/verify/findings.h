/* findings.h - what a command has found wrong, a line each on standard output.
 *
 *     example.com/records-2026-11.csv:17: record 3 is there twice */
#ifndef RUAMILL_FINDINGS_H
#define RUAMILL_FINDINGS_H

#include <stdint.h>

enum {
    FINDINGS_SHOWN = 1000 /* problems that are printed */
};

struct findings {
    uint64_t problems;
};

/* Prints a text to standard output, bytes that are not printable ASCII as \xNN.
 */
void findings_print(const char *text);

/* A problem of a file, at a line; 0: of no line. */
void findings_add(struct findings *findings, const char *path, uint64_t line,
                  const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Something to know that is no problem. */
void findings_note(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How many were not shown. */
void findings_end(const struct findings *findings);

#endif
