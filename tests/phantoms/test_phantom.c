/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static const double pi = 3.14159265358979323846;

static double sum_of(const char *spec)
{
    pel_volume v;
    assert_ok(pel_phantom(&v, spec));
    double sum = 0;
    for (int64_t n = 0; n < pel_volume_count(&v); n++)
        sum += (double)((const float *)v.data)[n];
    pel_vec3 mm = pel_volume_spacing_mm(&v);
    pel_volume_free(&v);
    return sum * mm.x * mm.y * mm.z / 100;
}

static void solids_have_the_volume_of_their_formula(void **state)
{
    (void)state;
    const double r = 30, big = 28, small = 12;
    assert_near(sum_of("sphere"), 4.0 / 3 * pi * r * r * r, 1e-3 * 4.0 / 3 * pi * r * r * r);
    assert_near(sum_of("sphere?center=0.3,-0.2,0.1&rotate=10,20,30"), 4.0 / 3 * pi * r * r * r,
                1e-3 * 4.0 / 3 * pi * r * r * r);
    assert_near(sum_of("torus"), 2 * pi * pi * big * small * small, 1e-3 * 79588);
    assert_near(sum_of("cylinder"), pi * 20 * 20 * 60, 1e-3 * 75398);
    assert_near(sum_of("cylinder?axis=1,1,0&spacing=0.75&dims=128"), pi * 20 * 20 * 60,
                2e-3 * 75398);
}

// the error of a sphere falls with the square of the voxel
static void a_finer_grid_comes_closer(void **state)
{
    (void)state;
    double exact = 4.0 / 3 * pi * 27000;
    double coarse = fabs(sum_of("sphere?spacing=2&dims=40") - exact);
    double fine = fabs(sum_of("sphere?spacing=1&dims=80") - exact);
    assert_true(fine < coarse / 3.5);
}

static void a_slab_is_as_thick_as_it_says(void **state)
{
    (void)state;
    pel_volume v;
    assert_ok(pel_phantom(&v, "slab?thickness=13.25&spacing=0.5&dims=8,8,64&value=2"));
    double sum = 0;
    for (int k = 0; k < 64; k++)
        sum += pel_volume_at(&v, 3, 3, k);
    assert_near(sum * 0.5 / 2, 13.25, 1e-6);
    pel_volume_free(&v);
}

static void a_ramp_is_exact_at_every_voxel(void **state)
{
    (void)state;
    pel_volume v;
    assert_ok(pel_phantom(
        &v, "ramp?gradient=0.5,-2,4&offset=7&dtype=float64&dims=9,8,7&spacing=1,2,3&rotate=5,6,7"));
    for (int k = 0; k < 7; k++)
        for (int j = 0; j < 8; j++)
            for (int i = 0; i < 9; i++) {
                pel_vec3 p = pel_affine_point(v.mm_from_ijk, (pel_vec3){ i, j, k });
                assert_near(pel_volume_at(&v, i, j, k), 7 + 0.5 * p.x - 2 * p.y + 4 * p.z, 1e-12);
            }
    pel_volume_free(&v);
}

static void integers_are_rounded_and_end_at_their_ends(void **state)
{
    (void)state;
    static const struct {
        const char *dtype;
        double lo, hi;
    } types[] = {
        { "uint8", 0, 255 },           { "int8", -128, 127 },
        { "uint16", 0, 65535 },        { "int16", -32768, 32767 },
        { "uint32", 0, 4294967295.0 }, { "int32", -2147483648.0, 2147483647 },
    };
    for (int t = 0; t < 6; t++) {
        char spec[128];
        pel_volume v;
        snprintf(spec, sizeof spec, "ramp?dims=3,1,1&gradient=1e10,0,0&offset=0.4&dtype=%s",
                 types[t].dtype);
        assert_ok(pel_phantom(&v, spec));
        assert_near(pel_volume_at(&v, 0, 0, 0), types[t].lo, 0);
        assert_near(pel_volume_at(&v, 1, 0, 0), 0, 0);
        assert_near(pel_volume_at(&v, 2, 0, 0), types[t].hi, 0);
        pel_volume_free(&v);
    }
}

static void hard_edges_are_decided_at_voxel_centres(void **state)
{
    (void)state;
    pel_volume v, labels;
    const char *spec = "torus?softness=0&dims=40&spacing=2.5";
    assert_ok(pel_phantom(&v, spec));
    assert_ok(pel_phantom_labels(&labels, spec));
    assert_int_equal(labels.dtype, PEL_UINT8);
    for (int64_t n = 0; n < 64000; n++)
        assert_true(((const float *)v.data)[n] == 100 * (float)((const uint8_t *)labels.data)[n]);
    pel_volume_free(&v);
    pel_volume_free(&labels);
}

