/* SPDX-License-Identifier: Apache-2.0 */
/* look_builtin.c: the looks everybody has, as tables. */
#include <math.h>
#include <string.h>

#include "image/look.h"

#define COUNT(points) (int)(sizeof(points) / sizeof *(points))

typedef struct builtin {
    const char *name, *tone, *colormap;
    double window[2];
    const pel_look_point *points;
    int point_count;
    const pel_look_point *opacity;
    int opacity_count;
    bool in_window, per_voxel, labels, unlit, hounsfield;
} builtin;

// value over the window with white matter at 0.6, then r g b and opacity per mm: noise is clear,
// skin pale where a ray enters it, and what a cut lays open is told apart, grey matter darker
static const pel_look_point mr_head[] = {
    { 0.00, { 0.94, 0.74, 0.63, 0.0 } }, { 0.08, { 0.98, 0.79, 0.69, 0.0 } },
    { 0.15, { 1.00, 0.84, 0.75, 0.5 } }, { 0.27, { 0.98, 0.80, 0.71, 1.5 } },
    { 0.37, { 0.84, 0.63, 0.56, 1.7 } }, { 0.45, { 0.82, 0.61, 0.55, 1.9 } },
    { 0.57, { 1.00, 0.94, 0.86, 2.5 } }, { 1.00, { 1.00, 0.97, 0.91, 3.0 } },
};

// for a head without its skull: grey matter solid, white matter and vessels lighter
static const pel_look_point mr_brain[] = {
    { 0.00, { 0.85, 0.62, 0.58, 0.0 } }, { 0.14, { 0.90, 0.67, 0.62, 0.0 } },
    { 0.29, { 1.00, 0.80, 0.74, 0.8 } }, { 0.44, { 0.90, 0.68, 0.62, 1.6 } },
    { 0.57, { 1.00, 0.94, 0.88, 2.5 } }, { 1.00, { 1.00, 0.99, 0.97, 3.0 } },
};

// Hounsfield units
static const pel_look_point ct_bone[] = {
    { -1000, { 0.55, 0.25, 0.15, 0.0 } }, { 140, { 0.70, 0.45, 0.30, 0.0 } },
    { 250, { 0.88, 0.78, 0.62, 0.5 } },   { 500, { 0.96, 0.92, 0.82, 2.0 } },
    { 1500, { 1.00, 0.99, 0.95, 3.0 } },
};
static const pel_look_point ct_skin[] = {
    { -1000, { 0.55, 0.35, 0.28, 0.0 } }, { -600, { 0.70, 0.48, 0.38, 0.0 } },
    { -250, { 0.85, 0.64, 0.52, 0.8 } },  { 100, { 0.93, 0.75, 0.63, 2.0 } },
    { 1000, { 1.00, 0.95, 0.88, 3.0 } },
};
static const pel_look_point ct_soft[] = {
    { -1000, { 0.50, 0.20, 0.15, 0.0 } }, { -30, { 0.60, 0.25, 0.20, 0.0 } },
    { 30, { 0.72, 0.33, 0.27, 0.05 } },   { 100, { 0.82, 0.45, 0.36, 0.25 } },
    { 200, { 0.92, 0.80, 0.65, 0.8 } },   { 1000, { 1.00, 0.98, 0.92, 3.0 } },
};
static const pel_look_point vessels[] = {
    { 0.00, { 0.45, 0.05, 0.04, 0.0 } }, { 0.22, { 0.60, 0.08, 0.06, 0.0 } },
    { 0.38, { 0.82, 0.15, 0.11, 0.8 } }, { 0.70, { 0.95, 0.40, 0.28, 3.0 } },
    { 1.00, { 1.00, 0.75, 0.60, 4.0 } },
};
static const pel_look_point xray[] = {
    { 0.0, { 0.05, 0.06, 0.09, 0.0 } },
    { 1.0, { 0.05, 0.06, 0.09, 0.02 } },
};
static const pel_look_point label_opacity[] = { { 0, { 0 } }, { 0.5, { 0 } }, { 0.5, { 3 } } };
static const pel_look_point seed_opacity[] = { { 0, { 0 } }, { 1, { 1 } } };

static const builtin builtins[] = {
    { .name = "auto", .colormap = "", .window = { NAN, NAN } },
    { .name = "gray", .colormap = "gray", .window = { NAN, NAN } },
    { .name = "mr-head",
      .colormap = "gray",
      .window = { NAN, NAN },
      .points = mr_head,
      .point_count = COUNT(mr_head),
      .in_window = true },
    { .name = "mr-brain",
      .colormap = "gray",
      .window = { NAN, NAN },
      .points = mr_brain,
      .point_count = COUNT(mr_brain),
      .in_window = true },
    { .name = "ct-bone",
      .colormap = "gray",
      .window = { -500, 1500 },
      .points = ct_bone,
      .point_count = COUNT(ct_bone),
      .hounsfield = true },
    { .name = "ct-skin",
      .colormap = "gray",
      .window = { -600, 400 },
      .points = ct_skin,
      .point_count = COUNT(ct_skin),
      .hounsfield = true },
    { .name = "ct-soft",
      .colormap = "gray",
      .window = { -160, 240 },
      .points = ct_soft,
      .point_count = COUNT(ct_soft),
      .hounsfield = true },
    { .name = "vessels",
      .colormap = "hot",
      .window = { NAN, NAN },
      .points = vessels,
      .point_count = COUNT(vessels),
      .in_window = true },
    { .name = "xray",
      .colormap = "gray",
      .window = { NAN, NAN },
      .points = xray,
      .point_count = COUNT(xray),
      .in_window = true,
      .unlit = true },
    { .name = "labels",
      .colormap = "labels",
      .window = { 0, 255 },
      .opacity = label_opacity,
      .opacity_count = COUNT(label_opacity),
      .labels = true },
    { .name = "seed",
      .tone = "seed",
      .colormap = "viridis",
      .window = { 0, 1 },
      .opacity = seed_opacity,
      .opacity_count = COUNT(seed_opacity),
      .per_voxel = true,
      .unlit = true },
};

bool pel__look_builtin(pel_look *out, const char *name)
{
    const builtin *b = builtins;
    while (b < builtins + COUNT(builtins) && strcmp(b->name, name) != 0)
        b++;
    if (b == builtins + COUNT(builtins))
        return false;
    *out = (pel_look){ .window = { b->window[0], b->window[1] },
                       .point_count = b->point_count,
                       .opacity_count = b->opacity_count,
                       .opacity_in_window = b->in_window,
                       .opacity_per_voxel = b->per_voxel,
                       .in_hounsfield = b->hounsfield,
                       .window_in_hounsfield = b->hounsfield,
                       .labels = b->labels,
                       .unlit = b->unlit,
                       .ambient = 0.3,
                       .diffuse = 0.7,
                       .specular = 0.2,
                       .power = 10,
                       .light = "head" };
    strcpy(out->name, b->name);
    strcpy(out->tone, b->tone ? b->tone : "");
    strcpy(out->colormap, b->colormap);
    if (b->points)
        memcpy(out->points, b->points, (size_t)b->point_count * sizeof *b->points);
    if (b->opacity)
        memcpy(out->opacity, b->opacity, (size_t)b->opacity_count * sizeof *b->opacity);
    return true;
}

const char *const *pel_look_names(void)
{
    static const char *const names[] = { "auto",    "gray",    "mr-head", "mr-brain",
                                         "ct-bone", "ct-skin", "ct-soft", "vessels",
                                         "xray",    "labels",  "seed",    NULL };
    return names;
}
