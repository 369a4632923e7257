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
static pel_status sample_values(values *out, const pel_volume *volume)
{
    int64_t n = volume->dims[0] * volume->dims[1] * volume->dims[2];
    int64_t step = n / MOST_SAMPLES + 1, channels = pel__volume_channels(volume);
    *out = (values){ .whole = true };
    pel_status s = pel__alloc(&out->sorted, n / step + 1, sizeof(float), "a sample of the values");
    if (s != PEL_OK)
        return s;
    double slope, inter;
    pel__volume_scale(volume, &slope, &inter);
    uint32_t random = 1;
    for (int64_t at = 0; at < n; at += step) {
        random = random * 1664525u + 1013904223u;
        int64_t index = at + (int64_t)(random >> 8) % step;
        if (index >= n)
            break;
        double v = slope * pel__stored_get(volume->data, volume->dtype, index * channels) + inter;
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

// air near -1000 and something denser than water: Hounsfield units
static bool is_hounsfield(const values *v)
{
    double lo = percentile(v, 0, 0.001), hi = percentile(v, 0, 0.999);
    return lo <= -800 && lo >= -3100 && hi >= 100 && hi <= 5000;
}

static bool is_labels(const values *v, const pel_volume *volume)
{
    return v->count > 1000 && v->whole && v->kinds >= 2 && v->kinds <= 64 &&
           !pel_dtype_is_float(volume->dtype) && v->sorted[0] == 0 && v->sorted[v->count - 1] < 256;
}

// what the person left open comes from the look the values suggest; the rest of `look` stays
static void choose_auto(pel_look *look, const values *v, const pel_volume *volume)
{
    pel_look like;
    pel__look_builtin(&like, is_labels(v, volume) ? "labels"
                             : is_hounsfield(v)   ? "ct-bone"
                                                  : "mr-head");
    bool own_colours = *look->colormap != 0;
    if (own_colours)
        pel__look_to_map(&like);
    else
        memcpy(look->colormap, like.colormap, sizeof look->colormap);
    if (isnan(look->window[0]))
        memcpy(look->window, like.window, sizeof look->window);
    memcpy(look->points, like.points, sizeof look->points);
    memcpy(look->opacity, like.opacity, sizeof look->opacity);
    look->point_count = like.point_count;
    look->opacity_count = like.opacity_count;
    look->opacity_in_window = like.opacity_in_window;
    look->labels = like.labels && !own_colours;
    memcpy(look->name, like.name, sizeof look->name);
}

// a scanner's own numbers often start at 0, with water near 1024
static void doubt_hounsfield(const pel_look *look, const values *v)
{
    if (v->count && v->sorted[0] >= 0)
        pel__note("the look %s is made for Hounsfield units, but no value is below 0; if water is "
                  "near 1024 here, --tone 'add -1024' makes them right",
                  look->name);
}

static void points_to_data(pel_look_point *points, int count, const double window[2],
                           bool is_gradient)
{
    double span = window[1] - window[0], from = is_gradient ? 0 : window[0];
    for (int i = 0; i < count; i++)
        points[i].value = from + span * points[i].value;
}

static void to_data_units(pel_look *look, const pel_volume *volume)
{
    if (look->opacity_in_window) {
        points_to_data(look->points, look->point_count, look->window, false);
        points_to_data(look->opacity, look->opacity_count, look->window, false);
        points_to_data(look->gradient, look->gradient_count, look->window, true);
        look->opacity_in_window = false;
    }
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

pel_status pel_look_fit(pel_look *look, const pel_volume *volume)
{
    pel_status s = pel__look_check(look);
    bool automatic = strcmp(look->name, "auto") == 0;
    bool in_hounsfield = strncmp(look->name, "ct-", 3) == 0 && !look->map_known;
    if (s == PEL_OK && (automatic || in_hounsfield || isnan(look->window[0]))) {
        values v = { 0 };
        s = volume->data ? sample_values(&v, volume)
                         : pel__fail(PEL_EPARAM, "a look is fitted to a volume without voxels");
        if (s == PEL_OK && automatic)
            choose_auto(look, &v, volume);
        if (s == PEL_OK && isnan(look->window[0]))
            find_window(look->window, &v);
        if (s == PEL_OK && in_hounsfield)
            doubt_hounsfield(look, &v);
        pel__free(v.sorted);
    }
    if (s != PEL_OK)
        return s;
    to_data_units(look, volume);
    s = pel_colormap(look->map, look->colormap);
    look->map_known = s == PEL_OK;
    return s;
}
