/* What is to be said of an allowlist that is fetched. */
#include <inttypes.h>
#include <stdio.h>

#include "findings.h"
#include "json.h"
#include "status.h"

enum {
    HOUR = 3600,
    DAY = 24 * HOUR,
};

void
status_look_at_allow(struct status *status, const struct conf *conf,
                     const struct view *view)
{
    const struct allow_note *note = &status->allow;
    int64_t since;
    char reason[RUA_SENTENCE_MAX + 96];

    status->fetches = allow_cache_is_url(conf->allow);
    if (!status->fetches)
        return;
    allow_note_read(view->root, conf, &status->allow);
    since = note->asked ? note->asked : status->waits_since;
    if (status->now - since <= DAY)
        return;
    snprintf(reason, sizeof(reason),
             "the allowlist could not be fetched for %" PRId64 " hours%s%s",
             (status->now - since) / HOUR, note->why[0] ? ": " : "", note->why);
    status_blame(status, STATUS_WARNING, reason);
}

void
status_print_allow(const struct status *status, const struct conf *conf)
{
    const struct allow_note *note = &status->allow;
    char time[STATUS_TIME], called[ALLOW_CACHE_CALLED];

    if (!status->fetches)
        return;
    printf("allowlist: ");
    findings_print(allow_cache_called(conf->allow, called));
    printf(": the list of %s, asked for another one %s",
           status_time(note->changed, time), note->asked ? "" : "never");
    if (note->asked)
        printf("%s", status_time(note->asked, time));
    if (note->failed) {
        printf("; not fetched %s: ", status_time(note->failed, time));
        findings_print(note->why);
    }
    puts("");
}

void
status_print_allow_json(const struct status *status)
{
    const struct allow_note *note = &status->allow;

    if (!status->fetches)
        return;
    printf(",\n \"allowlist\": {\"changed\": %" PRId64 ", \"asked\": %" PRId64
           ", \"failed\": %" PRId64 ", \"why\": ",
           note->changed, note->asked, note->failed);
    json_string(stdout, note->why);
    printf("}");
}
