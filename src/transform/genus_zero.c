/* SPDX-License-Identifier: Apache-2.0 */
/* genus_zero.c: a mask without handles and tunnels: each is cut or filled, whichever is less. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "transform/around.h"
#include "volume/volume.h"

/* depths in sixteenths of a voxel */
enum { LEVELS = 8192, FINE = 16 };

/* states of a voxel */
enum { GROWN = 1, WAITS = 2, OPEN = 4 };

typedef struct growing {
    int64_t n[3], stride[3], count; // with a rim of one voxel
    uint8_t *mask;                  // 0 and 1
    uint8_t *object;                // 0 and 1: what simple points are asked of
    uint8_t *state;
    uint16_t *depth;
    int32_t *next; // in a queue
    int32_t head[LEVELS], tail[LEVELS];
    int top;
    pel__beside beside;
} growing;

// whether the topology stays when the voxel joins or leaves: object joined by faces, what is
// outside by faces and edges, one part of each around it (Bertrand and Malandain 1994)
static bool is_simple(const growing *g, const uint8_t *at)
{
    uint32_t bits = pel__around(at, g->stride[1], g->stride[2]), itself = 1u << PEL__MIDDLE;
    uint32_t object = bits & ~itself, empty = ~bits & ((1u << PEL__AROUND) - 1) & ~itself;
    uint32_t in = object & g->beside.by_face[PEL__MIDDLE],
             out = empty & g->beside.by_edge[PEL__MIDDLE];
    // only ways of three steps from the voxel count: a longer one goes round something
    uint32_t edges = 0, near = in;
    for (uint32_t left = in; left; left &= left - 1)
        edges |= g->beside.by_face[__builtin_ctz(left)] & object;
    near |= edges;
    for (uint32_t left = edges; left; left &= left - 1)
        near |= g->beside.by_face[__builtin_ctz(left)] & object;
    return in && out && !(in & ~pel__flood(near, in, g->beside.by_face)) &&
           !(out & ~pel__flood(empty, out, g->beside.by_edge));
}

/* ---- a queue, the deepest first, of equal depth the first ---- */

static void push(growing *g, int64_t at)
{
    int level = g->depth[at];
    if (g->state[at] & (WAITS | GROWN) || !(g->state[at] & OPEN))
        return;
    g->state[at] |= WAITS;
    g->next[at] = -1;
    if (g->head[level] < 0)
        g->head[level] = (int32_t)at;
    else
        g->next[g->tail[level]] = (int32_t)at;
    g->tail[level] = (int32_t)at;
    g->top = level > g->top ? level : g->top;
}

static int64_t pop(growing *g)
{
    while (g->top >= 0 && g->head[g->top] < 0)
        g->top--;
    if (g->top < 0)
        return -1;
    int32_t at = g->head[g->top];
    g->head[g->top] = g->next[at];
    g->state[at] = (uint8_t)(g->state[at] & ~WAITS);
    return at;
}

static void push_around(growing *g, int64_t at)
{
    for (int64_t k = -1; k <= 1; k++)
        for (int64_t j = -1; j <= 1; j++)
            for (int64_t i = -1; i <= 1; i++)
                push(g, at + k * g->stride[2] + j * g->stride[1] + i);
}

