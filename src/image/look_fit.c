/* SPDX-License-Identifier: Apache-2.0 */
/* look_fit.c: a look meets a volume: auto decides, windows are found, points become data units. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "image/look.h"
#include "volume/volume.h"

enum { MOST_SAMPLES = 1 << 17 };

/* the values of a volume, by a sample of them */
typedef struct values {
    float *sorted;
    int64_t count;
    bool whole; // every one a whole number
    int kinds;  // how many different ones; stops at 65
} values;

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// about MOST_SAMPLES voxels at jittered distances, so that no axis is in step with them
static pel_status sample_values(values *out, const pel_volume *shape, pel__look_value *value,
                                const void *user)
{
    int64_t n = shape->dims[0] * shape->dims[1] * shape->dims[2], step = n / MOST_SAMPLES + 1;
    *out = (values){ .whole = true };
    pel_status s = pel__alloc(&out->sorted, n / step + 1, sizeof(float), "a sample of the values");
    if (s != PEL_OK)
        return s;
    uint32_t random = 1;
    for (int64_t at = 0; at < n; at += step) {
        random = random * 1664525u + 1013904223u;
        int64_t index = at + (int64_t)(random >> 8) % step;
        if (index >= n)
            break;
        double v = value(user, index);
        if (isfinite(v))
            out->sorted[out->count++] = (float)v;
        out->whole &= v == floor(v);
    }
    qsort(out->sorted, (size_t)out->count, sizeof *out->sorted, by_value);
    for (int64_t i = 0; i < out->count && out->kinds < 65; i++)
        out->kinds += i == 0 || out->sorted[i] > out->sorted[i - 1];
    return PEL_OK;
}

// percentile p (0 to 1) of the sorted values from `first` on
static double percentile(const values *v, int64_t first, double p)
{
    if (first >= v->count)
        return NAN;
    return (double)v->sorted[first + (int64_t)(p * (double)(v->count - 1 - first) + 0.5)];
}

// background is often one value, the least; what lies above it is the object
static int64_t above_least(const values *v)
{
    int64_t first = 0;
    while (first < v->count && v->sorted[first] <= v->sorted[0])
        first++;
    return first < v->count ? first : 0;
}

// all but nothing is left, and that is no labels: vessels on an empty ground
static bool is_angiogram(const values *v)
{
    return v->count > 1000 && (double)above_least(v) > 0.96 * (double)v->count;
}

// vessels are brighter than half of what there is, unless there is nothing else
static void find_vessels(double window[2], const values *v)
{
    int64_t first = above_least(v);
    bool alone = is_angiogram(v);
    window[0] = percentile(v, first, alone ? 0 : 0.5);
    window[1] = percentile(v, first, alone ? 0.995 : 0.999);
    if (alone && v->count)
        window[0] = (double)v->sorted[0];
}

static void find_window(double window[2], const values *v)
{
    window[0] = percentile(v, 0, 0.005);
    window[1] = percentile(v, above_least(v), 0.995);
    if (isnan(window[0]))
        window[0] = window[1] = 0;
    if (!(window[0] < window[1])) {
        // a constant volume lies in the middle
        double half = window[0] != 0 ? fabs(window[0]) / 2 : 0.5;
        window[0] -= half;
        window[1] += half;
    }
}

/**
 * Where white matter lies in the window of a T1 picture, 0 to 1: of the peaks between its middle
 * and fat, the last that is not small. 0.6, its usual place, where no peak stands out.
 */
static double find_white(const values *v, const double window[2])
{
    enum { BINS = 64, FROM = 26, TO = 55 };
    double bin[BINS + 2] = { 0 }, most = 0, scale = BINS / (window[1] - window[0]);
    for (int64_t i = above_least(v); i < v->count; i++) {
        double at = scale * ((double)v->sorted[i] - window[0]);
        if (at >= 0 && at < BINS)
            bin[(int)at + 1]++;
    }
    // whole numbers fall unevenly into bins
    for (int pass = 0; pass < 4; pass++) {
        double last = 0;
        for (int i = 1; i <= BINS; i++) {
            double here = bin[i];
            bin[i] = (last + 2 * here + bin[i + 1]) / 4;
            last = here;
        }
    }
    for (int i = FROM; i <= TO; i++)
        most = bin[i] > most ? bin[i] : most;
    for (int i = TO; i >= FROM; i--)
        if (bin[i] > 0.4 * most && bin[i] > bin[i - 1] && bin[i] >= bin[i + 1])
            return (i - 0.5) / BINS;
    return 0.6;
}

/* ---- what kind of image is it? ---- */

// share of the values from lo to hi
static double share(const values *v, double lo, double hi)
{
    int64_t n = 0;
    for (int64_t i = 0; i < v->count; i++)
        n += (double)v->sorted[i] >= lo && (double)v->sorted[i] <= hi;
    return v->count ? (double)n / (double)v->count : 0;
}

