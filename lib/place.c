#include "place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"

void
rua_places_init(struct rua_places *places, int root)
{
    size_t most = rua_file_descriptors() / 8;

    places->root = root;
    places->unchecked = false;
    places->n = places->oldest = 0;
    places->missing = NULL;
    places->most = most > RUA_PLACES_MOST ? RUA_PLACES_MOST : most ? most : 1;
}

static void
close_place(struct rua_place *place)
{
    close(place->fd);
    free(place->path);
}

void
rua_places_done(struct rua_places *places)
{
    for (size_t i = 0; i < places->n; i++)
        close_place(&places->places[i]);
    free(places->missing);
    places->missing = NULL;
    places->n = places->oldest = 0;
}

static uint32_t
hash_of(const char *path)
{
    uint32_t hash = 0;

    for (; *path; path++)
        hash = hash * 31 + (unsigned char)*path;
    return hash;
}

/* The reports of a domain often come one behind the other. */
static struct rua_place *
find_open(struct rua_places *places, const char *path, uint32_t hash)
{
    for (size_t i = places->n; i-- > 0;)
        if (places->places[i].hash == hash &&
            strcmp(places->places[i].path, path) == 0)
            return &places->places[i];
    return NULL;
}

static struct rua_place *
add(struct rua_places *places, const char *path, uint32_t hash, int fd)
{
    size_t size = strlen(path) + 1;
    struct rua_place *place;

    if (places->n < places->most) {
        place = &places->places[places->n++];
    } else {
        place = &places->places[places->oldest];
        places->oldest = (places->oldest + 1) % places->most;
        close_place(place);
    }
    *place = (struct rua_place){
        .path = memcpy(rua_alloc(size), path, size), .hash = hash, .fd = fd};
    return place;
}

/* O_PATH, since nothing in the folder is listed: so no rules of a sandbox are
 * looked up for it. */
static enum rua_verdict
open_place(struct rua_places *places, const char *path,
           struct rua_place **ret_place, struct rua_err *err)
{
    int fd;
    enum rua_verdict v =
        rua_file_open(places->root, path, O_PATH | O_DIRECTORY, &fd, err);

    if (v == RUA_OK)
        *ret_place = add(places, path, hash_of(path), fd);
    return v;
}

/* A report that is new looks twice: whether it is known, and then to be stored.
 */
static void
note_missing(struct rua_places *places, const char *path, size_t there)
{
    size_t size = strlen(path) + 1;

    free(places->missing);
    places->missing = memcpy(rua_alloc(size), path, size);
    places->there = there;
}

static bool
is_missing(const struct rua_places *places, const char *path)
{
    return places->missing && strcmp(places->missing, path) == 0;
}

enum rua_verdict
rua_place_find(struct rua_places *places, const char *path,
               struct rua_place **ret_place, struct rua_err *err)
{
    size_t there = strlen(path);
    enum rua_verdict v = RUA_OK;

    *ret_place = find_open(places, path, hash_of(path));
    if (*ret_place || is_missing(places, path))
        return RUA_OK;
    if (!places->unchecked)
        v = rua_file_check_folders(places->root, path, &there, err);
    if (v == RUA_OK && path[there])
        note_missing(places, path, there);
    else if (v == RUA_OK)
        v = open_place(places, path, ret_place, err);
    return v == RUA_NOT_REPORT ? RUA_OK : v;
}

enum rua_verdict
rua_place_make(struct rua_places *places, const char *path,
               struct rua_place **ret_place, struct rua_err *err)
{
    enum rua_verdict v = rua_place_find(places, path, ret_place, err);

    if (v == RUA_OK && is_missing(places, path)) {
        v = rua_file_make_folders_checked(places->root, path, places->there,
                                          err);
        free(places->missing);
        places->missing = NULL;
        if (v == RUA_OK)
            v = open_place(places, path, ret_place, err);
    }
    if (v == RUA_NOT_REPORT || (v == RUA_OK && !*ret_place))
        v = rua_err_set(err, RUA_LATER, "folder %s: was taken away", path);
    return v;
}

enum rua_verdict
rua_place_of(struct rua_places *places, const char *path,
             struct rua_place **ret_place, const char **ret_name,
             struct rua_err *err)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    char folder[4096];

    *ret_name = slash ? slash + 1 : path;
    if (n >= sizeof(folder))
        return rua_err_set(err, RUA_LATER, "%.100s...: too long a name", path);
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    return rua_place_make(places, folder, ret_place, err);
}
