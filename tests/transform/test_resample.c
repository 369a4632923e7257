/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static pel_resample_params with(int interp, double pixdim)
{
    pel_resample_params p = pel_resample_defaults();
    p.interp = interp;
    if (pixdim > 0)
        p.pixdim = (pel_numbers){ 1, { pixdim } };
    return p;
}

static const char ramp[] = "ramp?gradient=1,-2,3&offset=4&dims=24,20,18&spacing=1,1.2,1.4";

// lanczos only comes near a straight line; the others follow it
static double error_of(int interp)
{
    static const double errors[] = { 4, 2e-5, 2e-5, 0.25 };
    return errors[interp];
}

static void straight_lines_stay_straight_on_another_grid(void **state)
{
    (void)state;
    pel_volume in = scene(ramp);
    pel_volume like = scene("sphere?dims=7,6,5&spacing=1.1,0.9,1.3&rotate=20,-10,35&"
                            "orientation=SPL");
    for (int interp = PEL_LINEAR; interp <= PEL_LANCZOS; interp++) {
        pel_volume out;
        pel_resample_params p = with(interp, 0);
        assert_ok(pel_resample(&out, &in, &like, &p));
        assert_memory_equal(&out.mm_from_ijk, &like.mm_from_ijk, sizeof out.mm_from_ijk);
        for (int64_t k = 0; k < out.dims[2]; k++)
            for (int64_t j = 0; j < out.dims[1]; j++)
                for (int64_t i = 0; i < out.dims[0]; i++) {
                    pel_vec3 at = { (double)i, (double)j, (double)k };
                    at = pel_affine_point(out.mm_from_ijk, at);
                    assert_near(pel_volume_at(&out, i, j, k), 4 + at.x - 2 * at.y + 3 * at.z,
                                error_of(interp));
                }
        pel_volume_free(&out);
    }
    pel_volume_free(&in);
    pel_volume_free(&like);
}

static void pixdim_is_exact_and_the_middle_stays(void **state)
{
    (void)state;
    pel_volume in = scene(ramp);
    static const double sizes[] = { 0.5, 0.7, 1.7, 3 };
    for (int n = 0; n < 4; n++)
        for (int interp = PEL_NEAREST; interp <= PEL_LANCZOS; interp++) {
            pel_volume out;
            pel_resample_params p = with(interp, sizes[n]);
            assert_ok(pel_resample(&out, &in, NULL, &p));
            pel_vec3 mm = pel_volume_spacing_mm(&out);
            assert_near(mm.x, sizes[n], 1e-12);
            assert_near(mm.z, sizes[n], 1e-12);
            assert_int_equal(out.dims[0], lround(24 / sizes[n]));
            // a ramp is odd about the middle, whatever the kernel
            int64_t i = out.dims[0] / 3, j = out.dims[1] / 3, k = out.dims[2] / 3;
            double a = pel_volume_at(&out, i, j, k),
                   b = pel_volume_at(&out, out.dims[0] - 1 - i, out.dims[1] - 1 - j,
                                     out.dims[2] - 1 - k);
            pel_vec3 at = { (double)i, (double)j, (double)k };
            at = pel_affine_point(out.mm_from_ijk, at);
            if (interp != PEL_NEAREST)
                assert_near((a + b) / 2, 4, 1e-4);
            double near = sizes[n] > 1 || interp == PEL_NEAREST ? 6 : error_of(interp);
            assert_near(a, 4 + at.x - 2 * at.y + 3 * at.z, near);
            pel_volume_free(&out);
        }
    pel_volume_free(&in);
}

static void a_constant_stays_the_same_with_every_kernel(void **state)
{
    (void)state;
    pel_volume in = scene("slab?thickness=1000&dims=9&value=3.25");
    for (int interp = PEL_NEAREST; interp <= PEL_LANCZOS; interp++)
        for (double size = 0.3; size < 5; size *= 1.7) {
            pel_volume out;
            pel_resample_params p = with(interp, size);
            assert_ok(pel_resample(&out, &in, NULL, &p));
            for (int64_t n = 0; n < pel_volume_count(&out); n++)
                assert_near(((const float *)out.data)[n], 3.25, 1e-6);
            pel_volume_free(&out);
        }
    pel_volume_free(&in);
}

