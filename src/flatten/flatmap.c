/* SPDX-License-Identifier: Apache-2.0 */
/* flatmap.c: a flat map as a picture whose pixels know where they were. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "flatten/measure.h"
#include "flatten/raster.h"
#include "flatten/strain.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_NUMBER(pel_flatmap_params, pixel, "0.2", 1e-6, 1e6, "mm", "edge of a pixel of the map"),
    PEL_NUMBER(pel_flatmap_params, contours, "0", 0, 10, NULL,
               "shaded pictures: a line at every multiple of this of ln(area ratio), such as 0.2"),
};
const pel_schema pel_flatmap_schema =
    PEL_SCHEMA(pel_flatmap_params, "flatmap", "a flat map as a picture", table);

pel_flatmap_params pel_flatmap_defaults(void)
{
    pel_flatmap_params params;
    pel_schema_defaults(&pel_flatmap_schema, &params);
    return params;
}

static pel__raster raster_of(const pel_flatmap_grid *g)
{
    return (pel__raster){ g->left_mm, g->top_mm, g->pixel_mm, g->width, g->height };
}

pel_status pel_flatmap_grid_of(pel_flatmap_grid *out, const pel_mesh *flat,
                               const pel_flatmap_params *params)
{
    *out = (pel_flatmap_grid){ 0 };
    pel_status s = pel_schema_check(&pel_flatmap_schema, params);
    if (s != PEL_OK)
        return s;
    pel__raster r = pel__raster_around(flat, params->pixel);
    if (r.width < 1 || r.width > INT32_MAX || r.height > INT32_MAX / r.width)
        return pel__fail(PEL_EPARAM, "pixels of %g mm make a map of %lld x %lld; take larger ones",
                         params->pixel, (long long)r.width, (long long)r.height);
    *out = (pel_flatmap_grid){ r.left_mm, r.top_mm, r.pixel_mm, r.width, r.height };
    return PEL_OK;
}

/* ---- what lies at the points ---- */

/* a map, its surface, and how it is strained around each point */
typedef struct chart {
    const pel_mesh *flat;
    pel_mesh surface;         // owned
    const float (*normal)[3]; // of the surface
    const pel_array *height;  // towards who looks; NULL: nobody
    double *area, *angle;     // owned; per point
    pel__raster grid;
    int32_t *first; // owned; per pixel: the triangle, -1
    uint8_t *times; // owned
} chart;

static void strain_points(chart *c, double *weight)
{
    for (int64_t t = 0; t < c->flat->triangles; t++) {
        const int32_t *p = c->flat->triangle[t];
        double size = 0.5 * pel__length(pel__mesh_cross(&c->surface, t)), edge[3], frame[3], m[4],
               stretch[2], at[3][2];
        for (int k = 0; k < 3; k++) {
            edge[k] = pel__length(pel__minus(pel__mesh_point(&c->surface, p[(k + 1) % 3]),
                                             pel__mesh_point(&c->surface, p[k])));
            for (int r = 0; r < 2; r++)
                at[k][r] = (double)c->flat->point_mm[p[k]][r];
        }
        if (!(edge[0] > 0) || !(size > 0))
            continue;
        frame[0] = edge[0];
        frame[1] = (edge[2] * edge[2] - edge[1] * edge[1] + edge[0] * edge[0]) / (2 * edge[0]);
        frame[2] = 2 * size / edge[0];
        pel__strain_map(m, frame, at[0], at[1], at[2]);
        pel__strain_stretch(stretch, m);
        double most = fmax(stretch[0], 1e-12), least = fmax(fabs(stretch[1]), 1e-12);
        for (int k = 0; k < 3; k++) {
            weight[p[k]] += size;
            c->area[p[k]] += size * pel__log(most * least);
            c->angle[p[k]] += size * pel__log(most / least);
        }
    }
    for (int64_t p = 0; p < c->flat->points; p++)
        if (weight[p] > 0) {
            c->area[p] /= weight[p];
            c->angle[p] /= weight[p];
        }
}

