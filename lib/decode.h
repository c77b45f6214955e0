/* decode.h - tolerant decoders of quoted-printable (RFC 2045 section 6.7) and
 * uuencode. For base64 see base64.h. */
#ifndef RUA_DECODE_H
#define RUA_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"

/* {0} with `next` set is a decoder at its start. A "=" that begins neither two
 * hexadecimal digits nor a soft line end stays as it is (blanks behind it
 * become one). Line ends stay as they come. */
struct rua_quoted {
    struct rua_sink next;
    enum {
        RUA_QUOTED_TEXT,
        RUA_QUOTED_SIGN,  /* behind a "=" */
        RUA_QUOTED_DIGIT, /* behind a "=" and a digit */
        RUA_QUOTED_BLANK, /* behind a "=" and blanks */
    } state;
    unsigned char digit;
};

/* A sink: ctx is the decoder. Any pieces give the same bytes. */
enum rua_verdict rua_quoted_write(void *quoted, struct rua_span bytes,
                                  struct rua_err *err);

/* Gives what the body broke off. */
enum rua_verdict rua_quoted_end(struct rua_quoted *quoted, struct rua_err *err);

/* Characters of a line that count: its length, and 63 bytes as 84. */
#define RUA_UU_LINE 85

/* The same for uuencode, without its "begin" line. A line that is too short is
 * filled with blanks, which mailers cut off. Bytes behind the line "end" are
 * passed over. */
struct rua_uu {
    struct rua_sink next;
    unsigned char line[RUA_UU_LINE];
    size_t len;    /* characters of the line, also those that do not count */
    bool ended;    /* the line "end" was seen */
    uint64_t used; /* bytes up to there, or all */
};

enum rua_verdict rua_uu_write(void *uu, struct rua_span bytes,
                              struct rua_err *err);

/* Gives a last line without a line end. */
enum rua_verdict rua_uu_end(struct rua_uu *uu, struct rua_err *err);

#endif
