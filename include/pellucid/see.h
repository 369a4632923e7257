/* SPDX-License-Identifier: Apache-2.0 */
/* see.h: volume to image: slice, histogram, raycast. */
#ifndef PELLUCID_SEE_H
#define PELLUCID_SEE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/* ---- slice ---- */

/* ---- histogram ---- */

/* ---- raycast ---- */

enum { PEL_COMPOSITE, PEL_MIP, PEL_MINIP, PEL_MEAN };

/** What a ray-cast picture is to show, and how finely. Start from pel_raycast_defaults(). */
typedef struct pel_raycast_params {
    size_t size;
    int mode;              /* PEL_COMPOSITE ... */
    const char *picture;   /* option --size: "1024", "1024x768", "30cm", "10cmx5cm" (at dpi) */
    double dpi;            /* print density; NAN: 300 when the size is in cm or in, else none */
    int quality;           /* sets `step`: draft 1vx, normal 0.5vx, reference 0.25vx */
    pel_length step;       /* between samples of a ray; vx: shortest voxel edge. NAN: quality */
    pel_texts keep;        /* linear inequalities: what fails one of them is not there */
    const char *clip_box;  /* "X0:X1,Y0:Y1,Z0:Z1", voxel indices, or "mm:..." */
    pel_colour background; /* not set: white in composite, black else */
    int bits;              /* 0: 8, 1: 16, 2: 32 (float data) */
    pel_texts layer;       /* NAME or NAME=FILE: value depth position voxel normal opacity */
    double layer_at;       /* accumulated opacity at which composite takes its layers */
} pel_raycast_params;

PEL_API extern const pel_schema pel_raycast_schema;
PEL_API pel_raycast_params pel_raycast_defaults(void);

/** Width and height in pixels, and print density (0: none was asked for), of the picture. */
PEL_API pel_status pel_raycast_size(const pel_raycast_params *params, int64_t *width,
                                    int64_t *height, double *dpi);

/** A volume made ready for any number of frames. */
typedef struct pel_scene pel_scene;

/**
 * Prepare a scalar volume (frame 0, channel 0) under a look, which is fitted on the way. The scene
 * copies what it needs; the caller frees it.
 */
PEL_API pel_status pel_scene_new(pel_scene **out, const pel_volume *volume, const pel_look *look,
                                 const pel_raycast_params *params);
PEL_API void pel_scene_free(pel_scene *scene);

/** The look as fitted to the volume; owned by the scene. */
PEL_API const pel_look *pel_scene_look(const pel_scene *scene);

/** Aim a camera at the volume's box; the picture's size is the scene's. */
PEL_API pel_status pel_scene_aim(pel_camera *out, const pel_scene *scene,
                                 const pel_camera_params *params);

/**
 * Draw one frame with its layers into a new image; the caller frees it. `samples` (may be NULL)
 * tells how many were taken.
 *
 * Samples lie at k*step along each ray, k = 0, 1, ... from the eye plane (orthographic) or the eye
 * (perspective); each stands for the length from k-1/2 to k+1/2 steps, the first and the last of a
 * run through the volume for what lies inside, so that path lengths are exact. Values are trilinear
 * between voxel centres, constant over the outer half of border voxels, nothing beyond; in float32
 * from the original values. NaN is nothing there, and so is every sample with a NaN neighbour.
 *
 * composite: front to back, sample alpha 1 - exp(-opacity*length) (Beer-Lambert; Levoy 1988),
 * colours and alpha from a table of the look with 16384 cells; a ray ends when less than 2^-20 of
 * what lies behind could be seen. Empty space is skipped by the least and greatest values of cells
 * of 8^3 voxels; that changes no bit. Lit samples are Blinn-Phong by the gradient of the
 * interpolated field (central differences, one voxel to each side); what a cut or the volume's own
 * end lays open is lit as that flat face, giving way to the gradient over three voxels. Unlit, a
 * pixel is the colour of the transfer function and nothing else.
 * mip, minip, mean: the greatest, least and mean value of the samples. Pictures show it through the
 * look's colours (auto: grey); where no sample was there is background.
 *
 * The picture is RGB uint8 (RGBA when the background is not opaque), or 16 bits: scalar (stored 0
 * is nothing there) in the scalar modes, RGB(A) in composite; or float32: scalar, NaN where
 * nothing is, or RGBA without background. Layers are float32, NaN where nothing is: `depth` mm
 * along the ray, `position` world mm, `voxel` indices, `normal` unit, world, from high to low
 * values, `opacity` (NaN where the ray misses the volume). mean has `value` and `opacity` only.
 * The same bytes for any number of threads.
 */
PEL_API pel_status pel_scene_frame(pel_image *out, const pel_scene *scene, const pel_camera *camera,
                                   int64_t *samples);

/** One picture of one volume: scene, camera and frame in one call. */
PEL_API pel_status pel_raycast(pel_image *out, const pel_volume *volume, const pel_look *look,
                               const pel_camera_params *camera, const pel_raycast_params *params);

PEL_END

#endif
