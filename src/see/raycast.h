/* SPDX-License-Identifier: Apache-2.0 */
/* raycast.h: the parts of the ray caster: the field it samples, the tables it looks up, one ray. */
#ifndef PEL_SEE_RAYCAST_H
#define PEL_SEE_RAYCAST_H

#include <pellucid/see.h>

#include "see/keep.h"
#include "see/raycast_field.h"

enum { PEL__PAD = 2, PEL__TABLE = 16384, PEL__POWER_TABLE = 1024 };

/** The look as tables over the values that occur. */
typedef struct pel__transfer {
    float lo, scale;       /* table position = (value - lo)*scale, within 0 to PEL__TABLE */
    float (*rgba)[4];      /* owned; PEL__TABLE + 1: colour, alpha of one whole step */
    float *thickness;      /* owned; opacity * step */
    double (*integral)[4]; /* owned; of colour*thickness and thickness up to an entry; NULL: not
                              pre-integrated */
    uint8_t *occupied;     /* owned; per cell: 0 where every sample is nothing */
    bool labels, lit;
    float ambient, diffuse, specular;
    float power[PEL__POWER_TABLE + 1]; /* of the cosine from 0 to 1 */
    int gradient_count;
    float gradient[PEL_LOOK_POINTS][2]; /* magnitude, factor */
} pel__transfer;

pel_status pel__transfer_new(pel__transfer *out, const pel_look *look, const pel__field *field,
                             double step_mm);

/** Make the integrals, for what interpolates. */
pel_status pel__transfer_integrate(pel__transfer *transfer);

void pel__transfer_free(pel__transfer *transfer);

/** Only what lights a surface. */
void pel__transfer_light(pel__transfer *out, const pel_look *look);

/** A body made ready for the kernels, see raycast_fast.h. */
typedef struct pel__fast pel__fast;

/** One volume of a scene, on its own grid, under its own look. */
typedef struct pel__body {
    pel_volume shape; /* dims, affine, oriented; no data */
    pel_affine ijk_from_mm;
    pel_look look;
    pel_vec3 light;
    float cut_fading; /* per step: how fast the light of a cut's face gives way to the gradient's */
    pel__keep keep;   /* in its own indices */
    pel__field field;
    pel__transfer transfer;
    pel__fast *fast; /* owned; NULL: it is drawn in float32 */
    double level;    /* of first and band */
} pel__body;

enum { PEL__BODIES = 16, PEL__SHEETS = 16, PEL__TILE = 32 };

struct pel_scene {
    pel_raycast_params params; /* its texts are the caller's: alive while volumes are added */
    int64_t width, height;
    double dpi;
    double step_mm;
    double band_mm[2]; /* behind the first hit */
    int bodies;
    pel__body *body[PEL__BODIES]; /* owned */
    int sheets;
    struct pel__sheet *sheet[PEL__SHEETS]; /* owned */
    pel__keep keep_mm;                     /* for meshes, in world mm */
    bool mesh_oriented, last_is_sheet;
    bool keep_waits; /* an inequality is in voxel indices, and no volume was added yet */
    bool skip;       /* empty space; false in tests */
    int layer_count;
    struct {
        char name[16];
        int kind, channels;
    } layer[8];
    pel_colour background;
};

enum {
    PEL__LAYER_VALUE,
    PEL__LAYER_DEPTH,
    PEL__LAYER_POSITION,
    PEL__LAYER_VOXEL,
    PEL__LAYER_NORMAL,
    PEL__LAYER_OPACITY,
    PEL__LAYER_TRIANGLE,
    PEL__LAYER_LABEL
};

/** Unit, world: to the light, and between it and the eye. */
typedef struct pel__light {
    float to_light[3], half[3];
} pel__light;

/** What lies along one pixel's ray in one body. */
typedef struct pel__ray {
    pel_vec3 origin_mm, direction;      /* world */
    double origin[3], step[3];          /* voxel indices at k = 0, and per k */
    pel__run run[PEL__KEEP_PIECES + 1]; /* of k, within the volume and what is kept */
    int runs;
    pel__light light;
} pel__ray;

/** The ray of one pixel through all that a scene holds. */
typedef struct pel__sight {
    const pel_camera *camera;
    pel_vec3 origin_mm, direction; /* world */
    pel__ray ray[PEL__BODIES];
    pel__light light[PEL__SHEETS];
    pel__run kept[PEL__KEEP_PIECES]; /* of steps: where meshes are not cut away */
    int kept_runs;
    double footprint; /* how wide, in pixels, what the ray stands for */
} pel__sight;

/** What a ray found. */
typedef struct pel__found {
    float rgb[3], alpha; /* composite, first, band; premultiplied */
    float value;         /* of the mode, or where the layers are taken; NaN: nothing there */
    double at;           /* where, in steps; -1: nowhere */
    int body;            /* whose value it is; -1: a mesh's */
    int64_t triangle;    /* of that mesh */
    bool has_normal;
    float normal[3];
    bool met; /* a sample with a value was there */
    int64_t samples;
} pel__found;

/** Set what is behind it all, by the params. */
void pel__scene_background(pel_scene *scene);

/** The ray of picture point (u,v) in a body's grid; and through the whole scene. */
void pel__ray_set(pel__ray *ray, const pel_scene *scene, const pel__body *body,
                  const pel_camera *camera, double u, double v);
void pel__sight_set(pel__sight *sight, const pel_scene *scene, const pel_camera *camera, double u,
                    double v);

/** What the ray of a pixel finds in the scene. */
void pel__cast(pel__found *out, const pel_scene *scene, const pel__sight *sight);

/** All bodies and meshes composited together. */
void pel__mix_bodies(pel__found *out, const pel_scene *scene, const pel__sight *sight);

/** One body alone along a ray: composite, mip, minip, mean. */
void pel__march(pel__found *out, const pel_scene *scene, const pel__body *body,
                const pel__ray *ray);

/** Unit normal (world, from high to low values) `at` steps along a ray; false where it is flat. */
bool pel__normal_at(float out[3], const pel__body *body, const pel__ray *ray, double at);

#endif
