#include "members.h"

#include <inttypes.h>

#include "json.h"

static void
begin(struct members *members, const char *name)
{
    if (members->more)
        fputc(',', members->out);
    if (name)
        fprintf(members->out, "\"%s\":", name);
    members->more = true;
}

/* One line for each member of an array keeps it readable, and fit for diff. */
void
members_open(struct members *members, const char *name, char bracket)
{
    begin(members, name);
    if (!name && members->begun)
        fputc('\n', members->out);
    fputc(bracket, members->out);
    members->begun = true;
    members->more = false;
}

void
members_close(struct members *members, char bracket)
{
    fputc(bracket, members->out);
    members->more = true;
}

void
members_text(struct members *members, const char *name, struct rua_span text)
{
    begin(members, name);
    json_text(members->out, text);
}

void
members_number(struct members *members, const char *name, uint64_t number)
{
    begin(members, name);
    fprintf(members->out, "%" PRIu64, number);
}

void
members_flag(struct members *members, const char *name, bool flag)
{
    begin(members, name);
    fputs(flag ? "true" : "false", members->out);
}

void
members_null(struct members *members, const char *name)
{
    begin(members, name);
    fputs("null", members->out);
}
