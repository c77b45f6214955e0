/* ruamill export: the tables of a policy domain, as one. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "command.h"
#include "fill.h"
#include "log.h"
#include "view.h"

enum {
    TABLE = 256,
    PERIOD,
    AS_STORED,
    LONGEST_HEADER = 1 << 20,
};

struct request {
    const char *table;  /* "records" or "reports", */
    const char *period; /* "2026-11"; NULL: all */
    bool as_stored;
    struct fill_source source; /* whose the addresses are */
    bool guard;
};

static void
print_help(void)
{
    fputs("usage: ruamill export [-c CONF] [-o NAME=VALUE]...\n"
          "                      [--table records|reports] [--period 2026-11] "
          "[--as-stored]\n"
          "                      DOMAIN\n\n"
          "Prints the tables of a policy domain, in the order of their names, "
          "as they are at\n"
          "this moment: whole reports only, and the header once.\n\n"
          "  -c, --config CONF    read this configuration file\n"
          "  -o NAME=VALUE        set an option\n"
          "      --table WHICH    records (the default) or reports\n"
          "      --period P       the tables of this period only, as it stands "
          "in their names\n"
          "      --as-stored      leave the columns of the profile parsedmarc "
          "empty that geoip\n"
          "                       and senders would fill: country, network and "
          "sender\n\n"
          "Options for -o and the configuration file:\n\n",
          stdout);
    conf_print_help(stdout);
}

/* The table that is being printed. */
struct printing {
    struct rua_buf header; /* of the one before, line end included */
    struct rua_buf first;  /* bytes of the header of this one, so far */
    bool whole;            /* it is all there */
    const char *path;
};

/* The header is printed again where it is another one. */
static void
end_header(struct printing *printing)
{
    struct rua_buf *header = &printing->header, *first = &printing->first;
    bool same = header->len == first->len &&
                memcmp(header->data, first->data, first->len) == 0;
    char sentence[RUA_TABLE_PATH_SIZE + 64];

    printing->whole = true;
    if (same)
        return;
    if (header->len) {
        snprintf(sentence, sizeof(sentence),
                 "%s has other columns than the table before", printing->path);
        log_error(sentence);
    }
    fwrite(first->data, 1, first->len, stdout);
    rua_buf_reset(header);
    rua_buf_add_span(header, rua_buf_span(first));
}

static enum rua_verdict
print_bytes(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    struct printing *printing = ctx;

    if (!printing->whole) {
        const unsigned char *lf = memchr(bytes.data, '\n', bytes.len);
        size_t n = lf ? (size_t)(lf + 1 - bytes.data) : bytes.len;
        if (!rua_buf_add(&printing->first, bytes.data, n))
            return rua_err_set(err, RUA_BAD, "has no header");
        if (lf)
            end_header(printing);
        bytes.data += n;
        bytes.len -= n;
    }
    if (bytes.len && fwrite(bytes.data, 1, bytes.len, stdout) != bytes.len)
        return rua_err_sys(err, "standard output");
    return RUA_OK;
}

/* Whether a table is asked for. */
static bool
is_wanted(const struct request *request, const struct view_table *table)
{
    const char *name = strrchr(table->stem, '/') + 1;
    bool reports = request->table && strcmp(request->table, "reports") == 0;

    if (reports != (table->kind == VIEW_REPORTS))
        return false;
    name += strlen("records");
    return !request->period ||
           strcmp(*name == '-' ? name + 1 : name, request->period) == 0;
}

/* RUA_DUPLICATE at the end of the first line. */
static enum rua_verdict
take_first_line(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    const unsigned char *lf = memchr(bytes.data, '\n', bytes.len);

    (void)err;
    bytes.len = lf ? (size_t)(lf - bytes.data) : bytes.len;
    return rua_buf_add_span(ctx, bytes) && !lf ? RUA_OK : RUA_DUPLICATE;
}

static bool
is_to_be_filled(const struct request *request, const struct view *view,
                const struct view_table *table)
{
    struct rua_buf header;
    const struct rua_sink sink = {take_first_line, &header};
    struct rua_err err;
    bool is_for;

    if (request->as_stored || table->kind != VIEW_RECORDS)
        return false;
    rua_buf_init(&header, LONGEST_HEADER);
    view_push_table(view, table, &sink, &err);
    is_for = fill_is_for(rua_buf_span(&header));
    rua_buf_done(&header);
    return is_for;
}

/* The table through `sink`, and before that through what fills it. */
static enum rua_verdict
push_table(struct request *request, const struct view *view,
           const struct view_table *table, const struct rua_sink *sink,
           struct rua_err *err)
{
    struct fill fill;
    const struct rua_sink first = {fill_write, &fill};
    enum rua_verdict v, end;

