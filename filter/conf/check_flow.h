/* check_flow.h - what the options of milter, pipe and summary mean on this
 * machine. */
#ifndef RUAMILL_CHECK_FLOW_H
#define RUAMILL_CHECK_FLOW_H

#include "conf.h"

/* Prints it; what begins with "note:" is easily overlooked, or would not work
 * as things are now: a folder that is not there yet, or is closed to this user.
 * RUA_LATER for what has to be mended in the configuration: a command that
 * needs it ends with EX_CONFIG. */
enum rua_verdict check_flow(const struct conf *conf, struct rua_err *err);

#endif
