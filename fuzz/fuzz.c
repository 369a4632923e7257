/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.c: what every fuzz target shares. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <pellucid/pellucid.h>

enum { MOST_BYTES = 64 << 20 };

static void use_job(pel_job *job)
{
    *job = pel_job_defaults();
    job->threads = 1;
    job->memory_bytes = MOST_BYTES;
    pel_job_use(job);
}

// what was read is touched, so that a wrong size shows; what failed says why, and nothing stays
static void check(pel_volume *volume, pel_status status)
{
    volatile uint8_t sum = 0;
    const uint8_t *bytes = volume->data;
    int64_t count = status == PEL_OK ? pel_volume_bytes(volume) : 0;
    for (int64_t i = 0; i < count; i++)
        sum = (uint8_t)(sum + bytes[i]);
    if (status == PEL_OK && (count < 1 || !volume->fields.hash[0]))
        abort();
    if (status != PEL_OK && (volume->data || !*pel_error() || strchr(pel_error(), '\n')))
        abort();
    pel_volume_free(volume);
    pel_job_use(NULL);
    if (pel_memory_in_use() != 0)
        abort();
}

void fuzz_read(const uint8_t *data, size_t size, const char *name)
{
    // an exact-size copy, so that one byte too far is seen
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes)
        return;
    if (size)
        memcpy(bytes, data, size);
    pel_job job;
    pel_volume volume;
    use_job(&job);
    check(&volume, pel_read_volume_bytes(&volume, bytes, size, name));
    free(bytes);
}

void fuzz_read_path(const char *path, const char *raw)
{
    pel_job job;
    pel_volume volume;
    pel_read_params params = pel_read_defaults();
    params.raw = raw;
    use_job(&job);
    check(&volume, pel_read_volume(&volume, path, &params));
}

void fuzz_read_folder(const char *path, const char *allow, const char *slices)
{
    pel_job job;
    pel_volume volume;
    pel_read_params params = pel_read_defaults();
    params.allow = allow;
    params.slices = slices;
    use_job(&job);
    check(&volume, pel_read_volume(&volume, path, &params));
}

static void check_mesh(pel_mesh *mesh, pel_status status)
{
    if (status == PEL_OK && (pel_mesh_check(mesh) != PEL_OK || !mesh->hash[0]))
        abort();
    volatile double sum = status == PEL_OK ? pel_mesh_area_mm2(mesh) : 0;
    for (int a = 0; a < mesh->arrays; a++) {
        const pel_array *array = &mesh->array[a];
        int64_t count = array->per_triangle ? mesh->triangles : mesh->points;
        for (int64_t i = 0; i < count; i++)
            for (int c = 0; c < array->channels; c++)
                sum = sum + pel_array_get(array, i, c);
    }
    if (status != PEL_OK && (mesh->point_mm || !*pel_error() || strchr(pel_error(), '\n')))
        abort();
    pel_mesh_free(mesh);
    pel_job_use(NULL);
    if (pel_memory_in_use() != 0)
        abort();
}

void fuzz_read_mesh(const uint8_t *data, size_t size, const char *name)
{
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes)
        return;
    if (size)
        memcpy(bytes, data, size);
    pel_job job;
    pel_mesh mesh;
    use_job(&job);
    check_mesh(&mesh, pel_read_mesh_bytes(&mesh, bytes, size, name));
    free(bytes);
}
