/* choice.h - the policy domains that --domain names: example.com, or
 * .example.com for that one and all below it. */
#ifndef RUAMILL_CHOICE_H
#define RUAMILL_CHOICE_H

#include "domain.h"

/* A name with a dot before it, and its NUL. */
enum {
    CHOICE_SIZE = RUA_DOMAIN_SIZE + 1
};

/* As folders are called: A-labels in lower case; a dot in front stays, and so
 * does "_invalid". False when it is no domain name: then it is taken as it is,
 * or as much of it as there is room for. */
bool choice_read(const char *text, char ret_name[CHOICE_SIZE]);

/* Whether a domain is one of n that are wanted, as choice_read() gives them; of
 * none, all are. */
bool choice_has(const char *const *wanted, size_t n, const char *domain);

#endif
