/* check_flow.h - what the options of milter and pipe mean on this machine. */
#ifndef RUAMILL_CHECK_FLOW_H
#define RUAMILL_CHECK_FLOW_H

#include "conf.h"

/* Prints it; what begins with "note:" would not work, or is easily overlooked.
 * None of it is an error: replay needs none of these options. */
void check_flow(const struct conf *conf);

#endif
