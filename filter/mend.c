#include "mend.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME = 64,  /* of a user */
    WHOSE = 120 /* of a path */
};

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

/* ---- whose it is ---- */

static void
name_user(uid_t uid, char ret_name[NAME])
{
    const struct passwd *user = getpwuid(uid);

    if (user)
        snprintf(ret_name, NAME, "%s", user->pw_name);
    else
        snprintf(ret_name, NAME, "#%lu", (unsigned long)uid);
}

/* The path that stands before ": Permission denied", up to what can be looked
 * at ("it", if that is all of it), and to whom that belongs; false when there
 * is none. */
static bool
find_owner(const char *sentence, char ret_path[PATH_MAX], struct stat *ret_st)
{
    const char *end = strrchr(sentence, ':'), *begin = end;
    char *slash;

    while (begin && begin > sentence && begin[-1] != ' ')
        begin--;
    if (!begin || end - begin >= PATH_MAX || begin == end)
        return false;
    snprintf(ret_path, PATH_MAX, "%.*s", (int)(end - begin), begin);
    while (stat(ret_path, ret_st) < 0) {
        slash = strrchr(ret_path, '/');
        if (slash == ret_path || strcmp(ret_path, ".") == 0)
            return false;
        if (slash)
            *slash = '\0';
        else
            snprintf(ret_path, PATH_MAX, ".");
    }
    if (strlen(ret_path) == (size_t)(end - begin))
        snprintf(ret_path, PATH_MAX, "it");
    else if (strcmp(ret_path, ".") == 0)
        snprintf(ret_path, PATH_MAX, "this folder");
    return true;
}

/* A store is for one user only; whatever else is closed to us can be opened. */
static bool
is_store(const char *sentence)
{
    return strncmp(sentence, "store ", 6) == 0 ||
           strncmp(sentence, "open folder ", 12) == 0 ||
           strstr(sentence, ": store ") != NULL;
}

static const char *
mend_owner(const char *sentence)
{
    static char said[WHOSE + 2 * NAME + 128];
    char path[PATH_MAX], name[NAME], ours[NAME];
    struct stat st;

    if (!find_owner(sentence, path, &st))
        return "; let this user have it, or name another one";
    name_user(st.st_uid, name);
    name_user(geteuid(), ours);
    if (st.st_uid == geteuid())
        snprintf(said, sizeof(said),
                 "; %.*s belongs to you: change its mode, or name another one",
                 WHOSE, path);
    else if (is_store(sentence))
        snprintf(said, sizeof(said),
                 "; %.*s belongs to %s: run the command as that user "
                 "(runuser -u %s -- ruamill ...), or name another one",
                 WHOSE, path, name, name);
    else
        snprintf(said, sizeof(said),
                 "; %.*s belongs to %s: let user %s have it (chgrp, chmod), or "
                 "name another one",
                 WHOSE, path, name, ours);
    return said;
}

/* Behind "belongs to user 997, not to user 0; run this as that user". */
static const char *
mend_user(const char *sentence)
{
    static const char by[] = "belongs to user ";
    static char said[NAME + 64];
    const char *at = strstr(sentence, by);
    char name[NAME];

    if (!at || !ends_in(sentence, "as that user"))
        return NULL;
    name_user((uid_t)strtoul(at + strlen(by), NULL, 10), name);
    snprintf(said, sizeof(said), " (runuser -u %s -- ruamill ...)", name);
    return said;
}

const char *
mend(const char *sentence)
{
    const char *user = mend_user(sentence);

    if (user)
        return user;
    if (ends_in(sentence, strerror(EACCES)) ||
        ends_in(sentence, strerror(EPERM)))
        return mend_owner(sentence);
    if (ends_in(sentence, strerror(EISDIR)) &&
        strncmp(sentence, "rename ", 7) == 0)
        return "; move that folder away, then run the same command again";
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
