/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static pel_volume grid(int64_t nx, int64_t ny, int64_t nz, double dx, double dy, double dz)
{
    pel_volume shape = { .dims = { nx, ny, nz } }, out;
    shape.mm_from_ijk = pel_affine_identity();
    shape.mm_from_ijk.m[0][0] = dx;
    shape.mm_from_ijk.m[1][1] = dy;
    shape.mm_from_ijk.m[2][2] = dz;
    assert_ok(pel_volume_like(&out, &shape, PEL_FLOAT32));
    return out;
}

static float *voxel(const pel_volume *v, int64_t i, int64_t j, int64_t k)
{
    return (float *)v->data + (k * v->dims[1] + j) * v->dims[0] + i;
}

/* 100 inside of a shape, 0 outside, what of a voxel lies inside between */
static void paint(pel_volume *v, double (*distance)(double x, double y, double z, double size),
                  double size)
{
    pel_vec3 mm = pel_volume_spacing_mm(v);
    enum { PARTS = 3 };
    for (int64_t n = 0; n < pel_volume_count(v); n++) {
        int64_t i = n % v->dims[0], j = n / v->dims[0] % v->dims[1];
        int64_t k = n / v->dims[0] / v->dims[1];
        int in = 0;
        for (int p = 0; p < PARTS * PARTS * PARTS; p++) {
            double x = (double)(i - v->dims[0] / 2) + (p % PARTS + 0.5) / PARTS - 0.5;
            double y = (double)(j - v->dims[1] / 2) + (p / PARTS % PARTS + 0.5) / PARTS - 0.5;
            double z = (double)(k - v->dims[2] / 2) + (p / PARTS / PARTS + 0.5) / PARTS - 0.5;
            in += distance(x * mm.x, y * mm.y, z * mm.z, size) < 0;
        }
        ((float *)v->data)[n] = 100.0f * (float)in / (PARTS * PARTS * PARTS);
    }
}

static double tube(double x, double y, double z, double radius)
{
    (void)z;
    return sqrt(x * x + y * y) - radius;
}

static double ball(double x, double y, double z, double radius)
{
    return sqrt(x * x + y * y + z * z) - radius;
}

/* a sheet that lies askew */
static double sheet(double x, double y, double z, double half)
{
    return fabs(0.6 * x + 0.3 * y + 0.742 * z) - half;
}

static double most(const pel_volume *v)
{
    float top = 0;
    for (int64_t n = 0; n < pel_volume_count(v); n++)
        top = fmaxf(top, ((float *)v->data)[n]);
    return (double)top;
}

