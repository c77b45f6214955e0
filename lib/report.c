#include "report.h"

static const char *const report_fields[] = {
#define NAME(id, element) element,
    RUA_REPORT_FIELDS(NAME)};
static const char *const record_fields[] = {RUA_RECORD_FIELDS(NAME)};
#undef NAME

static const char *const oddities[] = {
#define NAME(id, token, meaning) token,
    RUA_ODDITIES(NAME)
#undef NAME
};

const char *
rua_report_field_name(enum rua_report_field field)
{
    return report_fields[field];
}

const char *
rua_record_field_name(enum rua_record_field field)
{
    return record_fields[field];
}

const char *
rua_oddity_name(unsigned bit)
{
    return oddities[bit];
}
