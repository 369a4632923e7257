/* SPDX-License-Identifier: Apache-2.0 */
/* Distances along surfaces whose distances are known: a plane, a ball, a plane with a slit. */
#include "check.h"

#include "check.h"

#include "base/memory.h"
#include "mesh/geodesic.h"
#include "mesh/mesh.h"

static double noise(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 33) / 2147483648.0 - 0.5;
}

// n x n points of 1 mm, the inner ones uneven; rows of cells below `slit` are missing in the middle
// column
static pel_mesh sheet(int n, double uneven, int slit)
{
    pel_mesh m;
    uint64_t seed = 3;
    int64_t t = 0;
    assert_ok(pel_mesh_new(&m, n * n, 2 * (n - 1) * (n - 1)));
    for (int i = 0; i < n * n; i++) {
        int x = i / n, y = i % n;
        double apart = x > 0 && y > 0 && x < n - 1 && y < n - 1 ? uneven : 0;
        m.point_mm[i][0] = (float)(x + apart * noise(&seed));
        m.point_mm[i][1] = (float)(y + apart * noise(&seed));
    }
    for (int32_t x = 0; x < n - 1; x++)
        for (int32_t y = 0; y < n - 1; y++) {
            int32_t a = x * n + y;
            if (x == n / 2 && y < slit)
                continue;
            memcpy(m.triangle[t++], (int32_t[]){ a, a + n, a + n + 1 }, 12);
            memcpy(m.triangle[t++], (int32_t[]){ a, a + n + 1, a + 1 }, 12);
        }
    m.triangles = t;
    return m;
}

static double between(const pel_mesh *m, int32_t a, int32_t b)
{
    double d[3];
    for (int k = 0; k < 3; k++)
        d[k] = (double)m->point_mm[a][k] - (double)m->point_mm[b][k];
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

typedef struct walking {
    double *edge;
    pel__surface_walk walk;
    pel__geodesic found;
} walking;

static walking start(const pel_mesh *m)
{
    walking w;
    assert_ok(pel__mesh_edges_mm(&w.edge, m));
    assert_ok(pel__surface_walk_new(&w.walk, m, w.edge));
    assert_ok(pel__geodesic_new(&w.found, m->points));
    return w;
}

static void stop(walking *w)
{
    pel__geodesic_free(&w->found);
    pel__surface_walk_free(&w->walk);
    pel__free(w->edge);
}

static void in_a_plane_distances_are_exact_though_triangles_are_obtuse(void **state)
{
    (void)state;
    pel_mesh m = sheet(24, 0.5, 0);
    walking w = start(&m);
    int seen = 0;
    for (int32_t source = 0; source < m.points; source += 7) {
        pel__geodesic_from(&w.found, &w.walk, source, 9);
        for (int32_t p = 0; p < m.points; p++) {
            double true_mm = between(&m, source, p);
            if (!w.found.bent[p] && w.found.mm[p] <= 9) {
                assert_near(w.found.mm[p], true_mm, 1e-9);
                seen++;
            } else if (isinf(w.found.mm[p]))
                assert_true(true_mm > 8.9 || w.walk.border[p]);
        }
    }
    assert_true(seen > 8000);
    stop(&w);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void around_a_slit_the_way_is_longer_and_bent(void **state)
{
    (void)state;
    pel_mesh m = sheet(21, 0, 12);
    walking w = start(&m);
    // from one side of the slit to the other, six below its end: over its two corners
    int32_t a = 8 * 21 + 6, b = 13 * 21 + 6;
    pel__geodesic_from(&w.found, &w.walk, a, 50);
    assert_near(w.found.mm[b], 2 * sqrt(2 * 2 + 6 * 6) + 1, 0.3);
    assert_true(w.found.bent[b]);
    assert_false(w.found.bent[a + 3]);
    assert_near(w.found.mm[8 * 21 + 16], 10, 1e-9);
    pel__geodesic_from(&w.found, &w.walk, b, 4);
    assert_true(isinf(w.found.mm[a]));
    stop(&w);
    pel_mesh_free(&m);
}

static void on_a_ball_they_are_those_of_great_circles(void **state)
{
    (void)state;
    pel_mesh m = sheet(41, 0.3, 0);
    const double radius = 30;
    for (int64_t p = 0; p < m.points; p++) {
        double x = (double)m.point_mm[p][0] - 20, y = (double)m.point_mm[p][1] - 20;
        double far = hypot(x, y) / radius, scale = far > 0 ? sin(far) / far : 1;
        m.point_mm[p][0] = (float)(x * scale);
        m.point_mm[p][1] = (float)(y * scale);
        m.point_mm[p][2] = (float)(radius * cos(far));
    }
    walking w = start(&m);
    double worst = 0, mean = 0;
    int count = 0;
    for (int32_t source = 41 * 15 + 15; source < 41 * 26; source += 9) {
        pel__geodesic_from(&w.found, &w.walk, source, 15);
        for (int32_t p = 0; p < m.points; p++) {
            double chord = between(&m, source, p), arc = 2 * radius * asin(chord / 2 / radius);
            if (w.found.mm[p] > 15 || w.found.bent[p] || arc < 3)
                continue;
            double off = w.found.mm[p] / arc - 1;
            worst = fmax(worst, fabs(off));
            mean += fabs(off);
            count++;
        }
    }
    assert_true(count > 10000);
    assert_true(worst < 3e-3);
    assert_true(mean / count < 5e-4);
    stop(&w);
    pel_mesh_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_plane_distances_are_exact_though_triangles_are_obtuse),
        cmocka_unit_test(around_a_slit_the_way_is_longer_and_bent),
        cmocka_unit_test(on_a_ball_they_are_those_of_great_circles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
