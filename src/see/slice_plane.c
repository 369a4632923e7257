/* SPDX-License-Identifier: Apache-2.0 */
/* slice_plane.c: which slices of the grid to show, how they lie, and their values. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/see.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"

enum { SWEEP = 7, MOST_TILES = 64 };

/* ---- how the grid lies in the world ---- */

/* for each world axis the voxel axis nearest to it, and whether that one falls along it */
typedef struct attitude {
    int voxel_axis[3];
    bool falls[3];
} attitude;

static void find_attitude(attitude *out, const pel_volume *in)
{
    static const char grows[] = "RAS", shrinks[] = "LPI";
    *out = (attitude){ { 0, 1, 2 }, { false, false, false } };
    char letters[8];
    pel_volume_orientation(in, letters);
    for (int c = 0; in->oriented && c < 3; c++)
        for (int w = 0; w < 3; w++)
            if (letters[c] == grows[w] || letters[c] == shrinks[w]) {
                out->voxel_axis[w] = c;
                out->falls[w] = letters[c] == shrinks[w];
            }
}

static pel_vec3 middle_ijk(const pel_volume *in)
{
    return (pel_vec3){ 0.5 * (double)(in->dims[0] - 1), 0.5 * (double)(in->dims[1] - 1),
                       0.5 * (double)(in->dims[2] - 1) };
}

