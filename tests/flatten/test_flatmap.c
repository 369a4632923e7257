/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as pictures, and the way from their pixels to the surface and the volume and back. */
#include "check.h"

#include "shapes.h"

/* a cap laid flat, and its picture */
typedef struct drawn {
    pel_mesh cap, flat, places;
    pel_image image;
    pel_flatmap_grid grid;
} drawn;

static drawn draw_by(int method, double pixel)
{
    drawn d;
    pel_flatten_params params = pel_flatten_defaults();
    const pel_camera above = { .width = 100,
                               .height = 100,
                               .right = { 1, 0, 0 },
                               .down = { 0, -1, 0 },
                               .forward = { 0, 0, -1 },
                               .eye_mm = { 0, 0, 200 },
                               .mm_per_pixel = 1 };
    params.method = method;
    pel_flatmap_params map = pel_flatmap_defaults();
    map.pixel = pixel;
    d.cap = shape_cap(20, 40, 10, NULL);
    assert_ok(pel_flatten(&d.flat, &d.cap, method == PEL_FLATTEN_VIEW ? &above : NULL, &params));
    assert_ok(pel_flatmap(&d.image, &d.places, &d.flat, &map));
    assert_ok(pel_flatmap_grid_of(&d.grid, &d.flat, &map));
    assert_int_equal(d.grid.width, d.image.width);
    return d;
}

static drawn draw(double pixel)
{
    return draw_by(PEL_FLATTEN_ISOMETRIC, pixel);
}

static void drop(drawn *d)
{
    pel_mesh_free(&d->cap);
    pel_mesh_free(&d->flat);
    pel_mesh_free(&d->places);
    pel_image_free(&d->image);
}

static const float *layer(const pel_image *image, const char *name)
{
    for (int i = 0; i < image->layer_count; i++)
        if (strcmp(image->layer[i].name, name) == 0)
            return image->layer[i].data;
    fail_msg("no layer %s", name);
    return NULL;
}

static void every_pixel_finds_its_place_and_comes_back(void **state)
{
    (void)state;
    drawn d = draw(0.5);
    const float *position = layer(&d.image, "position"), *overlap = layer(&d.image, "overlap");
    int64_t covered = 0;
    for (int64_t at = 0; at < d.image.width * d.image.height; at++) {
        const float *p = position + 3 * at;
        pel_vec3 mm = { (double)p[0], (double)p[1], (double)p[2] }, again;
        double u = (double)(at % d.image.width) + 0.5, v = (double)(at / d.image.width) + 0.5,
               xy[2], off;
        double x = d.grid.left_mm + u * d.grid.pixel_mm, y = d.grid.top_mm - v * d.grid.pixel_mm;
        if (isnan(overlap[at])) {
            assert_true(isnan(p[0]));
            assert_false(pel_flat_point_mm(&again, &d.flat, x, y));
            continue;
        }
        assert_near(overlap[at], 1, 0);
        if (covered++ % 13)
            continue;
        assert_ok(pel_flat_nearest(xy, &off, &d.flat, mm));
        assert_true(off < 1e-5);
        assert_near((xy[0] - d.grid.left_mm) / d.grid.pixel_mm, u, 0.01);
        assert_near((d.grid.top_mm - xy[1]) / d.grid.pixel_mm, v, 0.01);
        assert_true(pel_flat_point_mm(&again, &d.flat, x, y));
        assert_near(again.x, mm.x, 1e-4);
        assert_near(again.z, mm.z, 1e-4);
    }
    // pixels cover what the map's triangles do, and places are theirs
    assert_int_equal(covered, d.places.points);
    assert_near((double)covered * 0.25, pel_mesh_area_mm2(&d.flat), 6);
    drop(&d);
    assert_int_equal(pel_memory_in_use(), 0);
}

// a volume whose value rises evenly: linear sampling meets it exactly
static pel_volume ramp(void)
{
    pel_volume v = { .dims = { 50, 50, 30 }, .dtype = PEL_FLOAT32, .oriented = true }, out;
    v.mm_from_ijk =
        (pel_affine){ { { 1, 0, 0, -25 }, { 0, 1, 0, -25 }, { 0, 0, 1, 20 }, { 0, 0, 0, 1 } } };
    assert_ok(pel_volume_like(&out, &v, PEL_FLOAT32));
    for (int64_t n = 0; n < 50 * 50 * 30; n++)
        ((float *)out.data)[n] = (float)(n % 50 - 25 + 2 * (n / 50 % 50 - 25));
    return out;
}

