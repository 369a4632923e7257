/* SPDX-License-Identifier: Apache-2.0 */
/* curvature.c: how a surface bends at its points: the tensor of curvature of each triangle, by how
 * normals change along its edges, averaged at its corners (Rusinkiewicz 2004). */
#include <math.h>

#include <pellucid/surface.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

/* two axes within a plane */
typedef struct plane {
    pel_vec3 u, v;
} plane;

/* the second fundamental form within a plane, and how much counts for it */
typedef struct form {
    double uu, uv, vv;
} form;

static plane plane_of(pel_vec3 normal)
{
    pel_vec3 other = fabs(normal.x) < 0.6 ? (pel_vec3){ 1, 0, 0 } : (pel_vec3){ 0, 1, 0 };
    plane p;
    p.u = pel__unit(pel__cross(normal, other));
    p.v = pel__cross(normal, p.u);
    return p;
}

// least squares of three unknowns: the normal changes by the form times the edge
static bool fit(form *out, const plane *p, const pel_vec3 edge[3], const pel_vec3 change[3])
{
    double m[3][4] = { { 0 } };
    for (int e = 0; e < 3; e++) {
        double x = pel__dot(edge[e], p->u), y = pel__dot(edge[e], p->v);
        double dx = pel__dot(change[e], p->u), dy = pel__dot(change[e], p->v);
        // rows (x, y, 0 | dx) and (0, x, y | dy)
        const double rows[2][4] = { { x, y, 0, dx }, { 0, x, y, dy } };
        for (int r = 0; r < 2; r++)
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 4; b++)
                    m[a][b] += rows[r][a] * rows[r][b];
    }
    for (int a = 0; a < 3; a++) {
        if (!(m[a][a] > 1e-30))
            return false;
        for (int r = a + 1; r < 3; r++) {
            double part = m[r][a] / m[a][a];
            for (int b = a; b < 4; b++)
                m[r][b] -= part * m[a][b];
        }
    }
    out->vv = m[2][3] / m[2][2];
    out->uv = (m[1][3] - m[1][2] * out->vv) / m[1][1];
    out->uu = (m[0][3] - m[0][1] * out->uv - m[0][2] * out->vv) / m[0][0];
    return true;
}

// a plane turned onto another normal, the shortest way
static plane turn(const plane *from, pel_vec3 normal)
{
    pel_vec3 old = pel__cross(from->u, from->v);
    double along = pel__dot(old, normal);
    plane p = *from;
    if (along <= -0.999999) {
        p.u = pel__scale(p.u, -1);
        p.v = pel__scale(p.v, -1);
        return p;
    }
    pel_vec3 beside = pel__minus(normal, pel__scale(old, along));
    pel_vec3 step = pel__scale(pel__plus(old, normal), 1 / (1 + along));
    p.u = pel__minus(p.u, pel__scale(step, pel__dot(p.u, beside)));
    p.v = pel__minus(p.v, pel__scale(step, pel__dot(p.v, beside)));
    return p;
}

static form in_plane(const form *f, const plane *own, const plane *of_point)
{
    pel_vec3 triangle_normal = pel__cross(own->u, own->v);
    plane turned = turn(of_point, triangle_normal);
    double u1 = pel__dot(turned.u, own->u), v1 = pel__dot(turned.u, own->v);
    double u2 = pel__dot(turned.v, own->u), v2 = pel__dot(turned.v, own->v);
    return (form){ f->uu * u1 * u1 + f->uv * 2 * u1 * v1 + f->vv * v1 * v1,
                   f->uu * u1 * u2 + f->uv * (u1 * v2 + u2 * v1) + f->vv * v1 * v2,
                   f->uu * u2 * u2 + f->uv * 2 * u2 * v2 + f->vv * v2 * v2 };
}

// the share of a triangle that lies nearest to each corner (Meyer et al. 2003)
static void corner_areas(double out[3], const pel_vec3 edge[3], double area)
{
    double l2[3], way[3];
    for (int c = 0; c < 3; c++)
        l2[c] = pel__dot(edge[c], edge[c]);
    // edge c lies opposite of corner c; the circumcentre's weights
    for (int c = 0; c < 3; c++)
        way[c] = l2[c] * (l2[(c + 1) % 3] + l2[(c + 2) % 3] - l2[c]);
    for (int c = 0; c < 3; c++)
        if (way[c] <= 0) {
            int a = (c + 1) % 3, b = (c + 2) % 3;
            // blunt at corner c
            out[a] = -0.25 * l2[b] * area / pel__dot(edge[c], edge[b]);
            out[b] = -0.25 * l2[a] * area / pel__dot(edge[c], edge[a]);
            out[c] = area - out[a] - out[b];
            return;
        }
    double scale = 0.5 * area / (way[0] + way[1] + way[2]);
    for (int c = 0; c < 3; c++)
        out[c] = scale * (way[(c + 1) % 3] + way[(c + 2) % 3]);
}

