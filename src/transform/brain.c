/* SPDX-License-Identifier: Apache-2.0 */
/* brain.c: the brain in an image of a head, as a mask, without a network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "transform/brain.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_NUMBER(pel_brain_params, border, "0", -20, 50, "mm",
               "move the edge of the mask outward, or inward when negative"),
    PEL_CHOICE(pel_brain_params, csf, "out", "out|in",
               "the fluid around the brain: out of the mask, or in it"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_brain_schema = { .name = "brain",
                                      .summary = "the brain in an image of a head",
                                      .params_size = sizeof(pel_brain_params),
                                      .params = table,
                                      .count = (int)(sizeof table / sizeof *table),
                                      .plan = plan };

pel_brain_params pel_brain_defaults(void)
{
    pel_brain_params params;
    pel_schema_defaults(&pel_brain_schema, &params);
    return params;
}

static const double fine_mm = 0.9, coarse_mm = 2; /* voxels that are looked at, at least */
static const double most_ml = 2500;               /* of any brain */

// cubes of that edge, or of the shortest edge there is; longer edges stay
static void fine_dims(int64_t dims[3], const pel_volume *in, double edge_mm)
{
    pel_vec3 mm = pel_volume_spacing_mm(in);
    const double edge[3] = { mm.x, mm.y, mm.z };
    double cube = fmax(edge_mm, fmin(mm.x, fmin(mm.y, mm.z)));
    for (int a = 0; a < 3; a++) {
        double old = (double)in->dims[a], n = old * edge[a] / cube;
        // what is nearly a cube stays, too
        dims[a] = n > old || (old - n < 0.2 * old && edge[a] >= edge_mm)
                      ? in->dims[a]
                      : (int64_t)fmax(1, floor(n));
    }
}

static pel_morphology_params border_params(double border_mm)
{
    pel_morphology_params params = pel_morphology_defaults();
    params.operation = border_mm > 0 ? PEL_DILATE : PEL_ERODE;
    params.radius = (pel_length){ fabs(border_mm), PEL_MM };
    return params;
}

static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_brain_params *p = params;
    // the largest brain turned any way, and what is looked at around it
    const double most_mm = 250, most_mm3 = 8.8e6;
    int64_t fine[3], count = 1, box = 1;
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    const double edge[3] = { mm.x, mm.y, mm.z };
    double voxel_mm3 = 1;
    fine_dims(fine, shape, fine_mm);
    for (int a = 0; a < 3; a++) {
        double fine_edge = (double)shape->dims[a] * edge[a] / (double)fine[a];
        double n = ceil(most_mm / fine_edge);
        voxel_mm3 *= fine_edge;
        count *= fine[a];
        box *= n < (double)fine[a] ? (int64_t)n : fine[a];
    }
    box = (double)box > most_mm3 / voxel_mm3 ? (int64_t)(most_mm3 / voxel_mm3) : box;
    // as numbers with what they were made of; then in the box numbers, depths, masks, hulls; last
    // depths and two masks
    int64_t making = 9 * count, finding = 5 * count + 24 * box,
            filling = 5 * count + 4 * box + 3 * pel_volume_count(shape);
    int64_t most = making > finding ? making : finding;
    if (p->border != 0) {
        pel_morphology_params border = border_params(p->border);
        pel_volume mask = *shape;
        mask.dtype = PEL_UINT8;
        filling += pel_morphology_schema.plan(&border, &mask);
    }
    return (most > filling ? most : filling) + (4 << 20);
}

/* what is looked at: fine to place the edge, coarse to find it */
typedef struct looking {
    pel_volume fine, coarse; // float32
    pel__head near, far;     // the same as heads
    pel__levels levels;
    pel_vec3 centre_mm; // of the largest ball in the head
    double radius_mm;
    pel_volume depth; // float32: of the coarse voxels below the surface of what is bright
    bool is_placed;   // where in the usual brain its places lie
    pel_affine usual_from_mm;
    bool ct;
} looking;

/* ---- preparation ---- */

// in Hounsfield units bone becomes as dark as air, and what is about as dense as brain bright
static void window_ct(float *v, int64_t count, double zero)
{
    for (int64_t i = 0; i < count; i++) {
        float hu = v[i] - (float)zero;
        v[i] = hu < 0 || hu > 90 ? 0 : hu > 55 ? (90 - hu) * (55 / 35.0f) : hu;
    }
}

