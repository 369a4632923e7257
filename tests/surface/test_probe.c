/* SPDX-License-Identifier: Apache-2.0 */
/* Probes: linear fields exactly, on any grid and depth; every stat of numbers known; labels. */
#include "check.h"

#include "base/exact.h"
#include "base/maths.h"

// a skewed, left-handed grid of `value` at each voxel centre in mm
static pel_volume field(double (*value)(pel_vec3), pel_vec3 spacing, int n)
{
    pel_volume shape = { .dims = { n, n, n } }, v;
    double c = pel__cos_degrees(20), s = pel__sin_degrees(20);
    shape.mm_from_ijk = (pel_affine){ { { -c * spacing.x, s * spacing.y, 0, 31 },
                                        { s * spacing.x, c * spacing.y, 0.2, -40 },
                                        { 0, 0.1, spacing.z, -28 },
                                        { 0, 0, 0, 1 } } };
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++)
            for (int i = 0; i < n; i++)
                *to++ = (float)value(
                    pel_affine_point(v.mm_from_ijk, (pel_vec3){ (double)i, (double)j, (double)k }));
    return v;
}

static double linear(pel_vec3 p)
{
    return 3 + 0.25 * p.x - 0.5 * p.y + p.z;
}

// distance from the middle: constant at each depth of a ball
static double radius(pel_vec3 p)
{
    return pel__length(p);
}

static pel_mesh ball(double r)
{
    pel_volume shape = { .dims = { 41, 41, 41 } }, v;
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    v.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        v.mm_from_ijk.m[a][3] = -20;
    float *to = v.data;
    for (int k = -20; k <= 20; k++)
        for (int j = -20; j <= 20; j++)
            for (int i = -20; i <= 20; i++)
                *to++ = (float)(r - sqrt(i * i + j * j + k * k));
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    return m;
}

static const float *probe(pel_mesh *m, const pel_volume *v, const char *depth, const char *stat,
                          const char *name)
{
    pel_probe_params params = pel_probe_defaults();
    pel_probe_as_params as = pel_probe_as_defaults();
    params.depth = depth;
    params.stat = stat;
    as.name = name;
    assert_ok(pel_probe(m, v, &params, &as));
    return m->array[m->arrays - 1].data;
}

static void linear_fields_are_exact_on_any_grid_and_at_any_depth(void **state)
{
    (void)state;
    pel_volume fine = field(linear, (pel_vec3){ 1.1, 0.9, 1.3 }, 56),
               coarse = field(linear, (pel_vec3){ 2.2, 1.7, 2.5 }, 32);
    pel_mesh m = ball(12);
    const float *a = probe(&m, &fine, NULL, "mean", NULL);
    for (int64_t p = 0; p < m.points; p++)
        assert_near((double)a[p],
                    linear((pel_vec3){ (double)m.point_mm[p][0], (double)m.point_mm[p][1],
                                       (double)m.point_mm[p][2] }),
                    1e-4);
    assert_ok(pel_mesh_normals(&m));
    const float(*n)[3] = pel_mesh_find(&m, "normals")->data;
    a = probe(&m, &coarse, "2:2", "mean", "two");
    for (int64_t p = 0; p < m.points; p++)
        assert_near((double)a[p],
                    linear((pel_vec3){ (double)m.point_mm[p][0] + 2 * (double)n[p][0],
                                       (double)m.point_mm[p][1] + 2 * (double)n[p][1],
                                       (double)m.point_mm[p][2] + 2 * (double)n[p][2] }),
                    1e-4);
    assert_non_null(pel_mesh_find(&m, "value"));
    assert_non_null(pel_mesh_find(&m, "two"));
    probe(&m, &fine, NULL, "mean", NULL);
    assert_non_null(pel_mesh_find(&m, "value2"));
    pel_mesh_free(&m);
    pel_volume_free(&fine);
    pel_volume_free(&coarse);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void each_stat_tells_its_own_of_the_band_and_outside_is_positive(void **state)
{
    (void)state;
    pel_volume v = field(radius, (pel_vec3){ 1.1, 0.9, 1.0 }, 60);
    pel_mesh m = ball(12);
    // depths -1, -0.5 ... 3: radii 11 to 15
    const struct {
        const char *stat;
        double is;
    } cases[] = { { "mean", 13 }, { "min", 11 },   { "max", 15 },     { "median", 13 },
                  { "p25", 12 },  { "argmax", 3 }, { "p97.5", 14.9 }, { "p0", 11 } };
    for (int n = 0; n < 8; n++) {
        const float *a = probe(&m, &v, "-1:3:0.5", cases[n].stat, cases[n].stat);
        for (int64_t p = 0; p < m.points; p++)
            assert_near((double)a[p], cases[n].is, 0.1);
    }
    probe(&m, &v, "-1:3:0.5", "max,argmax", "both");
    assert_memory_equal(pel_mesh_find(&m, "both_max")->data, pel_mesh_find(&m, "max")->data,
                        (size_t)m.points * 4);
    assert_non_null(pel_mesh_find(&m, "both_argmax"));
    pel_mesh_free(&m);
    // turned inside out it means the same
    m = ball(12);
    for (int64_t t = 0; t < m.triangles; t++) {
        int32_t b = m.triangle[t][1];
        m.triangle[t][1] = m.triangle[t][2];
        m.triangle[t][2] = b;
    }
    const float *a = probe(&m, &v, "2:2", "mean", NULL);
    for (int64_t p = 0; p < m.points; p++)
        assert_near((double)a[p], 14, 0.1);
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

static void outside_is_nan_and_counts_nowhere(void **state)
{
    (void)state;
    float values[3 * 3 * 3];
    for (int i = 0; i < 27; i++)
        values[i] = (float)(i % 3);
    pel_volume v = { .dims = { 3, 3, 3 }, .dtype = PEL_FLOAT32, .data = values };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 4, 1));
    memcpy(m.triangle[0], (int32_t[]){ 0, 1, 2 }, 12);
    const float at[4][3] = { { 1.25f, 1, 1 }, { 2.4f, 1, 1 }, { 2.6f, 1, 1 }, { -1e30f, 0, 0 } };
    memcpy(m.point_mm, at, sizeof at);
    const float *a = probe(&m, &v, NULL, "mean", NULL);
    assert_near((double)a[0], 1.25, 1e-6);
    assert_near((double)a[1], 2, 1e-6);
    assert_true(isnan(a[2]) && isnan(a[3]));
    // along z, as the triangle is flat: the middle voxels and one sample beyond
    m.point_mm[0][0] = 0;
    m.point_mm[2][0] = 1;
    m.point_mm[2][1] = 2;
    a = probe(&m, &v, "0:4:1", "mean", "up");
    assert_near((double)a[0], 0, 1e-6);
    pel_mesh_free(&m);
}