// what waits joins while it is simple; one that is not is asked again when something changes there
static pel_status grow(growing *g, uint8_t joined)
{
    pel_status s = PEL_OK;
    int64_t at, steps = 0;
    while (s == PEL_OK && (at = pop(g)) >= 0) {
        if (is_simple(g, g->object + at)) {
            g->object[at] = joined;
            g->state[at] |= GROWN;
            push_around(g, at);
        }
        if (++steps % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

static void empty_queue(growing *g)
{
    memset(g->head, 0xff, sizeof g->head);
    g->top = -1;
}

/* ---- depths ---- */

static int64_t padded(const growing *g, int64_t i, int64_t j, int64_t k)
{
    return (k + 1) * g->stride[2] + (j + 1) * g->stride[1] + i + 1;
}

static pel_status set_depths(growing *g, const pel_volume *mask, int side)
{
    pel_distance_params params = pel_distance_defaults();
    pel_volume distance;
    params.side = side;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    double by = FINE / fmin(mm.x, fmin(mm.y, mm.z));
    pel_status s = pel_distance(&distance, mask, &params);
    if (s != PEL_OK)
        return s;
    const float *d = distance.data;
    for (int64_t k = 0; k < mask->dims[2]; k++)
        for (int64_t j = 0; j < mask->dims[1]; j++)
            for (int64_t i = 0; i < mask->dims[0]; i++, d++)
                g->depth[padded(g, i, j, k)] =
                    (uint16_t)pel__int_from((double)*d * by, 0, LEVELS - 1);
    pel_volume_free(&distance);
    return PEL_OK;
}

/* ---- growing from within and from without ---- */

// a ball of voxels, from the deepest on
static pel_status grow_inside(growing *g)
{
    int64_t deepest = -1;
    memset(g->object, 0, (size_t)g->count);
    empty_queue(g);
    for (int64_t at = 0; at < g->count; at++) {
        g->state[at] = g->mask[at] ? OPEN : 0;
        if (g->mask[at] && (deepest < 0 || g->depth[at] > g->depth[deepest]))
            deepest = at;
    }
    g->object[deepest] = 1;
    g->state[deepest] |= GROWN;
    push_around(g, deepest);
    return grow(g, 1);
}

// the whole grid, less what lies outside, the farthest first
static pel_status grow_outside(growing *g)
{
    empty_queue(g);
    memset(g->object, 0, (size_t)g->count);
    memset(g->state, 0, (size_t)g->count);
    for (int64_t k = 0; k < g->n[2] - 2; k++)
        for (int64_t j = 0; j < g->n[1] - 2; j++)
            for (int64_t i = 0; i < g->n[0] - 2; i++) {
                int64_t at = padded(g, i, j, k);
                g->object[at] = 1;
                g->state[at] = g->mask[at] ? 0 : OPEN;
            }
    for (int64_t k = 0; k < g->n[2] - 2; k++)
        for (int64_t j = 0; j < g->n[1] - 2; j++)
            for (int64_t i = 0; i < g->n[0] - 2; i++)
                if (i == 0 || j == 0 || k == 0 || i == g->n[0] - 3 || j == g->n[1] - 3 ||
                    k == g->n[2] - 3)
                    push(g, padded(g, i, j, k));
    return grow(g, 0);
}

/* ---- what could be changed ---- */

/* voxels that hang together, all to be cut or all to be filled */
typedef struct patch {
    int64_t first, count; // in the list
    int64_t lo[3], hi[3];
    uint8_t becomes;
} patch;

typedef struct patches {
    int32_t *voxel;
    int64_t voxels, room;
    patch *patch;
    int64_t count;
} patches;

static pel_status add_voxel(patches *to, int64_t at)
{
    if (to->voxels == to->room) {
        to->room = to->room ? 2 * to->room : 4096;
        pel_status s = pel__realloc(&to->voxel, to->room, sizeof *to->voxel, "voxels of handles");
        if (s != PEL_OK)
            return s;
    }
    to->voxel[to->voxels++] = (int32_t)at;
    return PEL_OK;
}

static void widen(patch *p, const growing *g, int64_t at)
{
    const int64_t place[3] = { at % g->stride[1], at / g->stride[1] % g->n[1], at / g->stride[2] };
    for (int a = 0; a < 3; a++) {
        p->lo[a] = place[a] < p->lo[a] ? place[a] : p->lo[a];
        p->hi[a] = place[a] > p->hi[a] ? place[a] : p->hi[a];
    }
}

// all that hangs together with a voxel where object and mask differ; states tell what is listed
static pel_status take_patch(patches *to, const growing *g, int64_t seed, uint8_t becomes)
{
    pel_status s = pel__realloc(&to->patch, to->count + 1, sizeof *to->patch, "handles");
    if (s != PEL_OK)
        return s;
    patch *p = &to->patch[to->count++];
    *p = (patch){ .first = to->voxels,
                  .lo = { INT64_MAX, INT64_MAX, INT64_MAX },
                  .becomes = becomes };
    g->state[seed] = WAITS;
    s = add_voxel(to, seed);
    for (int64_t n = p->first; n < to->voxels && s == PEL_OK; n++) {
        int64_t at = to->voxel[n];
        widen(p, g, at);
        for (int d = 0; d < PEL__AROUND && s == PEL_OK; d++) {
            int64_t other =
                at + (d % 3 - 1) + (d / 3 % 3 - 1) * g->stride[1] + (d / 9 - 1) * g->stride[2];
            if (g->object[other] == g->mask[other] || g->state[other] == WAITS)
                continue;
            g->state[other] = WAITS;
            s = add_voxel(to, other);
        }
    }
    p->count = to->voxels - p->first;
    return s;
}

static pel_status list_patches(patches *to, const growing *g, uint8_t becomes)
{
    pel_status s = PEL_OK;
    memset(g->state, 0, (size_t)g->count);
    for (int64_t at = 0; at < g->count && s == PEL_OK; at++)
        if (g->object[at] != g->mask[at] && g->state[at] != WAITS)
            s = take_patch(to, g, at, becomes);
    return s;
}

/* ---- Euler numbers ---- */

// what the cell of eight voxels from (at) on adds: corners, edges, faces and itself where they are
// filled; and itself where only two opposite voxels are out, which do not touch through it
static int euler_at(const growing *g, int64_t at)
{
    static const uint8_t spans[8] = { 0x01, 0x03, 0x05, 0x0f, 0x11, 0x33, 0x55, 0xff };
    static const int8_t sign[8] = { 1, -1, -1, 1, -1, 1, 1, -1 };
    int in = 0, sum = 0;
    for (int c = 0; c < 8; c++)
        in |= g->mask[at + (c & 1) + (c >> 1 & 1) * g->stride[1] + (c >> 2) * g->stride[2]] << c;
    for (int n = 0; n < 8; n++)
        sum += (in & spans[n]) == spans[n] ? sign[n] : 0;
    return sum + (in == 0x7e || in == 0xbd || in == 0xdb || in == 0xe7);
}

static int64_t euler_around(const growing *g, const patch *p)
{
    int64_t sum = 0;
    for (int64_t k = p->lo[2] - 1; k <= p->hi[2]; k++)
        for (int64_t j = p->lo[1] - 1; j <= p->hi[1]; j++)
            for (int64_t i = p->lo[0] - 1; i <= p->hi[0]; i++)
                sum += euler_at(g, k * g->stride[2] + j * g->stride[1] + i);
    return sum;
}

static int by_size(const void *a, const void *b)
{
    const patch *x = a, *y = b;
    return x->count != y->count ? (x->count > y->count) - (x->count < y->count)
                                : (x->first > y->first) - (x->first < y->first);
}

static void set_patch(const growing *g, const patches *of, const patch *p, uint8_t value)
{
    for (int64_t n = p->first; n < p->first + p->count; n++)
        g->mask[of->voxel[n]] = value;
}

// the smallest changes first, those that rid the mask of a handle
static void change(const growing *g, const patches *of)
{
    if (of->count)
        qsort(of->patch, (size_t)of->count, sizeof *of->patch, by_size);
    for (int64_t n = 0; n < of->count; n++) {
        const patch *p = &of->patch[n];
        int64_t before = euler_around(g, p);
        set_patch(g, of, p, p->becomes);
        if (euler_around(g, p) <= before)
            set_patch(g, of, p, !p->becomes);
    }
}

/* ---- the whole ---- */

static pel_status new_growing(growing *g, const pel_volume *mask)
{
    g->count = 1;
    for (int a = 0; a < 3; a++) {
        g->n[a] = mask->dims[a] + 2;
        g->stride[a] = g->count;
        g->count *= g->n[a];
    }
    g->beside = pel__beside_tables();
    if (g->count > INT32_MAX)
        return pel__fail(PEL_EUNSUPPORTED, "topology is mended in at most %d voxels", INT32_MAX);
    pel_status s = pel__alloc_zero(&g->mask, g->count, 1, "topology");
    if (s == PEL_OK)
        s = pel__alloc_zero(&g->object, g->count, 1, "topology");
    if (s == PEL_OK)
        s = pel__alloc_zero(&g->state, g->count, 1, "topology");
    if (s == PEL_OK)
        s = pel__alloc_zero(&g->depth, g->count, sizeof *g->depth, "topology");
    if (s == PEL_OK)
        s = pel__alloc(&g->next, g->count, sizeof *g->next, "topology");
    return s;
}

static void free_growing(growing *g)
{
    pel__free(g->mask);
    pel__free(g->object);
    pel__free(g->state);
    pel__free(g->depth);
    pel__free(g->next);
}

int64_t pel_genus_zero_memory(const pel_volume *shape)
{
    int64_t voxels = (shape->dims[0] + 2) * (shape->dims[1] + 2) * (shape->dims[2] + 2);
    return voxels * (3 + 2 + 4 + 8 + 3) + (1 << 20);
}

// the largest part, without cavities
static pel_status take_body(pel_volume *body, const pel_volume *mask)
{
    pel_components_params params = pel_components_defaults();
    pel_volume largest;
    params.largest = 1;
    params.connectivity = 0;
    pel_status s = pel_keep_components(&largest, mask, &params);
    if (s == PEL_OK)
        s = pel_fill_holes(body, &largest);
    pel_volume_free(&largest);
    return s;
}

static pel_status mend(growing *g, const pel_volume *body)
{
    patches found = { 0 };
    const uint8_t *from = body->data;
    for (int64_t k = 0; k < body->dims[2]; k++)
        for (int64_t j = 0; j < body->dims[1]; j++, from += body->dims[0])
            memcpy(g->mask + padded(g, 0, j, k), from, (size_t)body->dims[0]);
    pel_status s = set_depths(g, body, PEL_OUTSIDE);
    if (s == PEL_OK)
        s = grow_outside(g);
    if (s == PEL_OK)
        s = list_patches(&found, g, 1);
    if (s == PEL_OK)
        s = set_depths(g, body, PEL_INSIDE);
    if (s == PEL_OK)
        s = grow_inside(g);
    if (s == PEL_OK)
        s = list_patches(&found, g, 0);
    if (s == PEL_OK)
        change(g, &found);
    // what handles are left are cut
    if (s == PEL_OK)
        s = grow_inside(g);
    pel__free(found.voxel);
    pel__free(found.patch);
    return s;
}

static void put_back(pel_volume *out, pel_genus_found *found, const growing *g)
{
    uint8_t *to = out->data;
    for (int64_t k = 0; k < out->dims[2]; k++)
        for (int64_t j = 0; j < out->dims[1]; j++)
            for (int64_t i = 0; i < out->dims[0]; i++, to++) {
                uint8_t now = g->object[padded(g, i, j, k)];
                found->added += now && !*to;
                found->removed += !now && *to;
                *to = now;
            }
    pel_vec3 mm = pel_volume_spacing_mm(out);
    found->added_mm3 = (double)found->added * mm.x * mm.y * mm.z;
    found->removed_mm3 = (double)found->removed * mm.x * mm.y * mm.z;
}

pel_status pel_genus_zero(pel_volume *out, pel_genus_found *found, const pel_volume *mask)
{
    growing g = { .count = 0 };
    pel_genus_found here = { 0 };
    pel_volume part = { 0 };
    pel_components_params params = pel_components_defaults();
    params.largest = 1;
    params.connectivity = 0;
    *out = (pel_volume){ 0 };
    pel_status s = take_body(&part, mask);
    if (s == PEL_OK)
        s = pel_keep_components(out, mask, &params);
    if (s == PEL_OK)
        s = new_growing(&g, &part);
    if (s == PEL_OK && !memchr(part.data, 1, (size_t)pel_volume_count(&part)))
        s = pel__fail(PEL_EDATA, "the mask is empty");
    if (s == PEL_OK)
        s = mend(&g, &part);
    if (s == PEL_OK)
        put_back(out, &here, &g);
    free_growing(&g);
    pel_volume_free(&part);
    if (found)
        *found = here;
    if (s != PEL_OK)
        pel_volume_free(out);
    return pel__during(s, "genus zero");
}
