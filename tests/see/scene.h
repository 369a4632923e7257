/* SPDX-License-Identifier: Apache-2.0 */
/* scene.h: small volumes and looks for tests of the ray caster. */
#ifndef PELLUCID_TESTS_SEE_SCENE_H
#define PELLUCID_TESTS_SEE_SCENE_H

#include "check.h"

#include "base/maths.h"
#include "volume/volume.h"

/** A float32 cube of n^3 voxels of `edge` mm, its middle at the origin, oriented; free it. */
static inline pel_volume cube(int64_t n, double edge)
{
    pel_volume shape = { .dims = { n, n, n }, .oriented = true, .unit_known = true }, out;
    shape.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++) {
        shape.mm_from_ijk.m[a][a] = edge;
        shape.mm_from_ijk.m[a][3] = -0.5 * edge * (double)(n - 1);
    }
    assert_ok(pel_volume_like(&out, &shape, PEL_FLOAT32));
    return out;
}

/** Set every voxel to a function of its place in mm. */
static inline void paint(pel_volume *v, float (*value)(pel_vec3 mm))
{
    float *data = v->data;
    pel_affine a = pel__volume_affine(v);
    for (int64_t k = 0; k < v->dims[2]; k++)
        for (int64_t j = 0; j < v->dims[1]; j++)
            for (int64_t i = 0; i < v->dims[0]; i++)
                *data++ = value(pel_affine_point(a, (pel_vec3){ (double)i, (double)j, (double)k }));
}

/** An unlit look: from value 0 to 1 grey rises from 0 to 1 and opacity from 0 to `per_mm`. */
static inline pel_look plain_look(double per_mm)
{
    pel_look look;
    assert_ok(pel_look_load(&look, "gray"));
    look.window[0] = 0;
    look.window[1] = 1;
    look.opacity_count = 2;
    look.opacity[0] = (pel_look_point){ 0, { 0 } };
    look.opacity[1] = (pel_look_point){ 1, { per_mm } };
    look.unlit = true;
    return look;
}

/** A picture of n x n pixels seen along -y, `mm_per_pixel` wide each, in float32 data. */
static inline void front_view(pel_camera_params *camera, pel_raycast_params *params,
                              const char *size, double mm_per_pixel)
{
    *camera = pel_camera_defaults();
    camera->view = 1;
    camera->mm_per_pixel = mm_per_pixel;
    *params = pel_raycast_defaults();
    params->picture = size;
    params->bits = 2;
}

static inline const float *layer_of(const pel_image *image, const char *name)
{
    for (int i = 0; i < image->layer_count; i++)
        if (strcmp(image->layer[i].name, name) == 0)
            return image->layer[i].data;
    fail_msg("the picture has no layer %s", name);
    return NULL;
}

#endif
