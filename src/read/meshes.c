/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.c: files become meshes: the formats that are read, and how one is found. */
#include "read/meshes.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"

// those with a mark of their own first; STL and OBJ go by their name
const pel__mesh_format *const pel__mesh_formats[] = {
    &pel__ply,     &pel__vtk,      &pel__vtp,      &pel__gifti,
    &pel__glb,     &pel__off,      &pel__fs_patch, &pel__fs_surface,
    &pel__fs_curv, &pel__fs_annot, &pel__stl,      &pel__obj,
    NULL
};

// the name without .gz
static void plain_name(char out[4096], const char *path)
{
    size_t length = strlen(path);
    if (pel__ends_with(path, ".gz"))
        length -= 3;
    snprintf(out, 4096, "%.*s", (int)(length < 4096 ? length : 0), path);
}

// surfaces of FreeSurfer have names, not endings: their first bytes tell
static bool starts_as_freesurfer(const char *path)
{
    uint8_t head[4] = { 0 };
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    FILE *file = fopen(path, "rb");
    bool good = file && fread(head, sizeof head, 1, file) == 1 &&
                memcmp(head, "\xff\xff", 2) == 0 && head[2] >= 0xfe;
    if (file)
        fclose(file);
    return good;
}

bool pel_can_read_mesh(const char *path)
{
    char base[4096];
    plain_name(base, path);
    for (int f = 0; pel__mesh_formats[f]; f++)
        for (int e = 0; pel__mesh_formats[f]->endings[e]; e++)
            if (pel__ends_with(base, pel__mesh_formats[f]->endings[e]))
                return true;
    return !pel__formats_know(base) && starts_as_freesurfer(path);
}

static pel_status find_format(const pel__mesh_format **out, pel__opening *o)
{
    const uint8_t *head;
    char path[4096];
    int64_t count;
    plain_name(path, o->name);
    pel_status s = pel__bytes_peek(o->bytes, &head, &count);
    for (int f = 0; s == PEL_OK && pel__mesh_formats[f]; f++)
        if (pel__mesh_formats[f]->is(path, head, count)) {
            *out = pel__mesh_formats[f];
            return PEL_OK;
        }
    return s != PEL_OK
               ? s
               : pel__fail(PEL_EUNSUPPORTED,
                           "%s: is no mesh that is read, or its first bytes are damaged; "
                           "PLY, STL, OBJ, OFF, GIFTI, VTK, VTP, GLB and FreeSurfer's files "
                           "are",
                           o->bytes->name);
}

// LPS and RAS differ by half a turn, so that triangles keep their sides
static void turn_lps(pel_mesh *mesh)
{
    for (int64_t i = 0; i < mesh->points; i++)
        for (int a = 0; a < 2; a++)
            mesh->point_mm[i][a] = -mesh->point_mm[i][a];
    for (int n = 0; n < mesh->arrays; n++) {
        const pel_array *array = &mesh->array[n];
        int64_t items = array->per_triangle ? mesh->triangles : mesh->points;
        for (int64_t i = 0; array->kind == PEL_ARRAY_NORMALS && i < items; i++)
            for (int a = 0; a < 2; a++)
                ((float *)array->data)[3 * i + a] *= -1;
    }
}

// 3D Slicer writes SPACE=LPS or SPACE=RAS into comments, pellucid what coordinates are
static void heed_comment(pel_mesh *mesh)
{
    const char *space = mesh->comment ? strstr(mesh->comment, "SPACE=") : NULL;
    bool lps = space && strncmp(space + 6, "LPS", 3) == 0;
    const char *said = mesh->comment ? strstr(mesh->comment, PEL_MESH_COORDINATES) : NULL;
    if (said && (said == mesh->comment || said[-1] == '\n') &&
        said[sizeof PEL_MESH_COORDINATES - 1] == '\n')
        mesh->oriented = true;
    if (lps)
        turn_lps(mesh);
    mesh->oriented = mesh->oriented || lps || (space && strncmp(space + 6, "RAS", 3) == 0);
}

