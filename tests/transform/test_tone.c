/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { N = 9001 }; // more than two blocks, and odd

static double *random_values(void)
{
    double *v = malloc(N * sizeof *v);
    assert_non_null(v);
    uint64_t x = 88172645463325252u;
    for (int n = 0; n < N; n++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        v[n] = (double)(x >> 11) / 9007199254740992.0 * 50 - 10;
    }
    return v;
}

static void run(float *out, double *values, int count, const char *steps)
{
    pel_volume in = { .dims = { count, 1, 1 }, .dtype = PEL_FLOAT64, .data = values }, v;
    assert_ok(pel_tone(&v, &in, steps));
    assert_int_equal(v.dtype, PEL_FLOAT32);
    memcpy(out, v.data, (size_t)count * sizeof *out);
    pel_volume_free(&v);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double clip(double v, double lo, double hi)
{
    return fmin(fmax(v, lo), hi);
}

/* what a step should make of a value */
typedef struct facts {
    double lo, hi, mean, p10, p97;
} facts;

static double want(int step, double v, const facts *f)
{
    switch (step) {
    case 0:
        return (v - f->lo) / (f->hi - f->lo);
    case 1:
        return clip((v - 3) / (11 - 3), 0, 1);
    case 2:
        return clip((v - f->p10) / (f->p97 - f->p10), 0, 1);
    case 3:
        return v + 2.5;
    case 4:
        return v * -3;
    case 5:
        return pow(v, 1.7);
    case 6:
        return clip(v, -1, 20);
    case 7:
        return f->mean + 2.25 * (v - f->mean);
    case 8:
        return f->lo + f->hi - v;
    default:
        return log1p(v - f->lo);
    }
}

static void every_step_is_its_formula(void **state)
{
    (void)state;
    static const char *const steps[] = { "normalize",  "window 3 11", "percentile 10 97",
                                         "add 2.5",    "mul -3",      "pow 1.7",
                                         "clip -1 20", "spread 2.25", "invert",
                                         "log" };
    double *v = random_values(), *sorted = random_values();
    float *got = malloc(N * sizeof *got);
    qsort(sorted, N, sizeof *sorted, ascending);
    facts f = { .lo = sorted[0], .hi = sorted[N - 1], .p10 = sorted[900], .p97 = sorted[8730] };
    for (int n = 0; n < N; n++)
        f.mean += v[n] / N;
    for (int s = 0; s < 10; s++) {
        run(got, v, N, steps[s]);
        for (int n = 0; n < N; n++)
            assert_near(got[n], want(s, v[n], &f), 1e-6 * (1 + fabs(want(s, v[n], &f))));
    }
    free(v);
    free(sorted);
    free(got);
}

static void percentiles_lie_between_ranks_as_numpys(void **state)
{
    (void)state;
    // numpy.percentile([1, 2, 4, 8], [10, 60]) is [1.3, 3.6]
    double v[] = { 8, 1, NAN, 4, 2 };
    float got[5];
    run(got, v, 5, "percentile 10 60");
    assert_near(got[3], 1, 0);
    assert_near(got[4], (2 - 1.3) / (3.6 - 1.3), 1e-7);
    assert_near(got[1], 0, 0);
    assert_true(isnan(got[2]));
    // ties, negative numbers and the ends
    double w[] = { -1, -1, -1, -1, -0.5, 0, 3 };
    float there[7];
    run(there, w, 7, "percentile 0 100");
    assert_near(there[0], 0, 0);
    assert_near(there[4], 0.125, 1e-7);
    assert_near(there[6], 1, 0);
}

static void equalize_makes_an_even_spread(void **state)
{
    (void)state;
    double *v = random_values();
    float *got = malloc(N * sizeof *got);
    for (int n = 0; n < N; n++)
        v[n] = (v[n] + 10) + 0.02 * (v[n] + 10) * (v[n] + 10);
    run(got, v, N, "equalize");
    int below[3] = { 0 };
    for (int n = 0; n < N; n++) {
        assert_true(got[n] >= 0 && got[n] <= 1);
        for (int q = 0; q < 3; q++)
            below[q] += (double)got[n] <= 0.25 * (q + 1);
    }
    // the fullest of the 256 bins holds one percent
    for (int q = 0; q < 3; q++)
        assert_near(below[q] / (double)N, 0.25 * (q + 1), 0.01);
    free(v);
    free(got);
}

static void seed_is_its_chain(void **state)
{
    (void)state;
    double *v = random_values();
    float *a = malloc(N * sizeof *a), *b = malloc(N * sizeof *b);
    run(a, v, N, " seed ");
    run(b, v, N, "normalize;add -0.1 ; clip 0 1; pow 0.4; spread 2;; add -0.1; clip 0 1;");
    assert_memory_equal(a, b, N * sizeof *a);
    double mean = 0;
    for (int n = 0; n < N; n++) {
        double x = (v[n] - -10) / 50;
        mean += pow(clip(x - 0.1, 0, 1), 0.4) / N;
    }
    for (int n = 0; n < N; n++) {
        double x = pow(clip((v[n] + 10) / 50 - 0.1, 0, 1), 0.4);
        // the extremes of 9001 numbers lie a hair inside -10 to 40
        assert_near(a[n], clip(mean + 2 * (x - mean) - 0.1, 0, 1), 2e-3);
    }
    free(v);
    free(a);
    free(b);
}

static void nan_stays_and_counts_nowhere(void **state)
{
    (void)state;
    static const char *const steps[] = { "normalize", "window 0 1", "percentile 1 99", "add 1",
                                         "mul 2",     "pow 2",      "clip 0 1",        "spread 2",
                                         "invert",    "log",        "equalize" };
    double with[] = { 1, NAN, 2, 5 }, without[] = { 1, 2, 5 };
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        float a[4], b[3];
        run(a, with, 4, steps[s]);
        run(b, without, 3, steps[s]);
        assert_true(isnan(a[1]));
        assert_near(a[0], b[0], 0);
        assert_near(a[2], b[1], 0);
        assert_near(a[3], b[2], 0);
    }
    double nothing[] = { NAN, NAN };
    float out[2];
    run(out, nothing, 2, "normalize; percentile 1 99; equalize; spread 2; log");
    assert_true(isnan(out[0]));
}

