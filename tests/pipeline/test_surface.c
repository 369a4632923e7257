/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces from volumes and masks, and what their receipt says of them. */
#include "check.h"

#include <jansson.h>

#include "base/maths.h"
#include "mesh/mesh.h"

// a ball of 1 in 0, or by its distance, in voxels of 1 x 1 x 2 mm
static pel_volume ball(double radius, bool mask)
{
    pel_volume shape = { .dims = { 48, 48, 26 } }, v;
    shape.mm_from_ijk = pel_affine_identity();
    shape.mm_from_ijk.m[2][2] = 2;
    for (int a = 0; a < 3; a++)
        shape.mm_from_ijk.m[a][3] = -24.3;
    assert_ok(pel_volume_like(&v, &shape, mask ? PEL_UINT8 : PEL_FLOAT32));
    for (int k = 0, at = 0; k < 26; k++)
        for (int j = 0; j < 48; j++)
            for (int i = 0; i < 48; i++, at++) {
                pel_vec3 p = pel_affine_point(v.mm_from_ijk, (pel_vec3){ i, j, k });
                double above = radius - pel__length(p);
                if (mask)
                    ((uint8_t *)v.data)[at] = above > 0;
                else
                    ((float *)v.data)[at] = (float)above;
            }
    return v;
}

static double of_ball(double radius)
{
    return 4 * PEL_PI / 3 * radius * radius * radius;
}

