#include "recall.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "domain.h"
#include "file.h"

#define FOLDER "ruamill"
#define NAME   "ptr"

enum {
    DAY = 86400,
    MOST = 4096,         /* addresses */
    MOST_BYTES = 1 << 20 /* of the file */
};

struct said {
    char ip[INET6_ADDRSTRLEN];
    char name[RUA_DOMAIN_SIZE]; /* "" for none */
    int64_t when;
};

struct recall {
    const char *resolver;
    int64_t now;
    struct said *all; /* by ip */
    size_t n, sorted; /* what was added stands behind these */
    int folder;       /* -1: there is none */
};

static int
compare(const void *a, const void *b)
{
    const struct said *one = a, *other = b;

    return strcmp(one->ip, other->ip);
}

static void
add(struct recall *recall, const char *ip, const char *name, int64_t when)
{
    struct said *said;

    if (recall->n == MOST)
        return;
    said = &recall->all[recall->n++];
    *said = (struct said){.when = when};
    snprintf(said->ip, sizeof(said->ip), "%s", ip);
    snprintf(said->name, sizeof(said->name), "%s", name);
}

/* ---- the file ---- */

static int
open_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[4096];
    int above, folder = -1;

    if ((!cache || *cache != '/') && (!home || *home != '/'))
        return -1;
    if (cache && *cache == '/')
        snprintf(path, sizeof(path), "%s", cache);
    else
        snprintf(path, sizeof(path), "%s/.cache", home);
    if (rua_file_open_root(path, true, &above, NULL) != RUA_OK)
        return -1;
    if (rua_file_check_root(above, NULL) == RUA_OK &&
        rua_file_make_folders(above, FOLDER, NULL) == RUA_OK) {
        snprintf(path + strlen(path), sizeof(path) - strlen(path), "/" FOLDER);
        if (rua_file_open_root(path, false, &folder, NULL) != RUA_OK)
            folder = -1;
    }
    close(above);
    return folder;
}

/* What is older than a day, or of a day to come, is forgotten. */
static void
take_line(struct recall *recall, const char *line)
{
    char ip[INET6_ADDRSTRLEN], name[RUA_DOMAIN_SIZE], folded[RUA_DOMAIN_SIZE];
    unsigned char address[16];
    int64_t when;

    if (sscanf(line, "%45s %" SCNd64 " %253s", ip, &when, name) != 3 ||
        when > recall->now || when <= recall->now - DAY ||
        (inet_pton(AF_INET, ip, address) != 1 &&
         inet_pton(AF_INET6, ip, address) != 1))
        return;
    if (strcmp(name, "-") == 0)
        add(recall, ip, "", when);
    else if (rua_domain_fold(rua_span_text(name), folded))
        add(recall, ip, folded, when);
}

/* The first line names the resolver. */
static void
take_text(struct recall *recall, char *text)
{
    char *rest, *line = strtok_r(text, "\n", &rest);

    if (!line || strcmp(line, recall->resolver) != 0)
        return;
    while ((line = strtok_r(NULL, "\n", &rest)) != NULL)
        take_line(recall, line);
    if (recall->n)
        qsort(recall->all, recall->n, sizeof(*recall->all), compare);
    recall->sorted = recall->n;
}

static void
load(struct recall *recall)
{
    char *text;
    struct stat st;
    size_t n = 0;
    int fd;

    if (recall->folder < 0 ||
        rua_file_open_to_read(recall->folder, NAME, &fd, NULL) != RUA_OK)
        return;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        !(st.st_mode & (S_IWGRP | S_IWOTH)) && st.st_size <= MOST_BYTES) {
        text = rua_alloc(MOST_BYTES + 1);
        if (rua_file_read(fd, NAME, 0, text, MOST_BYTES, &n, NULL) == RUA_OK) {
            text[n] = '\0';
            take_text(recall, text);
        }
        free(text);
    }
    close(fd);
}

static void
save(const struct recall *recall)
{
    char fresh[64];
    struct rua_buf text;
    enum rua_verdict v;
    int fd;

    snprintf(fresh, sizeof(fresh), NAME ".%ld.new", (long)getpid());
    if (rua_file_make(recall->folder, fresh, &fd, NULL) != RUA_OK)
        return;
    rua_buf_init(&text, MOST_BYTES);
    rua_buf_printf(&text, "%s\n", recall->resolver);
    for (size_t i = 0; i < recall->n; i++)
        rua_buf_printf(&text, "%s %" PRId64 " %s\n", recall->all[i].ip,
                       recall->all[i].when,
                       *recall->all[i].name ? recall->all[i].name : "-");
    v = rua_file_write(fd, fresh, 0, rua_buf_span(&text), NULL);
    close(fd);
    if (v == RUA_OK)
        v = rua_file_replace(recall->folder, fresh, NAME, NULL);
    if (v != RUA_OK)
        rua_file_remove(recall->folder, fresh, NULL);
    rua_buf_done(&text);
}

/* ---- what is known ---- */

struct recall *
recall_open(const char *resolver, int64_t now)
{
    struct recall *recall = rua_alloc(sizeof(*recall));

    *recall = (struct recall){.resolver = resolver ? resolver : "resolv.conf",
                              .now = now,
                              .all = rua_alloc(MOST * sizeof(struct said)),
                              .folder = open_folder()};
    load(recall);
    return recall;
}

const char *
recall_find(const struct recall *recall, const char *ip)
{
    struct said wanted = {0};
    const struct said *found;

    if (!recall->sorted)
        return NULL;
    snprintf(wanted.ip, sizeof(wanted.ip), "%s", ip);
    found =
        bsearch(&wanted, recall->all, recall->sorted, sizeof(wanted), compare);
    return found ? found->name : NULL;
}

void
recall_add(struct recall *recall, const char *ip, const char *name)
{
    add(recall, ip, name, recall->now);
}

void
recall_close(struct recall *recall)
{
    if (recall->folder >= 0 && recall->n > recall->sorted)
        save(recall);
    if (recall->folder >= 0)
        close(recall->folder);
    free(recall->all);
    free(recall);
}
