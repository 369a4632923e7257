/* SPDX-License-Identifier: Apache-2.0 */
/* vtk.c: VTK's legacy format of polygons, version 3.0, which all its readers know; big-endian. */
#include <string.h>

#include "mesh/mesh.h"
#include "write/meshes.h"

static void put_integer(pel__mesh_writing *w, int32_t value)
{
    if (w->params->ascii)
        pel__sink_text(w->to, "%d ", value);
    else
        pel__sink_i32(w->to, value, true);
}

static void put_float(pel__mesh_writing *w, float value)
{
    if (!w->params->ascii) {
        pel__sink_f32(w->to, value, true);
        return;
    }
    pel__sink_float(w->to, value);
    pel__sink_u8(w->to, ' ');
}

static void put_array(pel__mesh_writing *w, const pel_array *a, int64_t items)
{
    for (int64_t i = 0; i < items * a->channels && w->to->status == PEL_OK; i++) {
        if (a->kind == PEL_ARRAY_LABELS)
            put_integer(w, ((const int32_t *)a->data)[i]);
        else if (a->kind != PEL_ARRAY_COLOURS)
            put_float(w, ((const float *)a->data)[i]);
        else if (w->params->ascii)
            pel__sink_text(w->to, "%d ", ((const uint8_t *)a->data)[i]);
        else
            pel__sink_u8(w->to, ((const uint8_t *)a->data)[i]);
        if (w->params->ascii && (i + 1) % a->channels == 0)
            pel__sink_u8(w->to, '\n');
    }
    pel__sink_u8(w->to, '\n');
}

// a name without blanks: they are %20
static void put_name(pel__sink *to, const char *name)
{
    for (; *name; name++)
        if (*name <= ' ' || *name == '%' || *name == '"' || *name == 127)
            pel__sink_text(to, "%%%02X", (unsigned char)*name);
        else
            pel__sink_u8(to, (uint8_t)*name);
}

static const char *type_of(const pel_array *a)
{
    return a->kind == PEL_ARRAY_LABELS    ? "int"
           : a->kind == PEL_ARRAY_COLOURS ? "unsigned_char"
                                          : "float";
}

// normals are what VTK shades by; all else is a field, of which it reads every array
static void put_data(pel__mesh_writing *w, bool per_triangle, int64_t items)
{
    const pel_mesh *mesh = w->mesh;
    int of_place = 0, fields = 0;
    for (int i = 0; i < mesh->arrays; i++) {
        of_place += mesh->array[i].per_triangle == per_triangle;
        fields +=
            mesh->array[i].per_triangle == per_triangle && mesh->array[i].kind != PEL_ARRAY_NORMALS;
    }
    if (of_place == 0)
        return;
    pel__sink_text(w->to, "%s %lld\n", per_triangle ? "CELL_DATA" : "POINT_DATA", (long long)items);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && fields)
            pel__sink_text(w->to, "FIELD FieldData %d\n", fields);
        for (int i = 0; i < mesh->arrays; i++) {
            const pel_array *a = &mesh->array[i];
            bool is_normals = a->kind == PEL_ARRAY_NORMALS;
            if (a->per_triangle != per_triangle || is_normals != (pass == 0))
                continue;
            if (is_normals)
                pel__sink_text(w->to, "NORMALS ");
            put_name(w->to, a->name);
            if (!is_normals)
                pel__sink_text(w->to, " %d %lld", a->channels, (long long)items);
            pel__sink_text(w->to, " %s\n", type_of(a));
            put_array(w, a, items);
        }
    }
}

// the words of a file, as an array that belongs to no point
static void put_words(pel__mesh_writing *w)
{
    pel__text words = { 0 };
    pel__mesh_lines(&words, "", w->mesh, w->provenance);
    if (w->params->ascii) {
        int lines = 0;
        for (size_t i = 0; i < words.length; i++)
            lines += words.text[i] == '\n';
        pel__sink_text(w->to, "FIELD FieldData 1\npellucid 1 %d string\n", lines);
    } else
        pel__sink_text(w->to, "FIELD FieldData 1\npellucid 1 %d unsigned_char\n",
                       (int)words.length);
    pel__sink_all(w->to, &words);
    pel__sink_u8(w->to, '\n');
}

static void put_points(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    pel__sink_text(w->to, "POINTS %lld float\n", (long long)mesh->points);
    for (int64_t i = 0; i < mesh->points && w->to->status == PEL_OK; i++) {
        for (int a = 0; a < 3; a++)
            put_float(w, mesh->point_mm[i][a]);
        if (w->params->ascii)
            pel__sink_u8(w->to, '\n');
    }
    pel__sink_u8(w->to, '\n');
}

// of a cloud each point is a cell, or VTK shows nothing
static void put_cells(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    int corners = mesh->triangles ? 3 : 1;
    int64_t cells = mesh->triangles ? mesh->triangles : mesh->points;
    pel__sink_text(w->to, "%s %lld %lld\n", mesh->triangles ? "POLYGONS" : "VERTICES",
                   (long long)cells, (long long)cells * (corners + 1));
    for (int64_t t = 0; t < cells && w->to->status == PEL_OK; t++) {
        put_integer(w, corners);
        for (int c = 0; c < corners; c++)
            put_integer(w, mesh->triangles ? mesh->triangle[t][c] : (int32_t)t);
        if (w->params->ascii)
            pel__sink_u8(w->to, '\n');
    }
    pel__sink_u8(w->to, '\n');
}

static pel_status write(pel__mesh_writing *w)
{
    char title[64];
    pel__mesh_title(title, w->mesh);
    pel__sink_text(w->to, "# vtk DataFile Version 3.0\n%s\n%s\nDATASET POLYDATA\n", title,
                   w->params->ascii ? "ASCII" : "BINARY");
    put_words(w);
    put_points(w);
    if (w->mesh->points)
        put_cells(w);
    put_data(w, false, w->mesh->points);
    put_data(w, true, w->mesh->triangles);
    return w->to->status;
}

const pel__mesh_writer pel__write_vtk = { "VTK",
                                          { ".vtk" },
                                          PEL__HOLDS_POINT_ARRAYS |
                                              PEL__HOLDS_POINT_ARRAYS << PEL__OF_TRIANGLES |
                                              PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE,
                                          write };
