/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { NX = 19, NY = 11, NZ = 6, N = NX * NY * NZ };

static const double edge[3] = { 0.5, 0.8, 1.1 };

static pel_volume numbers(float at[N], bool holes)
{
    pel_volume v = { .dims = { NX, NY, NZ }, .dtype = PEL_FLOAT32, .data = at };
    v.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        v.mm_from_ijk.m[a][a] = edge[a];
    uint32_t seed = 3;
    for (int n = 0; n < N; n++) {
        seed = seed * 1664525u + 1013904223u;
        at[n] = holes && (seed >> 8) % 7 == 0 ? NAN : (float)((seed >> 8) % 1000) - 500;
    }
    return v;
}

/* by the definition */
static void extreme(float out[N], const float in[N], double radius, bool greatest)
{
    for (int n = 0; n < N; n++) {
        out[n] = isnan(in[n]) ? NAN : in[n];
        for (int m = 0; m < N && !isnan(in[n]); m++) {
            double x = (n % NX - m % NX) * edge[0], y = (n / NX % NY - m / NX % NY) * edge[1],
                   z = (n / (NX * NY) - m / (NX * NY)) * edge[2];
            bool near = x * x + y * y + z * z <= radius * radius * (1 + 1e-9);
            if (near && !isnan(in[m]) && (greatest ? in[m] > out[n] : in[m] < out[n]))
                out[n] = in[m];
        }
    }
}

static void each_operation_is_what_its_definition_says_and_nan_counts_nowhere(void **state)
{
    (void)state;
    static const double radius = 1.7;
    float in[N], least[N], most[N], open[N], close[N];
    for (int holes = 0; holes < 2; holes++) {
        pel_volume v = numbers(in, holes), out;
        extreme(least, in, radius, false);
        extreme(most, in, radius, true);
        extreme(open, least, radius, true);
        extreme(close, most, radius, false);
        const float *wanted[] = { least, most, open, close, in, in };
        for (int operation = PEL_ERODE; operation <= PEL_BLACKHAT; operation++) {
            pel_grey_params p = pel_grey_defaults();
            p.operation = operation;
            p.radius = (pel_length){ radius, PEL_MM };
            assert_ok(pel_grey(&out, &v, &p));
            for (int n = 0; n < N; n++) {
                float want = operation == PEL_TOPHAT     ? in[n] - open[n]
                             : operation == PEL_BLACKHAT ? close[n] - in[n]
                                                         : wanted[operation][n];
                float got = ((const float *)out.data)[n];
                assert_true(isnan(want) ? isnan(got) : got == want);
            }
            pel_volume_free(&out);
        }
    }
}

static void stored_numbers_become_values_and_threads_change_nothing(void **state)
{
    (void)state;
    uint8_t voxels[40 * 30];
    for (int n = 0; n < 1200; n++)
        voxels[n] = (uint8_t)(n * 37 % 251);
    pel_volume v = { .dims = { 40, 30, 1 }, .dtype = PEL_UINT8, .data = voxels }, out[2];
    v.mm_from_ijk = pel_affine_identity();
    v.slope = 0.5;
    v.inter = 10;
    pel_grey_params p = pel_grey_defaults();
    p.operation = PEL_DILATE;
    p.radius = (pel_length){ 40, PEL_VX };
    for (int i = 0; i < 2; i++) {
        pel_job job = pel_job_defaults(), *before = pel_job_use(&job);
        job.threads = 1 + 2 * i;
        assert_ok(pel_grey(&out[i], &v, &p));
        pel_job_use(before);
    }
    assert_memory_equal(out[0].data, out[1].data, 1200 * sizeof(float));
    assert_near(((float *)out[0].data)[0], 10 + 0.5 * 250, 0);
    for (int i = 0; i < 2; i++)
        pel_volume_free(&out[i]);
    v.channels = 3;
    v.dims[1] = 10;
    assert_int_equal(pel_grey(&out[0], &v, &p), PEL_EDATA);
    assert_error_says("--channel");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_is_what_its_definition_says_and_nan_counts_nowhere),
        cmocka_unit_test(stored_numbers_become_values_and_threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
