/* SPDX-License-Identifier: Apache-2.0 */
/* formats.h: what a format is to the reader: a test of its first bytes, and a way to open it. */
#ifndef PEL_READ_FORMATS_H
#define PEL_READ_FORMATS_H

#include <pellucid/read.h>

#include "read/bytes.h"
#include "read/zip.h"

/** One volume being opened. What it owns moves into the source once that stands. */
typedef struct pel__opening {
    const pel_read_params *params;
    char *name;        /* the file's own path, or member name within `zip`; owned */
    pel__bytes *bytes; /* the file, inflated; owned */
    pel__zip *zip;     /* where its partner is; NULL: on disk; owned */
    pel__hash *hash;   /* owned */
    bool dicom;        /* `zip` holds a series of DICOM below the folder `name` */
    bool alone;        /* standard input and memory have no partner file */
    pel__bytes *spent; /* a header file read to its end, kept for its size; owned */
} pel__opening;

/** Free what is still owned. */
void pel__opening_free(pel__opening *opening);

/** Read what is left of the file (and of its header file), and put hash and size into the fields.
 */
pel_status pel__opening_finish(pel__opening *opening, pel_fields *fields);

/** How numbers lie in the bytes. */
typedef struct pel__layout {
    int64_t offset;                                    /* of the first voxel */
    enum { PEL__AS_IS, PEL__HALF, PEL__QUAD } convert; /* float16 to 32, float128 to 64 */
    bool big_endian;
} pel__layout;

/** Bytes of one number in the file whose type in memory is `dtype`. */
int pel__layout_item(const pel__layout *layout, pel_dtype dtype);

/** Change `count` numbers from the file's bytes to the machine's; AS_IS in place: `in` is `out`. */
void pel__layout_convert(const pel__layout *layout, pel_dtype dtype, void *out, const void *in,
                         int64_t count);

/**
 * Finish a source whose shape is filled: its voxels lie in `opening->bytes` as `layout` says, in
 * the order of pel_volume. Takes over what `opening` owns when it succeeds. A size beyond the
 * bytes there can be is refused.
 */
pel_status pel__voxels_open(pel_source *out, pel__opening *opening, const pel__layout *layout);

/**
 * As pel__voxels_open() for another order: axis 0 of `count` axes runs slowest in the file; one
 * step along axis a of size[a] is `stride[a]` numbers in memory. All voxels are read at the first
 * slab and held.
 */
pel_status pel__voxels_open_strided(pel_source *out, pel__opening *opening,
                                    const pel__layout *layout, int count, const int64_t *size,
                                    const int64_t *stride);

/** A file format. */
typedef struct pel__format {
    const char *name;
    bool (*is)(const pel__opening *opening, const uint8_t *head, int64_t count);
    pel_status (*open)(pel_source *out, pel__opening *opening);
} pel__format;

/** In the order they are asked, ended by NULL. */
extern const pel__format *const pel__formats[];

/** Fail saying what the file seems to be and what could convert it. */
pel_status pel__formats_refuse(const pel__opening *opening, const uint8_t *head, int64_t count);

/** True when the name, without .gz, has an ending that some format reads. */
bool pel__formats_know(const char *name);

/** Endings a volume's file can have, without .gz, ended by NULL. */
extern const char *const pel__format_endings[];

extern const pel__format pel__nifti, pel__analyze, pel__npy, pel__nrrd_format, pel__metaimage,
    pel__mgh, pel__raw, pel__tiff_format, pel__dicom_format;

/** Open what a path (or bytes) stands for into `opening`, whose hash is made: a file, a member of
 * an archive, standard input; gzip undone. */
pel_status pel__open_path(pel__opening *opening, const char *path);
pel_status pel__open_memory(pel__opening *opening, const void *bytes, size_t size,
                            const char *name);

/** Exchange the header of a pair, read to its end, for the data file beside it. */
pel_status pel__open_partner(pel__opening *opening);

/** The names of a pair's other file, in the order they are tried; false past the last. */
bool pel__partner_name(char out[4096], const char *name, int which);

#endif
