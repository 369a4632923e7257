/* SPDX-License-Identifier: Apache-2.0 */
/* Label images: a closed manifold of each label, with the topology of its voxels, and no gap
 * between neighbours, smoothed and reduced or not. */
#include "check.h"

#include <stdlib.h>

#include "base/maths.h"
#include "mesh/mesh.h"
#include "surface/labels.h"
#include "surface/oracle.h"
#include "surface/smooth.h"

enum { N = 6 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static pel_volume of_labels(uint8_t *labels, int n)
{
    return (pel_volume){ .dims = { n, n, n }, .dtype = PEL_UINT8, .data = labels };
}

// cells of which only two opposite corners are out: what is out does not touch there
static int opposite_pairs(const oracle_grid *g)
{
    int count = 0;
    for (int k = 0; k + 1 < g->n[2]; k++)
        for (int j = 0; j + 1 < g->n[1]; j++)
            for (int i = 0; i + 1 < g->n[0]; i++) {
                int out = 0;
                for (int c = 0; c < 8; c++)
                    out |= !oracle_at(g, i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)) << c;
                count += out == 0x81 || out == 0x42 || out == 0x24 || out == 0x18;
            }
    return count;
}

// voxels of one label joined by faces, and the rest by edges
static void check_topology(const pel_mesh *m, const uint8_t *labels, int label)
{
    oracle_grid g = { { N + 2, N + 2, N + 2 }, calloc((N + 2) * (N + 2) * (N + 2), 1) };
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++)
                g.in[((k + 1) * (N + 2) + j + 1) * (N + 2) + i + 1] =
                    labels[(k * N + j) * N + i] == label;
    pel_topology t;
    assert_ok(pel_mesh_check(m));
    assert_ok(pel_mesh_topology(&t, m));
    assert_true(t.closed && t.oriented);
    assert_int_equal(t.points, m->points);
    assert_int_equal(t.euler, 2 * (oracle_euler(&g, false) + opposite_pairs(&g)));
    assert_int_equal(t.components, oracle_parts(&g, true, 1) + oracle_parts(&g, false, 2) - 1);
    assert_true(pel_mesh_volume_mm3(m) > 0);
    free(g.in);
}

static void random_labels_have_closed_manifolds_of_the_topology_of_their_voxels(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int n = 0; n < (is_sanitized() ? 20 : 150); n++) {
        uint8_t labels[N * N * N];
        int kinds = 2 + n % 4;
        for (int i = 0; i < N * N * N; i++)
            labels[i] = (uint8_t)(next_random(&seed) % (uint32_t)kinds);
        pel_volume v = of_labels(labels, N);
        pel_mesh net, m;
        v.mm_from_ijk = pel_affine_identity();
        v.mm_from_ijk.m[0][0] = n % 2 ? -1 : 1;
        assert_ok(pel_label_net(&net, &v, false));
        for (int label = 1; label < kinds; label++) {
            assert_ok(pel_label_mesh(&m, &net, label));
            check_topology(&m, labels, label);
            pel_mesh_free(&m);
        }
        pel_mesh_free(&net);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

// three balls that overlap, 1 to 3, and their voxels
static pel_volume balls(int n, double voxels[4])
{
    pel_volume shape = { .dims = { n, n, n } }, v;
    const double centre[3][3] = { { .35, .5, .4 }, { .65, .5, .45 }, { .5, .45, .65 } };
    assert_ok(pel_volume_like(&v, &shape, PEL_UINT8));
    uint8_t *to = v.data;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++)
            for (int i = 0; i < n; i++, to++)
                for (int b = 0; b < 3; b++) {
                    double x = i - n * centre[b][0], y = j - n * centre[b][1],
                           z = k - n * centre[b][2];
                    if (x * x + y * y + z * z < n * n * 0.055)
                        *to = (uint8_t)(b + 1);
                }
    for (int64_t i = 0; i < pel_volume_count(&v); i++)
        voxels[((uint8_t *)v.data)[i]]++;
    return v;
}

/* a triangle by its coordinates, the lowest corner first */
typedef struct corners {
    float at[3][3];
} corners;

static int by_coordinates(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(corners));
}

// triangles of all labels; each that two labels share is there twice, once turned round
static int64_t list_corners(corners *list, const pel_mesh *m, bool turned)
{
    for (int64_t t = 0; t < m->triangles; t++) {
        const float *p[3];
        for (int c = 0; c < 3; c++)
            p[c] = m->point_mm[m->triangle[t][turned ? 2 - c : c]];
        int first = 0;
        for (int c = 1; c < 3; c++)
            first = memcmp(p[c], p[first], 12) < 0 ? c : first;
        for (int c = 0; c < 3; c++)
            memcpy(list[t].at[c], p[(first + c) % 3], 12);
    }
    return m->triangles;
}

