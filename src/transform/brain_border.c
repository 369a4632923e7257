/* SPDX-License-Identifier: Apache-2.0 */
/* brain_border.c: the last step of the outline, along its normals to where tissue turns dark. */
#include "transform/brain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

/* values along a normal of the outline, from inside outward */
enum { INNER = 16, OUTER = 5, SAMPLES = INNER + OUTER + 1 };
static const double step_mm = 0.5;

typedef struct profile {
    double value[SAMPLES]; // the outline is at INNER
    double brain;          // upper middle of what is well inside
} profile;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static profile take(const pel__head *head, pel_vec3 at, pel_vec3 normal)
{
    enum { WELL_INSIDE = INNER - 5 };
    profile f;
    double inner[WELL_INSIDE];
    for (int n = 0; n < SAMPLES; n++)
        f.value[n] = pel__head_at(head, pel__plus(at, pel__scale(normal, (n - INNER) * step_mm)));
    memcpy(inner, f.value, sizeof inner);
    qsort(inner, WELL_INSIDE, sizeof *inner, by_value);
    f.brain = inner[WELL_INSIDE * 6 / 10];
    return f;
}

static int darkest(const profile *f, int first, int last)
{
    int best = first;
    for (int n = first; n <= last; n++)
        best = f->value[n] < f->value[best] ? n : best;
    return best;
}

static int brightest(const profile *f, int first, int last)
{
    int best = first;
    for (int n = first; n <= last; n++)
        best = f->value[n] > f->value[best] ? n : best;
    return best;
}

// inward from a dark sample, half-way up to the brightest of the next 3.5 mm
static double rise_from(const profile *f, int dark)
{
    const int most = 7;
    int first = dark - most > 0 ? dark - most : 0;
    double half = 0.5 * (f->value[dark] + f->value[brightest(f, first, dark)]);
    for (int n = dark; n > first; n--)
        if (f->value[n - 1] > half)
            return n - (half - f->value[n]) / (f->value[n - 1] - f->value[n]);
    return first;
}

// a bright film that is thin and has a dark one below: dura; where that is dark, or 0
static int below_dura(const profile *f, double edge)
{
    const int film = 6, deeper = 5;         // samples
    const double clear = 0.06, fair = 0.08; // of how bright the brain is
    int top = (int)edge, dark = darkest(f, top - film, top);
    double peak = f->value[brightest(f, dark, top)];
    double deep = f->value[brightest(f, dark - deeper, dark)];
    bool is = dark > top - film && peak - f->value[dark] > clear * f->brain &&
              deep - f->value[dark] > fair * f->brain;
    return is ? dark : 0;
}

// mm from the outline to where it should be; NaN: not seen
static double edge_of(const profile *f, double beyond_mm)
{
    const int near = 3; // samples below the outline from where it may be dark
    const double least = 0.25;
    int dark = darkest(f, INNER - near, SAMPLES - 1);
    if (!(f->value[dark] < (1 - least) * f->brain))
        return NAN;
    double edge = rise_from(f, dark);
    int film = edge > 12 ? below_dura(f, edge) : 0;
    if (film)
        edge = rise_from(f, film);
    return (edge - INNER) * step_mm + beyond_mm;
}

/* ---- over the outline ---- */

/* what a voxel of the outline tells, and where */
typedef struct mark {
    int64_t block;
    double shift_mm;
} mark;

static int by_block(const void *a, const void *b)
{
    const mark *p = a, *q = b;
    if (p->block != q->block)
        return p->block < q->block ? -1 : 1;
    return (p->shift_mm > q->shift_mm) - (p->shift_mm < q->shift_mm);
}

static pel_vec3 slope_at(const pel__head *depth, int64_t i, int64_t j, int64_t k)
{
    const int64_t at[3] = { i, j, k }, step[3] = { 1, depth->n[0], depth->n[0] * depth->n[1] };
    const float *v = depth->value + k * step[2] + j * step[1] + i;
    double g[3];
    for (int a = 0; a < 3; a++) {
        int64_t low = at[a] > 0 ? step[a] : 0, high = at[a] + 1 < depth->n[a] ? step[a] : 0;
        g[a] = (double)(v[high] - v[-low]) / depth->mm[a];
    }
    return (pel_vec3){ g[0], g[1], g[2] };
}

