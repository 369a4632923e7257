/* SPDX-License-Identifier: Apache-2.0 */
/* cortex.h: the parts of pel_cortex(): its steps, what they hand to each other, their record. */
#ifndef PEL_PIPELINE_CORTEX_H
#define PEL_PIPELINE_CORTEX_H

#include <pellucid/pipeline.h>
#include <pellucid/write.h>

#include "pipeline/stages.h"

/** A run of pel_cortex(). Nouns are empty until a step makes them or reads them from the folder. */
typedef struct pel__cortex {
    const pel_cortex_params *params;
    const pel_cortex_head *heads;
    int count;
    const char *provenance;
    const pel_cortex_sink *sink;
    pel__stages stages;
    char key[PEL_MOST_HEADS][33]; /* of each volume and how it is read */
    int loaded;                   /* which volume `head` is, from 1; 0: none */
    pel_volume head, mask;
    pel_volume near; /* the part of a volume around the patch, in which vessels are looked for */
    pel_volume response, vessels;
    pel_lines lines; /* of the vessels */
    pel_mesh surface, flat;
} pel__cortex;

/** Begin step `name`, which progress calls `step` (a literal); `*done`: nothing is left to do. */
pel_status pel__cortex_begin(pel__cortex *w, const char *name, const char *step, const char *key,
                             bool *done);

/** Which way is left is known; else figures have no letters. */
bool pel__cortex_oriented(const pel__cortex *w);

/** How far a patch goes; 0: as far as its view does. */
double pel__cortex_radius(const pel_cortex_params *params);

/** The volume, from 0, whose vessels are looked for; -1: none. */
int pel__cortex_vessel_volume(const pel_cortex_params *params);

/** Nouns that a step needs: in memory, or else read as an earlier step wrote them. */
pel_status pel__cortex_head(pel__cortex *w, int n);
pel_status pel__cortex_mask(pel__cortex *w);
pel_status pel__cortex_surface(pel__cortex *w);
pel_status pel__cortex_flat(pel__cortex *w);
pel_status pel__cortex_near(pel__cortex *w);
pel_status pel__cortex_response(pel__cortex *w);
pel_status pel__cortex_vessels(pel__cortex *w);
pel_status pel__cortex_lines(pel__cortex *w);

/** Files of the step at hand, with how they were made. */
pel_status pel__cortex_write_volume(pel__cortex *w, const char *name, const pel_volume *volume);
pel_status pel__cortex_write_mesh(pel__cortex *w, const char *name, const pel_mesh *mesh);
pel_status pel__cortex_write_image(pel__cortex *w, const char *name, pel_image *image);
pel_status pel__cortex_write_layer(pel__cortex *w, const char *name, pel_image *image,
                                   const char *layer);
pel_status pel__cortex_write_figure(pel__cortex *w, const char *name, pel_figure *figure);
pel_status pel__cortex_write_text(pel__cortex *w, const char *name, const char *text);
/** A file of the step at hand that was written otherwise. */
pel_status pel__cortex_wrote(pel__cortex *w, const char *name);

/** The smooth hull of a mask, furrows up to twice `bridge_mm` wide bridged. */
pel_status pel__cortex_hull(pel_mesh *out, const pel_volume *mask, double bridge_mm);

/** The part of a surface that the params name, and where its middle is. */
pel_status pel__cortex_patch(pel_mesh *patch, pel_vec3 *middle_mm, const pel_mesh *surface,
                             const pel_cortex_params *params);

/** What points up on its map: superior, or anterior where it faces up or down. */
int pel__cortex_up(const pel_mesh *patch);

/** The camera that looks straight down on a flat map's surface, its picture upright as the map. */
pel_status pel__cortex_camera(pel_camera *out, const pel_mesh *flat, double pixel_mm);

/** The pixels of a camera's picture of a surface as a cloud with "normals" and "pixel", and the
 * picture: NaN, with the layer position. */
pel_status pel__cortex_sight(pel_image *out, pel_mesh *places, const pel_mesh *surface,
                             const pel_camera *camera);

/** Values of a volume, in the band of `params`, at places, into a picture. */
pel_status pel__cortex_fill(pel_image *image, pel_mesh *places, const pel_volume *in,
                            const pel_cortex_params *params);

/** What a map's figure shows. */
typedef struct pel__cortex_figure {
    const char *title;
    const char *caption; /* NULL: none */
    const char *unit;    /* of the colour bar */
    pel_look look;       /* fitted */
    bool oriented;       /* letters name its directions */
    const float *parts;  /* numbers of parts, drawn in colours over it; NULL: none */
} pel__cortex_figure;

/** A picture of numbers with its colour bar, scale bar and letters of the directions. */
pel_status pel__cortex_draw(pel_figure *out, const pel_image *image,
                            const pel__cortex_figure *what);

/** A look between two percentiles of a picture's numbers. */
pel_status pel__cortex_look(pel_look *out, const pel_image *image, double lo, double hi);

/** Where the patch lies on the surface: both lit, seen as `camera` does, from farther off. */
pel_status pel__cortex_place(pel_image *out, const pel_mesh *surface, const pel_mesh *flat,
                             const pel_camera *camera);

/** The steps after the patch. */
pel_status pel__cortex_maps(pel__cortex *w, const char *patch_key);
pel_status pel__cortex_vessel_maps(pel__cortex *w, const char *flat_key, const char *grid_key,
                                   const char *mask_key);

/** report.json as text, and report.html. */
char *pel__cortex_json(const pel__cortex *w);
pel_status pel__cortex_html(pel__cortex *w, const char *name);

#endif
