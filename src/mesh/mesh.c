/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.c: the noun: making, growing and checking it, and its first measures. */
#include "mesh/mesh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"

enum { MOST_ARRAYS = 256, MOST_CHANNELS = 4096 };

int64_t pel__array_item(pel_array_kind kind, int channels)
{
    return channels * (kind == PEL_ARRAY_COLOURS ? 1 : 4);
}

static pel_status check_counts(int64_t points, int64_t triangles)
{
    if (points < 0 || triangles < 0 || points > INT32_MAX || triangles > INT32_MAX)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%lld points and %lld triangles; a mesh has at most 2147483647 of each",
                         (long long)points, (long long)triangles);
    return PEL_OK;
}

pel_status pel_mesh_new(pel_mesh *out, int64_t points, int64_t triangles)
{
    *out = (pel_mesh){ 0 };
    pel_status s = check_counts(points, triangles);
    if (s == PEL_OK && points)
        s = pel__alloc_zero(&out->point_mm, points, sizeof *out->point_mm, "the points");
    if (s == PEL_OK && triangles)
        s = pel__alloc_zero(&out->triangle, triangles, sizeof *out->triangle, "the triangles");
    if (s != PEL_OK) {
        pel_mesh_free(out);
        return s;
    }
    out->points = out->point_room = points;
    out->triangles = out->triangle_room = triangles;
    return PEL_OK;
}

void pel_mesh_free(pel_mesh *mesh)
{
    for (int i = 0; i < mesh->arrays; i++)
        pel__free(mesh->array[i].data);
    pel__free(mesh->array);
    pel__free(mesh->label);
    pel__free(mesh->point_mm);
    pel__free(mesh->triangle);
    free(mesh->comment);
    *mesh = (pel_mesh){ 0 };
}

static int64_t items(const pel_mesh *mesh, bool per_triangle)
{
    return per_triangle ? mesh->triangles : mesh->points;
}

static bool suits(pel_array_kind kind, int channels)
{
    switch (kind) {
    case PEL_ARRAY_LABELS:
        return channels == 1;
    case PEL_ARRAY_COLOURS:
        return channels == 3 || channels == 4;
    case PEL_ARRAY_NORMALS:
        return channels == 3;
    default:
        return channels >= 1 && channels <= MOST_CHANNELS;
    }
}

static pel_array *find(const pel_mesh *mesh, const char *name, bool per_triangle)
{
    for (int i = 0; i < mesh->arrays; i++)
        if (mesh->array[i].per_triangle == per_triangle && strcmp(mesh->array[i].name, name) == 0)
            return &mesh->array[i];
    return NULL;
}

pel_status pel_mesh_add_array(pel_mesh *mesh, const char *name, pel_array_kind kind,
                              bool per_triangle, int channels, void *data)
{
    pel_array array = { .kind = kind, .per_triangle = per_triangle, .channels = channels };
    if (!suits(kind, channels))
        return pel__fail(PEL_EPARAM, "array '%s': %d channels do not suit its kind", name,
                         channels);
    if (!*name || strlen(name) >= sizeof array.name)
        return pel__fail(PEL_EPARAM, "array '%s': a name has 1 to 63 bytes", name);
    if (find(mesh, name, per_triangle))
        return pel__fail(PEL_EPARAM, "array '%s' is there already", name);
    if (mesh->arrays == MOST_ARRAYS)
        return pel__fail(PEL_EUNSUPPORTED, "a mesh has at most %d arrays", MOST_ARRAYS);
    strcpy(array.name, name);
    pel_status s =
        pel__realloc(&mesh->array, mesh->arrays + 1, sizeof *mesh->array, "the arrays of a mesh");
    int64_t room = per_triangle ? mesh->triangle_room : mesh->point_room;
    if (s == PEL_OK && room)
        s = pel__alloc_zero(&array.data, room, pel__array_item(kind, channels), name);
    if (s != PEL_OK)
        return s;
    mesh->array[mesh->arrays++] = array;
    if (data)
        memcpy(data, &array.data, sizeof array.data);
    return PEL_OK;
}

pel_array *pel_mesh_find(const pel_mesh *mesh, const char *name)
{
    pel_array *of_points = find(mesh, name, false);
    return of_points ? of_points : find(mesh, name, true);
}

pel_array *pel_mesh_find_kind(const pel_mesh *mesh, pel_array_kind kind)
{
    for (int place = 0; place < 2; place++)
        for (int i = 0; i < mesh->arrays; i++)
            if (mesh->array[i].kind == kind && mesh->array[i].per_triangle == (place == 1))
                return &mesh->array[i];
    return NULL;
}

