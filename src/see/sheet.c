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
             "colour a mesh or points by this array of the file, through --colormap and --window"),
    PEL_NUMBER(pel_sheet_params, opacity, "1", 0, 1, NULL,
               "of a mesh's faces or points: 1 hides what is behind"),
    PEL_COLOUR(pel_sheet_params, face, NULL,
               "of a mesh or points; default the colours in the file, or bone"),
    PEL_COLOUR(pel_sheet_params, edge, NULL, "draw the edges of triangles, in this colour"),
    PEL_LENGTH(pel_sheet_params, edge_width, "1px", 1e-6, 1e6,
               "of edges, in px or in mm on the surface"),
    PEL_SWITCH(pel_sheet_params, wireframe, "draw edges alone, without faces"),
    PEL_SWITCH(pel_sheet_params, points, "draw a mesh's points in place of its triangles"),
    PEL_LENGTH(pel_sheet_params, point_size, NULL, 1e-6, 1e6,
               "points are so wide, in mm or px; default by how far apart they lie"),
    PEL_CHOICE(pel_sheet_params, point_shape, "ball", "ball|disc",
               "of points; discs face as the points' normals, or the viewer"),
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
    if (mesh->triangles == 0)
        return PEL_OK;
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

// of points that carry no colour their labels or intensities; NULL: none
static const pel_array *own_values(const pel_mesh *mesh)
{
    static const char *const names[] = { "label", "labels", "intensity" };
    const pel_array *found = NULL;
    for (int i = 0; i < 3 && !found; i++)
        found = pel_mesh_find(mesh, names[i]);
    return found && found->channels == 1 ? found : NULL;
}

// which arrays colour it
static pel_status choose_arrays(pel__sheet *sheet, const pel_mesh *mesh,
                                const pel_sheet_params *params, bool is_cloud)
{
    const pel_array *values = params->scalar ? pel_mesh_find(mesh, params->scalar) : NULL;
    const pel_array *colours = pel_mesh_find_kind(mesh, PEL_ARRAY_COLOURS);
    pel_status s = PEL_OK;
    if (params->scalar && !values)
        return no_array(mesh, params->scalar);
    if (values && is_cloud && values->per_triangle)
        return pel__fail(PEL_EPARAM,
                         "--scalar %s: these numbers are of triangles, and points are drawn",
                         params->scalar);
    colours = colours && is_cloud && colours->per_triangle ? NULL : colours;
    if (is_cloud && !colours && !values && !params->face.set)
        values = own_values(mesh);
    if (values)
        s = copy_array(&sheet->values, mesh, values);
    else if (colours && !params->face.set)
        s = copy_array(&sheet->colours, mesh, colours);
    find_range(sheet, mesh);
    return s;
}

static void set_style(pel__sheet *sheet, const pel_sheet_params *params)
{
    static const float bone[] = { 0.90f, 0.86f, 0.80f };
    const float given[] = { params->face.r, params->face.g, params->face.b };
    memcpy(sheet->face, params->face.set ? given : bone, sizeof bone);
    sheet->opacity = (float)params->opacity * (params->face.set ? params->face.a : 1);
    sheet->has_lines = params->wireframe || params->edge.set;
    sheet->lines_alone = params->wireframe;
    sheet->line_width = params->edge_width;
    sheet->line = params->edge;
    sheet->is_disc = params->point_shape == 1;
    sheet->point_size = params->point_size;
}

// balls of neighbours overlap a little, and what they lie on looks closed
static void choose_point_size(pel__sheet *sheet)
{
    if (isnan(sheet->point_size.value))
        sheet->point_size = (pel_length){ 1.5 * pel__sheet_spacing(sheet), PEL_MM };
    if (sheet->point_size.unit == PEL_PX)
        return;
    double half = 0.5 * sheet->point_size.value;
    pel_vec3 reach = { half, half, half };
    sheet->lo_mm = pel__minus(sheet->lo_mm, reach);
    sheet->hi_mm = pel__plus(sheet->hi_mm, reach);
}

