/* SPDX-License-Identifier: Apache-2.0 */
/* test_slice.c: slices show the same picture however the file orders its axes, and say where. */
#include "check.h"

#include "base/maths.h"
#include "volume/volume.h"

enum { NX = 4, NY = 5, NZ = 6 };

static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                  { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

// the value at a place of the world grid: each voxel has its own
static int world_value(const int64_t xyz[3])
{
    return (int)(1 + xyz[0] + NX * (xyz[1] + NY * xyz[2]));
}

static uint8_t voxels[NX * NY * NZ];

// one world, stored with its axes in this order, those in `flips` running backwards
static pel_volume stored_as(int order, int flips)
{
    static const int64_t world_dims[3] = { NX, NY, NZ };
    static const double spacing[3] = { 1.5, 2, 3 };
    pel_volume v = { .dtype = PEL_UINT8, .slope = 1, .oriented = true, .unit_known = true };
    v.mm_from_ijk = (pel_affine){ 0 };
    v.mm_from_ijk.m[3][3] = 1;
    for (int c = 0; c < 3; c++) {
        int w = orders[order][c];
        bool falls = flips >> c & 1;
        v.dims[c] = world_dims[w];
        v.mm_from_ijk.m[w][c] = falls ? -spacing[w] : spacing[w];
        v.mm_from_ijk.m[w][3] = -7 + (falls ? spacing[w] * (double)(world_dims[w] - 1) : 0);
    }
    for (int64_t k = 0; k < v.dims[2]; k++)
        for (int64_t j = 0; j < v.dims[1]; j++)
            for (int64_t i = 0; i < v.dims[0]; i++) {
                int64_t ijk[3] = { i, j, k }, xyz[3];
                for (int c = 0; c < 3; c++)
                    xyz[orders[order][c]] = flips >> c & 1 ? v.dims[c] - 1 - ijk[c] : ijk[c];
                voxels[(k * v.dims[1] + j) * v.dims[0] + i] = (uint8_t)world_value(xyz);
            }
    v.data = voxels;
    return v;
}

static pel_look fitted(const pel_volume *v)
{
    pel_look_params params = pel_look_defaults();
    params.look = "gray";
    params.window = (pel_numbers){ 2, { 0, 120 } };
    pel_look look;
    assert_ok(pel_look_choose(&look, &params));
    assert_ok(pel_look_fit(&look, v));
    return look;
}

static void draw(pel_figure *out, const pel_volume *v, const pel_slice_params *params)
{
    pel_look look = fitted(v);
    assert_ok(pel_slice(out, v, &look, NULL, 0, params));
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void assert_same_figure(const pel_figure *a, const pel_figure *b)
{
    assert_int_equal(a->count, b->count);
    assert_near(a->mm_per_pt, b->mm_per_pt, 1e-12);
    for (int i = 0; i < a->count; i++) {
        const pel_draw *x = &a->item[i], *y = &b->item[i];
        assert_int_equal(x->kind, y->kind);
        assert_true(same_text(x->text, y->text));
        for (int p = 0; p < x->point_count; p++) {
            assert_near(x->points[p][0], y->points[p][0], 1e-9);
            assert_near(x->points[p][1], y->points[p][1], 1e-9);
        }
        if (x->kind == PEL_DRAW_IMAGE)
            assert_memory_equal(x->image.data, y->image.data,
                                (size_t)(x->image.width * x->image.height * x->image.channels));
    }
}

static void all_48_axis_orders_give_the_same_figure(void **state)
{
    (void)state;
    for (int axis = 0; axis < 3; axis++)
        for (int radiological = 0; radiological < 2; radiological++) {
            pel_slice_params params = pel_slice_defaults();
            params.axis = axis;
            params.at = (pel_numbers){ 1, { -5.2 } };
            params.radiological = radiological;
            pel_volume v = stored_as(0, 0);
            pel_figure first, other;
            draw(&first, &v, &params);
            for (int n = 1; n < 48; n++) {
                v = stored_as(n / 8, n % 8);
                draw(&other, &v, &params);
                assert_same_figure(&first, &other);
                pel_figure_free(&other);
            }
            pel_figure_free(&first);
        }
}

static const pel_image *first_image(const pel_figure *figure)
{
    for (int i = 0; i < figure->count; i++)
        if (figure->item[i].kind == PEL_DRAW_IMAGE)
            return &figure->item[i].image;
    fail_msg("the figure has no image");
    return NULL;
}

// the grey of the window 0 to 120
static int grey_of(int value)
{
    return (int)(255 * value / 120.0 + 0.5);
}

static void views_are_upright_and_mirrored_only_when_asked(void **state)
{
    (void)state;
    // world indices of the pixel at the top left: x, y, z; -1 is the slice itself
    static const int64_t neurological[3][3] = { { -1, 0, NZ - 1 },
                                                { 0, -1, NZ - 1 },
                                                { 0, NY - 1, -1 } };
    for (int axis = 0; axis < 3; axis++)
        for (int radiological = 0; radiological < 2; radiological++) {
            pel_slice_params params = pel_slice_defaults();
            params.axis = axis;
            params.index = (pel_numbers){ 1, { 2 } };
            params.radiological = radiological;
            pel_volume v = stored_as(0, 0);
            pel_figure figure;
            draw(&figure, &v, &params);
            int64_t xyz[3];
            for (int w = 0; w < 3; w++)
                xyz[w] = neurological[axis][w] < 0 ? 2 : neurological[axis][w];
            if (radiological && axis != 0)
                xyz[0] = NX - 1;
            assert_near(((const uint8_t *)first_image(&figure)->data)[0], grey_of(world_value(xyz)),
                        1);
            pel_figure_free(&figure);
        }
}

// turned about z by 20 degrees, about x by 10, and sheared a little
static pel_volume oblique(void)
{
    pel_volume v = stored_as(3, 5);
    double c = cos(0.35), s = sin(0.35), d = cos(0.17), t = sin(0.17);
    pel_affine z = { { { c, -s, 0, 3 }, { s, c, 0.05, 4 }, { 0, 0, 1, 5 }, { 0, 0, 0, 1 } } };
    pel_affine x = { { { 1, 0, 0, 0 }, { 0, d, -t, 0 }, { 0, t, d, 0 }, { 0, 0, 0, 1 } } };
    v.mm_from_ijk = pel_affine_multiply(z, pel_affine_multiply(x, v.mm_from_ijk));
    return v;
}

static void every_pixel_maps_back_to_the_voxel_it_shows(void **state)
{
    (void)state;
    pel_volume volumes[2] = { oblique(), oblique() };
    volumes[1].oriented = false;
    for (int n = 0; n < 6; n++) {
        const pel_volume *v = &volumes[n / 3];
        pel_slice_params params = pel_slice_defaults();
        params.axis = n % 3;
        pel_slice_plane *plane;
        pel_image values;
        int count;
        pel_affine ijk_from_mm;
        assert_true(pel_affine_invert(&ijk_from_mm, v->mm_from_ijk));
        assert_ok(pel_slice_planes(&plane, &count, v, &params));
        assert_int_equal(count, 1);
        assert_ok(pel_slice_values(&values, v, plane));
        for (int64_t y = 0; y < values.height; y++)
            for (int64_t x = 0; x < values.width; x++) {
                pel_vec3 px = { (double)x + 0.5, (double)y + 0.5, 0 };
                pel_vec3 ijk =
                    pel_affine_point(ijk_from_mm, pel_affine_point(plane->mm_from_px, px));
                assert_near(ijk.x, rint(ijk.x), 1e-9);
                assert_near(ijk.y, rint(ijk.y), 1e-9);
                assert_near(ijk.z, rint(ijk.z), 1e-9);
                double value = pel_volume_at(v, llrint(ijk.x), llrint(ijk.y), llrint(ijk.z));
                assert_near(((float *)values.data)[y * values.width + x], value, 0);
            }
        pel_image_free(&values);
        free(plane);
    }
}

static bool has_text(const pel_figure *figure, const char *text)
{
    for (int i = 0; i < figure->count; i++)
        if (figure->item[i].text && strstr(figure->item[i].text, text))
            return true;
    return false;
}

static bool has_letter(const pel_figure *figure)
{
    for (int i = 0; i < figure->count; i++) {
        const char *text = figure->item[i].text;
        if (text && strlen(text) == 1 && strchr("LRAPSI", *text))
            return true;
    }
    return false;
}

static void an_unknown_orientation_has_no_letters_and_is_not_turned(void **state)
{
    (void)state;
    pel_volume v = stored_as(0, 0);
    pel_slice_params params = pel_slice_defaults();
    pel_figure figure;
    draw(&figure, &v, &params);
    assert_true(has_letter(&figure));
    assert_true(has_text(&figure, "axial"));
    assert_true(has_text(&figure, "x (mm)"));
    pel_figure_free(&figure);

    // axes that run backwards would be turned if anyone knew
    v = stored_as(0, 7);
    v.oriented = false;
    for (params.axis = 0; params.axis < 3; params.axis++) {
        draw(&figure, &v, &params);
        assert_false(has_letter(&figure));
        assert_false(has_text(&figure, "axial"));
        assert_true(has_text(&figure, params.axis ? "i (mm)" : "j (mm)"));
        int64_t ijk[3] = { 0, params.axis == 2 ? NY - 1 : 0, params.axis == 2 ? 0 : NZ - 1 };
        ijk[params.axis] = v.dims[params.axis] / 2;
        double corner = pel_volume_at(&v, ijk[0], ijk[1], ijk[2]);
        assert_near(((const uint8_t *)first_image(&figure)->data)[0], grey_of((int)corner), 1);
        pel_figure_free(&figure);
    }
    params.axis = 2;
    params.radiological = true;
    pel_look look = fitted(&v);
    assert_int_equal(pel_slice(&figure, &v, &look, NULL, 0, &params), PEL_EDATA);
    assert_error_says("--assume");
}

static int64_t index_at(const pel_volume *v, int axis, double mm)
{
    pel_slice_params params = pel_slice_defaults();
    params.axis = axis;
    params.at = (pel_numbers){ 1, { mm } };
    pel_slice_plane *plane;
    int count;
    if (pel_slice_planes(&plane, &count, v, &params) != PEL_OK)
        return -1;
    int64_t index = plane->index;
    free(plane);
    return index;
}

static void a_position_in_mm_finds_the_nearest_slice(void **state)
{
    (void)state;
    pel_volume up = stored_as(0, 0), down = stored_as(0, 4);
    // z runs from -7 in steps of 3 mm
    assert_int_equal(index_at(&up, 2, -7), 0);
    assert_int_equal(index_at(&up, 2, -5.6), 0);
    assert_int_equal(index_at(&up, 2, -5.4), 1);
    assert_int_equal(index_at(&up, 2, 9.4), 5);
    assert_int_equal(index_at(&down, 2, -7), 5);
    assert_int_equal(index_at(&down, 2, -5.4), 4);
    assert_int_equal(index_at(&up, 2, -8.4), 0);
    assert_int_equal(index_at(&up, 2, -8.6), -1);
    assert_error_says("-8.5 to 9.5");
    assert_int_equal(index_at(&up, 2, 9.6), -1);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    static const struct {
        int at, index, ortho;
        const char *mosaic;
        bool sweep;
    } wrong[] = {
        { 1, 1, 0, NULL, false },  { 2, 0, 0, NULL, false },  { 1, 0, 1, NULL, false },
        { 1, 0, 0, "2x2", false }, { 0, 0, 0, "2", false },   { 0, 0, 0, "0x3", false },
        { 0, 0, 0, "2x2", true },  { 0, 0, 1, "2x2", false },
    };
    pel_volume v = stored_as(0, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_slice_params params = pel_slice_defaults();
        params.at.count = wrong[i].at;
        params.index.count = wrong[i].index;
        params.ortho = wrong[i].ortho;
        params.mosaic = wrong[i].mosaic;
        params.sweep = wrong[i].sweep;
        pel_slice_plane *plane;
        int count;
        assert_int_equal(pel_slice_planes(&plane, &count, &v, &params), PEL_EPARAM);
        assert_null(plane);
    }
}

static void tiles_are_spread_evenly_and_rise_in_mm(void **state)
{
    (void)state;
    for (int flips = 0; flips < 8; flips += 4) {
        pel_volume v = stored_as(0, flips);
        pel_slice_params params = pel_slice_defaults();
        params.mosaic = "3x1";
        pel_slice_plane *plane;
        int count;
        assert_ok(pel_slice_planes(&plane, &count, &v, &params));
        assert_int_equal(count, 3);
        for (int t = 0; t < 3; t++)
            assert_near(plane[t].at_mm, -7 + 3 * (1 + 2 * t), 1e-9);
        free(plane);
        // never more tiles than slices
        params.mosaic = "5x5";
        assert_ok(pel_slice_planes(&plane, &count, &v, &params));
        assert_int_equal(count, NZ);
        free(plane);
    }
}

static void millimetres_on_paper_are_those_of_the_figure(void **state)
{
    (void)state;
    static const char *const sizes[] = { NULL, "12cm", "800px", "9cmx14cm" };
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        pel_volume v = stored_as(4, 2);
        pel_slice_params params = pel_slice_defaults();
        params.ortho = true;
        params.colorbar = params.scale_bar = true;
        params.picture = sizes[n];
        pel_figure figure;
        pel_slice_plane *plane;
        int count, at = 0;
        draw(&figure, &v, &params);
        assert_ok(pel_slice_planes(&plane, &count, &v, &params));
        for (int i = 0; i < figure.count && at < count; i++) {
            const pel_draw *d = &figure.item[i];
            if (d->kind != PEL_DRAW_IMAGE)
                continue;
            for (int c = 0; c < 2; c++) {
                double pixels = (double)(c ? plane[at].height : plane[at].width);
                assert_near((d->points[1][c] - d->points[0][c]) * figure.mm_per_pt,
                            pixels * plane[at].pixel_mm[c], 1e-9);
                assert_true(d->points[0][c] > 0);
                assert_true(d->points[1][c] < (c ? figure.height_pt : figure.width_pt));
            }
            at++;
        }
        assert_int_equal(at, 3);
        free(plane);
        pel_figure_free(&figure);
    }
}

static void a_size_that_was_asked_for_is_met(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double width, height; // pt
    } sizes[] = { { "12cm", 12 / 2.54 * 72, 0 },
                  { "6in", 432, 0 },
                  { "90mm", 90 / 25.4 * 72, 0 },
                  { "1200px", 288, 0 },
                  { "1200x900", 288, 216 } };
    pel_volume v = stored_as(0, 0);
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        pel_slice_params params = pel_slice_defaults();
        params.picture = sizes[n].text;
        pel_figure figure;
        draw(&figure, &v, &params);
        assert_near(figure.width_pt, sizes[n].width, 72 / params.dpi);
        if (sizes[n].height > 0)
            assert_near(figure.height_pt, sizes[n].height, 72 / params.dpi);
        pel_figure_free(&figure);
    }
    pel_slice_params params = pel_slice_defaults();
    pel_look look = fitted(&v);
    pel_figure figure;
    params.picture = "3mm";
    assert_int_equal(pel_slice(&figure, &v, &look, NULL, 0, &params), PEL_EPARAM);
    params.picture = "big";
    assert_int_equal(pel_slice(&figure, &v, &look, NULL, 0, &params), PEL_EPARAM);
    assert_error_says("16cm");
}

