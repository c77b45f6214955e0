/* boundary.h - the boundary of a multipart whose header does not name it. */
#ifndef RUA_BOUNDARY_H
#define RUA_BOUNDARY_H

#include "flow.h"

/* What the header of a multipart with this body should have named, by the first
 * line "--NAME" that looks like a boundary: NAME is 1 to 70 characters of those
 * that RFC 2046 allows, not dashes only, and begins with no blank; and the line
 * has "Content-...:" below it, or comes again, maybe as "--NAME--". A part of
 * `body`; absent when there is none. Looks at the first 16 different names. */
struct rua_span rua_boundary_guess(struct rua_span body);

#endif