// from the voxels just inside; `soft` gives the normals
static int64_t look(mark *out, const pel__blocks *blocks, const pel__head *head,
                    const pel__head *depth, const pel__head *soft, double beyond_mm)
{
    const double most_out_mm = 1.5, most_in_mm = 4;
    const int64_t *n = head->n, *m = blocks->level.dims;
    const double voxel = fmin(head->mm[0], fmin(head->mm[1], head->mm[2]));
    int64_t count = 0, index = 0;
    for (int64_t k = 0; k < n[2]; k++)
        for (int64_t j = 0; j < n[1]; j++)
            for (int64_t i = 0; i < n[0]; i++, index++) {
                double d = (double)depth->value[index];
                if (!(d > 0 && d <= voxel))
                    continue;
                pel_vec3 normal = pel__scale(pel__unit(slope_at(soft, i, j, k)), -1);
                pel_vec3 at = { (double)i * head->mm[0], (double)j * head->mm[1],
                                (double)k * head->mm[2] };
                profile f = take(head, pel__plus(at, pel__scale(normal, d)), normal);
                double shift = edge_of(&f, beyond_mm);
                if (isnan(shift) || shift > most_out_mm)
                    continue;
                const int64_t *s = blocks->step;
                out[count++] = (mark){ (k / s[2] * m[1] + j / s[1]) * m[0] + i / s[0],
                                       fmax(shift, -most_in_mm) };
            }
    return count;
}

// of the marks of a block an upper one, so that the mouths of sulci are passed over
static void gather(pel_volume *sum, pel_volume *weight, mark *marks, int64_t count)
{
    const double upper = 0.6;
    float *sums = sum->data, *weights = weight->data;
    qsort(marks, (size_t)count, sizeof *marks, by_block);
    for (int64_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && marks[end].block == marks[first].block;)
            end++;
        int64_t of = first + (int64_t)(upper * (double)(end - first - 1) + 0.5);
        double all = (double)(end - first);
        sums[marks[first].block] = (float)(all * marks[of].shift_mm);
        weights[marks[first].block] = (float)all;
    }
}

static pel_status even_out(pel__blocks *blocks, mark *marks, int64_t count)
{
    const double smooth_mm = 4;
    pel_volume sum = { 0 }, weight = { 0 };
    pel_status s = pel_volume_like(&sum, &blocks->level, PEL_FLOAT32);
    if (s == PEL_OK)
        s = pel_volume_like(&weight, &blocks->level, PEL_FLOAT32);
    if (s == PEL_OK) {
        memset(sum.data, 0, (size_t)pel_volume_bytes(&sum));
        memset(weight.data, 0, (size_t)pel_volume_bytes(&weight));
        gather(&sum, &weight, marks, count);
        s = pel__soften(&sum, smooth_mm);
    }
    if (s == PEL_OK)
        s = pel__soften(&weight, smooth_mm);
    float *level = blocks->level.data;
    const float *a = sum.data, *w = weight.data;
    const double little = 0.5; // of evidence that the outline is where it should be
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(&sum); i++)
        level[i] = (float)((double)a[i] / ((double)w[i] + little));
    pel_volume_free(&sum);
    pel_volume_free(&weight);
    return s;
}

static void shift(pel_volume *depth_mm, const pel__blocks *blocks)
{
    const double near_mm = 12;
    const int64_t *n = depth_mm->dims;
    float *d = depth_mm->data;
    int64_t at[3];
    for (at[2] = 0; at[2] < n[2]; at[2]++)
        for (at[1] = 0; at[1] < n[1]; at[1]++)
            for (at[0] = 0; at[0] < n[0]; at[0]++, d++)
                if (fabs((double)*d) < near_mm)
                    *d += (float)pel__blocks_at(blocks, at);
}

pel_status pel__border_settle(pel_volume *depth_mm, const pel_volume *image, double beyond_mm)
{
    const double block_mm = 5, soft_mm = 2;
    pel_volume soft = { 0 };
    pel__blocks blocks = { 0 };
    mark *marks = NULL;
    pel__head head = pel__head_of(image), depth = pel__head_of(depth_mm);
    const double voxel = fmin(head.mm[0], fmin(head.mm[1], head.mm[2]));
    int64_t rim = 0, count = pel_volume_count(depth_mm);
    pel_gaussian_params smooth = pel_gaussian_defaults();
    smooth.sigma = (pel_length){ soft_mm, PEL_MM };
    for (int64_t i = 0; i < count; i++)
        rim += depth.value[i] > 0 && (double)depth.value[i] <= voxel;
    pel_status s = pel_gaussian(&soft, depth_mm, &smooth);
    if (s == PEL_OK)
        s = pel__blocks_new(&blocks, image, block_mm);
    if (s == PEL_OK)
        s = pel__alloc(&marks, rim + 1, sizeof *marks, "an outline");
    if (s == PEL_OK) {
        pel__head normals = pel__head_of(&soft);
        int64_t seen = look(marks, &blocks, &head, &depth, &normals, beyond_mm);
        s = even_out(&blocks, marks, seen);
    }
    if (s == PEL_OK)
        shift(depth_mm, &blocks);
    pel__free(marks);
    pel_volume_free(&soft);
    pel_volume_free(&blocks.level);
    return s;
}
