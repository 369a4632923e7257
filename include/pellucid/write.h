/* SPDX-License-Identifier: Apache-2.0 */
/* write.h: nouns become files, whole or not at all (P11). */
#ifndef PELLUCID_WRITE_H
#define PELLUCID_WRITE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/**
 * Write a volume; the ending chooses the format (.nii .nii.gz .hdr/.img .npy), "-" is standard
 * output as NIfTI. Slabs are pulled from the source, so memory is bounded by a few slices.
 * `provenance`: JSON text or NULL; "%HASH%" fields in it are filled once the source has been read
 * to its end.
 */
PEL_API pel_status pel_write_source(const char *path, pel_source *source, const char *provenance);

/** As pel_write_source() from memory. */
PEL_API pel_status pel_write_volume(const char *path, const pel_volume *volume,
                                    const char *provenance);

/** Write a picture: .png (8 or 16 bit), .npy, .nii(.gz) for data; metadata carries scale, camera,
 * provenance. */
PEL_API pel_status pel_write_image(const char *path, const pel_image *image);

/** Write one layer of a picture: .npy, .nii(.gz). */
PEL_API pel_status pel_write_layer(const char *path, const pel_image *image, const char *name);

/** Draw a figure: .png .svg .pdf. */
PEL_API pel_status pel_write_figure(const char *path, const pel_figure *figure);

/** True when a picture, figure or volume can be written under this name. */
PEL_API bool pel_can_write_volume(const char *path);
PEL_API bool pel_can_write_image(const char *path);
PEL_API bool pel_can_write_figure(const char *path);

PEL_END

#endif