static pel_status chart_points(chart *c)
{
    double *weight = NULL;
    int64_t points = c->flat->points;
    pel_status s = pel__surface_of(&c->surface, c->flat);
    if (s == PEL_OK)
        s = pel_mesh_normals(&c->surface);
    if (s == PEL_OK)
        s = pel__alloc_zero(&c->area, points, sizeof *c->area, "a map");
    if (s == PEL_OK)
        s = pel__alloc_zero(&c->angle, points, sizeof *c->angle, "a map");
    if (s == PEL_OK)
        s = pel__alloc_zero(&weight, points, sizeof *weight, "a map");
    if (s == PEL_OK) {
        c->normal = pel_mesh_find(&c->surface, "normals")->data;
        strain_points(c, weight);
    }
    pel__free(weight);
    return s;
}

static void chart_free(chart *c)
{
    pel_mesh_free(&c->surface);
    pel__free(c->area);
    pel__free(c->angle);
    pel__free(c->first);
    pel__free(c->times);
}

/* ---- pixels ---- */

// parts of the corners at a point of the plane; they sum to 1
static void parts_at(double part[3], const pel_mesh *flat, int64_t t, double x, double y)
{
    double at[3][2];
    for (int k = 0; k < 3; k++) {
        at[k][0] = (double)flat->point_mm[flat->triangle[t][k]][0] - x;
        at[k][1] = (double)flat->point_mm[flat->triangle[t][k]][1] - y;
    }
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        const double *a = at[(k + 1) % 3], *b = at[(k + 2) % 3];
        part[k] = a[0] * b[1] - a[1] * b[0];
        sum += part[k];
    }
    for (int k = 0; k < 3; k++)
        part[k] /= sum;
}

static double mix(const double *of, const int32_t corner[3], const double part[3])
{
    return of[corner[0]] * part[0] + of[corner[1]] * part[1] + of[corner[2]] * part[2];
}

// towards who looks, at a pixel
static double height_at(const chart *c, int64_t t, int64_t column, int64_t row)
{
    double part[3], height[3];
    const pel__raster *g = &c->grid;
    const int32_t *corner = c->flat->triangle[t];
    parts_at(part, c->flat, t, g->left_mm + ((double)column + 0.5) * g->pixel_mm,
             g->top_mm - ((double)row + 0.5) * g->pixel_mm);
    for (int k = 0; k < 3; k++)
        height[k] = pel_array_get(c->height, corner[k], 0);
    return height[0] * part[0] + height[1] * part[1] + height[2] * part[2];
}

static void take_pixel(void *user, int64_t t, int64_t column, int64_t row)
{
    chart *c = user;
    int64_t at = row * c->grid.width + column;
    bool nearer = c->first[at] < 0;
    if (!nearer && c->height)
        nearer = height_at(c, t, column, row) > height_at(c, c->first[at], column, row);
    if (nearer)
        c->first[at] = (int32_t)t;
    c->times[at] = (uint8_t)(c->times[at] < 255 ? c->times[at] + 1 : 255);
}

static pel_status chart_pixels(chart *c)
{
    int64_t count = c->grid.width * c->grid.height;
    pel_status s = pel__alloc(&c->first, count, sizeof *c->first, "a map's pixels");
    if (s == PEL_OK)
        s = pel__alloc_zero(&c->times, count, 1, "a map's pixels");
    if (s != PEL_OK)
        return s;
    memset(c->first, 0xff, (size_t)count * sizeof *c->first);
    return pel__raster_mesh(&c->grid, c->flat, take_pixel, c, "map");
}

static void mix3(float out[3], const float (*of)[3], const int32_t corner[3], const double part[3])
{
    for (int r = 0; r < 3; r++)
        out[r] = (float)((double)of[corner[0]][r] * part[0] + (double)of[corner[1]][r] * part[1] +
                         (double)of[corner[2]][r] * part[2]);
}

typedef struct layers {
    float *position, *triangle, *area, *angle, *overlap;
} layers;

