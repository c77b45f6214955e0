/* host.h - what this host is called. */
#ifndef RUAMILL_HOST_H
#define RUAMILL_HOST_H

/* Its full name: as the kernel has it, or, when that has no dot, as the
 * resolver completes it. To be freed with free(); "localhost" when there is
 * none. */
char *host_name(void);

#endif
