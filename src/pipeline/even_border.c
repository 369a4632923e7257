/* SPDX-License-Identifier: Apache-2.0 */
/* even_border.c: a patch opened by discs along its surface, cut along a line of equal distance. */
#include "pipeline/even_border.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/geodesic.h"
#include "surface/cut.h"

enum { ROUNDS = 6 }; // that smooth the line

typedef struct border {
    const pel_mesh *mesh;
    double *edge; // owned
    pel__surface_walk walk;
    pel__geodesic far;
    uint8_t *core;       // owned; per point: the discs' middles
    int32_t *stack;      // owned
    double *value, *old; // owned; per point: how far within the new border
} border;

static pel_status border_new(border *b, const pel_mesh *mesh)
{
    *b = (border){ .mesh = mesh };
    pel_status s = pel__mesh_edges_mm(&b->edge, mesh);
    if (s == PEL_OK)
        s = pel__surface_walk_new(&b->walk, mesh, b->edge);
    if (s == PEL_OK)
        s = pel__geodesic_new(&b->far, mesh->points);
    if (s == PEL_OK)
        s = pel__alloc_zero(&b->core, mesh->points, 1, "a border");
    if (s == PEL_OK)
        s = pel__alloc(&b->stack, mesh->points, sizeof *b->stack, "a border");
    if (s == PEL_OK)
        s = pel__alloc(&b->value, mesh->points, sizeof *b->value, "a border");
    if (s == PEL_OK)
        s = pel__alloc(&b->old, mesh->points, sizeof *b->old, "a border");
    return s;
}

static void border_free(border *b)
{
    pel__free(b->edge);
    pel__surface_walk_free(&b->walk);
    pel__geodesic_free(&b->far);
    pel__free(b->core);
    pel__free(b->stack);
    pel__free(b->value);
    pel__free(b->old);
}

// mark a connected part of the core; how many points it has
static int64_t flood(border *b, int32_t from, uint8_t was, uint8_t mark)
{
    int64_t count = 0, marked = 1;
    b->core[from] = mark;
    b->stack[count++] = from;
    while (count) {
        int32_t p = b->stack[--count];
        for (int64_t i = b->walk.first[p]; i < b->walk.first[p + 1]; i++)
            for (int c = 0; c < 3; c++) {
                int32_t q = b->walk.triangle[b->walk.list[i]][c];
                if (b->core[q] != was)
                    continue;
                b->core[q] = mark;
                b->stack[count++] = q;
                marked++;
            }
    }
    return marked;
}

// what lies deeper than the radius, its largest part alone; false: nothing does
static bool find_core(border *b, double radius_mm)
{
    enum { DEEP = 1, SEEN, LARGEST };
    int64_t most = 0;
    int32_t largest = -1;
    pel__geodesic_from_all(&b->far, &b->walk, b->walk.border);
    for (int64_t p = 0; p < b->mesh->points; p++)
        b->core[p] = b->far.mm[p] >= radius_mm ? DEEP : 0;
    for (int32_t p = 0; p < b->mesh->points; p++) {
        int64_t count = b->core[p] == DEEP ? flood(b, p, DEEP, SEEN) : 0;
        largest = count > most ? p : largest;
        most = count > most ? count : most;
    }
    if (largest < 0)
        return false;
    flood(b, largest, SEEN, LARGEST);
    for (int64_t p = 0; p < b->mesh->points; p++)
        b->core[p] = b->core[p] == LARGEST;
    return true;
}

// each point's number becomes the mean of those around it
static void smooth(border *b)
{
    memcpy(b->old, b->value, (size_t)b->mesh->points * sizeof *b->old);
    for (int64_t p = 0; p < b->mesh->points; p++) {
        double sum = 0;
        int64_t from = b->walk.first[p], to = b->walk.first[p + 1];
        for (int64_t i = from; i < to; i++)
            for (int c = 0; c < 3; c++)
                sum += b->old[b->walk.triangle[b->walk.list[i]][c]];
        b->value[p] = to > from ? sum / (3 * (double)(to - from)) : b->old[p];
    }
}

static double mean_edge(const border *b)
{
    double sum = 0;
    for (int64_t h = 0; h < 3 * b->mesh->triangles; h++)
        sum += b->edge[h];
    return sum / fmax(3 * (double)b->mesh->triangles, 1);
}

pel_status pel__even_border(pel_mesh *mesh, double radius_mm)
{
    border b;
    pel_status s = border_new(&b, mesh);
    if (s == PEL_OK && find_core(&b, radius_mm)) {
        double edge = mean_edge(&b);
        // so far within the old border that none of its teeth is met
        double reach = radius_mm - fmin(1.5 * edge, 0.5 * radius_mm);
        pel__geodesic_from_all(&b.far, &b.walk, b.core);
        for (int64_t p = 0; p < mesh->points; p++)
            b.value[p] = reach - fmin(b.far.mm[p], 4 * radius_mm);
        for (int n = 0; n < ROUNDS; n++)
            smooth(&b);
        s = pel__cut_where(mesh, b.value);
    }
    border_free(&b);
    return s;
}
