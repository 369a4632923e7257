/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

/* what came out of a shell, all of it */
typedef struct got {
    int64_t count, outlines;
    float point[16384][3], normal[16384][3];
    double area[64];
} got;

static pel_status keep_points(void *user, const pel_mesh *cloud)
{
    got *g = user;
    const pel_array *normals = pel_mesh_find(cloud, "normals");
    for (int64_t n = 0; n < cloud->points; n++, g->count++) {
        assert_true(g->count < 16384);
        memcpy(g->point[g->count], cloud->point_mm[n], sizeof g->point[0]);
        if (normals)
            memcpy(g->normal[g->count], (const float *)normals->data + 3 * n, sizeof g->normal[0]);
    }
    return PEL_OK;
}

static pel_status keep_contour(void *user, const pel_contour *c)
{
    got *g = user;
    double twice = 0;
    for (int64_t n = 0; n < c->points; n++) {
        const double *a = c->point[n], *b = c->point[(n + 1) % c->points];
        twice += a[0] * b[1] - b[0] * a[1];
    }
    assert_true(g->outlines < 64);
    assert_int_equal(c->hole, twice < 0);
    g->area[g->outlines++] = twice / 2;
    return PEL_OK;
}

static void peel(got *out, const pel_volume *in, const pel_shell_params *params)
{
    pel_source source;
    pel_shell_found found;
    pel_shell_sink sink = { out, keep_points, keep_contour };
    memset(out, 0, sizeof *out);
    assert_ok(pel_source_of_volume(&source, in));
    assert_ok(pel_shell(&found, &source, params, &sink));
    assert_int_equal(found.points, out->count);
    assert_int_equal(found.contours, out->outlines);
    pel_source_close(&source);
}

static pel_volume box(uint8_t *voxels, int64_t nx, int64_t ny, int64_t nz)
{
    pel_volume v = { .dims = { nx, ny, nz }, .dtype = PEL_UINT8, .data = voxels };
    v.mm_from_ijk = pel_affine_identity();
    v.unit_known = v.oriented = true;
    return v;
}

static void a_full_volume_is_its_own_border(void **state)
{
    (void)state;
    static uint8_t ones[7 * 6 * 5];
    static got g;
    memset(ones, 1, sizeof ones);
    pel_volume in = box(ones, 7, 6, 5);
    pel_shell_params p = pel_shell_defaults();
    peel(&g, &in, &p);
    assert_int_equal(g.count, 7 * 6 * 5 - 5 * 4 * 3);
    // by slice, row, column
    for (int64_t n = 1; n < g.count; n++) {
        const float *a = g.point[n - 1], *b = g.point[n];
        assert_true(a[2] < b[2] ||
                    (a[2] == b[2] && (a[1] < b[1] || (a[1] == b[1] && a[0] < b[0]))));
    }
    assert_int_equal(g.outlines, 5);
    assert_near(g.area[0], 42, 0);
}

static void slices_apart_are_all_outer(void **state)
{
    (void)state;
    static uint8_t sheets[5 * 5 * 6];
    static got g;
    for (int k = 0; k < 6; k += 2)
        memset(sheets + 25 * k, 1, 25);
    pel_volume in = box(sheets, 5, 5, 6);
    pel_shell_params p = pel_shell_defaults();
    peel(&g, &in, &p);
    assert_int_equal(g.count, 75);
    assert_near(g.point[74][2], 4, 0);
}

static void pixels_that_touch_at_a_corner_share_an_outline_and_holes_run_the_other_way(void **state)
{
    (void)state;
    static const char *const picture[] = { "##.....", "##.....", "..####.",
                                           "..#..#.", "..#..#.", "..####." };
    static uint8_t voxels[7 * 6];
    static got g;
    for (int n = 0; n < 42; n++)
        voxels[n] = picture[n / 7][n % 7] == '#';
    pel_volume in = box(voxels, 7, 6, 1);
    pel_shell_params p = pel_shell_defaults();
    peel(&g, &in, &p);
    assert_int_equal(g.outlines, 2);
    assert_near(g.area[0], 4 + 16, 0);
    assert_near(g.area[1], -4, 0);
}

