/* SPDX-License-Identifier: Apache-2.0 */
/* Reduction: counts, topology, the bound of the error against distances measured, values. */
#include "check.h"

#include "base/maths.h"
#include "mesh/mesh.h"
#include "surface/quadric.h"

// a torus of radii 12 and 5, in voxels of 1 mm; `wavy` by so much
static pel_mesh torus(double wavy)
{
    pel_volume shape = { .dims = { 41, 41, 17 } }, v;
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < 17; k++)
        for (int j = 0; j < 41; j++)
            for (int i = 0; i < 41; i++) {
                double x = i - 20.1, y = j - 20.2, z = k - 8.3, r = sqrt(x * x + y * y) - 12;
                *to++ = (float)(5 - sqrt(r * r + z * z) + wavy * sin(i * 1.3) * cos(j * 0.9));
            }
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    return m;
}

// squared distance of p from a triangle (Ericson 2005)
static double from_triangle(pel_vec3 p, pel_vec3 a, pel_vec3 b, pel_vec3 c)
{
    pel_vec3 ab = pel__minus(b, a), ac = pel__minus(c, a), ap = pel__minus(p, a);
    pel_vec3 n = pel__cross(ab, ac);
    double best = INFINITY, nn = pel__dot(n, n);
    if (nn > 0) {
        double u = pel__dot(pel__cross(ap, ac), n) / nn, v = pel__dot(pel__cross(ab, ap), n) / nn;
        if (u >= 0 && v >= 0 && u + v <= 1)
            return pel__dot(ap, n) * pel__dot(ap, n) / nn;
    }
    const pel_vec3 corner[4] = { a, b, c, a };
    for (int e = 0; e < 3; e++) {
        pel_vec3 d = pel__minus(corner[e + 1], corner[e]), q = pel__minus(p, corner[e]);
        double t = fmin(1, fmax(0, pel__dot(q, d) / fmax(pel__dot(d, d), 1e-30)));
        pel_vec3 r = pel__minus(q, pel__scale(d, t));
        best = fmin(best, pel__dot(r, r));
    }
    return best;
}

// greatest distance of points and middles of triangles of `a` from `b`
static double distance_from(const pel_mesh *a, const pel_mesh *b)
{
    double most = 0;
    for (int64_t n = 0; n < a->points + a->triangles; n += 23) {
        pel_vec3 p;
        if (n < a->points) {
            p = pel__mesh_point(a, n);
        } else {
            const int32_t *c = a->triangle[n - a->points];
            p = pel__scale(pel__plus(pel__plus(pel__mesh_point(a, c[0]), pel__mesh_point(a, c[1])),
                                     pel__mesh_point(a, c[2])),
                           1.0 / 3);
        }
        double best = INFINITY;
        for (int64_t t = 0; t < b->triangles; t++)
            best = fmin(best, from_triangle(p, pel__mesh_point(b, b->triangle[t][0]),
                                            pel__mesh_point(b, b->triangle[t][1]),
                                            pel__mesh_point(b, b->triangle[t][2])));
        most = fmax(most, best);
    }
    return sqrt(most);
}

static void check_surface(const pel_mesh *m, int genus)
{
    pel_topology t;
    assert_ok(pel_mesh_check(m));
    assert_ok(pel_mesh_topology(&t, m));
    assert_true(t.closed && t.oriented);
    assert_int_equal(t.genus, genus);
    assert_int_equal(t.points, m->points);
}

static void a_tenth_of_the_triangles_is_still_a_torus_and_the_bound_holds(void **state)
{
    (void)state;
    pel_mesh m = torus(0.2), was = torus(0.2);
    pel_reduce_params params = pel_reduce_defaults();
    pel_reduced found;
    params.keep_fraction = 0.1;
    assert_ok(pel_reduce(&m, &found, &params));
    assert_int_equal(found.triangles_before, was.triangles);
    assert_int_equal(found.triangles_after, m.triangles);
    assert_true(m.triangles <= was.triangles / 10 + 2 && m.triangles > was.triangles / 11);
    check_surface(&m, 1);
    double apart = fmax(distance_from(&m, &was), distance_from(&was, &m));
    assert_true(apart <= found.error_mm && apart > 0.02 * found.error_mm);
    assert_near(pel_mesh_volume_mm3(&m) / pel_mesh_volume_mm3(&was), 1, 0.03);
    pel_mesh_free(&m);
    pel_mesh_free(&was);
}

