#include "thread.h"

#include <signal.h>

int
thread_start(pthread_t *ret_thread, void *(*run)(void *ctx), void *ctx)
{
    sigset_t all, old;
    int failure;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    failure = pthread_create(ret_thread, NULL, run, ctx);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failure;
}
