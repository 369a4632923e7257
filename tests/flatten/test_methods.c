/* SPDX-License-Identifier: Apache-2.0 */
/* What each method promises: caps of a ball and Milnor's bound, rough sheets, threads. */
#include "check.h"

#include "shapes.h"

static void caps_of_a_ball_come_near_what_geometry_allows(void **state)
{
    (void)state;
    static const double radius[] = { 15, 25, 35, 50 };
    for (int i = is_sanitized() ? 2 : 0; i < (is_sanitized() ? 3 : 4); i++) {
        double angle = radius[i] / 70, milnor = log(angle / sin(angle)), (*uv)[2];
        pel_mesh m = shape_cap(radius[i], 70, 8, &uv),
                 known = shape_laid_out(&m, (const double(*)[2])uv);
        pel_flat_report azimuthal, isometric, minimax;
        pel_flatten_params params = pel_flatten_defaults();
        pel_mesh flat;
        assert_ok(pel_flat_measure(&azimuthal, &known));
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flat_measure(&isometric, &flat));
        pel_mesh_free(&flat);
        params.method = PEL_FLATTEN_MINIMAX;
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flat_measure(&minimax, &flat));
        pel_mesh_free(&flat);
        // the curvature of inner points only: half a ring short
        assert_near(azimuthal.bound, milnor, 0.15 * milnor);
        assert_true(isometric.distance_mean <= azimuthal.distance_mean);
        assert_true(isometric.spread <= 1.35 * milnor);
        assert_true(minimax.spread <= 1.05 * milnor);
        assert_true(minimax.spread > 0.97 * milnor);
        assert_int_equal(isometric.flips + minimax.flips, 0);
        pel_mesh_free(&known);
        pel_mesh_free(&m);
        free(uv);
    }
}

static void splinters_of_a_cut_are_not_torn(void **state)
{
    (void)state;
    pel_mesh m = shape_cap(50, 70, 12, NULL), flat;
    pel_cut_params cut = pel_cut_defaults();
    pel_cut_found found;
    pel_flatten_params params = pel_flatten_defaults();
    pel_flat_report report;
    cut.cut_geodesic = (pel_numbers){ .count = 4, .value = { 0.7, 0.4, 70, 37.3 } };
    assert_ok(pel_cut(&m, &found, &cut));
    assert_ok(pel_flatten(&flat, &m, NULL, &params));
    assert_ok(pel_flat_measure(&report, &flat));
    // of the cap 0.05; without weight of their own splinters made it 5
    assert_true(report.spread < 1.5);
    assert_true(report.angle.rms < 0.07 && report.area.rms < 0.04);
    assert_int_equal(report.flips, 0);
    pel_mesh_free(&flat);
    pel_mesh_free(&m);
}

static void each_method_keeps_what_it_is_for(void **state)
{
    (void)state;
    pel_mesh m = shape_cap(is_sanitized() ? 35 : 60, 70, 7, NULL);
    pel_flat_report r[PEL_FLATTEN_AREA + 1];
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_AREA; method++) {
        pel_flatten_params params = pel_flatten_defaults();
        pel_mesh flat;
        params.method = method;
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flat_measure(&r[method], &flat));
        assert_int_equal(r[method].flips, 0);
        pel_mesh_free(&flat);
    }
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_AREA; method++) {
        assert_true(r[PEL_FLATTEN_CONFORMAL].angle.rms <= r[method].angle.rms);
        assert_true(r[PEL_FLATTEN_AREA].area.rms <= r[method].area.rms);
        assert_true(r[PEL_FLATTEN_MINIMAX].spread <= r[method].spread);
    }
    assert_near(r[PEL_FLATTEN_CONFORMAL].angle.rms, 0, 0.03);
    assert_true(r[PEL_FLATTEN_AREA].area.rms < 0.003);
    pel_mesh_free(&m);
}

static void a_rough_sheet_with_needles_turns_no_triangle(void **state)
{
    (void)state;
    pel_mesh m = shape_sheet((double[]){ 12, 12 }, (int[]){ 16, 16 }, true, shape_rough, NULL),
             flat;
    // points on top of others, and on the line between others
    for (int64_t p = 0; p < 12; p++) {
        int64_t a = 21 + 18 * p, b = a + 1 + p % 2;
        for (int k = 0; k < 3; k++)
            m.point_mm[a][k] =
                p % 3 ? m.point_mm[b][k] : 0.5f * (m.point_mm[b][k] + m.point_mm[b + 17][k]);
    }
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_AREA; method++) {
        pel_flatten_params params = pel_flatten_defaults();
        pel_flat_report report;
        params.method = method;
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flat_measure(&report, &flat));
        assert_int_equal(report.flips, 0);
        pel_mesh_free(&flat);
    }
    pel_mesh_free(&m);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    pel_mesh m = shape_sheet((double[]){ 30, 30 }, (int[]){ 46, 46 }, true, shape_rough, NULL),
             flat[2];
    static const int threads[2] = { 1, 3 };
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_CONFORMAL; method += 2) {
        for (int i = 0; i < 2; i++) {
            pel_job job = pel_job_defaults(), *before = pel_job_use(&job);
            pel_flatten_params params = pel_flatten_defaults();
            params.method = method;
            job.threads = threads[i];
            assert_ok(pel_flatten(&flat[i], &m, NULL, &params));
            pel_job_use(before);
        }
        assert_memory_equal(flat[0].point_mm, flat[1].point_mm,
                            (size_t)m.points * sizeof *m.point_mm);
        for (int i = 0; i < 2; i++)
            pel_mesh_free(&flat[i]);
    }
    pel_mesh_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_of_a_ball_come_near_what_geometry_allows),
        cmocka_unit_test(splinters_of_a_cut_are_not_torn),
        cmocka_unit_test(each_method_keeps_what_it_is_for),
        cmocka_unit_test(a_rough_sheet_with_needles_turns_no_triangle),
        cmocka_unit_test(threads_do_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