static pel_status add_layers(layers *out, pel_image *image)
{
    const struct {
        const char *name;
        int channels;
        float **data;
    } all[] = { { "position", 3, &out->position },
                { "triangle", 1, &out->triangle },
                { "area", 1, &out->area },
                { "angle", 1, &out->angle },
                { "overlap", 1, &out->overlap } };
    pel_status s = PEL_OK;
    for (int i = 0; i < 5 && s == PEL_OK; i++)
        s = pel_image_add_layer(image, all[i].name, all[i].channels, all[i].data);
    return s;
}

// a covered pixel gets its layers and its place
static void fill_pixel(const chart *c, layers *to, pel_mesh *places, int64_t at, int64_t n)
{
    const pel__raster *g = &c->grid;
    const int32_t *corner = c->flat->triangle[c->first[at]];
    double part[3];
    float *normal = (float *)pel_mesh_find(places, "normals")->data + 3 * n;
    parts_at(part, c->flat, c->first[at],
             g->left_mm + ((double)(at % g->width) + 0.5) * g->pixel_mm,
             g->top_mm - ((double)(at / g->width) + 0.5) * g->pixel_mm);
    mix3(places->point_mm[n], (const float(*)[3])c->surface.point_mm, corner, part);
    mix3(normal, c->normal, corner, part);
    pel_vec3 unit =
        pel__unit((pel_vec3){ (double)normal[0], (double)normal[1], (double)normal[2] });
    normal[0] = (float)unit.x;
    normal[1] = (float)unit.y;
    normal[2] = (float)unit.z;
    ((int32_t *)pel_mesh_find(places, "pixel")->data)[n] = (int32_t)at;
    memcpy(to->position + 3 * at, places->point_mm[n], 3 * sizeof(float));
    to->triangle[at] = (float)c->first[at];
    to->area[at] = (float)mix(c->area, corner, part);
    to->angle[at] = (float)mix(c->angle, corner, part);
    to->overlap[at] = (float)c->times[at];
}

static pel_status fill_pixels(const chart *c, pel_image *out, pel_mesh *places)
{
    int64_t count = c->grid.width * c->grid.height, covered = 0, n = 0;
    layers to;
    for (int64_t at = 0; at < count; at++)
        covered += c->first[at] >= 0;
    pel_status s = pel_image_new(out, c->grid.width, c->grid.height, 1, PEL_FLOAT32);
    if (s == PEL_OK)
        s = add_layers(&to, out);
    if (s == PEL_OK)
        s = pel_mesh_new(places, covered, 0);
    if (s == PEL_OK)
        s = pel_mesh_add_array(places, "normals", PEL_ARRAY_NORMALS, false, 3, NULL);
    if (s == PEL_OK)
        s = pel_mesh_add_array(places, "pixel", PEL_ARRAY_LABELS, false, 1, NULL);
    if (s != PEL_OK)
        return s;
    out->scalar = true;
    out->slope = 1;
    out->mm_per_pixel = c->grid.pixel_mm;
    for (int64_t at = 0; at < count; at++) {
        ((float *)out->data)[at] = NAN;
        if (c->first[at] >= 0)
            fill_pixel(c, &to, places, at, n++);
    }
    return PEL_OK;
}

pel_status pel_flatmap(pel_image *out, pel_mesh *places, const pel_mesh *flat,
                       const pel_flatmap_params *params)
{
    chart c = { .flat = flat, .height = pel_mesh_find(flat, PEL_FLAT_HEIGHT) };
    pel_flatmap_grid grid;
    *out = (pel_image){ 0 };
    *places = (pel_mesh){ 0 };
    pel_status s = pel_flatmap_grid_of(&grid, flat, params);
    c.grid = raster_of(&grid);
    if (s == PEL_OK)
        s = chart_points(&c);
    if (s == PEL_OK)
        s = chart_pixels(&c);
    if (s == PEL_OK)
        s = fill_pixels(&c, out, places);
    chart_free(&c);
    if (s != PEL_OK) {
        pel_image_free(out);
        pel_mesh_free(places);
    }
    return s;
}

pel_status pel_flatmap_fill(pel_image *image, const pel_mesh *places, const pel_array *array,
                            const char *layer)
{
    float *to = image->data;
    const pel_array *pixel = pel_mesh_find(places, "pixel");
    pel_status s = layer ? pel_image_add_layer(image, layer, 1, &to) : PEL_OK;
    for (int64_t n = 0; s == PEL_OK && n < places->points; n++)
        to[((const int32_t *)pixel->data)[n]] = (float)pel_array_get(array, n, 0);
    return s;
}

