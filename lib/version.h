/* version.h - how each door says which library is behind it. */
#ifndef RUA_VERSION_H
#define RUA_VERSION_H

/* Bytes of "expat 2.5.0: ..." at most, and the NUL. */
enum {
    RUA_VERSION_SIZE = 128
};

#endif