/* how often which value, from the least one on */
enum { BINS = 200 };
static const double bin_width = 20;

// where Hounsfield units have their zero: at 0 if air is -1000; else such numbers were made
// positive, which is seen by water and tissue, all about as bright, 1000 above air; NaN: no CT
static double ct_zero(const float *v, int64_t count, double least)
{
    if (least < -500)
        return 0;
    int64_t bin[BINS] = { 0 }, above = 0, between = 0, near = 0;
    const int first = (int)(500 / bin_width), low = (int)(900 / bin_width),
              high = (int)(1150 / bin_width), bone = (int)(1700 / bin_width);
    for (int64_t i = 0; i < count; i++) {
        double n = ((double)v[i] - least) / bin_width;
        bin[n < BINS - 1 ? (int)n : BINS - 1]++;
    }
    int mode = first;
    int64_t bones = 0;
    for (int n = first; n < BINS; n++) {
        above += bin[n];
        mode = bin[n] > bin[mode] ? n : mode;
        bones += n >= bone ? bin[n] : 0;
    }
    if (mode < low || mode > high || 100 * bones < above)
        return NAN;
    for (int n = mode - 4; n <= mode + 4; n++)
        near += bin[n];
    for (int n = mode - 20; n < mode - 8; n++)
        between += bin[n];
    const double tissue_hu = 35;
    bool is = (double)near > 0.45 * (double)above && (double)between < 0.12 * (double)above;
    return is ? least + (mode + 0.5) * bin_width - tissue_hu : NAN;
}

static pel_status resize_to(pel_volume *out, const pel_volume *in, double edge_mm)
{
    int64_t dims[3];
    fine_dims(dims, in, edge_mm);
    pel_numbers voxels = { .count = 3,
                           .value = { (double)dims[0], (double)dims[1], (double)dims[2] } };
    return pel_resize(out, in, &voxels);
}

static pel_status prepare(looking *l, const pel_volume *in)
{
    pel_status s = resize_to(&l->fine, in, fine_mm);
    if (s != PEL_OK)
        return s;
    float *v = l->fine.data, least = INFINITY;
    int64_t count = pel_volume_count(&l->fine);
    for (int64_t i = 0; i < count; i++)
        least = v[i] < least ? v[i] : least;
    for (int64_t i = 0; i < count; i++)
        v[i] = isfinite(v[i]) ? v[i] : least;
    double zero = ct_zero(v, count, (double)least);
    l->ct = !isnan(zero);
    if (l->ct)
        window_ct(v, count, zero);
    s = resize_to(&l->coarse, &l->fine, coarse_mm);
    l->near = pel__head_of(&l->fine);
    l->far = pel__head_of(&l->coarse);
    return s;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// robust least and most, and where air ends
static pel_status measure(looking *l)
{
    int64_t count = pel_volume_count(&l->coarse), dark = 0;
    double threshold, sum = 0;
    float *v;
    pel_status s = pel_otsu(&threshold, &l->coarse, 2);
    if (s != PEL_OK)
        return pel__fail(PEL_EDATA, "all voxels are alike; there is no brain to find");
    s = pel__alloc(&v, count, sizeof *v, "levels");
    if (s != PEL_OK)
        return s;
    memcpy(v, l->coarse.data, (size_t)count * sizeof *v);
    qsort(v, (size_t)count, sizeof *v, by_size);
    for (; dark < count && (double)v[dark] <= threshold; dark++)
        sum += (double)v[dark];
    double mean = sum / (double)(dark > 0 ? dark : 1);
    l->levels.least = (double)v[count / 50];
    l->levels.most = (double)v[count - 1 - (count - dark) / 50];
    l->levels.head = mean + 0.35 * (threshold - mean);
    pel__free(v);
    return PEL_OK;
}

static pel_vec3 place(const pel__head *h, int64_t index)
{
    int64_t i = index % h->n[0], j = index / h->n[0] % h->n[1], k = index / (h->n[0] * h->n[1]);
    return (pel_vec3){ (double)i * h->mm[0], (double)j * h->mm[1], (double)k * h->mm[2] };
}

// the middle of where the distance from outside the head is nearly greatest
static void centre_of(looking *l, const float *depth, int64_t count)
{
    int64_t best = 0, kept = 0;
    pel_vec3 sum = { 0 };
    for (int64_t i = 0; i < count; i++)
        best = isfinite(depth[i]) && depth[i] > depth[best] ? i : best;
    pel_vec3 deepest = place(&l->far, best);
    for (int64_t i = 0; i < count; i++) {
        pel_vec3 at = place(&l->far, i);
        if (!(depth[i] >= 0.92f * depth[best]) ||
            pel__length(pel__minus(at, deepest)) > (double)depth[best])
            continue;
        sum = pel__plus(sum, at);
        kept++;
    }
    l->centre_mm = kept > 0 ? pel__scale(sum, 1 / (double)kept) : deepest;
    l->radius_mm = (double)depth[best];
}

static pel_status find_centre(looking *l)
{
    pel_volume mask = { 0 }, closed = { 0 }, filled = { 0 };
    pel_morphology_params close = pel_morphology_defaults();
    pel_distance_params inside = pel_distance_defaults();
    close.operation = PEL_CLOSE;
    close.radius = (pel_length){ 4, PEL_MM };
    pel_status s = pel_threshold(&mask, &l->coarse, l->levels.head, INFINITY);
    if (s == PEL_OK)
        s = pel_morphology(&closed, &mask, &close);
    if (s == PEL_OK)
        s = pel_fill_holes(&filled, &closed);
    if (s == PEL_OK)
        s = pel_distance(&l->depth, &filled, &inside);
    if (s == PEL_OK)
        centre_of(l, l->depth.data, pel_volume_count(&l->depth));
    pel_volume_free(&mask);
    pel_volume_free(&closed);
    pel_volume_free(&filled);
    return s;
}

// the median well inside the largest ball
static pel_status find_middle(looking *l)
{
    int64_t count = pel_volume_count(&l->coarse), kept = 0;
    const float *from = l->coarse.data;
    float *v;
    pel_status s = pel__alloc(&v, count, sizeof *v, "levels");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < count; i++)
        if (pel__length(pel__minus(place(&l->far, i), l->centre_mm)) < 0.6 * l->radius_mm)
            v[kept++] = from[i];
    qsort(v, (size_t)kept, sizeof *v, by_size);
    l->levels.middle = kept > 0 ? (double)v[kept / 2] : l->levels.least;
    pel__free(v);
    return PEL_OK;
}

