/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static const double pi = 3.14159265358979323846;

// a slice across the straight tubes holds each one's area, so its radius
static void straight_tubes_have_the_radius_they_say(void **state)
{
    (void)state;
    static const double tube[][2] = { { -16, 0.6 }, { -13, 0.8 }, { -9.5, 1 },
                                      { -5, 1.5 },  { 1, 2 },     { 9, 3 } };
    pel_volume v;
    assert_ok(pel_phantom(&v, "tubes"));
    pel_vec3 mm = pel_volume_spacing_mm(&v);
    assert_near(mm.x, 0.3, 1e-12);
    for (int t = 0; t < 6; t++) {
        double sum = 0;
        for (int64_t j = 0; j < v.dims[1]; j++)
            for (int64_t i = 0; i < v.dims[0]; i++) {
                double x = ((double)i - 63.5) * 0.3 - tube[t][0], y = ((double)j - 63.5) * 0.3 + 12;
                if (x * x + y * y < (tube[t][1] + 0.7) * (tube[t][1] + 0.7))
                    sum += pel_volume_at(&v, i, j, 70) / 100;
            }
        assert_near(sqrt(sum * 0.09 / pi), tube[t][1], 0.01 * tube[t][1] + 0.003);
    }
    pel_volume_free(&v);
}

// points of the table lie in the tubes, and the distance there is minus the radius
static void the_table_has_every_centre_line(void **state)
{
    (void)state;
    const char *spec = "tubes?spacing=0.2&dims=192&center=0.5,0,0";
    char *csv;
    pel_source source;
    pel_volume d;
    assert_ok(pel_phantom_lines(&csv, spec));
    assert_ok(pel_phantom_field_open(&source, spec, "vessels"));
    assert_ok(pel_source_read(&d, &source));
    pel_source_close(&source);
    int lines = 0, branches = 0, last = 0;
    for (char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1, lines++) {
        double x, y, z, radius;
        int branch;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf,%d,", &x, &y, &z, &radius, &branch), 5);
        branches += branch != last;
        last = branch;
        int64_t i = lround(x / 0.2 + 95.5), j = lround(y / 0.2 + 95.5), k = lround(z / 0.2 + 95.5);
        // other tubes may be nearer where they join
        assert_true(pel_volume_at(&d, i, j, k) < 0.18 - radius);
    }
    assert_int_equal(branches, 13);
    assert_true(lines > 300);
    free(csv);
    pel_volume_free(&d);
}

static void turning_the_grid_by_90_degrees_gives_the_same_voxels(void **state)
{
    (void)state;
    pel_volume a, b;
    assert_ok(pel_phantom(&a, "tubes?spacing=0.6&dims=64&dtype=uint8"));
    assert_ok(pel_phantom(&b, "tubes?spacing=0.6&dims=64&dtype=uint8&rotate=0,0,90"));
    // along the turned x runs y, along the turned y runs -x
    int64_t wrong = 0;
    for (int64_t k = 0; k < 64; k++)
        for (int64_t j = 0; j < 64; j++)
            for (int64_t i = 0; i < 64; i++)
                wrong += fabs(pel_volume_at(&b, i, j, k) - pel_volume_at(&a, 63 - j, i, k)) > 1;
    assert_int_equal(wrong, 0);
    pel_volume_free(&a);
    pel_volume_free(&b);
}

static void scenes_without_lines_have_none(void **state)
{
    (void)state;
    char *csv;
    assert_ok(pel_phantom_lines(&csv, "sphere"));
    assert_null(csv);
    assert_string_equal(pel_phantom_field_name("sphere?radius=3", 0), "labels");
    assert_null(pel_phantom_field_name("sphere", 1));
    assert_null(pel_phantom_field_name("spere", 0));
    assert_string_equal(pel_phantom_field_name("tubes", 1), "vessels");
    assert_null(pel_phantom_field_name("tubes", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(straight_tubes_have_the_radius_they_say),
        cmocka_unit_test(the_table_has_every_centre_line),
        cmocka_unit_test(turning_the_grid_by_90_degrees_gives_the_same_voxels),
        cmocka_unit_test(scenes_without_lines_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
