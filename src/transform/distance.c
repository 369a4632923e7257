/* SPDX-License-Identifier: Apache-2.0 */
/* distance.c: exact Euclidean distances of a mask, axis by axis. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "volume/bits.h"
#include "volume/volume.h"

enum { COLUMNS = 16 }; /* columns of a slice worked on together: a cache line of floats */

static const pel_param table[] = {
    PEL_CHOICE(pel_distance_params, side, "inside", "inside|outside|signed",
               "distances within the mask, around it, or both (negative around it)"),
    PEL_SWITCH(pel_distance_params, voxels, "count in voxels instead of mm"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_distance_schema = { .name = "distance",
                                         .summary = "Euclidean distance from the edge of a mask",
                                         .params_size = sizeof(pel_distance_params),
                                         .params = table,
                                         .count = (int)(sizeof table / sizeof *table),
                                         .plan = plan };

pel_distance_params pel_distance_defaults(void)
{
    pel_distance_params params;
    pel_schema_defaults(&pel_distance_schema, &params);
    return params;
}

typedef struct transform {
    const pel__bits *bits;
    float *square;  // of the distance to the nearest voxel that is not set
    double edge[3]; // of a voxel
} transform;

/* ---- along a row: the way to the nearest clear bit on either side ---- */

static void along_row(float *out, const uint64_t *row, int64_t count, double edge)
{
    int64_t last = -1;
    bool any = false;
    for (int64_t i = 0; i < count; i++) {
        bool set = row[i >> 6] >> (i & 63) & 1;
        any = any || !set;
        last = set ? last : i;
        out[i] = any ? (float)(i - last) : INFINITY;
    }
    for (int64_t i = count - 1, next = -1; i >= 0; i--) {
        if (out[i] == 0)
            next = i;
        if (next >= 0 && (float)(next - i) < out[i])
            out[i] = (float)(next - i);
        double d = (double)out[i] * edge;
        out[i] = (float)(d * d);
    }
}

/* ---- along a column: the lower envelope of parabolas ---- */

/* scratch for columns: as they come, and the parabolas that are lowest somewhere */
typedef struct column {
    float (*in)[COLUMNS];
    int32_t *vertex;
    double *height, *from; // height: of the vertex above edge^2 * vertex^2
} column;

// Felzenszwalb and Huttenlocher 2012; squares of whole voxels stay exact
static void envelope(float (*line)[COLUMNS], int c, int64_t count, double square_edge, column *w)
{
    int64_t top = -1;
    for (int64_t q = 0; q < count; q++) {
        double f = (double)line[q][c];
        if (!(f < INFINITY))
            continue;
        double height = f + square_edge * (double)(q * q), meet = -INFINITY;
        while (top >= 0) {
            meet = (height - w->height[top]) / (2 * square_edge * (double)(q - w->vertex[top]));
            if (meet > w->from[top])
                break;
            top--;
        }
        top++;
        w->vertex[top] = (int32_t)q;
        w->height[top] = height;
        w->from[top] = top ? meet : -INFINITY;
    }
    if (top < 0)
        return;
    int64_t at = 0;
    for (int64_t q = 0; q < count; q++) {
        while (at < top && w->from[at + 1] < (double)q)
            at++;
        double way = (double)(q - w->vertex[at]);
        // the vertex's own value, since height - edge^2 * vertex^2 would be rounded
        w->in[q][c] = (float)((double)line[w->vertex[at]][c] + square_edge * way * way);
    }
    for (int64_t q = 0; q < count; q++)
        line[q][c] = w->in[q][c];
}

static pel_status column_new(column *out, float (**line)[COLUMNS], int64_t count)
{
    *out = (column){ 0 };
    *line = NULL;
    pel_status s = pel__alloc(line, count, sizeof **line, "columns");
    if (s == PEL_OK)
        s = pel__alloc(&out->in, count, sizeof *out->in, "columns");
    if (s == PEL_OK)
        s = pel__alloc(&out->vertex, count, sizeof *out->vertex, "columns");
    if (s == PEL_OK)
        s = pel__alloc(&out->height, count, sizeof *out->height, "columns");
    if (s == PEL_OK)
        s = pel__alloc(&out->from, count, sizeof *out->from, "columns");
    return s;
}

static void column_free(column *w, float (*line)[COLUMNS])
{
    pel__free(line);
    pel__free(w->in);
    pel__free(w->vertex);
    pel__free(w->height);
    pel__free(w->from);
}

static bool all_zero(float (*line)[COLUMNS], int c, int64_t count)
{
    for (int64_t q = 0; q < count; q++)
        if (line[q][c] != 0)
            return false;
    return true;
}

// all columns of a sheet: `across` of them side by side, each `count` long with `stride` between
static pel_status along_columns(float *sheet, int64_t across, int64_t count, int64_t stride,
                                double edge)
{
    column w;
    float(*line)[COLUMNS];
    pel_status s = column_new(&w, &line, count);
    for (int64_t x = 0; s == PEL_OK && x < across; x += COLUMNS) {
        int wide = across - x < COLUMNS ? (int)(across - x) : COLUMNS;
        for (int64_t q = 0; q < count; q++)
            memcpy(line[q], sheet + q * stride + x, (size_t)wide * sizeof *sheet);
        for (int c = 0; c < wide; c++)
            if (!all_zero(line, c, count))
                envelope(line, c, count, edge * edge, &w);
        for (int64_t q = 0; q < count; q++)
            memcpy(sheet + q * stride + x, line[q], (size_t)wide * sizeof *sheet);
    }
    column_free(&w, line);
    return s;
}

static pel_status do_slice(void *user, int64_t k)
{
    const transform *t = user;
    const int64_t *n = t->bits->dims;
    float *slice = t->square + k * n[0] * n[1];
    for (int64_t j = 0; j < n[1]; j++)
        along_row(slice + j * n[0], pel__bits_row(t->bits, j, k), n[0], t->edge[0]);
    return along_columns(slice, n[0], n[1], n[0], t->edge[1]);
}

static pel_status do_sheet(void *user, int64_t j)
{
    const transform *t = user;
    const int64_t *n = t->bits->dims;
    return along_columns(t->square + j * n[0], n[0], n[2], n[0] * n[1], t->edge[2]);
}

static pel_status transform_bits(float *square, const pel__bits *bits, const double edge[3])
{
    transform t = { bits, square, { edge[0], edge[1], edge[2] } };
    pel_status s = pel__parallel(bits->dims[2], do_slice, &t, "distance");
    return s == PEL_OK ? pel__parallel(bits->dims[1], do_sheet, &t, "distance") : s;
}

/* ---- distances from squares ---- */

typedef struct rooting {
    float *out;
    const float *around; // squares around the mask; NULL: none
    int64_t slice;       // voxels
} rooting;

static pel_status root_slice(void *user, int64_t k)
{
    const rooting *r = user;
    float *out = r->out + k * r->slice;
    for (int64_t n = 0; n < r->slice; n++)
        out[n] = sqrtf(out[n]);
    if (r->around)
        for (int64_t n = 0; n < r->slice; n++)
            out[n] -= sqrtf(r->around[k * r->slice + n]);
    return PEL_OK;
}

static pel_status set_edges(double edge[3], const pel_volume *mask, bool voxels)
{
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    const double of_axis[3] = { mm.x, mm.y, mm.z };
    for (int a = 0; a < 3; a++) {
        edge[a] = voxels ? 1 : of_axis[a];
        if (!(edge[a] > 0 && edge[a] < 1e9) || mask->dims[a] > INT32_MAX)
            return pel__fail(PEL_EDATA, "distances want voxels with a size; set --spacing");
    }
    return PEL_OK;
}

static pel_status measure(float *out, pel__bits *bits, const double edge[3], int side)
{
    int64_t slice = bits->dims[0] * bits->dims[1];
    float *around = NULL;
    pel_status s = side == PEL_OUTSIDE ? pel__bits_invert(bits) : PEL_OK;
    if (s == PEL_OK)
        s = transform_bits(out, bits, edge);
    if (s == PEL_OK && side == PEL_SIGNED)
        s = pel__alloc(&around, slice * bits->dims[2], sizeof *around, "distances");
    if (s == PEL_OK && around)
        s = pel__bits_invert(bits);
    if (s == PEL_OK && around)
        s = transform_bits(around, bits, edge);
    rooting r = { out, around, slice };
    if (s == PEL_OK)
        s = pel__parallel(bits->dims[2], root_slice, &r, NULL);
    pel__free(around);
    return s;
}

pel_status pel_distance(pel_volume *out, const pel_volume *mask, const pel_distance_params *params)
{
    pel__bits bits = { 0 };
    double edge[3];
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_distance_schema, params);
    if (s == PEL_OK)
        s = set_edges(edge, mask, params->voxels);
    if (s == PEL_OK)
        s = pel__bits_of_volume(&bits, mask, NULL);
    if (s == PEL_OK)
        s = pel_volume_like(out, mask, PEL_FLOAT32);
    if (s == PEL_OK)
        s = measure(out->data, &bits, edge, params->side);
    pel__bits_free(&bits);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_distance_params *p = params;
    int64_t rows = shape->dims[1] * shape->dims[2], voxels = shape->dims[0] * rows;
    int64_t longest = shape->dims[1] > shape->dims[2] ? shape->dims[1] : shape->dims[2];
    return (shape->dims[0] + 63) / 64 * 8 * rows + (p->side == PEL_SIGNED ? 8 : 4) * voxels +
           pel__threads() * longest * (2 * COLUMNS * 4 + 4 + 16);
}