static pel_status soften(pel_volume *out, const pel_volume *in, double sigma_mm)
{
    pel_gaussian_params params = pel_gaussian_defaults();
    params.sigma = (pel_length){ sigma_mm, PEL_MM };
    return pel_gaussian(out, in, &params);
}

// beside even nothing, bright without the dark layer that a skull is
static bool is_bare(const looking *l)
{
    if (!l->depth.data || l->ct)
        return false;
    const float *v = l->coarse.data, *depth = l->depth.data;
    int64_t count = pel_volume_count(&l->coarse), even = 0, ring = 0, dark = 0, all = 0;
    double half = l->levels.least + 0.45 * (l->levels.middle - l->levels.least);
    float least = INFINITY;
    for (int64_t i = 0; i < count; i++)
        least = v[i] < least ? v[i] : least;
    for (int64_t i = 0; i < count; i++) {
        even += v[i] == least;
        all += depth[i] > 0;
        if (!(depth[i] > 4 && depth[i] <= 12))
            continue;
        ring++;
        dark += (double)v[i] < half;
    }
    pel_vec3 mm = pel_volume_spacing_mm(&l->coarse);
    return 4 * even > count && (double)dark < 0.12 * (double)ring &&
           (double)all * mm.x * mm.y * mm.z < 1000 * most_ml;
}

/* ---- where the surface starts ---- */

// both grids begin at the same face, so their first voxels' centres lie apart
static void change_grid(pel__balloon *b, const double from_mm[3], const double to_mm[3])
{
    for (int64_t p = 0; p < b->points; p++) {
        b->at[p].x += 0.5 * (from_mm[0] - to_mm[0]);
        b->at[p].y += 0.5 * (from_mm[1] - to_mm[1]);
        b->at[p].z += 0.5 * (from_mm[2] - to_mm[2]);
    }
}

