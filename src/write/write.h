/* SPDX-License-Identifier: Apache-2.0 */
/* write.h: what the formats of this room share. */
#ifndef PEL_WRITE_WRITE_H
#define PEL_WRITE_WRITE_H

#include <pellucid/write.h>

/** One volume on its way to a file. */
typedef struct pel__writing {
    const char *path;
    pel_source *source;
    const char *provenance; /* NULL: none; PEL_HASH_LATER in it is not yet known */
    pel_write_params params;
} pel__writing;

/** Takes `count` slices from `first` in stored numbers, as the source gives them. */
typedef pel_status (*pel__take_slab)(void *user, void *slab, int64_t first, int64_t count);

/** Slices that are pulled at once, and bytes of them. */
int64_t pel__slab_slices(const pel_volume *shape);
int64_t pel__slab_bytes(const pel_volume *shape);

/** Pull all slices in order through `take`; tells progress. */
pel_status pel__pull(pel_source *source, pel__take_slab take, void *user);

/**
 * As pel__pull() with `channel` of each voxel alone, packed; may be called once per channel when
 * the source can go back.
 */
pel_status pel__pull_channel(pel_source *source, int64_t channel, pel__take_slab take, void *user);

/** Learn the hash of the source's bytes, where it can tell. */
pel_status pel__finish(pel_source *source);

/**
 * Provenance with its hash filled in: `hash` 32 digits, or "" for null in as many characters (and
 * quotes). malloc'd; NULL when `provenance` is or memory ran out.
 */
char *pel__provenance_with_hash(const char *provenance, const char *hash);

pel_status pel__write_nifti(const pel__writing *what);
int64_t pel__write_nifti_memory(const char *path, const pel_volume *shape);
pel_status pel__write_tiff(const pel__writing *what);
int64_t pel__write_tiff_memory(const char *path, const pel_volume *shape);
pel_status pel__write_nrrd(const pel__writing *what);
int64_t pel__write_nrrd_memory(const char *path, const pel_volume *shape);
pel_status pel__write_metaimage(const pel__writing *what);
int64_t pel__write_metaimage_memory(const char *path, const pel_volume *shape);
pel_status pel__write_mgh(const pel__writing *what);
int64_t pel__write_mgh_memory(const char *path, const pel_volume *shape);
pel_status pel__write_npy(const pel__writing *what);
int64_t pel__write_npy_memory(const char *path, const pel_volume *shape);

/** True when a path names a folder of slices: one that is there, ends in /, or a %04d in a name. */
bool pel__slices_are(const char *path);
pel_status pel__write_slices(const pel__writing *what);
int64_t pel__write_slices_memory(const char *path, const pel_volume *shape);

/**
 * One slice, `numbers` of type `dtype`, as a file of a folder of slices; `shape` is that of the
 * volume.
 */
pel_status pel__write_tiff_slice(const pel__writing *file, const pel_volume *shape, pel_dtype dtype,
                                 const void *numbers);
pel_status pel__write_png_slice(const pel__writing *file, const pel_volume *shape,
                                const void *numbers);

/** Bytes held while one is written. */
int64_t pel__write_tiff_slice_memory(const pel_volume *shape);

pel_status pel__write_nifti_image(const char *path, const pel_image *image);
pel_status pel__write_tiff_image(const char *path, const pel_image *image);
pel_status pel__write_npy_image(const char *path, const pel_image *image);
pel_status pel__write_exr_image(const char *path, const pel_image *image);
pel_status pel__write_png_image(const char *path, const pel_image *image);

/**
 * What a picture carries beside pixels, as JSON in ASCII: provenance, mm_per_pixel (17 digits; null
 * in perspective), camera, slope and intercept of data. malloc'd; NULL when memory ran out.
 */
char *pel__image_metadata(const pel_image *image);

/** Pixels per metre: of the print where one was asked for, else of the anatomy; 0: unknown. */
uint32_t pel__image_density(const pel_image *image);

#endif
