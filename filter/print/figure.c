#include "figure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define THIN     "\xe2\x80\xaf"
#define DASH     "\xe2\x80\x93"
#define AT_LEAST "at least "

uint64_t
figure_add(uint64_t a, uint64_t b)
{
    return a > FIGURE_MOST || b > FIGURE_MOST - a ? FIGURE_MOST : a + b;
}

const char *
figure_number(uint64_t value, char text[FIGURE_SIZE])
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    char *to = text + (value >= FIGURE_MOST ? strlen(AT_LEAST) : 0);

    memcpy(text, AT_LEAST, strlen(AT_LEAST));
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            memcpy(to, THIN, strlen(THIN));
            to += strlen(THIN);
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

const char *
figure_percent(uint64_t part, uint64_t whole, char text[FIGURE_SIZE])
{
    uint64_t tenths;

    if (whole == 0) {
        snprintf(text, FIGURE_SIZE, DASH);
        return text;
    }
    tenths = part * 1000 / whole; /* FIGURE_MOST keeps this in range */
    if (part == 0 || part == whole)
        snprintf(text, FIGURE_SIZE, "%d" THIN "%%", part ? 100 : 0);
    else
        snprintf(text, FIGURE_SIZE, "%u.%u" THIN "%%", (unsigned)(tenths / 10),
                 (unsigned)(tenths % 10));
    return text;
}

const char *
figure_date(int64_t seconds, char text[FIGURE_SIZE])
{
    static const char *const months[] = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    const time_t time = (time_t)seconds;
    struct tm tm = {0};

    gmtime_r(&time, &tm);
    snprintf(text, FIGURE_SIZE, "%d %s %d", tm.tm_mday, months[tm.tm_mon],
             tm.tm_year + 1900);
    return text;
}
