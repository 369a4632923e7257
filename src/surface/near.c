/* SPDX-License-Identifier: Apache-2.0 */
/* near.c: the triangles of a mesh by place, in lists of cells. */
#include "surface/near.h"

#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/crossings.h"

/* nodes a triangle may have at first, the others are for what changes; steps of the lattice are
 * 2^LARGEST along the longest side */
enum { NODES = 4, LARGEST = 30, FEWEST = 1024 };

typedef struct range {
    int32_t lo[3], hi[3];
} range;

static range range_of(const pel__near *near, const int32_t corner[3])
{
    range r;
    for (int a = 0; a < 3; a++) {
        int32_t x = near->at[corner[0]][a], y = near->at[corner[1]][a], z = near->at[corner[2]][a];
        int32_t lo = x < y ? x : y, hi = x < y ? y : x;
        r.lo[a] = lo < z ? lo : z;
        r.hi[a] = hi > z ? hi : z;
    }
    return r;
}

static bool set_cells(pel__near *near, int shift)
{
    int64_t count = 1;
    near->shift = shift;
    for (int a = 0; a < 3; a++) {
        near->dims[a] = (near->most[a] >> shift) + 1;
        if (near->dims[a] > near->cells / count)
            return false;
        count *= near->dims[a];
    }
    memset(near->head, 0xff, (size_t)count * sizeof *near->head);
    near->used = 0;
    near->spare = -1;
    return true;
}

typedef struct cells {
    int64_t lo[3], hi[3];
} cells;

static cells cells_of(const pel__near *near, const range *r)
{
    cells c;
    for (int a = 0; a < 3; a++) {
        c.lo[a] = r->lo[a] >> near->shift;
        c.hi[a] = r->hi[a] >> near->shift;
    }
    return c;
}

static bool new_node(pel__near *near, int32_t triangle, int32_t *head)
{
    int32_t n = near->spare;
    if (n >= 0)
        near->spare = near->node[n].next;
    else if (near->used < near->room)
        n = (int32_t)near->used++;
    else
        return false;
    near->node[n] = (pel__near_node){ triangle, *head };
    *head = n;
    return true;
}

// where it is not listed already: in cells that its box of before met
static bool add(pel__near *near, int32_t triangle, const range *before)
{
    range r = range_of(near, near->mesh->triangle[triangle]);
    cells c = cells_of(near, &r), old = { { 1 }, { 0 } };
    if (before)
        old = cells_of(near, before);
    for (int64_t z = c.lo[2]; z <= c.hi[2]; z++)
        for (int64_t y = c.lo[1]; y <= c.hi[1]; y++)
            for (int64_t x = c.lo[0]; x <= c.hi[0]; x++) {
                bool there = x >= old.lo[0] && x <= old.hi[0] && y >= old.lo[1] && y <= old.hi[1] &&
                             z >= old.lo[2] && z <= old.hi[2];
                if (!there && !new_node(near, triangle,
                                        &near->head[(z * near->dims[1] + y) * near->dims[0] + x]))
                    return false;
            }
    return true;
}

// of the triangles that are there the mean longest side of their boxes, in steps
static double mean_extent(const pel__near *near)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t t = 0; t < near->mesh->triangles; t++) {
        if (near->mesh->triangle[t][0] < 0)
            continue;
        range r = range_of(near, near->mesh->triangle[t]);
        int32_t most = 0;
        for (int a = 0; a < 3; a++)
            most = r.hi[a] - r.lo[a] > most ? r.hi[a] - r.lo[a] : most;
        sum += most;
        count++;
    }
    return count ? sum / (double)count : 0;
}

static bool list_all(pel__near *near, int shift)
{
    if (!set_cells(near, shift))
        return false;
    for (int64_t t = 0; t < near->mesh->triangles; t++)
        if (near->mesh->triangle[t][0] >= 0 && !add(near, (int32_t)t, NULL))
            return false;
    // room for changes, or all is listed anew all the time
    return near->used <= near->room * 3 / 4;
}

// cells as wide as triangles, or wider until all have room
static void rebuild(pel__near *near)
{
    double wanted = mean_extent(near);
    int shift = 0;
    while (shift < LARGEST && (double)((int64_t)1 << shift) < wanted)
        shift++;
    // with one cell each has one node
    while (!list_all(near, shift) && shift <= LARGEST)
        shift++;
}

int64_t pel__near_memory(int64_t points, int64_t triangles)
{
    return points * 12 + (triangles + FEWEST) * (8 + NODES * (int64_t)sizeof(pel__near_node));
}

