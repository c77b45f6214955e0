/* thread.h - a thread beside those of the mail flow. */
#ifndef RUAMILL_THREAD_H
#define RUAMILL_THREAD_H

#include <pthread.h>

/* pthread_create(3), of a thread that no signal interrupts: they are the main
 * thread's. What that returns. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *ctx), void *ctx);

#endif
