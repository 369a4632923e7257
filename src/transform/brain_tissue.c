/* SPDX-License-Identifier: Apache-2.0 */
/* brain_tissue.c: the brain's tissue near a surface that is about the brain's, and its hull. */
#include "transform/brain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

/* ---- the box that is looked at ---- */

// the surface and what lies around it, within the grid
static void box_around(int64_t low[3], int64_t n[3], const pel__head *head, const pel__balloon *b,
                       double beside_mm)
{
    double lo[3] = { INFINITY, INFINITY, INFINITY }, hi[3] = { -INFINITY, -INFINITY, -INFINITY };
    for (int64_t p = 0; p < b->points; p++) {
        const double at[3] = { b->at[p].x, b->at[p].y, b->at[p].z };
        for (int a = 0; a < 3; a++) {
            lo[a] = at[a] < lo[a] ? at[a] : lo[a];
            hi[a] = at[a] > hi[a] ? at[a] : hi[a];
        }
    }
    for (int a = 0; a < 3; a++) {
        double last = (double)(head->n[a] - 1);
        double first = floor((lo[a] - beside_mm) / head->mm[a]);
        double end = ceil((hi[a] + beside_mm) / head->mm[a]);
        first = first > 0 ? first < last ? first : last : 0;
        end = end < last ? end > first ? end : first : last;
        low[a] = (int64_t)first;
        n[a] = (int64_t)end - (int64_t)first + 1;
    }
}

// a new volume of that box, without voxels of its own
static pel_status box_volume(pel_volume *out, const int64_t n[3], const double mm[3],
                             pel_dtype dtype)
{
    pel_volume shape = { .dims = { n[0], n[1], n[2] }, .dtype = dtype };
    shape.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        shape.mm_from_ijk.m[a][a] = mm[a];
    return pel_volume_like(out, &shape, dtype);
}

