/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.c: a mesh made ready to be drawn: copies of what is needed, its look fitted to its values.
 */
#include "see/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "image/look.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_TEXT(pel_sheet_params, scalar, NULL, "NAME",
             "colour a mesh by this array of its file, through --colormap and --window"),
    PEL_NUMBER(pel_sheet_params, opacity, "1", 0, 1, NULL,
               "of a mesh's faces: 1 hides what is behind"),
    PEL_COLOUR(pel_sheet_params, face, NULL, "of a mesh; default the colours in its file, or bone"),
};
const pel_schema pel_sheet_schema =
    PEL_SCHEMA(pel_sheet_params, "sheet", "how a mesh is drawn", table);

pel_sheet_params pel_sheet_defaults(void)
{
    pel_sheet_params params;
    pel_schema_defaults(&pel_sheet_schema, &params);
    return params;
}

static pel_status copy(void *out, const void *from, int64_t count, int64_t size, const char *what)
{
    void *block;
    pel_status s = pel__alloc(&block, count, size, what);
    if (s != PEL_OK)
        return s;
    memcpy(block, from, (size_t)(count * size));
    memcpy(out, &block, sizeof block);
    return PEL_OK;
}

static pel_status copy_array(pel_array *out, const pel_mesh *mesh, const pel_array *from)
{
    int64_t count = from->per_triangle ? mesh->triangles : mesh->points;
    *out = *from;
    out->data = NULL;
    return copy(&out->data, from->data, count, pel__array_item(from->kind, from->channels),
                "the colours of a mesh");
}

static pel_status copy_normals(pel__sheet *sheet, const pel_mesh *mesh)
{
    const pel_array *there = pel_mesh_find_kind(mesh, PEL_ARRAY_NORMALS);
    if (there && !there->per_triangle)
        return copy(&sheet->normal, there->data, mesh->points, sizeof *sheet->normal,
                    "the normals of a mesh");
    // the mesh itself is the caller's: a view of its points and triangles gets normals
    pel_mesh view = { .points = mesh->points,
                      .triangles = mesh->triangles,
                      .point_room = mesh->points,
                      .triangle_room = mesh->triangles,
                      .point_mm = mesh->point_mm,
                      .triangle = mesh->triangle };
    pel_status s = pel_mesh_normals(&view);
    if (s == PEL_OK) {
        sheet->normal = view.array[0].data;
        view.array[0].data = NULL;
    }
    view.point_mm = NULL;
    view.triangle = NULL;
    pel_mesh_free(&view);
    return s;
}

static void find_range(pel__sheet *sheet, const pel_mesh *mesh)
{
    int64_t count = sheet->values.per_triangle ? mesh->triangles : mesh->points;
    sheet->lo = INFINITY;
    sheet->hi = -INFINITY;
    for (int64_t i = 0; sheet->values.data && i < count; i++) {
        double v = pel_array_get(&sheet->values, i, 0);
        sheet->lo = v < sheet->lo ? v : sheet->lo;
        sheet->hi = v > sheet->hi ? v : sheet->hi;
    }
}

static pel_status no_array(const pel_mesh *mesh, const char *name)
{
    char list[512] = "";
    for (int i = 0; i < mesh->arrays; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", mesh->array[i].name);
    }
    return pel__fail(PEL_EPARAM, "--scalar %s: the mesh has no such array; it has: %s", name,
                     *list ? list : "none");
}

