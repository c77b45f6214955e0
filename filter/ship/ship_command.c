/* ruamill ship, and what else talks to servers: another program, so that those
 * in the mail flow do not carry libcurl and libpq, and all that these need,
 * through every fork. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "command.h"
#include "log.h"

#define PROGRAM "ruamill-ship"

/* Beside this program, or where it is installed. */
int
ship_command(int argc, char **argv)
{
    char path[4096], sentence[4200];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
    char *slash;

    path[n > 0 ? n : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash) {
        snprintf(slash + 1, 32, PROGRAM);
        execv(path, argv);
    }
    execv(RUAMILL_LIBEXEC "/" PROGRAM, argv);
    snprintf(sentence, sizeof(sentence), "%s: %s/" PROGRAM ": %s%s",
             argc ? argv[0] : "ship", RUAMILL_LIBEXEC, strerror(errno),
             errno == ENOENT ? "; it comes with the package " PROGRAM
                               ", to be installed"
                             : "");
    log_error(sentence);
    return EX_UNAVAILABLE;
}