static pel_affine axes_of(const pel_volume *in)
{
    pel_affine axes = pel_affine_identity(), m = pel__volume_affine(in);
    for (int a = 0; a < 3; a++) {
        pel_vec3 u = pel__unit(pel__column(m, a));
        axes.m[a][0] = u.x;
        axes.m[a][1] = u.y;
        axes.m[a][2] = u.z;
    }
    return axes;
}

static pel_status start_from_shape(pel__balloon *out, looking *l, const pel_volume *in)
{
    pel_volume soft = { 0 };
    pel_status s = find_centre(l);
    if (s == PEL_OK)
        s = find_middle(l);
    if (s == PEL_OK && !(l->levels.middle > l->levels.least && l->radius_mm > 20))
        s = pel__fail(PEL_EDATA, "no head is found in it");
    if (s == PEL_OK)
        s = soften(&soft, &l->coarse, 2);
    if (s == PEL_OK) {
        pel__place place = { .head = pel__head_of(&soft),
                             .centre_mm = l->centre_mm,
                             .radius_mm = l->radius_mm };
        if (!is_bare(l) && !l->ct)
            place.depth = pel__head_of(&l->depth);
        pel_affine axes = axes_of(in);
        s = pel__shape_fit(out, &l->usual_from_mm, &place, &l->levels, in->oriented ? &axes : NULL);
    }
    if (s == PEL_OK) {
        pel_affine far_from_near = pel_affine_identity();
        for (int a = 0; a < 3; a++)
            far_from_near.m[a][3] = 0.5 * (l->near.mm[a] - l->far.mm[a]);
        l->usual_from_mm = pel_affine_multiply(l->usual_from_mm, far_from_near);
        l->is_placed = true;
        change_grid(out, l->far.mm, l->near.mm);
    }
    pel_volume_free(&soft);
    return s;
}

// on every ray from the middle of the prior, where it ends
static pel_status start_from_prior(pel__balloon *out, looking *l, const pel_volume *prior,
                                   const pel_volume *in)
{
    pel_volume mask = { 0 };
    pel_status s = pel_mask_on_grid(&mask, prior, in);
    if (s != PEL_OK)
        return s;
    pel__head head = pel__head_of(&mask);
    const uint8_t *set = mask.data;
    pel_vec3 sum = { 0 };
    int64_t count = pel_volume_count(&mask), kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (set[i]) {
            sum = pel__plus(sum, place(&head, i));
            kept++;
        }
    double ml = (double)kept * head.mm[0] * head.mm[1] * head.mm[2] / 1000;
    if (kept == 0)
        s = pel__fail(PEL_EDATA, "--prior: nothing of it lies within the volume");
    else if (ml > most_ml)
        s = pel__fail(PEL_EDATA,
                      "--prior: holds %.0f ml, more than any brain; wanted: a rough mask of the "
                      "brain, not of the head",
                      ml);
    pel_vec3 middle = pel__scale(sum, 1 / (double)(kept > 0 ? kept : 1));
    l->levels.middle = l->levels.most; // nothing else is known of it
    if (s == PEL_OK)
        s = pel__balloon_new(out, 4, middle, 1);
    for (int64_t p = 0; p < out->points; p++) {
        pel_vec3 way = pel__unit(pel__minus(out->at[p], middle));
        double r = 200;
        while (r > 1) {
            pel_vec3 at = pel__plus(middle, pel__scale(way, r));
            int64_t i = (int64_t)floor(at.x / head.mm[0] + 0.5),
                    j = (int64_t)floor(at.y / head.mm[1] + 0.5),
                    k = (int64_t)floor(at.z / head.mm[2] + 0.5);
            if (i >= 0 && j >= 0 && k >= 0 && i < head.n[0] && j < head.n[1] && k < head.n[2] &&
                set[(k * head.n[1] + j) * head.n[0] + i])
                break;
            r -= 0.5;
        }
        out->at[p] = pel__plus(middle, pel__scale(way, r));
    }
    if (s == PEL_OK) {
        pel__balloon_relax(out, 2);
        change_grid(out, head.mm, l->near.mm);
        pel__balloon_normals(out);
    }
    pel_volume_free(&mask);
    return s;
}

/* ---- how sure ---- */

static bool is_in_grid(const pel__head *h, pel_vec3 p)
{
    return p.x >= 0 && p.y >= 0 && p.z >= 0 && p.x <= (double)(h->n[0] - 1) * h->mm[0] &&
           p.y <= (double)(h->n[1] - 1) * h->mm[1] && p.z <= (double)(h->n[2] - 1) * h->mm[2];
}

