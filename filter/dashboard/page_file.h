/* page_file.h - the file that a page is written to. */
#ifndef RUAMILL_PAGE_FILE_H
#define RUAMILL_PAGE_FILE_H

#include "flow.h"

/* Writes the page to `path`, in the place of what was there once it is whole;
 * "-" is standard output. Only a regular file is replaced: a device, a pipe, a
 * symbolic link or a folder stays as it is. RUA_BAD, with a sentence, when
 * there can be no such file, until somebody changes something; RUA_LATER when
 * there may be one another time (no room). */
enum rua_verdict page_file_put(const char *path, struct rua_span page,
                               struct rua_err *err);

#endif
