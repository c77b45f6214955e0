/* summary_rows.h - the rows of the tables, counted: for summary_count.c. */
#ifndef RUAMILL_SUMMARY_ROWS_H
#define RUAMILL_SUMMARY_ROWS_H

#include "summary.h"

/* Records tables that are being read. */
struct summary_rows {
    struct summary *summary;
    uint64_t without[SURVEY_COLUMNS]; /* tables that have not the column */
};

struct survey_query summary_records_query(struct summary_rows *rows);
struct survey_query summary_reports_query(struct summary *summary);

/* Says which columns were missing. */
void summary_rows_end(const struct summary_rows *rows);

#endif
