/* result_frame.h - what the two sides of result.h share. */
#ifndef RUA_RESULT_FRAME_H
#define RUA_RESULT_FRAME_H

#include "canon.h"
#include "result.h"

enum rua_frame {
    RUA_FRAME_HEAD = 1, /* texts: Message-ID, Subject, auth, recipients */
    RUA_FRAME_DOCUMENT,
    RUA_FRAME_RECORDS,
    RUA_FRAME_REPORT, /* RUA_REPORT_HEAD bytes, then the canonical form */
    RUA_FRAME_ABANDON,
    RUA_FRAME_PART, /* RUA_PART_HEAD bytes of container, then the part */
    RUA_FRAME_END,  /* a byte of verdict, then the sentence */
    RUA_FRAME_VOID,
};

enum {
    RUA_FRAME_SIZE = 16,
    RUA_REPORT_HEAD = 12 + RUA_DOMAIN_SIZE, /* records, oddities, domain */
    RUA_PART_HEAD = 4,
    RUA_FRAME_LONGEST = 17 << 20, /* body of a frame that is no PART */
};

/* A sink that appends to a struct rua_buf. */
enum rua_verdict rua_frame_gather(void *buf, struct rua_span bytes,
                                  struct rua_err *err);

#endif
