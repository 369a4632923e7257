/* SPDX-License-Identifier: Apache-2.0 */
/* round_parts.c: the corners of voxels taken off labels on a picture. */
#include "pipeline/round_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"

/* how much of what lies around each pixel is a part, and is there at all */
typedef struct shares {
    int64_t *part, *all, *line; // owned; `line` is a row or column
    int64_t width, height, half;
} shares;

// sums of 2*half + 1 neighbours; beyond the ends there is nothing
static void box_line(int64_t *at, int64_t stride, int64_t count, const shares *s)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        s->line[i] = at[i * stride];
    for (int64_t i = -s->half; i < count; i++) {
        sum += i + s->half < count ? s->line[i + s->half] : 0;
        sum -= i > s->half ? s->line[i - s->half - 1] : 0;
        if (i >= 0)
            at[i * stride] = sum;
    }
}

static void box(int64_t *pixels, const shares *s)
{
    for (int64_t y = 0; y < s->height; y++)
        box_line(pixels + y * s->width, 1, s->width, s);
    for (int64_t x = 0; x < s->width; x++)
        box_line(pixels + x, s->width, s->height, s);
}

// the nearest part; within the reach of the boxes there is one
static float nearest(const float *before, const shares *s, int64_t x, int64_t y)
{
    int64_t reach = 2 * s->half, least = INT64_MAX;
    float part = 0;
    for (int64_t j = -reach; j <= reach; j++)
        for (int64_t i = -reach; i <= reach; i++) {
            bool within = x + i >= 0 && x + i < s->width && y + j >= 0 && y + j < s->height;
            float here = within ? before[(y + j) * s->width + x + i] : 0;
            if (here > 0 && i * i + j * j < least) {
                least = i * i + j * j;
                part = here;
            }
        }
    return part;
}

static void choose(float *parts, const float *before, const shares *s)
{
    for (int64_t at = 0; at < s->width * s->height; at++) {
        bool is = 2 * s->part[at] >= s->all[at];
        if (!isnan(before[at]) && is != (before[at] > 0))
            parts[at] = is ? nearest(before, s, at % s->width, at / s->width) : 0;
    }
}

pel_status pel__round_parts(pel_image *parts, double voxel_mm)
{
    int64_t pixels = parts->width * parts->height;
    int64_t longest = parts->width > parts->height ? parts->width : parts->height;
    shares s = { .width = parts->width, .height = parts->height };
    float *value = parts->data, *before = NULL;
    s.half = pel__int_from(floor(0.4 * voxel_mm / parts->mm_per_pixel + 0.5), 0, 256);
    pel_status status = pel__alloc(&s.part, pixels, sizeof *s.part, "parts of a map");
    if (status == PEL_OK)
        status = pel__alloc(&s.all, pixels, sizeof *s.all, "parts of a map");
    if (status == PEL_OK)
        status = pel__alloc(&s.line, longest, sizeof *s.line, "parts of a map");
    if (status == PEL_OK)
        status = pel__alloc(&before, pixels, sizeof *before, "parts of a map");
    if (status == PEL_OK) {
        memcpy(before, value, (size_t)pixels * sizeof *before);
        for (int64_t at = 0; at < pixels; at++) {
            s.part[at] = value[at] > 0;
            s.all[at] = !isnan(value[at]);
        }
        for (int pass = 0; pass < 2; pass++) {
            box(s.part, &s);
            box(s.all, &s);
        }
        choose(value, before, &s);
    }
    pel__free(s.part);
    pel__free(s.all);
    pel__free(s.line);
    pel__free(before);
    return status;
}