// every stored order holds the same numbers at the same places in the world
static void the_48_orders_store_the_same_scene(void **state)
{
    (void)state;
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const char letter[3][2] = { { 'R', 'L' }, { 'A', 'P' }, { 'S', 'I' } };
    const char *grid = "dims=6,5,4&spacing=1,2,3&rotate=3,2,1&noise=5";
    pel_volume ras;
    char spec[160];
    snprintf(spec, sizeof spec, "sphere?radius=3&%s", grid);
    assert_ok(pel_phantom(&ras, spec));
    for (int n = 0; n < 48; n++) {
        char code[4] = { 0 }, is[8];
        for (int a = 0; a < 3; a++)
            code[a] = letter[order[n / 8][a]][n >> a & 1];
        pel_volume v;
        snprintf(spec, sizeof spec, "sphere?radius=3&%s&orientation=%s", grid, code);
        assert_ok(pel_phantom(&v, spec));
        pel_volume_orientation(&v, is);
        assert_string_equal(is, code);
        pel_affine ras_from_mm;
        assert_true(pel_affine_invert(&ras_from_mm, ras.mm_from_ijk));
        for (int64_t k = 0; k < v.dims[2]; k++)
            for (int64_t j = 0; j < v.dims[1]; j++)
                for (int64_t i = 0; i < v.dims[0]; i++) {
                    pel_vec3 at = { (double)i, (double)j, (double)k };
                    at = pel_affine_point(ras_from_mm, pel_affine_point(v.mm_from_ijk, at));
                    assert_near(at.x, round(at.x), 1e-9);
                    assert_true(pel_volume_at(&v, i, j, k) ==
                                pel_volume_at(&ras, lround(at.x), lround(at.y), lround(at.z)));
                }
        pel_volume_free(&v);
    }
    pel_volume_free(&ras);
}

static void unknown_orientation_is_said(void **state)
{
    (void)state;
    pel_volume v;
    char is[8];
    assert_ok(pel_phantom(&v, "sphere?dims=4&orientation=unknown"));
    pel_volume_orientation(&v, is);
    assert_string_equal(is, "unknown");
    assert_string_equal(v.fields.format, "phantom");
    assert_int_equal(strlen(v.fields.hash), 32);
    pel_volume_free(&v);
}

static void noise_has_the_deviation_asked_for(void **state)
{
    (void)state;
    pel_volume a, b;
    assert_ok(pel_phantom(&a, "slab?thickness=0&softness=0&axis=1,0,0&noise=4&dims=64"));
    assert_ok(pel_phantom(&b, "slab?thickness=0&softness=0&axis=1,0,0&noise=4&dims=64&seed=2"));
    double sum = 0, squares = 0, across = 0, next = 0;
    int64_t n = 64 * 64 * 64;
    const float *x = a.data, *y = b.data;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
        across += (double)x[i] * (double)y[i];
        next += (double)x[i] * (double)x[(i + 1) % n];
    }
    // five standard errors
    assert_near(sum / (double)n, 0, 5 * 4 / 512.0);
    assert_near(sqrt(squares / (double)n), 4, 5 * 4 / 724.0);
    assert_near(across / squares, 0, 5 / 512.0);
    assert_near(next / squares, 0, 5 / 512.0);
    pel_volume_free(&a);
    pel_volume_free(&b);
}

static void slabs_in_any_order_are_the_whole(void **state)
{
    (void)state;
    const char *spec = "torus?dims=30,20,12&spacing=3&noise=1";
    pel_volume whole;
    pel_source source;
    assert_ok(pel_phantom(&whole, spec));
    assert_ok(pel_phantom_open(&source, spec));
    assert_true(source.seekable);
    float *slab = malloc(30 * 20 * 5 * sizeof *slab);
    for (int64_t first = 7; first >= 0; first -= 3) {
        assert_ok(source.read_slab(&source, slab, first, 5));
        assert_memory_equal(slab, (const float *)whole.data + first * 600, 600 * 5 * sizeof *slab);
    }
    free(slab);
    pel_source_close(&source);
    pel_volume_free(&whole);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void wrong_words_name_what_is_right(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        { "spere", "sphere" },
        { "sphere?radus=3", "radus" },
        { "sphere?radius", "radius=" },
        { "sphere?radius=x", "a number" },
        { "sphere?dims=2,3", "three" },
        { "sphere?dims=2.5", "whole" },
        { "sphere?orientation=RR", "RR" },
        { "slab?axis=0,0,0", "axis" },
        { "sphere?softness=3px", "softness" },
        { "sphere?dims=65536&spacing=1e9", "spacing" },
        { "", "sphere" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_volume v;
        assert_int_equal(pel_phantom(&v, wrong[i][0]), PEL_EPARAM);
        assert_error_says(wrong[i][1]);
        assert_null(v.data);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_scene_has_its_table_and_its_truth(void **state)
{
    (void)state;
    for (const char *const *name = pel_phantom_names(); *name; name++) {
        assert_non_null(pel_phantom_schema(*name));
        char *json;
        assert_ok(pel_phantom_truth(&json, *name));
        assert_non_null(strstr(json, *name));
        assert_true(json[strlen(json) - 2] == '}');
        free(json);
    }
    assert_null(pel_phantom_schema("spere"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solids_have_the_volume_of_their_formula),
        cmocka_unit_test(a_finer_grid_comes_closer),
        cmocka_unit_test(a_slab_is_as_thick_as_it_says),
        cmocka_unit_test(a_ramp_is_exact_at_every_voxel),
        cmocka_unit_test(integers_are_rounded_and_end_at_their_ends),
        cmocka_unit_test(hard_edges_are_decided_at_voxel_centres),
        cmocka_unit_test(the_48_orders_store_the_same_scene),
        cmocka_unit_test(unknown_orientation_is_said),
        cmocka_unit_test(noise_has_the_deviation_asked_for),
        cmocka_unit_test(slabs_in_any_order_are_the_whole),
        cmocka_unit_test(wrong_words_name_what_is_right),
        cmocka_unit_test(every_scene_has_its_table_and_its_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
