/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

/* a grey picture of 400 x 300 pixels, 0.5 mm each, seen from `view` */
static pel_image picture(int view, double fov, uint8_t grey)
{
    pel_image out;
    pel_camera_params params = pel_camera_defaults();
    pel_vec3 corners[8];
    for (int c = 0; c < 8; c++)
        corners[c] = (pel_vec3){ c & 1 ? 60 : -60, c & 2 ? 50 : -50, c & 4 ? 40 : -40 };
    assert_ok(pel_image_new(&out, 400, 300, 3, PEL_UINT8));
    memset(out.data, grey, 400 * 300 * 3);
    params.view = view;
    params.fov = fov;
    if (isnan(fov))
        params.mm_per_pixel = 0.5;
    assert_ok(pel_camera_aim(&out.camera, &params, 400, 300, corners, true));
    out.has_camera = true;
    out.mm_per_pixel = out.camera.mm_per_pixel;
    return out;
}

static pel_annotate_scene scene(bool oriented, const pel_look *look)
{
    pel_annotate_scene s = { .oriented = oriented, .look = look };
    for (int c = 0; c < 8; c++)
        s.corners_mm[c] = (pel_vec3){ c & 1 ? 60 : -60, c & 2 ? 50 : -50, c & 4 ? 40 : -40 };
    return s;
}

static pel_figure annotated(int view, bool oriented, const pel_annotate_params *params)
{
    pel_figure figure;
    pel_image image = picture(view, NAN, 255);
    pel_annotate_scene s = scene(oriented, NULL);
    assert_ok(pel_annotate(&figure, &image, &s, params));
    assert_null(image.data);
    return figure;
}

static const pel_draw *find_text(const pel_figure *f, const char *text)
{
    for (int n = 0; n < f->count; n++)
        if (f->item[n].kind == PEL_DRAW_TEXT && strcmp(f->item[n].text, text) == 0)
            return &f->item[n];
    return NULL;
}

static void the_picture_lies_beneath_pixel_for_pixel(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    assert_false(pel_annotate_any(&p));
    p.labels = true;
    assert_true(pel_annotate_any(&p));
    pel_figure f = annotated(1, true, &p);
    assert_int_equal(f.item[0].kind, PEL_DRAW_IMAGE);
    assert_int_equal(f.item[0].image.width, 400);
    assert_near(f.width_pt * f.dpi / 72, 400, 1e-9);
    assert_near(f.height_pt * f.dpi / 72, 300, 1e-9);
    assert_near(f.mm_per_pt * 72 / f.dpi, 0.5, 1e-12);
    pel_figure_free(&f);
}

static void letters_stand_where_the_sides_of_the_patient_are(void **state)
{
    (void)state;
    // views in order: front back left right top bottom; what is left, right, above, below
    static const char *const letters[6][4] = {
        { "R", "L", "S", "I" }, { "L", "R", "S", "I" }, { "A", "P", "S", "I" },
        { "P", "A", "S", "I" }, { "L", "R", "A", "P" }, { "R", "L", "A", "P" },
    };
    pel_annotate_params p = pel_annotate_defaults();
    p.labels = true;
    for (int view = 0; view < 6; view++) {
        pel_figure f = annotated(view + 1, true, &p);
        for (int side = 0; side < 4; side++) {
            const pel_draw *text = find_text(&f, letters[view][side]);
            assert_non_null(text);
            double x = text->points[0][0] / f.width_pt, y = text->points[0][1] / f.height_pt;
            assert_true(side == 0 ? x < 0.1 : side == 1 ? x > 0.9 : side == 2 ? y < 0.1 : y > 0.9);
        }
        pel_figure_free(&f);
    }
    pel_figure f = annotated(1, false, &p);
    assert_non_null(find_text(&f, "+z"));
    assert_null(find_text(&f, "S"));
    pel_figure_free(&f);
}

static void the_scale_bar_is_as_long_as_it_says(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    p.scale_bar = true;
    pel_figure f = annotated(1, true, &p);
    assert_non_null(find_text(&f, "50 mm"));
    double length = 0;
    for (int n = 0; n < f.count; n++)
        if (f.item[n].kind == PEL_DRAW_LINE)
            length = fabs(f.item[n].points[1][0] - f.item[n].points[0][0]);
    assert_near(length * f.mm_per_pt, 50, 1e-9);
    pel_figure_free(&f);
    pel_image image = picture(1, 30, 255);
    pel_annotate_scene s = scene(true, NULL);
    assert_int_equal(pel_annotate(&f, &image, &s, &p), PEL_EPARAM);
    assert_error_says("perspective");
    pel_image_free(&image);
}