static pel_status cut_box(pel_volume *out, const pel__head *head, const int64_t low[3],
                          const int64_t n[3])
{
    pel_status s = box_volume(out, n, head->mm, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    float *to = out->data;
    for (int64_t k = 0; k < n[2]; k++)
        for (int64_t j = 0; j < n[1]; j++)
            memcpy(to + (k * n[1] + j) * n[0],
                   head->value + ((k + low[2]) * head->n[1] + j + low[1]) * head->n[0] + low[0],
                   (size_t)n[0] * sizeof *to);
    return PEL_OK;
}

/* ---- how bright the brain is, from place to place ---- */

static const double smooth_mm = 18; /* over which its brightness changes */
static const double within_mm = 4;  /* below the surface there is little but brain */

double pel__blocks_at(const pel__blocks *b, const int64_t at[3])
{
    pel__head head = pel__head_of(&b->level);
    double p[3];
    for (int a = 0; a < 3; a++)
        p[a] = ((double)at[a] - 0.5 * (double)(b->step[a] - 1)) / (double)b->step[a] * head.mm[a];
    return pel__head_at(&head, (pel_vec3){ p[0], p[1], p[2] });
}

pel_status pel__blocks_new(pel__blocks *out, const pel_volume *image, double block_mm)
{
    pel_vec3 mm = pel_volume_spacing_mm(image);
    double edge[3] = { mm.x, mm.y, mm.z };
    int64_t n[3];
    for (int a = 0; a < 3; a++) {
        out->step[a] = edge[a] < 0.67 * block_mm ? (int64_t)(block_mm / edge[a] + 0.5) : 1;
        n[a] = (image->dims[a] + out->step[a] - 1) / out->step[a];
        edge[a] *= (double)out->step[a];
    }
    pel_status s = box_volume(&out->level, n, edge, PEL_FLOAT32);
    if (s == PEL_OK)
        memset(out->level.data, 0, (size_t)pel_volume_bytes(&out->level));
    return s;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static pel_status median_of(double *out, const pel_volume *image, const float *depth_mm)
{
    int64_t count = pel_volume_count(image), kept = 0;
    const float *v = image->data;
    float *some;
    pel_status s = pel__alloc(&some, count / 5 + 1, sizeof *some, "levels");
    for (int64_t i = 0; i < count && s == PEL_OK; i += 5)
        if ((double)depth_mm[i] > within_mm)
            some[kept++] = v[i];
    if (s == PEL_OK && kept == 0)
        s = pel__fail(PEL_EDATA, "no brain is found in it");
    if (s == PEL_OK) {
        qsort(some, (size_t)kept, sizeof *some, by_size);
        *out = (double)some[kept / 2];
    }
    pel__free(some);
    return s;
}

pel_status pel__soften(pel_volume *v, double sigma_mm)
{
    pel_gaussian_params params = pel_gaussian_defaults();
    pel_volume out = { 0 };
    params.sigma = (pel_length){ sigma_mm, PEL_MM };
    pel_status s = pel_gaussian(&out, v, &params);
    if (s != PEL_OK)
        return s;
    pel_volume_free(v);
    *v = out;
    return PEL_OK;
}

// sums over blocks of what lies within the brain and is about as bright as it
static void gather(pel_volume *sum, pel_volume *weight, const pel__blocks *f,
                   const pel_volume *image, const float *depth_mm)
{
    const float *v = image->data;
    float *sums = sum->data, *weights = weight->data;
    const int64_t *n = image->dims, *m = sum->dims;
    for (int64_t k = 0; k < n[2]; k++)
        for (int64_t j = 0; j < n[1]; j++)
            for (int64_t i = 0; i < n[0]; i++) {
                int64_t at = (k * n[1] + j) * n[0] + i;
                if (!((double)depth_mm[at] > within_mm))
                    continue;
                int64_t to = (k / f->step[2] * m[1] + j / f->step[1]) * m[0] + i / f->step[0];
                double usual = (double)((const float *)f->level.data)[to];
                if ((double)v[at] < 0.65 * usual || (double)v[at] > 1.45 * usual)
                    continue;
                sums[to] += v[at];
                weights[to] += 1;
            }
}

static pel_status renew_field(pel__blocks *f, const pel_volume *image, const float *depth_mm)
{
    pel_volume sum = { 0 }, weight = { 0 };
    pel_status s = pel_volume_like(&sum, &f->level, PEL_FLOAT32);
    if (s == PEL_OK)
        s = pel_volume_like(&weight, &f->level, PEL_FLOAT32);
    if (s == PEL_OK) {
        memset(sum.data, 0, (size_t)pel_volume_bytes(&sum));
        memset(weight.data, 0, (size_t)pel_volume_bytes(&weight));
        gather(&sum, &weight, f, image, depth_mm);
        s = pel__soften(&sum, smooth_mm);
    }
    if (s == PEL_OK)
        s = pel__soften(&weight, smooth_mm);
    float *level = f->level.data;
    const float *a = sum.data, *w = weight.data;
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(&f->level); i++)
        level[i] = w[i] > 1e-4f ? a[i] / w[i] : level[i];
    pel_volume_free(&sum);
    pel_volume_free(&weight);
    return s;
}

static pel_status make_field(pel__blocks *f, const pel_volume *image, const float *depth_mm)
{
    const double block_mm = 3;
    double median;
    pel_status s = median_of(&median, image, depth_mm);
    if (s == PEL_OK)
        s = pel__blocks_new(f, image, block_mm);
    float *level = f->level.data;
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(&f->level); i++)
        level[i] = (float)median;
    for (int r = 0; r < 3 && s == PEL_OK; r++)
        s = renew_field(f, image, depth_mm);
    return s;
}

/* ---- the box with all that is known of its voxels ---- */

typedef struct tissue {
    int64_t low[3];          // of the box in the grid
    pel_volume image;        // float32
    pel_volume depth_mm;     // float32: how deep below the surface
    uint8_t *may, *is, *set; // is as bright as tissue; is the brain's; scratch
    pel__blocks bright;
    bool is_placed;           // where in the usual brain things lie
    pel_affine usual_from_mm; // mm of the whole grid
} tissue;

