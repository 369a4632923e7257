/* SPDX-License-Identifier: Apache-2.0 */
/* Flat maps against what geometry knows: developable sheets, caps of a ball, Milnor's bound. */
#include <unistd.h>

#include "check.h"

#include "base/maths.h"
#include "flatten/flatten.h"
#include "flatten/measure.h"
#include "flatten/strain.h"
#include "mesh/mesh.h"
#include "shapes.h"

// the worst relative error of an edge of a map in doubles
static double worst_edge(const pel__patch *patch, const double (*uv)[2])
{
    double worst = 0;
    for (int64_t h = 0; h < 3 * patch->mesh.triangles; h++) {
        const double *a = uv[patch->mesh.triangle[h / 3][h % 3]],
                     *b = uv[patch->mesh.triangle[h / 3][(h + 1) % 3]];
        worst = fmax(worst, fabs(hypot(a[0] - b[0], a[1] - b[1]) / patch->edge[h] - 1));
    }
    return worst;
}

static void what_can_lie_flat_does_to_a_millionth(void **state)
{
    (void)state;
    static const struct {
        double size[2];
        int cells[2];
        shape_bend bend;
    } sheets[] = {
        { { 60, 30 }, { 30, 15 }, shape_cylinder },
        { { 60, 20 }, { 30, 10 }, shape_cone },
        { { 40, 30 }, { 20, 15 }, shape_crumple },
    };
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        double(*flat)[2], (*uv)[2];
        pel__patch patch;
        pel_mesh m = shape_sheet(sheets[i].size, sheets[i].cells, true, sheets[i].bend, &flat);
        for (int64_t p = 0; p < m.points && sheets[i].bend == shape_cone; p++)
            shape_sector(flat[p]);
        double *edge = shape_edges(&m, (const double(*)[2])flat);
        assert_ok(pel__patch_new(&patch, &m, edge));
        uv = malloc((size_t)m.points * sizeof *uv);
        pel_flatten_params params = pel_flatten_defaults();
        assert_ok(pel__unfold(uv, &patch, &params));
        assert_near(worst_edge(&patch, (const double(*)[2])uv), 0, 1e-6);
        pel__patch_free(&patch);
        pel_mesh_free(&m);
        free(flat);
        free(edge);
        free(uv);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void pleats_and_a_sheet_of_float32_lie_flat_to_a_ten_thousandth(void **state)
{
    (void)state;
    static const struct {
        double size[2];
        int cells[2];
        shape_bend bend;
    } sheets[] = { { { 40, 20 }, { 20, 20 }, shape_crumple },
                   { { 20, 20 }, { 9, 9 }, shape_plane } };
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        pel_mesh m = shape_sheet(sheets[i].size, sheets[i].cells, false, sheets[i].bend, NULL),
                 flat;
        pel_flatten_params params = pel_flatten_defaults();
        pel_flat_report report;
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flat_measure(&report, &flat));
        assert_true(fabs(report.edge.worst) < 1e-4);
        assert_true(report.distance_mean < 1e-4);
        assert_int_equal(report.flips, 0);
        assert_near(report.overlap_mm2, 0, 0);
        assert_near(report.bound, 0, 1e-4);
        pel_mesh_free(&flat);
        pel_mesh_free(&m);
    }
}

static pel_mesh through_file(pel_mesh *mesh, const char *ending)
{
    char path[64];
    pel_mesh back;
    const pel_mesh_write_params as = pel_mesh_write_defaults();
    snprintf(path, sizeof path, "flat_%d.%s", (int)getpid(), ending);
    assert_ok(pel_write_mesh(path, mesh, NULL, &as));
    assert_ok(pel_read_mesh(&back, path));
    unlink(path);
    pel_mesh_free(mesh);
    return back;
}

// a sheet of 2 x 2 mm parallelograms folded after Miura, every crease by half a right angle and
// more
static void fold(pel_mesh *m, double (*known)[2], int ny)
{
    const double c = cos(1.1), slant = tan(1.1), fold = 0.9;
    double root = sqrt(1 + pow(cos(fold) * slant, 2)), s = 2 * cos(fold) * slant / root,
           v = 2 / root, h = 2 * sin(fold) * sin(1.1), l = sqrt(4 - h * h);
    for (int64_t p = 0; p < m->points; p++) {
        int64_t i = p / (ny + 1), j = p % (ny + 1);
        known[p][0] = (double)(2 * i) * sin(1.1);
        known[p][1] = (double)(2 * j) + (i % 2 ? 2 * c : 0);
        m->point_mm[p][0] = (float)((double)i * s);
        m->point_mm[p][1] = (float)((double)j * l + (i % 2 ? v : 0));
        m->point_mm[p][2] = (float)(j % 2 ? h : 0);
    }
}

