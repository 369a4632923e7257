/* SPDX-License-Identifier: Apache-2.0 */
/* obj.c: OBJ, as text: points with colours, normals, triangles. */
#include "mesh/mesh.h"
#include "write/meshes.h"

static const pel_array *of_points(const pel_mesh *mesh, pel_array_kind kind)
{
    const pel_array *a = pel_mesh_find_kind(mesh, kind);
    return a && !a->per_triangle ? a : NULL;
}

static void put_row(pel__sink *to, const float *number)
{
    for (int a = 0; a < 3; a++) {
        pel__sink_u8(to, ' ');
        pel__sink_float(to, number[a]);
    }
}

static void put_points(pel__mesh_writing *w, const pel_array *colours)
{
    for (int64_t i = 0; i < w->mesh->points && w->to->status == PEL_OK; i++) {
        pel__sink_u8(w->to, 'v');
        put_row(w->to, w->mesh->point_mm[i]);
        for (int c = 0; colours && c < 3; c++) {
            pel__sink_u8(w->to, ' ');
            pel__sink_float(w->to, (float)(pel_array_get(colours, i, c) / 255));
        }
        pel__sink_u8(w->to, '\n');
    }
}

static void put_normals(pel__mesh_writing *w, const pel_array *normals)
{
    for (int64_t i = 0; normals && i < w->mesh->points && w->to->status == PEL_OK; i++) {
        pel__sink_bytes(w->to, "vn", 2);
        put_row(w->to, (const float *)normals->data + 3 * i);
        pel__sink_u8(w->to, '\n');
    }
}

static pel_status write(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    const pel_array *normals = of_points(mesh, PEL_ARRAY_NORMALS);
    pel__text head = { 0 };
    pel__mesh_lines(&head, "# ", mesh, w->provenance);
    pel__sink_all(w->to, &head);
    put_points(w, of_points(mesh, PEL_ARRAY_COLOURS));
    put_normals(w, normals);
    for (int64_t t = 0; t < mesh->triangles && w->to->status == PEL_OK; t++) {
        const int32_t *c = mesh->triangle[t];
        if (normals)
            pel__sink_text(w->to, "f %d//%d %d//%d %d//%d\n", c[0] + 1, c[0] + 1, c[1] + 1,
                           c[1] + 1, c[2] + 1, c[2] + 1);
        else
            pel__sink_text(w->to, "f %d %d %d\n", c[0] + 1, c[1] + 1, c[2] + 1);
    }
    return w->to->status;
}

const pel__mesh_writer pel__write_obj = { "OBJ",
                                          { ".obj" },
                                          PEL__HOLDS_COLOURS | PEL__HOLDS_NORMALS |
                                              PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE,
                                          write };