static void a_slice_as_volume_stays_where_it_was(void **state)
{
    (void)state;
    pel_volume v = oblique(), thin;
    v.slope = 0.5;
    v.inter = 3;
    for (int axis = 0; axis < 3; axis++) {
        pel_slice_params params = pel_slice_defaults();
        params.axis = axis;
        pel_slice_plane *plane;
        int count;
        assert_ok(pel_slice_planes(&plane, &count, &v, &params));
        assert_ok(pel_slice_volume(&thin, &v, plane));
        assert_int_equal(thin.dtype, PEL_UINT8);
        assert_int_equal(thin.dims[plane->axis], 1);
        int64_t ijk[3], in[3];
        for (ijk[2] = 0; ijk[2] < thin.dims[2]; ijk[2]++)
            for (ijk[1] = 0; ijk[1] < thin.dims[1]; ijk[1]++)
                for (ijk[0] = 0; ijk[0] < thin.dims[0]; ijk[0]++) {
                    for (int c = 0; c < 3; c++)
                        in[c] = c == plane->axis ? plane->index : ijk[c];
                    assert_near(pel_volume_at(&thin, ijk[0], ijk[1], ijk[2]),
                                pel_volume_at(&v, in[0], in[1], in[2]), 0);
                    pel_vec3 a = pel_affine_point(
                        thin.mm_from_ijk,
                        (pel_vec3){ (double)ijk[0], (double)ijk[1], (double)ijk[2] });
                    pel_vec3 b = pel_affine_point(
                        v.mm_from_ijk, (pel_vec3){ (double)in[0], (double)in[1], (double)in[2] });
                    assert_near(pel__length(pel__minus(a, b)), 0, 1e-12);
                }
        pel_volume_free(&thin);
        free(plane);
    }
}