    if (!is_to_be_filled(request, view, table))
        return view_push_table(view, table, sink, err);
    fill_begin(&fill, &request->source, table->format, request->guard, sink);
    v = view_push_table(view, table, &first, err);
    end = v == RUA_OK || v == RUA_BAD ? fill_end(&fill, err) : RUA_OK;
    fill_done(&fill);
    return v == RUA_OK ? end : v;
}

static enum rua_verdict
print_tables(struct request *request, const struct view *view,
             const struct view_domain *domain, struct rua_err *err)
{
    struct printing printing = {0};
    struct rua_sink sink = {print_bytes, &printing};
    bool found = false;
    struct rua_err why = {0};
    enum rua_verdict v = RUA_OK;

    rua_buf_init(&printing.header, LONGEST_HEADER);
    rua_buf_init(&printing.first, LONGEST_HEADER);
    for (size_t i = 0; v == RUA_OK && i < domain->n; i++) {
        const struct view_table *table = &domain->tables[i];
        if (!is_wanted(request, table))
            continue;
        found = true;
        printing.path = table->path;
        printing.whole = false;
        rua_buf_reset(&printing.first);
        v = push_table(request, view, table, &sink, &why);
        if (v != RUA_OK)
            rua_err_set(err, v, "%s%s%s", v == RUA_BAD ? table->path : "",
                        v == RUA_BAD ? ": " : "", why.sentence);
    }
    rua_buf_done(&printing.header);
    rua_buf_done(&printing.first);
    return v == RUA_OK && !found ? RUA_NOT_REPORT : v;
}

static void
say_pending(const struct view_domain *domain)
{
    char sentence[RUA_DOMAIN_SIZE + 160];

    snprintf(sentence, sizeof(sentence),
             "%s: reports in the journal that may not be in the tables yet are "
             "left out here: %llu; ruamill checkpoint brings them in",
             domain->name, (unsigned long long)domain->pending);
    log_error(sentence);
}

static enum rua_verdict
print_domain(struct request *request, const struct view *view, const char *name,
             struct rua_err *err)
{
    struct view_domain domain = {0};
    enum rua_verdict v;

    if (!view_is_domain(name))
        return rua_err_set(err, RUA_NOT_REPORT,
                           "\"%s\" is no policy domain; name one such as "
                           "example.com",
                           name);
    v = view_look(view, name, &domain, err);
    if (v == RUA_BAD) /* that is for a table that is damaged */
        v = RUA_LATER;
    if (v == RUA_OK && domain.pending)
        say_pending(&domain);
    if (v == RUA_OK)
        v = print_tables(request, view, &domain, err);
    if (v == RUA_NOT_REPORT)
        rua_err_set(err, v,
                    "store %s: there are no such tables of %s%s%s; ruamill "
                    "summary --since all shows what there is",
                    view->path, name, request->period ? " for the period " : "",
                    request->period ? request->period : "");
    view_domain_done(&domain);
    return v;
}

static int export(void *ctx, struct conf *conf, char **operands)
{
    struct request *request = ctx;
    struct rua_err err = {0};
    struct view view;
    char domain[RUA_DOMAIN_SIZE];
    enum rua_verdict v = RUA_OK;
    int status;

    if (request->table && strcmp(request->table, "records") != 0 &&
        strcmp(request->table, "reports") != 0) {
        log_error("export: --table is records or reports");
        return EX_USAGE;
    }
    if (!rua_domain_to_ascii(rua_span_text(operands[0]), domain))
        snprintf(domain, sizeof(domain), "%s", operands[0]);
    request->guard = conf->formula_guard;
    request->source.plan =
        (struct origins_plan){conf->geoip, conf->geoip_asn, conf->senders};
    request->as_stored |= !conf->geoip && !conf->geoip_asn && !conf->senders;
    status = command_open_view(conf, &view);
    if (status == EX_OK) {
        v = print_domain(request, &view, domain, &err);
        view_close(&view);
    }
    origins_close(request->source.origins);
    if (status != EX_OK)
        return status;
    if (v != RUA_OK)
        command_say(&err);
    return v == RUA_OK ? EX_OK : v == RUA_BAD ? EX_DATAERR : command_status(v);
}

static void
take(void *ctx, int option, const char *argument)
{
    struct request *request = ctx;

    if (option == TABLE)
        request->table = argument;
    else if (option == PERIOD)
        request->period = argument;
    else
        request->as_stored = true;
}

int
export_command(int argc, char **argv)
{
    static const struct option options[] = {
        COMMAND_LONG_OPTIONS,
        {"table",            required_argument, NULL, TABLE},
        {"period",              required_argument, NULL, PERIOD},
        {"as-stored",                  no_argument, NULL, AS_STORED},
        {0},
    };
    static const struct command_form form = {
        .name = "export",
        .options = options,
        .operands = 1,
        .operand = "DOMAIN",
        .print_help = print_help,
        .take = take,
        .run = export,
    };
    struct request request = {0};

    return command_run(&form, &request, argc, argv);
}
