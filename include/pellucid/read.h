/* SPDX-License-Identifier: Apache-2.0 */
/* read.h: files become nouns. */
#ifndef PELLUCID_READ_H
#define PELLUCID_READ_H

#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/** How to read. Start from pel_read_defaults(). */
typedef struct pel_read_params {
    size_t size;
    const char *raw;    /* "256x256x128,int16,le[,OFFSET]": the file has no header; NULL: it has */
    const char *slices; /* "START:STOP:STEP": of a series or a TIFF stack only these; NULL: all */
    const char *allow;  /* "gaps,mixed": what a series or stack may have; NULL: neither */
} pel_read_params;

PEL_API extern const pel_schema pel_read_schema;
PEL_API pel_read_params pel_read_defaults(void);

/**
 * Open a volume file: NIfTI-1/2, Analyze 7.5, npy, TIFF (slices k, rows j from the top, columns i),
 * headerless raw; `archive.zip::member`, a zip with one volume, or "-" for standard input. Only the
 * header is read; voxels come by slabs. Close the source.
 */
PEL_API pel_status pel_open_volume(pel_source *out, const char *path,
                                   const pel_read_params *params);

/** Read a whole volume; the caller frees it. `params` NULL: defaults. */
PEL_API pel_status pel_read_volume(pel_volume *out, const char *path,
                                   const pel_read_params *params);

/** As pel_read_volume() from bytes in memory (not copied); `name` tells the format by its ending
 * and is used in messages. */
PEL_API pel_status pel_read_volume_bytes(pel_volume *out, const void *bytes, size_t size,
                                         const char *name);

PEL_END

#endif
