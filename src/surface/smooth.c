/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.c: a low-pass filter over the points of a mesh, and how far it moved the surface. */
#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/labels.h"
#include "surface/smooth.h"

enum { BLOCK = 8192, MOST_STEPS = 1000 };

static const pel_param table[] = {
    PEL_INTEGER(pel_smooth_params, smooth, "0", 0, MOST_STEPS, "steps",
                "smooth by a low-pass filter of so many steps, 0: none; 20 is usual"),
    PEL_NUMBER(pel_smooth_params, pass_band, "0.5", 1e-4, 1.9, NULL,
               "of --smooth: waves slower than this stay, 2 is every other point"),
    { "max_shift", PEL_KIND_NUMBER, offsetof(pel_smooth_params, max_shift), NULL, 0, 1e9, "mm",
      NULL, "MM",
      "of --smooth: no point moves farther, and on average a fifth of it along the normal" },
};
const pel_schema pel_smooth_schema =
    PEL_SCHEMA(pel_smooth_params, "smooth", "take the small waves off a surface", table);

pel_smooth_params pel_smooth_defaults(void)
{
    pel_smooth_params params;
    pel_schema_defaults(&pel_smooth_schema, &params);
    return params;
}

/* the mean shift along the normals, as a share of the greatest */
#define MEAN_SHARE 0.2

/* the filter on its way: Chebyshev polynomials of the mean of neighbours, and their sum */
typedef struct filter {
    int64_t points;
    const int64_t *first; // neighbours of p: list[first[p]] to list[first[p + 1] - 1]
    const int32_t *list;
    float (*before)[3], (*here)[3], (*sum)[3];
    double weight; // of the next polynomial
    const float (*start)[3];
    const pel__smooth_reach *reach;
    bool first_step;
} filter;

static bool is_crease(int32_t twin)
{
    return twin == PEL__BORDER || twin == PEL__TANGLED;
}

// points on a border, or where three walls meet, have their neighbours along it alone
static pel_status find_neighbours(int64_t **first, int32_t **list, const pel_mesh *mesh)
{
    int32_t *twin, halves = (int32_t)(3 * mesh->triangles);
    uint8_t *border = NULL;
    *first = NULL;
    *list = NULL;
    pel_status s = pel__mesh_twins(&twin, mesh);
    if (s == PEL_OK)
        s = pel__alloc_zero(&border, mesh->points, 1, "borders");
    if (s == PEL_OK)
        s = pel__alloc_zero(first, mesh->points + 2, sizeof **first, "neighbours");
    if (s == PEL_OK)
        s = pel__alloc(list, 2 * (int64_t)halves, sizeof **list, "neighbours");
    for (int32_t h = 0; s == PEL_OK && h < halves; h++)
        if (is_crease(twin[h]))
            border[pel__half_from(mesh, h)] = border[pel__half_from(mesh, pel__next_half(h))] = 1;
    // once to count two places up, once to fill
    for (int fill = 0; s == PEL_OK && fill < 2; fill++) {
        int64_t *at = *first + 1;
        for (int32_t h = 0; h < halves; h++) {
            int32_t a = pel__half_from(mesh, h), b = pel__half_from(mesh, pel__next_half(h));
            bool edge = is_crease(twin[h]);
            for (int side = 0; side < (edge ? 2 : 1); side++) {
                int32_t from = side ? b : a, to = side ? a : b;
                if (border[from] && !edge)
                    continue;
                if (fill)
                    (*list)[at[from]++] = to;
                else
                    at[from + 1]++;
            }
        }
        for (int64_t p = 0; !fill && p < mesh->points; p++)
            at[p + 1] += at[p];
    }
    pel__free(twin);
    pel__free(border);
    if (s != PEL_OK) {
        pel__free(*first);
        pel__free(*list);
    }
    return s;
}

// of a point's neighbours; the point itself where it has none
static void mean_around(double mean[3], const filter *f, int64_t p)
{
    int64_t count = f->first[p + 1] - f->first[p];
    double sum[3] = { 0 };
    for (int64_t n = f->first[p]; n < f->first[p + 1]; n++)
        for (int a = 0; a < 3; a++)
            sum[a] += (double)f->here[f->list[n]][a];
    for (int a = 0; a < 3; a++)
        mean[a] = count ? sum[a] / (double)count : (double)f->here[p][a];
}

