/* rebuild_bucket.h - a store made again from the bucket of a target. */
#ifndef RUAMILL_REBUILD_BUCKET_H
#define RUAMILL_REBUILD_BUCKET_H

#include "rebuild.h"

/* For rebuild_main(). */
rebuild_bucket rebuild_from_bucket;

#endif