// along its shortest edge
static double half_voxel(const tissue *t)
{
    pel_vec3 mm = pel_volume_spacing_mm(&t->image);
    return 0.5 * fmin(mm.x, fmin(mm.y, mm.z));
}

// from each voxel in or out of the mask to the other side
static pel_status measure(pel_volume *out, const uint8_t *mask, const tissue *t, int side)
{
    pel_volume view = t->image;
    pel_distance_params params = pel_distance_defaults();
    view.dtype = PEL_UINT8;
    view.data = (void *)(uintptr_t)mask;
    params.side = side;
    return pel_distance(out, &view, &params);
}

// what lies at most that far from the mask belongs to it
static pel_status widen(uint8_t *mask, const tissue *t, double by_mm)
{
    pel_volume away = { 0 };
    pel_status s = measure(&away, mask, t, PEL_OUTSIDE);
    const float *d = away.data;
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(&away); i++)
        mask[i] = (double)d[i] <= by_mm;
    pel_volume_free(&away);
    return s;
}

static pel_status narrow(uint8_t *mask, const tissue *t, double by_mm)
{
    pel_volume deep = { 0 };
    pel_status s = measure(&deep, mask, t, PEL_INSIDE);
    const float *d = deep.data;
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(&deep); i++)
        mask[i] = (double)d[i] > by_mm;
    pel_volume_free(&deep);
    return s;
}

static pel_status keep_largest(uint8_t *mask, const tissue *t)
{
    pel_volume view = t->image, kept = { 0 };
    pel_components_params one = pel_components_defaults();
    view.dtype = PEL_UINT8;
    view.data = mask;
    one.largest = 1;
    pel_status s = pel_keep_components(&kept, &view, &one);
    if (s == PEL_OK)
        memcpy(mask, kept.data, (size_t)pel_volume_count(&view));
    pel_volume_free(&kept);
    return s;
}

// what is the brain's grows over the scratch mask, face by face, about that far
static pel_status grow(tissue *t, double reach_mm)
{
    const int64_t *n = t->image.dims, step[3] = { 1, n[0], n[0] * n[1] };
    pel_vec3 mm = pel_volume_spacing_mm(&t->image);
    int64_t count = pel_volume_count(&t->image), begin = 0, end = 0, filled = 0;
    int64_t *queue;
    pel_status s = pel__alloc(&queue, count, sizeof *queue, "a brain");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < count; i++)
        if (t->is[i])
            queue[filled++] = i;
    for (double way = 0; way < reach_mm && begin < filled; way += (mm.x + mm.y + mm.z) / 3)
        for (end = filled; begin < end; begin++) {
            int64_t i = queue[begin];
            const int64_t at[3] = { i % n[0], i / n[0] % n[1], i / step[2] };
            for (int side = 0; side < 6; side++) {
                int a = side / 2, by = side % 2 ? 1 : -1;
                int64_t q = i + by * step[a];
                if (at[a] + by < 0 || at[a] + by >= n[a] || t->is[q] || !t->set[q])
                    continue;
                t->is[q] = 1;
                queue[filled++] = q;
            }
        }
    pel__free(queue);
    return PEL_OK;
}

/* ---- tissue ---- */

// between these parts of how bright the brain is there
static void mark_tissue(tissue *t, double least, double low, double high)
{
    const float *v = t->image.data;
    const int64_t *n = t->image.dims;
    int64_t at[3], i = 0;
    for (at[2] = 0; at[2] < n[2]; at[2]++)
        for (at[1] = 0; at[1] < n[1]; at[1]++)
            for (at[0] = 0; at[0] < n[0]; at[0]++, i++) {
                double part = ((double)v[i] - least) / (pel__blocks_at(&t->bright, at) - least);
                t->may[i] = part > low && part < high;
            }
}