// the next polynomial: T1 = W x, T(n+1) = 2 W Tn - T(n-1), W the mean of neighbours
static pel_status step_block(void *user, int64_t block)
{
    const filter *f = user;
    int64_t end = (block + 1) * BLOCK < f->points ? (block + 1) * BLOCK : f->points;
    for (int64_t p = block * BLOCK; p < end; p++) {
        double mean[3];
        mean_around(mean, f, p);
        for (int a = 0; a < 3; a++) {
            double next = f->first_step ? mean[a] : 2 * mean[a] - (double)f->before[p][a];
            f->before[p][a] = (float)next;
            f->sum[p][a] = (float)((double)f->sum[p][a] + f->weight * next);
        }
    }
    return PEL_OK;
}

// of the n-th polynomial: a step at the pass band under a Hamming window
static double weight_of(int64_t n, int64_t steps, double edge_degrees)
{
    double window = 0.54 + 0.46 * pel__cos_degrees(180.0 * (double)n / (double)(steps + 1));
    if (n == 0)
        return edge_degrees / 180;
    return window * 2 / ((double)n * PEL_PI) * pel__sin_degrees((double)n * edge_degrees);
}

// acos in degrees, by halving: the same everywhere
static double arc_degrees(double cosine)
{
    double lo = 0, hi = 180;
    for (int n = 0; n < 60; n++) {
        double middle = (lo + hi) / 2;
        if (pel__cos_degrees(middle) > cosine)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

static pel_status run_filter(filter *f, pel_mesh *mesh, const pel_smooth_params *params)
{
    int64_t blocks = (f->points + BLOCK - 1) / BLOCK, steps = params->smooth;
    double edge = arc_degrees(1 - params->pass_band), total = 0;
    pel_status s = PEL_OK;
    for (int64_t n = 0; n <= steps; n++)
        total += weight_of(n, steps, edge);
    double first = weight_of(0, steps, edge) / total;
    for (int64_t p = 0; p < f->points; p++)
        for (int a = 0; a < 3; a++) {
            f->here[p][a] = mesh->point_mm[p][a];
            f->sum[p][a] = (float)(first * (double)mesh->point_mm[p][a]);
        }
    for (int64_t n = 1; n <= steps && s == PEL_OK; n++) {
        f->weight = weight_of(n, steps, edge) / total;
        f->first_step = n == 1;
        s = pel__parallel(blocks, step_block, f, NULL);
        float(*swap)[3] = f->here;
        f->here = f->before;
        f->before = swap;
        if (s == PEL_OK)
            s = pel__progress("smoothing", (double)n / (double)steps);
    }
    return s;
}

// back to within the reach of where the point was, in voxels
static void hold(float to[3], const float from[3], const pel__smooth_reach *reach)
{
    pel_vec3 move = { (double)to[0] - (double)from[0], (double)to[1] - (double)from[1],
                      (double)to[2] - (double)from[2] };
    double length = pel__length(pel_affine_direction(reach->ijk_from_mm, move));
    if (length <= reach->voxels)
        return;
    move = pel__scale(move, reach->voxels / length);
    to[0] = (float)((double)from[0] + move.x);
    to[1] = (float)((double)from[1] + move.y);
    to[2] = (float)((double)from[2] + move.z);
}

// half-way to the mean of the neighbours, within reach
static pel_status relax_block(void *user, int64_t block)
{
    const filter *f = user;
    int64_t end = (block + 1) * BLOCK < f->points ? (block + 1) * BLOCK : f->points;
    for (int64_t p = block * BLOCK; p < end; p++) {
        double mean[3];
        mean_around(mean, f, p);
        for (int a = 0; a < 3; a++) {
            double here = (double)f->here[p][a];
            f->before[p][a] = (float)(here + 0.5 * (mean[a] - here));
        }
        hold(f->before[p], f->start[p], f->reach);
    }
    return PEL_OK;
}

// a membrane between walls: where it touches none it is smooth, and it leaves them without an edge
static pel_status relax(filter *f, int64_t steps)
{
    pel_status s = PEL_OK;
    memcpy(f->here, f->start, (size_t)f->points * sizeof *f->here);
    for (int64_t n = 1; n <= steps && s == PEL_OK; n++) {
        s = pel__parallel((f->points + BLOCK - 1) / BLOCK, relax_block, f, NULL);
        float(*swap)[3] = f->here;
        f->here = f->before;
        f->before = swap;
        if (s == PEL_OK)
            s = pel__progress("smoothing", (double)n / (double)steps);
    }
    memcpy(f->sum, f->here, (size_t)f->points * sizeof *f->here);
    return s;
}

static pel_status smooth_points(pel_mesh *mesh, const float (*start)[3],
                                const pel_smooth_params *params, const pel__smooth_reach *reach)
{
    int64_t *first;
    int32_t *list;
    filter f = { .points = mesh->points, .start = start, .reach = reach };
    pel_status s = find_neighbours(&first, &list, mesh);
    if (s != PEL_OK)
        return s;
    f.first = first;
    f.list = list;
    s = pel__alloc(&f.before, mesh->points, sizeof *f.before, "smoothing");
    if (s == PEL_OK)
        s = pel__alloc(&f.here, mesh->points, sizeof *f.here, "smoothing");
    if (s == PEL_OK)
        s = pel__alloc(&f.sum, mesh->points, sizeof *f.sum, "smoothing");
    if (s == PEL_OK)
        s = reach ? relax(&f, params->smooth) : run_filter(&f, mesh, params);
    if (s == PEL_OK)
        memcpy(mesh->point_mm, f.sum, (size_t)mesh->points * sizeof *f.sum);
    pel__free(first);
    pel__free(list);
    pel__free(f.before);
    pel__free(f.here);
    pel__free(f.sum);
    return s;
}

/* ---- volume ---- */

/* of one wall: what it swept over on its way out, and its area now */
typedef struct swept {
    double volume, area;
} swept;

// exact: along the straight way the area is quadratic in time, which Simpson's rule meets
static void sum_swept(swept *of, const pel_mesh *mesh, const int32_t *wall, const float (*start)[3])
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const int32_t *c = mesh->triangle[t];
        pel_vec3 was[3], now[3], moved = { 0, 0, 0 }, sum = { 0, 0, 0 }, area = { 0, 0, 0 };
        for (int n = 0; n < 3; n++) {
            was[n] = (pel_vec3){ (double)start[c[n]][0], (double)start[c[n]][1],
                                 (double)start[c[n]][2] };
            now[n] = pel__mesh_point(mesh, c[n]);
            moved = pel__plus(moved, pel__minus(now[n], was[n]));
        }
        for (int n = 0; n < 3; n++) {
            pel_vec3 p[3];
            for (int i = 0; i < 3; i++)
                p[i] = pel__plus(pel__scale(was[i], 1 - n / 2.0), pel__scale(now[i], n / 2.0));
            area = pel__cross(pel__minus(p[1], p[0]), pel__minus(p[2], p[0]));
            sum = pel__plus(sum, pel__scale(area, n == 1 ? 4 : 1));
        }
        of[wall[t]].volume += pel__dot(moved, sum) / 36;
        of[wall[t]].area += pel__length(area) / 2;
    }
}

