/* xml.h - expat's door.
 *
 * One parser, used again and again. Opens no external entity; limits, where
 * expat can, what entities may grow to; knows UTF-8, UTF-16 and the encodings
 * of charset.h. */
#ifndef RUA_XML_H
#define RUA_XML_H

#include <stdint.h>

#include "flow.h"
#include "version.h"

struct rua_xml;

/* Called by expat itself, so the types are expat's; names have their prefix.
 * None is called after rua_xml_stop(). */
struct rua_xml_events {
    void (*open)(void *ctx, const char *name, const char **attributes);
    void (*close)(void *ctx, const char *name);
    void (*text)(void *ctx, const char *text, int len); /* in any pieces */
    void (*doctype)(void *ctx, const char *name, const char *system_id,
                    const char *public_id, int has_subset);
    /* An entity that a document type declaration may have declared somewhere
     * else; any other unknown one is an error. */
    void (*entity)(void *ctx, const char *name, int is_parameter);
    void (*instruction)(void *ctx, const char *target, const char *data);
    /* White space around the root, comments, and more that has no event. */
    void (*other)(void *ctx, const char *text, int len);
    void *ctx;
};

enum rua_xml_state {
    RUA_XML_GOES_ON,
    RUA_XML_STOPPED, /* by rua_xml_stop() */
    RUA_XML_CUT_OFF, /* not well-formed, only since there was no more */
    RUA_XML_BROKEN,  /* not well-formed, or an unknown encoding */
};

struct rua_xml *rua_xml_new(const struct rua_xml_events *events);
void rua_xml_free(struct rua_xml *xml);

/* Begins a document; with `is_utf8` whatever encoding it declares. One of up to
 * `hold` bytes is kept, and read in one piece when all of it is there: expat
 * counts the lines of each piece but the last, which takes it a tenth of its
 * time. */
void rua_xml_begin(struct rua_xml *xml, bool is_utf8, size_t hold);

/* Whether bytes are kept that are not read yet. */
bool rua_xml_holds(const struct rua_xml *xml);

/* Reads a piece of at most INT_MAX bytes, `last` with the last one; to be
 * called no more when it does not go on. */
enum rua_xml_state rua_xml_read(struct rua_xml *xml, struct rua_span bytes,
                                bool last);

/* For the events: read no further. */
void rua_xml_stop(struct rua_xml *xml);

/* Bytes read of a tag, comment or other token that is not complete. */
size_t rua_xml_pending(struct rua_xml *xml);

/* After RUA_XML_CUT_OFF and _BROKEN: where, and expat's words. */
unsigned long rua_xml_line(struct rua_xml *xml);
uint64_t rua_xml_before(struct rua_xml *xml); /* bytes in front of it */
const char *rua_xml_words(struct rua_xml *xml);

/* For the events: marks the place where the present one ends. */
void rua_xml_mark(struct rua_xml *xml);

/* After RUA_XML_BROKEN: what was given, from the mark on; the complaint is
 * about something behind it. Borrowed until the next rua_xml_left_over(). */
struct rua_span rua_xml_left_over(struct rua_xml *xml);

/* Takes white space and byte order marks, and with `nul` zero bytes, off the
 * beginning. True if there was a mark. */
bool rua_xml_skip(struct rua_span *bytes, bool nul);

/* "expat 2.5.0: amplification limit, no allocation limit, reparse deferral":
 * what protects it from a stranger's document, as it is here. Distributions
 * bring these to releases that did not have them. */
void rua_xml_version(char ret_text[RUA_VERSION_SIZE]);

#endif