static void labels_are_the_most_frequent_nearest_ones(void **state)
{
    (void)state;
    uint8_t labels[1 * 1 * 9] = { 7, 7, 7, 2, 2, 5, 5, 5, 9 };
    pel_volume v = { .dims = { 1, 1, 9 }, .dtype = PEL_UINT8, .data = labels };
    pel_probe_params params = pel_probe_defaults();
    pel_probe_as_params as = pel_probe_as_defaults();
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 3, 1));
    memcpy(m.triangle[0], (int32_t[]){ 0, 1, 2 }, 12);
    const float at[3][3] = { { -0.4f, -0.4f, 0.4f }, { 0.4f, -0.4f, 0.4f }, { 0, 3, 0.4f } };
    memcpy(m.point_mm, at, sizeof at);
    as.labels = true;
    const struct {
        const char *depth;
        int32_t is;
    } cases[] = { { NULL, 7 }, { "0.3:0.3", 7 }, { "3:7:1", 5 }, { "1:4:1", 2 }, { "20:30", 0 } };
    for (int n = 0; n < 5; n++) {
        params.depth = cases[n].depth;
        assert_ok(pel_probe(&m, &v, &params, &as));
        const int32_t *a = m.array[m.arrays - 1].data;
        assert_int_equal(m.array[m.arrays - 1].kind, PEL_ARRAY_LABELS);
        assert_int_equal(a[0], cases[n].is);
        assert_int_equal(a[2], 0);
    }
    pel_mesh_free(&m);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    (void)state;
    static const char *const depths[] = { "",    "1",       "2:1",  "1:2:0", "1:2:-1",
                                          "a:b", "1:2:3:4", "1:2x", "1:inf", "0:100:1e-9" };
    static const char *const stats[] = {
        "", "mode", "p", "p101", "p-1", "mean,", "p5x", "min,max,min,max,min,max,min,max,min"
    };
    pel_probe_params params = pel_probe_defaults();
    for (size_t n = 0; n < sizeof depths / sizeof *depths; n++) {
        params.depth = depths[n];
        assert_int_equal(pel_probe_check(&params), PEL_EPARAM);
        assert_error_says("depth");
    }
    params.depth = "-1.5:2:0.25";
    for (size_t n = 0; n < sizeof stats / sizeof *stats; n++) {
        params.stat = stats[n];
        assert_int_equal(pel_probe_check(&params), PEL_EPARAM);
        assert_error_says("stat is");
    }
    params.stat = "max,argmax,p99.5,median";
    assert_ok(pel_probe_check(&params));
    // a cloud has no normals; a failed probe leaves no array
    float one = 1;
    pel_volume v = { .dims = { 1, 1, 1 }, .dtype = PEL_FLOAT32, .data = &one };
    pel_probe_as_params as = pel_probe_as_defaults();
    pel_mesh cloud;
    assert_ok(pel_mesh_new(&cloud, 3, 0));
    assert_int_equal(pel_probe(&cloud, &v, &params, &as), PEL_EDATA);
    params.depth = NULL;
    assert_ok(pel_probe(&cloud, &v, &params, &as));
    assert_int_equal(cloud.arrays, 4);
    as.name = "value_max";
    params.stat = "mean";
    assert_int_equal(pel_probe(&cloud, &v, &params, &as), PEL_EPARAM);
    assert_int_equal(cloud.arrays, 4);
    v.channels = 3;
    assert_int_equal(pel_probe(&cloud, &v, &params, &as), PEL_EDATA);
    pel_mesh_free(&cloud);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_fields_are_exact_on_any_grid_and_at_any_depth),
        cmocka_unit_test(each_stat_tells_its_own_of_the_band_and_outside_is_positive),
        cmocka_unit_test(outside_is_nan_and_counts_nowhere),
        cmocka_unit_test(labels_are_the_most_frequent_nearest_ones),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
