#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "findings.h"
#include "json.h"
#include "quarantine.h"

enum {
    SHORT = 12, /* digits of a digest in the table */
    TIME = 20,
    ROW = 1 << 20,
};

static void
format_time(int64_t when, char ret_text[TIME])
{
    time_t time = (time_t)when;
    struct tm tm = {0};

    gmtime_r(&time, &tm);
    if (!strftime(ret_text, TIME, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(ret_text, TIME, "?");
}

/* "-" for nothing */
static void
print_cell(const char *text)
{
    fputs("  ", stdout);
    findings_print(text && *text ? text : "-");
}

static void
print_row(const struct kept *kept, bool all)
{
    char when[TIME], file[64];

    format_time(kept->when, when);
    snprintf(file, sizeof(file), "%.*s", (int)(strlen("2026/11/") + SHORT),
             kept->file);
    printf("%s  %-10s", when, rua_verdict_name(kept->verdict));
    if (all)
        printf("  %-7s", kept_states[kept->state]);
    print_cell(file);
    print_cell(kept->rua);
    print_cell(kept->sender);
    print_cell(kept->sentence);
    puts("");
}

/* For people; programs that cut lines have never had it. */
static void
print_heading(bool all)
{
    printf("%-19s  %-10s", "when", "verdict");
    if (all)
        printf("  %-7s", "state");
    printf("  %-*s  rua  sender  sentence\n", (int)strlen("2026/11/") + SHORT,
           "file");
}

static void
print_csv(const struct kept *kept, struct rua_buf *line)
{
    const char *const texts[] = {rua_verdict_name(kept->verdict),
                                 kept->sentence,
                                 kept->rua,
                                 kept->sender,
                                 kept->file,
                                 kept_states[kept->state]};
    struct rua_cell cell = {.out = line, .format = RUA_CSV, .guard = true};

    rua_buf_reset(line);
    rua_cell_time(&cell, kept->when);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        rua_cell_next(&cell);
        rua_cell_text(&cell, texts[i] ? rua_span_text(texts[i])
                                      : (struct rua_span){NULL, 0});
    }
    rua_cell_next(&cell);
    rua_cell_number(&cell, kept->size);
    rua_cell_end_row(&cell);
    fwrite(line->data, 1, line->len, stdout);
}

static void
print_json(const struct kept *kept, bool first)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {"verdict",  rua_verdict_name(kept->verdict)},
        {"sentence", kept->sentence                 },
        {"rua",      kept->rua                      },
        {"sender",   kept->sender                   },
        {"file",     kept->file                     },
        {"state",    kept_states[kept->state]       }
    };
    char when[TIME];

    format_time(kept->when, when);
    printf("%s{\"when\": \"%s\"", first ? "" : ",\n ", when);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        printf(", \"%s\": ", texts[i].name);
        json_string(stdout, texts[i].text);
    }
    printf(", \"bytes\": %llu}", (unsigned long long)kept->size);
}

void
quarantine_list(const struct quarantine_request *request,
                const struct kept_list *list)
{
    const char *format = request->format ? request->format : "table";
    bool csv = strcmp(format, "csv") == 0, json = strcmp(format, "json") == 0;
    struct rua_buf line;
    size_t n = 0;

    rua_buf_init(&line, ROW);
    if (csv)
        puts("when,verdict,sentence,rua,sender,file,state,bytes");
    if (json)
        putchar('[');
    if (!csv && !json && list->n && isatty(STDOUT_FILENO))
        print_heading(request->all);
    for (size_t i = 0; i < list->n; i++) {
        const struct kept *kept = &list->kept[i];
        if (kept->when < request->from)
            continue;
        if (csv)
            print_csv(kept, &line);
        else if (json)
            print_json(kept, !n);
        else
            print_row(kept, request->all);
        n++;
    }
    if (json)
        puts("]");
    if (!csv && !json && !n)
        puts("nothing is kept aside");
    rua_buf_done(&line);
}
