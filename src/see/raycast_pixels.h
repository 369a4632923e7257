/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_pixels.h: what a ray found becomes a pixel and its layers. */
#ifndef PEL_SEE_RAYCAST_PIXELS_H
#define PEL_SEE_RAYCAST_PIXELS_H

#include "see/raycast.h"

/** Fill the scene's list of layers from its params; refuses names that are none and ones the mode
 * cannot have. */
pel_status pel__layers_choose(pel_scene *scene);

/** An empty picture of the scene, with its layers and what it says of the camera. */
pel_status pel__pixels_new(pel_image *out, const pel_scene *scene, const pel_camera *camera);

/** Bytes of that picture and its layers. */
int64_t pel__pixels_bytes(const pel_scene *scene);

/** Set pixel number `at`; only that pixel is touched. */
void pel__pixel_put(pel_image *image, const pel_scene *scene, const pel__sight *sight,
                    const pel__found *found, int64_t at);

/** Colour over the background, premultiplied: what a pixel that shows what was found has. */
void pel__pixel_colour(float rgba[4], const pel_scene *scene, const pel__found *found);

/** Store such a colour in a picture of colours, and no layer. */
void pel__pixel_put_colour(pel_image *image, const float rgba[4], int64_t at);

/** Are outlines of this scene smoothed? Never those of data. */
bool pel__smooth_is_asked(const pel_scene *scene);

/**
 * Draw the pixels of a box (x0, y0, x1, y1; at most PEL__TILE wide and high): where colours of
 * neighbours differ, the mean of many rays. Layers are those of the pixel's centre.
 */
void pel__smooth_tile(pel_image *image, const pel_scene *scene, const pel_camera *camera,
                      const int64_t box[4], int64_t *samples);

#endif