static void one_value_everywhere_does_no_harm(void **state)
{
    (void)state;
    double same[] = { 3, 3, 3 };
    float out[3];
    run(out, same, 3, "normalize");
    assert_near(out[0], 0, 0);
    run(out, same, 3, "percentile 1 99");
    assert_true(isfinite(out[0]));
    run(out, same, 3, "equalize");
    assert_near(out[0], 1, 0);
}

static void scale_is_applied_and_dropped(void **state)
{
    (void)state;
    int16_t data[3] = { 0, 10, 20 };
    pel_volume in = { .dims = { 3, 1, 1 },
                      .dtype = PEL_INT16,
                      .slope = 0.5,
                      .inter = 1,
                      .data = data },
               out;
    assert_ok(pel_tone(&out, &in, "add 1"));
    assert_near(pel_volume_at(&out, 2, 0, 0), 12, 0);
    pel_volume_free(&out);
}

static void the_same_bytes_at_1_2_and_7_threads(void **state)
{
    (void)state;
    pel_volume in = scene("head?spacing=3&dims=60,72,66&noise=5"), out[3];
    static const int threads[] = { 1, 2, 7 };
    for (int n = 0; n < 3; n++) {
        pel_job job = pel_job_defaults();
        job.threads = threads[n];
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_tone(&out[n], &in, "log; spread 1.3; percentile 2 98; pow 0.7; equalize"));
        pel_job_use(before);
        assert_memory_equal(out[n].data, out[0].data, (size_t)pel_volume_bytes(&out[0]));
    }
    for (int n = 0; n < 3; n++)
        pel_volume_free(&out[n]);
    pel_volume_free(&in);
}

static void wrong_steps_are_named(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        { "normalise", "normalise" },
        { "add", "add A" },
        { "add x", "x" },
        { "add 1 2", "add" },
        { "clip 2 1", "clip" },
        { "window 1 1", "window" },
        { "percentile 50 50", "percentile" },
        { "percentile 1 101", "percentile" },
        { "seed; add 1", "seed" },
        { "add nan", "finite" },
    };
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        assert_int_equal(pel_tone_check(wrong[n][0]), PEL_EPARAM);
        assert_error_says(wrong[n][1]);
    }
    assert_ok(pel_tone_check(""));
    assert_ok(pel_tone_check("Normalize; POW 2"));
    float rgb[3] = { 0 };
    pel_volume in = { .dims = { 1, 1, 1 }, .channels = 3, .dtype = PEL_FLOAT32, .data = rgb }, out;
    assert_int_equal(pel_tone(&out, &in, "normalize"), PEL_EDATA);
    assert_error_says("--channel");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_its_formula),
        cmocka_unit_test(percentiles_lie_between_ranks_as_numpys),
        cmocka_unit_test(equalize_makes_an_even_spread),
        cmocka_unit_test(seed_is_its_chain),
        cmocka_unit_test(nan_stays_and_counts_nowhere),
        cmocka_unit_test(one_value_everywhere_does_no_harm),
        cmocka_unit_test(scale_is_applied_and_dropped),
        cmocka_unit_test(the_same_bytes_at_1_2_and_7_threads),
        cmocka_unit_test(wrong_steps_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
