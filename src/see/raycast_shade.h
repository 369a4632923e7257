/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_shade.h: what a value looks like: colour and alpha by the tables, light by the gradient.
 */
#ifndef PEL_SEE_RAYCAST_SHADE_H
#define PEL_SEE_RAYCAST_SHADE_H

#include "base/exact.h"
#include "see/raycast_sample.h"

/** Of what lies behind, once a ray may end. */
#define PEL__NOTHING_LEFT 0x1p-20f

static inline float pel__gradient_factor(const pel__transfer *t, float magnitude)
{
    int n = t->gradient_count, at = 0;
    while (at < n && t->gradient[at][0] <= magnitude)
        at++;
    if (at == 0 || at == n)
        return t->gradient[at ? n - 1 : 0][1];
    const float *a = t->gradient[at - 1], *b = t->gradient[at];
    return pel__mix(a[1], b[1], (magnitude - a[0]) / (b[0] - a[0]));
}

/** How a sample is lit. */
typedef struct pel__lighting {
    float weight;      /* of a whole step */
    float cut, facing; /* share of a cut's face in it, and the light on that face */
} pel__lighting;

// Blinn-Phong, two-sided; where the field is flat there is no surface to turn away from the light,
// and at a cut the surface is the cut: matt, so that it shows the data
static inline void pel__light_up(float rgb[3], const pel__transfer *t, const pel__light *light,
                                 const float g[3], float magnitude, pel__lighting how)
{
    float facing = 1, shine = 0;
    if (magnitude > 0) {
        facing = fabsf(pel__dot3(g, light->to_light)) / magnitude;
        float c = fabsf(pel__dot3(g, light->half)) / magnitude * PEL__POWER_TABLE;
        int i = c < PEL__POWER_TABLE ? (int)c : PEL__POWER_TABLE - 1;
        shine = t->specular * pel__mix(t->power[i], t->power[i + 1], c - (float)i);
    }
    facing = pel__mix(facing, how.facing, how.cut);
    shine = pel__mix(shine, 0, how.cut);
    float body = t->ambient + t->diffuse * facing;
    for (int c = 0; c < 3; c++) {
        float v = rgb[c] * body + shine;
        rgb[c] = v < 1 ? v : 1;
    }
}

// colour and alpha of a value from the table; false: nothing
static inline bool pel__look_up(float rgba[4], float *thickness, const pel__transfer *t,
                                float value)
{
    float x = (value - t->lo) * t->scale;
    if (!(x > 0))
        x = 0;
    if (x > PEL__TABLE)
        x = PEL__TABLE;
    int i = t->labels ? (int)(x + 0.5f) : (int)x;
    if (i >= PEL__TABLE)
        i = PEL__TABLE - 1;
    float f = t->labels ? 0 : x - (float)i;
    *thickness = pel__mix(t->thickness[i], t->thickness[i + 1], f);
    if (!(*thickness > 0))
        return false;
    const float *a = t->rgba[i], *b = t->rgba[i + 1];
    for (int c = 0; c < 4; c++)
        rgba[c] = pel__mix(a[c], b[c], f);
    return true;
}

// what look_up found, for the length the sample stands for, lit; returns the factor of that length
static inline float pel__shade(float rgba[4], float thickness, float value, const pel__body *body,
                               const pel__ray *ray, const pel__spot *at, pel__lighting how)
{
    const pel__transfer *t = &body->transfer;
    float g[3], magnitude = 0, weight = how.weight;
    if (t->lit || t->gradient_count) {
        if (t->labels)
            pel__mask_gradient(g, body, at, value);
        else
            pel__gradient(g, body, at);
        magnitude = sqrtf(pel__dot3(g, g));
    }
    if (t->gradient_count)
        weight *= pel__gradient_factor(t, magnitude);
    if (weight != 1)
        rgba[3] = (float)(1 - pel__exp(-(double)(weight * thickness)));
    if (t->lit)
        pel__light_up(rgba, t, &ray->light, g, magnitude, how);
    return weight;
}

#endif
