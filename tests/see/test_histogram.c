/* SPDX-License-Identifier: Apache-2.0 */
/* test_histogram.c: counts are those of a search through the edges, for every type and thread
 * count. */
#include "check.h"

#include "volume/volume.h"

enum { MANY = 700001 };

static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

// the bin by binary search: the definition itself
static void count_by_search(int64_t *counts, const pel_bins *bins, const pel_volume *v)
{
    int64_t n = pel_volume_count(v) * pel__volume_channels(v);
    double slope, inter;
    pel__volume_scale(v, &slope, &inter);
    for (int64_t i = 0; i < n; i++) {
        double x = slope * pel__stored_get(v->data, v->dtype, i) + inter;
        if (!(x >= bins->edges[0] && x <= bins->edges[bins->count]))
            continue;
        int64_t lo = 0, hi = bins->count;
        while (hi - lo > 1) {
            int64_t middle = (lo + hi) / 2;
            *(x >= bins->edges[middle] ? &lo : &hi) = middle;
        }
        counts[lo]++;
    }
}

static void check_against_search(const pel_volume *v, int64_t bins)
{
    pel_histogram_params params = pel_histogram_defaults();
    params.bins = bins;
    pel_bins got;
    assert_ok(pel_histogram(&got, v, &params));
    int64_t *want = calloc((size_t)bins, sizeof *want), total = 0;
    count_by_search(want, &got, v);
    double area = 0;
    for (int64_t b = 0; b < bins; b++) {
        if (want[b] != got.counts[b])
            fail_msg("%s, bin %lld of %lld: %lld, wanted %lld", pel_dtype_name(v->dtype),
                     (long long)b, (long long)bins, (long long)got.counts[b], (long long)want[b]);
        total += want[b];
        area += got.density[b] * (got.edges[b + 1] - got.edges[b]);
    }
    assert_int_equal(total, got.total);
    assert_near(area, 1, 1e-12);
    free(want);
    pel_bins_free(&got);
}

static void counts_are_those_of_the_definition_for_every_type(void **state)
{
    (void)state;
    static const int64_t bins[] = { 1, 7, 50, 255, 256, 1000 };
    for (int type = 0; type < PEL_DTYPE_COUNT; type++) {
        pel_volume shape = { .dims = { MANY / 100, 1, 1 }, .frames = 2, .channels = 3 }, v;
        assert_ok(pel_volume_like(&v, &shape, (pel_dtype)type));
        int64_t n = pel_volume_bytes(&v) / pel_dtype_bytes(v.dtype);
        random_state = (uint32_t)type + 1;
        for (int64_t i = 0; i < n; i++) {
            double x = (next_random() % 1001) / 1000.0 - 0.5;
            if (v.dtype == PEL_FLOAT32)
                ((float *)v.data)[i] = (float)x;
            else if (v.dtype == PEL_FLOAT64)
                ((double *)v.data)[i] = x;
            else
                ((uint8_t *)v.data)[i * pel_dtype_bytes(v.dtype)] = (uint8_t)next_random();
        }
        v.slope = 0.1;
        v.inter = -3.3;
        for (size_t b = 0; b < sizeof bins / sizeof *bins; b++)
            check_against_search(&v, bins[b]);
        pel_volume_free(&v);
    }
}

