/* SPDX-License-Identifier: Apache-2.0 */
/* Isosurfaces: the topology of the interpolant, whatever the field; area and volume of a ball;
 * borders, ties and unknown voxels. An argument gives the number of random fields. */
#include "check.h"

#include "base/maths.h"
#include "base/memory.h"
#include "surface/oracle.h"

static int fields = 30;

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// about normal, a third of them from a coarse lattice without zero
static float random_value(uint32_t *state)
{
    double sum = -2;
    for (int n = 0; n < 4; n++)
        sum += next_random(state) / 16777216.0;
    return (float)sum;
}

static pel_volume of_values(void *values, pel_dtype dtype, int x, int y, int z)
{
    return (pel_volume){ .dims = { x, y, z }, .dtype = dtype, .data = values };
}

static pel_topology topology_of(const pel_volume *v, double level, bool open)
{
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    pel_topology t;
    params.level = level;
    params.open = open;
    assert_ok(pel_isosurface(&m, v, &params));
    assert_ok(pel_mesh_check(&m));
    assert_ok(pel_mesh_topology(&t, &m));
    assert_int_equal(t.points, m.points);
    pel_mesh_free(&m);
    return t;
}

// whether the oracle could tell, however fine it looked
static bool agrees(const float *field, const int dims[3], const pel_topology *t, int finest)
{
    oracle o = { 0 };
    // what seems certain and differs may be a neck too thin for the samples
    for (int fine = 6; fine <= (o.certain ? 96 : finest); fine *= 2) {
        o = oracle_of(field, dims, fine);
        if (o.certain && o.euler == t->euler && o.components == t->components)
            return true;
    }
    if (o.certain) {
        for (int n = 0; n < dims[0] * dims[1] * dims[2] && dims[0] == 2; n++)
            print_message("%g ", (double)field[n]);
        fail_msg("euler %lld and %lld components, wanted %d and %d", (long long)t->euler,
                 (long long)t->components, o.euler, o.components);
    }
    return false;
}

static void random_fields_have_the_topology_of_their_interpolant(void **state)
{
    (void)state;
    uint32_t seed = 1;
    int certain = 0;
    for (int n = 0; n < fields; n++) {
        float field[125];
        for (int i = 0; i < 125; i++)
            field[i] = random_value(&seed);
        pel_volume v = of_values(field, PEL_FLOAT32, 5, 5, 5);
        pel_topology t = topology_of(&v, 0, false);
        assert_true(t.closed && t.oriented);
        certain += agrees(field, (int[]){ 5, 5, 5 }, &t, n % 40 ? 12 : 24);
    }
    print_message("certain of %d of %d\n", certain, fields);
    assert_true(certain * 10 > fields * 7);
}

static void every_sign_of_eight_corners_has_the_topology_of_its_interpolant(void **state)
{
    (void)state;
    uint32_t seed = 2;
    int certain = 0, tried = 0;
    for (int signs = 1; signs < 255; signs++)
        for (int n = 0; n < (fields < 1000 ? 2 : 40); n++, tried++) {
            float field[8];
            for (int c = 0; c < 8; c++) {
                float size = 0.05f + (float)(next_random(&seed) % 1000) / 1000;
                field[c] = signs >> c & 1 ? size : -size;
                // the few are strong and meet inside of the cell where they can
                bool few = (signs >> c & 1) == (__builtin_popcount((unsigned)signs) <= 4);
                field[c] *= n % 2 == 0 ? 1 : few ? 4 : 0.25f;
            }
            pel_volume v = of_values(field, PEL_FLOAT32, 2, 2, 2);
            pel_topology t = topology_of(&v, 0, false);
            assert_true(t.closed && t.oriented);
            certain += agrees(field, (int[]){ 2, 2, 2 }, &t, 48);
        }
    print_message("certain of %d of %d\n", certain, tried);
    assert_true(certain * 10 > tried * 9);
}

// small whole numbers: ties everywhere, and many cells where several rules meet
static void ties_give_manifolds_as_if_the_level_were_a_little_higher(void **state)
{
    (void)state;
    uint32_t seed = 3;
    for (int n = 0; n < fields; n++) {
        uint8_t field[7 * 6 * 5];
        float higher[7 * 6 * 5];
        for (int i = 0; i < 7 * 6 * 5; i++) {
            field[i] = (uint8_t)(next_random(&seed) % 4);
            higher[i] = (float)field[i];
        }
        pel_volume v = of_values(field, PEL_UINT8, 7, 6, 5),
                   f = of_values(higher, PEL_FLOAT32, 7, 6, 5);
        pel_topology t = topology_of(&v, 1, false), u = topology_of(&f, 1 + 1e-6, false);
        assert_true(t.closed && t.oriented);
        assert_int_equal(t.euler, u.euler);
        assert_int_equal(t.components, u.components);
        t = topology_of(&v, 1, true);
        assert_true(t.manifold && t.oriented);
    }
}