// what varies over millimetres well below the surface: a brain has folds and fibres, a ball none;
// what noise alone would leave of itself is taken off
static pel_status measure_structure(double *out, const looking *l, const pel__balloon *b)
{
    pel_volume sharp = { 0 }, dull = { 0 };
    const double left_of_noise = 0.3;
    double varies = 0, bright = 0;
    pel_status s = soften(&sharp, &l->coarse, 2);
    if (s == PEL_OK)
        s = soften(&dull, &l->coarse, 6);
    if (s == PEL_OK) {
        pel__head near = pel__head_of(&sharp), wide = pel__head_of(&dull);
        for (int64_t p = 0; p < b->points; p++)
            for (int d = 16; d <= 36; d += 4) {
                pel_vec3 at = pel__plus(b->at[p], pel__scale(b->normal[p], -d));
                if (!is_in_grid(&wide, at))
                    continue;
                double soft = pel__head_at(&near, at);
                varies += fabs(soft - pel__head_at(&wide, at)) -
                          left_of_noise * fabs(soft - pel__head_at(&l->far, at));
                bright += pel__head_at(&wide, at) - l->levels.least;
            }
    }
    *out = bright > 0 ? varies / bright : 0;
    pel_volume_free(&sharp);
    pel_volume_free(&dull);
    return s;
}

static double limit(double x)
{
    return x > 0 ? x < 1 ? x : 1 : 0;
}

// the share of points with an edge, and of those with nothing behind it
static void judge_edges(pel_brain_found *found, double *bare, const looking *l,
                        const pel__balloon *b, const bool *seen)
{
    int64_t within = 0, clear = 0, lonely = 0;
    for (int64_t p = 0; p < b->points; p++) {
        if (!is_in_grid(&l->near, b->at[p]))
            continue;
        within++;
        clear += seen[p];
        double most = -INFINITY;
        for (double d = 4; d <= 20; d += 2)
            most = fmax(most,
                        pel__head_at(&l->near, pel__plus(b->at[p], pel__scale(b->normal[p], d))));
        lonely += most < l->levels.head;
    }
    double all = (double)(within > 0 ? within : 1);
    found->cut = (double)within < 0.97 * (double)b->points;
    found->edge = (double)clear / all;
    *bare = (double)lonely / all;
}

static pel_status judge(pel_brain_found *found, const looking *l, const pel__balloon *b,
                        const bool *seen, const pel__edge *edge)
{
    double bare;
    judge_edges(found, &bare, l, b, seen);
    pel_status s = measure_structure(&found->structure, l, b);
    double low = l->levels.middle < edge->brain ? l->levels.middle : edge->brain;
    double bright = (low - l->levels.least) / (l->levels.most - l->levels.least);
    // a head full of fluid has next to no structure, images of protons little
    const double even = 0.012, folded = 0.023, none = 0.3, well = 0.65;
    double clear = limit((found->edge - none) / (well - none)), lit = limit(bright / 0.3);
    found->stripped = bare > (l->ct ? 0.8 : 0.6) || is_bare(l);
    found->score = clear * clear * lit * lit * limit((found->structure - even) / (folded - even));
    return s;
}

/* ---- the mask ---- */

static pel_status move_border(pel_volume *mask, double border_mm)
{
    if (border_mm == 0)
        return PEL_OK;
    pel_morphology_params params = border_params(border_mm);
    pel_volume moved = { 0 };
    pel_status s = pel_morphology(&moved, mask, &params);
    if (s != PEL_OK)
        return s;
    pel_volume_free(mask);
    *mask = moved;
    return PEL_OK;
}

// of a stripped volume: what is not background, in one piece and without holes
static pel_status foreground(pel_volume *out, const pel_volume *in, const looking *l)
{
    pel_volume bright = { 0 }, whole = { 0 };
    pel_components_params one = pel_components_defaults();
    one.largest = 1;
    int64_t count = pel_volume_count(in), least = 0;
    double lowest = INFINITY;
    for (int64_t i = 0; i < count; i++) {
        double v = pel__stored_get(in->data, in->dtype, i);
        least = v == lowest ? least + 1 : v < lowest ? 1 : least;
        lowest = v < lowest ? v : lowest;
    }
    // a background of one number is told exactly
    double slope, inter;
    pel__volume_scale(in, &slope, &inter);
    bool even = least > count / 4 && slope > 0;
    double level = even ? nextafter(slope * lowest + inter, INFINITY) : l->levels.head;
    pel_status s = pel_threshold(&bright, in, level, INFINITY);
    if (s == PEL_OK)
        s = pel_keep_components(&whole, &bright, &one);
    if (s == PEL_OK)
        s = pel_fill_holes(out, &whole);
    pel_volume_free(&bright);
    pel_volume_free(&whole);
    return s;
}