static void cones_and_folded_sheets_lie_flat_through_files(void **state)
{
    (void)state;
    static const shape_bend bends[] = { shape_cone, shape_crumple, shape_cylinder, shape_plane };
    for (int i = 0; i < 8; i++) {
        double(*known)[2], worst = 0;
        const char *ending = i % 2 ? "obj" : "ply";
        shape_bend bend = bends[i / 2];
        pel_mesh flat,
            m = shape_sheet((double[]){ 40, 30 }, (int[]){ 20, 15 }, false, bend, &known);
        if (bend == shape_plane)
            fold(&m, known, 15);
        pel_flatten_params params = pel_flatten_defaults();
        pel_mesh in = through_file(&m, ending);
        assert_ok(pel_flatten(&flat, &in, NULL, &params));
        flat = through_file(&flat, ending);
        double *edge = bend == shape_plane ? shape_edges(&in, (const double(*)[2])known) : NULL;
        for (int32_t h = 0; h < 3 * flat.triangles; h++) {
            int32_t p = pel__half_from(&in, h), q = pel__half_from(&in, pel__next_half(h));
            assert_int_equal(pel__half_from(&flat, h), p);
            double want =
                edge ? edge[h]
                     : pel__length(pel__minus(pel__mesh_point(&in, p), pel__mesh_point(&in, q)));
            double mm =
                pel__length(pel__minus(pel__mesh_point(&flat, p), pel__mesh_point(&flat, q)));
            worst = fmax(worst, fabs(mm / want - 1));
        }
        assert_near(worst, 0, 2e-5);
        pel_mesh_free(&flat);
        pel_mesh_free(&in);
        free(known);
        free(edge);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_hole_is_filled_for_the_start_and_stays_open(void **state)
{
    (void)state;
    pel_mesh m = shape_cap(40, 70, 12, NULL), flat;
    pel_flatten_params params = pel_flatten_defaults();
    pel_flat_report report;
    // without its innermost ring
    m.triangles -= 6;
    memmove(m.triangle, m.triangle + 6, (size_t)m.triangles * sizeof *m.triangle);
    assert_ok(pel_flatten(&flat, &m, NULL, &params));
    assert_int_equal(flat.points, m.points - 1);
    assert_int_equal(flat.triangles, m.triangles);
    const int32_t *number = pel_mesh_find(&flat, PEL_FLAT_POINT)->data;
    assert_int_equal(number[0], 1);
    assert_ok(pel_flat_measure(&report, &flat));
    assert_int_equal(report.flips, 0);
    assert_near(report.overlap_mm2, 0, 0);
    assert_true(report.distance_mean < 0.02);
    pel_mesh_free(&flat);
    pel_mesh_free(&m);
}

static void what_cannot_lie_flat_is_refused_with_the_reason(void **state)
{
    (void)state;
    pel_flatten_params params = pel_flatten_defaults();
    pel_mesh flat, m = { 0 };
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("no triangles");
    // a ring of a cap: its middle is missing
    m = shape_cap(40, 70, 12, NULL);
    int64_t inner = 6 * 8 * 8;
    m.triangles -= inner;
    memmove(m.triangle, m.triangle + inner, (size_t)m.triangles * sizeof *m.triangle);
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("tube or a ring");
    pel_mesh_free(&m);
    m = shape_cap(40, 70, 4, NULL);
    int32_t swap = m.triangle[5][0];
    m.triangle[5][0] = m.triangle[5][1];
    m.triangle[5][1] = swap;
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("opposite ways");
    pel_mesh_free(&m);
    // two pieces; an edge of three triangles; two triangles that share a point alone
    m = shape_cap(40, 70, 4, NULL);
    memmove(m.triangle + 4, m.triangle + m.triangles - 4, 4 * sizeof *m.triangle);
    m.triangles = 8;
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("separate parts");
    m.triangles = 3;
    static const int32_t three[3][3] = { { 0, 1, 2 }, { 1, 0, 3 }, { 0, 1, 4 } };
    memcpy(m.triangle, three, sizeof three);
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("more than two triangles");
    m.triangles = 2;
    static const int32_t tips[2][3] = { { 0, 1, 2 }, { 0, 3, 4 } };
    memcpy(m.triangle, tips, sizeof tips);
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("single points");
    pel_mesh_free(&m);
    // a tetrahedron
    assert_ok(pel_mesh_new(&m, 4, 4));
    static const int32_t four[4][3] = { { 0, 1, 2 }, { 0, 2, 3 }, { 0, 3, 1 }, { 1, 3, 2 } };
    memcpy(m.triangle, four, sizeof four);
    for (int k = 0; k < 3; k++)
        m.point_mm[k + 1][k] = 1;
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EDATA);
    assert_error_says("closed");
    m.triangles = 1;
    params.method = PEL_FLATTEN_VIEW;
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EPARAM);
    assert_error_says("camera");
    params.method = PEL_FLATTEN_AUTO;
    params.normal = (pel_numbers){ 3, { 0, 0, 1 } };
    assert_int_equal(pel_flatten(&flat, &m, NULL, &params), PEL_EPARAM);
    assert_error_says("--method plane");
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

// how the map's y rises with the world's axis, on the average
static double rise(const pel_mesh *flat, int axis)
{
    const float(*surface)[3] = pel_mesh_find(flat, PEL_FLAT_SURFACE)->data;
    double along = 0;
    for (int64_t p = 0; p < flat->points; p++)
        along += (double)surface[p][axis] * (double)flat->point_mm[p][1];
    return along;
}

static void the_side_that_was_asked_for_is_up(void **state)
{
    (void)state;
    static const struct {
        int up, axis;
        double sign;
    } cases[] = { { PEL_UP_AUTO, 1, 1 },
                  { PEL_UP_ANTERIOR, 1, 1 },
                  { PEL_UP_POSTERIOR, 1, -1 },
                  { PEL_UP_RIGHT, 0, 1 },
                  { PEL_UP_LEFT, 0, -1 } };
    pel_mesh m = shape_cap(30, 70, 8, NULL), flat;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_flatten_params params = pel_flatten_defaults();
        params.up = cases[i].up;
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_true(cases[i].sign * rise(&flat, cases[i].axis) > 0);
        assert_near(rise(&flat, 1 - cases[i].axis) / rise(&flat, cases[i].axis), 0, 1e-3);
        pel_mesh_free(&flat);
    }
    pel_mesh_free(&m);
}