double pel_array_get(const pel_array *array, int64_t index, int channel)
{
    int64_t at = index * array->channels + channel;
    if (array->kind == PEL_ARRAY_COLOURS)
        return ((const uint8_t *)array->data)[at];
    if (array->kind == PEL_ARRAY_LABELS)
        return ((const int32_t *)array->data)[at];
    return (double)((const float *)array->data)[at];
}

/* ---- labels ---- */

const pel_label *pel_mesh_label(const pel_mesh *mesh, int64_t key)
{
    for (int i = 0; i < mesh->label_count; i++)
        if (mesh->label[i].key == key)
            return &mesh->label[i];
    return NULL;
}

pel_status pel_mesh_add_label(pel_mesh *mesh, int32_t key, const char *name, const uint8_t rgba[4])
{
    enum { MOST_LABELS = 1 << 20, STEP = 64 };
    if (mesh->label_count == MOST_LABELS)
        return pel__fail(PEL_EUNSUPPORTED, "a mesh has names for at most %d labels", MOST_LABELS);
    pel_status s = PEL_OK;
    if (mesh->label_count % STEP == 0)
        s = pel__realloc(&mesh->label, mesh->label_count + STEP, sizeof *mesh->label,
                         "the names of labels");
    if (s != PEL_OK)
        return s;
    pel_label *label = &mesh->label[mesh->label_count++];
    *label = (pel_label){ .key = key };
    snprintf(label->name, sizeof label->name, "%s", name);
    memcpy(label->rgba, rgba, sizeof label->rgba);
    return PEL_OK;
}

/* ---- arrays of another mesh ---- */

static pel_status check_places(const pel_mesh *to, const pel_mesh *from)
{
    if (from->points != to->points)
        return pel__fail(PEL_EDATA, "it has numbers for %lld points, and the mesh has %lld",
                         (long long)from->points, (long long)to->points);
    for (int i = 0; i < from->arrays; i++)
        if (from->array[i].per_triangle && from->triangles != to->triangles)
            return pel__fail(PEL_EDATA, "it has numbers for %lld triangles, and the mesh has %lld",
                             (long long)from->triangles, (long long)to->triangles);
    return PEL_OK;
}

pel_status pel_mesh_move_arrays(pel_mesh *to, pel_mesh *from)
{
    pel_status s = check_places(to, from);
    for (int i = 0; i < from->arrays && s == PEL_OK; i++) {
        pel_array *a = &from->array[i];
        void *data;
        char name[64];
        snprintf(name, sizeof name, "%.60s", a->name);
        for (int n = 2; find(to, name, a->per_triangle); n++)
            snprintf(name, sizeof name, "%.50s_%d", a->name, n);
        s = pel_mesh_add_array(to, name, a->kind, a->per_triangle, a->channels, &data);
        int64_t count = items(to, a->per_triangle);
        if (s == PEL_OK && count)
            memcpy(data, a->data, (size_t)(count * pel__array_item(a->kind, a->channels)));
    }
    if (s != PEL_OK)
        return s;
    for (int i = 0; i < from->arrays; i++)
        pel__free(from->array[i].data);
    from->arrays = 0;
    if (to->label_count == 0) {
        pel__free(to->label);
        to->label = from->label;
        to->label_count = from->label_count;
        from->label = NULL;
        from->label_count = 0;
    }
    return PEL_OK;
}

/* ---- growing ---- */

// by halves, so that many small steps cost one copy
static int64_t room_for(int64_t room, int64_t count)
{
    return count <= room             ? room
           : count < 64              ? 64
           : count < room + room / 2 ? room + room / 2
                                     : count;
}

static pel_status grow_arrays(pel_mesh *mesh, bool per_triangle, int64_t room)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < mesh->arrays && s == PEL_OK; i++) {
        pel_array *a = &mesh->array[i];
        if (a->per_triangle == per_triangle)
            s = pel__realloc(&a->data, room, pel__array_item(a->kind, a->channels), a->name);
    }
    return s;
}

static pel_status grow_points(pel_mesh *mesh, int64_t room)
{
    if (room == mesh->point_room)
        return PEL_OK;
    pel_status s = pel__realloc(&mesh->point_mm, room, sizeof *mesh->point_mm, "the points");
    if (s == PEL_OK)
        s = grow_arrays(mesh, false, room);
    if (s == PEL_OK)
        mesh->point_room = room;
    return s;
}

