#include <string.h>

#include "csv.h"
#include "survey.h"

/* Days since 1970 of the civil calendar: years begin with March, so that the
 * odd day is the last one. */
int64_t
survey_day(int year, unsigned month, unsigned day)
{
    int64_t y = year - (month <= 2), era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year =
        (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 +
        (int64_t)day - 1;
    int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;

    return (era * 146097 + days - 719468) * 86400;
}

/* Two digits at p; 100 when they are none. */
static unsigned
two(const unsigned char *p)
{
    unsigned tens = p[0] - (unsigned)'0', ones = p[1] - (unsigned)'0';

    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* "YYYY-MM-DD hh:mm:ss" */
static bool
read_text(const unsigned char *p, int64_t *ret_seconds)
{
    unsigned century = two(p), year = two(p + 2), month = two(p + 5),
             day = two(p + 8), hour = two(p + 11), minute = two(p + 14),
             second = two(p + 17);

    if (century > 99 || year > 99 || month < 1 || month > 12 || day < 1 ||
        day > 31 || hour > 23 || minute > 59 || second > 60 || p[4] != '-' ||
        p[7] != '-' || p[10] != ' ' || p[13] != ':' || p[16] != ':')
        return false;
    *ret_seconds = survey_day((int)(century * 100 + year), month, day) +
                   (int64_t)hour * 3600 + minute * 60 + second;
    return true;
}

bool
survey_time(struct rua_span value, int64_t *ret_seconds)
{
    uint64_t number;

    if (value.len == 19 && value.data[4] == '-')
        return read_text(value.data, ret_seconds);
    if (!rua_csv_number(value, &number) || number > INT64_MAX)
        return false;
    *ret_seconds = (int64_t)number;
    return true;
}

bool
survey_begin(const struct survey_row *row, size_t column, int64_t *ret_seconds)
{
    const struct survey_table *table = row->table;

    if (row->cells[column].len || table->there >> column & 1 || !table->until)
        return survey_time(row->cells[column], ret_seconds);
    *ret_seconds = table->since;
    return true;
}

const char *
survey_lack(const char *column)
{
    static const struct {
        const char *column, *words;
    } lacks[] = {
        {"begin_date",        "dated by the name of the table"},
        {"count",             "of no message"                 },
        {"source_ip_address", "of no source"                  },
        {"org_name",          "of no reporter"                },
        {"header_from",       "without a From"                },
        {"disposition",       "without a disposition"         },
        {"dkim_aligned",      "without a DKIM outcome"        },
        {"spf_aligned",       "without an SPF outcome"        },
    };

    for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++)
        if (strcmp(lacks[i].column, column) == 0)
            return lacks[i].words;
    return NULL;
}

static bool
is(struct rua_span value, const char *word)
{
    return rua_span_same(value, rua_span_text(word));
}

int
survey_flag(struct rua_span value)
{
    if (value.len == 1)
        return value.data[0] == '1' ? 1 : value.data[0] == '0' ? 0 : -1;
    if (is(value, "true") || is(value, "pass"))
        return 1;
    return is(value, "false") || is(value, "fail") ? 0 : -1;
}

enum survey_policy
survey_policy(struct rua_span value)
{
    static const char *const words[] = {"none", "quarantine", "reject"};

    if (value.len == 0)
        return SURVEY_ABSENT;
    for (unsigned i = 0; i <= SURVEY_REJECT; i++)
        if (is(value, words[i]) || (value.len == 1 && value.data[0] == '0' + i))
            return (enum survey_policy)i;
    return is(value, "pass") ? SURVEY_NONE : SURVEY_OTHER;
}

uint64_t
survey_number(struct rua_span value)
{
    uint64_t number = 0;

    return rua_csv_number(value, &number) ? number : 0;
}