/* what becomes a mask, slice by slice */
typedef struct filling {
    uint8_t *out;
    const pel_volume *in;
    pel__head depth;
    double shift_mm[3]; // of the grid of `in` seen from that of `depth`
    double level_mm;    // deeper than that is inside
} filling;

static pel_status fill_slice(void *user, int64_t k)
{
    const filling *f = user;
    const pel__head *h = &f->depth;
    const int64_t *n = f->in->dims;
    pel_vec3 mm = pel_volume_spacing_mm(f->in), at = { 0 };
    uint8_t *out = f->out + k * n[0] * n[1];
    at.z = (double)k * mm.z + f->shift_mm[2];
    for (int64_t j = 0; j < n[1]; j++) {
        at.y = (double)j * mm.y + f->shift_mm[1];
        for (int64_t i = 0; i < n[0]; i++) {
            at.x = (double)i * mm.x + f->shift_mm[0];
            // the box ends where the grid does, or well outside
            *out++ = at.x > -h->mm[0] && at.y > -h->mm[1] && at.z > -h->mm[2] &&
                     at.x < (double)h->n[0] * h->mm[0] && at.y < (double)h->n[1] * h->mm[1] &&
                     at.z < (double)h->n[2] * h->mm[2] && pel__head_at(h, at) > f->level_mm;
        }
    }
    return PEL_OK;
}

// the fluid's edge is where it turns dark; dark fluid is not seen beside dark bone
static double level_of(const pel__edge *edge)
{
    const double usual_fluid_mm = 1.8;
    if (edge->with_fluid)
        return edge->fluid == PEL__FLUID_DARK ? edge->beyond_mm - usual_fluid_mm : 0;
    return edge->fluid == PEL__FLUID_ALIKE ? usual_fluid_mm : 0;
}

static pel_status fill(pel_volume *out, const pel_volume *in, const looking *l,
                       const pel__balloon *b, const pel__edge *edge)
{
    pel_volume depth = { 0 };
    int64_t low[3];
    pel_vec3 mm = pel_volume_spacing_mm(in);
    const double edge_mm[3] = { mm.x, mm.y, mm.z };
    pel_status s = pel__tissue_find(&depth, low, &l->near, &l->levels, edge, b);
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_UINT8);
    if (s == PEL_OK) {
        filling f = {
            .out = out->data, .in = in, .depth = pel__head_of(&depth), .level_mm = level_of(edge)
        };
        for (int a = 0; a < 3; a++)
            f.shift_mm[a] = 0.5 * (edge_mm[a] - l->near.mm[a]) - (double)low[a] * l->near.mm[a];
        s = pel__parallel(in->dims[2], fill_slice, &f, NULL);
    }
    pel_volume_free(&depth);
    return s;
}

// how far the mask is what the balloon holds: twice what both have over what each has; and how much
// larger it is
static pel_status agree(double *out, double *larger, const pel_volume *mask, const looking *l,
                        const pel__balloon *b)
{
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    const double edge_mm[3] = { mm.x, mm.y, mm.z };
    int64_t count = pel_volume_count(mask), both = 0, sum = 0, inner = 0;
    uint8_t *held;
    pel__balloon moved = *b;
    pel_status s = pel__alloc(&held, count, sizeof *held, "a mask");
    if (s != PEL_OK)
        return s;
    s = pel__alloc(&moved.at, b->points, sizeof *moved.at, "a surface");
    if (s == PEL_OK) {
        memcpy(moved.at, b->at, (size_t)b->points * sizeof *b->at);
        change_grid(&moved, l->near.mm, edge_mm);
        s = pel__balloon_fill(held, mask->dims, edge_mm, &moved);
        pel__free(moved.at);
    }
    const uint8_t *set = mask->data;
    for (int64_t i = 0; i < count && s == PEL_OK; i++) {
        both += held[i] && set[i];
        sum += held[i] + set[i];
        inner += held[i];
    }
    *out = sum > 0 ? 2 * (double)both / (double)sum : 0;
    *larger = inner > 0 ? (double)(sum - inner) / (double)inner : 0;
    pel__free(held);
    return s;
}