static void ticks_of_the_axes_stand_where_their_millimetres_are(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    p.axes = true;
    for (int perspective = 0; perspective < 2; perspective++) {
        pel_figure f;
        pel_image image = picture(1, perspective ? 30 : NAN, 255);
        pel_camera camera = image.camera;
        pel_annotate_scene s = scene(true, NULL);
        assert_ok(pel_annotate(&f, &image, &s, &p));
        assert_non_null(find_text(&f, "x (mm)"));
        assert_non_null(find_text(&f, "z (mm)"));
        // the front view looks along y: x = 20 stands below the box, at its nearer or farther edge
        const pel_draw *text = find_text(&f, "20");
        assert_non_null(text);
        double least = INFINITY;
        for (int edge = 0; edge < 4; edge++) {
            double u, v, depth;
            pel_vec3 at = { 20, edge & 1 ? 50 : -50, edge & 2 ? 40 : -40 };
            assert_true(pel_camera_project(&camera, at, &u, &v, &depth));
            least = fmin(least, fabs(u * 72 / f.dpi - text->points[0][0]));
        }
        assert_near(least, 0, 1e-6);
        pel_figure_free(&f);
    }
}

static void the_cube_shows_the_faces_that_are_seen(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    p.cube = true;
    pel_figure f = annotated(1, true, &p);
    assert_non_null(find_text(&f, "A"));
    assert_null(find_text(&f, "P"));
    assert_null(find_text(&f, "S"));
    pel_figure_free(&f);
    f = annotated(0, true, &p);
    // from the face's right, above: three faces
    int areas = 0;
    for (int n = 0; n < f.count; n++)
        areas += f.item[n].kind == PEL_DRAW_AREA;
    assert_int_equal(areas, 3);
    assert_non_null(find_text(&f, "S"));
    assert_non_null(find_text(&f, "A"));
    pel_figure_free(&f);
}

static void ink_is_white_on_dark_pictures_and_numbers_are_never_drawn_over(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    pel_annotate_scene s = scene(true, NULL);
    p.labels = true;
    for (int dark = 0; dark < 2; dark++) {
        pel_figure f;
        pel_image image = picture(1, NAN, dark ? 10 : 240);
        assert_ok(pel_annotate(&f, &image, &s, &p));
        assert_near((double)find_text(&f, "S")->colour.r, dark, 0);
        pel_figure_free(&f);
    }
    pel_figure f;
    pel_image data;
    assert_ok(pel_image_new(&data, 40, 30, 1, PEL_FLOAT32));
    assert_int_equal(pel_annotate(&f, &data, &s, &p), PEL_EPARAM);
    assert_error_says("numbers are not drawn over");
    pel_image_free(&data);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void the_colour_bar_has_the_values_of_the_look(void **state)
{
    (void)state;
    pel_annotate_params p = pel_annotate_defaults();
    pel_look look;
    uint8_t values[] = { 0, 200 };
    pel_volume two = { .dims = { 2, 1, 1 }, .dtype = PEL_UINT8, .data = values };
    assert_ok(pel_look_load(&look, "gray"));
    look.window[0] = 0;
    look.window[1] = 200;
    assert_ok(pel_look_fit(&look, &two));
    p.colorbar = true;
    pel_figure f;
    pel_image image = picture(1, NAN, 255);
    pel_annotate_scene s = scene(true, &look);
    assert_ok(pel_annotate(&f, &image, &s, &p));
    assert_non_null(find_text(&f, "0"));
    assert_non_null(find_text(&f, "200"));
    pel_figure_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_lies_beneath_pixel_for_pixel),
        cmocka_unit_test(letters_stand_where_the_sides_of_the_patient_are),
        cmocka_unit_test(the_scale_bar_is_as_long_as_it_says),
        cmocka_unit_test(ticks_of_the_axes_stand_where_their_millimetres_are),
        cmocka_unit_test(the_cube_shows_the_faces_that_are_seen),
        cmocka_unit_test(ink_is_white_on_dark_pictures_and_numbers_are_never_drawn_over),
        cmocka_unit_test(the_colour_bar_has_the_values_of_the_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
