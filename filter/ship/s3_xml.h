/* s3_xml.h - what S3 says in XML: small documents, of a server that may be
 * anybody's. */
#ifndef RUAMILL_S3_XML_H
#define RUAMILL_S3_XML_H

#include "flow.h"

/* The text of the first element of this name, cut at `size` bytes, its NUL
 * included; false, and an empty text, when there is none, or the document is no
 * XML up to there. */
bool s3_xml_text(struct rua_span document, const char *name, char *ret_text,
                 size_t size);

#endif
