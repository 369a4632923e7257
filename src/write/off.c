/* SPDX-License-Identifier: Apache-2.0 */
/* off.c: OFF, as text: points with normals and colours, triangles with colours. */
#include "mesh/mesh.h"
#include "write/meshes.h"

static const pel_array *find(const pel_mesh *mesh, pel_array_kind kind, bool per_triangle)
{
    for (int i = 0; i < mesh->arrays; i++)
        if (mesh->array[i].kind == kind && mesh->array[i].per_triangle == per_triangle)
            return &mesh->array[i];
    return NULL;
}

static void put_floats(pel__sink *to, const float *number, bool first)
{
    for (int a = 0; a < 3; a++) {
        if (a || !first)
            pel__sink_u8(to, ' ');
        pel__sink_float(to, number[a]);
    }
}

static void put_colour(pel__sink *to, const pel_array *colours, int64_t item)
{
    for (int c = 0; colours && c < colours->channels; c++)
        pel__sink_text(to, " %d", (int)pel_array_get(colours, item, c));
}

static pel_status write(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    const pel_array *normals = find(mesh, PEL_ARRAY_NORMALS, false);
    const pel_array *colours = find(mesh, PEL_ARRAY_COLOURS, false);
    const pel_array *of_faces = find(mesh, PEL_ARRAY_COLOURS, true);
    pel__text head = { 0 };
    pel__text_add(&head, "%s%sOFF\n", colours ? "C" : "", normals ? "N" : "");
    pel__mesh_lines(&head, "# ", mesh, w->provenance);
    pel__text_add(&head, "%lld %lld 0\n", (long long)mesh->points, (long long)mesh->triangles);
    pel__sink_all(w->to, &head);
    for (int64_t i = 0; i < mesh->points && w->to->status == PEL_OK; i++) {
        put_floats(w->to, mesh->point_mm[i], true);
        if (normals)
            put_floats(w->to, (const float *)normals->data + 3 * i, false);
        put_colour(w->to, colours, i);
        pel__sink_u8(w->to, '\n');
    }
    for (int64_t t = 0; t < mesh->triangles && w->to->status == PEL_OK; t++) {
        const int32_t *c = mesh->triangle[t];
        pel__sink_text(w->to, "3 %d %d %d", c[0], c[1], c[2]);
        put_colour(w->to, of_faces, t);
        pel__sink_u8(w->to, '\n');
    }
    return w->to->status;
}

const pel__mesh_writer pel__write_off = { "OFF",
                                          { ".off" },
                                          PEL__HOLDS_COLOURS | PEL__HOLDS_ALPHA |
                                              PEL__HOLDS_NORMALS |
                                              (PEL__HOLDS_COLOURS | PEL__HOLDS_ALPHA)
                                                  << PEL__OF_TRIANGLES |
                                              PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE,
                                          write };