// walls go back along their normals by what they swept over; where several meet, by their sum
static void move_back(pel_mesh *mesh, const swept *of, const int32_t *wall, double (*sum)[4])
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const swept *w = &of[wall[t]];
        // walls of a few triangles may have no volume to speak of
        double out = w->area > 0 ? -w->volume / w->area : 0, most = sqrt(w->area) / 50;
        out = fmin(most, fmax(-most, out));
        pel_vec3 area = pel__mesh_cross(mesh, t);
        for (int c = 0; c < 3; c++) {
            double *to = sum[mesh->triangle[t][c]];
            to[0] += out * area.x;
            to[1] += out * area.y;
            to[2] += out * area.z;
            to[3] += pel__length(area);
        }
    }
    for (int64_t p = 0; p < mesh->points; p++)
        for (int a = 0; a < 3 && sum[p][3] > 0; a++)
            mesh->point_mm[p][a] += (float)(sum[p][a] / sum[p][3]);
}

// each wall (of closed surfaces: each part) moves out until it encloses what it did; the filter
// draws curved ones in
static pel_status keep_volume(pel_mesh *mesh, const float (*start)[3], const int32_t *wall,
                              int64_t walls)
{
    swept *of = NULL;
    double(*sum)[4] = NULL;
    pel_status s = pel__alloc_zero(&of, walls, sizeof *of, "smoothing");
    if (s == PEL_OK)
        s = pel__alloc_zero(&sum, mesh->points, sizeof *sum, "smoothing");
    if (s == PEL_OK) {
        sum_swept(of, mesh, wall, start);
        move_back(mesh, of, wall, sum);
    }
    pel__free(of);
    pel__free(sum);
    return s;
}

