/* SPDX-License-Identifier: Apache-2.0 */
/* What a mesh is as a surface: surfaces whose numbers are known, and each way to be none. */
#include "check.h"

#include "base/maths.h"
#include "base/memory.h"
#include "mesh/mesh.h"

static pel_mesh of_triangles(int points, const int32_t (*triangle)[3], int triangles)
{
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, points, triangles));
    for (int t = 0; t < triangles; t++)
        memcpy(m.triangle[t], triangle[t], sizeof *triangle);
    for (int p = 0; p < points; p++)
        for (int a = 0; a < 3; a++)
            m.point_mm[p][a] = (float)(p * 7 % 5 + a * p % 3);
    return m;
}

static pel_topology counted(pel_mesh *m)
{
    pel_topology t;
    assert_ok(pel_mesh_topology(&t, m));
    pel_mesh_free(m);
    assert_int_equal(pel_memory_in_use(), 0);
    return t;
}

// n by n quads on a torus of radii 3 and 1; with `open` one column of quads is missing
static pel_mesh torus(int n, bool open)
{
    pel_mesh m;
    int columns = open ? n - 1 : n;
    assert_ok(pel_mesh_new(&m, n * n, 2 * n * columns));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double u = 2 * PEL_PI * i / n, v = 2 * PEL_PI * j / n;
            float *to = m.point_mm[i * n + j];
            to[0] = (float)((3 + cos(v)) * cos(u));
            to[1] = (float)((3 + cos(v)) * sin(u));
            to[2] = (float)sin(v);
        }
    for (int i = 0; i < columns; i++)
        for (int j = 0; j < n; j++) {
            int32_t a = i * n + j, b = (i + 1) % n * n + j, c = (i + 1) % n * n + (j + 1) % n,
                    d = i * n + (j + 1) % n, at = 2 * (i * n + j);
            memcpy(m.triangle[at], (int32_t[]){ a, b, c }, sizeof *m.triangle);
            memcpy(m.triangle[at + 1], (int32_t[]){ a, c, d }, sizeof *m.triangle);
        }
    return m;
}

static const int32_t tetrahedron[4][3] = { { 0, 2, 1 }, { 0, 1, 3 }, { 1, 2, 3 }, { 2, 0, 3 } };

static void a_torus_has_one_hole_through_it_and_its_area_and_volume(void **state)
{
    (void)state;
    pel_mesh m = torus(300, false);
    assert_near(pel_mesh_area_mm2(&m), 4 * PEL_PI * PEL_PI * 3, 0.05);
    assert_near(pel_mesh_volume_mm3(&m), 2 * PEL_PI * PEL_PI * 3, 0.05);
    pel_topology t = counted(&m);
    assert_true(t.closed && t.manifold && t.oriented);
    assert_int_equal(t.points, 90000);
    assert_int_equal(t.edges, 270000);
    assert_int_equal(t.euler, 0);
    assert_int_equal(t.genus, 1);
    assert_int_equal(t.components, 1);
}

static void a_torus_cut_open_is_a_tube_with_two_borders(void **state)
{
    (void)state;
    pel_mesh m = torus(12, true);
    pel_topology t = counted(&m);
    assert_true(t.manifold && t.oriented && !t.closed);
    assert_int_equal(t.border_loops, 2);
    assert_int_equal(t.border_edges, 24);
    assert_int_equal(t.euler, 0);
    assert_int_equal(t.genus, 0);
}

static void two_bodies_are_two_parts_numbered_by_their_first_triangles(void **state)
{
    (void)state;
    int32_t both[8][3], part[10];
    int64_t count;
    // the second one comes first in the list, and point 9 is used by none
    for (int t = 0; t < 4; t++)
        for (int c = 0; c < 3; c++) {
            both[t][c] = tetrahedron[t][c] + 4;
            both[t + 4][c] = tetrahedron[t][c];
        }
    pel_mesh m = of_triangles(10, both, 8);
    assert_ok(pel_mesh_parts(part, &count, &m));
    assert_int_equal(count, 2);
    for (int p = 0; p < 10; p++)
        assert_int_equal(part[p], p < 4 ? 1 : p < 8 ? 0 : -1);
    pel_topology t = counted(&m);
    assert_int_equal(t.points, 8);
    assert_int_equal(t.components, 2);
    assert_int_equal(t.euler, 4);
    assert_int_equal(t.genus, 0);
}

static void bodies_that_share_a_point_are_pinched_there(void **state)
{
    (void)state;
    int32_t both[8][3];
    memcpy(both, tetrahedron, sizeof tetrahedron);
    for (int t = 0; t < 4; t++)
        for (int c = 0; c < 3; c++)
            both[t + 4][c] = tetrahedron[t][c] + 3;
    pel_mesh m = of_triangles(7, both, 8);
    pel_topology t = counted(&m);
    assert_int_equal(t.pinched_points, 1);
    assert_int_equal(t.components, 1);
    assert_false(t.manifold);
    assert_int_equal(t.genus, -1);
}

