/* postgres_text.c - what needs no libpq. */
#include <stdio.h>
#include <string.h>

#include "postgres.h"
#include "ship.h"

enum {
    SAID = 180, /* bytes of what a server said */
};

/* What to do, by SQLSTATE (Appendix A of PostgreSQL's manual), the first that
 * the state begins with. */
static const struct hint {
    const char *text, *hint;
} states[] = {
    {"25006", "see which server url names: this one may only read"        },
    {"28P01", "see user and password_file"                                },
    {"42703", "add that column; ruamill-ship(1) says what the tables need"},
    {"42P01", "ruamill ship --create makes the tables"                    },
    {"53100", "make room on the server's disk"                            },
    {"",      "see the server's log"                                      },
};

/* Without a connection there is no such state: by words of the server, which
 * may have others in another language, and libpq. */
static const struct hint words[] = {
    {"password",                "see user and password_file"                   },
    {"no pg_hba.conf entry",    "let this host in there, or see sslmode in url"},
    {"permission denied",       "grant it, or name another role with user"     },
    {"not permitted to log in", "let it, or name another role with user"       },
    {"database \"",             "createdb makes it, or mend database"          },
    {"role \"",                 "createuser makes it, or mend user"            },
    {"certificate",             "see tls_ca, and sslmode in url"               },
    {"SSL",                     "see sslmode in url"                           },
    {"translate host name",     "mend url"                                     },
    {"FATAL",                   "see the server's log"                         },
    {"",                        "see that the server runs, or mend url"        },
};

static const char *
find_hint(const char *state, const char *said)
{
    const struct hint *hint = state ? states : words;

    while (state ? strncmp(state, hint->text, strlen(hint->text)) != 0
                 : !strstr(said, hint->text))
        hint++;
    return hint->hint;
}

/* libpq says of each address, and with and without TLS, how it went, in lines
 * with advice below: the last one counts. */
static struct rua_span
last_try(const char *text)
{
    static const char begin[] = "connection to server ";
    const char *next = strstr(text, begin);

    for (; next; next = strstr(next + 1, begin))
        text = next;
    return (struct rua_span){(const unsigned char *)text, strcspn(text, "\n")};
}

enum rua_verdict
postgres_fail(const char *state, const char *text, const char *role,
              enum rua_verdict v, struct rua_err *err)
{
    struct rua_span last = state ? rua_span_text(text) : last_try(text);
    char said[SAID];

    ship_printable((const char *)last.data, last.len, said, sizeof(said));
    if (state && strcmp(state, "42501") == 0)
        return rua_err_set(err, v,
                           "PostgreSQL: %s; grant it to the role %s, or name "
                           "another one with user",
                           said, role);
    return rua_err_set(err, v, "PostgreSQL: %s; %s", said,
                       find_hint(state, said));
}
