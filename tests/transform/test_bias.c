/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

/* what brightness is multiplied by: smooth, and different along all axes */
static double uneven(const pel_volume *v, int64_t n)
{
    double x = (double)(n % v->dims[0]) / (double)v->dims[0] - 0.5;
    double y = (double)(n / v->dims[0] % v->dims[1]) / (double)v->dims[1] - 0.5;
    double z = (double)(n / v->dims[0] / v->dims[1]) / (double)v->dims[2] - 0.5;
    return exp(0.9 * x - 0.5 * y + 0.6 * z - 1.2 * x * x + 0.8 * y * z);
}

static pel_volume uneven_head(int mm, pel_volume *brain)
{
    char head[96], of_brain[64];
    snprintf(head, sizeof head, "head?spacing=%d&seed=4&snr=40&vessels=0", mm);
    snprintf(of_brain, sizeof of_brain, "head?spacing=%d&seed=4", mm);
    pel_volume in = scene(head), out;
    pel_source source;
    assert_ok(pel_phantom_field_open(&source, of_brain, "brain"));
    assert_ok(pel_source_read(brain, &source));
    pel_source_close(&source);
    assert_ok(pel_volume_like(&out, &in, PEL_FLOAT32));
    for (int64_t n = 0; n < pel_volume_count(&in); n++) {
        int64_t i = n % in.dims[0], j = n / in.dims[0] % in.dims[1];
        int64_t k = n / in.dims[0] / in.dims[1];
        ((float *)out.data)[n] = (float)(pel_volume_at(&in, i, j, k) * uneven(&in, n));
    }
    pel_volume_free(&in);
    return out;
}

/* of bias over field within the brain: standard deviation over mean; field NULL: of bias */
static double residual(const pel_volume *field, const pel_volume *brain)
{
    double sum = 0, square = 0, count = 0;
    for (int64_t n = 0; n < pel_volume_count(brain); n++)
        if (((const uint8_t *)brain->data)[n]) {
            double r = uneven(brain, n) / (field ? (double)((float *)field->data)[n] : 1);
            sum += r;
            square += r * r;
            count++;
        }
    double mean = sum / count;
    return sqrt(square / count - mean * mean) / mean;
}

static void brightness_is_even_again_and_stays_on_average(void **state)
{
    (void)state;
    pel_volume brain, in = uneven_head(3, &brain), out, field;
    pel_bias_params p = pel_bias_defaults();
    p.grid = 6;
    assert_true(residual(NULL, &brain) > 0.15);
    assert_ok(pel_bias(&out, &field, &in, &brain, &p));
    if (residual(&field, &brain) > 0.04)
        fail_msg("%g of %g are left", residual(&field, &brain), residual(NULL, &brain));
    double log_mean = 0, count = 0;
    for (int64_t n = 0; n < pel_volume_count(&in); n++) {
        float f = ((float *)field.data)[n];
        assert_true(f > 0);
        assert_near(((float *)out.data)[n], ((float *)in.data)[n] / f, 0);
        if (((uint8_t *)brain.data)[n]) {
            log_mean += log((double)f);
            count++;
        }
    }
    assert_near(log_mean / count, 0, 0.01);
    pel_volume_free(&out);
    // without a mask, by Otsu's threshold
    assert_ok(pel_bias(&out, NULL, &in, NULL, &p));
    pel_volume_free(&out);
    pel_volume_free(&field);
    pel_volume_free(&in);
    pel_volume_free(&brain);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_not_a_number_counts_nowhere(void **state)
{
    (void)state;
    pel_volume brain, in = uneven_head(6, &brain), out, again, field, other;
    pel_bias_params p = pel_bias_defaults();
    p.levels = 2;
    p.iterations = 5;
    assert_ok(pel_bias(&out, &field, &in, &brain, &p));
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        if (!((uint8_t *)brain.data)[n])
            ((float *)in.data)[n] = n % 2 ? NAN : 1e6f;
    assert_ok(pel_bias(&again, &other, &in, &brain, &p));
    assert_memory_equal(field.data, other.data, (size_t)pel_volume_bytes(&field));
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        assert_int_equal(isnan(((float *)again.data)[n]), isnan(((float *)in.data)[n]));
    pel_volume *all[] = { &out, &again, &field, &other };
    for (int n = 0; n < 4; n++)
        pel_volume_free(all[n]);
    // nothing to see
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        ((float *)in.data)[n] = -1;
    assert_int_equal(pel_bias(&out, NULL, &in, &brain, &p), PEL_EDATA);
    assert_error_says("--within");
    pel_volume_free(&in);
    pel_volume_free(&brain);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brightness_is_even_again_and_stays_on_average),
        cmocka_unit_test(what_is_not_a_number_counts_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
