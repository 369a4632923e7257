/* SPDX-License-Identifier: Apache-2.0 */
/* test_stats.c: statistics and quantiles of a source against sorting all values. */
#include "check.h"

enum { MOST = 40000 };

static double values[MOST];

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static uint32_t noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void put(pel_volume *v, int64_t i, double x)
{
    switch (v->dtype) {
    case PEL_UINT8:
        ((uint8_t *)v->data)[i] = (uint8_t)x;
        break;
    case PEL_INT16:
        ((int16_t *)v->data)[i] = (int16_t)x;
        break;
    case PEL_INT32:
        ((int32_t *)v->data)[i] = (int32_t)x;
        break;
    case PEL_FLOAT32:
        ((float *)v->data)[i] = (float)x;
        break;
    default:
        ((double *)v->data)[i] = x;
    }
}

// numpy.quantile of the sorted values
static double truth(int64_t count, double fraction)
{
    double at = fraction * (double)(count - 1), t = at - floor(at);
    int64_t k = (int64_t)at;
    return k + 1 < count ? values[k] * (1 - t) + values[k + 1] * t : values[k];
}

static pel_status refuse_second_pass(pel_source *source, void *out, int64_t first, int64_t count)
{
    (void)source;
    (void)out;
    (void)first;
    (void)count;
    return PEL_EUNSUPPORTED;
}

static pel_status (*real_slab)(pel_source *, void *, int64_t, int64_t);
static int64_t last_slice;

// as standard input: forward only
static pel_status once(pel_source *source, void *out, int64_t first, int64_t count)
{
    if (first < last_slice)
        return refuse_second_pass(source, out, first, count);
    last_slice = first + count;
    return real_slab(source, out, first, count);
}

static void quantiles_are_those_of_the_sorted_values(void **state)
{
    (void)state;
    static const pel_dtype types[] = { PEL_UINT8, PEL_INT16, PEL_INT32, PEL_FLOAT32, PEL_FLOAT64 };
    static const double fractions[] = { 0, 0.01, 0.25, 0.5, 0.777, 0.99, 1 };
    uint32_t seed = 7;
    for (int t = 0; t < 5; t++)
        for (int way = 0; way < 6; way++) {
            pel_volume shape = { .dims = { 50, 40, 20 }, .slope = 1 }, v;
            bool falls = way % 3 == 1, has_nan = pel_dtype_is_float(types[t]) && way % 3 == 2;
            bool streamed = way >= 3;
            assert_ok(pel_volume_like(&v, &shape, types[t]));
            v.slope = falls ? -0.5 : 1;
            v.inter = falls ? 3 : 0;
            int64_t kept = 0;
            double sum = 0;
            for (int64_t i = 0; i < MOST; i++) {
                double x = (double)(noise(&seed) % 251) - (types[t] == PEL_UINT8 ? 0 : 125);
                x = pel_dtype_is_float(types[t]) ? (double)(float)(x * 1.37e-3) : x;
                bool skip = has_nan && i % 5 == 0;
                put(&v, i, skip ? NAN : x);
                if (!skip)
                    sum += values[kept++] = v.slope * x + v.inter;
            }
            qsort(values, (size_t)kept, sizeof *values, by_value);
            pel_source source;
            pel_stats stats;
            double got[7];
            assert_ok(pel_source_of_volume(&source, &v));
            real_slab = source.read_slab;
            last_slice = 0;
            if (streamed)
                source.read_slab = once;
            assert_ok(pel_source_quantiles(&stats, got, fractions, 7, &source));
            assert_int_equal(stats.count, MOST);
            assert_int_equal(stats.nan_count, MOST - kept);
            assert_near(stats.min, values[0], 0);
            assert_near(stats.max, values[kept - 1], 0);
            assert_near(stats.mean, sum / (double)kept, 1e-12);
            bool coarse = streamed && pel_dtype_bytes(types[t]) > 2;
            for (int i = 0; i < 7; i++) {
                double want = truth(kept, fractions[i]);
                double scale = falls ? fabs(want - 3) + 3 : fabs(want);
                assert_near(got[i], want, coarse ? scale / 2000 + 1e-12 : 1e-12);
            }
            pel_source_close(&source);
            pel_volume_free(&v);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void sums_do_not_lose_small_values(void **state)
{
    (void)state;
    pel_volume shape = { .dims = { 100, 100, 10 } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT64));
    double *x = v.data;
    for (int i = 0; i < 100000; i++)
        x[i] = 0.1;
    x[5] = 1e16;
    x[90001] = -1e16;
    pel_source source;
    pel_stats stats;
    assert_ok(pel_source_of_volume(&source, &v));
    assert_ok(pel_source_stats(&stats, &source));
    // what the two giants' own blocks of 4096 lose, and no more
    assert_near(stats.mean, 0.1, 0.1 * 2 * 4096 / 100000);
    pel_source_close(&source);
    pel_volume_free(&v);
}

static void nothing_but_nan_has_no_range(void **state)
{
    (void)state;
    pel_volume shape = { .dims = { 3, 2, 1 } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    for (int i = 0; i < 6; i++)
        ((float *)v.data)[i] = NAN;
    pel_source source;
    pel_stats stats;
    double half = 0.5, got;
    assert_ok(pel_source_of_volume(&source, &v));
    assert_ok(pel_source_quantiles(&stats, &got, &half, 1, &source));
    assert_true(isnan(stats.min) && isnan(stats.max) && isnan(stats.mean) && isnan(got));
    assert_int_equal(stats.nan_count, 6);
    half = 1.5;
    assert_int_equal(pel_source_quantiles(&stats, &got, &half, 1, &source), PEL_EPARAM);
    assert_int_equal(pel_source_quantiles(&stats, &got, &half, 99, &source), PEL_EPARAM);
    pel_source_close(&source);
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_sorted_values),
        cmocka_unit_test(sums_do_not_lose_small_values),
        cmocka_unit_test(nothing_but_nan_has_no_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