// 1 for what is as long as it is wide and high, less for what is longer: the determinant of its
// moments over that of a ball's
static double roundness(const pel_volume *mask)
{
    pel__head h = pel__head_of(mask);
    const uint8_t *set = mask->data;
    double sum[3] = { 0 }, square[3][3] = { { 0 } }, all = 0;
    for (int64_t i = 0; i < pel_volume_count(mask); i++) {
        if (!set[i])
            continue;
        pel_vec3 at = place(&h, i);
        const double p[3] = { at.x, at.y, at.z };
        all++;
        for (int a = 0; a < 3; a++) {
            sum[a] += p[a];
            for (int b = 0; b <= a; b++)
                square[a][b] += p[a] * p[b];
        }
    }
    double m[3][3];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++)
            m[a][b] = m[b][a] = (square[a][b] - sum[a] * sum[b] / all) / all;
    double third = (m[0][0] + m[1][1] + m[2][2]) / 3;
    double det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                 m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                 m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    return third > 0 ? det / (third * third * third) : 1;
}

// less sure where surface and tissue tell different stories, above all where the tissue goes on
// beyond the surface: it has leaked, or the surface lies wrong; a stripped brain is longer than
// wide
static pel_status judge_mask(pel_brain_found *found, const pel_volume *mask, const looking *l,
                             const pel__balloon *b)
{
    const double usual = 0.85, nothing = 0.5, most_round = 0.985;
    const double much = 1.1, too_much = 1.55;
    double alike, larger;
    if (found->stripped) {
        found->score *= roundness(mask) < most_round ? 1 : 0.1;
        return PEL_OK;
    }
    pel_status s = agree(&alike, &larger, mask, l, b);
    if (s == PEL_OK)
        found->score *= limit((alike - nothing) / (usual - nothing)) *
                        limit((too_much - larger) / (too_much - much));
    return s;
}

// from far and stiff to near and supple; a prior is near already
static pel_status seek(pel__balloon *b, bool **seen, const looking *l, bool near_already)
{
    static const pel__reach far[] = { { 10, 12, 60 }, { 10, 10, 30 }, { 10, 8, 12 }, { 10, 6, 4 } };
    static const pel__reach near[] = { { 8, 5, 4 }, { 8, 4, 2 } };
    pel_status s = PEL_OK;
    for (int r = near_already ? 3 : 0; r < 4 && s == PEL_OK; r++)
        s = pel__edge_seek(b, NULL, &l->near, far[r]);
    if (s == PEL_OK)
        s = pel__balloon_refine(b);
    if (s == PEL_OK) {
        pel__balloon_normals(b);
        s = pel__alloc_zero(seen, b->points, sizeof **seen, "an edge");
    }
    for (int r = 0; r < 2 && s == PEL_OK; r++)
        s = pel__edge_seek(b, *seen, &l->near, near[r]);
    return s;
}

