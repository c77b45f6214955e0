#include "choice.h"

#include <stdio.h>
#include <string.h>

#include "entry.h"

bool
choice_read(const char *text, char ret_name[CHOICE_SIZE])
{
    size_t below = *text == '.';

    ret_name[0] = '.';
    if (strcmp(text, RUA_FOLDER_INVALID) != 0 &&
        rua_domain_to_ascii(rua_span_text(text + below), ret_name + below))
        return true;
    snprintf(ret_name, CHOICE_SIZE, "%s", text);
    return strcmp(text, RUA_FOLDER_INVALID) == 0;
}

static bool
is_below(const char *domain, const char *wanted)
{
    size_t n = strlen(wanted), len = strlen(domain);

    return len > n && strcmp(domain + len - n, wanted) == 0;
}

bool
choice_has(const char *const *wanted, size_t n, const char *domain)
{
    for (size_t i = 0; i < n; i++) {
        bool below = wanted[i][0] == '.';
        if (strcmp(domain, wanted[i] + below) == 0 ||
            (below && is_below(domain, wanted[i])))
            return true;
    }
    return n == 0;
}