static double component(pel_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

static void set_component(pel_vec3 *v, int axis, double value)
{
    *(axis == 0 ? &v->x : axis == 1 ? &v->y : &v->z) = value;
}

// world coordinate of the middle of a slice; counted from voxel 0 when nobody knows the world
static double slice_mm(const pel_volume *in, int world, int axis, double index)
{
    if (!in->oriented)
        return index * component(pel_volume_spacing_mm(in), axis);
    pel_vec3 ijk = middle_ijk(in);
    set_component(&ijk, axis, index);
    return component(pel_affine_point(pel__volume_affine(in), ijk), world);
}

// an axis beside the picture: true lengths, in step with the world in the middle of the volume
static void edges_mm(double *first, double *last, const pel_volume *in, int world, int axis)
{
    double n = (double)in->dims[axis], spacing = component(pel_volume_spacing_mm(in), axis);
    if (!in->oriented) {
        *first = -0.5 * spacing;
        *last = (n - 0.5) * spacing;
        return;
    }
    double middle = component(pel_affine_point(pel__volume_affine(in), middle_ijk(in)), world);
    *first = middle - 0.5 * n * spacing;
    *last = middle + 0.5 * n * spacing;
}

static bool is_oblique(const pel_volume *in)
{
    pel_affine a = pel__volume_affine(in);
    for (int c = 0; in->oriented && c < 3; c++) {
        pel_vec3 d = pel__unit(pel__column(a, c));
        if (fmax(fabs(d.x), fmax(fabs(d.y), fabs(d.z))) < 1 - 1e-6)
            return true;
    }
    return false;
}

static void set_letters(pel_slice_plane *out, int across_world, int up_world, bool mirrored)
{
    static const char low[] = "LPI", high[] = "RAS";
    out->letters[0] = mirrored ? high[across_world] : low[across_world];
    out->letters[1] = mirrored ? low[across_world] : high[across_world];
    out->letters[2] = high[up_world];
    out->letters[3] = low[up_world];
}

static void make_plane(pel_slice_plane *out, const pel_volume *in, int world, int64_t index,
                       bool radiological)
{
    int across_world = world == 0 ? 1 : 0, up_world = world == 2 ? 1 : 2;
    bool mirrored = radiological && across_world == 0;
    attitude lie;
    find_attitude(&lie, in);
    *out = (pel_slice_plane){ .world = world, .axis = lie.voxel_axis[world], .index = index };
    out->at_mm = slice_mm(in, world, out->axis, (double)index);
    out->across = lie.voxel_axis[across_world];
    out->down = lie.voxel_axis[up_world];
    out->across_falls = lie.falls[across_world] != mirrored;
    out->down_falls = !lie.falls[up_world];
    out->width = in->dims[out->across];
    out->height = in->dims[out->down];
    out->pixel_mm[0] = component(pel_volume_spacing_mm(in), out->across);
    out->pixel_mm[1] = component(pel_volume_spacing_mm(in), out->down);
    edges_mm(&out->left_mm, &out->right_mm, in, across_world, out->across);
    edges_mm(&out->bottom_mm, &out->top_mm, in, up_world, out->down);
    if (mirrored) {
        double left = out->left_mm;
        out->left_mm = out->right_mm;
        out->right_mm = left;
    }
    if (in->oriented)
        set_letters(out, across_world, up_world, mirrored);
    out->oblique = is_oblique(in);

    // pixel centres are half-integers, voxel centres integers
    pel_affine ijk_from_px = { .m[3][3] = 1 };
    ijk_from_px.m[out->across][0] = out->across_falls ? -1 : 1;
    ijk_from_px.m[out->across][3] = out->across_falls ? (double)out->width - 0.5 : -0.5;
    ijk_from_px.m[out->down][1] = out->down_falls ? -1 : 1;
    ijk_from_px.m[out->down][3] = out->down_falls ? (double)out->height - 0.5 : -0.5;
    ijk_from_px.m[out->axis][3] = (double)index;
    out->mm_from_px = pel_affine_multiply(pel__volume_affine(in), ijk_from_px);
}

/* ---- which slices ---- */

static pel_status index_at_mm(int64_t *out, const pel_volume *in, int world, double mm)
{
    attitude lie;
    find_attitude(&lie, in);
    int axis = lie.voxel_axis[world];
    int64_t n = in->dims[axis];
    double first = slice_mm(in, world, axis, 0), next = slice_mm(in, world, axis, 1);
    double index = (mm - first) / (next - first);
    // half a voxel beyond the outer centres is still inside
    if (!(index >= -0.5 && index <= (double)n - 0.5)) {
        char at[32], lo[32], hi[32];
        double a = slice_mm(in, world, axis, -0.5), b = slice_mm(in, world, axis, (double)n - 0.5);
        pel__format_number(at, mm);
        snprintf(lo, sizeof lo, "%.6g", fmin(a, b));
        snprintf(hi, sizeof hi, "%.6g", fmax(a, b));
        return pel__fail(PEL_EPARAM,
                         "--at %s lies outside: along %c the volume goes from %s to %s "
                         "mm",
                         at, (in->oriented ? "xyz" : "ijk")[world], lo, hi);
    }
    *out = pel__int_from(index, 0, n - 1);
    return PEL_OK;
}

static pel_status chosen_index(int64_t *out, const pel_volume *in, int world, int which,
                               const pel_slice_params *params)
{
    attitude lie;
    find_attitude(&lie, in);
    int64_t n = in->dims[lie.voxel_axis[world]];
    *out = n / 2;
    if (params->at.count)
        return index_at_mm(out, in, world, params->at.value[which]);
    if (!params->index.count)
        return PEL_OK;
    double index = params->index.value[which];
    if (index != floor(index) || index >= (double)n)
        return pel__fail(PEL_EPARAM, "--index %g is no slice: along %c they go from 0 to %lld",
                         index, (in->oriented ? "xyz" : "ijk")[world], (long long)n - 1);
    *out = (int64_t)index;
    return PEL_OK;
}

// slice t of `count` spread evenly, in the order of rising world coordinates
static int64_t spread_index(const pel_volume *in, int world, int t, int count)
{
    attitude lie;
    find_attitude(&lie, in);
    int64_t n = in->dims[lie.voxel_axis[world]];
    int64_t index = (int64_t)(((double)t + 0.5) * (double)n / count);
    return lie.falls[world] ? n - 1 - index : index;
}

static pel_status parse_mosaic(int *columns, int *rows, const char *text)
{
    const char *cross = strchr(text, 'x');
    char first[16];
    int64_t c = 0, r = 0;
    snprintf(first, sizeof first, "%.*s", cross ? (int)(cross - text) : 0, text);
    if (!cross || !pel__parse_integer(&c, first, 1, MOST_TILES) ||
        !pel__parse_integer(&r, cross + 1, 1, MOST_TILES))
        return pel__fail(PEL_EPARAM,
                         "--mosaic is '%s'; it wants columns x rows, each 1 to %d, such as 5x4",
                         text, MOST_TILES);
    *columns = (int)c;
    *rows = (int)r;
    return PEL_OK;
}

static pel_status check_positions(const pel_numbers *given, const pel_slice_params *params,
                                  const char *option)
{
    int wanted = params->ortho ? 3 : 1;
    if (given->count && (params->mosaic || params->sweep))
        return pel__fail(PEL_EPARAM, "%s names one slice, --mosaic and --sweep choose their own",
                         option);
    if (given->count && given->count != wanted)
        return pel__fail(PEL_EPARAM, "%s has %d numbers; it wants %d%s", option, given->count,
                         wanted, params->ortho ? ", one for each plane of --ortho" : "");
    return PEL_OK;
}

static pel_status check(const pel_volume *in, const pel_slice_params *params)
{
    pel_status s = pel_schema_check(&pel_slice_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_shape(in, "slice");
    if (s == PEL_OK)
        s = check_positions(&params->at, params, "--at");
    if (s == PEL_OK)
        s = check_positions(&params->index, params, "--index");
    if (s != PEL_OK)
        return s;
    if (params->at.count && params->index.count)
        return pel__fail(PEL_EPARAM, "--at and --index both say where; give one of them");
    if (params->mosaic && (params->sweep || params->ortho))
        return pel__fail(PEL_EPARAM, "--mosaic cannot be had together with --%s",
                         params->sweep ? "sweep" : "ortho");
    if (params->radiological && !in->oriented)
        return pel__fail(PEL_EDATA,
                         "--radiological needs to know left from right, and the "
                         "orientation of this volume is unknown; --assume tells it (LAS, RAS...)");
    return PEL_OK;
}

pel_status pel_slice_planes(pel_slice_plane **out, int *count, const pel_volume *in,
                            const pel_slice_params *params)
{
    *out = NULL;
    *count = 0;
    int columns = params->sweep ? SWEEP : 1, rows = 1;
    pel_status s = check(in, params);
    if (s == PEL_OK && params->mosaic)
        s = parse_mosaic(&columns, &rows, params->mosaic);
    if (s != PEL_OK)
        return s;
    int each = columns * rows, axes = params->ortho ? 3 : 1;
    pel_slice_plane *planes = calloc((size_t)(each * axes), sizeof *planes);
    if (!planes)
        return pel__fail(PEL_EMEMORY, "no memory for %d slices", each * axes);
    int n = 0;
    for (int a = 0; a < axes && s == PEL_OK; a++) {
        int world = params->ortho ? a : params->axis;
        attitude lie;
        find_attitude(&lie, in);
        int64_t have = in->dims[lie.voxel_axis[world]];
        // rows of --ortho --sweep are of one length
        for (int c = 0; params->ortho && c < 3; c++)
            have = in->dims[c] < have ? in->dims[c] : have;
        int tiles = each > have ? (int)have : each;
        for (int t = 0; t < tiles && s == PEL_OK; t++) {
            int64_t index = 0;
            if (each > 1)
                index = spread_index(in, world, t, tiles);
            else
                s = chosen_index(&index, in, world, a, params);
            if (s == PEL_OK)
                make_plane(&planes[n++], in, world, index, params->radiological);
        }
    }
    if (s != PEL_OK) {
        free(planes);
        return s;
    }
    *out = planes;
    *count = n;
    return PEL_OK;
}

/* ---- what a slice holds ---- */

typedef struct gather {
    const pel_volume *in;
    const pel_slice_plane *plane;
    float *out;
} gather;

static pel_status gather_row(void *user, int64_t v)
{
    const gather *g = user;
    const pel_slice_plane *p = g->plane;
    int64_t ijk[3] = { 0 };
    ijk[p->axis] = p->index;
    ijk[p->down] = p->down_falls ? p->height - 1 - v : v;
    for (int64_t u = 0; u < p->width; u++) {
        ijk[p->across] = p->across_falls ? p->width - 1 - u : u;
        g->out[v * p->width + u] = (float)pel_volume_at(g->in, ijk[0], ijk[1], ijk[2]);
    }
    return PEL_OK;
}

pel_status pel_slice_values(pel_image *out, const pel_volume *in, const pel_slice_plane *plane)
{
    pel_status s = pel_image_new(out, plane->width, plane->height, 1, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    out->scalar = true;
    if (fabs(plane->pixel_mm[0] - plane->pixel_mm[1]) <= 1e-6 * plane->pixel_mm[0])
        out->mm_per_pixel = plane->pixel_mm[0];
    gather g = { in, plane, out->data };
    s = pel__parallel(plane->height, gather_row, &g, NULL);
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

pel_status pel_slice_volume(pel_volume *out, const pel_volume *in, const pel_slice_plane *plane)
{
    pel_volume shape = *in;
    shape.dims[plane->axis] = 1;
    shape.frames = 1;
    shape.data = NULL;
    pel_status s = pel_volume_like(out, &shape, in->dtype);
    if (s != PEL_OK)
        return s;
    out->slope = in->slope;
    out->inter = in->inter;
    memset(out->fields.extra_dims, 0, sizeof out->fields.extra_dims);

    // voxel 0 of the thin axis is where the slice was
    pel_affine a = pel__volume_affine(in);
    pel_vec3 ijk = { 0, 0, 0 };
    set_component(&ijk, plane->axis, (double)plane->index);
    pel__set_column(&a, 3, pel_affine_point(a, ijk));
    out->mm_from_ijk = a;
    int64_t size = pel_dtype_bytes(in->dtype) * pel__volume_channels(in);
    int64_t start[3] = { 0 };
    start[plane->axis] = plane->index;
    const int64_t *n = in->dims, *m = out->dims;
    for (int64_t k = 0; k < m[2]; k++)
        for (int64_t j = 0; j < m[1]; j++) {
            int64_t from = ((k + start[2]) * n[1] + j + start[1]) * n[0] + start[0];
            memcpy((char *)out->data + (k * m[1] + j) * m[0] * size,
                   (const char *)in->data + from * size, (size_t)(m[0] * size));
        }
    return PEL_OK;
}
