/* SPDX-License-Identifier: Apache-2.0 */
/* patch.c: from a mesh to a patch: what triangles use, its borders, its triangles in their planes.
 */
#include "flatten/patch.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/geodesic.h"
#include "mesh/mesh.h"

/* ---- what is flattened ---- */

static pel_status check_surface(const pel_mesh *mesh, int64_t *components)
{
    pel_topology t;
    if (mesh->triangles == 0 && pel_mesh_find(mesh, "vertex"))
        return pel__fail(PEL_EDATA, "has points of a surface, but no triangles, as FreeSurfer's "
                                    "patches; join it with its surface: mesh SURFACE --patch FILE");
    if (mesh->triangles == 0)
        return pel__fail(PEL_EDATA,
                         "has no triangles; a cloud of points has no surface to flatten");
    pel_status s = pel_mesh_check(mesh);
    if (s == PEL_OK)
        s = pel_mesh_topology(&t, mesh);
    if (s != PEL_OK)
        return s;
    *components = t.components;
    if (t.components > 1)
        return pel__fail(PEL_EDATA,
                         "has %lld separate parts; keep one of them (surface --largest, or cut a "
                         "patch with mesh --cut-geodesic)",
                         (long long)t.components);
    if (t.folded_triangles || t.tangled_edges)
        return pel__fail(PEL_EDATA,
                         "is not a surface: %lld edges of more than two triangles, %lld triangles "
                         "that name a point twice; make it with pellucid surface, or clean it",
                         (long long)t.tangled_edges, (long long)t.folded_triangles);
    if (t.pinched_points)
        return pel__fail(PEL_EDATA,
                         "hangs together by %lld single points; cut a patch without them",
                         (long long)t.pinched_points);
    if (t.turned_edges)
        return pel__fail(PEL_EDATA,
                         "has neighbours that face opposite ways along %lld edges; turn the "
                         "triangles one way first",
                         (long long)t.turned_edges);
    return PEL_OK;
}

static pel_status copy_arrays(pel_mesh *out, const pel_mesh *in)
{
    pel_status s = PEL_OK;
    for (int n = 0; s == PEL_OK && n < in->arrays; n++) {
        const pel_array *a = &in->array[n];
        void *data;
        s = pel_mesh_add_array(out, a->name, a->kind, a->per_triangle, a->channels, &data);
        if (s == PEL_OK)
            memcpy(data, a->data,
                   (size_t)((a->per_triangle ? in->triangles : in->points) *
                            pel__array_item(a->kind, a->channels)));
    }
    return s;
}

static pel_status copy_mesh(pel_mesh *out, const pel_mesh *in)
{
    pel_status s = pel_mesh_new(out, in->points, in->triangles);
    if (s != PEL_OK)
        return s;
    memcpy(out->point_mm, in->point_mm, (size_t)in->points * sizeof *in->point_mm);
    memcpy(out->triangle, in->triangle, (size_t)in->triangles * sizeof *in->triangle);
    out->oriented = in->oriented;
    return copy_arrays(out, in);
}

// leave out points that no triangle uses, and remember where the others were
static pel_status keep_used(pel__patch *patch)
{
    pel_mesh *m = &patch->mesh;
    int64_t points = m->points;
    uint8_t *used = NULL, *all = NULL;
    int32_t *number = NULL;
    pel_status s = pel__alloc_zero(&used, points, 1, "points of a patch");
    if (s == PEL_OK)
        s = pel__alloc_zero(&all, m->triangles, 1, "triangles of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&number, points, sizeof *number, "points of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&patch->from, points, sizeof *patch->from, "points of a patch");
    if (s == PEL_OK) {
        memset(all, 1, (size_t)m->triangles);
        for (int64_t t = 0; t < m->triangles; t++)
            for (int c = 0; c < 3; c++)
                used[m->triangle[t][c]] = 1;
        pel__mesh_keep(m, used, all, number);
        for (int64_t p = 0; p < points; p++)
            if (number[p] >= 0)
                patch->from[number[p]] = (int32_t)p;
    }
    pel__free(used);
    pel__free(all);
    pel__free(number);
    return s;
}

