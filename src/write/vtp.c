/* SPDX-License-Identifier: Apache-2.0 */
/* vtp.c: VTK's XML format of polygons: numbers as base64 of zlib within the elements, or as text.
 */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "write/meshes.h"
#include "write/stream.h"

enum { BLOCK = 1 << 20, LEVEL = 5 };

/* what an element DataArray says */
typedef struct element {
    const char *type, *name;
    int channels;
    int64_t count; // numbers
    const void *numbers;
    bool is_float, is_byte;
} element;

// lengths of packed blocks stand before them, so all are held
static void put_packed(pel__mesh_writing *w, const element *e)
{
    const uint8_t *bytes = e->numbers;
    int64_t size = e->count * (e->is_byte ? 1 : 4), blocks = (size + BLOCK - 1) / BLOCK;
    int64_t room = pel__zlib_room(BLOCK), filled = 0;
    uint8_t *packed = NULL;
    uint32_t *lengths = NULL;
    pel_status s = pel__alloc(&packed, blocks + 1, room, "packed numbers");
    if (s == PEL_OK)
        s = pel__alloc(&lengths, blocks + 3, sizeof *lengths, "packed numbers");
    for (int64_t b = 0; b < blocks && s == PEL_OK; b++) {
        int64_t here = size - b * BLOCK < BLOCK ? size - b * BLOCK : BLOCK, length;
        s = pel__zlib_pack(&length, packed + filled, room, bytes + b * BLOCK, here, LEVEL);
        lengths[3 + b] = (uint32_t)length;
        filled += length;
    }
    if (s == PEL_OK) {
        lengths[0] = (uint32_t)blocks;
        lengths[1] = BLOCK;
        lengths[2] = (uint32_t)(size % BLOCK);
        pel__sink_base64(w->to, lengths, (blocks + 3) * 4);
        pel__sink_base64(w->to, packed, filled);
    } else if (w->to->status == PEL_OK)
        w->to->status = s;
    pel__free(packed);
    pel__free(lengths);
}

static void put_text(pel__mesh_writing *w, const element *e)
{
    for (int64_t i = 0; i < e->count && w->to->status == PEL_OK; i++) {
        if (e->is_float)
            pel__sink_float(w->to, ((const float *)e->numbers)[i]);
        else
            pel__sink_text(w->to, "%d",
                           e->is_byte ? ((const uint8_t *)e->numbers)[i]
                                      : ((const int32_t *)e->numbers)[i]);
        pel__sink_u8(w->to, (i + 1) % e->channels ? ' ' : '\n');
    }
}

static void put_element(pel__mesh_writing *w, const element *e)
{
    pel__text head = { 0 };
    pel__text_add(&head, "<DataArray type=\"%s\" Name=\"", e->type);
    pel__text_add_xml(&head, e->name);
    pel__text_add(&head, "\" NumberOfComponents=\"%d\" format=\"%s\">\n", e->channels,
                  w->params->ascii ? "ascii" : "binary");
    pel__sink_all(w->to, &head);
    if (w->params->ascii)
        put_text(w, e);
    else
        put_packed(w, e);
    pel__sink_text(w->to, "\n</DataArray>\n");
}

static void put_data(pel__mesh_writing *w, bool per_triangle)
{
    const pel_mesh *mesh = w->mesh;
    const char *name = per_triangle ? "CellData" : "PointData";
    pel__text head = { 0 };
    pel__text_add(&head, "<%s", name);
    for (int i = 0; i < mesh->arrays; i++)
        if (mesh->array[i].kind == PEL_ARRAY_NORMALS &&
            mesh->array[i].per_triangle == per_triangle) {
            pel__text_add(&head, " Normals=\"");
            pel__text_add_xml(&head, mesh->array[i].name);
            pel__text_add(&head, "\"");
            break;
        }
    pel__text_add(&head, ">\n");
    pel__sink_all(w->to, &head);
    for (int i = 0; i < mesh->arrays; i++) {
        const pel_array *a = &mesh->array[i];
        if (a->per_triangle != per_triangle)
            continue;
        bool labels = a->kind == PEL_ARRAY_LABELS, bytes = a->kind == PEL_ARRAY_COLOURS;
        int64_t items = per_triangle ? mesh->triangles : mesh->points;
        element e = { labels  ? "Int32"
                      : bytes ? "UInt8"
                              : "Float32",
                      a->name,
                      a->channels,
                      items * a->channels,
                      a->data,
                      !labels && !bytes,
                      bytes };
        put_element(w, &e);
    }
    pel__sink_text(w->to, "</%s>\n", name);
}

