#include "mend.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ROOM                                                                   \
    "; take away or move some other MiB from that file system first, then "    \
    "run the same command again"

static const struct {
    int error;
    bool anywhere; /* in the sentence, not only at its end */
    const char *mend;
} mends[] = {
    {ENOSPC,  true,  ROOM                                                   },
    {EDQUOT,  true,  ROOM                                                   },
    {EACCES,  false,
     "; run the command as the user that it belongs to, as root, or with "
     "another one named"                                                    },
    {EPERM,   false,
     "; run the command as the user that it belongs to, as root, or with "
     "another one named"                                                    },
    {ENOENT,  false, "; mend the name, or make it first"                    },
    {ENOTDIR, false,
     "; mend the name, or move away what is in the place of a folder"       },
    {EISDIR,  false, "; name a file in it"                                  },
    {EROFS,   false, "; mount that file system so that it can be written to"},
};

static bool
ends_in(const char *sentence, const char *text)
{
    size_t n = strlen(sentence), m = strlen(text);

    return n >= m && strcmp(sentence + n - m, text) == 0;
}

const char *
mend(const char *sentence)
{
    for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++) {
        const char *text = strerror(mends[i].error);
        if (mends[i].anywhere ? strstr(sentence, text) != NULL
                              : ends_in(sentence, text))
            return mends[i].mend;
    }
    return "";
}

const char *
mended(const char *sentence, char to[MENDED])
{
    snprintf(to, MENDED, "%s%s", sentence, mend(sentence));
    return to;
}