// an edge opposite corner c is half-edge c + 1
static pel_status find_across(pel__sheet *sheet, const pel_mesh *mesh)
{
    int32_t *twin;
    pel_status s = pel__alloc(&sheet->across, sheet->items, sizeof *sheet->across, "lines");
    if (s == PEL_OK)
        s = pel__mesh_twins(&twin, mesh);
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < sheet->items; i++)
        for (int c = 0; c < 3; c++) {
            int32_t other = twin[3 * sheet->number[i] + (c + 1) % 3];
            sheet->across[i][c] = other < 0 ? -1 : pel__half_from(mesh, pel__last_half(other));
        }
    pel__free(twin);
    return PEL_OK;
}

static pel_status fill(pel__sheet *sheet, const pel_mesh *mesh, const pel_look *look,
                       const pel_sheet_params *params)
{
    bool is_cloud = params->points || mesh->triangles == 0;
    set_style(sheet, params);
    sheet->points = mesh->points;
    sheet->items = is_cloud ? mesh->points : mesh->triangles;
    pel_mesh_bounds(mesh, &sheet->lo_mm, &sheet->hi_mm);
    pel_status s =
        copy(&sheet->point, mesh->point_mm, mesh->points, sizeof *sheet->point, "a mesh");
    if (s == PEL_OK)
        s = choose_arrays(sheet, mesh, params, is_cloud);
    if (s == PEL_OK)
        s = copy_normals(sheet, mesh);
    if (s == PEL_OK)
        s = fit_look(sheet, look, mesh);
    if (s == PEL_OK)
        s = pel__sheet_tree(sheet, mesh, is_cloud);
    if (s == PEL_OK && is_cloud)
        choose_point_size(sheet);
    if (s == PEL_OK && sheet->has_lines)
        s = find_across(sheet, mesh);
    return s;
}

static pel_status check_length(const char *option, pel_length length)
{
    if (isnan(length.value) || length.unit == PEL_MM || length.unit == PEL_PX)
        return PEL_OK;
    return pel__fail(PEL_EPARAM, "--%s wants mm, or pixels as 3px", option);
}

static pel_status check(const pel_mesh *mesh, const pel_sheet_params *params)
{
    bool is_cloud = params->points || mesh->triangles == 0;
    pel_status s = pel_schema_check(&pel_sheet_schema, params);
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK)
        s = check_length("edge-width", params->edge_width);
    if (s == PEL_OK)
        s = check_length("point-size", params->point_size);
    if (s != PEL_OK)
        return s;
    if (mesh->points == 0)
        return pel__fail(PEL_EDATA, "the mesh has no points, so there is nothing to draw");
    if (mesh->placeless)
        return pel__fail(PEL_EUNSUPPORTED,
                         "the file has numbers and no places; add them to their surface: "
                         "pellucid mesh SURFACE --add FILE -o OUT");
    if (is_cloud && (params->wireframe || params->edge.set))
        return pel__fail(PEL_EPARAM, "--wireframe and --edge draw edges of triangles, and only "
                                     "points are drawn");
    return PEL_OK;
}

pel_status pel__sheet_new(pel__sheet **out, const pel_mesh *mesh, const pel_look *look,
                          const pel_sheet_params *params)
{
    pel__sheet *sheet;
    pel_status s = check(mesh, params);
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
    int64_t per_item = (int64_t)(sizeof(int32_t[7]) + 2 * sizeof(pel__node)) + 2 * PEL__ITEM_BYTES;
    int64_t items = triangles > points ? triangles : points;
    return points * per_point + items * per_item + (int64_t)sizeof(pel__sheet);
}

void pel__sheet_free(pel__sheet *sheet)
{
    if (!sheet)
        return;
    pel__free(sheet->point);
    pel__free(sheet->corner);
    pel__free(sheet->number);
    pel__free(sheet->across);
    pel__free(sheet->node);
    pel__free(sheet->normal);
    pel__free(sheet->colours.data);
    pel__free(sheet->values.data);
    pel__free(sheet);
}
