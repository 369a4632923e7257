/* SPDX-License-Identifier: Apache-2.0 */
/* label_mesh.c: the surface of one label out of the net of all. */
#include <stdlib.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/labels.h"

static const int32_t *of_net(const pel_mesh *net, int array)
{
    return net->array[array].data;
}

bool pel__is_net(const pel_mesh *mesh)
{
    static const char *const names[] = { PEL_NET_INSIDE, PEL_NET_OUTSIDE, PEL__NET_SIDES };
    for (int n = 0; n < 3; n++)
        if (mesh->arrays <= n || strcmp(mesh->array[n].name, names[n]) != 0)
            return false;
    return true;
}

static pel_status check_net(const pel_mesh *net)
{
    return pel__is_net(net) ? PEL_OK : pel__fail(PEL_EPARAM, "the mesh is no net of labels");
}

/* ---- walls ---- */

/* the two labels of a triangle */
typedef struct wall {
    int32_t inside, outside;
    int32_t triangle;
} wall;

static int by_labels(const void *a, const void *b)
{
    const wall *x = a, *y = b;
    if (x->inside != y->inside)
        return x->inside < y->inside ? -1 : 1;
    if (x->outside != y->outside)
        return x->outside < y->outside ? -1 : 1;
    return (x->triangle > y->triangle) - (x->triangle < y->triangle);
}

pel_status pel__net_walls(int32_t *number, int64_t *count, const pel_mesh *net)
{
    wall *list = NULL;
    *count = 0;
    pel_status s = pel__alloc(&list, net->triangles, sizeof *list, "the walls of a net");
    if (s != PEL_OK)
        return s;
    for (int64_t t = 0; t < net->triangles; t++)
        list[t] =
            (wall){ of_net(net, PEL__NET_INSIDE)[t], of_net(net, PEL__NET_OUTSIDE)[t], (int32_t)t };
    qsort(list, (size_t)net->triangles, sizeof *list, by_labels);
    for (int64_t n = 0; n < net->triangles; n++) {
        *count += n == 0 || list[n].inside != list[n - 1].inside ||
                  list[n].outside != list[n - 1].outside;
        number[list[n].triangle] = (int32_t)(*count - 1);
    }
    pel__free(list);
    return PEL_OK;
}

/* ---- one label ---- */

/* one label on its way */
typedef struct taking {
    const pel_mesh *net;
    int32_t label;
    pel_mesh around; // its triangles, points still those of the net
    uint8_t *voxel;  // per triangle: parity of the label's own voxel
    int32_t *twin;
} taking;

static int64_t count_triangles(const pel_mesh *net, int32_t label)
{
    const int32_t *inside = of_net(net, PEL__NET_INSIDE), *outside = of_net(net, PEL__NET_OUTSIDE);
    int64_t count = 0;
    for (int64_t t = 0; t < net->triangles; t++)
        count += inside[t] == label || outside[t] == label;
    return count;
}

// those of the label, facing away from it; `number` gives the points that they use their places
static void take_triangles(taking *w, int32_t *number)
{
    const pel_mesh *net = w->net;
    const int32_t *inside = of_net(net, PEL__NET_INSIDE), *outside = of_net(net, PEL__NET_OUTSIDE),
                  *voxels = of_net(net, PEL__NET_VOXELS);
    int64_t n = 0, points = 0;
    memset(number, 0xff, (size_t)net->points * sizeof *number);
    for (int64_t t = 0; t < net->triangles; t++) {
        if (inside[t] != w->label && outside[t] != w->label)
            continue;
        bool within = inside[t] == w->label;
        const int32_t from[3] = { net->triangle[t][0], net->triangle[t][within ? 1 : 2],
                                  net->triangle[t][within ? 2 : 1] };
        w->voxel[n] = (uint8_t)(within ? voxels[t] & 7 : voxels[t] >> 3);
        for (int c = 0; c < 3; c++) {
            if (number[from[c]] < 0) {
                memcpy(w->around.point_mm[points], net->point_mm[from[c]], 12);
                number[from[c]] = (int32_t)points++;
            }
            w->around.triangle[n][c] = number[from[c]];
        }
        n++;
    }
    w->around.points = points;
}

/* ---- edges of four triangles ---- */

/* a half-edge of one: its ends, and the label's voxel at it */
typedef struct side {
    int32_t lo, hi, h;
    uint8_t voxel;
} side;

static int by_edge(const void *a, const void *b)
{
    const side *x = a, *y = b;
    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    if (x->hi != y->hi)
        return x->hi < y->hi ? -1 : 1;
    if (x->voxel != y->voxel)
        return x->voxel < y->voxel ? -1 : 1;
    return (x->h > y->h) - (x->h < y->h);
}

// the half-edges of edges of more than two triangles, by edge
static pel_status list_sides(side **list, int64_t *count, const pel_mesh *m, const int32_t *twin)
{
    int64_t n = 0;
    *list = NULL;
    for (int32_t h = 0; h < 3 * m->triangles; h++)
        n += twin[h] == PEL__TANGLED;
    pel_status s = pel__alloc(list, n + 1, sizeof **list, "edges where walls meet");
    *count = n;
    n = 0;
    for (int32_t h = 0; s == PEL_OK && h < 3 * m->triangles; h++)
        if (twin[h] == PEL__TANGLED) {
            int32_t a = pel__half_from(m, h), b = pel__half_from(m, pel__next_half(h));
            (*list)[n++] = (side){ .lo = a < b ? a : b, .hi = a < b ? b : a, .h = h };
        }
    return s;
}

static bool same_edge(const side *a, const side *b)
{
    return a->lo == b->lo && a->hi == b->hi;
}

