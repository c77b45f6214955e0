#include <stdlib.h>

#include "reverse.h"
#include "summary_show.h"

enum {
    MOST_NAMES = 500 /* addresses whose names are looked up */
};

static void
add_addresses(struct group *const *all, size_t n, size_t most,
              struct rua_span *addresses, size_t *used)
{
    for (size_t i = 0, taken = 0; i < n && taken < most && *used < MOST_NAMES;
         i++) {
        if (!all[i]->now.rows)
            continue;
        taken++;
        addresses[(*used)++] =
            (struct rua_span){(const unsigned char *)all[i]->key, all[i]->len};
    }
}

enum rua_verdict
summary_look_up(struct summary_show *show, const char *resolver, unsigned wait,
                struct rua_err *err)
{
    struct groups *groups = &show->summary->groups[BY_SOURCE];
    struct rua_span addresses[MOST_NAMES];
    size_t used = 0, top = show->top ? show->top : MOST_NAMES;
    struct group **all;
    enum rua_verdict v;

    if (!show->summary->by[BY_SOURCE])
        return RUA_OK;
    all = groups_sort(groups, groups_by_failing);
    add_addresses(all, groups->n, top, addresses, &used);
    free(all);
    all = groups_sort(groups, groups_by_messages);
    add_addresses(all, groups->n, top, addresses, &used);
    free(all);
    v = reverse_open(addresses, used, resolver, wait * 1000, &show->reverse,
                     err);
    if (v == RUA_OK && reverse_late(show->reverse))
        summary_say(show->summary,
                    "names of addresses that were not answered within %u s "
                    "(ptr_wait): %zu",
                    wait, reverse_late(show->reverse));
    return v;
}