static bool is_labels(const values *v, const pel_volume *volume)
{
    return v->count > 1000 && v->whole && v->kinds >= 2 && v->kinds <= 64 &&
           !pel_dtype_is_float(volume->dtype) && v->sorted[0] == 0 && v->sorted[v->count - 1] < 256;
}

/* Hounsfield units under a file's own numbers: value = slope HU + inter */
typedef struct hounsfield {
    double slope, inter;
    const char *how; // NULL: not known to be CT
    bool is_cut;     // what is less than the number 0 stands for is 0 too
} hounsfield;

static hounsfield find_hounsfield(const values *v)
{
    const hounsfield plain = { 1, 0, "Hounsfield units", false }, none = { 1, 0, NULL, false };
    double lo = percentile(v, 0, 0.001), hi = percentile(v, 0, 0.999);
    // air near -1000 and something denser than water
    if (lo <= -800 && lo >= -3100 && hi >= 100 && hi <= 5000)
        return plain;
    if (!(lo >= 0) || !v->whole || v->count < 1000)
        return none;
    // a scanner's own numbers: air near 0, much soft tissue just above water, bone
    double water = share(v, 980, 1150);
    if (hi > 1400 && hi < 5200 && water > 0.06 && share(v, 0, 300) > 0.1 &&
        share(v, 400, 900) < water)
        return (hounsfield){ 1, 1024, "Hounsfield units + 1024", false };
    // 8 bits, cut off at both ends: soft tissue is dark, the densest bone saturates
    int64_t first = above_least(v);
    double soft = percentile(v, first, 0.5), top = (double)v->sorted[v->count - 1];
    if (top == 255 && share(v, 255, 255) > 2e-4 && share(v, 0, 0) > 0.3 && soft < 0.25 * top &&
        percentile(v, first, 0.9) < 0.7 * top) {
        double slope = (top - soft) / 960;
        return (hounsfield){ slope, soft - 40 * slope, "CT cut to 8 bits, soft tissue at 40 HU",
                             true };
    }
    return none;
}

// the background is one value, and of what is left little is dark, as skull and air are, and little
// as bright as fat
static bool is_stripped(const values *v)
{
    int64_t first = above_least(v);
    double least = v->count ? (double)v->sorted[0] : 0;
    double bright = percentile(v, first, 0.99) - least,
           empty = (double)first / (double)(v->count + 1);
    return empty > 0.4 && percentile(v, first, 0.08) - least > 0.07 * bright &&
           percentile(v, first, 0.25) - least > (empty > 0.75 ? 0.36 : 0.42) * bright;
}

// voxels too small for a body
static bool is_microscopy(const pel_volume *volume)
{
    pel_vec3 mm = pel_volume_spacing_mm(volume);
    return volume->unit_known && mm.x < 0.02 && mm.y < 0.02 && mm.x > 0;
}

static const char *kind_of(const values *v, const pel_volume *volume)
{
    return is_labels(v, volume)     ? "labels"
           : is_microscopy(volume)  ? "gray"
           : find_hounsfield(v).how ? "ct-bone"
           : is_angiogram(v)        ? "vessels"
           : is_stripped(v)         ? "mr-brain"
                                    : "mr-head";
}

// what the person left open comes from the look the values suggest; the rest of `look` stays
static void choose_auto(pel_look *look, const values *v, const pel_volume *volume)
{
    pel_look like;
    pel__look_builtin(&like, kind_of(v, volume));
    // an even ramp per mm would show nothing of small voxels
    like.opacity_per_voxel |= is_microscopy(volume);
    bool own_colours = *look->colormap != 0;
    if (own_colours)
        pel__look_to_map(&like);
    else
        memcpy(look->colormap, like.colormap, sizeof look->colormap);
    if (isnan(look->window[0])) {
        memcpy(look->window, like.window, sizeof look->window);
        look->window_in_hounsfield = like.window_in_hounsfield;
    }
    memcpy(look->points, like.points, sizeof look->points);
    memcpy(look->opacity, like.opacity, sizeof look->opacity);
    look->point_count = like.point_count;
    look->opacity_count = like.opacity_count;
    look->opacity_in_window = like.opacity_in_window;
    look->in_hounsfield = like.in_hounsfield;
    look->labels = like.labels && !own_colours;
    memcpy(look->name, like.name, sizeof look->name);
}

static void points_to_data(pel_look_point *points, int count, const double window[2],
                           bool is_gradient)
{
    double span = window[1] - window[0], from = is_gradient ? 0 : window[0];
    for (int i = 0; i < count; i++)
        points[i].value = from + span * points[i].value;
}