static pel_status read_format(pel_mesh *out, pel__opening *o)
{
    const pel__mesh_format *format;
    pel_status s = find_format(&format, o);
    if (s != PEL_OK)
        return s;
    snprintf(out->format, sizeof out->format, "%s", format->name);
    s = format->read(out, o->bytes);
    if (s == PEL_OK)
        heed_comment(out);
    return s == PEL_OK ? pel__during(pel_mesh_check(out), "%s", o->bytes->name) : s;
}

static pel_status read_opened(pel_mesh *out, pel__opening *o)
{
    pel_fields fields = { 0 };
    pel_status s = read_format(out, o);
    if (s == PEL_OK)
        s = pel__bytes_end(o->bytes);
    if (s == PEL_OK)
        s = pel__opening_finish(o, &fields);
    memcpy(out->hash, fields.hash, sizeof out->hash);
    out->bytes = fields.bytes;
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

pel_status pel_read_mesh(pel_mesh *out, const char *path)
{
    *out = (pel_mesh){ 0 };
    pel_read_params params = pel_read_defaults();
    pel__opening opening = { .params = &params };
    pel_status s = pel__hash_new(&opening.hash);
    if (s == PEL_OK)
        s = pel__open_path(&opening, path);
    if (s == PEL_OK)
        s = read_opened(out, &opening);
    pel__opening_free(&opening);
    return s;
}

pel_status pel_read_mesh_bytes(pel_mesh *out, const void *bytes, size_t size, const char *name)
{
    *out = (pel_mesh){ 0 };
    pel_read_params params = pel_read_defaults();
    pel__opening opening = { .params = &params };
    pel_status s = pel__hash_new(&opening.hash);
    if (s == PEL_OK)
        s = pel__open_memory(&opening, bytes, size, name);
    if (s == PEL_OK)
        s = read_opened(out, &opening);
    pel__opening_free(&opening);
    return s;
}

// a format without counts in front is read to tell them
static pel_status read_head(pel_mesh *mesh, const pel__mesh_format *format, pel__opening *o,
                            pel_mesh_cost *cost)
{
    int64_t faces = 0;
    pel_status s = format->head ? format->head(mesh, o->bytes, &cost->points, &faces)
                                : format->read(mesh, o->bytes);
    if (!format->head) {
        cost->points = mesh->points;
        cost->triangles = mesh->triangles;
    } else
        cost->triangles = 2 * faces;
    return s;
}

static pel_status plan_opened(pel_mesh_cost *out, pel__opening *o)
{
    const pel__mesh_format *format;
    pel_mesh mesh = { 0 };
    pel_status s = find_format(&format, o);
    if (s == PEL_OK)
        s = read_head(&mesh, format, o, out);
    for (int i = 0; i < mesh.arrays && s == PEL_OK; i++)
        out->array_bytes += (mesh.array[i].per_triangle ? out->triangles : out->points) *
                            pel__array_item(mesh.array[i].kind, mesh.array[i].channels);
    int64_t shape =
        out->points * (int64_t)sizeof(float[3]) + out->triangles * (int64_t)sizeof(int32_t[3]);
    int64_t file = s == PEL_OK ? o->bytes->pos : 0;
    // blocks that grow have room for half as much again
    out->memory_bytes = (shape + out->array_bytes) / 2 * 3 + o->bytes->buffer_bytes + (1 << 20);
    if (s == PEL_OK)
        out->memory_bytes += format->beside * file;
    out->read_bytes = o->bytes->size > 0 ? o->bytes->size : file;
    pel_mesh_free(&mesh);
    return s;
}

pel_status pel_plan_mesh(pel_mesh_cost *out, const char *path)
{
    *out = (pel_mesh_cost){ 0 };
    pel_read_params params = pel_read_defaults();
    pel__opening opening = { .params = &params };
    pel_status s = pel__hash_new(&opening.hash);
    if (s == PEL_OK)
        s = pel__open_path(&opening, path);
    if (s == PEL_OK)
        s = plan_opened(out, &opening);
    pel__opening_free(&opening);
    return s;
}
