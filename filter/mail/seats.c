#include "seats.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct seats {
    unsigned most;
    struct rua_entry_style style;
    struct rua_store *store;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t change;
    struct seat *free;
    unsigned n; /* so far */
};

struct seats *
seats_new(unsigned most, const struct rua_entry_style *style,
          struct rua_store *store)
{
    struct seats *seats = rua_alloc(sizeof(*seats));
    pthread_condattr_t attributes;

    *seats = (struct seats){.most = most, .style = *style, .store = store};
    pthread_mutex_init(&seats->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&seats->change, &attributes);
    pthread_condattr_destroy(&attributes);
    return seats;
}

static void
free_seat(struct seat *seat)
{
    const int fds[] = {seat->rows.fd, seat->spill.fd, seat->scratch,
                       seat->last};

    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    rua_entry_maker_free(seat->maker);
    free(seat);
}

void
seats_free(struct seats *seats)
{
    if (!seats)
        return;
    while (seats->free) {
        struct seat *seat = seats->free;
        seats->free = seat->next;
        free_seat(seat);
    }
    pthread_cond_destroy(&seats->change);
    pthread_mutex_destroy(&seats->mutex);
    free(seats);
}

static enum rua_verdict
make_seat(const struct seats *seats, struct seat **ret_seat,
          struct rua_err *err)
{
    struct seat *seat = rua_alloc(sizeof(*seat));
    int *fds[] = {&seat->rows.fd, &seat->spill.fd, &seat->scratch};
    enum rua_verdict v;

    *seat =
        (struct seat){.rows.fd = -1, .spill.fd = -1, .scratch = -1, .last = -1};
    v = rua_entry_maker_new(&seats->style, &seat->rows, &seat->maker, err);
    for (size_t i = 0; v == RUA_OK && i < sizeof(fds) / sizeof(*fds); i++)
        v = rua_store_scratch(seats->store, fds[i], err);
    if (v == RUA_OK)
        *ret_seat = seat;
    else
        free_seat(seat);
    return v;
}

/* Waits for a seat, with the mutex held; NULL when one may be made, which is
 * counted before it is there. */
static enum rua_verdict
await_seat(struct seats *seats, const struct timespec *deadline,
           struct seat **ret_seat, struct rua_err *err)
{
    int failure = 0;

    while (!seats->free && seats->n == seats->most && failure != ETIMEDOUT)
        failure =
            pthread_cond_timedwait(&seats->change, &seats->mutex, deadline);
    *ret_seat = seats->free;
    if (seats->free)
        seats->free = seats->free->next;
    else if (seats->n < seats->most)
        seats->n++;
    else
        return rua_err_set(err, RUA_LATER,
                           "too many messages at the same time");
    return RUA_OK;
}

enum rua_verdict
seats_take(struct seats *seats, const struct timespec *deadline,
           struct seat **ret_seat, struct rua_err *err)
{
    enum rua_verdict v;

    pthread_mutex_lock(&seats->mutex);
    v = await_seat(seats, deadline, ret_seat, err);
    pthread_mutex_unlock(&seats->mutex);
    if (v != RUA_OK || *ret_seat)
        return v;
    v = make_seat(seats, ret_seat, err);
    if (v == RUA_OK)
        return v;
    pthread_mutex_lock(&seats->mutex);
    seats->n--;
    pthread_cond_signal(&seats->change);
    pthread_mutex_unlock(&seats->mutex);
    return v;
}

bool
seats_is_in_use(const struct seat *seat)
{
    return seat->rows.top || seat->spill.top;
}

/* Most messages need no file, and to look costs less than to cut. */
static bool
empty(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (!st.st_size || ftruncate(fd, 0) == 0);
}

void
seats_give(struct seats *seats, struct seat *seat)
{
    bool good =
        empty(seat->rows.fd) && empty(seat->spill.fd) && empty(seat->scratch);

    seat->rows.top = seat->spill.top = 0;
    if (!good) /* no worker shall see what another one has read */
        free_seat(seat);
    pthread_mutex_lock(&seats->mutex);
    if (good) {
        seat->next = seats->free;
        seats->free = seat;
    } else {
        seats->n--;
    }
    pthread_cond_signal(&seats->change);
    pthread_mutex_unlock(&seats->mutex);
}
