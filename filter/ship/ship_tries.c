#include "ship_tries.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "mend.h"
#include "ship_wait.h"

enum {
    MOST = 5,          /* tries, without --follow */
    FIRST_WAIT = 1000, /* milliseconds */
    SAY_AGAIN = 600,   /* seconds after which a sentence is said again */
    REASON = 512,
};

/* Who says what to do has said it: the disk that is full is the server's. */
void
ship_say(const char *target, const char *what, const char *why)
{
    const char *last = *why ? why : what;
    char sentence[MENDED + REASON];

    snprintf(sentence, sizeof(sentence), "target %s: %s%s%s", target, what, why,
             strstr(last, "; ") ? "" : mend(last));
    log_error(sentence);
}

void
ship_tries_begin(struct ship_tries *tries)
{
    tries->n = 0;
    tries->wait = FIRST_WAIT;
}

/* But for numbers: how long it was waited for, to the millisecond. */
static bool
is_same(const char *one, const char *other)
{
    while (*one && *other) {
        bool digits = isdigit((unsigned char)*one) != 0;
        if (digits && isdigit((unsigned char)*other)) {
            one += strspn(one, "0123456789");
            other += strspn(other, "0123456789");
        } else if (*one++ != *other++) {
            return false;
        }
    }
    return *one == *other;
}

void
ship_tries_complain(struct ship_tries *tries, const char *why)
{
    time_t now = time(NULL);

    if (is_same(tries->said, why) && now - tries->said_at < SAY_AGAIN)
        return;
    snprintf(tries->said, sizeof(tries->said), "%s", why);
    tries->said_at = now;
    ship_say(tries->target, why, "; it will be tried again");
}

static void
give_up(const struct ship_tries *tries, const char *why)
{
    char what[32] = "";

    if (tries->n > 1)
        snprintf(what, sizeof(what), "tried %u times: ", tries->n);
    ship_say(tries->target, what, why);
}

bool
ship_tries_go_on(struct ship_tries *tries, enum rua_verdict v, const char *why)
{
    tries->n++;
    if (tries->follow) {
        ship_tries_complain(tries, why);
    } else if (tries->n == MOST || v == RUA_REFUSED) {
        give_up(tries, why);
        return false;
    }
    ship_back_off(&tries->wait);
    return true;
}

void
ship_tries_end(struct ship_tries *tries)
{
    if (tries->said[0])
        ship_say(tries->target, "takes rows again", "");
    tries->said[0] = '\0';
}
