/* SPDX-License-Identifier: Apache-2.0 */
/* isosurface.c: where the trilinear interpolant of a volume crosses a level, as triangles. */
#include <math.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "kernels/pack.h"
#include "mesh/mesh.h"
#include "surface/cell.h"
#include "volume/volume.h"

enum { BLOCK = 16 }; /* layers of cells that are one piece of work */

/* a point keeps this far from the voxels it lies between, so that no triangle shrinks to nothing */
#define CLOSEST 0x1p-10

/* beyond this a voxel counts as this far above or below */
#define FAR 1e60

static const pel_param table[] = {
    PEL_NUMBER(pel_isosurface_params, level, "0.5", -1e300, 1e300, NULL,
               "the surface lies where values cross this"),
    PEL_SWITCH(pel_isosurface_params, open,
               "leave it open at the border of the volume instead of closing it there"),
    PEL_SWITCH(pel_isosurface_params, by_faces,
               "voxels above join by faces only, whatever the interpolant does between them"),
};
const pel_schema pel_isosurface_schema = PEL_SCHEMA(
    pel_isosurface_params, "isosurface", "the surface on which a volume has one value", table);

pel_isosurface_params pel_isosurface_defaults(void)
{
    pel_isosurface_params params;
    pel_schema_defaults(&pel_isosurface_schema, &params);
    return params;
}

/* the volume, in a rim of voxels that lie outside unless the surface stays open */
typedef struct grid {
    const pel_volume *volume;
    const pel__cells *cells;
    double level, scale, offset;
    double from; // the stored number from which values are above; NaN: compare values
    bool none;   // no number of the type is above
    bool by_faces;
    int64_t rim, n[3]; // voxels, with the rim
    int64_t words;     // of a row of bits; one more is 0
    pel_affine mm_from_ijk;
    bool flip; // left-handed axes turn triangles round
    pel_mesh *mesh;
    // per layer k: points on edges within plane k, points between k and k + 1, triangles; first
    // counts, then the number of the first one
    int64_t *in_plane, *between, *triangles;
} grid;

/* which voxels of a plane are above, and which numbers the points on its edges have */
typedef struct plane {
    uint64_t *bits;
    int32_t *x, *y; // per row, from the plane's first point
    int64_t points;
} plane;

/* ---- values ---- */

static double stored(const void *data, pel_dtype dtype, int64_t at)
{
    switch (dtype) {
    case PEL_UINT8:
        return ((const uint8_t *)data)[at];
    case PEL_INT16:
        return ((const int16_t *)data)[at];
    case PEL_UINT16:
        return ((const uint16_t *)data)[at];
    case PEL_FLOAT32:
        return (double)((const float *)data)[at];
    default:
        return pel__stored_get(data, dtype, at);
    }
}

// how far a voxel lies above the level; NaN: nobody knows, and it is outside
static double above(const grid *g, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = g->volume->dims;
    i -= g->rim;
    j -= g->rim;
    k -= g->rim;
    if (i < 0 || j < 0 || k < 0 || i >= n[0] || j >= n[1] || k >= n[2])
        return NAN;
    double x = stored(g->volume->data, g->volume->dtype, (k * n[1] + j) * n[0] + i);
    return g->scale * x + g->offset - g->level;
}

// how far along an edge the level lies; half-way where an end is not known
static double crossing(double from, double to)
{
    double t = from / (from - to);
    if (!isfinite(from) || !isfinite(to))
        return 0.5;
    return t < CLOSEST ? CLOSEST : t > 1 - CLOSEST ? 1 - CLOSEST : t;
}

static void corners(double out[8], const grid *g, int64_t i, int64_t j, int64_t k)
{
    for (int c = 0; c < 8; c++)
        out[c] = above(g, i + (c & 1), j + (c >> 1 & 1), k + (c >> 2));
}

static const pel__cell_way *find_way(const grid *g, int signs, int64_t i, int64_t j, int64_t k)
{
    double at[8];
    // the first state has no face decided for what is above, and its first way no tunnel
    if (g->cells->sure[signs] || g->by_faces)
        return &g->cells->ways[g->cells->states[g->cells->state[signs]].way];
    corners(at, g, i, j, k);
    for (int c = 0; c < 8; c++)
        at[c] = at[c] > FAR ? FAR : at[c] >= -FAR ? at[c] : -FAR;
    return pel__cell_find(g->cells, signs, at);
}

