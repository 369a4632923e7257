/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.h: operations made of operations: a volume as a command's input options prepare it. */
#ifndef PELLUCID_PIPELINE_H
#define PELLUCID_PIPELINE_H

#include <pellucid/read.h>
#include <pellucid/transform.h>

PEL_BEGIN

/** What happens to a volume between its file and an operation, in this order whatever the order
 * given. */
typedef struct pel_input_params {
    size_t size;
    const char *raw; /* headerless: 256x256x128,int16,le[,OFFSET] */
    int64_t frame;   /* of 4D; -1: not given (all for convert, the first with a note elsewhere) */
    int64_t channel; /* of several; -1: not given */
    pel_numbers spacing; /* mm; wins over the file */
    const char *assume;  /* "LAS": axes of a file with unknown orientation */
    const char *orient;  /* "RAS", "keep" */
    const char
        *mask; /* file; voxels where it is zero become the lowest value shown: NaN in float */
    const char *tone;
    pel_numbers resize;
    const char *crop; /* numpy slices of the grid as it then is: ":35,::-1,:25" */
} pel_input_params;

PEL_API extern const pel_schema pel_input_schema;
PEL_API pel_input_params pel_input_defaults(void);

/**
 * Open a volume (path as of pel_open_volume(), or phantom:SPEC) and apply the input options. What
 * can stream does (frame, channel, spacing, assume, crop of contiguous axes); the rest is done in
 * memory.
 */
PEL_API pel_status pel_input_open(pel_source *out, const char *path,
                                  const pel_input_params *params);

/** As pel_input_open(), read into memory. A scalar, single-frame volume unless `all_frames`. */
PEL_API pel_status pel_input_read(pel_volume *out, const char *path, const pel_input_params *params,
                                  bool all_frames);

PEL_END

#endif