static void points_are_world_mm_or_scaled_pixels(void **state)
{
    (void)state;
    static uint8_t one[3 * 3 * 3];
    static got g;
    one[1 + 3 * 2 + 9 * 2] = 5;
    pel_volume in = box(one, 3, 3, 3);
    in.mm_from_ijk =
        (pel_affine){ { { 0, -2, 0, 10 }, { 3, 0, 0, 20 }, { 0, 0, 4, 30 }, { 0, 0, 0, 1 } } };
    pel_shell_params p = pel_shell_defaults();
    peel(&g, &in, &p);
    assert_int_equal(g.count, 1);
    assert_near(g.point[0][0], 6, 0);
    assert_near(g.point[0][1], 23, 0);
    assert_near(g.point[0][2], 38, 0);
    p.slice_thickness = 1.5;
    peel(&g, &in, &p);
    assert_near(g.point[0][0], 1, 0);
    assert_near(g.point[0][1], 2, 0);
    assert_near(g.point[0][2], 3, 0);
    p.range = "6:";
    peel(&g, &in, &p);
    assert_int_equal(g.count, 0);
}

static void normals_point_out_of_bright_and_dark_objects_on_any_grid(void **state)
{
    (void)state;
    static got g;
    pel_volume in;
    assert_ok(pel_phantom(
        &in, "sphere?dims=30,30,20&spacing=1,1,1.5&radius=9&softness=5&rotate=20,30,40"));
    pel_shell_params p = pel_shell_defaults();
    p.normals = true;
    for (int dark = 0; dark < 2; dark++) {
        p.range = dark ? ":50" : "50:";
        peel(&g, &in, &p);
        int64_t on_sphere = 0;
        for (int64_t n = 0; n < g.count; n++) {
            pel_vec3 middle = pel_affine_point(in.mm_from_ijk, (pel_vec3){ 14.5, 14.5, 9.5 });
            double d[3] = { (double)g.point[n][0] - middle.x, (double)g.point[n][1] - middle.y,
                            (double)g.point[n][2] - middle.z };
            double far = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), along = 0;
            // the far side of a dark object is the volume's border
            if (far > 11.5)
                continue;
            on_sphere++;
            for (int a = 0; a < 3; a++)
                along += d[a] / far * (double)g.normal[n][a];
            assert_true((dark ? -along : along) > cos(8 * 3.14159265 / 180));
        }
        assert_true(on_sphere > 300);
    }
    pel_volume_free(&in);
}

static void thinning_is_even_and_repeats(void **state)
{
    (void)state;
    static uint8_t ones[20 * 20 * 20];
    static got g, again;
    memset(ones, 1, sizeof ones);
    pel_volume in = box(ones, 20, 20, 20);
    pel_shell_params p = pel_shell_defaults();
    p.thin = 100;
    peel(&g, &in, &p);
    peel(&again, &in, &p);
    assert_int_equal(g.count, 100);
    assert_memory_equal(g.point, again.point, sizeof g.point);
    int low = 0;
    for (int n = 0; n < 100; n++)
        low += g.point[n][2] < 9.5f;
    assert_true(low >= 48 && low <= 52);
    p.thin = 1000000;
    peel(&g, &in, &p);
    assert_int_equal(g.count, 20 * 20 * 20 - 18 * 18 * 18);
}

static pel_status no_room(void *user, const pel_mesh *cloud)
{
    (void)user;
    (void)cloud;
    return PEL_EIO;
}

static void what_fails_is_handed_on(void **state)
{
    (void)state;
    static uint8_t ones[8];
    memset(ones, 1, sizeof ones);
    pel_volume in = box(ones, 2, 2, 2);
    pel_source source;
    pel_shell_found found;
    pel_shell_params p = pel_shell_defaults();
    pel_shell_sink sink = { NULL, no_room, NULL };
    assert_ok(pel_source_of_volume(&source, &in));
    assert_int_equal(pel_shell(&found, &source, &p, &sink), PEL_EIO);
    p.range = "5";
    assert_int_equal(pel_shell(&found, &source, &p, &sink), PEL_EPARAM);
    source.shape.channels = 3;
    p.range = NULL;
    assert_int_equal(pel_shell(&found, &source, &p, &sink), PEL_EDATA);
    pel_source_close(&source);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_volume_is_its_own_border),
        cmocka_unit_test(slices_apart_are_all_outer),
        cmocka_unit_test(
            pixels_that_touch_at_a_corner_share_an_outline_and_holes_run_the_other_way),
        cmocka_unit_test(points_are_world_mm_or_scaled_pixels),
        cmocka_unit_test(normals_point_out_of_bright_and_dark_objects_on_any_grid),
        cmocka_unit_test(thinning_is_even_and_repeats),
        cmocka_unit_test(what_fails_is_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
