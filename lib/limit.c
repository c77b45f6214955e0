#include "limit.h"

enum {
    BYTES_A_FIELD = 4096 /* an honest report has one in less than a tenth */
};

const struct rua_limits rua_limits_default = {
#define RUA_LIMIT_DEFAULT(name, value, unit, help) .name = (value),
    RUA_LIMITS(RUA_LIMIT_DEFAULT)
#undef RUA_LIMIT_DEFAULT
};

enum rua_verdict
rua_limit_enter(const struct rua_limits *limits, uint64_t *depth,
                struct rua_err *err)
{
    if (++*depth > limits->max_mime_depth)
        return rua_err_set(err, RUA_BAD,
                           "multiparts and messages more than max_mime_depth "
                           "(%llu) deep",
                           (unsigned long long)limits->max_mime_depth);
    return RUA_OK;
}

enum rua_verdict
rua_budget_spend(struct rua_budget *budget, size_t bytes, struct rua_err *err)
{
    budget->document += bytes;
    budget->unpacked += bytes;
    if (budget->document > budget->limits->max_document)
        return rua_err_set(err, RUA_BAD,
                           "a document of more than max_document (%llu) bytes",
                           (unsigned long long)budget->limits->max_document);
    if (budget->unpacked > budget->limits->max_unpacked)
        return rua_err_set(err, RUA_BAD,
                           "unpacks to more than max_unpacked (%llu) bytes",
                           (unsigned long long)budget->limits->max_unpacked);
    return RUA_OK;
}

uint64_t
rua_idle_spend(struct rua_idle *idle, size_t bytes, uint64_t news)
{
    uint64_t paid = (news - idle->news) * BYTES_A_FIELD;

    idle->news = news;
    idle->bytes += bytes;
    idle->bytes -= paid < idle->bytes ? paid : idle->bytes;
    return idle->bytes;
}
