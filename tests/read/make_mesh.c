/* SPDX-License-Identifier: Apache-2.0 */
/* make_mesh.c: what is read of mesh files, checked. */
#include "make_mesh.h"

void make_check_mesh(const char *name, const void *bytes, size_t size, const make_sample *s)
{
    pel_mesh m;
    const char *shown = s->text ? s->text : "bytes";
    make_listen();
    pel_status status = pel_read_mesh_bytes(&m, bytes, size, name);
    make_quiet();
    const char *told = s->points < 0 ? pel_error() : make_notes;
    if ((status == PEL_OK) != (s->points >= 0) || (s->says && !strstr(told, s->says)))
        fail_msg("%.400s: status %d, '%s' does not say '%s'", shown, (int)status, pel_error(),
                 s->says ? s->says : "");
    if (status == PEL_OK && (m.points != s->points || m.triangles != s->triangles))
        fail_msg("%.400s: %d points, %d triangles", shown, (int)m.points, (int)m.triangles);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

void make_check_meshes(const char *name, const make_sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        make_check_mesh(name, samples[i].text, strlen(samples[i].text), &samples[i]);
}