// the window of values as that of a volume of them
static pel_status fit_look(pel__sheet *sheet, const pel_look *look, const pel_mesh *mesh)
{
    const pel_array *values = &sheet->values;
    pel_status s = PEL_OK;
    sheet->look = *look;
    if (strcmp(look->name, "auto") == 0) {
        bool is_label = values->data && values->kind == PEL_ARRAY_LABELS;
        s = pel_look_load(&sheet->look, is_label && !*look->colormap ? "labels" : "gray");
        if (!is_label)
            strcpy(sheet->look.colormap, "viridis");
        if (*look->colormap)
            memcpy(sheet->look.colormap, look->colormap, sizeof look->colormap);
        if (!isnan(look->window[0]))
            memcpy(sheet->look.window, look->window, sizeof look->window);
        sheet->look.unlit = look->unlit;
        sheet->look.ambient = look->ambient;
        sheet->look.diffuse = look->diffuse;
        sheet->look.specular = look->specular;
        sheet->look.power = look->power;
        memcpy(sheet->look.light, look->light, sizeof look->light);
    }
    pel_volume view = { .dims = { 1, 1, 1 }, .dtype = PEL_FLOAT32 };
    static const float none[] = { 0 };
    view.data = (void *)(uintptr_t)none;
    if (values->data) {
        view.dims[0] = values->per_triangle ? mesh->triangles : mesh->points;
        view.channels = values->channels;
        view.dtype = values->kind == PEL_ARRAY_LABELS    ? PEL_INT32
                     : values->kind == PEL_ARRAY_COLOURS ? PEL_UINT8
                                                         : PEL_FLOAT32;
        view.data = values->data;
    }
    if (s == PEL_OK)
        s = pel_look_fit(&sheet->look, &view);
    if (s == PEL_OK)
        s = pel__look_light(&sheet->light, sheet->look.light);
    pel__transfer_light(&sheet->transfer, &sheet->look);
    return s;
}

static pel_status fill(pel__sheet *sheet, const pel_mesh *mesh, const pel_look *look,
                       const pel_sheet_params *params)
{
    static const float bone[] = { 0.90f, 0.86f, 0.80f };
    const pel_array *values = params->scalar ? pel_mesh_find(mesh, params->scalar) : NULL;
    const pel_array *colours = pel_mesh_find_kind(mesh, PEL_ARRAY_COLOURS);
    const float given[] = { params->face.r, params->face.g, params->face.b };
    memcpy(sheet->face, params->face.set ? given : bone, sizeof bone);
    sheet->opacity = (float)params->opacity * (params->face.set ? params->face.a : 1);
    sheet->points = mesh->points;
    sheet->triangles = mesh->triangles;
    pel_mesh_bounds(mesh, &sheet->lo_mm, &sheet->hi_mm);
    if (params->scalar && !values)
        return no_array(mesh, params->scalar);
    pel_status s =
        copy(&sheet->point, mesh->point_mm, mesh->points, sizeof *sheet->point, "a mesh");
    if (s == PEL_OK && values)
        s = copy_array(&sheet->values, mesh, values);
    if (s == PEL_OK && colours && !params->face.set && !values)
        s = copy_array(&sheet->colours, mesh, colours);
    find_range(sheet, mesh);
    if (s == PEL_OK)
        s = copy_normals(sheet, mesh);
    if (s == PEL_OK)
        s = fit_look(sheet, look, mesh);
    return s == PEL_OK ? pel__sheet_tree(sheet, mesh) : s;
}

pel_status pel__sheet_new(pel__sheet **out, const pel_mesh *mesh, const pel_look *look,
                          const pel_sheet_params *params)
{
    pel__sheet *sheet;
    pel_status s = pel_schema_check(&pel_sheet_schema, params);
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles == 0)
        s = pel__fail(PEL_EUNSUPPORTED,
                      "the mesh has no triangles; clouds of points are not drawn");
    if (s == PEL_OK)
        s = pel__alloc_zero(&sheet, 1, sizeof *sheet, "a mesh");
    if (s != PEL_OK)
        return s;
    s = fill(sheet, mesh, look, params);
    if (s != PEL_OK)
        pel__sheet_free(sheet);
    else
        *out = sheet;
    return s;
}

int64_t pel_sheet_bytes(int64_t points, int64_t triangles)
{
    int64_t per_point = 2 * (int64_t)sizeof(float[3]) + (int64_t)sizeof(double[3]);
    int64_t per_triangle =
        (int64_t)(sizeof(int32_t[4]) + 2 * sizeof(pel__node)) + 2 * PEL__ITEM_BYTES;
    return points * per_point + triangles * per_triangle + (int64_t)sizeof(pel__sheet);
}

void pel__sheet_free(pel__sheet *sheet)
{
    if (!sheet)
        return;
    pel__free(sheet->point);
    pel__free(sheet->corner);
    pel__free(sheet->number);
    pel__free(sheet->node);
    pel__free(sheet->normal);
    pel__free(sheet->colours.data);
    pel__free(sheet->values.data);
    pel__free(sheet);
}