static void a_volume_shows_on_the_map_where_it_lies(void **state)
{
    (void)state;
    drawn d = draw(0.5);
    pel_volume in = ramp();
    pel_probe_params probe = pel_probe_defaults();
    pel_probe_as_params as = pel_probe_as_defaults();
    probe.depth = "-1:1";
    assert_ok(pel_probe(&d.places, &in, &probe, &as));
    assert_ok(pel_flatmap_fill(&d.image, &d.places, pel_mesh_find(&d.places, "value"), NULL));
    assert_ok(pel_flatmap_fill(&d.image, &d.places, pel_mesh_find(&d.places, "value"), "again"));
    assert_ok(pel_flatmap_voxels(&d.image, &in));
    const float *value = d.image.data, *position = layer(&d.image, "position"),
                *voxel = layer(&d.image, "voxel");
    int64_t seen = 0;
    for (int64_t at = 0; at < d.image.width * d.image.height; at++) {
        const float *p = position + 3 * at;
        assert_near(value[at], p[0] + 2 * p[1], 1e-3);
        assert_near(layer(&d.image, "again")[at], value[at], 0);
        assert_near(voxel[3 * at], p[0] + 25, 1e-4);
        assert_near(voxel[3 * at + 2], p[2] - 20, 1e-4);
        seen += !isnan(value[at]);
    }
    assert_int_equal(seen, d.places.points);
    // as 16 bits: within half a step, 0 outside
    pel_image packed = d.image;
    assert_ok(pel_flatmap_pack(&d.image));
    for (int64_t at = 0; at < d.image.width * d.image.height; at++) {
        uint16_t stored = ((const uint16_t *)d.image.data)[at];
        bool there = !isnan(layer(&packed, "overlap")[at]);
        assert_int_equal(stored > 0, there);
        if (there)
            assert_near(d.image.slope * stored + d.image.inter,
                        position[3 * at] + 2 * position[3 * at + 1], 0.51 * d.image.slope + 1e-3);
    }
    pel_volume_free(&in);
    drop(&d);
}

static void a_pixel_of_any_method_returns_from_its_voxel(void **state)
{
    (void)state;
    pel_volume in = ramp();
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_VIEW; method++) {
        if (method == PEL_FLATTEN_SPHERE)
            continue;
        drawn d = draw_by(method, 0.5);
        assert_ok(pel_flatmap_voxels(&d.image, &in));
        const float *voxel = layer(&d.image, "voxel");
        int64_t step = is_sanitized() ? 17 : 1, covered = 0;
        for (int64_t at = 0; at < d.image.width * d.image.height; at += step) {
            const float *ijk = voxel + 3 * at;
            double xy[2], off;
            if (isnan(ijk[0]))
                continue;
            pel_vec3 mm = pel_affine_point(
                in.mm_from_ijk, (pel_vec3){ (double)ijk[0], (double)ijk[1], (double)ijk[2] });
            assert_ok(pel_flat_nearest(xy, &off, &d.flat, mm));
            assert_near((xy[0] - d.grid.left_mm) / d.grid.pixel_mm,
                        (double)(at % d.image.width) + 0.5, 0.1);
            assert_near((d.grid.top_mm - xy[1]) / d.grid.pixel_mm,
                        (double)(at / d.image.width) + 0.5, 0.1);
            covered++;
        }
        assert_true(covered * step > 4000);
        drop(&d);
    }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* rings of 10 mm around the pole of the cap, along its surface, painted through a volume */
static pel_volume rings(void)
{
    pel_volume v = { .dims = { 180, 180, 50 }, .dtype = PEL_FLOAT32, .oriented = true }, out;
    v.mm_from_ijk = (pel_affine){
        { { 0.25, 0, 0, -22.5 }, { 0, 0.25, 0, -22.5 }, { 0, 0, 0.25, 30 }, { 0, 0, 0, 1 } }
    };
    assert_ok(pel_volume_like(&out, &v, PEL_FLOAT32));
    for (int64_t n = 0; n < 180 * 180 * 50; n++) {
        double x = 0.25 * (double)(n % 180) - 22.5, y = 0.25 * (double)(n / 180 % 180) - 22.5,
               z = 0.25 * (double)(n / 32400) + 30;
        double mm = 40 * atan2(sqrt(x * x + y * y), z);
        // a soft border, whose middle lies exactly
        ((float *)out.data)[n] = (float)fmin(fmax(0.5 + fmin(mm - 5, 15 - mm), 0), 1);
    }
    return out;
}