// how many triangles of a are b's turned round
static int64_t shared(const pel_mesh *a, const pel_mesh *b)
{
    corners *x = malloc((size_t)(a->triangles + 1) * sizeof *x),
            *y = malloc((size_t)(b->triangles + 1) * sizeof *y);
    int64_t n = list_corners(x, a, false), m = list_corners(y, b, true), count = 0;
    qsort(x, (size_t)n, sizeof *x, by_coordinates);
    qsort(y, (size_t)m, sizeof *y, by_coordinates);
    for (int64_t i = 0, j = 0; i < n && j < m;) {
        int order = by_coordinates(&x[i], &y[j]);
        count += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    free(x);
    free(y);
    return count;
}

static int64_t walls_between(const pel_mesh *net, int32_t low, int32_t high)
{
    const int32_t *inside = net->array[PEL__NET_INSIDE].data,
                  *outside = net->array[PEL__NET_OUTSIDE].data;
    int64_t count = 0;
    for (int64_t t = 0; t < net->triangles; t++)
        count += inside[t] == high && outside[t] == low;
    return count;
}

static void check_neighbours(const pel_mesh *net, const double voxels[4], double most)
{
    pel_mesh m[4];
    for (int label = 1; label < 4; label++) {
        pel_topology t;
        assert_ok(pel_label_mesh(&m[label], net, label));
        assert_ok(pel_mesh_topology(&t, &m[label]));
        assert_true(t.closed && t.oriented);
        assert_int_equal(t.euler, 2);
        print_message("volume %g\n", pel_mesh_volume_mm3(&m[label]) / voxels[label]);
        assert_near(pel_mesh_volume_mm3(&m[label]) / voxels[label], 1, most);
    }
    for (int a = 1; a < 4; a++)
        for (int b = a + 1; b < 4; b++) {
            int64_t walls = walls_between(net, a, b);
            assert_true(walls > 10);
            assert_int_equal(shared(&m[a], &m[b]), walls);
        }
    for (int label = 1; label < 4; label++)
        pel_mesh_free(&m[label]);
}

static void neighbours_share_their_walls_smoothed_and_reduced_or_not(void **state)
{
    (void)state;
    double voxels[4] = { 0 };
    pel_volume v = balls(36, voxels);
    pel_mesh net;
    pel_smoothed moved;
    assert_ok(pel_label_net(&net, &v, false));
    check_neighbours(&net, voxels, 0.01);
    pel_smooth_params smooth = pel_smooth_defaults();
    pel__smooth_reach reach = { pel_affine_identity(), 0.5 };
    smooth.smooth = 120;
    assert_ok(pel__smooth_within(&net, &moved, &smooth, &reach));
    check_neighbours(&net, voxels, 0.01);
    smooth.smooth = 20;
    assert_ok(pel_smooth(&net, &moved, &smooth));
    check_neighbours(&net, voxels, 0.01);
    pel_reduce_params reduce = pel_reduce_defaults();
    int64_t before = net.triangles;
    reduce.max_error = 0.3;
    assert_ok(pel_reduce(&net, NULL, &reduce));
    print_message("%lld of %lld triangles\n", (long long)net.triangles, (long long)before);
    assert_true(net.triangles < before / 2);
    check_neighbours(&net, voxels, 0.03);
    pel_mesh_free(&net);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_net_may_end_at_the_border_and_lists_its_labels(void **state)
{
    (void)state;
    uint8_t labels[N * N * N];
    for (int i = 0; i < N * N * N; i++)
        labels[i] = i % N < 2 ? 9 : i % N < 4 ? 200 : 0;
    pel_volume v = of_labels(labels, N);
    pel_mesh net, m;
    pel_topology t;
    int32_t *list;
    int64_t count;
    assert_ok(pel_label_net(&net, &v, true));
    assert_ok(pel_label_list(&list, &count, &net));
    assert_int_equal(count, 2);
    assert_int_equal(list[0], 9);
    assert_int_equal(list[1], 200);
    free(list);
    assert_ok(pel_label_mesh(&m, &net, 9));
    assert_ok(pel_mesh_topology(&t, &m));
    assert_true(t.manifold && t.oriented);
    assert_int_equal(t.border_loops, 1);
    assert_int_equal(t.euler, 1);
    assert_near(pel_mesh_area_mm2(&m), (N - 2) * (N - 2), 1e-4);
    pel_mesh_free(&m);
    assert_int_equal(pel_label_mesh(&m, &net, 10), PEL_EDATA);
    assert_error_says("no label 10");
    pel_mesh_free(&net);
    float half[8] = { 0, 1, 2, 2.5f };
    v = (pel_volume){ .dims = { 2, 2, 2 }, .dtype = PEL_FLOAT32, .data = half };
    assert_int_equal(pel_label_net(&net, &v, false), PEL_EDATA);
    assert_error_says("is 2.5");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_labels_have_closed_manifolds_of_the_topology_of_their_voxels),
        cmocka_unit_test(neighbours_share_their_walls_smoothed_and_reduced_or_not),
        cmocka_unit_test(a_net_may_end_at_the_border_and_lists_its_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