static void a_greatest_error_is_kept_and_more_of_it_leaves_fewer_triangles(void **state)
{
    (void)state;
    pel_mesh was = torus(0.3);
    int64_t before = was.triangles;
    for (int n = 0; n < 3; n++) {
        const double errors[] = { 0.05, 0.3, 1 };
        pel_mesh m = torus(0.3);
        pel_reduce_params params = pel_reduce_defaults();
        pel_reduced found;
        params.max_error = errors[n];
        assert_ok(pel_reduce(&m, &found, &params));
        check_surface(&m, 1);
        assert_true(found.error_mm <= errors[n]);
        assert_true(fmax(distance_from(&m, &was), distance_from(&was, &m)) <= errors[n]);
        assert_true(m.triangles < before);
        before = m.triangles;
        pel_mesh_free(&m);
    }
    assert_true(before < was.triangles / 4);
    pel_mesh_free(&was);
}

static void points_and_triangles_that_stay_keep_their_values(void **state)
{
    (void)state;
    pel_mesh m = torus(0);
    float *value;
    int32_t *label;
    assert_ok(pel_mesh_add_array(&m, "value", PEL_ARRAY_VALUES, false, 1, &value));
    assert_ok(pel_mesh_add_array(&m, "label", PEL_ARRAY_LABELS, true, 1, &label));
    for (int64_t p = 0; p < m.points; p++)
        value[p] = m.point_mm[p][0] + 2 * m.point_mm[p][2];
    for (int64_t t = 0; t < m.triangles; t++)
        label[t] = (int32_t)t;
    pel_reduce_params params = pel_reduce_defaults();
    params.keep_fraction = 0.3;
    assert_ok(pel_reduce(&m, NULL, &params));
    value = pel_mesh_find(&m, "value")->data;
    label = pel_mesh_find(&m, "label")->data;
    for (int64_t p = 0; p < m.points; p++)
        assert_true(value[p] == m.point_mm[p][0] + 2 * m.point_mm[p][2]);
    for (int64_t t = 1; t < m.triangles; t++)
        assert_true(label[t] > label[t - 1]);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void borders_stay_as_they_are_and_small_bodies_do_not_vanish(void **state)
{
    (void)state;
    float field[5 * 5 * 5] = { 0 };
    field[62] = 1;
    pel_volume v = { .dims = { 5, 5, 5 }, .dtype = PEL_FLOAT32, .data = field };
    pel_isosurface_params iso = pel_isosurface_defaults();
    pel_reduce_params params = pel_reduce_defaults();
    pel_mesh m;
    params.keep_fraction = 0;
    assert_ok(pel_isosurface(&m, &v, &iso));
    assert_ok(pel_reduce(&m, NULL, &params));
    check_surface(&m, 0);
    assert_true(m.triangles >= 4);
    pel_mesh_free(&m);
    // an open slab: its border is as long as before
    float ramp[12 * 12 * 12];
    for (int i = 0; i < 12 * 12 * 12; i++)
        ramp[i] = (float)(i / 144) - 5.25f + 0.1f * (float)(i % 7);
    v = (pel_volume){ .dims = { 12, 12, 12 }, .dtype = PEL_FLOAT32, .data = ramp };
    iso.open = true;
    iso.level = 0;
    pel_topology before, after;
    assert_ok(pel_isosurface(&m, &v, &iso));
    assert_ok(pel_mesh_topology(&before, &m));
    assert_ok(pel_reduce(&m, NULL, &params));
    assert_ok(pel_mesh_topology(&after, &m));
    assert_true(after.manifold && after.oriented);
    assert_int_equal(after.border_edges, before.border_edges);
    assert_int_equal(after.euler, before.euler);
    assert_true(after.triangles < before.triangles);
    pel_mesh_free(&m);
}

// many small bodies and tunnels, in several lots
static void noise_keeps_its_topology_down_to_the_last_triangles(void **state)
{
    (void)state;
    enum { N = 24 };
    static float field[N * N * N];
    pel_volume v = { .dims = { N, N, N }, .dtype = PEL_FLOAT32, .data = field };
    pel_isosurface_params iso = pel_isosurface_defaults();
    pel_reduce_params params = pel_reduce_defaults();
    pel_topology before, after;
    pel_mesh m;
    uint32_t seed = 5;
    for (int n = 0; n < N * N * N; n++) {
        seed = seed * 1664525u + 1013904223u;
        field[n] = (float)(seed >> 8) / 16777216.0f;
    }
    iso.level = 0.5;
    assert_ok(pel_isosurface(&m, &v, &iso));
    assert_ok(pel_mesh_topology(&before, &m));
    params.keep_fraction = 0.01;
    params.sum_errors = true;
    pel_reduced found;
    assert_ok(pel_reduce(&m, &found, &params));
    assert_int_equal(found.triangles_wanted, (before.triangles + 99) / 100);
    assert_true(found.triangles_after > 2 * found.triangles_wanted);
    assert_ok(pel_mesh_topology(&after, &m));
    assert_true(after.closed && after.oriented && after.triangles < before.triangles / 2);
    assert_int_equal(after.euler, before.euler);
    assert_int_equal(after.components, before.components);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

// costs are sorted by their bits, which those below 0 would upset
static void sums_of_squared_distances_never_fall_below_nothing(void **state)
{
    (void)state;
    uint32_t seed = 7;
    double random[6];
    for (int n = 0; n < 2000; n++) {
        pel__quadric from = { .c = 0 }, to = { .c = 0 };
        for (int i = 0; i < 6; i++) {
            seed = seed * 1664525u + 1013904223u;
            random[i] = (double)(seed >> 8) / 8388608.0 - 1;
        }
        // a plane, and a way along it: what is really 0 comes out a little more or less
        pel_vec3 n1 = pel__unit((pel_vec3){ random[0], random[1], random[2] });
        pel_vec3 way = pel__cross(n1, (pel_vec3){ random[3], random[4], random[5] });
        pel__quadric_plane(&from, n1, 3);
        pel__quadric_add(&to, &from, way);
        assert_true(to.c >= 0 && to.c < 1e-6f);
    }
}

// a thin shell, rough on both sides: reduced without a look at what is near, its walls meet
static void walls_of_a_rough_shell_do_not_come_to_pass_through_each_other(void **state)
{
    (void)state;
    enum { N = 44 };
    pel_volume shape = { .dims = { N, N, N } }, v;
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_reduce_params reduce = pel_reduce_defaults();
    pel_mesh m;
    int64_t before, after;
    uint32_t seed = 9;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++) {
                double x = i - N / 2.0, y = j - N / 2.0, z = k - N / 2.0;
                seed = seed * 1664525u + 1013904223u;
                *to++ = (float)(1.2 - fabs(sqrt(x * x + y * y + z * z) - 17) +
                                0.7 * ((seed >> 8) / 8388608.0 - 1));
            }
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    assert_ok(pel_mesh_crossings(&before, &m));
    reduce.keep_fraction = 0.15;
    reduce.sum_errors = true;
    assert_ok(pel_reduce(&m, NULL, &reduce));
    assert_ok(pel_mesh_crossings(&after, &m));
    print_message("%d before, %d after, of %d\n", (int)before, (int)after, (int)m.triangles);
    assert_true(after <= before + m.triangles / 1000);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void any_number_of_threads_gives_the_same_mesh(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    pel_mesh m[2];
    pel_reduce_params params = pel_reduce_defaults();
    params.keep_fraction = 0.2;
    for (int n = 0; n < 2; n++) {
        m[n] = torus(0.1);
        job.threads = 1 + 4 * n;
        pel_job_use(&job);
        assert_ok(pel_reduce(&m[n], NULL, &params));
        pel_job_use(NULL);
    }
    assert_int_equal(m[0].triangles, m[1].triangles);
    assert_memory_equal(m[0].triangle, m[1].triangle, (size_t)m[0].triangles * 12);
    pel_mesh_free(&m[0]);
    pel_mesh_free(&m[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenth_of_the_triangles_is_still_a_torus_and_the_bound_holds),
        cmocka_unit_test(a_greatest_error_is_kept_and_more_of_it_leaves_fewer_triangles),
        cmocka_unit_test(points_and_triangles_that_stay_keep_their_values),
        cmocka_unit_test(borders_stay_as_they_are_and_small_bodies_do_not_vanish),
        cmocka_unit_test(sums_of_squared_distances_never_fall_below_nothing),
        cmocka_unit_test(noise_keeps_its_topology_down_to_the_last_triangles),
        cmocka_unit_test(walls_of_a_rough_shell_do_not_come_to_pass_through_each_other),
        cmocka_unit_test(any_number_of_threads_gives_the_same_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