static void tubes_of_all_radii_answer_alike_and_tell_their_scale(void **state)
{
    (void)state;
    static const double radii[] = { 0.6, 0.9, 1.3, 2, 3 };
    static const int methods[] = { PEL_VESSELS_JERMAN, PEL_VESSELS_FRANGI, PEL_VESSELS_OOF };
    for (int m = 0; m < 3; m++) {
        double least = 9, greatest = 0;
        for (int r = 0; r < (is_sanitized() ? 2 : 5); r++) {
            int64_t side = 2 * (int64_t)(radii[r] * 12) + 31;
            pel_volume in = grid(side, side, 3, 0.3, 0.3, 0.3), out, scale;
            pel_vessels_params p = pel_vessels_defaults();
            p.method = methods[m];
            p.contrast = 100;
            paint(&in, tube, radii[r]);
            assert_ok(pel_vessels(&out, &scale, &in, NULL, &p));
            double middle = (double)*voxel(&out, side / 2, side / 2, 1);
            assert_near(middle, most(&out), 1e-6);
            least = fmin(least, middle);
            greatest = fmax(greatest, middle);
            // scales lie a quarter apart, of which Jerman's saturates over several
            if (methods[m] != PEL_VESSELS_JERMAN)
                assert_near((double)*voxel(&scale, side / 2, side / 2, 1) / radii[r], sqrt(0.5),
                            0.17);
            pel_volume_free(&in);
            pel_volume_free(&out);
            pel_volume_free(&scale);
        }
        if (least < 0.95 * greatest)
            fail_msg("method %d: from %g to %g", m, least, greatest);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

/* axes i j k of `in` become j k i, and the first is turned round */
static pel_volume turned(const pel_volume *in)
{
    pel_vec3 mm = pel_volume_spacing_mm(in);
    pel_volume out = grid(in->dims[2], in->dims[0], in->dims[1], mm.z, mm.x, mm.y);
    for (int64_t k = 0; k < in->dims[2]; k++)
        for (int64_t j = 0; j < in->dims[1]; j++)
            for (int64_t i = 0; i < in->dims[0]; i++)
                *voxel(&out, in->dims[2] - 1 - k, i, j) = *voxel(in, i, j, k);
    return out;
}

static void fill_with_noise(pel_volume *v)
{
    for (int64_t n = 0; n < pel_volume_count(v); n++)
        ((float *)v->data)[n] = (float)((uint64_t)n * 0x9e3779b97f4a7c15u >> 50) / 7;
}

static void turning_the_volume_turns_the_result_and_changes_no_bit(void **state)
{
    (void)state;
    for (int how = 0; how < 12; how++) {
        pel_volume in = grid(23, 31, 19, 0.5, 0.5, how & 1 ? 0.5 : 1.1), within = { 0 };
        pel_vessels_params p = pel_vessels_defaults();
        pel_volume out, again, in_turned, within_turned = { 0 };
        p.method = how / 2 % 3;
        p.shape = how / 6;
        p.scales = "0.5:1.6:3";
        fill_with_noise(&in);
        in_turned = turned(&in);
        if (how & 1) {
            within = grid(23, 31, 19, 0.5, 0.5, 0.5);
            paint(&within, ball, 4.4);
            within_turned = turned(&within);
        }
        assert_ok(pel_vessels(&out, NULL, &in, how & 1 ? &within : NULL, &p));
        assert_ok(pel_vessels(&again, NULL, &in_turned, how & 1 ? &within_turned : NULL, &p));
        pel_volume want = turned(&out);
        assert_memory_equal(want.data, again.data, (size_t)pel_volume_bytes(&want));
        assert_true(most(&want) > 0);
        pel_volume *all[] = { &in, &within, &out, &again, &in_turned, &within_turned, &want };
        for (int n = 0; n < 7; n++)
            pel_volume_free(all[n]);
    }
}

/* away from the faces, where a sheet that lies askew meets its mirror image in a ridge */
static double greatest_response(const pel_volume *in, int method)
{
    pel_vessels_params p = pel_vessels_defaults();
    pel_volume out, inner;
    p.method = method;
    p.contrast = 100;
    p.scales = "0.4:1.5";
    assert_ok(pel_vessels(&out, NULL, in, NULL, &p));
    assert_ok(pel_crop(&inner, &out, "14:-14,14:-14,4:-4"));
    double top = most(&inner);
    pel_volume_free(&out);
    pel_volume_free(&inner);
    return top;
}

static void thick_slices_make_no_tubes(void **state)
{
    (void)state;
    for (int shape = 0; shape < 2; shape++) {
        pel_volume in = grid(60, 60, 17, 0.4, 0.4, 1.5);
        paint(&in, shape ? sheet : ball, shape ? 1.2 : 8);
        double frangi = greatest_response(&in, PEL_VESSELS_FRANGI);
        double flux = greatest_response(&in, PEL_VESSELS_OOF);
        if (!(frangi < 0.12 && flux < 0.3))
            fail_msg("shape %d: %g %g", shape, frangi, flux);
        // a tube of the same contrast stands far above
        paint(&in, tube, 0.9);
        assert_true(greatest_response(&in, PEL_VESSELS_FRANGI) > 0.6);
        assert_true(greatest_response(&in, PEL_VESSELS_OOF) > 0.7);
        pel_volume_free(&in);
    }
}

static void the_edge_of_a_region_is_no_edge(void **state)
{
    (void)state;
    // all there is is a ball, as of a stripped brain, of 80, with a tube of 180 in its middle
    pel_volume in = grid(44, 44, 44, 0.5, 0.5, 0.5), within = grid(44, 44, 44, 0.5, 0.5, 0.5);
    pel_volume tube_only = grid(44, 44, 44, 0.5, 0.5, 0.5), out;
    paint(&within, ball, 8);
    paint(&tube_only, tube, 1);
    for (int64_t n = 0; n < pel_volume_count(&in); n++) {
        float *region = (float *)within.data + n;
        *region = *region >= 50;
        ((float *)in.data)[n] = *region * (80 + ((float *)tube_only.data)[n]);
    }
    pel_vessels_params p = pel_vessels_defaults();
    p.contrast = 100;
    assert_ok(pel_vessels(&out, NULL, &in, &within, &p));
    for (int64_t n = 0; n < pel_volume_count(&in); n++) {
        double x = (double)(n % 44 - 22) / 2, y = (double)(n / 44 % 44 - 22) / 2;
        double v = (double)((float *)out.data)[n];
        if (sqrt(x * x + y * y) > 3)
            assert_near(v, 0, 0.02);
        if (((float *)within.data)[n] == 0)
            assert_near(v, 0, 0);
    }
    assert_near(*voxel(&out, 22, 22, 22), 1, 1e-6);
    // right up to where the region ends
    assert_true(*voxel(&out, 22, 22, 8) > 0.9f);
    pel_volume_free(&out);
    // what lies outside does not count, whatever it is
    assert_ok(pel_vessels(&out, NULL, &in, &within, &p));
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        if (((float *)within.data)[n] == 0)
            ((float *)in.data)[n] = n % 3 ? 3000 : NAN;
    pel_volume again;
    assert_ok(pel_vessels(&again, NULL, &in, &within, &p));
    assert_memory_equal(out.data, again.data, (size_t)pel_volume_bytes(&out));
    pel_volume_free(&again);
    pel_volume_free(&out);
    pel_volume_free(&in);
    pel_volume_free(&within);
    pel_volume_free(&tube_only);
}

static void dark_vessels_are_bright_ones_of_the_negative(void **state)
{
    (void)state;
    pel_volume in = grid(25, 21, 18, 0.5, 0.5, 0.5), bright, dark;
    pel_vessels_params p = pel_vessels_defaults();
    p.scales = "1";
    p.contrast = 900;
    fill_with_noise(&in);
    assert_ok(pel_vessels(&bright, NULL, &in, NULL, &p));
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        ((float *)in.data)[n] *= -1;
    p.polarity = PEL_POLARITY_DARK;
    assert_ok(pel_vessels(&dark, NULL, &in, NULL, &p));
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        assert_near(((float *)bright.data)[n], ((float *)dark.data)[n], 1e-3);
    pel_volume_free(&in);
    pel_volume_free(&bright);
    pel_volume_free(&dark);
}

static void sheets_are_sheets_and_tubes_are_none(void **state)
{
    (void)state;
    // the first two read the same matrix of second derivatives
    for (int method = is_sanitized() ? 1 : 0; method < 3; method++) {
        pel_volume in = grid(40, 40, 40, 0.5, 0.5, 0.5), out;
        pel_vessels_params p = pel_vessels_defaults();
        p.shape = PEL_SHAPE_SHEET;
        p.method = method;
        p.contrast = 100;
        paint(&in, sheet, 0.8);
        assert_ok(pel_vessels(&out, NULL, &in, NULL, &p));
        double of_sheet = (double)*voxel(&out, 20, 20, 20);
        pel_volume_free(&out);
        paint(&in, tube, 0.8);
        assert_ok(pel_vessels(&out, NULL, &in, NULL, &p));
        double of_tube = (double)*voxel(&out, 20, 20, 20);
        if (!(of_sheet > 0.6 && of_tube < 0.25 * of_sheet))
            fail_msg("method %d: a sheet gives %g, a tube %g", method, of_sheet, of_tube);
        pel_volume_free(&out);
        pel_volume_free(&in);
    }
}

static void a_picture_has_lines_and_a_flat_volume_nothing(void **state)
{
    (void)state;
    pel_volume in = grid(60, 50, 1, 1, 1, 1), out;
    pel_vessels_params p = pel_vessels_defaults();
    p.scales = "1:3";
    for (int64_t i = 0; i < 60; i++)
        for (int64_t j = 24; j < 27; j++)
            *voxel(&in, i, j, 0) = 10;
    assert_ok(pel_vessels(&out, NULL, &in, NULL, &p));
    assert_true(*voxel(&out, 30, 25, 0) > 0.9f && *voxel(&out, 30, 40, 0) < 0.01f);
    pel_volume_free(&out);
    // a line of an eighth of the contrast shows as much as its curvature of half of what is full
    p.contrast = 80;
    assert_ok(pel_vessels(&out, NULL, &in, NULL, &p));
    assert_near(*voxel(&out, 30, 25, 0), 0.48394 / 0.36788 / 4, 0.04);
    pel_volume_free(&out);
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        ((float *)in.data)[n] = 5;
    assert_ok(pel_vessels(&out, NULL, &in, NULL, &p));
    assert_near(most(&out), 0, 0);
    pel_volume_free(&out);
    pel_volume_free(&in);
}

static void what_cannot_be_looked_for_is_told(void **state)
{
    (void)state;
    pel_volume in = grid(9, 9, 9, 1, 1, 1), out;
    static const struct {
        const char *scales, *says;
    } wrong[] = { { "2:1", "LO:HI" },
                  { "0:1", "LO:HI" },
                  { "a", "LO:HI" },
                  { "1:2:99", "N up" },
                  { "80", "voxels" } };
    pel_vessels_params p = pel_vessels_defaults();
    for (int n = 0; n < 5; n++) {
        p.scales = wrong[n].scales;
        assert_int_equal(pel_vessels(&out, NULL, &in, NULL, &p), PEL_EPARAM);
        assert_error_says(wrong[n].says);
    }
    p = pel_vessels_defaults();
    assert_int_equal(pel_vessels(&out, NULL, &in, &in, &p), PEL_EDATA);
    assert_error_says("--within");
    for (int64_t n = 0; n < 729; n++)
        ((float *)in.data)[n] = NAN;
    assert_int_equal(pel_vessels(&out, NULL, &in, NULL, &p), PEL_EDATA);
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void weak_parts_stay_where_they_hold_something_strong(void **state)
{
    (void)state;
    pel_volume weak = grid(12, 3, 3, 1, 1, 1), strong = grid(12, 3, 3, 1, 1, 1), out;
    // three parts: of four voxels with a strong one, of two with one, of three without
    static const int at[] = { 0, 1, 2, 3, 5, 6, 8, 9, 10 };
    for (int n = 0; n < 9; n++)
        *voxel(&weak, at[n], 1, 1) = 1;
    *voxel(&strong, 2, 1, 1) = *voxel(&strong, 6, 1, 1) = 1;
    assert_ok(pel_hysteresis(&out, &weak, &strong, 3));
    for (int64_t i = 0; i < 12; i++)
        assert_near(pel_volume_at(&out, i, 1, 1), i < 4, 0);
    pel_volume_free(&out);
    assert_ok(pel_hysteresis(&out, &weak, &strong, 0));
    for (int64_t i = 0; i < 12; i++)
        assert_near(pel_volume_at(&out, i, 1, 1), i < 4 || i == 5 || i == 6, 0);
    pel_volume_free(&out);
    strong.dims[0] = 6;
    assert_int_equal(pel_hysteresis(&out, &weak, &strong, 0), PEL_EDATA);
    pel_volume_free(&weak);
    pel_volume_free(&strong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tubes_of_all_radii_answer_alike_and_tell_their_scale),
        cmocka_unit_test(turning_the_volume_turns_the_result_and_changes_no_bit),
        cmocka_unit_test(thick_slices_make_no_tubes),
        cmocka_unit_test(the_edge_of_a_region_is_no_edge),
        cmocka_unit_test(dark_vessels_are_bright_ones_of_the_negative),
        cmocka_unit_test(sheets_are_sheets_and_tubes_are_none),
        cmocka_unit_test(a_picture_has_lines_and_a_flat_volume_nothing),
        cmocka_unit_test(what_cannot_be_looked_for_is_told),
        cmocka_unit_test(weak_parts_stay_where_they_hold_something_strong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