static void planes_and_cameras_tell_what_they_fold(void **state)
{
    (void)state;
    // a cap beyond the equator: its rim folds under the middle
    pel_mesh m = shape_cap(160, 70, 24, NULL), flat;
    pel_flatten_params params = pel_flatten_defaults();
    pel_flat_report report;
    params.method = PEL_FLATTEN_PLANE;
    params.normal = (pel_numbers){ 3, { 0, 0, 2 } };
    assert_ok(pel_flatten(&flat, &m, NULL, &params));
    assert_ok(pel_flat_measure(&report, &flat));
    double rim = 70 * sin(160.0 / 70);
    assert_true(report.flips > 0);
    assert_near(report.overlap_mm2, acos(-1) * (70 * 70 - rim * rim), 150);
    pel_mesh_free(&flat);
    // from above, 2 mm a pixel: what the camera sees is what the map shows
    pel_camera above = { .width = 100,
                         .height = 80,
                         .right = { 1, 0, 0 },
                         .down = { 0, -1, 0 },
                         .forward = { 0, 0, -1 },
                         .eye_mm = { 0, 0, 500 },
                         .mm_per_pixel = 2 };
    params.method = PEL_FLATTEN_VIEW;
    params.normal.count = 0;
    assert_ok(pel_flatten(&flat, &m, &above, &params));
    for (int64_t p = 0; p < m.points; p++)
        for (int r = 0; r < 2; r++)
            assert_near(flat.point_mm[p][r], m.point_mm[p][r], 1e-4);
    pel_mesh_free(&flat);
    pel_mesh_free(&m);
    // the best plane of a shallow cap is the one it lies on
    m = shape_cap(20, 70, 6, NULL);
    params.method = PEL_FLATTEN_PLANE;
    assert_ok(pel_flatten(&flat, &m, NULL, &params));
    for (int64_t p = 0; p < m.points; p++)
        for (int r = 0; r < 2; r++)
            assert_near(flat.point_mm[p][r], m.point_mm[p][r], 1e-3);
    pel_mesh_free(&flat);
    pel_mesh_free(&m);
}