// of the parts of the scratch mask that nothing is known of, those mostly below the surface
static pel_status take_inner(tissue *t)
{
    const double mostly = 0.6, below_mm = 2;
    pel_volume view = t->image, labels = { 0 };
    pel_component *list = NULL;
    int64_t parts = 0, count = pel_volume_count(&t->image), *inner = NULL;
    const float *depth = t->depth_mm.data;
    pel_components_params all = pel_components_defaults();
    view.dtype = PEL_UINT8;
    view.data = t->set;
    pel_status s = pel_components(&labels, &list, &parts, &view, &all);
    if (s == PEL_OK)
        s = pel__alloc_zero(&inner, parts + 1, sizeof *inner, "a brain");
    const uint32_t *label = labels.data;
    for (int64_t i = 0; s == PEL_OK && i < count; i++)
        inner[label[i]] += t->is[i] ? -count : (double)depth[i] > below_mm;
    for (int64_t i = 0; s == PEL_OK && i < count; i++)
        if (label[i] && depth[i] > 0 &&
            (double)inner[label[i]] > mostly * (double)list[label[i] - 1].voxels)
            t->is[i] = 1;
    pel__free(inner);
    free(list);
    pel_volume_free(&labels);
    return s;
}

// tissue that lies less than its thickness beside what was found in it, and hangs together with it
static pel_status thicken(tissue *t, double by_mm)
{
    const double aslant = 1.75; // way along faces for one along the diagonal
    int64_t count = pel_volume_count(&t->image);
    memcpy(t->set, t->is, (size_t)count);
    pel_status s = widen(t->set, t, by_mm);
    for (int64_t i = 0; i < count; i++)
        t->set[i] &= t->may[i];
    return s == PEL_OK ? grow(t, aslant * by_mm) : s;
}

// from thick to thin: what lies below the surface, and what hangs on it by something thick
static pel_status grow_tissue(tissue *t)
{
    enum { LOOKS = 4 };
    static const double radius_mm[LOOKS] = { 5.5, 3.5, 2, 1 };
    const double out_mm = half_voxel(t) > 1 ? 3 : 8; // thick voxels bridge the skull
    const double least_depth_mm[LOOKS] = { 0, -out_mm, -out_mm, 0 };
    static const double reach_mm[LOOKS] = { 12, 12, 12, 40 };
    const double beside_mm = 0.5;
    int64_t count = pel_volume_count(&t->image);
    double half = half_voxel(t);
    pel_volume thick = { 0 };
    pel_status s = measure(&thick, t->may, t, PEL_INSIDE);
    const float *d = thick.data, *depth = t->depth_mm.data;
    memset(t->is, 0, (size_t)count);
    for (int r = 0; r < LOOKS && s == PEL_OK; r++) {
        for (int64_t i = 0; i < count; i++)
            t->set[i] = (double)d[i] > radius_mm[r] + half;
        if (r == 1 || r == 2)
            s = take_inner(t);
        for (int64_t i = 0; i < count; i++)
            t->set[i] &= (double)depth[i] > least_depth_mm[r];
        if (s == PEL_OK && r == 0) {
            memcpy(t->is, t->set, (size_t)count);
            s = keep_largest(t->is, t);
        }
        if (s == PEL_OK)
            s = grow(t, reach_mm[r]);
        if (s == PEL_OK && r >= 2)
            s = thicken(t, radius_mm[r] + half + beside_mm);
    }
    pel_volume_free(&thick);
    return s;
}

/* ---- the hull of the tissue ---- */

// whole voxels and half of one: where masks widen by that, on average, whichever way they face
static double whole_voxels(const tissue *t, double mm)
{
    double edge = 2 * half_voxel(t);
    return (floor(mm / edge) + 0.5) * edge;
}

