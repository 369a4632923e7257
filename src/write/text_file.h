/* SPDX-License-Identifier: Apache-2.0 */
/* text_file.h: what writing NRRD and MetaImage has in common: a header of lines that is known to
 * its end only when the voxels are, and voxels behind it or in a file of their own. */
#ifndef PEL_WRITE_TEXT_FILE_H
#define PEL_WRITE_TEXT_FILE_H

#include "base/text.h"
#include "write/packed.h"
#include "write/values.h"
#include "write/write.h"

typedef struct pel__text_file pel__text_file;

/** A file format whose header is text. */
typedef struct pel__text_format {
    const char *name;
    const char *detached;             /* the ending of a header whose voxels are elsewhere */
    const char *raw_end, *packed_end; /* the endings of those voxels' files */
    bool gzip;                        /* how they are packed; else as zlib */
    bool needs_size;                  /* the header tells the bytes of packed voxels */
    /* the whole header, of a length that neither hash nor packed_bytes changes */
    void (*head)(pel__text *out, const pel__text_file *file, const char *provenance);
    void (*note_losses)(const pel__text_file *file);
} pel__text_format;

struct pel__text_file {
    const pel__writing *what;
    const pel_volume *shape;
    const pel__text_format *format;
    bool apart;        /* the voxels are in a file of their own */
    char *voxels_name; /* of that file, without folder; owned */
    bool is_packed;
    int64_t packed_bytes; /* of the voxels; 0: not yet known */
    int64_t frame_axes, frames[4];
    pel__outfile header, voxels;
    pel__packed packed;
    pel__values values;
};

pel_status pel__text_file_write(const pel__text_format *format, const pel__writing *what);
int64_t pel__text_file_memory(const pel_volume *shape);

#endif