// of a closed surface its parts, of a net the pairs of labels; NULL: none keeps a volume
static pel_status find_walls(int32_t **wall, int64_t *count, const pel_mesh *mesh)
{
    pel_topology t;
    int32_t *part = NULL;
    *wall = NULL;
    pel_status s = pel_mesh_topology(&t, mesh);
    bool net = pel__is_net(mesh);
    if (s != PEL_OK || (!net && (!t.closed || !t.oriented)))
        return s;
    s = pel__alloc(wall, mesh->triangles, sizeof **wall, "smoothing");
    if (s == PEL_OK && net)
        return pel__net_walls(*wall, count, mesh);
    if (s == PEL_OK)
        s = pel__alloc(&part, mesh->points, sizeof *part, "smoothing");
    if (s == PEL_OK)
        s = pel_mesh_parts(part, count, mesh);
    for (int64_t n = 0; s == PEL_OK && n < mesh->triangles; n++)
        (*wall)[n] = part[mesh->triangle[n][0]];
    pel__free(part);
    return s;
}

/* ---- how far ---- */

/* the surface before and after, while it is kept near */
typedef struct moved {
    pel_mesh *mesh;
    const float (*start)[3], (*normal)[3]; // before
    uint8_t *back;                         // points that go back to where they were
    int64_t *turned;                       // triangles of each block
} moved;

static double shift_of(const moved *m, int64_t p)
{
    double sum = 0;
    for (int c = 0; c < 3; c++)
        sum += (double)m->normal[p][c] * ((double)m->mesh->point_mm[p][c] - (double)m->start[p][c]);
    return fabs(sum);
}

// moves along the normals of the surface as it was
static void measure(pel_smoothed *out, const moved *m)
{
    pel_mesh before = *m->mesh;
    double sum = 0;
    before.point_mm = (float(*)[3])(uintptr_t)m->start;
    out->most_shift_mm = 0;
    for (int64_t p = 0; p < before.points; p++) {
        double shift = shift_of(m, p);
        sum += shift;
        out->most_shift_mm = fmax(out->most_shift_mm, shift);
    }
    out->mean_shift_mm = before.points ? sum / (double)before.points : 0;
    double volume = pel_mesh_volume_mm3(&before);
    out->volume_ratio =
        volume != 0 && !pel__is_net(m->mesh) ? pel_mesh_volume_mm3(m->mesh) / volume : NAN;
}

// no point beyond max_shift, nor their mean along the normals beyond its share of that
static void keep_near(const moved *m, double max_shift)
{
    pel_affine mm = pel_affine_identity();
    const pel__smooth_reach reach = { mm, max_shift };
    double sum = 0, most = MEAN_SHARE * max_shift * (double)m->mesh->points;
    for (int64_t p = 0; p < m->mesh->points; p++) {
        hold(m->mesh->point_mm[p], m->start[p], &reach);
        sum += shift_of(m, p);
    }
    for (int64_t p = 0; sum > most && p < m->mesh->points; p++)
        for (int a = 0; a < 3; a++) {
            double from = (double)m->start[p][a], to = (double)m->mesh->point_mm[p][a];
            m->mesh->point_mm[p][a] = (float)(from + (to - from) * (most / sum));
        }
}

