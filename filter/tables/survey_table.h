/* survey_table.h - one table, for survey.h. */
#ifndef RUAMILL_SURVEY_TABLE_H
#define RUAMILL_SURVEY_TABLE_H

#include "survey.h"

/* Tells survey->skip. */
void survey_skip(const struct survey *survey, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What cannot be used is told to survey->skip: then it is RUA_OK, too. `about`
 * is what its name tells. */
enum rua_verdict survey_read_table(struct survey *survey,
                                   const struct survey_query *query,
                                   const struct view_table *table,
                                   const struct survey_table *about,
                                   struct rua_err *err);

#endif