static void what_is_nan_is_blank(void **state)
{
    (void)state;
    float values[4] = { 0, NAN, 60, 120 };
    pel_volume v = { .dims = { 2, 2, 1 }, .dtype = PEL_FLOAT32, .oriented = true, .data = values };
    pel_slice_params params = pel_slice_defaults();
    pel_figure figure;
    draw(&figure, &v, &params);
    const uint8_t *rgba = first_image(&figure)->data;
    // the first row is the anterior one: 60, 120, then 0, NaN
    assert_near(rgba[0], 128, 1);
    assert_int_equal(rgba[4], 255);
    assert_int_equal(rgba[11], 255);
    assert_int_equal(rgba[15], 0);
    pel_figure_free(&figure);
}

static void overlays_are_parsed_from_the_end(void **state)
{
    (void)state;
    pel_overlay o;
    char *file;
    assert_ok(pel_overlay_parse(&o, &file, "a,b/t map.nii.gz,hot,2.5:6"));
    assert_string_equal(file, "a,b/t map.nii.gz");
    assert_string_equal(o.look.colormap, "hot");
    assert_string_equal(o.label, "t map.nii.gz");
    assert_near(o.lo, 2.5, 0);
    assert_near(o.hi, 6, 0);
    free(file);
    assert_ok(pel_overlay_parse(&o, &file, "phantom:sphere,labels"));
    assert_string_equal(file, "phantom:sphere");
    assert_true(o.look.labels && isnan(o.lo));
    free(file);
    static const char *const wrong[] = { "file",        ",hot",         "file,",
                                         "file,nolook", "file,hot,6:2", "file,hot,a:b" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_not_equal(pel_overlay_parse(&o, &file, wrong[i]), PEL_OK);
        assert_null(file);
    }
}

