/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_layout.c: images in the order of their places and times, and the grid they make. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/dicom_series.h"
#include "read/stack.h"

/* slices may be off an even grid by this part of their distance: positions are rounded */
static const double UNEVEN = 0.1;

typedef struct layout {
    const pel__dicom_set *set;
    pel__dicom_image **image; // owned; those of the group
    int64_t count;
    pel__dicom_grid *grid;
} layout;

static pel_vec3 vector(const double v[3])
{
    return (pel_vec3){ v[0], v[1], v[2] };
}

static pel_vec3 place_of(const layout *v, int64_t i)
{
    return vector(v->image[i]->about.position);
}

static const char *name_of(const layout *v, int64_t i)
{
    return pel__dicom_short_name(v->set, v->image[i]->file);
}

/* ---- order ---- */

// what is not said comes first
static int by_number(double a, double b)
{
    a = isnan(a) ? -INFINITY : a;
    b = isnan(b) ? -INFINITY : b;
    return a < b ? -1 : a > b;
}

static int by_time(const pel__dicom_image *a, const pel__dicom_image *b)
{
    const pel__dicom_frame *f = &a->about, *g = &b->about;
    int order = by_number(f->temporal, g->temporal);
    order = order ? order : by_number(f->acquisition, g->acquisition);
    order = order ? order : by_number(f->trigger_ms, g->trigger_ms);
    order = order ? order : by_number(f->instance, g->instance);
    order = order ? order : by_number((double)a->file, (double)b->file);
    return order ? order : by_number((double)(a->frame + a->tile), (double)(b->frame + b->tile));
}

static int in_time(const void *a, const void *b)
{
    return by_time(*(pel__dicom_image *const *)a, *(pel__dicom_image *const *)b);
}

static int in_space(const void *a, const void *b)
{
    const pel__dicom_image *x = *(pel__dicom_image *const *)a, *y = *(pel__dicom_image *const *)b;
    int order = by_number(x->along, y->along);
    return order ? order : by_time(x, y);
}

/* ---- places ---- */

// how near two images must be to be at one place
static double nearness(const layout *v)
{
    double widest = 0;
    for (int64_t i = 0; i + 1 < v->count; i++)
        widest = fmax(widest, v->image[i + 1]->along - v->image[i]->along);
    return fmin(0.01, widest / 50);
}

// images sorted by place: how many share each; places end where a count is 0
static pel_status count_places(layout *v, int64_t *each, int64_t *places)
{
    double most = nearness(v);
    *places = 0;
    for (int64_t i = 0; i < v->count; i++) {
        bool same = i > 0 && v->image[i]->along - v->image[i - 1]->along <= most;
        *places += !same;
        each[*places - 1] = same ? each[*places - 1] + 1 : 1;
    }
    for (int64_t p = 0, at = 0; p < *places; at += each[p++])
        qsort(v->image + at, (size_t)each[p], sizeof *v->image, in_time);
    return PEL_OK;
}

static pel_status uneven_counts(const layout *v, const int64_t *each, int64_t least, int64_t most)
{
    int64_t at = 0, p = 0;
    while (each[p] != least)
        at += each[p++];
    return pel__fail(
        PEL_EDATA,
        "%s: places of its slices have %lld to %lld images; %s is at a place with "
        "%lld; copy the missing ones, choose a part with --series, or say --allow gaps "
        "to use as many of each as there are of all",
        v->set->name, (long long)least, (long long)most, name_of(v, at), (long long)each[p]);
}

// slices and frames; images beyond what every place has are left out when that is allowed
static pel_status split_frames(layout *v, const int64_t *each, int64_t places)
{
    int64_t least = each[0], most = each[0];
    for (int64_t p = 1; p < places; p++) {
        least = each[p] < least ? each[p] : least;
        most = each[p] > most ? each[p] : most;
    }
    if (least != most && !pel__allows(v->set->params, "gaps"))
        return uneven_counts(v, each, least, most);
    v->grid->slices = places;
    v->grid->frames = least;
    pel_status s =
        pel__alloc(&v->grid->image, places * least, sizeof *v->grid->image, "the list of slices");
    if (s != PEL_OK)
        return s;
    for (int64_t p = 0, at = 0; p < places; at += each[p++])
        for (int64_t t = 0; t < least; t++)
            v->grid->image[t * places + p] = v->image[at + t] - v->set->image;
    if (least != most)
        pel__note("%s: %lld images beyond the %lld that every slice has are left out", v->set->name,
                  (long long)(v->count - places * least), (long long)least);
    return PEL_OK;
}

static const pel__dicom_image *image_at(const layout *v, int64_t k)
{
    return &v->set->image[v->grid->image[k]];
}

