#include "lag.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "targets.h"

static void
begin(const struct conf *conf, bool measured, struct lags *lags)
{
    *lags = (struct lags){
        .targets = rua_alloc((conf->n_targets + 1) * sizeof(*lags->targets)),
        .measured = measured,
    };
}

void
lags_measure(const struct conf *conf, const struct view *view,
             struct lags *ret_lags)
{
    const struct conf_target *target;

    begin(conf, true, ret_lags);
    for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++) {
        struct lag_target *to = &ret_lags->targets[ret_lags->n];
        struct rua_err err = {0};
        to->name = target->name;
        if (ship_lag(view, target, &to->lag, &err) == RUA_OK)
            ret_lags->n++;
        else
            log_error(err.sentence);
    }
}

void
lags_glance(int root, const struct conf *conf, int64_t stored,
            struct lags *ret_lags)
{
    const struct conf_target *target;

    begin(conf, false, ret_lags);
    for (size_t i = 0; (target = conf_target_at(conf, i)) != NULL; i++) {
        struct lag_target *to = &ret_lags->targets[ret_lags->n];
        to->name = target->name;
        if (ship_glance(root, target, stored, &to->lag) == RUA_OK)
            ret_lags->n++;
    }
}

void
lags_done(struct lags *lags)
{
    free(lags->targets);
    *lags = (struct lags){0};
}

void
lags_print(const struct lags *lags)
{
    for (size_t i = 0; i < lags->n; i++) {
        const struct ship_lag *lag = &lags->targets[i].lag;
        const char *name = lags->targets[i].name;
        if (!lag->confirmed)
            printf("target: %s: nothing was sent yet\n", name);
        else if (!lag->rows)
            printf("target: %s: has all\n", name);
        else
            printf("target: %s: %" PRIu64 " rows behind, %" PRIu64
                   " bytes of %" PRIu64 " tables, for %" PRIu64 " s\n",
                   name, lag->rows, lag->bytes, lag->tables, lag->seconds);
    }
}

/* A target's name is of letters, digits, - and _. */
void
lags_print_json(const struct lags *lags)
{
    printf(",\n \"targets\": [");
    for (size_t i = 0; i < lags->n; i++) {
        const struct ship_lag *lag = &lags->targets[i].lag;
        printf("%s{\"target\": \"%s\", \"tables\": %" PRIu64
               ", \"rows\": %" PRIu64 ", \"bytes\": %" PRIu64
               ", \"seconds\": %" PRIu64 ", \"confirmed\": %" PRId64 "}",
               i ? ",\n  " : "", lags->targets[i].name, lag->tables, lag->rows,
               lag->bytes, lag->seconds, lag->confirmed);
    }
    printf("]");
}

void
lags_print_metrics(const struct lags *lags, struct rua_buf *text)
{
    static const struct {
        const char *name, *help;
        size_t offset; /* of a uint64_t in struct ship_lag */
        bool measured; /* known where all tables were looked through */
    } metrics[] = {
        {"lag_seconds",
         "For how long a target of ruamill ship has not had all.",                             offsetof(struct ship_lag, seconds),   false},
        {"confirmed_timestamp_seconds",
         "When a target of ruamill ship last confirmed a batch; 0: never.",                    offsetof(struct ship_lag, confirmed), false},
        {"lag_rows",                    "Rows that a target of ruamill ship has not got yet.",
         offsetof(struct ship_lag,                                                                                       rows),      true },
        {"lag_bytes",                   "Bytes of these rows.",                                offsetof(struct ship_lag, bytes),
         true                                                                                                                             },
    };

    for (size_t m = 0; lags->n && m < sizeof(metrics) / sizeof(*metrics); m++) {
        if (metrics[m].measured && !lags->measured)
            continue;
        rua_buf_printf(text,
                       "# HELP ruamill_ship_%s %s\n"
                       "# TYPE ruamill_ship_%s gauge\n",
                       metrics[m].name, metrics[m].help, metrics[m].name);
        for (size_t i = 0; i < lags->n; i++)
            rua_buf_printf(
                text, "ruamill_ship_%s{target=\"%s\"} %" PRIu64 "\n",
                metrics[m].name, lags->targets[i].name,
                *(const uint64_t *)(const void
                                        *)((const char *)&lags->targets[i].lag +
                                           metrics[m].offset));
    }
}