// what widens and narrows by that leaves, `zero_mm` deep at its edge, and with its holes
static pel_status close_over(pel_volume *out_mm, uint8_t *mask, const tissue *t, double by_mm,
                             double zero_mm)
{
    pel_volume view = t->image, whole = { 0 };
    pel_status s = widen(mask, t, by_mm);
    if (s == PEL_OK)
        s = measure(out_mm, mask, t, PEL_INSIDE);
    if (s != PEL_OK)
        return s;
    float *d = out_mm->data;
    int64_t count = pel_volume_count(&view);
    for (int64_t i = 0; i < count; i++) {
        d[i] -= (float)zero_mm;
        mask[i] = d[i] > 0;
    }
    view.dtype = PEL_UINT8;
    view.data = mask;
    s = pel_fill_holes(&whole, &view);
    const uint8_t *filled = whole.data;
    for (int64_t i = 0; s == PEL_OK && i < count; i++)
        d[i] = filled[i] && !mask[i] ? (float)by_mm : d[i];
    pel_volume_free(&whole);
    return s;
}

static const double cleft_mm = 1.5; /* half as wide as what is no cistern */

// around the stem, between cerebellum and temporal lobes, where fluid lies wide
static bool is_by_stem(pel_vec3 usual_mm)
{
    const pel_vec3 middle = { 0, -22, -22 }, radii = { 42, 38, 30 };
    pel_vec3 p = pel__minus(usual_mm, middle);
    pel_vec3 q = { p.x / radii.x, p.y / radii.y, p.z / radii.z };
    return pel__dot(q, q) < 1;
}

// the mask becomes what the first hull holds by the stem and the second does not, where it is wide
static pel_status find_cisterns(uint8_t *mask, const tissue *t, const float *wide_mm,
                                const float *narrow_mm)
{
    const int64_t *n = t->image.dims;
    pel_vec3 mm = pel_volume_spacing_mm(&t->image);
    for (int64_t k = 0, i = 0; k < n[2]; k++)
        for (int64_t y = 0; y < n[1]; y++)
            for (int64_t x = 0; x < n[0]; x++, i++) {
                pel_vec3 at = { (double)(x + t->low[0]) * mm.x, (double)(y + t->low[1]) * mm.y,
                                (double)(k + t->low[2]) * mm.z };
                mask[i] = wide_mm[i] > 0 && !(narrow_mm[i] > 0) &&
                          is_by_stem(pel_affine_point(t->usual_from_mm, at));
            }
    double by_mm = whole_voxels(t, cleft_mm);
    pel_status s = narrow(mask, t, by_mm);
    return s == PEL_OK ? widen(mask, t, by_mm) : s;
}

// gives back the fluid by the stem; the mask is the tissue, and then something else
static pel_status open_cisterns(pel_volume *hull_mm, const tissue *t, uint8_t *mask,
                                double beyond_mm)
{
    double by_mm = whole_voxels(t, cleft_mm);
    pel_volume near = { 0 };
    pel_status s = close_over(&near, mask, t, by_mm, by_mm - beyond_mm);
    float *d = hull_mm->data;
    const float *other = near.data;
    if (s == PEL_OK)
        s = find_cisterns(mask, t, d, other);
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(hull_mm); i++)
        d[i] = mask[i] && other[i] < d[i] ? other[i] : d[i];
    pel_volume_free(&near);
    return s;
}

// how deep below the hull over sulci and `beyond_mm` around it; holes are inside
static pel_status hull_of(pel_volume *out_mm, tissue *t, double beyond_mm)
{
    // steps of large voxels stand out, and the hull lies on them
    const double rough = 0.3, sulcus_mm = 5;
    double edge = 2 * half_voxel(t), beyond = beyond_mm - rough * (edge > 1 ? edge - 1 : 0);
    double by_mm = whole_voxels(t, sulcus_mm);
    memcpy(t->set, t->is, (size_t)pel_volume_count(&t->image));
    pel_status s = close_over(out_mm, t->is, t, by_mm, by_mm - beyond);
    if (s == PEL_OK && t->is_placed)
        s = open_cisterns(out_mm, t, t->set, beyond);
    return s;
}