// two voxels of the label touch at the edge: the two triangles around each of them are a pair
static pel_status pair_by_voxel(taking *w)
{
    const pel_mesh *m = &w->around;
    side *list;
    int64_t count;
    pel_status s = list_sides(&list, &count, m, w->twin);
    if (s != PEL_OK)
        return s;
    for (int64_t n = 0; n < count; n++)
        list[n].voxel = w->voxel[list[n].h / 3];
    qsort(list, (size_t)count, sizeof *list, by_edge);
    for (int64_t n = 0; n + 1 < count; n++) {
        const side *a = &list[n], *b = a + 1;
        if (same_edge(a, b) && a->voxel == b->voxel &&
            pel__half_from(m, a->h) != pel__half_from(m, b->h)) {
            w->twin[a->h] = b->h;
            w->twin[b->h] = a->h;
            n++;
        }
    }
    pel__free(list);
    return PEL_OK;
}

pel_status pel__net_hold(uint8_t *held, const pel_mesh *net)
{
    int32_t *twin;
    side *list = NULL;
    int64_t count = 0;
    pel_status s = pel__mesh_twins(&twin, net);
    if (s == PEL_OK)
        s = list_sides(&list, &count, net, twin);
    if (s == PEL_OK)
        qsort(list, (size_t)count, sizeof *list, by_edge);
    for (int64_t n = 0, end; s == PEL_OK && n < count; n = end) {
        for (end = n; end < count && same_edge(&list[n], &list[end]);)
            end++;
        // with three walls no label meets itself
        for (int64_t i = n; i < end && end - n > 3; i++)
            for (int c = 0; c < 3; c++)
                held[net->triangle[list[i].h / 3][c]] = 1;
    }
    pel__free(list);
    pel__free(twin);
    return s;
}

/* ---- points ---- */

// corners that triangles join around a point are one point: it is told apart where fans only touch
static void number_fan(int32_t *corner, const int32_t *twin, int32_t h, int32_t number)
{
    int32_t at = h;
    do {
        corner[at] = number;
        at = twin[pel__last_half(at)];
    } while (at >= 0 && corner[at] < 0);
    for (at = twin[h]; at >= 0 && corner[pel__next_half(at)] < 0; at = twin[at]) {
        at = pel__next_half(at);
        corner[at] = number;
    }
}

static pel_status part_points(pel_mesh *out, const taking *w)
{
    const pel_mesh *m = &w->around;
    int32_t *corner = NULL, halves = (int32_t)(3 * m->triangles), points = 0;
    pel_status s = pel__alloc(&corner, halves, sizeof *corner, "corners of a label");
    if (s != PEL_OK)
        return s;
    memset(corner, 0xff, (size_t)halves * sizeof *corner);
    for (int32_t h = 0; h < halves; h++)
        if (corner[h] < 0)
            number_fan(corner, w->twin, h, points++);
    s = pel_mesh_new(out, points, m->triangles);
    for (int32_t h = 0; s == PEL_OK && h < halves; h++) {
        out->triangle[h / 3][h % 3] = corner[h];
        memcpy(out->point_mm[corner[h]], m->point_mm[pel__half_from(m, h)], 12);
    }
    pel__free(corner);
    return s;
}

pel_status pel_label_mesh(pel_mesh *out, const pel_mesh *net, int32_t label)
{
    taking w = { .net = net, .label = label };
    int32_t *number = NULL;
    *out = (pel_mesh){ 0 };
    pel_status s = check_net(net);
    int64_t count = s == PEL_OK ? count_triangles(net, label) : 0;
    if (s == PEL_OK && count == 0)
        s = pel__fail(PEL_EDATA, "there is no label %d", label);
    if (s == PEL_OK)
        s = pel_mesh_new(&w.around, net->points, count);
    if (s == PEL_OK)
        s = pel__alloc(&number, net->points, sizeof *number, "points of a label");
    if (s == PEL_OK)
        s = pel__alloc(&w.voxel, count, 1, "voxels of a label");
    if (s == PEL_OK) {
        take_triangles(&w, number);
        s = pel__mesh_twins(&w.twin, &w.around);
    }
    if (s == PEL_OK)
        s = pair_by_voxel(&w);
    if (s == PEL_OK)
        s = part_points(out, &w);
    out->oriented = net->oriented;
    pel__free(number);
    pel__free(w.voxel);
    pel__free(w.twin);
    pel_mesh_free(&w.around);
    return pel__during(s, "label %d", label);
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

pel_status pel_label_list(int32_t **labels, int64_t *count, const pel_mesh *net)
{
    int32_t *list = NULL;
    *labels = NULL;
    *count = 0;
    pel_status s = check_net(net);
    if (s == PEL_OK)
        s = pel__alloc(&list, 2 * net->triangles + 1, sizeof *list, "labels");
    if (s != PEL_OK)
        return s;
    // neighbours in the list are mostly of one wall
    int64_t n = 0;
    for (int side = 0; side < 2; side++) {
        const int32_t *of = of_net(net, side ? PEL__NET_OUTSIDE : PEL__NET_INSIDE);
        for (int64_t t = 0; t < net->triangles; t++)
            if (of[t] != 0 && (n == 0 || list[n - 1] != of[t]))
                list[n++] = of[t];
    }
    qsort(list, (size_t)n, sizeof *list, by_number);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || list[i] != list[*count - 1])
            list[(*count)++] = list[i];
    *labels = malloc((size_t)(*count + 1) * sizeof **labels);
    if (*labels)
        memcpy(*labels, list, (size_t)*count * sizeof *list);
    pel__free(list);
    return *labels ? PEL_OK : pel__fail(PEL_EMEMORY, "no memory for the list of labels");
}