static void ten_painted_millimetres_measure_ten_within_what_is_reported(void **state)
{
    (void)state;
    pel_volume in = rings();
    for (int method = PEL_FLATTEN_ISOMETRIC; method <= PEL_FLATTEN_AREA; method++) {
        drawn d = draw_by(method, 0.1);
        pel_probe_params probe = pel_probe_defaults();
        pel_probe_as_params as = pel_probe_as_defaults();
        pel_flat_report report;
        assert_ok(pel_flat_measure(&report, &d.flat));
        assert_ok(pel_probe(&d.places, &in, &probe, &as));
        assert_ok(pel_flatmap_fill(&d.image, &d.places, pel_mesh_find(&d.places, "value"), NULL));
        // from one border of a ring to the next, along the row through the pole
        double pole[2], off, from = NAN;
        assert_ok(pel_flat_nearest(pole, &off, &d.flat, (pel_vec3){ 0, 0, 40 }));
        int64_t row = (int64_t)((d.grid.top_mm - pole[1]) / d.grid.pixel_mm), found = 0;
        const float *value = (const float *)d.image.data + row * d.image.width;
        for (int64_t x = 1; x < d.image.width; x++) {
            if (isnan(value[x - 1]) || isnan(value[x]) ||
                (value[x - 1] < 0.5f) == (value[x] < 0.5f))
                continue;
            double at = 0.1 * ((double)x - (value[x] - 0.5) / (value[x] - value[x - 1]));
            if (!isnan(from)) {
                // a chord of the mesh's triangles is a little short of its arc
                assert_true(at - from < 10 * report.most_stretch + 0.05);
                assert_true(at - from > 10 * report.least_stretch - 0.05);
                found++;
            }
            from = at;
        }
        assert_int_equal(found, 3);
        drop(&d);
    }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_nearer_hides_what_is_farther(void **state)
{
    (void)state;
    // two thirds of a roll, seen from either side: one half lies before the other
    pel_mesh m = shape_sheet((double[]){ 30, 10 }, (int[]){ 30, 10 }, false, shape_cylinder, NULL);
    for (int side = -1; side <= 1; side += 2) {
        pel_flatten_params params = pel_flatten_defaults();
        pel_flatmap_params map = pel_flatmap_defaults();
        pel_mesh flat, places;
        pel_image image;
        pel_flatmap_grid grid;
        int64_t twice = 0;
        map.pixel = 0.25;
        params.method = PEL_FLATTEN_PLANE;
        params.normal = (pel_numbers){ 3, { side, 0, 0 } };
        assert_ok(pel_flatten(&flat, &m, NULL, &params));
        assert_ok(pel_flatmap(&image, &places, &flat, &map));
        assert_ok(pel_flatmap_grid_of(&grid, &flat, &map));
        const float *position = layer(&image, "position"), *overlap = layer(&image, "overlap");
        for (int64_t at = 0; at < image.width * image.height; at++)
            if (overlap[at] == 2) {
                double u = (double)(at % image.width) + 0.5, v = (double)(at / image.width) + 0.5;
                pel_vec3 there;
                assert_true((float)side * position[3 * at] > -0.2f);
                // a point is found where the picture has it
                if (twice++ % 17)
                    continue;
                assert_true(pel_flat_point_mm(&there, &flat, grid.left_mm + u * grid.pixel_mm,
                                              grid.top_mm - v * grid.pixel_mm));
                assert_near(there.x, position[3 * at], 1e-4);
            }
        assert_true(twice > 1000);
        pel_image_free(&image);
        pel_mesh_free(&places);
        pel_mesh_free(&flat);
    }
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_drawn_goes_back_to_surface_and_volume(void **state)
{
    (void)state;
    drawn d = draw(0.5);
    pel_volume in = ramp(), drawing, labels;
    pel_volume shape = { .dims = { d.image.width, d.image.height, 1 }, .dtype = PEL_UINT8 };
    const float *position = layer(&d.image, "position");
    const double depth[2] = { -2, 1 };
    pel_mesh surface;
    assert_ok(pel_volume_like(&drawing, &shape, PEL_UINT8));
    // what lies left of x = -2 is 7
    for (int64_t at = 0; at < d.image.width * d.image.height; at++)
        ((uint8_t *)drawing.data)[at] = position[3 * at] < -2 ? 7 : 0;
    assert_ok(pel_flatmap_to_surface(&surface, &d.flat, &drawing, &d.grid));
    const int32_t *label = pel_mesh_find(&surface, "label")->data;
    int64_t wrong = 0;
    for (int64_t p = 0; p < surface.points; p++) {
        assert_near(surface.point_mm[p][2], d.cap.point_mm[p][2], 0);
        wrong += fabs((double)surface.point_mm[p][0] + 2) > 0.5 &&
                 (label[p] == 7) != (surface.point_mm[p][0] < -2);
    }
    // only border points, whose pixel's middle may lie outside of the map
    assert_true(wrong < 40);
    assert_ok(pel_flatmap_to_volume(&labels, &d.places, &drawing, &in, depth));
    int64_t inside = 0;
    for (int64_t n = 0; n < 50 * 50 * 30; n++) {
        double x = (double)(n % 50 - 25), y = (double)(n / 50 % 50 - 25),
               z = (double)(n / 2500 + 20);
        double far = sqrt(x * x + y * y + z * z) - 40, angle = acos(z / (far + 40));
        bool set = ((const int32_t *)labels.data)[n] == 7;
        if (set)
            assert_true(far > -3 && far < 2 && x < -1 && angle * 40 < 21);
        if (far > -1.5 && far < 0.5 && x < -3 && angle * 40 < 19) {
            assert_true(set);
            inside++;
        }
    }
    assert_true(inside > 500);
    drawing.dims[0]--;
    pel_mesh_free(&surface);
    assert_int_equal(pel_flatmap_to_surface(&surface, &d.flat, &drawing, &d.grid), PEL_EDATA);
    assert_error_says("--pixel");
    drawing.dims[0]++;
    pel_volume_free(&drawing);
    pel_volume_free(&labels);
    pel_volume_free(&in);
    drop(&d);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_shaded_map_shows_folds_and_how_much_larger_it_is(void **state)
{
    (void)state;
    pel_mesh m = shape_sheet((double[]){ 24, 24 }, (int[]){ 24, 24 }, false, shape_rough, NULL),
             flat, places;
    pel_flatten_params params = pel_flatten_defaults();
    pel_flatmap_params map = pel_flatmap_defaults();
    pel_image image, plain, lined;
    map.pixel = 0.4;
    assert_ok(pel_flatten(&flat, &m, NULL, &params));
    assert_ok(pel_flatmap(&image, &places, &flat, &map));
    assert_ok(pel_flatmap_shade(&plain, &image, &flat, &map));
    map.contours = 0.1;
    assert_ok(pel_flatmap_shade(&lined, &image, &flat, &map));
    const uint8_t *rgba = plain.data, *line = lined.data;
    const float *area = layer(&image, "area");
    int64_t coloured = 0, dark = 0, bright = 0;
    for (int64_t at = 0; at < plain.width * plain.height; at++) {
        bool there = !isnan(area[at]), red = line[4 * at] == 255 && line[4 * at + 2] == 60;
        assert_int_equal(rgba[4 * at + 3], there ? 255 : 0);
        dark += there && rgba[4 * at] < 90;
        bright += there && rgba[4 * at] > 190;
        coloured += memcmp(rgba + 4 * at, line + 4 * at, 4) != 0;
        if (red)
            assert_true(area[at] > -0.1f);
    }
    assert_true(dark > 100 && bright > 100);
    assert_true(coloured > 100 && coloured < plain.width * plain.height / 2);
    pel_image_free(&plain);
    pel_image_free(&lined);
    pel_image_free(&image);
    pel_mesh_free(&places);
    pel_mesh_free(&flat);
    pel_mesh_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_finds_its_place_and_comes_back),
        cmocka_unit_test(a_volume_shows_on_the_map_where_it_lies),
        cmocka_unit_test(a_pixel_of_any_method_returns_from_its_voxel),
        cmocka_unit_test(ten_painted_millimetres_measure_ten_within_what_is_reported),
        cmocka_unit_test(what_is_nearer_hides_what_is_farther),
        cmocka_unit_test(what_is_drawn_goes_back_to_surface_and_volume),
        cmocka_unit_test(a_shaded_map_shows_folds_and_how_much_larger_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
