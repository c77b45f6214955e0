#include "ship.h"

const struct ship_kind *
ship_kind(const struct conf_target *conf)
{
    static const struct ship_kind *const kinds[] = {
        [CONF_CLICKHOUSE] = &ship_clickhouse,
        [CONF_POSTGRESQL] = &ship_postgresql,
        [CONF_S3] = &ship_s3,
    };

    return kinds[conf->type];
}
