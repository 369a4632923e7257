/* SPDX-License-Identifier: Apache-2.0 */
/* thin.c: a mask thinned to its lines: voxels go from the outside in while topology stays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "transform/around.h"
#include "volume/bits.h"
#include "volume/volume.h"

typedef struct thinning {
    int64_t dims[3], stride[2]; // of the object: one empty voxel more on all sides
    uint8_t *object;
    uint64_t *order; // layer, then place: voxels from the outside in
    int64_t count;
    uint8_t *marked; // of those in order
    pel__beside beside;
} thinning;

static uint32_t around(const thinning *t, const uint8_t *at)
{
    return pel__around(at, t->stride[0], t->stride[1]);
}

// Bertrand and Malandain 1994: one object around it, and one background among faces and edges
// that it touches by a face
static bool is_simple(const thinning *t, uint32_t bits)
{
    static const uint32_t corners =
        1u << 0 | 1u << 2 | 1u << 6 | 1u << 8 | 1u << 18 | 1u << 20 | 1u << 24 | 1u << 26;
    uint32_t object = bits & ~(1u << PEL__MIDDLE);
    if (!object || pel__flood(object, object, t->beside.at_all) != object)
        return false;
    uint32_t empty = ~bits & ((1u << PEL__AROUND) - 1) & ~corners & ~(1u << PEL__MIDDLE);
    uint32_t touching = empty & t->beside.by_face[PEL__MIDDLE];
    return touching && !(touching & ~pel__flood(empty, touching, t->beside.by_face));
}

// a line's end has one neighbour, or two that touch: a line two voxels wide ends in those
static bool is_end(const thinning *t, uint32_t bits)
{
    uint32_t object = bits & ~(1u << PEL__MIDDLE), rest = object & (object - 1);
    if (!rest)
        return true;
    return !(rest & (rest - 1)) && t->beside.at_all[__builtin_ctz(object)] & rest;
}

static bool may_go(const thinning *t, const uint8_t *at)
{
    uint32_t bits = around(t, at);
    return !is_end(t, bits) && is_simple(t, bits);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// layers of half a voxel, the outermost first; within one as they are stored
static pel_status list_voxels(thinning *t, const pel_volume *distance)
{
    const float *far = distance->data;
    int64_t voxels = pel_volume_count(distance);
    pel_vec3 mm = pel_volume_spacing_mm(distance);
    double by = 2 / fmin(mm.x, fmin(mm.y, mm.z));
    for (int64_t n = 0; n < voxels; n++)
        t->count += far[n] > 0;
    pel_status s = pel__alloc(&t->order, t->count + 1, sizeof *t->order, "a mask's voxels");
    int64_t listed = 0;
    for (int64_t n = 0; s == PEL_OK && n < voxels; n++)
        if (far[n] > 0) {
            uint64_t layer = (uint64_t)fmin((double)far[n] * by, 4e9);
            t->order[listed++] = layer << 32 | (uint64_t)n;
        }
    if (s == PEL_OK)
        qsort(t->order, (size_t)listed, sizeof *t->order, by_number);
    return s;
}

static uint8_t *place(const thinning *t, int64_t voxel)
{
    int64_t nx = t->dims[0], ny = t->dims[1];
    return t->object + (voxel / (nx * ny) + 1) * t->stride[1] +
           (voxel / nx % ny + 1) * t->stride[0] + voxel % nx + 1;
}

// voxels bare on one side: all that may go are marked before the first goes, so that a line is
// not eaten from its end
static int64_t peel(thinning *t, int64_t end, int side)
{
    int64_t step = side / 2 == 0 ? 1 : t->stride[side / 2 - 1], gone = 0;
    step = side & 1 ? -step : step;
    for (int64_t n = 0; n < end; n++) {
        uint8_t *at = place(t, (int64_t)(uint32_t)t->order[n]);
        t->marked[n] = !at[step] && may_go(t, at);
    }
    for (int64_t n = 0; n < end; n++) {
        uint8_t *at = place(t, (int64_t)(uint32_t)t->order[n]);
        if (t->marked[n] && may_go(t, at)) {
            *at = 0;
            gone++;
        }
    }
    return gone;
}

// the first `end` of the list, without those that went; what is behind them stays
static int64_t compact(thinning *t, int64_t end)
{
    int64_t left = 0;
    for (int64_t n = 0; n < end; n++)
        if (*place(t, (int64_t)(uint32_t)t->order[n]))
            t->order[left++] = t->order[n];
    for (int64_t n = end; n < t->count; n++)
        t->order[left + n - end] = t->order[n];
    t->count -= end - left;
    return left;
}

// layer by layer; what had to stay is asked again with each, since it may be free by then
static pel_status take_away(thinning *t)
{
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < t->count; n++)
        *place(t, (int64_t)(uint32_t)t->order[n]) = 1;
    for (int64_t end = 0; s == PEL_OK && end < t->count;) {
        uint64_t layer = t->order[end] >> 32;
        while (end < t->count && t->order[end] >> 32 == layer)
            end++;
        for (int64_t gone = 1; gone && s == PEL_OK;) {
            gone = 0;
            for (int side = 0; side < 6; side++)
                gone += peel(t, end, side);
            end = compact(t, end);
            s = pel__cancelled();
        }
    }
    return s;
}

static pel_status thin_object(pel_volume *out, thinning *t, const pel_volume *mask)
{
    pel_distance_params inside = pel_distance_defaults();
    pel_volume distance;
    t->stride[0] = t->dims[0] + 2;
    t->stride[1] = t->stride[0] * (t->dims[1] + 2);
    t->beside = pel__beside_tables();
    pel_status s = pel_distance(&distance, mask, &inside);
    if (s == PEL_OK)
        s = list_voxels(t, &distance);
    pel_volume_free(&distance);
    if (s == PEL_OK)
        s = pel__alloc_zero(&t->object, t->stride[1] * (t->dims[2] + 2), 1, "a mask");
    if (s == PEL_OK)
        s = pel__alloc(&t->marked, t->count + 1, 1, "a mask");
    if (s == PEL_OK)
        s = take_away(t);
    pel__free(t->marked);
    pel__free(t->object);
    if (s == PEL_OK)
        s = pel_volume_like(out, mask, PEL_UINT8);
    for (int64_t n = 0; s == PEL_OK && n < t->count; n++)
        ((uint8_t *)out->data)[(uint32_t)t->order[n]] = 1;
    pel__free(t->order);
    return s;
}

pel_status pel_thin(pel_volume *out, const pel_volume *mask)
{
    *out = (pel_volume){ 0 };
    pel_status s = pel__volume_check_shape(mask, "a mask");
    if (s == PEL_OK && pel_volume_count(mask) > UINT32_MAX)
        s = pel__fail(PEL_EUNSUPPORTED, "a mask of more than 4 thousand million voxels; --crop it");
    if (s != PEL_OK)
        return s;
    thinning t = { .dims = { mask->dims[0], mask->dims[1], mask->dims[2] } };
    return thin_object(out, &t, mask);
}

int64_t pel_thin_memory(const pel_volume *shape)
{
    const int64_t *n = shape->dims;
    pel_distance_params inside = pel_distance_defaults();
    int64_t voxels = n[0] * n[1] * n[2];
    int64_t distance = pel_distance_schema.plan(&inside, shape), list = 8 * voxels;
    int64_t measuring = distance > 4 * voxels + list ? distance : 4 * voxels + list;
    int64_t thinning = list + voxels + (n[0] + 2) * (n[1] + 2) * (n[2] + 2) + voxels;
    return measuring > thinning ? measuring : thinning;
}
