/* unpack.h - part -> documents: wrappings taken off by their magic bytes, never
 * by type or name.
 *
 * One table of magics: gzip, zlib, zip, XML. Nested in any order, down to
 * max_wrappings. Raw deflate has no magic: it is tried on unknown bytes under a
 * name that ends in .gz or, as in the archive, .bin, and believed when XML
 * comes out. A zip archive with something else in front is found by its end
 * record.
 */
#ifndef RUA_UNPACK_H
#define RUA_UNPACK_H

#include "limit.h"
#include "peel.h"
#include "spool.h"

/* The outermost wrapping of a part, and so the ending of its archive file. */
enum rua_container {
    RUA_CONTAINER_XML,    /* .xml */
    RUA_CONTAINER_XML_GZ, /* .xml.gz */
    RUA_CONTAINER_ZIP,    /* .zip */
    RUA_CONTAINER_BIN,    /* .bin: anything else */
};

/* Reusable between parts: it keeps its zlib streams. */
struct rua_unpack;

struct rua_unpack *rua_unpack_new(struct rua_scratch *scratch);
void rua_unpack_free(struct rua_unpack *unpack);

/* True when the part's first bytes are those of a report file, where otherwise
 * a mail would stand: of a wrapping or XML, or unknown data under a `name` (or
 * NULL) that ends in .gz, .bin or .zip. */
bool rua_unpack_sniff(struct rua_span first, const char *name);

/* Reads a part; `name` (or NULL) is a hint for raw deflate only.
 * RUA_OK: there was a document; what is said of it is between `documents` and
 * its owner, though `err` may hold a sentence about it, or about an entry of a
 * zip that could not be read beside it. RUA_NOT_REPORT: bytes of another kind
 * (the sentence names it: "JSON", "text", ...). RUA_BAD: a wrapping is broken,
 * empty, too deep, or over a ceiling, and nothing could be read from it.
 * *ret_container is set in every case. The budget counts all that is unpacked;
 * the part, or each file of a zip, is a new document for it. At most
 * max_entries files are read from all zip archives of a part. */
enum rua_verdict rua_unpack_read(struct rua_unpack *unpack,
                                 const struct rua_spool *part, const char *name,
                                 struct rua_budget *budget,
                                 const struct rua_documents *documents,
                                 enum rua_container *ret_container,
                                 struct rua_err *err);

#endif