static void a_masks_surface_is_smooth_and_within_half_a_voxel(void **state)
{
    (void)state;
    pel_volume v = ball(20, true);
    pel_surface_params params = pel_surface_defaults();
    pel_surface_found found;
    pel_mesh m;
    assert_ok(pel_surface(&m, &found, &v, &params));
    assert_true(found.mask);
    assert_near(found.level, 0.5, 0);
    assert_near(pel_mesh_volume_mm3(&m) / of_ball(20), 1, 0.01);
    assert_near(pel_mesh_area_mm2(&m) / (4 * PEL_PI * 400), 1, 0.02);
    assert_ok(pel_mesh_normals(&m));
    const float(*n)[3] = pel_mesh_find(&m, "normals")->data;
    double cosines = 0, most = 0;
    for (int64_t p = 0; p < m.points; p++) {
        pel_vec3 at = pel__mesh_point(&m, p), out = pel__unit(at);
        cosines += out.x * (double)n[p][0] + out.y * (double)n[p][1] + out.z * (double)n[p][2];
        most = fmax(most, fabs(pel__length(at) - 20));
    }
    // with stairs the mean is 0.85
    assert_true(cosines / (double)m.points > 0.985);
    assert_true(most < 1); // half of the longest edge of a voxel
    pel_mesh_free(&m);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static json_t *receipt_of(const pel_mesh *m, const pel_surface_found *found, const pel_volume *v)
{
    char *text = pel_surface_receipt(m, found, v);
    assert_non_null(text);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    free(text);
    return json;
}

static double number(json_t *json, const char *group, const char *name)
{
    return json_number_value(json_object_get(group ? json_object_get(json, group) : json, name));
}

static void the_receipt_says_how_far_the_surface_is_from_the_volumes_own(void **state)
{
    (void)state;
    pel_volume v = ball(20, false);
    pel_surface_params params = pel_surface_defaults();
    pel_surface_found found;
    pel_mesh m;
    params.level = "0";
    assert_ok(pel_surface(&m, &found, &v, &params));
    assert_false(found.mask);
    json_t *json = receipt_of(&m, &found, &v);
    assert_true(number(json, "distance_from_isosurface", "max_mm") < 0.06);
    assert_true(json_is_true(json_object_get(json, "watertight")));
    assert_int_equal((int)number(json, NULL, "euler"), 2);
    assert_near(number(json, NULL, "volume_mm3") / of_ball(20), 1, 0.005);
    json_decref(json);
    // a surface half a millimetre off is said to be
    for (int64_t p = 0; p < m.points; p++)
        for (int a = 0; a < 3; a++)
            m.point_mm[p][a] *= 1.025f;
    json = receipt_of(&m, &found, &v);
    assert_near(number(json, "distance_from_isosurface", "mean_mm"), 0.5, 0.02);
    json_decref(json);
    pel_mesh_free(&m);
    params.max_error = 0.3;
    params.smooth = 10;
    assert_ok(pel_surface(&m, &found, &v, &params));
    json = receipt_of(&m, &found, &v);
    assert_true(m.triangles < found.triangles / 3);
    assert_true(number(json, "reduction", "error_bound_mm") <= 0.3);
    assert_true(number(json, "smoothing", "mean_shift_mm") < 0.05);
    assert_true(number(json, "distance_from_isosurface", "max_mm") < 0.36);
    json_decref(json);
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

// noise: hundreds of handles, tunnels, cavities and crumbs
static void noise_becomes_one_surface_of_genus_0_and_says_what_changed(void **state)
{
    (void)state;
    enum { N = 22 };
    uint32_t seed = 9;
    pel_volume shape = { .dims = { N, N, N }, .slope = 0.5, .inter = 3 }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_INT16));
    v.slope = 0.5;
    v.inter = 3;
    for (int as_mask = 0; as_mask < 2; as_mask++) {
        for (int i = 0; i < N * N * N; i++) {
            seed = seed * 1664525u + 1013904223u;
            int value = (int)(seed >> 24);
            ((int16_t *)v.data)[i] = (int16_t)(as_mask ? value > 140 : value);
        }
        pel_surface_params params = pel_surface_defaults();
        pel_surface_found found;
        pel_mesh m;
        pel_topology t;
        params.level = as_mask ? "auto" : "73.25";
        params.genus_0 = true;
        assert_ok(pel_surface(&m, &found, &v, &params));
        assert_ok(pel_mesh_topology(&t, &m));
        assert_true(t.closed && t.oriented);
        assert_int_equal(t.components, 1);
        assert_int_equal(t.genus, 0);
        assert_true(found.genus.added + found.genus.removed > 20);
        assert_near(found.genus.added_mm3, (double)found.genus.added, 1e-9);
        pel_mesh_free(&m);
        params.genus_0 = false;
        params.largest = params.fill = true;
        assert_ok(pel_surface(&m, NULL, &v, &params));
        assert_ok(pel_mesh_topology(&t, &m));
        assert_true(t.genus > 20);
        pel_mesh_free(&m);
    }
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_level_is_found_or_refused(void **state)
{
    (void)state;
    pel_volume v = ball(20, false);
    pel_surface_params params = pel_surface_defaults();
    pel_surface_found found;
    pel_mesh m;
    assert_ok(pel_surface(&m, &found, &v, &params));
    assert_true(found.level > -24 && found.level < 20 && !found.mask);
    pel_mesh_free(&m);
    params.level = "99";
    assert_int_equal(pel_surface(&m, NULL, &v, &params), PEL_EDATA);
    assert_error_says("no value crosses the level 99");
    params.level = "high";
    assert_int_equal(pel_surface_check(&params), PEL_EPARAM);
    assert_error_says("it is a number, or auto");
    params.level = "auto";
    memset(v.data, 0, (size_t)pel_volume_bytes(&v));
    assert_int_equal(pel_surface(&m, NULL, &v, &params), PEL_EDATA);
    assert_error_says("all values are 0");
    pel_volume_free(&v);
}

// the triangle's height over its longest edge, of all triangles the least
static double thinnest(const pel_mesh *m)
{
    double least = 1;
    for (int64_t t = 0; t < m->triangles; t++) {
        double longest = 0;
        pel_vec3 p[3];
        for (int c = 0; c < 3; c++)
            p[c] = pel__mesh_point(m, m->triangle[t][c]);
        for (int c = 0; c < 3; c++)
            longest = fmax(longest, pel__length(pel__minus(p[(c + 1) % 3], p[c])));
        double area = pel__length(pel__cross(pel__minus(p[1], p[0]), pel__minus(p[2], p[0])));
        least = fmin(least, area / (longest * longest));
    }
    return least;
}

// values of whole numbers meet a whole level in many voxels
static void a_level_that_is_found_lies_between_two_greys(void **state)
{
    (void)state;
    pel_volume of_floats = ball(15, false), v;
    assert_ok(pel_volume_like(&v, &of_floats, PEL_INT16));
    for (int64_t i = 0; i < pel_volume_count(&v); i++)
        ((int16_t *)v.data)[i] = (int16_t)lround((double)((float *)of_floats.data)[i]);
    static const double slopes[] = { 1, 0.25, -2 };
    for (int n = 0; n < 3; n++) {
        pel_surface_params params = pel_surface_defaults();
        pel_surface_found found;
        pel_mesh m;
        double otsu;
        v.slope = slopes[n];
        v.inter = 3;
        assert_ok(pel_otsu(&otsu, &v, 2));
        assert_ok(pel_surface(&m, &found, &v, &params));
        assert_near(found.level, otsu + 0.5 * fabs(slopes[n]), 1e-9);
        double between = thinnest(&m);
        pel_mesh_free(&m);
        char text[32];
        snprintf(text, sizeof text, "%.17g", otsu);
        params.level = text;
        assert_ok(pel_surface(&m, &found, &v, &params));
        assert_near(found.level, otsu, 0);
        // a level that was asked for is kept, needles and all
        assert_true(between > 0.02 && thinnest(&m) < 0.01);
        pel_mesh_free(&m);
    }
    pel_volume_free(&v);
    pel_volume_free(&of_floats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_masks_surface_is_smooth_and_within_half_a_voxel),
        cmocka_unit_test(the_receipt_says_how_far_the_surface_is_from_the_volumes_own),
        cmocka_unit_test(noise_becomes_one_surface_of_genus_0_and_says_what_changed),
        cmocka_unit_test(a_level_is_found_or_refused),
        cmocka_unit_test(a_level_that_is_found_lies_between_two_greys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