static void a_report_sees_a_mirrored_and_a_stretched_map(void **state)
{
    (void)state;
    double(*uv)[2];
    pel_mesh m = shape_sheet((double[]){ 40, 40 }, (int[]){ 20, 20 }, true, shape_plane, &uv);
    for (int64_t p = 0; p < m.points; p++) {
        uv[p][0] *= 1.1;
        uv[p][1] *= 0.9;
    }
    pel_mesh flat = shape_laid_out(&m, (const double(*)[2])uv);
    pel_flat_report r;
    assert_ok(pel_flat_measure(&r, &flat));
    assert_near(r.most_stretch, 1.1, 1e-4);
    assert_near(r.least_stretch, 0.9, 1e-4);
    assert_near(r.area.rms, -log(0.99), 1e-4);
    assert_near(r.angle.percentile[2], log(1.1 / 0.9), 1e-4);
    assert_near(r.area_mm2, 1600, 1e-2);
    assert_near(r.flat_mm2, 1600 * 0.99, 1e-2);
    assert_near(r.edge.worst, 0.1, 1e-3);
    assert_true(fabs(r.distance.worst) < 0.1001);
    assert_true(r.distance_pairs > 1000);
    assert_int_equal(r.flips, 0);
    char *json = pel_flat_report_json(&r);
    assert_non_null(strstr(json, "\"stretch_spread_bound\": "));
    free(json);
    for (int64_t p = 0; p < m.points; p++)
        flat.point_mm[p][0] *= -1;
    assert_ok(pel_flat_measure(&r, &flat));
    assert_int_equal(r.flips, m.triangles);
    assert_near(r.most_stretch, 1.1, 1e-4);
    pel_mesh_free(&flat);
    assert_int_equal(pel_flat_measure(&r, &m), PEL_EDATA);
    assert_error_says("no flat map");
    pel_mesh_free(&m);
    free(uv);
}

static void a_closed_surface_goes_onto_the_sphere_of_its_area(void **state)
{
    (void)state;
    pel_mesh m = shape_ellipsoid((double[]){ 20, 30, 25 }, 18), round;
    pel_flatten_params params = pel_flatten_defaults();
    pel_flat_report report;
    params.method = PEL_FLATTEN_SPHERE;
    assert_ok(pel_flatten(&round, &m, NULL, &params));
    assert_ok(pel_flat_measure(&report, &round));
    assert_int_equal(report.flips, 0);
    assert_near(report.angle.rms, 0, 0.05);
    double radius = sqrt(report.area_mm2 / (4 * acos(-1)));
    for (int64_t p = 0; p < m.points; p++) {
        const float *at = round.point_mm[p];
        double along[3], size = 0;
        for (int k = 0; k < 3; k++) {
            along[k] = (double)at[k] * (double)m.point_mm[p][k];
            size += (double)at[k] * (double)at[k];
        }
        assert_near(sqrt(size), radius, 1e-4);
        // it lies as the surface does
        assert_true(along[0] > -2 && along[1] > -2 && along[2] > -2);
    }
    pel_mesh_free(&round);
    m.triangles -= 5;
    assert_int_equal(pel_flatten(&round, &m, NULL, &params), PEL_EDATA);
    assert_error_says("has a border");
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_lie_flat_does_to_a_millionth),
        cmocka_unit_test(pleats_and_a_sheet_of_float32_lie_flat_to_a_ten_thousandth),
        cmocka_unit_test(cones_and_folded_sheets_lie_flat_through_files),
        cmocka_unit_test(a_hole_is_filled_for_the_start_and_stays_open),
        cmocka_unit_test(what_cannot_lie_flat_is_refused_with_the_reason),
        cmocka_unit_test(the_side_that_was_asked_for_is_up),
        cmocka_unit_test(planes_and_cameras_tell_what_they_fold),
        cmocka_unit_test(a_report_sees_a_mirrored_and_a_stretched_map),
        cmocka_unit_test(a_closed_surface_goes_onto_the_sphere_of_its_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