/* ---- triangles in their planes ---- */

// Sharp and Crane 2020: the least length which, added to all edges, keeps triangles from being flat
static double thickening(const double *edge, int64_t triangles)
{
    double mean = 0, most = 0;
    for (int64_t h = 0; h < 3 * triangles; h++)
        mean += edge[h] / (double)(3 * triangles);
    for (int64_t t = 0; t < triangles; t++)
        for (int c = 0; c < 3; c++) {
            const double *e = edge + 3 * t;
            double lacks = 1e-5 * mean + e[c] - e[(c + 1) % 3] - e[(c + 2) % 3];
            most = fmax(most, lacks);
        }
    return most;
}

static void lay_triangle(double frame[3], double *area, const double edge[3])
{
    double ab = edge[0], bc = edge[1], ca = edge[2];
    double x = (ca * ca - bc * bc + ab * ab) / (2 * ab), y2 = ca * ca - x * x;
    frame[0] = ab;
    frame[1] = x;
    frame[2] = sqrt(fmax(y2, 1e-14 * ca * ca));
    *area = 0.5 * frame[0] * frame[2];
}

static pel_status lay_triangles(pel__patch *patch, const double *edge)
{
    const pel_mesh *m = &patch->mesh;
    pel_status s = pel__mesh_edges_mm(&patch->edge, m);
    if (s == PEL_OK)
        s = pel__alloc(&patch->frame, m->triangles, sizeof *patch->frame, "triangles of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&patch->area, m->triangles, sizeof *patch->area, "triangles of a patch");
    if (s != PEL_OK)
        return s;
    if (edge)
        memcpy(patch->edge, edge, (size_t)(3 * m->triangles) * sizeof *edge);
    patch->thickened_mm = thickening(patch->edge, m->triangles);
    for (int64_t h = 0; h < 3 * m->triangles; h++)
        patch->edge[h] += patch->thickened_mm;
    for (int64_t t = 0; t < m->triangles; t++) {
        lay_triangle(patch->frame[t], &patch->area[t], patch->edge + 3 * t);
        patch->area_mm2 += patch->area[t];
    }
    return PEL_OK;
}

/* ---- borders ---- */

static int32_t next_border(const int32_t *twin, int32_t h)
{
    int32_t at = pel__next_half(h);
    while (twin[at] >= 0)
        at = pel__next_half(twin[at]);
    return at;
}

static void walk_loops(pel__patch *patch, const int32_t *twin, uint8_t *seen)
{
    const pel_mesh *m = &patch->mesh;
    int64_t at = 0;
    double all_mm = 0;
    patch->outer_mm = -1;
    for (int32_t h = 0; h < 3 * m->triangles; h++) {
        if (twin[h] >= 0 || seen[h])
            continue;
        double mm = 0;
        patch->loop_first[patch->loops] = at;
        for (int32_t along = h; !seen[along]; along = next_border(twin, along)) {
            seen[along] = 1;
            patch->loop[at++] = pel__half_from(m, along);
            mm += patch->edge[along];
        }
        all_mm += mm;
        if (mm > patch->outer_mm) {
            patch->outer = patch->loops;
            patch->outer_mm = mm;
        }
        patch->loop_first[++patch->loops] = at;
    }
    patch->holes_mm = all_mm - fmax(patch->outer_mm, 0);
}

static pel_status find_loops(pel__patch *patch)
{
    const pel_mesh *m = &patch->mesh;
    int32_t *twin = NULL;
    uint8_t *seen = NULL;
    int64_t border = 0;
    pel_status s = pel__mesh_twins(&twin, m);
    for (int32_t h = 0; s == PEL_OK && h < 3 * m->triangles; h++)
        border += twin[h] < 0;
    if (s == PEL_OK)
        s = pel__alloc_zero(&seen, 3 * m->triangles, 1, "borders of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&patch->loop, border + 1, sizeof *patch->loop, "borders of a patch");
    if (s == PEL_OK)
        s = pel__alloc_zero(&patch->loop_first, border / 3 + 2, sizeof *patch->loop_first,
                            "borders of a patch");
    if (s == PEL_OK)
        walk_loops(patch, twin, seen);
    pel__free(twin);
    pel__free(seen);
    return s;
}

static pel_status sum_curvature(pel__patch *patch)
{
    const pel_mesh *m = &patch->mesh;
    uint8_t *border = NULL;
    int64_t inner = m->points;
    double angles = 0;
    pel_status s = pel__alloc_zero(&border, m->points, 1, "borders of a patch");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < patch->loop_first[patch->loops]; i++)
        border[patch->loop[i]] = 1;
    for (int64_t p = 0; p < m->points; p++)
        inner -= border[p];
    for (int64_t t = 0; t < m->triangles; t++) {
        const double *f = patch->frame[t];
        const double away[3][2] = { { f[1], f[2] }, { f[0] - f[1], f[2] } };
        double a = pel__angle(away[0][0], away[0][1]), b = pel__angle(away[1][0], away[1][1]);
        const double angle[3] = { a, b, PEL_PI - a - b };
        for (int c = 0; c < 3; c++)
            angles += border[m->triangle[t][c]] ? 0 : angle[c];
    }
    patch->total_curvature = 2 * PEL_PI * (double)inner - angles;
    pel__free(border);
    return PEL_OK;
}

/* ---- the patch ---- */

pel_status pel__patch_new(pel__patch *out, const pel_mesh *in, const double *edge)
{
    int64_t components;
    *out = (pel__patch){ 0 };
    pel_status s = check_surface(in, &components);
    if (s == PEL_OK)
        s = copy_mesh(&out->mesh, in);
    if (s == PEL_OK)
        s = keep_used(out);
    if (s == PEL_OK)
        s = lay_triangles(out, edge);
    if (s == PEL_OK)
        s = find_loops(out);
    if (s == PEL_OK)
        s = sum_curvature(out);
    if (s != PEL_OK)
        pel__patch_free(out);
    return s;
}

void pel__patch_free(pel__patch *patch)
{
    pel_mesh_free(&patch->mesh);
    pel__free(patch->from);
    pel__free(patch->edge);
    pel__free(patch->frame);
    pel__free(patch->area);
    pel__free(patch->loop_first);
    pel__free(patch->loop);
    *patch = (pel__patch){ 0 };
}

pel_status pel__patch_check_disk(const pel__patch *patch)
{
    pel_topology t;
    pel_status s = pel_mesh_topology(&t, &patch->mesh);
    if (s != PEL_OK)
        return s;
    if (patch->loops == 0)
        return pel__fail(PEL_EDATA, "is closed and cannot lie flat; cut a patch out of it (mesh "
                                    "--cut-geodesic X,Y,Z,R), or take --method sphere");
    if (t.genus > 0)
        return pel__fail(PEL_EDATA,
                         "has %lld handles and cannot lie flat; make the surface with "
                         "--genus-0, or of a brain's mask, or cut a smaller patch",
                         (long long)t.genus);
    double longest = 0;
    for (int64_t l = 0; l < patch->loops; l++)
        if (l != patch->outer && patch->loops > 1)
            longest = fmax(longest, (double)(patch->loop_first[l + 1] - patch->loop_first[l]));
    double outer = (double)(patch->loop_first[patch->outer + 1] - patch->loop_first[patch->outer]);
    if (patch->holes_mm > 0.5 * patch->outer_mm && longest > 0.35 * outer)
        return pel__fail(PEL_EDATA,
                         "has %lld borders, which makes it a tube or a ring: %.4g mm around, %.4g "
                         "mm inside; cut it open from one border to another",
                         (long long)patch->loops, patch->outer_mm, patch->holes_mm);
    return PEL_OK;
}