static pel_status find_turned(void *user, int64_t block)
{
    const moved *m = user;
    pel_mesh before = *m->mesh;
    int64_t end = (block + 1) * BLOCK < before.triangles ? (block + 1) * BLOCK : before.triangles;
    before.point_mm = (float(*)[3])(uintptr_t)m->start;
    m->turned[block] = 0;
    for (int64_t t = block * BLOCK; t < end; t++) {
        if (!(pel__dot(pel__mesh_cross(&before, t), pel__mesh_cross(m->mesh, t)) < 0))
            continue;
        m->turned[block]++;
        // of several threads each writes the same
        for (int c = 0; c < 3; c++)
            __atomic_store_n(&m->back[before.triangle[t][c]], 1, __ATOMIC_RELAXED);
    }
    return PEL_OK;
}

// triangles that came to face backward go back, with all their corners, until there are none
static pel_status turn_back(moved *m)
{
    int64_t blocks = (m->mesh->triangles + BLOCK - 1) / BLOCK, turned = 1;
    pel_status s = pel__alloc_zero(&m->back, m->mesh->points, 1, "smoothing");
    if (s == PEL_OK)
        s = pel__alloc(&m->turned, blocks, sizeof *m->turned, "smoothing");
    while (s == PEL_OK && turned) {
        s = pel__parallel(blocks, find_turned, m, NULL);
        turned = 0;
        for (int64_t b = 0; b < blocks; b++)
            turned += m->turned[b];
        for (int64_t p = 0; p < m->mesh->points; p++)
            if (m->back[p])
                memcpy(m->mesh->point_mm[p], m->start[p], sizeof *m->start);
    }
    pel__free(m->back);
    pel__free(m->turned);
    return s;
}

// the filter or the membrane, then what keeps it near and sound
static pel_status move_points(moved *m, const pel_smooth_params *params,
                              const pel__smooth_reach *reach)
{
    int32_t *wall = NULL;
    int64_t walls;
    pel_status s = find_walls(&wall, &walls, m->mesh);
    if (s == PEL_OK)
        s = smooth_points(m->mesh, m->start, params, reach);
    if (s == PEL_OK && !isnan(params->max_shift))
        keep_near(m, params->max_shift);
    // twice: the first time areas and normals are not yet those it will have
    for (int n = 0; n < 2 && s == PEL_OK && wall; n++)
        s = keep_volume(m->mesh, m->start, wall, walls);
    pel__free(wall);
    for (int64_t p = 0; s == PEL_OK && reach && p < m->mesh->points; p++)
        hold(m->mesh->point_mm[p], m->start[p], reach);
    if (s == PEL_OK && !isnan(params->max_shift))
        keep_near(m, params->max_shift);
    return s == PEL_OK && !isnan(params->max_shift) ? turn_back(m) : s;
}

pel_status pel__smooth_within(pel_mesh *mesh, pel_smoothed *found, const pel_smooth_params *params,
                              const pel__smooth_reach *reach)
{
    float(*start)[3] = NULL;
    *found = (pel_smoothed){ .volume_ratio = 1 };
    if (params->smooth == 0 || mesh->triangles == 0)
        return PEL_OK;
    bool had_normals = pel_mesh_find(mesh, "normals");
    int arrays = mesh->arrays;
    pel_status s = pel_mesh_normals(mesh);
    if (s == PEL_OK)
        s = pel__alloc(&start, mesh->points, sizeof *start, "smoothing");
    if (s == PEL_OK) {
        moved m = { .mesh = mesh, .start = start, .normal = pel_mesh_find(mesh, "normals")->data };
        memcpy(start, mesh->point_mm, (size_t)mesh->points * sizeof *start);
        s = move_points(&m, params, reach);
        if (s == PEL_OK)
            measure(found, &m);
    }
    pel__free(start);
    if (s == PEL_OK && had_normals)
        return pel_mesh_normals(mesh);
    // those of the old surface were for measuring only
    while (mesh->arrays > arrays)
        pel__free(mesh->array[--mesh->arrays].data);
    return s;
}

pel_status pel_smooth(pel_mesh *mesh, pel_smoothed *found, const pel_smooth_params *params)
{
    pel_smoothed moved = { .volume_ratio = 1 };
    pel_status s = pel_schema_check(&pel_smooth_schema, params);
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK)
        s = pel__smooth_within(mesh, &moved, params, NULL);
    if (found)
        *found = moved;
    return pel__during(s, "smooth");
}