// a distance of voxels of 1 mm from the middle
static pel_volume ball(int n, double radius)
{
    pel_volume shape = { .dims = { n, n, n } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++)
            for (int i = 0; i < n; i++) {
                double x = i - (n - 1) / 2.0 - 0.3, y = j - (n - 1) / 2.0, z = k - (n - 1) / 2.0;
                *to++ = (float)(radius - sqrt(x * x + y * y + z * z));
            }
    return v;
}

static void a_ball_of_radius_50_has_its_area_and_volume(void **state)
{
    (void)state;
    pel_volume v = ball(106, 50);
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    assert_near(pel_mesh_area_mm2(&m) / (4 * PEL_PI * 2500), 1, 1e-3);
    assert_near(pel_mesh_volume_mm3(&m) / (4 * PEL_PI / 3 * 125000), 1, 1e-3);
    pel_topology t;
    assert_ok(pel_mesh_topology(&t, &m));
    assert_true(t.closed && t.oriented);
    assert_int_equal(t.euler, 2);
    pel_mesh_free(&m);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void left_handed_grids_face_outward_too(void **state)
{
    (void)state;
    pel_volume v = ball(30, 10);
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    params.level = 0;
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[0][0] = -2;
    v.mm_from_ijk.m[1][3] = 100;
    assert_ok(pel_isosurface(&m, &v, &params));
    assert_near(pel_mesh_volume_mm3(&m), 2 * 4 * PEL_PI / 3 * 1000, 100);
    pel_vec3 lo, hi;
    assert_true(pel_mesh_bounds(&m, &lo, &hi));
    assert_near(lo.y, 100 + 14.5 - 10, 0.02);
    assert_near(hi.x - lo.x, 40, 0.15);
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

static void what_reaches_the_border_is_closed_half_a_voxel_beyond_or_left_open(void **state)
{
    (void)state;
    uint8_t full[4 * 3 * 2];
    memset(full, 1, sizeof full);
    pel_volume v = of_values(full, PEL_UINT8, 4, 3, 2);
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    pel_vec3 lo, hi;
    assert_ok(pel_isosurface(&m, &v, &params));
    assert_true(pel_mesh_bounds(&m, &lo, &hi));
    assert_near(lo.x, -0.5, 1e-6);
    assert_near(hi.x, 3.5, 1e-6);
    assert_near(hi.z, 1.5, 1e-6);
    pel_mesh_free(&m);
    pel_topology t = topology_of(&v, 0.5, false);
    assert_true(t.closed);
    assert_int_equal(t.euler, 2);
    assert_int_equal(topology_of(&v, 0.5, true).triangles, 0);
    v.dims[2] = 1;
    assert_int_equal(topology_of(&v, 0.5, true).triangles, 0);
    assert_int_equal(topology_of(&v, 0.5, false).euler, 2);
    // a slope through the grid: a sheet whose border is one line
    pel_volume slope = ball(20, 16);
    t = topology_of(&slope, 5, true);
    assert_true(t.manifold && t.oriented);
    assert_int_equal(topology_of(&slope, 3.5, true).border_loops, 6);
    pel_volume_free(&slope);
}

static void unknown_voxels_are_outside_and_the_surface_lies_half_way(void **state)
{
    (void)state;
    float field[125];
    for (int i = 0; i < 125; i++)
        field[i] = i == 62 ? 7 : i % 2 ? NAN : -INFINITY;
    pel_volume v = of_values(field, PEL_FLOAT32, 5, 5, 5);
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    params.level = 6;
    assert_ok(pel_isosurface(&m, &v, &params));
    assert_int_equal(m.points, 6);
    for (int p = 0; p < 6; p++)
        assert_near(fabs((double)m.point_mm[p][0] - 2) + fabs((double)m.point_mm[p][1] - 2) +
                        fabs((double)m.point_mm[p][2] - 2),
                    0.5, 1e-6);
    pel_mesh_free(&m);
}

static void any_number_of_threads_and_every_type_give_the_same_mesh(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh first = { 0 }, m;
    uint32_t seed = 4;
    // wider than a word of bits, and deeper than a block of layers
    pel_volume shape = { .dims = { 131, 9, 37 }, .slope = 2, .inter = -30 }, v;
    for (int dtype = 0; dtype < PEL_DTYPE_COUNT; dtype++) {
        assert_ok(pel_volume_like(&v, &shape, (pel_dtype)dtype));
        v.slope = 2;
        v.inter = -30;
        seed = 4;
        for (int64_t i = 0; i < pel_volume_count(&v); i++) {
            int64_t x = next_random(&seed) % 100;
            memcpy((char *)v.data + i * pel_dtype_bytes(v.dtype), &x,
                   (size_t)pel_dtype_bytes(v.dtype));
            if (dtype == PEL_FLOAT32)
                ((float *)v.data)[i] = (float)x;
            if (dtype == PEL_FLOAT64)
                ((double *)v.data)[i] = (double)x;
        }
        params.level = 90;
        job.threads = 1 + dtype % 7;
        pel_job_use(&job);
        assert_ok(pel_isosurface(&m, &v, &params));
        pel_job_use(NULL);
        pel_volume_free(&v);
        if (dtype == 0) {
            first = m;
            continue;
        }
        assert_int_equal(m.points, first.points);
        assert_int_equal(m.triangles, first.triangles);
        assert_memory_equal(m.point_mm, first.point_mm, (size_t)m.points * 12);
        assert_memory_equal(m.triangle, first.triangle, (size_t)m.triangles * 12);
        pel_mesh_free(&m);
    }
    assert_true(first.triangles > 10000);
    pel_mesh_free(&first);
}

// every type, scales of both signs: the same as values compared one by one
static void stored_numbers_are_compared_as_their_values_are(void **state)
{
    (void)state;
    const double slopes[] = { 1, -1, 0.1, -3, 1e-3 }, levels[] = { 0.3, 7, -2, 0.7, 1e6, -1e6 };
    for (int dtype = 0; dtype < PEL_DTYPE_COUNT; dtype++)
        for (int n = 0; n < 30; n++) {
            pel_volume shape = { .dims = { 70, 3, 3 } }, v, f;
            assert_ok(pel_volume_like(&v, &shape, (pel_dtype)dtype));
            assert_ok(pel_volume_like(&f, &shape, PEL_FLOAT64));
            v.slope = slopes[n % 5];
            v.inter = n % 2 ? 0.7 : 0;
            for (int64_t i = 0; i < 630; i++) {
                int64_t x = i * 37 % 11;
                memcpy((char *)v.data + i * pel_dtype_bytes(v.dtype), &x,
                       (size_t)pel_dtype_bytes(v.dtype));
                if (dtype == PEL_FLOAT32)
                    ((float *)v.data)[i] = (float)(x - 3) / 2;
                if (dtype == PEL_FLOAT64)
                    ((double *)v.data)[i] = (double)x;
                ((double *)f.data)[i] = pel_volume_at(&v, i % 70, i / 70 % 3, i / 210);
            }
            pel_isosurface_params params = pel_isosurface_defaults();
            pel_mesh a, b;
            params.level = levels[n / 5];
            assert_ok(pel_isosurface(&a, &v, &params));
            assert_ok(pel_isosurface(&b, &f, &params));
            assert_int_equal(a.triangles, b.triangles);
            assert_memory_equal(a.triangle, b.triangle, (size_t)a.triangles * 12);
            pel_mesh_free(&a);
            pel_mesh_free(&b);
            pel_volume_free(&v);
            pel_volume_free(&f);
        }
}

static void what_is_no_surface_is_refused(void **state)
{
    (void)state;
    float two[2] = { 0, 1 };
    pel_volume v = of_values(two, PEL_FLOAT32, 1, 1, 1);
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    v.channels = 2;
    assert_int_equal(pel_isosurface(&m, &v, &params), PEL_EDATA);
    params.level = INFINITY;
    assert_int_equal(pel_isosurface(&m, &v, &params), PEL_EPARAM);
    assert_int_equal(m.points, 0);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_fields_have_the_topology_of_their_interpolant),
        cmocka_unit_test(every_sign_of_eight_corners_has_the_topology_of_its_interpolant),
        cmocka_unit_test(ties_give_manifolds_as_if_the_level_were_a_little_higher),
        cmocka_unit_test(a_ball_of_radius_50_has_its_area_and_volume),
        cmocka_unit_test(left_handed_grids_face_outward_too),
        cmocka_unit_test(what_reaches_the_border_is_closed_half_a_voxel_beyond_or_left_open),
        cmocka_unit_test(unknown_voxels_are_outside_and_the_surface_lies_half_way),
        cmocka_unit_test(any_number_of_threads_and_every_type_give_the_same_mesh),
        cmocka_unit_test(stored_numbers_are_compared_as_their_values_are),
        cmocka_unit_test(what_is_no_surface_is_refused),
    };
    fields = count > 1 ? atoi(words[1]) : fields;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