// a 2x1x1 overlay of 4 mm voxels over an 8x1x1 volume of 1 mm ones, both from x = 0 to 8 mm
static void overlay_row(uint8_t out[32], const char *text, const float over[2], bool oriented)
{
    float under[8] = { 60, 60, 60, 60, 60, 60, 60, 60 };
    pel_volume v = { .dims = { 8, 1, 1 }, .dtype = PEL_FLOAT32, .oriented = true, .data = under };
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[0][3] = 0.5;
    pel_volume w = { .dims = { 2, 1, 1 }, .dtype = PEL_FLOAT32, .oriented = oriented };
    w.data = (void *)(uintptr_t)over;
    w.mm_from_ijk = pel_affine_identity();
    w.mm_from_ijk.m[0][0] = 4;
    w.mm_from_ijk.m[0][3] = 2;
    pel_look look = fitted(&v);
    pel_overlay o;
    char *file;
    pel_figure figure;
    pel_slice_params params = pel_slice_defaults();
    params.overlay_opacity = 1;
    assert_ok(pel_overlay_parse(&o, &file, text));
    free(file);
    o.volume = &w;
    memset(out, 0, 32);
    if (pel_slice(&figure, &v, &look, &o, 1, &params) == PEL_OK)
        memcpy(out, first_image(&figure)->data, 32);
    pel_figure_free(&figure);
}

