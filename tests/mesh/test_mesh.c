/* SPDX-License-Identifier: Apache-2.0 */
/* The noun mesh: room, arrays, checks, and measures against a ball of known size. */
#include "check.h"

#include "base/maths.h"
#include "mesh/mesh.h"

// a ball around (1, 2, 3) as an octahedron whose faces are cut into n^2 triangles
static pel_mesh ball(int n, double radius)
{
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 0, 0));
    for (int face = 0; face < 8; face++) {
        double sign[3] = { face & 1 ? -1 : 1, face & 2 ? -1 : 1, face & 4 ? -1 : 1 };
        bool odd = sign[0] * sign[1] * sign[2] < 0;
        int64_t first = m.points;
        for (int i = 0; i <= n; i++)
            for (int j = 0; i + j <= n; j++) {
                pel_vec3 p = { sign[0] * i, sign[1] * j, sign[2] * (n - i - j) };
                p = pel__plus(pel__scale(pel__unit(p), radius), (pel_vec3){ 1, 2, 3 });
                assert_ok(pel__mesh_resize(&m, m.points + 1, m.triangles));
                float *to = m.point_mm[m.points - 1];
                to[0] = (float)p.x;
                to[1] = (float)p.y;
                to[2] = (float)p.z;
            }
        for (int i = 0; i < n; i++)
            for (int j = 0; i + j < n; j++) {
                int32_t row = (int32_t)first, next;
                for (int r = 0; r < i; r++)
                    row += n - r + 1;
                next = row + n - i + 1;
                const int32_t tri[2][3] = { { row + j, next + j, row + j + 1 },
                                            { next + j, next + j + 1, row + j + 1 } };
                for (int t = 0; t < (i + j + 1 < n ? 2 : 1); t++) {
                    assert_ok(pel__mesh_resize(&m, m.points, m.triangles + 1));
                    int32_t *to = m.triangle[m.triangles - 1];
                    to[0] = tri[t][0];
                    to[1] = tri[t][odd ? 2 : 1];
                    to[2] = tri[t][odd ? 1 : 2];
                }
            }
    }
    return m;
}

static void a_ball_has_its_area_and_its_normals_point_outward(void **state)
{
    (void)state;
    double error[2];
    for (int fine = 0; fine < 2; fine++) {
        pel_mesh m = ball(fine ? 32 : 16, 10);
        assert_int_equal(m.triangles, 8 * (fine ? 32 * 32 : 16 * 16));
        error[fine] = 4 * PEL_PI * 100 - pel_mesh_area_mm2(&m);
        assert_ok(pel_mesh_normals(&m));
        assert_ok(pel_mesh_normals(&m)); // renewed, not doubled
        assert_int_equal(m.arrays, 1);
        const float(*n)[3] = pel_mesh_find(&m, "normals")->data;
        for (int64_t i = 0; i < m.points; i++) {
            pel_vec3 out =
                pel__scale(pel__minus(pel__mesh_point(&m, i), (pel_vec3){ 1, 2, 3 }), 0.1);
            pel_vec3 have = { (double)n[i][0], (double)n[i][1], (double)n[i][2] };
            assert_near(pel__length(have), 1, 1e-6);
            assert_true(pel__dot(have, out) > 0.99);
        }
        pel_mesh_free(&m);
    }
    // the area inside the ball's falls short with the square of the edge
    assert_true(error[0] > 0 && error[0] < 10);
    assert_true(error[1] < error[0] / 3.7 && error[1] > error[0] / 4.3);
}

static void the_box_holds_all_points(void **state)
{
    (void)state;
    pel_mesh m = ball(6, 5);
    pel_vec3 lo, hi;
    assert_true(pel_mesh_bounds(&m, &lo, &hi));
    assert_near(lo.x, -4, 1e-6);
    assert_near(hi.y, 7, 1e-6);
    assert_near(hi.z, 8, 1e-6);
    pel_mesh none = { 0 };
    assert_false(pel_mesh_bounds(&none, &lo, &hi));
    assert_int_equal(lo.x + hi.z, 0);
    pel_mesh_free(&m);
    pel_mesh_free(&m);
}