pel_status pel__near_new(pel__near *out, const pel_mesh *mesh)
{
    *out = (pel__near){ .mesh = mesh };
    out->cells = mesh->triangles + FEWEST;
    out->room = NODES * (mesh->triangles + FEWEST);
    out->room = out->room < INT32_MAX ? out->room : INT32_MAX;
    pel_status s = pel__alloc(&out->at, mesh->points, sizeof *out->at, "triangles by place");
    if (s == PEL_OK)
        s = pel__alloc(&out->head, out->cells, sizeof *out->head, "triangles by place");
    if (s == PEL_OK)
        s = pel__alloc(&out->node, out->room, sizeof *out->node, "triangles by place");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->seen, mesh->triangles, sizeof *out->seen, "triangles by place");
    if (s != PEL_OK) {
        pel__near_free(out);
        return s;
    }
    pel__put_on_lattice(out->at, mesh);
    for (int64_t p = 0; p < mesh->points; p++)
        for (int a = 0; a < 3; a++)
            out->most[a] = out->at[p][a] > out->most[a] ? out->at[p][a] : out->most[a];
    rebuild(out);
    return PEL_OK;
}

void pel__near_free(pel__near *near)
{
    pel__free(near->at);
    pel__free(near->head);
    pel__free(near->node);
    pel__free(near->seen);
    *near = (pel__near){ 0 };
}

void pel__near_add(pel__near *near, int32_t triangle, const int32_t old[3])
{
    range before = range_of(near, old);
    if (!add(near, triangle, &before))
        rebuild(near);
}

static void take(pel__spot out[3], const pel__near *near, const int32_t corner[3])
{
    for (int c = 0; c < 3; c++)
        for (int a = 0; a < 3; a++)
            out[c].x[a] = near->at[corner[c]][a];
}

static bool overlap(const range *a, const range *b)
{
    bool meet = true;
    for (int n = 0; n < 3; n++)
        meet &= a->lo[n] <= b->hi[n] && b->lo[n] <= a->hi[n];
    return meet;
}

/* new triangles, where they lie, and where all of them do */
typedef struct fresh {
    const int32_t (*corner)[3];
    int count;
    range all, of[PEL__NEAR_MOST];
} fresh;

static bool meets(const pel__near *near, const fresh *f, int32_t triangle)
{
    const int32_t *other = near->mesh->triangle[triangle];
    range r = range_of(near, other);
    for (int n = 0; n < f->count && overlap(&r, &f->all); n++) {
        pel__spot p[3], q[3];
        if (!overlap(&r, &f->of[n]))
            continue;
        take(p, near, f->corner[n]);
        take(q, near, other);
        if (pel__pass_through(p, q))
            return true;
    }
    return false;
}

// each triangle of a cell's list once; those that are gone leave it
static bool cell_meets(pel__near *near, const fresh *f, int32_t *head, int32_t without)
{
    for (int32_t *at = head; *at >= 0;) {
        pel__near_node *node = &near->node[*at];
        const int32_t *c = near->mesh->triangle[node->triangle];
        if (c[0] < 0) {
            int32_t gone = *at;
            *at = node->next;
            node->next = near->spare;
            near->spare = gone;
            continue;
        }
        at = &node->next;
        if (near->seen[node->triangle] == near->now)
            continue;
        near->seen[node->triangle] = near->now;
        if (c[0] != without && c[1] != without && c[2] != without && meets(near, f, node->triangle))
            return true;
    }
    return false;
}

bool pel__near_meets(pel__near *near, const int32_t (*corner)[3], int count, int32_t without)
{
    fresh f = { .corner = corner, .count = count };
    near->now++;
    for (int n = 0; n < count; n++) {
        f.of[n] = range_of(near, corner[n]);
        for (int a = 0; a < 3; a++) {
            f.all.lo[a] = n && f.all.lo[a] < f.of[n].lo[a] ? f.all.lo[a] : f.of[n].lo[a];
            f.all.hi[a] = n && f.all.hi[a] > f.of[n].hi[a] ? f.all.hi[a] : f.of[n].hi[a];
        }
    }
    cells c = cells_of(near, &f.all);
    for (int64_t z = c.lo[2]; z <= c.hi[2]; z++)
        for (int64_t y = c.lo[1]; y <= c.hi[1]; y++)
            for (int64_t x = c.lo[0]; x <= c.hi[0]; x++) {
                int32_t *head = &near->head[(z * near->dims[1] + y) * near->dims[0] + x];
                if (cell_meets(near, &f, head, without))
                    return true;
            }
    return false;
}
