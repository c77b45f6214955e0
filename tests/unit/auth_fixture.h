/* Headers for the tests of auth.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth.h"

/* A header from the top: a field beginning with "by" or "from" is a Received,
 * any other an Authentication-Results. */
#define FIELDS 4

static inline const char *
read_header(const char *own_names, const char *const fields[FIELDS])
{
    static char text[RUA_AUTH_SIZE];
    struct rua_auth auth;

    rua_auth_begin(&auth, own_names);
    for (size_t i = 0; i < FIELDS && fields[i]; i++) {
        bool received = strncmp(fields[i], "by", 2) == 0 ||
                        strncmp(fields[i], "from", 4) == 0;
        rua_auth_field(&auth, received ? "received" : "AUTHENTICATION-results",
                       fields[i]);
    }
    rua_auth_end(&auth, text);
    return text;
}

static inline void
assert_says(const char *field, const char *text)
{
    const char *const fields[FIELDS] = {field};
    const char *got = read_header("mx.example.com", fields);

    if (strcmp(got, text) != 0)
        fail_msg("\"%s\" gives \"%s\", not \"%s\"", field, got, text);
    assert_true(!*got || rua_auth_is_text(got));
}