// of a cloud each point is a cell, or VTK shows nothing
static void put_cells(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    int corners = mesh->triangles ? 3 : 1;
    int64_t cells = mesh->triangles ? mesh->triangles : mesh->points;
    const char *name = mesh->triangles ? "Polys" : "Verts";
    int32_t *number;
    pel_status s = pel__alloc(&number, cells + 1, sizeof *number, "the cells of a mesh");
    if (s != PEL_OK) {
        w->to->status = s;
        return;
    }
    pel__sink_text(w->to, "<%s>\n", name);
    for (int64_t i = 0; i < cells; i++)
        number[i] = (int32_t)i;
    element corner = { "Int32",
                       "connectivity",
                       1,
                       cells * corners,
                       mesh->triangles ? (const void *)mesh->triangle : number,
                       false,
                       false };
    put_element(w, &corner);
    for (int64_t i = 0; i < cells; i++)
        number[i] = (int32_t)(i + 1) * corners;
    element end = { "Int32", "offsets", 1, cells, number, false, false };
    put_element(w, &end);
    pel__sink_text(w->to, "</%s>\n", name);
    pel__free(number);
}

// two dashes end a comment: the second of them is written as JSON may write it
static void put_words(pel__mesh_writing *w)
{
    pel__text words = { 0 }, safe = { 0 };
    pel__mesh_lines(&words, "", w->mesh, w->provenance);
    pel__text_add(&safe, "<!--\n");
    for (size_t i = 0; i < words.length; i++) {
        bool second = i && words.text[i] == '-' && words.text[i - 1] == '-';
        pel__text_add_bytes(&safe, second ? "\\u002d" : words.text + i, second ? 6 : 1);
    }
    pel__text_add(&safe, "-->\n");
    safe.failed = safe.failed || words.failed;
    pel__sink_all(w->to, &safe);
    pel__text_free(&words);
}

static pel_status write(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    if (mesh->triangles > INT32_MAX / 3)
        return pel__fail(PEL_EUNSUPPORTED, "%s: a .vtp has at most %d triangles", w->path,
                         INT32_MAX / 3);
    pel__sink_text(w->to, "<?xml version=\"1.0\"?>\n");
    put_words(w);
    pel__sink_text(w->to,
                   "<VTKFile type=\"PolyData\" version=\"0.1\" byte_order=\"%s\" "
                   "header_type=\"UInt32\" compressor=\"vtkZLibDataCompressor\">\n<PolyData>\n"
                   "<Piece NumberOfPoints=\"%lld\" NumberOfVerts=\"%lld\" NumberOfLines=\"0\" "
                   "NumberOfStrips=\"0\" NumberOfPolys=\"%lld\">\n",
                   __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "BigEndian" : "LittleEndian",
                   (long long)mesh->points, mesh->triangles ? 0 : (long long)mesh->points,
                   (long long)mesh->triangles);
    put_data(w, false);
    put_data(w, true);
    pel__sink_text(w->to, "<Points>\n");
    element points = { "Float32", "Points", 3, 3 * mesh->points, mesh->point_mm, true, false };
    put_element(w, &points);
    pel__sink_text(w->to, "</Points>\n");
    put_cells(w);
    pel__sink_text(w->to, "</Piece>\n</PolyData>\n</VTKFile>\n");
    return w->to->status;
}

const pel__mesh_writer pel__write_vtp = { "VTP",
                                          { ".vtp" },
                                          PEL__HOLDS_POINT_ARRAYS |
                                              PEL__HOLDS_POINT_ARRAYS << PEL__OF_TRIANGLES |
                                              PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE,
                                          write };
