/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_series.h: images of many DICOM files: which belong to one volume, and where they lie. */
#ifndef PEL_READ_DICOM_SERIES_H
#define PEL_READ_DICOM_SERIES_H

#include "read/dicom.h"

/** A file that holds images. */
typedef struct pel__dicom_file {
    char *name;      /* path, or member of the archive; owned */
    pel__dicom head; /* its tables are freed once its images are listed */
    pel__dicom_pixels pixels;
    int64_t tiles, across; /* images of a mosaic, and how many in a row; else 1 */
    int64_t stored;        /* most bytes of a frame in the file */
    int64_t open_bytes;    /* held while the file is open */
    char hash[33];
    int64_t bytes;
    bool damaged, used; /* by the volume that is read */
} pel__dicom_file;

/** One image of one place: a frame, or a tile of a mosaic. */
typedef struct pel__dicom_image {
    pel__dicom_frame about;
    int64_t file, frame, tile;
    int64_t group; /* the volume it belongs to */
    double along;  /* mm along the normal of its plane */
} pel__dicom_image;

/** True when position and orientation are said and can be. */
bool pel__dicom_is_placed(const pel__dicom_frame *frame);

/** Rows and columns of an image, which of a mosaic is a tile. */
int64_t pel__dicom_image_rows(const pel__dicom_file *file);
int64_t pel__dicom_image_columns(const pel__dicom_file *file);

/** A volume: images of one series that fit on one grid. */
typedef struct pel__dicom_group {
    int64_t first, count; /* an image of it, and how many it has */
    int64_t number;       /* of the series; part of it, from 1; 0: it has but one */
    int64_t part;
    bool minor; /* a localizer or secondary capture: nobody's choice unless it is named */
} pel__dicom_group;

/** All that was found. Zeroed is valid and empty. */
typedef struct pel__dicom_set {
    const char *name; /* of the folder, pattern, archive or file, for messages; borrowed */
    const pel_read_params *params;
    pel__dicom_file *file; /* owned */
    int64_t files, file_room;
    pel__dicom_image *image; /* owned */
    int64_t images, image_room;
    pel__dicom_group *group; /* owned */
    int64_t groups, group_room;
    bool lone;              /* its file stays open: the tables of its head are kept */
    int64_t copies, others; /* files left out: another one repeats it, it has no images */
} pel__dicom_set;

/** Add a file; `name` becomes the set's, also on failure. */
pel_status pel__dicom_add_file(pel__dicom_set *set, char *name);

/** Files of the set, whose heads are read, become images and groups. */
pel_status pel__dicom_arrange(pel__dicom_set *set);

/** The group that --series names, or the only one that counts. */
pel_status pel__dicom_choose(const pel__dicom_set *set, int64_t *group);

/** The name of a file without that of the set. */
const char *pel__dicom_short_name(const pel__dicom_set *set, int64_t file);

/** "5", or "5.2" of a series with several volumes. */
void pel__dicom_label(char out[48], const pel__dicom_group *group);

void pel__dicom_set_free(pel__dicom_set *set);

/** Where the slices of a volume lie. */
typedef struct pel__dicom_grid {
    int64_t slices, frames;
    bool oriented; /* then rows run from the last to the first, so that j points up them */
    bool unit_known;
    int64_t *image; /* owned; of slice k of frame t: t*slices + k */
    pel_affine mm_from_ijk;
    double seconds; /* between frames; NaN: not said */
} pel__dicom_grid;

/** Sort the images of a group: by place, then by time; checked as --allow wants it. */
pel_status pel__dicom_layout(pel__dicom_grid *out, const pel__dicom_set *set, int64_t group);

/** Keep only the slices that --slices names. */
pel_status pel__dicom_keep_slices(pel__dicom_grid *grid, const pel__dicom_set *set);

#endif
