#include "mail.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    const char *name;
} kinds[] = {
    [RUA_MAIL] = {"",                         "ordinary mail"                 },
    [RUA_MAIL_TLSRPT] = {"tlsrpt",                   "an SMTP TLS report"            },
    [RUA_MAIL_RUF] = {"feedback-report",          "a failure report"              },
    [RUA_MAIL_DSN] = {"delivery-status",          "a delivery status notification"},
    [RUA_MAIL_MDN] = {"disposition-notification", "a disposition notification"    },
};

const char *
rua_mail_name(enum rua_mail mail)
{
    return kinds[mail].name;
}

enum rua_mail
rua_mail_kind(const char *type)
{
    for (int i = RUA_MAIL_TLSRPT; type && i <= RUA_MAIL_MDN; i++)
        if (strcasestr(type, kinds[i].word))
            return (enum rua_mail)i;
    return RUA_MAIL;
}

bool
rua_mail_is_message(const char *subtype)
{
    static const char *const messages[] = {"rfc822", "rfc2822", "global",
                                           "news"};

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (strcasecmp(subtype, messages[i]) == 0)
            return true;
    return false;
}

bool
rua_mail_begins(struct rua_span text)
{
    size_t at = 0;

    while (at < text.len && text.data[at] > ' ' && text.data[at] < 0x7f &&
           text.data[at] != ':')
        at++;
    if (at == strlen("From") && at < text.len && text.data[at] == ' ')
        return memcmp(text.data, "From", at) == 0;
    return at && at < text.len && text.data[at] == ':';
}

bool
rua_mail_is_field(const char *raw_name, const char *name)
{
    size_t len = strlen(name);

    return strncasecmp(raw_name, name, len) == 0 &&
           raw_name[len + strspn(raw_name + len, " \t\r\n\v\f")] == '\0';
}

struct rua_span
rua_mail_address(const char *value)
{
    struct rua_span span = rua_span_trim(rua_span_text(value));
    const unsigned char *open, *close;

    if (!span.len)
        return span;
    open = memrchr(span.data, '<', span.len);
    if (open) {
        span.len -= (size_t)(open + 1 - span.data);
        span.data = open + 1;
        close = memchr(span.data, '>', span.len);
        if (close)
            span.len = (size_t)(close - span.data);
    }
    return span;
}