// places must lie on a straight line at even steps
static pel_status check_line(const layout *v, pel_vec3 step)
{
    double length = pel__length(step), worst = 0;
    pel_vec3 first = vector(image_at(v, 0)->about.position);
    for (int64_t k = 0; k < v->grid->slices; k++) {
        pel_vec3 want = pel__plus(first, pel__scale(step, (double)k));
        worst = fmax(worst, pel__length(pel__minus(vector(image_at(v, k)->about.position), want)));
    }
    if (worst <= UNEVEN * length)
        return PEL_OK;
    int64_t widest = 0;
    double least = INFINITY, most = 0;
    for (int64_t k = 0; k + 1 < v->grid->slices; k++) {
        double gap = image_at(v, k + 1)->along - image_at(v, k)->along;
        widest = gap > most ? k : widest;
        most = fmax(most, gap);
        least = fmin(least, gap);
    }
    const pel__dicom_image *a = image_at(v, widest), *b = image_at(v, widest + 1);
    if (pel__allows(v->set->params, "gaps")) {
        pel__note("%s: slices are %.6g to %.6g mm apart and up to %.3g mm off an even grid; what "
                  "is there is taken as evenly spaced",
                  v->set->name, least, most, worst);
        return PEL_OK;
    }
    return pel__fail(
        PEL_EDATA,
        "%s: slices are %.6g to %.6g mm apart (the widest gap lies between %s, instance %g, and "
        "%s, instance %g) and up to %.3g mm off an even grid; copy the missing ones, choose a part "
        "with --slices START:STOP, or say --allow gaps to take them as evenly spaced",
        v->set->name, least, most, pel__dicom_short_name(v->set, a->file), a->about.instance,
        pel__dicom_short_name(v->set, b->file), b->about.instance, worst);
}

/* ---- the grid ---- */

static double length_between(const pel__dicom_frame *f)
{
    double step = fabs(f->between) > 0 ? fabs(f->between) : fabs(f->thickness);
    return step > 0 ? step : NAN;
}

static pel_vec3 to_ras(pel_vec3 lps)
{
    return (pel_vec3){ -lps.x, -lps.y, lps.z };
}

// rows run downwards in the file and upwards in the volume, as dcm2niix has them
static void set_affine(layout *v, pel_vec3 step)
{
    const pel__dicom_image *first = image_at(v, 0);
    const pel__dicom_file *file = &v->set->file[first->file];
    const pel__dicom_frame *f = &first->about;
    int64_t rows = pel__dicom_image_rows(file);
    pel_vec3 right = pel__scale(vector(f->orientation), f->spacing[1]);
    pel_vec3 down = pel__scale(vector(f->orientation + 3), f->spacing[0]);
    pel_vec3 last = pel__plus(vector(f->position), pel__scale(down, (double)(rows - 1)));
    pel_affine a = pel_affine_identity();
    pel__set_column(&a, 0, to_ras(right));
    pel__set_column(&a, 1, to_ras(pel__scale(down, -1)));
    pel__set_column(&a, 2, to_ras(step));
    pel__set_column(&a, 3, to_ras(last));
    v->grid->mm_from_ijk = a;
}

// along the normal where the slices stand above each other, whatever rounding says; else the grid
// is sheared
static pel_vec3 straighten(const layout *v, pel_vec3 step, pel_vec3 normal)
{
    pel_vec3 straight = pel__scale(normal, pel__dot(step, normal));
    double aside = pel__length(pel__minus(step, straight));
    const pel__dicom_frame *f = &image_at(v, 0)->about;
    if (aside * (double)(v->grid->slices - 1) <= 0.01 * fmin(f->spacing[0], f->spacing[1]))
        return straight;
    double degrees = atan2(aside, pel__length(straight)) * 180 / PEL_PI;
    if (degrees > 0.1)
        pel__note("%s: the gantry is tilted: slices are displaced by %.3g degrees against their "
                  "normal, and so is the grid",
                  v->set->name, degrees);
    return step;
}

static pel_status lay_out_placed(layout *v)
{
    const pel__dicom_frame *f = &v->image[0]->about;
    pel_vec3 normal = pel__unit(pel__cross(vector(f->orientation), vector(f->orientation + 3)));
    for (int64_t i = 0; i < v->count; i++)
        v->image[i]->along = pel__dot(place_of(v, i), normal);
    qsort(v->image, (size_t)v->count, sizeof *v->image, in_space);
    int64_t *each, places;
    pel_status s = pel__alloc(&each, v->count, sizeof *each, "the list of slices");
    if (s == PEL_OK)
        s = count_places(v, each, &places);
    if (s == PEL_OK)
        s = split_frames(v, each, places);
    pel__free(each);
    if (s != PEL_OK)
        return s;
    double thick = length_between(&image_at(v, 0)->about);
    pel_vec3 step = pel__scale(normal, isnan(thick) ? 1 : thick);
    if (places > 1) {
        pel_vec3 all = pel__minus(vector(image_at(v, places - 1)->about.position),
                                  vector(image_at(v, 0)->about.position));
        step = pel__scale(all, 1 / (double)(places - 1));
        s = check_line(v, step);
        step = straighten(v, step, normal);
    } else if (isnan(thick))
        pel__note("%s: does not say how thick its slice is: 1 mm is taken", v->set->name);
    if (s == PEL_OK)
        set_affine(v, step);
    return s;
}

