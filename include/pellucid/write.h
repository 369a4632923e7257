/* SPDX-License-Identifier: Apache-2.0 */
/* write.h: nouns become files, whole or not at all (P11). */
#ifndef PELLUCID_WRITE_H
#define PELLUCID_WRITE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/** How to write. Start from pel_write_defaults(). */
typedef struct pel_write_params {
    size_t size;
    int nifti;          /* PEL_NIFTI_...: which header */
    int64_t gzip_level; /* of .gz and TIFF: 1 fast to 12 small */
    int tiff;           /* PEL_TIFF_...: how strips are packed */
    int encoding;       /* PEL_ENCODING_...: of NRRD and MetaImage */
} pel_write_params;

enum { PEL_TIFF_DEFLATE, PEL_TIFF_NONE, PEL_TIFF_ZSTD };
enum { PEL_NIFTI_AUTO, PEL_NIFTI_1, PEL_NIFTI_2 };
enum { PEL_ENCODING_GZIP, PEL_ENCODING_RAW };

PEL_API extern const pel_schema pel_write_schema;
PEL_API pel_write_params pel_write_defaults(void);

/**
 * Write a volume; the ending chooses the format, "-" is standard output as NIfTI. Slabs are pulled
 * from the source, so memory is bounded by a few slices; the result is the same for any number of
 * threads. `params` NULL: defaults.
 *
 * `.nii .nii.gz`, `.hdr .img` (a pair): NIfTI-1, or NIfTI-2 when a dim is above 32767, when
 * the shape came from NIfTI-2, or when `nifti` says so. Scale, description, intent, display range,
 * units and extensions are those of the shape. qform and sform are kept as the file said them while
 * mm_from_ijk is still what one of them said; when the grid has changed since (crop, reorder,
 * resample), both follow it and keep their codes. A volume that came without codes gets both from
 * mm_from_ijk with code 2 (aligned), sheared ones the sform alone; one that is not `oriented` gets
 * both codes 0, so it stays unknown. Channels without a NIfTI type (all but RGB and RGBA of uint8
 * and complex floats) go along axis 5.
 * `.gz` is independent gzip members of 256 KB; one after the other they are a valid gzip file.
 * `.npy`: version 1, Fortran order, so that a[i,j,k] is voxel ijk; frames and channels are further
 * axes in this order. The format holds neither grid nor scale: the scale is applied, and a note
 * says what was left out.
 * `.tif .tiff`: pages in ImageJ's order (channels, slices, frames), RGB and RGBA pixels in one
 * page, deflate, zstd or plain strips, BigTIFF beyond 4 GB; the voxel size in the resolution tags
 * and in ImageJ's words when `unit_known`. The format holds neither orientation, origin nor scale:
 * as npy. A folder that is there or ends in `/`, or a pattern `folder/name_%04d.tif` or `.png`: one
 * file per slice, numbered from 0, read back as a series; the first carries the provenance. PNG
 * holds uint8 and uint16, one channel or colours, and no scale; frames are refused. The folder
 * comes and is replaced as a whole, so it may hold no other files.
 *
 * `.nrrd`, `.nhdr` with `.raw.gz` or `.raw`: NRRD0004 in LPS (without orientation: a space without
 * a name), frames and channels as axes with kinds, comments and provenance as key:=value. `.mha`,
 * `.mhd` with `.zraw` or `.raw`: MetaImage in LPS (AnatomicalOrientation ??? without orientation);
 * provenance is the field Pellucid, since MetaIO has no room for it in Comment. `.mgh`, `.mgz`:
 * FreeSurfer's, uint8, int16, int32 and float32 on a grid of float32, one channel, no provenance;
 * other types become the next that holds them, with a note, or are refused (PEL_EUNSUPPORTED). None
 * of them holds a scale: it is applied, with a note.
 *
 * `provenance`: JSON text of pel_provenance(), or NULL; an older one is replaced. PEL_HASH_LATER in
 * it becomes the hash of the source once that has been read to its end, or null where it is not
 * known (standard output cannot go back).
 */
PEL_API pel_status pel_write_source(const char *path, pel_source *source, const char *provenance,
                                    const pel_write_params *params);

/** As pel_write_source() from memory. */
PEL_API pel_status pel_write_volume(const char *path, const pel_volume *volume,
                                    const char *provenance, const pel_write_params *params);

/** An upper bound of the bytes a writer holds beside its source; -1 when it cannot write this. */
PEL_API int64_t pel_write_memory(const char *path, const pel_volume *shape);

/** Write a picture: .png (8 or 16 bit), .tif, .npy, .nii(.gz) for data; metadata carries scale,
 * camera, provenance. */
PEL_API pel_status pel_write_image(const char *path, const pel_image *image);

/** Write one layer of a picture: .tif, .npy, .nii(.gz). */
PEL_API pel_status pel_write_layer(const char *path, const pel_image *image, const char *name);

/** Draw a figure: .png .svg .pdf. */
PEL_API pel_status pel_write_figure(const char *path, const pel_figure *figure);

/** True when a picture, figure or volume can be written under this name. */
PEL_API bool pel_can_write_volume(const char *path);
PEL_API bool pel_can_write_image(const char *path);
PEL_API bool pel_can_write_figure(const char *path);

PEL_END

#endif
