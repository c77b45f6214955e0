/* notify.h - tells the service manager how far we are, as sd_notify(3) does. */
#ifndef RUAMILL_NOTIFY_H
#define RUAMILL_NOTIFY_H

#include "err.h"

/* Sends `state` ("READY=1") to the socket that NOTIFY_SOCKET names, a path or
 * an abstract name ("@..."). RUA_OK when nobody asked to be told; RUA_LATER
 * when it cannot be sent. */
enum rua_verdict notify_send(const char *state, struct rua_err *err);

#endif
