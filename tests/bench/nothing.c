/* nothing.c - a milter that accepts everything: what a milter costs at least.
 *
 * usage: nothing unix:PATH [all]
 *
 * It wants to be told of no step; with "all" of each. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <libmilter/mfapi.h>

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
    (void)ctx;
    (void)name;
    (void)address;
    return SMFIS_CONTINUE;
}

static sfsistat
on_text(SMFICTX *ctx, char *text)
{
    (void)ctx;
    (void)text;
    return SMFIS_CONTINUE;
}

static sfsistat
on_address(SMFICTX *ctx, char **arguments)
{
    (void)ctx;
    (void)arguments;
    return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return SMFIS_CONTINUE;
}

static sfsistat
on_step(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t size)
{
    (void)ctx;
    (void)bytes;
    (void)size;
    return SMFIS_CONTINUE;
}

static sfsistat
on_end(SMFICTX *ctx)
{
    (void)ctx;
    return SMFIS_ACCEPT;
}

int
main(int argc, char **argv)
{
    static char name[] = "nothing";
    struct smfiDesc milter = {
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_eom = on_end,
    };

    if (argc < 2)
        return 64;
    if (argc > 2 && strcmp(argv[2], "all") == 0) {
        milter.xxfi_connect = on_connect;
        milter.xxfi_helo = on_text;
        milter.xxfi_envfrom = on_address;
        milter.xxfi_envrcpt = on_address;
        milter.xxfi_data = on_step;
        milter.xxfi_header = on_header;
        milter.xxfi_eoh = on_step;
        milter.xxfi_body = on_body;
    }
    if (smfi_setconn(argv[1]) != MI_SUCCESS ||
        smfi_register(milter) != MI_SUCCESS ||
        smfi_opensocket(1) != MI_SUCCESS) {
        fprintf(stderr, "nothing: cannot open %s\n", argv[1]);
        return 1;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