static void overlays_lie_where_their_millimetres_are(void **state)
{
    (void)state;
    uint8_t row[32];
    float map[256][3];
    assert_ok(pel_colormap(map, "labels"));
    static const float labels[2] = { 0, 3 };
    overlay_row(row, "f,labels", labels, true);
    for (int i = 0; i < 8; i++)
        for (int c = 0; c < 3; c++)
            assert_near(row[4 * i + c], i < 4 ? 128 : 255 * map[3][c], 1);
    // nobody knows where an unknown orientation lies
    overlay_row(row, "f,labels", labels, false);
    assert_error_says("--assume");
}

static void thresholds_count_from_zero_and_coolwarm_shows_both_signs(void **state)
{
    (void)state;
    uint8_t row[32];
    static const float both[2] = { -4, 4 };
    float map[256][3];
    assert_ok(pel_colormap(map, "coolwarm"));
    overlay_row(row, "f,coolwarm,2:4", both, true);
    // linear between -4 at 2 mm and 4 at 6 mm: |value| < 2 from 3 to 5 mm is not shown
    for (int i = 0; i < 8; i++) {
        double value = fmin(fmax(-4 + 2 * (i + 0.5 - 2), -4), 4);
        bool shown = fabs(value) >= 2;
        assert_int_equal(row[4 * i] != 128 || row[4 * i + 2] != 128, shown);
    }
    for (int c = 0; c < 3; c++) {
        assert_near(row[c], 255 * map[0][c], 1);
        assert_near(row[28 + c], 255 * map[255][c], 1);
    }
    // other maps show the upper side only
    overlay_row(row, "f,hot,2:4", both, true);
    assert_int_equal(row[0] + row[1] + row[2], 3 * 128);
    assert_int_equal(row[28], 255);
}