// tissue below bright fluid, which makes what it shares a voxel with look like tissue
static pel_status below_fluid(pel_volume *hull_mm, tissue *t, double least, double high)
{
    const double film_mm = fmax(1.2, 1.2 * half_voxel(t));
    const float *d = hull_mm->data;
    mark_tissue(t, least, 0.6, high);
    for (int64_t i = 0; i < pel_volume_count(hull_mm); i++)
        t->may[i] &= (double)d[i] > film_mm;
    pel_volume_free(hull_mm);
    pel_status s = grow_tissue(t);
    if (s == PEL_OK)
        s = hull_of(hull_mm, t, 0);
    return s;
}

/* ---- all of it ---- */

static pel_status open_box(tissue *t, const pel__head *head, const pel__balloon *b)
{
    const double beside_mm = 20;
    int64_t n[3];
    box_around(t->low, n, head, b, beside_mm);
    pel_status s = cut_box(&t->image, head, t->low, n);
    int64_t count = pel_volume_count(&t->image);
    if (s == PEL_OK)
        s = pel__alloc_zero(&t->may, 3 * count, sizeof *t->may, "a brain");
    if (s != PEL_OK)
        return s;
    t->is = t->may + count;
    t->set = t->is + count;
    // the surface as seen from the box
    pel__balloon moved = *b;
    s = pel__alloc(&moved.at, b->points, sizeof *moved.at, "a surface");
    if (s != PEL_OK)
        return s;
    pel_vec3 low = { (double)t->low[0] * head->mm[0], (double)t->low[1] * head->mm[1],
                     (double)t->low[2] * head->mm[2] };
    for (int64_t p = 0; p < b->points; p++)
        moved.at[p] = pel__minus(b->at[p], low);
    s = pel__balloon_fill(t->set, n, head->mm, &moved);
    pel__free(moved.at);
    if (s == PEL_OK)
        s = measure(&t->depth_mm, t->set, t, PEL_SIGNED);
    if (s == PEL_OK)
        s = make_field(&t->bright, &t->image, t->depth_mm.data);
    return s;
}

static void close_box(tissue *t)
{
    pel_volume_free(&t->image);
    pel_volume_free(&t->depth_mm);
    pel_volume_free(&t->bright.level);
    pel__free(t->may);
}

pel_status pel__tissue_find(pel_volume *out_mm, int64_t low[3], const pel__head *head,
                            const pel__levels *levels, const pel__edge *edge, const pel__balloon *b)
{
    const double least_part = 0.5, least_of_fluid = 0.6, most_part = 1.5;
    bool dark = edge->fluid == PEL__FLUID_DARK;
    // half-way from grey matter, where fluid is bright a quarter brighter than the middle, to fluid
    double least = levels->least, fluid = 0.5 * (1.25 * edge->brain + edge->rim) - 1.125 * least;
    tissue t = { .is_placed = edge->is_placed, .usual_from_mm = edge->usual_from_mm };
    *out_mm = (pel_volume){ 0 };
    pel_status s = open_box(&t, head, b);
    if (s == PEL_OK) {
        mark_tissue(&t, least, dark ? least_part : least_of_fluid, dark ? most_part : INFINITY);
        s = grow_tissue(&t);
    }
    if (s == PEL_OK)
        s = hull_of(out_mm, &t, dark ? edge->beyond_mm : 0);
    if (s == PEL_OK && edge->fluid == PEL__FLUID_BRIGHT && !edge->with_fluid)
        s = below_fluid(out_mm, &t, least, fluid / (edge->brain - least));
    if (s == PEL_OK && dark && edge->is_sharp && half_voxel(&t) < 1.1)
        s = pel__border_settle(out_mm, &t.image, edge->beyond_mm);
    memcpy(low, t.low, sizeof t.low);
    close_box(&t);
    if (s != PEL_OK)
        pel_volume_free(out_mm);
    return s;
}