/* ---- planes of bits ---- */

static uint64_t *row_of(const grid *g, const plane *p, int64_t j)
{
    return p->bits + j * (g->words + 1);
}

// bits of word w that have a next voxel in their row
static uint64_t with_next(const grid *g, int64_t w)
{
    int64_t left = g->n[0] - 1 - 64 * w;
    return left >= 64 ? ~UINT64_C(0) : left <= 0 ? 0 : (UINT64_C(1) << left) - 1;
}

// each bit's next one in the row
static uint64_t following(const uint64_t *row, int64_t w)
{
    return row[w] >> 1 | row[w + 1] << 63;
}

static uint64_t cross_x(const grid *g, const uint64_t *row, int64_t w)
{
    return (row[w] ^ following(row, w)) & with_next(g, w);
}

// as many floats are in order as their bits are
static double float_of(int64_t order)
{
    int32_t bits = (int32_t)(order < 0 ? INT32_MIN - order : order);
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

// values rise or fall with the stored numbers, so the first one above, found by halving, tells all
static void find_first_above(grid *g)
{
    pel_dtype dtype = g->volume->dtype;
    bool is_float = dtype == PEL_FLOAT32, rising = g->scale > 0;
    double lo_value, hi_value;
    g->from = NAN;
    if (pel_dtype_bytes(dtype) == 8 || !isfinite(g->scale) || g->scale == 0 || !isfinite(g->offset))
        return;
    pel_dtype_range(dtype, &lo_value, &hi_value);
    // bits of infinity
    int64_t lo = is_float ? -0x7f800000 : (int64_t)lo_value,
            hi = is_float ? 0x7f800000 : (int64_t)hi_value, end = rising ? hi : lo,
            outside = rising ? lo - 1 : hi + 1;
    double most = is_float ? float_of(end) : (double)end;
    g->none = !(g->scale * most + g->offset > g->level);
    while (!g->none && (end > outside ? end - outside : outside - end) > 1) {
        int64_t middle = outside + (end - outside) / 2;
        double x = is_float ? float_of(middle) : (double)middle;
        if (g->scale * x + g->offset > g->level)
            end = middle;
        else
            outside = middle;
    }
    g->from = is_float ? float_of(end) : (double)end;
}

static void pack_row(const grid *g, uint64_t *row, int64_t j, int64_t k)
{
    const pel_volume *v = g->volume;
    const int64_t *n = v->dims;
    double line[2] = { g->scale, g->offset },
           range[2] = { nextafter(g->level, INFINITY), INFINITY };
    memset(row, 0, (size_t)(g->words + 1) * sizeof *row);
    j -= g->rim;
    k -= g->rim;
    if (j < 0 || k < 0 || j >= n[1] || k >= n[2])
        return;
    const char *from = (const char *)v->data + (k * n[1] + j) * n[0] * pel_dtype_bytes(v->dtype);
    if (isnan(g->from))
        pel__pack_all[v->dtype](row, from, n[0], line, range);
    else if (!g->none)
        pel__pack_from_all[v->dtype](row, from, n[0], g->from, g->scale > 0);
    for (int64_t w = g->words - 1; g->rim && w >= 0; w--)
        row[w] = row[w] << 1 | (w ? row[w - 1] >> 63 : 0);
}

static void fill_plane(plane *p, const grid *g, int64_t k)
{
    for (int64_t j = 0; j < g->n[1]; j++)
        pack_row(g, row_of(g, p, j), j, k);
    p->points = 0;
    for (int64_t j = 0; j < g->n[1]; j++) {
        const uint64_t *row = row_of(g, p, j), *next = row_of(g, p, j + 1);
        p->x[j] = (int32_t)p->points;
        for (int64_t w = 0; w < g->words; w++)
            p->points += __builtin_popcountll(cross_x(g, row, w));
        p->y[j] = (int32_t)p->points;
        for (int64_t w = 0; j + 1 < g->n[1] && w < g->words; w++)
            p->points += __builtin_popcountll(row[w] ^ next[w]);
    }
}

static pel_status new_plane(plane *p, const grid *g)
{
    *p = (plane){ 0 };
    pel_status s = pel__alloc(&p->bits, g->n[1] * (g->words + 1), sizeof *p->bits, "a plane");
    if (s == PEL_OK)
        s = pel__alloc(&p->x, g->n[1], sizeof *p->x, "a plane");
    if (s == PEL_OK)
        s = pel__alloc(&p->y, g->n[1], sizeof *p->y, "a plane");
    return s;
}

static void free_plane(plane *p)
{
    pel__free(p->bits);
    pel__free(p->x);
    pel__free(p->y);
}

/* ---- cells of a row ---- */

/* four rows of bits around a row of cells, and those of each bit's next voxel */
typedef struct eight {
    uint64_t at[8];
} eight;

static uint64_t active(eight *out, const grid *g, const uint64_t *const row[4], int64_t w)
{
    uint64_t any = 0, all = ~UINT64_C(0);
    for (int r = 0; r < 4; r++) {
        out->at[2 * r] = row[r][w];
        out->at[2 * r + 1] = following(row[r], w);
        any |= out->at[2 * r] | out->at[2 * r + 1];
        all &= out->at[2 * r] & out->at[2 * r + 1];
    }
    return any & ~all & with_next(g, w);
}

static int signs_of(const eight *e, int bit)
{
    uint64_t signs = 0;
    for (int c = 0; c < 8; c++)
        signs |= (e->at[c] >> bit & 1) << c;
    return (int)signs;
}

static void rows_around(const uint64_t *row[4], const grid *g, const plane p[2], int64_t j)
{
    for (int r = 0; r < 4; r++)
        row[r] = row_of(g, &p[r >> 1], j + (r & 1));
}

/* ---- counting ---- */

static void count_layer(const grid *g, const plane p[2], int64_t k)
{
    int64_t between = 0, triangles = 0;
    for (int64_t j = 0; j < g->n[1]; j++) {
        const uint64_t *low = row_of(g, &p[0], j), *high = row_of(g, &p[1], j), *row[4];
        for (int64_t w = 0; w < g->words; w++)
            between += __builtin_popcountll(low[w] ^ high[w]);
        if (j + 1 == g->n[1])
            break;
        rows_around(row, g, p, j);
        for (int64_t w = 0; w < g->words; w++) {
            eight e;
            for (uint64_t left = active(&e, g, row, w); left; left &= left - 1) {
                int bit = __builtin_ctzll(left);
                const pel__cell_way *way = find_way(g, signs_of(&e, bit), 64 * w + bit, j, k);
                triangles += way->triangles;
                between += way->inner;
            }
        }
    }
    g->in_plane[k] = p[0].points;
    g->between[k] = between;
    g->triangles[k] = triangles;
    if (k + 2 == g->n[2])
        g->in_plane[k + 1] = p[1].points;
}

/* ---- making ---- */

static void put_point(const grid *g, int64_t number, double i, double j, double k)
{
    double rim = (double)g->rim;
    pel_vec3 p = pel_affine_point(g->mm_from_ijk, (pel_vec3){ i - rim, j - rim, k - rim });
    float *to = g->mesh->point_mm[number];
    to[0] = (float)p.x;
    to[1] = (float)p.y;
    to[2] = (float)p.z;
}

// points of one line of edges along an axis; crossings as bits
static int64_t put_line(const grid *g, int64_t number, uint64_t bits, const int64_t at[3], int axis)
{
    for (; bits; bits &= bits - 1) {
        int64_t i = at[0] + __builtin_ctzll(bits), j = at[1], k = at[2];
        double from = above(g, i, j, k),
               to = above(g, i + (axis == 0), j + (axis == 1), k + (axis == 2));
        double t = crossing(from, to);
        put_point(g, number++, (double)i + (axis == 0 ? t : 0), (double)j + (axis == 1 ? t : 0),
                  (double)k + (axis == 2 ? t : 0));
    }
    return number;
}

static void put_plane(const grid *g, const plane *p, int64_t k)
{
    int64_t number = g->in_plane[k];
    for (int64_t j = 0; j < g->n[1]; j++) {
        const uint64_t *row = row_of(g, p, j), *next = row_of(g, p, j + 1);
        for (int64_t w = 0; w < g->words; w++)
            number = put_line(g, number, cross_x(g, row, w), (int64_t[]){ 64 * w, j, k }, 0);
        for (int64_t w = 0; j + 1 < g->n[1] && w < g->words; w++)
            number = put_line(g, number, row[w] ^ next[w], (int64_t[]){ 64 * w, j, k }, 1);
    }
}

// also where each row's points start
static int64_t put_between(const grid *g, const plane p[2], int64_t k, int32_t *first)
{
    int64_t number = g->between[k];
    for (int64_t j = 0; j < g->n[1]; j++) {
        const uint64_t *low = row_of(g, &p[0], j), *high = row_of(g, &p[1], j);
        first[j] = (int32_t)number;
        for (int64_t w = 0; w < g->words; w++)
            number = put_line(g, number, low[w] ^ high[w], (int64_t[]){ 64 * w, j, k }, 2);
    }
    return number;
}

// a point within a cell: the mean of the crossings on its rim
static void put_inner(const grid *g, int64_t number, unsigned rim, const int64_t cell[3])
{
    double at[8], sum[3] = { 0 };
    int count = __builtin_popcount(rim);
    corners(at, g, cell[0], cell[1], cell[2]);
    for (; rim; rim &= rim - 1) {
        int e = __builtin_ctz(rim), low = pel__cell_low(e);
        for (int a = 0; a < 3; a++)
            sum[a] += low >> a & 1;
        sum[e / 4] += crossing(at[low], at[pel__cell_high(e)]);
    }
    put_point(g, number, (double)cell[0] + sum[0] / count, (double)cell[1] + sum[1] / count,
              (double)cell[2] + sum[2] / count);
}

/* numbers of the next points on the lines of edges around a row of cells */
typedef struct pen {
    int32_t x[4], y[2], z[2];
    int64_t inner, triangle;
} pen;

static void put_triangles(const grid *g, const pel__cell_way *way, const int32_t *id, int64_t at)
{
    const uint8_t(*corner)[3] = &g->cells->triangle[way->first];
    for (int t = 0; t < way->triangles; t++) {
        int32_t *to = g->mesh->triangle[at + t];
        to[0] = id[corner[t][0]];
        to[1] = id[corner[t][g->flip ? 2 : 1]];
        to[2] = id[corner[t][g->flip ? 1 : 2]];
    }
}

static void put_cell(const grid *g, pen *p, int signs, const int64_t cell[3])
{
    int along_x = signs ^ signs >> 1, along_y = signs ^ signs >> 2, along_z = signs ^ signs >> 4;
    const pel__cell_way *way = find_way(g, signs, cell[0], cell[1], cell[2]);
    int32_t id[PEL__CELL_INNER + PEL__CELL_MOST];
    for (int r = 0; r < 4; r++) {
        id[r] = p->x[r];
        p->x[r] += along_x >> 2 * r & 1;
    }
    for (int r = 0; r < 2; r++) {
        id[4 + 2 * r] = p->y[r];
        p->y[r] += along_y >> 4 * r & 1;
        id[5 + 2 * r] = p->y[r];
        id[8 + 2 * r] = p->z[r];
        p->z[r] += along_z >> 2 * r & 1;
        id[9 + 2 * r] = p->z[r];
    }
    for (int n = 0; n < way->inner; n++) {
        put_inner(g, p->inner, way->rim[n], cell);
        id[PEL__CELL_INNER + n] = (int32_t)p->inner++;
    }
    put_triangles(g, way, id, p->triangle);
    p->triangle += way->triangles;
}

static void put_layer(const grid *g, const plane p[2], int64_t k, int32_t *first)
{
    pen pen = { .inner = put_between(g, p, k, first), .triangle = g->triangles[k] };
    put_plane(g, &p[0], k);
    if (k + 2 == g->n[2])
        put_plane(g, &p[1], k + 1);
    for (int64_t j = 0; j + 1 < g->n[1]; j++) {
        const uint64_t *row[4];
        rows_around(row, g, p, j);
        for (int r = 0; r < 2; r++) {
            int32_t plane_first = (int32_t)g->in_plane[k + r];
            pen.x[2 * r] = plane_first + p[r].x[j];
            pen.x[2 * r + 1] = plane_first + p[r].x[j + 1];
            pen.y[r] = plane_first + p[r].y[j];
            pen.z[r] = first[j + r];
        }
        for (int64_t w = 0; w < g->words; w++) {
            eight e;
            for (uint64_t left = active(&e, g, row, w); left; left &= left - 1) {
                int bit = __builtin_ctzll(left);
                put_cell(g, &pen, signs_of(&e, bit), (int64_t[]){ 64 * w + bit, j, k });
            }
        }
    }
}

/* ---- the whole ---- */

// one block of layers: counted, or made once the mesh has room
static pel_status do_block(void *user, int64_t block)
{
    const grid *g = user;
    int64_t end = (block + 1) * BLOCK < g->n[2] - 1 ? (block + 1) * BLOCK : g->n[2] - 1;
    plane p[2] = { { 0 } };
    int32_t *first = NULL;
    pel_status s = new_plane(&p[0], g);
    if (s == PEL_OK)
        s = new_plane(&p[1], g);
    if (s == PEL_OK)
        s = pel__alloc(&first, g->n[1], sizeof *first, "a plane");
    if (s == PEL_OK)
        fill_plane(&p[0], g, block * BLOCK);
    for (int64_t k = block * BLOCK; s == PEL_OK && k < end; k++) {
        fill_plane(&p[1], g, k + 1);
        if (g->mesh)
            put_layer(g, p, k, first);
        else
            count_layer(g, p, k);
        plane low = p[0];
        p[0] = p[1];
        p[1] = low;
        s = pel__cancelled();
    }
    free_plane(&p[0]);
    free_plane(&p[1]);
    pel__free(first);
    return s;
}

// counts become first numbers; the mesh gets its room
static pel_status number_all(pel_mesh *out, const grid *g)
{
    int64_t points = 0, triangles = 0;
    for (int64_t k = 0; k < g->n[2]; k++) {
        int64_t here = g->in_plane[k], next = g->between[k], faces = g->triangles[k];
        g->in_plane[k] = points;
        g->between[k] = points + here;
        g->triangles[k] = triangles;
        points += here + next;
        triangles += faces;
    }
    return pel__mesh_resize(out, points, triangles);
}

static pel_status open_grid(grid *g, pel__cells **cells, const pel_volume *in,
                            const pel_isosurface_params *params)
{
    *g = (grid){ .volume = in,
                 .level = params->level,
                 .rim = params->open ? 0 : 1,
                 .by_faces = params->by_faces };
    pel_status s = pel__volume_check_single(in, "a volume");
    if (s != PEL_OK)
        return s;
    pel__volume_scale(in, &g->scale, &g->offset);
    find_first_above(g);
    g->mm_from_ijk = pel__volume_affine(in);
    g->flip = pel__determinant(g->mm_from_ijk) < 0;
    for (int a = 0; a < 3; a++)
        g->n[a] = in->dims[a] + 2 * g->rim;
    g->words = (g->n[0] + 63) / 64;
    s = pel__alloc_zero(&g->in_plane, g->n[2], sizeof *g->in_plane, "layers");
    if (s == PEL_OK)
        s = pel__alloc_zero(&g->between, g->n[2], sizeof *g->between, "layers");
    if (s == PEL_OK)
        s = pel__alloc_zero(&g->triangles, g->n[2], sizeof *g->triangles, "layers");
    if (s == PEL_OK)
        s = pel__cells_new(cells);
    g->cells = *cells;
    return s;
}

pel_status pel_isosurface(pel_mesh *out, const pel_volume *in, const pel_isosurface_params *params)
{
    grid g = { 0 };
    pel__cells *cells = NULL;
    *out = (pel_mesh){ 0 };
    pel_status s = pel_schema_check(&pel_isosurface_schema, params);
    if (s == PEL_OK)
        s = open_grid(&g, &cells, in, params);
    // a volume one voxel thick has no cells to open
    bool cells_there = g.n[0] > 1 && g.n[1] > 1 && g.n[2] > 1;
    int64_t blocks = cells_there ? (g.n[2] - 1 + BLOCK - 1) / BLOCK : 0;
    if (s == PEL_OK)
        s = pel__parallel(blocks, do_block, &g, "counting");
    if (s == PEL_OK)
        s = number_all(out, &g);
    g.mesh = out;
    if (s == PEL_OK && out->points)
        s = pel__parallel(blocks, do_block, &g, "surface");
    out->oriented = in->oriented;
    pel__free(g.in_plane);
    pel__free(g.between);
    pel__free(g.triangles);
    pel__free(cells);
    if (s != PEL_OK)
        pel_mesh_free(out);
    return pel__during(s, "isosurface");
}