static void bodies_that_share_an_edge_are_tangled_there(void **state)
{
    (void)state;
    int32_t both[8][3];
    memcpy(both, tetrahedron, sizeof tetrahedron);
    for (int t = 0; t < 4; t++)
        for (int c = 0; c < 3; c++)
            both[t + 4][c] = tetrahedron[t][c] + (tetrahedron[t][c] < 2 ? 0 : 2);
    pel_mesh m = of_triangles(6, both, 8);
    pel_topology t = counted(&m);
    assert_int_equal(t.tangled_edges, 1);
    assert_int_equal(t.edges, 11);
    assert_false(t.manifold || t.closed);
}

static void triangles_that_face_apart_or_fold_are_counted(void **state)
{
    (void)state;
    int32_t turned[4][3], folded[5][3];
    memcpy(turned, tetrahedron, sizeof tetrahedron);
    turned[0][0] = 1;
    turned[0][2] = 0;
    pel_mesh m = of_triangles(4, turned, 4);
    pel_topology t = counted(&m);
    assert_true(t.manifold && !t.oriented);
    assert_int_equal(t.turned_edges, 3);
    assert_int_equal(t.euler, 2);
    assert_int_equal(t.genus, -1);
    memcpy(folded, tetrahedron, sizeof tetrahedron);
    memcpy(folded[4], (int32_t[]){ 1, 1, 2 }, sizeof *folded);
    m = of_triangles(4, folded, 5);
    t = counted(&m);
    assert_int_equal(t.folded_triangles, 1);
    assert_false(t.manifold);
}

static void a_point_with_many_triangles_is_no_trap(void **state)
{
    (void)state;
    // a disk of 200000 triangles around point 0
    enum { N = 200000 };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, N + 1, N));
    for (int32_t t = 0; t < N; t++) {
        m.triangle[t][1] = t + 1;
        m.triangle[t][2] = (t + 1) % N + 1;
    }
    pel_topology t = counted(&m);
    assert_true(t.manifold && t.oriented && !t.closed);
    assert_int_equal(t.euler, 1);
    assert_int_equal(t.border_loops, 1);
}

static void twins_run_against_each_other(void **state)
{
    (void)state;
    pel_mesh m = torus(9, true);
    int32_t *twin, *list;
    int64_t *first, borders = 0;
    assert_ok(pel__mesh_twins(&twin, &m));
    for (int32_t h = 0; h < 3 * m.triangles; h++) {
        borders += twin[h] == PEL__BORDER;
        if (twin[h] < 0)
            continue;
        assert_int_equal(twin[twin[h]], h);
        assert_int_equal(pel__half_from(&m, h), pel__half_from(&m, pel__next_half(twin[h])));
    }
    assert_int_equal(borders, 18);
    assert_ok(pel__mesh_around(&first, &list, &m));
    assert_int_equal(first[m.points], 3 * m.triangles);
    for (int32_t p = 0; p < m.points; p++)
        for (int64_t n = first[p]; n < first[p + 1]; n++) {
            const int32_t *c = m.triangle[list[n]];
            assert_true(c[0] == p || c[1] == p || c[2] == p);
            assert_true(n == first[p] || list[n] > list[n - 1]);
        }
    pel__free(twin);
    pel__free(first);
    pel__free(list);
    pel_mesh_free(&m);
}

static void what_is_kept_keeps_its_numbers(void **state)
{
    (void)state;
    pel_mesh m = of_triangles(5, (const int32_t[][3]){ { 0, 1, 2 }, { 1, 4, 3 } }, 2);
    int32_t *label, number[5];
    float *value;
    assert_ok(pel_mesh_add_array(&m, "label", PEL_ARRAY_LABELS, true, 1, &label));
    assert_ok(pel_mesh_add_array(&m, "value", PEL_ARRAY_VALUES, false, 2, &value));
    label[1] = 9;
    for (int i = 0; i < 10; i++)
        value[i] = (float)i;
    float was = m.point_mm[3][0];
    pel__mesh_keep(&m, (uint8_t[]){ 0, 1, 0, 1, 1 }, (uint8_t[]){ 0, 1 }, number);
    assert_int_equal(m.points, 3);
    assert_int_equal(m.triangles, 1);
    assert_memory_equal(m.triangle[0], ((int32_t[]){ 0, 2, 1 }), 12);
    assert_memory_equal(number, ((int32_t[]){ -1, 0, -1, 1, 2 }), sizeof number);
    assert_int_equal(label[0], 9);
    assert_true(value[2] == 6 && value[3] == 7 && m.point_mm[1][0] == was);
    pel_mesh_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torus_has_one_hole_through_it_and_its_area_and_volume),
        cmocka_unit_test(a_torus_cut_open_is_a_tube_with_two_borders),
        cmocka_unit_test(two_bodies_are_two_parts_numbered_by_their_first_triangles),
        cmocka_unit_test(bodies_that_share_a_point_are_pinched_there),
        cmocka_unit_test(bodies_that_share_an_edge_are_tangled_there),
        cmocka_unit_test(triangles_that_face_apart_or_fold_are_counted),
        cmocka_unit_test(a_point_with_many_triangles_is_no_trap),
        cmocka_unit_test(twins_run_against_each_other),
        cmocka_unit_test(what_is_kept_keeps_its_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
