/* url.h - whether a URL can be one that a server is asked at. */
#ifndef RUAMILL_URL_H
#define RUAMILL_URL_H

#include <stddef.h>

/* What is wrong with "scheme://host[:port][/...]", as the end of a sentence;
 * NULL: nothing. */
const char *conf_url_wrong(const char *url, size_t len);

#endif