static void shrinking_does_not_alias(void **state)
{
    (void)state;
    // every other plane is 100: at a third of the resolution that is 50 all over
    float data[30 * 6 * 6];
    for (int n = 0; n < 1080; n++)
        data[n] = n % 30 % 2 ? 100 : 0;
    pel_volume in = { .dims = { 30, 6, 6 },
                      .dtype = PEL_FLOAT32,
                      .oriented = true,
                      .data = data,
                      .mm_from_ijk = pel_affine_identity() };
    for (int interp = PEL_LINEAR; interp <= PEL_LANCZOS; interp++) {
        pel_volume out;
        pel_resample_params p = with(interp, 3);
        assert_ok(pel_resample(&out, &in, NULL, &p));
        for (int i = 3; i < 7; i++)
            assert_near(pel_volume_at(&out, i, 0, 0), 50, interp == PEL_LINEAR ? 6 : 1.5);
        pel_volume_free(&out);
    }
}

static void nearest_keeps_labels_type_and_scale(void **state)
{
    (void)state;
    pel_volume in = scene("letters?dims=28&spacing=4&softness=0"), out;
    pel_volume like = scene("sphere?dims=30&spacing=3&rotate=10,20,30");
    bool seen[256] = { 0 };
    pel_resample_params p = with(PEL_NEAREST, 0);
    in.slope = 0.5;
    in.inter = -2;
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        seen[((const uint8_t *)in.data)[n]] = true;
    seen[4] = true; // the number of value 0, outside
    assert_ok(pel_resample(&out, &in, &like, &p));
    assert_int_equal(out.dtype, PEL_UINT8);
    assert_near(out.slope, 0.5, 0);
    for (int64_t n = 0; n < pel_volume_count(&out); n++)
        assert_true(seen[((const uint8_t *)out.data)[n]]);
    pel_volume_free(&out);
    pel_volume_free(&in);
    pel_volume_free(&like);
}

static void beyond_the_border_nothing_is_known(void **state)
{
    (void)state;
    pel_volume in = scene("slab?thickness=1000&dims=4&value=7"),
               like = scene("slab?dims=12&spacing=0.5"), out;
    for (int interp = PEL_NEAREST; interp <= PEL_LANCZOS; interp++) {
        pel_resample_params p = with(interp, 0);
        assert_ok(pel_resample(&out, &in, &like, &p));
        for (int i = 0; i < 12; i++) {
            double x = fabs(0.5 * (i - 5.5)), is = pel_volume_at(&out, i, 5, 5);
            assert_near(is, x < 2 ? 7 : NAN, 1e-6);
        }
        pel_volume_free(&out);
    }
    pel_volume_free(&in);
    pel_volume_free(&like);
}

static void the_same_bytes_at_1_2_and_7_threads(void **state)
{
    (void)state;
    pel_volume in = scene("head?spacing=8&dims=22,28,25"), first = { 0 };
    static const int threads[] = { 1, 2, 7 };
    pel_resample_params p = with(PEL_LANCZOS, 5);
    for (int n = 0; n < 3; n++) {
        pel_job job = pel_job_defaults();
        pel_volume out;
        job.threads = threads[n];
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_resample(&out, &in, NULL, &p));
        pel_job_use(before);
        if (n == 0)
            first = out;
        else {
            assert_memory_equal(out.data, first.data, (size_t)pel_volume_bytes(&out));
            pel_volume_free(&out);
        }
    }
    pel_volume_free(&first);
    pel_volume_free(&in);
}

static void grids_that_cannot_be_brought_together_are_refused(void **state)
{
    (void)state;
    pel_volume in = scene("sphere?dims=4"), like = scene("sphere?dims=4&orientation=unknown"), out;
    pel_resample_params p = with(PEL_LINEAR, 0);
    assert_int_equal(pel_resample(&out, &in, &like, &p), PEL_EDATA);
    assert_error_says("--assume");
    assert_int_equal(pel_resample(&out, &in, NULL, &p), PEL_EPARAM);
    p.pixdim = (pel_numbers){ 1, { 2 } };
    assert_int_equal(pel_resample(&out, &in, &in, &p), PEL_EPARAM);
    p.pixdim = (pel_numbers){ 2, { 2, 2 } };
    assert_int_equal(pel_resample(&out, &in, NULL, &p), PEL_EPARAM);
    pel_volume_free(&in);
    pel_volume_free(&like);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(straight_lines_stay_straight_on_another_grid),
        cmocka_unit_test(pixdim_is_exact_and_the_middle_stays),
        cmocka_unit_test(a_constant_stays_the_same_with_every_kernel),
        cmocka_unit_test(shrinking_does_not_alias),
        cmocka_unit_test(nearest_keeps_labels_type_and_scale),
        cmocka_unit_test(beyond_the_border_nothing_is_known),
        cmocka_unit_test(the_same_bytes_at_1_2_and_7_threads),
        cmocka_unit_test(grids_that_cannot_be_brought_together_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
