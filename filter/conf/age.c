#include "age.h"

#include <string.h>

static const struct {
    char letter;
    int64_t seconds;
} units[] = {
    {'h', 3600        },
    {'d', 86400       },
    {'w', 7 * 86400   },
    {'y', 365 * 86400L}
};

#define LONGEST (200 * 365 * 86400LL)

bool
age_parse(const char *text, int64_t *ret_seconds)
{
    size_t digits = strspn(text, "0123456789");
    int64_t number = 0;

    if (!digits || digits > 9 || !text[digits] || text[digits + 1])
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (text[digits] == units[i].letter) {
            *ret_seconds = number * units[i].seconds;
            return number > 0 && *ret_seconds <= LONGEST;
        }
    return false;
}
