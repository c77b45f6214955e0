/* ledger.h - the rows of a reports table, as what they say of a report. */
#ifndef RUAMILL_LEDGER_H
#define RUAMILL_LEDGER_H

#include "columns.h"
#include "view.h"

/* Borrowed during the call, its texts too. */
struct ledger_row {
    uint64_t line;
    struct rua_span bytes; /* as it stands in the table, its end included */
    char key[VIEW_KEY];
    uint64_t records, messages;
    struct rua_receipt receipt; /* receipt.archive: below the domain's folder */
};

struct ledger_reader {
    bool guard; /* the rows were written with formula_guard */
    enum rua_verdict (*row)(void *ctx, const struct ledger_row *row,
                            struct rua_err *err);
    /* A line that is no good; its rows are left out. */
    void (*wrong)(void *ctx, uint64_t line, const char *sentence);
    void *ctx;
};

enum rua_verdict ledger_read(const struct view *view,
                             const struct view_table *table,
                             const struct ledger_reader *reader,
                             struct rua_err *err);

#endif
