/* fuzz_prescan.c - the look at a raw message says the same of it wherever it
 * is. */
#include "fuzz.h"
#include "prescan.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    struct rua_err err = {0}, again = {0};
    struct rua_spool message;
    enum rua_verdict v;

    fuzz_take(&input);
    fuzz_in_memory(&message, input);
    v = rua_prescan(&message, &fuzz_tight, &err);
    fuzz_must(v == RUA_OK || v == RUA_BAD, "it passes or it does not");
    fuzz_must_say(v, &err);
    rua_spool_done(&message);

    fuzz_in_file(&message, input);
    fuzz_must(rua_prescan(&message, &fuzz_tight, &again) == v &&
                  strcmp(err.sentence, again.sentence) == 0,
              "a file gives the same as memory");
    rua_spool_done(&message);
    return 0;
}