pel_status pel_flatmap_voxels(pel_image *image, const pel_volume *grid)
{
    pel_affine ijk_from_mm, mm_from_ijk = grid->mm_from_ijk;
    float *to;
    if (mm_from_ijk.m[3][3] == 0)
        mm_from_ijk = pel_affine_identity();
    if (!pel_affine_invert(&ijk_from_mm, mm_from_ijk))
        return pel__fail(PEL_EDATA, "the volume's grid is flat; it has no place in the world");
    pel_status s = pel_image_add_layer(image, "voxel", 3, &to);
    const float *position = s == PEL_OK ? pel_image_layer(image, "position") : NULL;
    for (int64_t at = 0; position && at < image->width * image->height; at++) {
        const float *p = position + 3 * at;
        pel_vec3 ijk =
            pel_affine_point(ijk_from_mm, (pel_vec3){ (double)p[0], (double)p[1], (double)p[2] });
        to[3 * at] = (float)ijk.x;
        to[3 * at + 1] = (float)ijk.y;
        to[3 * at + 2] = (float)ijk.z;
    }
    return s;
}

pel_status pel_flatmap_pack(pel_image *image)
{
    const float *value = image->data;
    int64_t count = image->width * image->height;
    double lo = INFINITY, hi = -INFINITY;
    uint16_t *packed = NULL;
    pel_status s = pel__alloc_zero(&packed, count, sizeof *packed, "a map of 16 bits");
    if (s != PEL_OK)
        return s;
    for (int64_t at = 0; at < count; at++)
        if (isfinite(value[at])) {
            lo = fmin(lo, (double)value[at]);
            hi = fmax(hi, (double)value[at]);
        }
    image->slope = hi > lo ? (hi - lo) / 65534 : 1;
    image->inter = lo < INFINITY ? lo - image->slope : 0;
    for (int64_t at = 0; at < count; at++)
        if (isfinite(value[at]))
            packed[at] = (uint16_t)pel__int_from(
                floor(((double)value[at] - image->inter) / image->slope + 0.5), 1, 65535);
    pel__free(image->data);
    image->data = packed;
    image->dtype = PEL_UINT16;
    return PEL_OK;
}

int64_t pel_flatmap_memory(int64_t pixels)
{
    // layers, the places with their normals and values, which triangle is where
    return pixels * (4 + 7 * 4 + 5 + 12 + 12 + 4 + 8 + 12);
}

/* ---- for people ---- */

