#include "answer.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Postfix comes again after EX_TEMPFAIL, EX_OSERR and the death of the program;
 * after any other status but 0 it sends the message back. What the line begins
 * with counts more than the status, so both say the same. */
struct kind {
    int status;
    const char *dsn;
    const char *text; /* what stands before the sentence */
};

static const struct kind kinds[] = {
    [RUA_OK] = {EX_OK,       "2.0.0", ""                               },
    [RUA_DUPLICATE] = {EX_OK,       "2.0.0", ""                               },
    [RUA_NOT_REPORT] = {EX_OK,       "2.0.0", "no aggregate report, kept aside"},
    [RUA_BAD] = {EX_OK,       "2.0.0", "unreadable report, kept aside"  },
    [RUA_REFUSED] = {EX_OK,       "2.0.0", "refused report, kept aside"     },
    [RUA_LATER] = {EX_TEMPFAIL, "4.3.0", ""                               },
};

static const struct kind rejected[] = {
    [RUA_BAD] = {EX_DATAERR, "5.6.0", ""},
    [RUA_REFUSED] = {EX_DATAERR, "5.7.1", ""},
};

static const struct kind unknown = {EX_NOUSER, "5.1.1", ""};

/* Appends text, made printable, while there is room for a line end. */
static size_t
add(char *line, size_t len, const char *text)
{
    for (; *text && len + 6 < ANSWER_SIZE; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= ' ' && c <= '~')
            line[len++] = *text;
        else
            len += (size_t)snprintf(line + len, 5, "\\x%02x", c);
    }
    return len;
}

static void
make(const struct kind *kind, const char *sentence, const char *end,
     struct answer *ret_answer)
{
    char *line = ret_answer->line;
    size_t len = add(line, 0, kind->dsn);

    ret_answer->status = kind->status;
    len = add(line, len, " ");
    len = add(line, len, kind->text);
    if (*kind->text && *sentence)
        len = add(line, len, ": ");
    len = add(line, len, sentence);
    len = add(line, len, end);
    memcpy(line + len, "\n", 2);
}

void
answer_choose(enum rua_verdict verdict, bool rejects_bad, const char *sentence,
              struct answer *ret_answer)
{
    bool is_bad = verdict == RUA_BAD || verdict == RUA_REFUSED;

    /* the plainest sentence about a mail says what the text says */
    if (verdict == RUA_NOT_REPORT &&
        strncmp(sentence, "no aggregate report", 19) == 0)
        sentence = "";
    make(is_bad && rejects_bad ? &rejected[verdict] : &kinds[verdict], sentence,
         "", ret_answer);
}

void
answer_unknown(const char *recipient, struct answer *ret_answer)
{
    make(&unknown, recipient, " is not on the allowlist", ret_answer);
}
