/* senders.h - who sends from where: a text file that names senders.
 *
 *     # what                 type      name
 *     .google.com            mailbox   Google
 *     meadow.example         hosting   Meadow Hosting
 *     AS64500                hosting   Meadow Hosting
 *
 * What is a domain, to which the name of an address in DNS or the domain of its
 * network is compared ("." in front: those below it as well), or the number of
 * a network. The longest domain that fits counts, the name in DNS before that
 * of the network, and the number last. */
#ifndef RUAMILL_SENDERS_H
#define RUAMILL_SENDERS_H

#include "origin.h"

struct senders;

/* RUA_LATER, with a sentence that names file and line. */
enum rua_verdict senders_load(const char *path, struct senders **ret_senders,
                              struct rua_err *err);
void senders_free(struct senders *senders);

/* Fills sender and type; leaves them as they are when nothing fits. */
void senders_find(const struct senders *senders, struct origin *origin);

#endif
