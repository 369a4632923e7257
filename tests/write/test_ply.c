/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is read back: every kind of array, both forms, at once and part by part. */
#include <unistd.h>

#include "check.h"

static char path[64];

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/pellucid_ply_%d.ply", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

// a tetrahedron with an array of each kind
static pel_mesh tetrahedron(bool triangles)
{
    static const float corner[4][3] = {
        { 0, 0, 0 }, { 1.5f, 0, -2e-8f }, { 0, 1e20f, 0 }, { 0.1f, 1, 3 }
    };
    static const int32_t face[4][3] = { { 0, 2, 1 }, { 0, 1, 3 }, { 1, 2, 3 }, { 0, 3, 2 } };
    pel_mesh m;
    float *values, *normals;
    int32_t *labels;
    uint8_t *colours;
    assert_ok(pel_mesh_new(&m, 4, triangles ? 4 : 0));
    memcpy(m.point_mm, corner, sizeof corner);
    if (triangles)
        memcpy(m.triangle, face, sizeof face);
    assert_ok(pel_mesh_add_array(&m, "normals", PEL_ARRAY_NORMALS, false, 3, &normals));
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, false, 4, &colours));
    assert_ok(pel_mesh_add_array(&m, "depth_mm", PEL_ARRAY_VALUES, false, 1, &values));
    assert_ok(pel_mesh_add_array(&m, "region", PEL_ARRAY_LABELS, triangles, 1, &labels));
    for (int n = 0; n < 4; n++) {
        normals[3 * n + n % 3] = 1;
        values[n] = n ? 0.1f * (float)n : NAN;
        labels[n] = n == 3 ? INT32_MIN : n * 1000003;
        for (int c = 0; c < 4; c++)
            colours[4 * n + c] = (uint8_t)(50 * n + c);
    }
    m.oriented = true;
    return m;
}

static void assert_same(const pel_mesh *a, const pel_mesh *b)
{
    assert_int_equal(a->points, b->points);
    assert_int_equal(a->triangles, b->triangles);
    assert_memory_equal(a->point_mm, b->point_mm, (size_t)a->points * sizeof *a->point_mm);
    if (a->triangles)
        assert_memory_equal(a->triangle, b->triangle, (size_t)a->triangles * sizeof *a->triangle);
    assert_int_equal(a->arrays, b->arrays);
    for (int n = 0; n < a->arrays; n++) {
        const pel_array *x = &a->array[n], *y = pel_mesh_find(b, x->name);
        assert_non_null(y);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->per_triangle, y->per_triangle);
        for (int64_t i = 0; i < (x->per_triangle ? a->triangles : a->points); i++)
            for (int c = 0; c < x->channels; c++)
                assert_near(pel_array_get(x, i, c), pel_array_get(y, i, c), 0);
    }
}

static void a_mesh_comes_back_as_it_was_in_both_forms(void **state)
{
    (void)state;
    for (int form = 0; form < 4; form++) {
        pel_mesh m = tetrahedron(form & 2), back;
        pel_mesh_write_params p = pel_mesh_write_defaults();
        p.ascii = form & 1;
        assert_ok(pel_write_mesh(path, &m, "{\"pellucid\":\"x\"}", &p));
        assert_ok(pel_read_mesh(&back, path));
        assert_same(&m, &back);
        assert_true(back.oriented);
        assert_non_null(strstr(back.comment, "{\"pellucid\":\"x\"}"));
        // written again, what it says of itself is said once
        pel_mesh again;
        assert_ok(pel_write_mesh(path, &back, "{\"pellucid\":\"y\"}", &p));
        assert_ok(pel_read_mesh(&again, path));
        assert_null(strstr(again.comment, "\"x\""));
        assert_non_null(strstr(again.comment, "\"y\""));
        pel_mesh_free(&again);
        pel_mesh_free(&back);
        pel_mesh_free(&m);
    }
}

static void a_cloud_of_parts_is_the_cloud_of_all(void **state)
{
    (void)state;
    pel_mesh m = tetrahedron(false), back;
    for (int ascii = 0; ascii < 2; ascii++) {
        pel_mesh_write_params p = pel_mesh_write_defaults();
        pel_cloud *cloud;
        p.ascii = ascii;
        assert_ok(pel_cloud_open(&cloud, path, PEL_MESH_COORDINATES,
                                 "{\"hash\":\"" PEL_HASH_LATER "\"}", &p));
        for (int n = 0; n < 30000; n++)
            assert_ok(pel_cloud_add(cloud, &m));
        assert_ok(pel_cloud_commit(cloud, "0123456789abcdef0123456789abcdef"));
        pel_cloud_close(cloud);
        assert_ok(pel_read_mesh(&back, path));
        assert_int_equal(back.points, 120000);
        assert_non_null(strstr(back.comment, "0123456789abcdef0123456789abcdef"));
        assert_memory_equal(back.point_mm[119996], m.point_mm, 4 * sizeof *m.point_mm);
        pel_mesh_free(&back);
    }
    pel_mesh_free(&m);
}

static void an_empty_cloud_is_a_file_too(void **state)
{
    (void)state;
    pel_cloud *cloud;
    pel_mesh back;
    assert_ok(pel_cloud_open(&cloud, path, "nothing", NULL, NULL));
    assert_ok(pel_cloud_commit(cloud, ""));
    pel_cloud_close(cloud);
    assert_ok(pel_read_mesh(&back, path));
    assert_int_equal(back.points, 0);
    pel_mesh_free(&back);
}

static void what_cannot_be_written_is_refused_and_nothing_is_left(void **state)
{
    (void)state;
    pel_cloud *cloud;
    pel_mesh m = tetrahedron(false), other;
    assert_ok(pel_mesh_new(&other, 1, 0));
    unlink(path);
    assert_int_equal(pel_cloud_open(&cloud, "x.xyz", "", NULL, NULL), PEL_EPARAM);
    assert_error_says("use .ply");
    assert_int_equal(pel_write_mesh("x.xyz", &m, NULL, NULL), PEL_EPARAM);
    assert_int_equal(pel_cloud_open(&cloud, "/dev/null/x.ply", "", NULL, NULL), PEL_EIO);
    assert_null(cloud);
    assert_ok(pel_cloud_open(&cloud, path, "", NULL, NULL));
    assert_ok(pel_cloud_add(cloud, &m));
    assert_int_equal(pel_cloud_add(cloud, &other), PEL_EPARAM);
    assert_error_says("different arrays");
    pel_cloud_close(cloud);
    assert_int_equal(access(path, F_OK), -1);
    pel_mesh_free(&other);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mesh_comes_back_as_it_was_in_both_forms),
        cmocka_unit_test(a_cloud_of_parts_is_the_cloud_of_all),
        cmocka_unit_test(an_empty_cloud_is_a_file_too),
        cmocka_unit_test(what_cannot_be_written_is_refused_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, name_file, remove_file);
}
