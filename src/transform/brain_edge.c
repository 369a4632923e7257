/* SPDX-License-Identifier: Apache-2.0 */
/* brain_edge.c: where along the normals of a surface the brain ends. */
#include "transform/brain.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { MOST_SAMPLES = 96, MOST_NEAR = 64 };

static const double step_mm = 0.5;
static const double part_of_way = 0.45; /* from the dark up to the brain: there is the edge */

/* values along a normal, from `in_mm` below the surface outward */
typedef struct profile {
    double value[MOST_SAMPLES];
    int count, zero; // zero: index of the surface
} profile;

static void take(profile *out, const pel__head *head, pel_vec3 at, pel_vec3 normal,
                 pel__reach reach)
{
    out->zero = (int)(reach.in_mm / step_mm);
    out->count = out->zero + (int)(reach.out_mm / step_mm) + 1;
    for (int n = 0; n < out->count; n++)
        out->value[n] =
            pel__head_at(head, pel__plus(at, pel__scale(normal, (n - out->zero) * step_mm)));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort_few(double *value, int64_t count)
{
    for (int64_t n = 1; n < count; n++) {
        double v = value[n];
        int64_t to = n;
        for (; to > 0 && value[to - 1] > v; to--)
            value[to] = value[to - 1];
        value[to] = v;
    }
}

static double quantile(double *value, int64_t count, double q)
{
    if (count < 1)
        return NAN;
    if (count <= MOST_SAMPLES)
        sort_few(value, count);
    else
        qsort(value, (size_t)count, sizeof *value, by_size);
    return value[(int64_t)(q * (double)(count - 1) + 0.5)];
}

// a point, its neighbours and theirs
static int ring_of(int out[MOST_NEAR], const pel__balloon *b, int p)
{
    int count = 0;
    out[count++] = p;
    for (int n = 0; n < 6 && b->near[p][n] >= 0; n++)
        out[count++] = b->near[p][n];
    int first = count;
    for (int m = 1; m < first; m++)
        for (int n = 0; n < 6 && b->near[out[m]][n] >= 0; n++) {
            int q = b->near[out[m]][n], seen = 0;
            while (seen < count && out[seen] != q)
                seen++;
            if (seen == count)
                out[count++] = q;
        }
    return count;
}

// each value becomes a quantile of those around it; what is NaN tells nothing
static pel_status spread(double *value, const pel__balloon *b, double q)
{
    double *old;
    pel_status s = pel__alloc(&old, b->points, sizeof *old, "a surface");
    if (s != PEL_OK)
        return s;
    memcpy(old, value, (size_t)b->points * sizeof *old);
    for (int p = 0; p < b->points; p++) {
        int ring[MOST_NEAR], count = ring_of(ring, b, p), known = 0;
        double near[MOST_NEAR];
        for (int n = 0; n < count; n++)
            if (!isnan(old[ring[n]]))
                near[known++] = old[ring[n]];
        value[p] = quantile(near, known, q);
    }
    pel__free(old);
    return s;
}

// each value becomes the mean of itself and its neighbours
static pel_status level(double *value, const pel__balloon *b)
{
    double *old;
    pel_status s = pel__alloc(&old, b->points, sizeof *old, "a surface");
    if (s != PEL_OK)
        return s;
    memcpy(old, value, (size_t)b->points * sizeof *old);
    for (int p = 0; p < b->points; p++) {
        double sum = 0, weight = 0;
        for (int n = -1; n < 6; n++) {
            int q = n < 0 ? p : b->near[p][n];
            if (q < 0 || isnan(old[q]))
                continue;
            sum += old[q];
            weight += 1;
        }
        value[p] = weight > 0 ? sum / weight : NAN;
    }
    pel__free(old);
    return s;
}

/* ---- what the fluid is like ---- */

pel_status pel__edge_learn(pel__edge *out, const pel__head *head, const pel__balloon *b)
{
    double *inner, *rim;
    int64_t inners = 0, rims = 0;
    pel_status s = pel__alloc(&inner, b->points * 8, 2 * sizeof *inner, "levels");
    if (s != PEL_OK)
        return s;
    rim = inner + b->points * 8;
    for (int64_t p = 0; p < b->points; p++)
        for (int n = 0; n < 8; n++) {
            pel_vec3 deep = pel__scale(b->normal[p], -8 - 2.0 * n);
            pel_vec3 shallow = pel__scale(b->normal[p], -0.5 * n - 1.5);
            inner[inners++] = pel__head_at(head, pel__plus(b->at[p], deep));
            rim[rims++] = pel__head_at(head, pel__plus(b->at[p], shallow));
        }
    out->brain = quantile(inner, inners, 0.5);
    out->rim = quantile(rim, rims, 0.9);
    // fluid in the mouths of sulci tells: dark, bright, or not seen
    double low = quantile(rim, rims, 0.1);
    out->fluid = out->rim > 1.4 * out->brain ? PEL__FLUID_BRIGHT
                 : low > 0.75 * out->brain   ? PEL__FLUID_ALIKE
                                             : PEL__FLUID_DARK;
    pel__free(inner);
    return PEL_OK;
}

/* ---- the edge ---- */

// where the first dark layer of 3 mm begins and ends, from a little below the surface outward
static bool first_dark(int *first, int *last, const profile *f, double threshold)
{
    const int thick = 6, most = 16; // samples
    int run = 0;
    for (int n = f->zero - 6 > 0 ? f->zero - 6 : 0; n < f->count; n++) {
        run = f->value[n] < threshold ? run + 1 : 0;
        if (run < thick)
            continue;
        *first = n - run + 1;
        *last = n;
        while (*last + 1 < f->count && f->value[*last + 1] < threshold && *last - *first < most)
            ++*last;
        return true;
    }
    return false;
}

// outside in from the darkest value of the skull, up to where it is bright for 2 mm
static double edge_of_dark(const profile *f, double threshold)
{
    const int run = 4;
    int first, last;
    if (!first_dark(&first, &last, f, threshold))
        return NAN;
    int darkest = first;
    for (int n = first; n <= last; n++)
        darkest = f->value[n] < f->value[darkest] ? n : darkest;
    for (int n = darkest; n - run >= 0; n--) {
        int bright = 0;
        while (bright < run && f->value[n - 1 - bright] > threshold)
            bright++;
        if (bright < run)
            continue;
        double here = f->value[n], below = f->value[n - 1];
        double part = below > here ? (below - threshold) / (below - here) : 0;
        return (n - 1 + part - f->zero) * step_mm;
    }
    return NAN;
}

static void local_levels(double *brain, double *dark, const profile *f)
{
    double inner[MOST_SAMPLES];
    int count = f->zero - 3;
    memcpy(inner, f->value, (size_t)count * sizeof *inner);
    *brain = quantile(inner, count, 0.6);
    *dark = INFINITY;
    for (int n = f->zero - 4 > 0 ? f->zero - 4 : 0; n < f->count; n++)
        *dark = f->value[n] < *dark ? f->value[n] : *dark;
}

static void move(pel__balloon *b, const double *shift)
{
    for (int64_t p = 0; p < b->points; p++)
        if (!isnan(shift[p]))
            b->at[p] = pel__plus(b->at[p], pel__scale(b->normal[p], shift[p]));
}

pel_status pel__edge_seek(pel__balloon *b, bool *seen, const pel__head *head, pel__reach reach)
{
    double *brain, *dark, *shift;
    pel_status s = pel__alloc(&brain, b->points, 3 * sizeof *brain, "an edge");
    if (s != PEL_OK)
        return s;
    dark = brain + b->points;
    shift = dark + b->points;
    profile f;
    pel__balloon_normals(b);
    for (int64_t p = 0; p < b->points; p++) {
        take(&f, head, b->at[p], b->normal[p], reach);
        local_levels(&brain[p], &dark[p], &f);
    }
    s = spread(brain, b, 0.5);
    if (s == PEL_OK)
        s = spread(dark, b, 0.5);
    for (int64_t p = 0; p < b->points && s == PEL_OK; p++) {
        take(&f, head, b->at[p], b->normal[p], reach);
        shift[p] = edge_of_dark(&f, dark[p] + part_of_way * (brain[p] - dark[p]));
        if (seen)
            seen[p] = !isnan(shift[p]);
    }
    if (s == PEL_OK)
        s = spread(shift, b, 0.6);
    for (int n = 0; n < reach.even && s == PEL_OK; n++)
        s = level(shift, b);
    if (s == PEL_OK)
        move(b, shift);
    pel__balloon_normals(b);
    pel__free(brain);
    return s;
}