// how the surface bends at each point: mean over the neighbours of their height above the tangent
// plane, by the edge's length; above 0 in folds
static pel_status bend_of(double *bend, const pel_mesh *surface)
{
    const float(*normal)[3] = pel_mesh_find(surface, "normals")->data;
    double *weight = NULL;
    pel_status s = pel__alloc_zero(&weight, surface->points, sizeof *weight, "a map");
    for (int64_t t = 0; s == PEL_OK && t < surface->triangles; t++)
        for (int k = 0; k < 6; k++) {
            int32_t p = surface->triangle[t][k % 3], q = surface->triangle[t][(k + 1 + k / 3) % 3];
            pel_vec3 d = pel__minus(pel__mesh_point(surface, q), pel__mesh_point(surface, p));
            double length = pel__length(d);
            if (!(length > 0))
                continue;
            bend[p] += (d.x * (double)normal[p][0] + d.y * (double)normal[p][1] +
                        d.z * (double)normal[p][2]) /
                       length;
            weight[p] += 1;
        }
    for (int64_t p = 0; s == PEL_OK && p < surface->points; p++)
        bend[p] /= fmax(weight[p], 1);
    pel__free(weight);
    return s;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// the values that become black and white
static pel_status window_of(double window[2], const float *value, int64_t count)
{
    float *sorted = NULL;
    int64_t n = 0;
    pel_status s = pel__alloc(&sorted, count, sizeof *sorted, "a map's window");
    for (int64_t i = 0; s == PEL_OK && i < count; i++)
        if (isfinite(value[i]))
            sorted[n++] = value[i];
    window[0] = window[1] = NAN;
    if (s == PEL_OK && n > 0) {
        qsort(sorted, (size_t)n, sizeof *sorted, by_size);
        window[0] = (double)sorted[n / 100];
        window[1] = (double)sorted[n - 1 - n / 100];
    }
    pel__free(sorted);
    return s;
}

static void set_grey(uint8_t rgba[4], double part)
{
    uint8_t grey = (uint8_t)pel__int_from(255 * part, 0, 255);
    rgba[0] = rgba[1] = rgba[2] = grey;
    rgba[3] = 255;
}

// how bent the surface is at each pixel, from its points
static pel_status shade_by_bend(pel_image *out, const pel_image *image, const pel_mesh *flat)
{
    chart c = { .flat = flat };
    double *bend = NULL;
    const float *triangle = pel_image_layer(image, "triangle");
    pel__raster g = pel__raster_around(flat, image->mm_per_pixel);
    pel_status s = chart_points(&c);
    if (s == PEL_OK)
        s = pel__alloc_zero(&bend, flat->points, sizeof *bend, "a map");
    if (s == PEL_OK)
        s = bend_of(bend, &c.surface);
    for (int64_t at = 0; s == PEL_OK && at < out->width * out->height; at++) {
        double part[3];
        if (isnan(triangle[at]))
            continue;
        int64_t t = (int64_t)triangle[at];
        parts_at(part, flat, t, g.left_mm + ((double)(at % g.width) + 0.5) * g.pixel_mm,
                 g.top_mm - ((double)(at / g.width) + 0.5) * g.pixel_mm);
        double b = mix(bend, flat->triangle[t], part);
        set_grey((uint8_t *)out->data + 4 * at, 0.55 - 0.35 * fmin(fmax(4 * b, -1), 1));
    }
    pel__free(bend);
    chart_free(&c);
    return s;
}

static void draw_contours(pel_image *out, const pel_image *image, double step)
{
    const float *area = pel_image_layer(image, "area");
    int64_t w = image->width;
    for (int64_t row = 0; row + 1 < image->height; row++)
        for (int64_t column = 0; column + 1 < w; column++) {
            int64_t at = row * w + column;
            double here = floor((double)area[at] / step),
                   right = floor((double)area[at + 1] / step),
                   down = floor((double)area[at + w] / step);
            if (isnan(here) || isnan(right) || isnan(down) || (here == right && here == down))
                continue;
            // the level between two steps; red above 0, blue below, white at 0
            double level = fmax(here, fmax(right, down));
            uint8_t *to = (uint8_t *)out->data + 4 * at;
            to[0] = level < 0 ? 60 : 255;
            to[1] = level == 0 ? 255 : 90;
            to[2] = level > 0 ? 60 : 255;
        }
}

pel_status pel_flatmap_shade(pel_image *out, const pel_image *image, const pel_mesh *flat,
                             const pel_flatmap_params *params)
{
    double window[2];
    const float *value = image->data;
    int64_t count = image->width * image->height;
    *out = (pel_image){ 0 };
    if (!pel_image_layer(image, "triangle") || !pel_image_layer(image, "area"))
        return pel__fail(PEL_EPARAM, "the picture is none of pel_flatmap()");
    pel_status s = window_of(window, value, count);
    if (s == PEL_OK)
        s = pel_image_new(out, image->width, image->height, 4, PEL_UINT8);
    if (s == PEL_OK && isnan(window[0]))
        s = shade_by_bend(out, image, flat);
    else if (s == PEL_OK)
        for (int64_t at = 0; at < count; at++)
            if (isfinite(value[at]))
                set_grey((uint8_t *)out->data + 4 * at,
                         ((double)value[at] - window[0]) / fmax(window[1] - window[0], 1e-300));
    if (s == PEL_OK && params->contours > 0)
        draw_contours(out, image, params->contours);
    out->mm_per_pixel = image->mm_per_pixel;
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}
