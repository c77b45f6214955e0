#include "findings.h"

#include <stdarg.h>
#include <stdio.h>

/* Names and sentences may have a stranger's bytes in them. */
void
findings_print(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c > '~')
            printf("\\x%02x", c);
        else
            putchar(c);
    }
}

static void __attribute__((format(printf, 2, 0)))
print_sentence(const char *path, const char *format, va_list arguments)
{
    char sentence[512];

    vsnprintf(sentence, sizeof(sentence), format, arguments);
    findings_print(path);
    fputs(": ", stdout);
    findings_print(sentence);
    putchar('\n');
}

void
findings_add(struct findings *findings, const char *path, uint64_t line,
             const char *format, ...)
{
    char where[1200];
    va_list arguments;

    if (findings->problems++ >= FINDINGS_SHOWN)
        return;
    if (line)
        snprintf(where, sizeof(where), "%s:%llu", path,
                 (unsigned long long)line);
    else
        snprintf(where, sizeof(where), "%s", path);
    va_start(arguments, format);
    print_sentence(where, format, arguments);
    va_end(arguments);
}

void
findings_note(const char *path, const char *format, ...)
{
    va_list arguments;

    fputs("note: ", stdout);
    va_start(arguments, format);
    print_sentence(path, format, arguments);
    va_end(arguments);
}

void
findings_end(const struct findings *findings)
{
    if (findings->problems > FINDINGS_SHOWN)
        printf("and %llu more\n",
               (unsigned long long)(findings->problems - FINDINGS_SHOWN));
}