static pel_status check(const pel_volume *in, const pel_brain_params *params)
{
    pel_status s = pel_schema_check(&pel_brain_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    if (s != PEL_OK)
        return s;
    pel_vec3 mm = pel_volume_spacing_mm(in);
    double edge[3] = { mm.x, mm.y, mm.z };
    for (int a = 0; a < 3; a++)
        if (!((double)in->dims[a] * edge[a] >= 40))
            return pel__fail(PEL_EDATA,
                             "is %.3g mm along axis %c, too thin to find a brain in; "
                             "is the voxel size right? --spacing sets it",
                             (double)in->dims[a] * edge[a], "ijk"[a]);
    return PEL_OK;
}

static pel_status refuse_or_warn(const pel_brain_found *found)
{
    const double least_score = 0.4, sure = 0.75;
    double ml = found->volume_mm3 / 1000;
    /* from preterm infants to the largest adults; less where it is cut */
    if (found->score < least_score || ml > most_ml || ml < (found->cut ? 50 : 200))
        return pel__fail(PEL_EDATA,
                         "no brain is found in it (score %.2f, %.0f ml); if there is one, help "
                         "with --prior MASK or crop to the head",
                         found->score, ml);
    if (found->score < sure)
        pel__note("the brain is uncertain (score %.2f of 1): look at it with --qc", found->score);
    if (found->cut)
        pel__note("part of the brain lies beyond the volume");
    if (found->stripped)
        pel__note("there is nothing around the brain: it is stripped already, and its foreground "
                  "is the mask");
    return PEL_OK;
}

typedef struct peeling {
    looking *l;
    double least_mm;
} peeling;

static pel_status peel_slice(void *user, int64_t k)
{
    const peeling *p = user;
    const pel__head *near = &p->l->near;
    pel__head depth = pel__head_of(&p->l->depth);
    float *v = (float *)p->l->fine.data + k * near->n[0] * near->n[1];
    // both grids begin at the same face
    pel_vec3 at = { 0, 0, ((double)k + 0.5) * near->mm[2] - 0.5 * depth.mm[2] };
    for (int64_t j = 0; j < near->n[1]; j++) {
        at.y = ((double)j + 0.5) * near->mm[1] - 0.5 * depth.mm[1];
        for (int64_t i = 0; i < near->n[0]; i++, v++) {
            at.x = ((double)i + 0.5) * near->mm[0] - 0.5 * depth.mm[0];
            if (pel__head_at(&depth, at) < p->least_mm)
                *v = (float)p->l->levels.least;
        }
    }
    return PEL_OK;
}

// the skin goes dark: brain is never that near to air, and grows into no scalp
static pel_status peel(looking *l)
{
    peeling p = { l, 4 };
    if (!l->depth.data || l->ct)
        return PEL_OK;
    return pel__parallel(l->near.n[2], peel_slice, &p, NULL);
}

static void count_volume(pel_brain_found *found, const pel_volume *mask)
{
    const uint8_t *set = mask->data;
    int64_t count = pel_volume_count(mask), kept = 0;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    for (int64_t i = 0; i < count; i++)
        kept += set[i];
    found->volume_mm3 = (double)kept * mm.x * mm.y * mm.z;
}

static pel_status find(pel_volume *out, pel_brain_found *found, looking *l, const pel_volume *in,
                       const pel_volume *prior, const pel_brain_params *params)
{
    pel__balloon b = { 0 };
    pel__edge edge = { 0 };
    bool *seen = NULL;
    pel_status s = prior ? start_from_prior(&b, l, prior, in) : start_from_shape(&b, l, in);
    if (s == PEL_OK)
        s = seek(&b, &seen, l, prior);
    if (s == PEL_OK)
        s = pel__edge_learn(&edge, &l->near, &b);
    if (s == PEL_OK)
        s = judge(found, l, &b, seen, &edge);
    if (s == PEL_OK && !found->stripped)
        s = peel(l);
    edge.is_placed = l->is_placed;
    edge.usual_from_mm = l->usual_from_mm;
    edge.with_fluid = params->csf == PEL_CSF_IN;
    edge.is_sharp = !l->ct;
    edge.beyond_mm = l->ct ? -0.5 : 0.6; // bone smears into what lies beside it
    if (s == PEL_OK)
        s = found->stripped ? foreground(out, in, l) : fill(out, in, l, &b, &edge);
    if (s == PEL_OK)
        s = judge_mask(found, out, l, &b);
    if (s == PEL_OK)
        count_volume(found, out);
    if (s == PEL_OK)
        s = refuse_or_warn(found);
    pel__balloon_free(&b);
    pel__free(seen);
    return s;
}

pel_status pel_brain(pel_volume *out, pel_brain_found *found, const pel_volume *in,
                     const pel_volume *prior, const pel_brain_params *params)
{
    looking l = { 0 };
    *out = (pel_volume){ 0 };
    *found = (pel_brain_found){ 0 };
    pel_status s = check(in, params);
    if (s == PEL_OK)
        s = prepare(&l, in);
    if (s == PEL_OK)
        s = measure(&l);
    if (s == PEL_OK)
        s = find(out, found, &l, in, prior, params);
    if (s == PEL_OK)
        s = move_border(out, params->border);
    if (s == PEL_OK)
        count_volume(found, out);
    pel_volume_free(&l.fine);
    pel_volume_free(&l.coarse);
    pel_volume_free(&l.depth);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}
