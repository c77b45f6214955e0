/* fuzz_auth.c - the fields that say what a mail has passed: the text is one or
 * none, the same with a comment in front of each value, and none when the
 * header is another's. An input is fields with NUL between; one that begins
 * with "R" is a Received, any other an Authentication-Results. */
#include "auth.h"
#include "fuzz.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

static const char names[] = "mx.example.com a.example";

/* Reads the fields below `first`, each with `prefix`. */
static void
read_fields(struct rua_span input, const char *first, const char *prefix,
            const char *own_names, char ret_text[RUA_AUTH_SIZE])
{
    char *value = rua_alloc(strlen(prefix) + input.len + 1);
    struct rua_auth auth;

    rua_auth_begin(&auth, own_names);
    if (first)
        rua_auth_field(&auth, "Received", first);
    while (input.len) {
        size_t n = strnlen((const char *)input.data, input.len);
        bool received = input.data[0] == 'R';
        size_t at = strlen(prefix);
        memcpy(value, prefix, at);
        memcpy(value + at, input.data + received, n - received);
        value[at + n - received] = '\0';
        rua_auth_field(&auth, received ? "Received" : "Authentication-Results",
                       value);
        n += n < input.len;
        input.data += n;
        input.len -= n;
    }
    rua_auth_end(&auth, ret_text);
    free(value);
}

/* Whether a comment in front of a field may make it too long. */
static bool
is_long(struct rua_span input)
{
    return input.len > RUA_SCAN_FIELD - 100;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    char text[RUA_AUTH_SIZE], other[RUA_AUTH_SIZE];

    fuzz_take(&input);
    read_fields(input, NULL, "", names, text);
    fuzz_must(!*text || rua_auth_is_text(text), "the text is one");
    for (int i = 0; i < RUA_N_AUTH_METHODS; i++)
        fuzz_must(!rua_auth_passed(text, (enum rua_auth_method)i) ||
                      strstr(text, "=pass"),
                  "what is passed is said");

    read_fields(input, NULL, "(a \\) (b) \")\r\n ", names, other);
    fuzz_must(is_long(input) || strcmp(text, other) == 0,
              "a comment changes nothing");
    read_fields(input, "from x by A.example; now", "", names, other);
    fuzz_must(strcmp(text, other) == 0, "a hop of ours changes nothing");
    read_fields(input, "from a.example by x", "", names, other);
    fuzz_must(!*other, "nothing counts below another's hop");
    read_fields(input, NULL, "", NULL, other);
    fuzz_must(!*other, "nothing counts when we have no name");

    /* Any text, not only what was written here. */
    if (input.len < RUA_AUTH_SIZE) {
        memcpy(other, input.data, input.len);
        other[input.len] = '\0';
        if (rua_auth_is_text(other))
            fuzz_must(
                strspn(other, "abcdefghijklmnopqrstuvwxyz0123456789-_.= ") ==
                    strlen(other),
                "a text is clean");
    }
    return 0;
}