static pel_status grow_triangles(pel_mesh *mesh, int64_t room)
{
    if (room == mesh->triangle_room)
        return PEL_OK;
    pel_status s = pel__realloc(&mesh->triangle, room, sizeof *mesh->triangle, "the triangles");
    if (s == PEL_OK)
        s = grow_arrays(mesh, true, room);
    if (s == PEL_OK)
        mesh->triangle_room = room;
    return s;
}

pel_status pel__mesh_resize(pel_mesh *mesh, int64_t points, int64_t triangles)
{
    pel_status s = check_counts(points, triangles);
    if (s == PEL_OK)
        s = grow_points(mesh, room_for(mesh->point_room, points));
    if (s == PEL_OK)
        s = grow_triangles(mesh, room_for(mesh->triangle_room, triangles));
    if (s != PEL_OK)
        return s;
    mesh->points = points;
    mesh->triangles = triangles;
    return PEL_OK;
}

/* ---- checks and measures ---- */

pel_status pel_mesh_check(const pel_mesh *mesh)
{
    for (int64_t i = 0; i < mesh->points; i++)
        for (int a = 0; a < 3; a++)
            if (!isfinite(mesh->point_mm[i][a]))
                return pel__fail(PEL_EDATA, "point %lld has a coordinate that is no number",
                                 (long long)i);
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++)
            if (mesh->triangle[t][c] < 0 || mesh->triangle[t][c] >= mesh->points)
                return pel__fail(PEL_EDATA, "triangle %lld names point %d, but there are %lld",
                                 (long long)t, mesh->triangle[t][c], (long long)mesh->points);
    return PEL_OK;
}

bool pel_mesh_bounds(const pel_mesh *mesh, pel_vec3 *lo_mm, pel_vec3 *hi_mm)
{
    *lo_mm = *hi_mm = (pel_vec3){ 0 };
    if (mesh->points == 0)
        return false;
    *lo_mm = *hi_mm = pel__mesh_point(mesh, 0);
    for (int64_t i = 1; i < mesh->points; i++) {
        pel_vec3 p = pel__mesh_point(mesh, i);
        *lo_mm = (pel_vec3){ fmin(lo_mm->x, p.x), fmin(lo_mm->y, p.y), fmin(lo_mm->z, p.z) };
        *hi_mm = (pel_vec3){ fmax(hi_mm->x, p.x), fmax(hi_mm->y, p.y), fmax(hi_mm->z, p.z) };
    }
    return true;
}

static void set_normals(float (*out)[3], const pel_mesh *mesh, double (*sum)[3])
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        pel_vec3 n = pel__mesh_cross(mesh, t);
        for (int c = 0; c < 3; c++) {
            double *to = sum[mesh->triangle[t][c]];
            to[0] += n.x;
            to[1] += n.y;
            to[2] += n.z;
        }
    }
    for (int64_t i = 0; i < mesh->points; i++) {
        pel_vec3 n = pel__unit((pel_vec3){ sum[i][0], sum[i][1], sum[i][2] });
        out[i][0] = (float)n.x;
        out[i][1] = (float)n.y;
        out[i][2] = (float)n.z;
    }
}

pel_status pel_mesh_normals(pel_mesh *mesh)
{
    double(*sum)[3];
    float(*normal)[3] = NULL;
    pel_array *there = find(mesh, "normals", false);
    pel_status s = pel_mesh_check(mesh);
    if (s == PEL_OK && there && there->kind != PEL_ARRAY_NORMALS)
        s = pel__fail(PEL_EPARAM, "the array 'normals' holds no normals");
    if (s != PEL_OK || mesh->points == 0)
        return s;
    s = pel__alloc_zero(&sum, mesh->points, sizeof *sum, "sums of normals");
    if (s != PEL_OK)
        return s;
    if (there)
        normal = there->data;
    else
        s = pel_mesh_add_array(mesh, "normals", PEL_ARRAY_NORMALS, false, 3, &normal);
    if (s == PEL_OK)
        set_normals(normal, mesh, sum);
    pel__free(sum);
    return s;
}

double pel_mesh_area_mm2(const pel_mesh *mesh)
{
    double sum = 0;
    for (int64_t t = 0; t < mesh->triangles; t++)
        sum += 0.5 * pel__length(pel__mesh_cross(mesh, t));
    return sum;
}

int64_t pel_mesh_bytes(const pel_mesh *mesh)
{
    int64_t sum = mesh->points * (int64_t)sizeof *mesh->point_mm +
                  mesh->triangles * (int64_t)sizeof *mesh->triangle;
    for (int i = 0; i < mesh->arrays; i++)
        sum += items(mesh, mesh->array[i].per_triangle) *
               pel__array_item(mesh->array[i].kind, mesh->array[i].channels);
    return sum;
}
