#include "load.h"

#include <stdlib.h>
#include <unistd.h>

enum rua_verdict
load_init(struct load *load, const struct rua_entry_style *style,
          struct rua_err *err)
{
    *load = (struct load){.scratch.fd = -1};
    return rua_entry_maker_new(style, &load->scratch, &load->maker, err);
}

static void
add(struct load *load, struct rua_entry *entry)
{
    if (load->n == load->room) {
        load->room = load->room ? load->room * 2 : LOAD_REPORTS;
        load->entries =
            rua_realloc(load->entries, load->room * sizeof(*load->entries));
    }
    load->entries[load->n++] = entry;
    load->bytes += entry->records.len + entry->report.len + entry->part_len;
}

void
load_add(struct load *load, struct rua_entry *entries, size_t n, bool alone)
{
    for (size_t i = 0; i < n; i++)
        add(load, &entries[i]);
    load->messages++;
    load->full = alone || load->n >= LOAD_REPORTS ||
                 load->messages >= LOAD_MESSAGES || load->bytes >= LOAD_BYTES;
}

void
load_empty(struct load *load)
{
    load->n = 0;
    load->bytes = 0;
    load->messages = 0;
    load->full = false;
    if (load->scratch.fd >= 0 && ftruncate(load->scratch.fd, 0) == 0)
        load->scratch.top = 0;
}

void
load_done(struct load *load)
{
    rua_entry_maker_free(load->maker);
    if (load->scratch.fd >= 0)
        close(load->scratch.fd);
    free(load->entries);
}
