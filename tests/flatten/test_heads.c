/* SPDX-License-Identifier: Apache-2.0 */
/* Brains: a real cortex there and back pixel by pixel, a painted one on the sphere. */
#include "check.h"

/* the grid of a head, askew */
static pel_volume head_grid(void)
{
    const double turn = 0.3;
    pel_volume v = { .dims = { 200, 240, 200 }, .dtype = PEL_UINT8, .oriented = true };
    v.mm_from_ijk = (pel_affine){ { { 0.9 * cos(turn), -0.8 * sin(turn), 0, -90 },
                                    { 0.9 * sin(turn), 0.8 * cos(turn), 0, -130 },
                                    { 0, 0, 1, -70 },
                                    { 0, 0, 0, 1 } } };
    return v;
}

// 20 mm around a point on the lateral side of the left hemisphere; false: there are no data
static bool cut_cortex(pel_mesh *out)
{
    char path[4096];
    const char *data = getenv("PELLUCID_DATA");
    pel_cut_params cut = pel_cut_defaults();
    pel_cut_found found;
    const pel_vec3 at = { -60, -20, 20 };
    snprintf(path, sizeof path, "%s/9_surfaces/fsaverage5_gifti/pial_left.gii.gz",
             data ? data : "");
    FILE *there = fopen(path, "rb");
    if (!there)
        return false;
    fclose(there);
    cut.cut_geodesic = (pel_numbers){ .count = 4, .value = { at.x, at.y, at.z, 20 } };
    assert_ok(pel_read_mesh(out, path));
    assert_ok(pel_cut(out, &found, &cut));
    assert_ok(pel_cut_one(out, &found, &at));
    return true;
}

static void every_pixel_of_a_real_cortex_returns_from_its_voxel(void **state)
{
    (void)state;
    pel_mesh patch, flat, places;
    pel_image image;
    pel_flatmap_grid grid;
    pel_volume head = head_grid();
    pel_flatten_params params = pel_flatten_defaults();
    pel_flatmap_params map = pel_flatmap_defaults();
    map.pixel = is_sanitized() ? 1 : 0.5;
    if (!cut_cortex(&patch))
        skip();
    assert_ok(pel_flatten(&flat, &patch, NULL, &params));
    assert_ok(pel_flatmap(&image, &places, &flat, &map));
    assert_ok(pel_flatmap_voxels(&image, &head));
    assert_ok(pel_flatmap_grid_of(&grid, &flat, &map));
    const float *voxel = pel_image_layer(&image, "voxel");
    for (int64_t at = 0; at < image.width * image.height; at++) {
        const float *ijk = voxel + 3 * at;
        double xy[2], off;
        if (isnan(ijk[0]))
            continue;
        pel_vec3 mm = pel_affine_point(
            head.mm_from_ijk, (pel_vec3){ (double)ijk[0], (double)ijk[1], (double)ijk[2] });
        assert_ok(pel_flat_nearest(xy, &off, &flat, mm));
        assert_near((xy[0] - grid.left_mm) / map.pixel, (double)(at % image.width) + 0.5, 0.1);
        assert_near((grid.top_mm - xy[1]) / map.pixel, (double)(at / image.width) + 0.5, 0.1);
    }
    assert_near((double)places.points * map.pixel * map.pixel, pel_mesh_area_mm2(&flat), 10);
    assert_true(places.points > 1000);
    pel_image_free(&image);
    pel_mesh_free(&places);
    pel_mesh_free(&flat);
    pel_mesh_free(&patch);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void the_brain_of_a_painted_head_goes_onto_a_sphere(void **state)
{
    (void)state;
    pel_source source;
    pel_volume brain;
    pel_mesh surface, round;
    pel_flat_report report;
    pel_surface_params as = pel_surface_defaults();
    pel_flatten_params params = pel_flatten_defaults();
    as.genus_0 = true;
    params.method = PEL_FLATTEN_SPHERE;
    assert_ok(pel_phantom_field_open(&source, is_sanitized() ? "head?spacing=5" : "head?spacing=4",
                                     "brain"));
    assert_ok(pel_source_read(&brain, &source));
    pel_source_close(&source);
    assert_ok(pel_surface(&surface, NULL, &brain, &as));
    pel_volume_free(&brain);
    assert_ok(pel_flatten(&round, &surface, NULL, &params));
    assert_ok(pel_flat_measure(&report, &round));
    assert_int_equal(report.flips, 0);
    assert_near(report.angle.rms, 0, 0.15);
    double radius = sqrt(report.area_mm2 / (4 * acos(-1)));
    assert_near(pel_mesh_area_mm2(&round), report.area_mm2, 0.01 * report.area_mm2);
    for (int64_t p = 0; p < round.points; p++) {
        const float *at = round.point_mm[p];
        assert_near(sqrt((double)at[0] * (double)at[0] + (double)at[1] * (double)at[1] +
                         (double)at[2] * (double)at[2]),
                    radius, 1e-3);
    }
    pel_mesh_free(&round);
    pel_mesh_free(&surface);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_of_a_real_cortex_returns_from_its_voxel),
        cmocka_unit_test(the_brain_of_a_painted_head_goes_onto_a_sphere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