static void add_triangle(form *sum, double *weight, const pel_mesh *mesh, const pel_vec3 *normals,
                         int64_t t)
{
    const int32_t *corner = mesh->triangle[t];
    pel_vec3 edge[3], change[3], p[3];
    for (int c = 0; c < 3; c++)
        p[c] = pel__mesh_point(mesh, corner[c]);
    for (int c = 0; c < 3; c++) {
        int a = (c + 1) % 3, b = (c + 2) % 3;
        edge[c] = pel__minus(p[b], p[a]);
        change[c] = pel__minus(normals[corner[b]], normals[corner[a]]);
    }
    pel_vec3 cross = pel__mesh_cross(mesh, t);
    double area = 0.5 * pel__length(cross), share[3];
    form f;
    if (!(area > 0))
        return;
    plane own;
    own.u = pel__unit(edge[0]);
    own.v = pel__cross(pel__unit(cross), own.u);
    if (!fit(&f, &own, edge, change))
        return;
    corner_areas(share, edge, area);
    for (int c = 0; c < 3; c++) {
        plane of_point = plane_of(normals[corner[c]]);
        form g = in_plane(&f, &own, &of_point);
        sum[corner[c]].uu += share[c] * g.uu;
        sum[corner[c]].uv += share[c] * g.uv;
        sum[corner[c]].vv += share[c] * g.vv;
        weight[corner[c]] += share[c];
    }
}

// normals that are exact on a sphere, however uneven its triangles are (Max 1999)
static pel_status own_normals(pel_vec3 **out, const pel_mesh *mesh)
{
    pel_status s = pel__alloc_zero(out, mesh->points, sizeof **out, "normals");
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        const int32_t *corner = mesh->triangle[t];
        pel_vec3 cross = pel__mesh_cross(mesh, t);
        double l2[3];
        for (int c = 0; c < 3; c++) {
            pel_vec3 edge = pel__minus(pel__mesh_point(mesh, corner[(c + 1) % 3]),
                                       pel__mesh_point(mesh, corner[c]));
            l2[c] = pel__dot(edge, edge);
        }
        for (int c = 0; c < 3; c++) {
            double both = l2[c] * l2[(c + 2) % 3];
            if (both > 0)
                (*out)[corner[c]] = pel__plus((*out)[corner[c]], pel__scale(cross, 1 / both));
        }
    }
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        (*out)[i] = pel__unit((*out)[i]);
    return s;
}

static pel_status find_or_add(float **out, pel_mesh *mesh, const char *name)
{
    pel_array *there = pel_mesh_find(mesh, name);
    if (there && there->kind == PEL_ARRAY_VALUES && !there->per_triangle && there->channels == 1) {
        *out = there->data;
        return PEL_OK;
    }
    return pel_mesh_add_array(mesh, name, PEL_ARRAY_VALUES, false, 1, out);
}

pel_status pel_curvature(pel_mesh *mesh)
{
    pel_vec3 *normals = NULL;
    float *mean = NULL, *gauss = NULL;
    form *sum = NULL;
    double *weight = NULL;
    pel_status s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles == 0)
        s = pel__fail(PEL_EDATA, "the mesh has no triangles, so it does not bend");
    if (s == PEL_OK)
        s = own_normals(&normals, mesh);
    if (s == PEL_OK)
        s = pel__alloc_zero(&sum, mesh->points, sizeof *sum, "curvatures");
    if (s == PEL_OK)
        s = pel__alloc_zero(&weight, mesh->points, sizeof *weight, "curvatures");
    if (s == PEL_OK)
        s = find_or_add(&mean, mesh, "curvature_mean");
    if (s == PEL_OK)
        s = find_or_add(&gauss, mesh, "curvature_gaussian");
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++)
        add_triangle(sum, weight, mesh, normals, t);
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++) {
        double w = weight[i], uu = sum[i].uu / w, uv = sum[i].uv / w, vv = sum[i].vv / w;
        mean[i] = w > 0 ? (float)((uu + vv) / 2) : NAN;
        gauss[i] = w > 0 ? (float)(uu * vv - uv * uv) : NAN;
    }
    pel__free(normals);
    pel__free(sum);
    pel__free(weight);
    return s;
}