// where all below a number was cut to 0, air is 0: from air to there it is a fraction
static double data_of(const hounsfield *h, double units)
{
    const double air = -1000;
    double cut = (1 - h->inter) / h->slope;
    if (!h->is_cut || units >= cut || !(cut > air))
        return h->slope * units + h->inter;
    return (units - air) / (cut - air);
}

static void hounsfield_to_data(pel_look *look, const hounsfield *h)
{
    struct {
        pel_look_point *points;
        int count;
    } lists[] = { { look->points, look->point_count }, { look->opacity, look->opacity_count } };
    for (int l = 0; look->in_hounsfield && l < 2; l++)
        for (int i = 0; i < lists[l].count; i++)
            lists[l].points[i].value = data_of(h, lists[l].points[i].value);
    for (int i = 0; look->in_hounsfield && i < look->gradient_count; i++)
        look->gradient[i].value *= h->slope;
    for (int i = 0; look->window_in_hounsfield && i < 2; i++)
        look->window[i] = h->slope * look->window[i] + h->inter;
    look->in_hounsfield = look->window_in_hounsfield = false;
}

// say what numbers were taken for, when they are not plainly Hounsfield units
static void fit_hounsfield(pel_look *look, const values *v)
{
    hounsfield h = find_hounsfield(v);
    if (h.how && h.inter != 0)
        pel__note("the look %s takes the values for %s", look->name, h.how);
    else if (!h.how && v->count && v->sorted[0] >= 0)
        pel__note("the look %s is made for Hounsfield units, but no value is below 0; if water is "
                  "near 1024 here, --tone 'add -1024' makes them right",
                  look->name);
    hounsfield_to_data(look, &h);
}

static void window_to_data(pel_look *look, const double window[2])
{
    if (look->opacity_in_window) {
        points_to_data(look->points, look->point_count, window, false);
        points_to_data(look->opacity, look->opacity_count, window, false);
        points_to_data(look->gradient, look->gradient_count, window, true);
        look->opacity_in_window = false;
    }
}

// points of looks for T1 are made for white matter at 0.6 of the window
static void fit_white(pel_look *look, const values *v)
{
    double reach = find_white(v, look->window) / 0.6;
    const double window[2] = { look->window[0],
                               look->window[0] + reach * (look->window[1] - look->window[0]) };
    window_to_data(look, window);
}

static void to_data_units(pel_look *look, const pel_volume *volume)
{
    window_to_data(look, look->window);
    if (look->opacity_per_voxel) {
        // the edge of the cube of a voxel's volume
        double volume_mm3 = fabs(pel__determinant(pel__volume_affine(volume)));
        double edge = pel__pow(volume_mm3, 1.0 / 3);
        double per_mm = edge > 0 ? 1 / edge : 1;
        for (int i = 0; i < look->point_count; i++)
            look->points[i].v[3] *= per_mm;
        for (int i = 0; i < look->opacity_count; i++)
            look->opacity[i].v[0] *= per_mm;
        look->opacity_per_voxel = false;
    }
}

pel_status pel__look_fit_to(pel_look *look, const pel_volume *shape, pel__look_value *value,
                            const void *user)
{
    pel_status s = pel__look_check(look);
    bool automatic = strcmp(look->name, "auto") == 0;
    if (s == PEL_OK && (automatic || look->in_hounsfield || isnan(look->window[0]))) {
        values v = { 0 };
        s = sample_values(&v, shape, value, user);
        if (s == PEL_OK && automatic)
            choose_auto(look, &v, shape);
        if (s == PEL_OK && isnan(look->window[0]) && strcmp(look->name, "vessels") == 0)
            find_vessels(look->window, &v);
        if (s == PEL_OK && !(look->window[0] < look->window[1])) {
            find_window(look->window, &v);
            if (strncmp(look->name, "mr-", 3) == 0)
                fit_white(look, &v);
        }
        if (s == PEL_OK && look->in_hounsfield)
            fit_hounsfield(look, &v);
        pel__free(v.sorted);
    }
    if (s != PEL_OK)
        return s;
    to_data_units(look, shape);
    s = pel_colormap(look->map, look->colormap);
    look->map_known = s == PEL_OK;
    return s;
}

static double stored_value(const void *user, int64_t voxel)
{
    const pel_volume *volume = user;
    double slope, inter;
    pel__volume_scale(volume, &slope, &inter);
    int64_t at = voxel * pel__volume_channels(volume);
    return slope * pel__stored_get(volume->data, volume->dtype, at) + inter;
}

pel_status pel_look_fit(pel_look *look, const pel_volume *volume)
{
    bool needs = strcmp(look->name, "auto") == 0 || look->in_hounsfield || isnan(look->window[0]);
    if (needs && !volume->data)
        return pel__fail(PEL_EPARAM, "a look is fitted to a volume without voxels");
    return pel__look_fit_to(look, volume, stored_value, volume);
}
