/* SPDX-License-Identifier: Apache-2.0 */
/* stl.c: STL, binary and text: triangles with their normals, and nothing else. */
#include <string.h>

#include "base/maths.h"
#include "mesh/mesh.h"
#include "write/meshes.h"

enum { TITLE = 80 };

static void put_binary(pel__mesh_writing *w, const float row[4][3])
{
    for (int i = 0; i < 12; i++)
        pel__sink_f32(w->to, row[i / 3][i % 3], false);
    pel__sink_u16(w->to, 0, false);
}

static void put_three(pel__sink *to, const char *before, const float number[3])
{
    pel__sink_bytes(to, before, (int64_t)strlen(before));
    for (int a = 0; a < 3; a++) {
        pel__sink_u8(to, ' ');
        pel__sink_float(to, number[a]);
    }
    pel__sink_u8(to, '\n');
}

static void put_text(pel__mesh_writing *w, const float row[4][3])
{
    put_three(w->to, "facet normal", row[0]);
    pel__sink_text(w->to, "outer loop\n");
    for (int c = 1; c < 4; c++)
        put_three(w->to, "vertex", row[c]);
    pel__sink_text(w->to, "endloop\nendfacet\n");
}

static pel_status write(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    char title[TITLE] = { 0 };
    pel__mesh_title(title, mesh);
    if (w->params->ascii)
        pel__sink_text(w->to, "solid %s\n", title);
    else {
        pel__sink_bytes(w->to, title, TITLE);
        pel__sink_i32(w->to, (int32_t)mesh->triangles, false);
    }
    for (int64_t t = 0; t < mesh->triangles && w->to->status == PEL_OK; t++) {
        pel_vec3 n = pel__unit(pel__mesh_cross(mesh, t));
        float row[4][3] = { { (float)n.x, (float)n.y, (float)n.z } };
        for (int c = 0; c < 3; c++)
            memcpy(row[c + 1], mesh->point_mm[mesh->triangle[t][c]], sizeof row[0]);
        if (w->params->ascii)
            put_text(w, row);
        else
            put_binary(w, row);
    }
    if (w->params->ascii)
        pel__sink_text(w->to, "endsolid %s\n", title);
    return w->to->status;
}

const pel__mesh_writer pel__write_stl = { "STL", { ".stl" }, 0, write };
