/* All that reading needs is there when something has been read. */
#include <string.h>

#include "ingest.h"
#include "limit.h"

static enum rua_verdict
drop(void *ctx, struct rua_span bytes, struct rua_err *err)
{
    (void)ctx, (void)bytes, (void)err;
    return RUA_OK;
}

/* <feedback><record><row><count>1</count></row></record></feedback> */
const char rua_ingest_sample[] =
    "Content-Type: application/gzip\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "H4sIAAAAAAACA7NJS01NSUpMzrazKUpNzi9KAdL55XY2yfmleSV2hjb6EIaN\n"
    "PlhUH6ZGH64NAADt8xRBAAAA\n";

void
rua_ingest_setup(void)
{
    const struct rua_reading reading = {.limits = &rua_limits_default};
    const struct rua_sink out = {drop, NULL};
    struct rua_scratch scratch = {.fd = -1};
    struct rua_ingest *ingest;
    struct rua_spool message;

    rua_mime_setup();
    ingest = rua_ingest_new(&reading, &scratch);
    rua_spool_init(&message, NULL, sizeof(rua_ingest_sample),
                   sizeof(rua_ingest_sample), "setup");
    rua_spool_write(&message, rua_span_text(rua_ingest_sample), NULL);
    rua_ingest_read(ingest, &message, RUA_INPUT_MESSAGE, NULL, &out, NULL);
    rua_spool_done(&message);
    rua_ingest_free(ingest);
}