// numpy 1.24: np.histogram([0.1*i for i in range(11)] + [0.3, 0.6, 0.7], 10)
static void edges_and_ties_are_numpys(void **state)
{
    (void)state;
    double values[14];
    for (int i = 0; i < 11; i++)
        values[i] = 0.1 * i;
    values[11] = 0.3;
    values[12] = 0.6;
    values[13] = 0.7;
    static const int64_t want[10] = { 1, 1, 2, 1, 1, 2, 2, 1, 1, 2 };
    pel_volume v = { .dims = { 14, 1, 1 }, .dtype = PEL_FLOAT64, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    params.bins = 10;
    pel_bins bins;
    assert_ok(pel_histogram(&bins, &v, &params));
    for (int b = 0; b < 10; b++)
        assert_int_equal(bins.counts[b], want[b]);
    assert_near(bins.edges[3], 0.30000000000000004, 0);
    assert_near(bins.edges[10], 1, 0);
    pel_bins_free(&bins);
}

static void nan_is_left_out_and_infinities_lie_in_no_bin(void **state)
{
    (void)state;
    float values[] = { NAN, 1, 2, INFINITY, -INFINITY, 3, NAN, 3 };
    pel_volume v = { .dims = { 8, 1, 1 }, .dtype = PEL_FLOAT32, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    params.bins = 2;
    pel_bins bins;
    assert_ok(pel_histogram(&bins, &v, &params));
    assert_int_equal(bins.counts[0], 1);
    assert_int_equal(bins.counts[1], 3);
    assert_int_equal(bins.nan_count, 2);
    assert_int_equal(bins.outside, 2);
    pel_bins_free(&bins);
    params.range = "1.5:2.5";
    assert_ok(pel_histogram(&bins, &v, &params));
    assert_int_equal(bins.total, 1);
    assert_int_equal(bins.outside, 5);
    pel_bins_free(&bins);
    for (int i = 0; i < 8; i++)
        values[i] = NAN;
    params.range = NULL;
    assert_int_equal(pel_histogram(&bins, &v, &params), PEL_EDATA);
    params.range = "3:1";
    assert_int_equal(pel_histogram(&bins, &v, &params), PEL_EPARAM);
}

static void equal_values_get_half_a_unit_to_each_side(void **state)
{
    (void)state;
    int16_t values[3] = { 7, 7, 7 };
    pel_volume v = { .dims = { 3, 1, 1 }, .dtype = PEL_INT16, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    pel_bins bins;
    assert_ok(pel_histogram(&bins, &v, &params));
    assert_near(bins.edges[0], 6.5, 0);
    assert_near(bins.edges[50], 7.5, 0);
    assert_int_equal(bins.counts[25], 3);
    pel_bins_free(&bins);
}

static void bins_finer_than_doubles_are_refused(void **state)
{
    (void)state;
    double values[2] = { 1e17, 1e17 + 64 };
    pel_volume v = { .dims = { 2, 1, 1 }, .dtype = PEL_FLOAT64, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    pel_bins bins;
    assert_int_equal(pel_histogram(&bins, &v, &params), PEL_EDATA);
    assert_error_says("fewer");
    params.bins = 4;
    assert_ok(pel_histogram(&bins, &v, &params));
    pel_bins_free(&bins);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    pel_volume shape = { .dims = { MANY, 1, 1 } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    random_state = 5;
    for (int64_t i = 0; i < MANY; i++)
        ((float *)v.data)[i] = (float)next_random();
    pel_histogram_params params = pel_histogram_defaults();
    pel_bins one, many;
    pel_job job = pel_job_defaults();
    pel_job_use(&job);
    job.threads = 1;
    assert_ok(pel_histogram(&one, &v, &params));
    assert_int_equal(one.total, MANY);
    for (job.threads = 2; job.threads < 9; job.threads += 5) {
        assert_ok(pel_histogram(&many, &v, &params));
        assert_memory_equal(one.counts, many.counts, 50 * sizeof *one.counts);
        assert_memory_equal(one.edges, many.edges, 51 * sizeof *one.edges);
        pel_bins_free(&many);
    }
    pel_job_use(NULL);
    pel_bins_free(&one);
    pel_volume_free(&v);
}

static void the_table_gives_every_number_back(void **state)
{
    (void)state;
    float values[] = { 0, 0.1f, 0.7f, 1 };
    pel_volume v = { .dims = { 4, 1, 1 }, .dtype = PEL_FLOAT32, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    params.bins = 3;
    pel_bins bins;
    char *csv;
    assert_ok(pel_histogram(&bins, &v, &params));
    assert_ok(pel_bins_csv(&csv, &bins));
    char *line = strtok(csv, "\n");
    assert_string_equal(line, "lo,hi,count,density");
    for (int b = 0; b < 3; b++) {
        double lo, hi, density;
        long long count;
        line = strtok(NULL, "\n");
        assert_int_equal(sscanf(line, "%lf,%lf,%lld,%lf", &lo, &hi, &count, &density), 4);
        assert_true(lo == bins.edges[b] && hi == bins.edges[b + 1]);
        assert_true(count == bins.counts[b] && density == bins.density[b]);
    }
    free(csv);
    pel_bins_free(&bins);
}

static void bars_have_the_look_s_colours_and_heights_in_proportion(void **state)
{
    (void)state;
    uint8_t values[] = { 0, 0, 0, 100, 200, 200 };
    pel_volume v = { .dims = { 6, 1, 1 }, .dtype = PEL_UINT8, .data = values };
    pel_histogram_params params = pel_histogram_defaults();
    params.bins = 3;
    pel_look_params look_params = pel_look_defaults();
    look_params.look = "gray";
    look_params.colormap = "viridis";
    look_params.window = (pel_numbers){ 2, { 0, 200 } };
    pel_look look;
    pel_bins bins;
    pel_figure figure;
    assert_ok(pel_look_choose(&look, &look_params));
    assert_ok(pel_look_fit(&look, &v));
    assert_ok(pel_histogram(&bins, &v, &params));
    assert_ok(pel_histogram_figure(&figure, &bins, &look, &params));
    double unit = 0;
    for (int b = 0; b < 3; b++) {
        const pel_draw *bar = &figure.item[b];
        assert_int_equal(bar->kind, PEL_DRAW_AREA);
        double height = fabs(bar->points[2][1] - bar->points[0][1]);
        unit = b == 0 ? height / 3 : unit;
        assert_near(height, unit * (double)bins.counts[b], 1e-9);
        float rgb[3], opacity;
        pel_look_colour(&look, (b + 0.5) * 200 / 3, rgb, &opacity);
        assert_near(bar->colour.r, rgb[0], 1e-6);
        assert_near(bar->colour.b, rgb[2], 1e-6);
    }
    pel_figure_free(&figure);
    pel_bins_free(&bins);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_the_definition_for_every_type),
        cmocka_unit_test(edges_and_ties_are_numpys),
        cmocka_unit_test(nan_is_left_out_and_infinities_lie_in_no_bin),
        cmocka_unit_test(equal_values_get_half_a_unit_to_each_side),
        cmocka_unit_test(bins_finer_than_doubles_are_refused),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(the_table_gives_every_number_back),
        cmocka_unit_test(bars_have_the_look_s_colours_and_heights_in_proportion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