static void arrays_have_a_kind_a_place_and_one_name(void **state)
{
    (void)state;
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 3, 1));
    float *curvature;
    uint8_t *colours;
    int32_t *labels;
    assert_ok(pel_mesh_add_array(&m, "curvature", PEL_ARRAY_VALUES, false, 1, &curvature));
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, true, 4, &colours));
    assert_ok(pel_mesh_add_array(&m, "curvature", PEL_ARRAY_LABELS, true, 1, &labels));
    curvature[2] = -0.5f;
    colours[3] = 200;
    labels[0] = -7;
    assert_near(pel_array_get(pel_mesh_find(&m, "curvature"), 2, 0), -0.5, 0);
    assert_near(pel_array_get(pel_mesh_find(&m, "colours"), 0, 3), 200, 0);
    assert_near(pel_array_get(pel_mesh_find_kind(&m, PEL_ARRAY_LABELS), 0, 0), -7, 0);
    assert_null(pel_mesh_find(&m, "thickness"));
    assert_null(pel_mesh_find_kind(&m, PEL_ARRAY_NORMALS));
    assert_int_equal(pel_mesh_bytes(&m), 3 * 12 + 12 + 3 * 4 + 4 + 4);
    static const struct {
        const char *name;
        pel_array_kind kind;
        int channels;
        const char *says;
    } wrong[] = {
        { "curvature", PEL_ARRAY_VALUES, 1, "there already" },
        { "a", PEL_ARRAY_LABELS, 2, "channels" },
        { "a", PEL_ARRAY_COLOURS, 2, "channels" },
        { "a", PEL_ARRAY_NORMALS, 4, "channels" },
        { "a", PEL_ARRAY_VALUES, 0, "channels" },
        { "", PEL_ARRAY_VALUES, 1, "63 bytes" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(
            pel_mesh_add_array(&m, wrong[i].name, wrong[i].kind, false, wrong[i].channels, NULL),
            PEL_EPARAM);
        assert_error_says(wrong[i].says);
    }
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void growing_keeps_what_is_there_and_its_arrays(void **state)
{
    (void)state;
    pel_mesh m;
    int32_t *label;
    assert_ok(pel_mesh_new(&m, 5, 0));
    assert_ok(pel_mesh_add_array(&m, "label", PEL_ARRAY_LABELS, false, 1, &label));
    for (int64_t n = 5; n < 3000; n += 7) {
        assert_ok(pel__mesh_resize(&m, n, 0));
        label = pel_mesh_find(&m, "label")->data;
        for (int64_t i = n > 7 ? n - 7 : 0; i < n; i++) {
            label[i] = (int32_t)i;
            m.point_mm[i][2] = (float)i;
        }
    }
    for (int32_t i = 0; i < m.points; i++) {
        assert_int_equal(label[i], i);
        assert_true(m.point_mm[i][2] == (float)i);
    }
    pel_mesh_free(&m);
}

static void a_wrong_index_or_coordinate_is_named(void **state)
{
    (void)state;
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 3, 2));
    assert_ok(pel_mesh_check(&m));
    m.triangle[1][2] = 3;
    assert_int_equal(pel_mesh_check(&m), PEL_EDATA);
    assert_error_says("triangle 1 names point 3, but there are 3");
    m.triangle[1][2] = -1;
    assert_int_equal(pel_mesh_normals(&m), PEL_EDATA);
    m.triangle[1][2] = 2;
    m.point_mm[1][1] = NAN;
    assert_int_equal(pel_mesh_check(&m), PEL_EDATA);
    assert_error_says("point 1");
    pel_mesh_free(&m);
    assert_int_equal(pel_mesh_new(&m, (int64_t)1 << 31, 0), PEL_EUNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ball_has_its_area_and_its_normals_point_outward),
        cmocka_unit_test(the_box_holds_all_points),
        cmocka_unit_test(arrays_have_a_kind_a_place_and_one_name),
        cmocka_unit_test(growing_keeps_what_is_there_and_its_arrays),
        cmocka_unit_test(a_wrong_index_or_coordinate_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