static void scale_bars_need_millimetres(void **state)
{
    (void)state;
    pel_volume v = stored_as(0, 0);
    v.oriented = v.unit_known = false;
    pel_slice_params params = pel_slice_defaults();
    params.scale_bar = true;
    pel_look look = fitted(&v);
    pel_figure figure;
    assert_int_equal(pel_slice(&figure, &v, &look, NULL, 0, &params), PEL_EDATA);
    assert_error_says("--spacing");
    params.scale_bar = false;
    draw(&figure, &v, &params);
    assert_near(figure.mm_per_pt, 0, 0);
    pel_figure_free(&figure);
}

static void nothing_stays_in_memory(void **state)
{
    (void)state;
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_48_axis_orders_give_the_same_figure),
        cmocka_unit_test(views_are_upright_and_mirrored_only_when_asked),
        cmocka_unit_test(every_pixel_maps_back_to_the_voxel_it_shows),
        cmocka_unit_test(an_unknown_orientation_has_no_letters_and_is_not_turned),
        cmocka_unit_test(a_position_in_mm_finds_the_nearest_slice),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(tiles_are_spread_evenly_and_rise_in_mm),
        cmocka_unit_test(millimetres_on_paper_are_those_of_the_figure),
        cmocka_unit_test(a_size_that_was_asked_for_is_met),
        cmocka_unit_test(a_slice_as_volume_stays_where_it_was),
        cmocka_unit_test(what_is_nan_is_blank),
        cmocka_unit_test(overlays_are_parsed_from_the_end),
        cmocka_unit_test(overlays_lie_where_their_millimetres_are),
        cmocka_unit_test(thresholds_count_from_zero_and_coolwarm_shows_both_signs),
        cmocka_unit_test(scale_bars_need_millimetres),
        cmocka_unit_test(nothing_stays_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
