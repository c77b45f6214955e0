/* page_text.h - text on its way into HTML and JSON. Whatever bytes it has, it
 * stays text. */
#ifndef RUAMILL_PAGE_TEXT_H
#define RUAMILL_PAGE_TEXT_H

#include "buf.h"

enum {
    PAGE_TEXT = 100 /* bytes of a stranger's text that are shown */
};

/* As the text of an element. A longer one is clipped, with an ellipsis behind
 * it. A line may end behind the dots of a name, the colons of an address
 * and the spaces of a long figure, if it is too short for the whole word. */
void page_html(struct rua_buf *out, struct rua_span text);

/* As a JSON string in quotation marks that can stand in a <script> element
 * (there is no "<", ">" or "&" in it), clipped likewise. */
void page_json(struct rua_buf *out, struct rua_span text);

/* The same for texts of our own, which are not clipped. */
void page_html_whole(struct rua_buf *out, const char *text);
void page_json_whole(struct rua_buf *out, const char *text);

/* As the value of an attribute in quotation marks. */
void page_html_value(struct rua_buf *out, const char *text);

#endif
