#include <string.h>

#include "ship.h"

/* What is no text, and what is never absent in an engine, since it is part of a
 * key there. */
static const struct ship_column special[] = {
    {"begin_date",    SHIP_TIME,   "1970-01-01 00:00:00", false},
    {"end_date",      SHIP_TIME,   NULL,                  false},
    {"received_at",   SHIP_TIME,   NULL,                  false},
    {"domain",        SHIP_TEXT,   "",                    false},
    {"pct",           SHIP_SMALL,  NULL,                  false},
    {"dkim_aligned",  SHIP_SMALL,  NULL,                  false},
    {"spf_aligned",   SHIP_SMALL,  NULL,                  false},
    {"dmarc_aligned", SHIP_SMALL,  NULL,                  false},
    {"count",         SHIP_NUMBER, NULL,                  false},
    {"records",       SHIP_NUMBER, NULL,                  false},
    {"messages",      SHIP_NUMBER, NULL,                  false},
    {"dmarc_pass",    SHIP_NUMBER, NULL,                  false},
    {"dmarc_fail",    SHIP_NUMBER, NULL,                  false},
    {"report_key",    SHIP_TEXT,   "",                    true },
    {"record",        SHIP_NUMBER, "",                    true },
};

static struct ship_column
describe(const char *name)
{
    for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
        if (strcmp(special[i].name, name) == 0)
            return special[i];
    return (struct ship_column){.name = name};
}

const struct ship_columns *
ship_columns(enum ship_which which)
{
    static const struct rua_profile *const profiles[] = {&rua_profile_full,
                                                         &rua_profile_reports};
    static struct ship_column described[SHIP_TABLES][SHIP_COLUMNS];
    static struct ship_columns all[SHIP_TABLES] = {
        {"records", described[SHIP_RECORDS], 0},
        {"reports", described[SHIP_REPORTS], 0}
    };
    struct ship_columns *columns = &all[which];

    while (columns->count < profiles[which]->count) {
        described[which][columns->count] =
            describe(profiles[which]->columns[columns->count].name);
        columns->count++;
    }
    return columns;
}

const bool *
ship_takes(const struct conf_target *conf)
{
    static const bool takes[][SHIP_TABLES] = {
        [CONF_CLICKHOUSE] = {true,  true},
        [CONF_POSTGRESQL] = {true,     true},
        [CONF_S3] = {[SHIP_REPORTS] = true},
    };

    return takes[conf->type];
}
