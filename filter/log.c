#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

enum {
    VALUE_MAX = 200,
    N_VALUES = 9, /* of a line, numbers aside */
};

_Static_assert(N_VALUES *(VALUE_MAX + 16) + 128 <= LOG_LINE_SIZE,
               "any line fits");

/* Set once, before there are threads. */
static enum conf_log target = CONF_LOG_STDERR;

/* Priorities of syslog(3). A bad message is the sender's, and to be looked at;
 * what comes again is ours. */
static const int priorities[] = {
    [RUA_OK] = LOG_INFO,         [RUA_DUPLICATE] = LOG_INFO,
    [RUA_NOT_REPORT] = LOG_INFO, [RUA_BAD] = LOG_WARNING,
    [RUA_REFUSED] = LOG_WARNING, [RUA_LATER] = LOG_ERR,
};

/* A line being made. What does not fit is left out. */
struct line {
    size_t len;
    char *text; /* LOG_LINE_SIZE bytes */
};

static void
add(struct line *line, const char *text)
{
    size_t n = strlen(text), room = LOG_LINE_SIZE - line->len;

    n = n < room ? n : room;
    memcpy(line->text + line->len, text, n);
    line->len += n;
}

/* Appends `value` printable, `special` escaped too, in at most `max` bytes:
 * what is longer ends with "...". */
static void
add_printable(struct line *line, const char *value, const char *special,
              size_t max)
{
    size_t used = 0;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        char piece[8] = {*value};

        if (c < ' ' || c > '~' || strchr(special, *value))
            snprintf(piece, sizeof(piece), "\\x%02x", c);
        used += strlen(piece);
        if (used > max) {
            add(line, "...");
            return;
        }
        add(line, piece);
    }
}

static void
add_value(struct line *line, const char *key, const char *value)
{
    const char *quote;

    if (!value)
        return;
    quote = !*value || strpbrk(value, " \"=") ? "\"" : "";
    if (line->len)
        add(line, " ");
    add(line, key);
    add(line, "=");
    add(line, quote);
    add_printable(line, value, "\"\\", VALUE_MAX);
    add(line, quote);
}

static void
add_number(struct line *line, const char *key, unsigned long long number)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", number);
    add_value(line, key, text);
}

static void
add_seconds(struct line *line, const char *key, uint64_t microseconds)
{
    char text[32];

    if (microseconds == 0)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 ".%03u", microseconds / 1000000,
             (unsigned)(microseconds % 1000000 / 1000));
    add_value(line, key, text);
}

size_t
log_format(const struct log_line *message, char ret_text[LOG_LINE_SIZE])
{
    struct line line = {.text = ret_text};

    add_value(&line, "id", message->id ? message->id : "");
    add_value(&line, "rua", message->rua);
    add_value(&line, "from", message->from);
    add_value(&line, "verdict", rua_verdict_name(message->verdict));
    add_value(&line, "action", message->action);
    add_number(&line, "reports", message->reports);
    add_number(&line, "records", message->records);
    add_value(&line, "domain", message->domain);
    add_value(&line, "org", message->org);
    add_value(&line, "auth", message->auth);
    add_seconds(&line, "seconds", message->took);
    add_value(&line, "text", message->text);
    add(&line, "\n");
    return line.len;
}

/* Writes a line, by one call: that keeps lines whole. One that cannot be
 * written is lost; there is nobody to tell. */
static void
put(int priority, const char *text, size_t len)
{
    char prefix[8];
    struct iovec pieces[] = {
        {prefix,                  0  },
        {(void *)(uintptr_t)text, len}
    };

    if (target == CONF_LOG_SYSLOG) {
        syslog(priority, "%.*s", (int)len - 1, text);
        return;
    }
    if (target == CONF_LOG_JOURNAL)
        pieces[0].iov_len =
            (size_t)snprintf(prefix, sizeof(prefix), "<%d>", priority);
    if (writev(STDERR_FILENO, pieces, 2) < 0)
        return;
}

static void
say(int priority, const char *sentence)
{
    char text[LOG_LINE_SIZE];
    struct line line = {.text = text};

    if (target != CONF_LOG_SYSLOG)
        add(&line, "ruamill: ");
    add_printable(&line, sentence, "", LOG_LINE_SIZE - 16);
    add(&line, "\n");
    put(priority, text, line.len);
}

void
log_open(enum conf_log new_target)
{
    target = new_target;
    if (target == CONF_LOG_SYSLOG)
        openlog("ruamill", LOG_PID, LOG_MAIL);
}

void
log_message(const struct log_line *message)
{
    char text[LOG_LINE_SIZE];
    size_t len = log_format(message, text);

    put(priorities[message->verdict], text, len);
}

void
log_error(const char *sentence)
{
    say(LOG_ERR, sentence);
}

void
log_told(void *ctx, const char *sentence)
{
    (void)ctx;
    log_error(sentence);
}

void
log_notice(const char *sentence)
{
    say(LOG_NOTICE, sentence);
}
