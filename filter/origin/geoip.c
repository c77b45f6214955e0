#include "geoip.h"

#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "plain.h"

struct geoip {
    MMDB_s base;
};

/* Where each thing may stand, the better place first. */
#define PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const *const countries[] = {
    PATH("country", "iso_code"), PATH("country_code"), PATH("country"),
    PATH("registered_country", "iso_code"), NULL};
static const char *const *const numbers[] = {PATH("autonomous_system_number"),
                                             PATH("asn"), NULL};
static const char *const *const names[] = {
    PATH("autonomous_system_organization"), PATH("as_name"), PATH("name"),
    PATH("org"), NULL};
static const char *const *const domains[] = {PATH("as_domain"), PATH("domain"),
                                             NULL};

enum rua_verdict
geoip_open(const char *option, const char *path, struct geoip **ret_geoip,
           struct rua_err *err)
{
    struct geoip *geoip = rua_alloc(sizeof(*geoip));
    int status = MMDB_open(path, MMDB_MODE_MMAP, &geoip->base);

    if (status != MMDB_SUCCESS) {
        free(geoip);
        return status == MMDB_FILE_OPEN_ERROR
                   ? rua_err_sys(err, "%s %s", option, path)
                   : rua_err_set(err, RUA_LATER,
                                 "%s %s: is no MaxMind database: %s; name a "
                                 "file of that format",
                                 option, path, MMDB_strerror(status));
    }
    *ret_geoip = geoip;
    return RUA_OK;
}

void
geoip_close(struct geoip *geoip)
{
    if (geoip)
        MMDB_close(&geoip->base);
    free(geoip);
}

/* The first of the places where there is text or a number. */
static bool
get(MMDB_entry_s *entry, const char *const *const *places,
    MMDB_entry_data_s *ret_data)
{
    for (; *places; places++)
        if (MMDB_aget_value(entry, ret_data, *places) == MMDB_SUCCESS &&
            ret_data->has_data &&
            (ret_data->type == MMDB_DATA_TYPE_UTF8_STRING ||
             ret_data->type == MMDB_DATA_TYPE_UINT32 ||
             ret_data->type == MMDB_DATA_TYPE_UINT16))
            return true;
    return false;
}

static void
get_text(MMDB_entry_s *entry, const char *const *const *places, char *ret_text,
         size_t size)
{
    MMDB_entry_data_s data;
    struct rua_buf text;
    size_t n;

    if (*ret_text || !get(entry, places, &data) ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return;
    rua_buf_init(&text, 64 << 10);
    plain_text(&text, (struct rua_span){(const unsigned char *)data.utf8_string,
                                        data.data_size});
    n = text.len < size ? text.len : size - 1;
    while (n < text.len && n && (text.data[n] & 0xc0) == 0x80)
        n--;
    memcpy(ret_text, text.data, n);
    ret_text[n] = '\0';
    rua_buf_done(&text);
}

/* A number, or "AS64500". */
static uint32_t
get_number(MMDB_entry_s *entry)
{
    MMDB_entry_data_s data;
    char text[16];

    if (!get(entry, numbers, &data))
        return 0;
    if (data.type == MMDB_DATA_TYPE_UINT16)
        return data.uint16;
    if (data.type == MMDB_DATA_TYPE_UINT32)
        return data.uint32;
    snprintf(text, sizeof(text), "%.*s",
             data.data_size < 15 ? (int)data.data_size : 15, data.utf8_string);
    return strncmp(text, "AS", 2) == 0 ? (uint32_t)strtoul(text + 2, NULL, 10)
                                       : 0;
}

void
geoip_find(struct geoip *geoip, const struct sockaddr *address,
           struct origin *origin)
{
    int status = 0;
    char country[ORIGIN_TEXT] = "";
    MMDB_lookup_result_s result =
        MMDB_lookup_sockaddr(&geoip->base, address, &status);

    if (status != MMDB_SUCCESS || !result.found_entry)
        return;
    get_text(&result.entry, countries, country, sizeof(country));
    if (!*origin->country && strlen(country) == 2)
        memcpy(origin->country, country, 3);
    if (!origin->asn)
        origin->asn = get_number(&result.entry);
    get_text(&result.entry, names, origin->as_name, sizeof(origin->as_name));
    get_text(&result.entry, domains, origin->as_domain,
             sizeof(origin->as_domain));
}
