/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.c: files become meshes: the formats that are read, and how one is found. */
#include "read/meshes.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"

const pel__mesh_format *const pel__mesh_formats[] = { &pel__ply, NULL };

bool pel_can_read_mesh(const char *path)
{
    char base[4096];
    size_t length = strlen(path);
    if (pel__ends_with(path, ".gz"))
        length -= 3;
    snprintf(base, sizeof base, "%.*s", (int)(length < sizeof base ? length : 0), path);
    for (int f = 0; pel__mesh_formats[f]; f++)
        for (int e = 0; pel__mesh_formats[f]->endings[e]; e++)
            if (pel__ends_with(base, pel__mesh_formats[f]->endings[e]))
                return true;
    return false;
}

static pel_status find_format(const pel__mesh_format **out, pel__opening *o)
{
    const uint8_t *head;
    int64_t count;
    pel_status s = pel__bytes_peek(o->bytes, &head, &count);
    for (int f = 0; s == PEL_OK && pel__mesh_formats[f]; f++)
        if (pel__mesh_formats[f]->is(head, count)) {
            *out = pel__mesh_formats[f];
            return PEL_OK;
        }
    return s != PEL_OK
               ? s
               : pel__fail(PEL_EUNSUPPORTED, "%s: is no mesh that is read; PLY is", o->bytes->name);
}

static pel_status read_format(pel_mesh *out, pel__opening *o)
{
    const pel__mesh_format *format;
    pel_status s = find_format(&format, o);
    if (s != PEL_OK)
        return s;
    snprintf(out->format, sizeof out->format, "%s", format->name);
    s = format->read(out, o->bytes);
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

static pel_status plan_opened(pel_mesh_cost *out, pel__opening *o)
{
    const pel__mesh_format *format;
    pel_mesh mesh = { 0 };
    int64_t faces = 0;
    pel_status s = find_format(&format, o);
    if (s == PEL_OK)
        s = format->head(&mesh, o->bytes, &out->points, &faces);
    out->triangles = 2 * faces;
    for (int i = 0; i < mesh.arrays && s == PEL_OK; i++)
        out->array_bytes += (mesh.array[i].per_triangle ? out->triangles : out->points) *
                            pel__array_item(mesh.array[i].kind, mesh.array[i].channels);
    int64_t shape =
        out->points * (int64_t)sizeof(float[3]) + out->triangles * (int64_t)sizeof(int32_t[3]);
    // blocks that grow have room for half as much again
    out->memory_bytes = (shape + out->array_bytes) / 2 * 3 + o->bytes->buffer_bytes + (1 << 20);
    out->read_bytes = o->bytes->size > 0 ? o->bytes->size : 0;
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