// images that say nothing of places: slices in the order of their numbers, or moments
static pel_status lay_out_loose(layout *v)
{
    const pel__dicom_frame *f = &v->image[0]->about;
    qsort(v->image, (size_t)v->count, sizeof *v->image, in_time);
    bool moments =
        v->count > 1 && !isnan(f->temporal) && f->temporal != v->image[1]->about.temporal;
    v->grid->slices = moments ? 1 : v->count;
    v->grid->frames = moments ? v->count : 1;
    pel_status s =
        pel__alloc(&v->grid->image, v->count, sizeof *v->grid->image, "the list of slices");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < v->count; i++)
        v->grid->image[i] = v->image[i] - v->set->image;
    double thick = length_between(f);
    pel_volume shape = { 0 };
    bool known = !isnan(f->spacing[0]);
    double mm[3] = { f->spacing[1], f->spacing[0], isnan(thick) ? f->spacing[0] : thick };
    pel__stack_grid(&shape, mm, known);
    v->grid->mm_from_ijk = shape.mm_from_ijk;
    v->grid->unit_known = known && (!isnan(thick) || v->grid->slices == 1);
    if (!known)
        pel__note("%s: does not say how large a pixel is: 1x1x1; --spacing DX,DY,DZ sets it",
                  v->set->name);
    return PEL_OK;
}

/* ---- time ---- */

static double seconds_between(const layout *v)
{
    const pel__dicom_grid *g = v->grid;
    const pel__dicom_image *a = image_at(v, 0);
    if (g->frames == 1)
        return NAN;
    const pel__dicom_image *b = &v->set->image[g->image[g->slices]];
    const double candidates[] = { b->about.trigger_ms - a->about.trigger_ms,
                                  v->set->file[a->file].head.frame_ms, a->about.repetition_ms,
                                  a->about.duration_ms };
    for (int i = 0; i < 4; i++)
        if (candidates[i] > 0)
            return candidates[i] / 1000;
    return NAN;
}

/* ---- all together ---- */

static bool has_place(const pel__dicom_frame *f)
{
    return pel__dicom_is_placed(f) && !isnan(f->spacing[0]);
}

pel_status pel__dicom_layout(pel__dicom_grid *out, const pel__dicom_set *set, int64_t group)
{
    *out = (pel__dicom_grid){ .seconds = NAN };
    layout v = { .set = set, .grid = out };
    int64_t count = set->group[group].count;
    pel_status s = pel__alloc(&v.image, count, sizeof *v.image, "the list of images");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < set->images; i++)
        if (set->image[i].group == group)
            v.image[v.count++] = &set->image[i];
    out->oriented = out->unit_known = has_place(&v.image[0]->about);
    s = out->oriented ? lay_out_placed(&v) : lay_out_loose(&v);
    if (s == PEL_OK)
        out->seconds = seconds_between(&v);
    pel__free(v.image);
    return s;
}

pel_status pel__dicom_keep_slices(pel__dicom_grid *g, const pel__dicom_set *set)
{
    pel__slices which;
    pel_status s = pel__slices_choose(&which, set->params->slices, g->slices, set->name);
    if (s != PEL_OK || !set->params->slices)
        return s;
    int64_t *kept;
    s = pel__alloc(&kept, which.count * g->frames, sizeof *kept, "the list of slices");
    if (s != PEL_OK)
        return s;
    for (int64_t t = 0; t < g->frames; t++)
        for (int64_t k = 0; k < which.count; k++)
            kept[t * which.count + k] = g->image[t * g->slices + which.start + k * which.step];
    pel__free(g->image);
    g->image = kept;
    g->slices = which.count;
    pel_vec3 step = pel__column(g->mm_from_ijk, 2), first = pel__column(g->mm_from_ijk, 3);
    pel__set_column(&g->mm_from_ijk, 3, pel__plus(first, pel__scale(step, (double)which.start)));
    pel__set_column(&g->mm_from_ijk, 2, pel__scale(step, (double)which.step));
    return PEL_OK;
}
