#include "header.h"

#include "mail.h"

void
rua_header_begin(struct rua_header *header, const char *own_names)
{
    header->arena = (struct rua_arena){0};
    rua_auth_begin(&header->auth, own_names);
    for (size_t i = 0; i < RUA_N_RECIPIENTS; i++)
        header->n[i] = 0;
}

void
rua_header_done(struct rua_header *header)
{
    rua_arena_done(&header->arena);
}

static void
add(struct rua_header *header, enum rua_recipient which, const char *address)
{
    if (address && *address && header->n[which] < RUA_RECIPIENTS_MAX)
        header->recipients[which][header->n[which]++] = address;
}

void
rua_header_to(struct rua_header *header, const char *address)
{
    add(header, RUA_TO, address);
}

void
rua_header_field(struct rua_header *header, const char *name, const char *value)
{
    static const char *const names[] = {"Delivered-To", "X-Original-To"};

    for (int i = RUA_DELIVERED_TO; i <= RUA_ORIGINAL_TO; i++)
        if (rua_mail_is_field(name, names[i]))
            add(header, (enum rua_recipient)i,
                rua_arena_text(&header->arena, rua_mail_address(value)));
    rua_auth_field(&header->auth, name, value);
}

void
rua_header_end(struct rua_header *header, struct rua_head *ret_head)
{
    const char **all = header->recipients[0];
    size_t n = header->n[0];

    for (size_t i = 1; i < RUA_N_RECIPIENTS; i++)
        for (size_t k = 0; k < header->n[i] && n < RUA_RECIPIENTS_MAX; k++)
            all[n++] = header->recipients[i][k];
    ret_head->recipients = all;
    ret_head->n_recipients = n;
    rua_auth_end(&header->auth, header->auth_text);
    ret_head->auth = *header->auth_text ? header->auth_text : NULL;
}
