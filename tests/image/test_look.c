/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static const char example[] =
    "{\"tone\": \"\", \"window\": [0, 255], \"colormap\": \"viridis\","
    " \"points\": [[0, 0,0,0, 0], [255, 1,1,1, 0.05]], \"opacity\": [[0, 0], [255, 0.05]],"
    " \"gradient_opacity\": [[0, 0], [10, 1]], \"lighting\": {\"unlit\": false, \"ambient\": 0.3,"
    " \"diffuse\": 0.7, \"specular\": 0.2, \"power\": 10, \"light\": \"head\"}}";

static pel_volume volume_of(int64_t n, float (*value)(int64_t i))
{
    pel_volume shape = { .dims = { n, n, n } }, out;
    assert_ok(pel_volume_like(&out, &shape, PEL_FLOAT32));
    for (int64_t i = 0; i < n * n * n; i++)
        ((float *)out.data)[i] = value(i);
    return out;
}

static void the_documented_example_is_read(void **state)
{
    (void)state;
    pel_look look;
    assert_ok(pel_look_from_json(&look, example));
    assert_near(look.window[1], 255, 0);
    assert_int_equal(look.point_count, 2);
    assert_near(look.points[1].v[3], 0.05, 0);
    assert_int_equal(look.gradient_count, 2);
    assert_near(look.gradient[1].value, 10, 0);
    assert_near(look.specular, 0.2, 0);
    assert_string_equal(look.colormap, "viridis");
    // the text itself may stand for the name
    pel_look same;
    assert_ok(pel_look_load(&same, example));
    assert_memory_equal(&same, &look, sizeof look);
}

static void every_look_comes_back_from_its_json(void **state)
{
    (void)state;
    for (const char *const *name = pel_look_names(); *name; name++) {
        pel_look look, back;
        assert_ok(pel_look_load(&look, *name));
        look.ambient = 0.1 + 1e-17;
        look.opacity[look.opacity_count++] = (pel_look_point){ 1e6 / 3, { 1.0 / 7 } };
        snprintf(look.tone, sizeof look.tone, "add -0.1; \"quoted\" \\");
        char *json = pel_look_to_json(&look);
        assert_ok(pel_look_from_json(&back, json));
        char *again = pel_look_to_json(&back);
        assert_string_equal(json, again);
        assert_memory_equal(back.points, look.points, sizeof look.points);
        assert_memory_equal(back.opacity, look.opacity, sizeof look.opacity);
        assert_string_equal(back.name, look.name);
        assert_string_equal(back.tone, look.tone);
        assert_string_equal(back.colormap, look.colormap);
        assert_near(back.window[0], look.window[0], 0);
        assert_near(back.ambient, look.ambient, 0);
        assert_near(back.power, look.power, 0);
        assert_int_equal(back.unlit, look.unlit);
        assert_int_equal(back.labels, look.labels);
        assert_int_equal(back.opacity_in_window, look.opacity_in_window);
        assert_int_equal(back.opacity_per_voxel, look.opacity_per_voxel);
        assert_int_equal(back.in_hounsfield, look.in_hounsfield);
        assert_int_equal(back.window_in_hounsfield, look.window_in_hounsfield);
        free(json);
        free(again);
    }
}

static void a_wrong_look_is_refused_by_the_name_of_its_key(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{\"colour\": 1}", "colour" },
        { "{\"window\": [1]}", "window" },
        { "{\"window\": [2, 1]}", "window" },
        { "{\"window\": \"wide\"}", "window" },
        { "{\"points\": [[0, 0, 0, 0]]}", "points" },
        { "{\"points\": [[0, 2, 0, 0, 0]]}", "points" },
        { "{\"opacity\": [[1, 0], [0, 1]]}", "opacity" },
        { "{\"opacity\": [[1, -1]]}", "opacity" },
        { "{\"opacity\": 3}", "opacity" },
        { "{\"gradient_opacity\": [[\"a\", 1]]}", "gradient_opacity" },
        { "{\"lighting\": {\"shiny\": 1}}", "shiny" },
        { "{\"lighting\": {\"power\": -1}}", "power" },
        { "{\"lighting\": {\"unlit\": 1}}", "unlit" },
        { "{\"lighting\": {\"light\": \"moon\"}}", "moon" },
        { "{\"lighting\": 1}", "lighting" },
        { "{\"labels\": 1}", "labels" },
        { "{\"tone\": 1}", "tone" },
        { "{\"tone\": \"\", \"tone\": \"\"}", "line 1" },
        { "[1]", "object" },
        { "{", "JSON" },
        { "", "JSON" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_look look;
        assert_int_not_equal(pel_look_from_json(&look, cases[i][0]), PEL_OK);
        assert_error_says(cases[i][1]);
    }
}

static void a_look_that_nobody_knows_lists_those_there_are(void **state)
{
    (void)state;
    pel_look look;
    assert_int_equal(pel_look_load(&look, "mr-heart"), PEL_EPARAM);
    assert_error_says("mr-brain");
    assert_int_equal(pel_look_load(&look, "/nowhere/a.json"), PEL_EIO);
    assert_error_says("/nowhere/a.json");
}

static void flags_win_over_the_look(void **state)
{
    (void)state;
    pel_look_params params = pel_look_defaults();
    pel_look look;
    params.look = "mr-head";
    params.unlit = true;
    params.ambient = 0.9;
    params.power = 77;
    params.window = (pel_numbers){ 2, { 5, 6 } };
    params.colormap = "magma";
    params.light = "1,1,1";
    assert_ok(pel_look_choose(&look, &params));
    assert_true(look.unlit);
    assert_near(look.ambient, 0.9, 0);
    assert_near(look.diffuse, 0.7, 0);
    assert_near(look.power, 77, 0);
    assert_near(look.window[1], 6, 0);
    assert_string_equal(look.colormap, "magma");
    assert_int_equal(look.point_count, 0);
    assert_true(look.opacity_count > 0);
    params.window = (pel_numbers){ 2, { 6, 5 } };
    assert_int_equal(pel_look_choose(&look, &params), PEL_EPARAM);
}

static float index_value(int64_t i)
{
    return (float)i;
}

static void a_fitted_look_is_piecewise_linear(void **state)
{
    (void)state;
    pel_volume v = volume_of(4, index_value);
    pel_look look;
    assert_ok(pel_look_from_json(&look, example));
    assert_ok(pel_look_fit(&look, &v));
    float rgb[3], opacity;
    for (int i = -50; i < 350; i++) {
        pel_look_colour(&look, i, rgb, &opacity);
        double t = i < 0 ? 0 : i > 255 ? 1 : i / 255.0;
        assert_near(rgb[1], t, 1e-7);
        assert_near(opacity, 0.05 * t, 1e-8);
    }
    pel_look_colour(&look, NAN, rgb, &opacity);
    assert_near(opacity, 0, 0);
    look.point_count = 0;
    float map[256][3];
    assert_ok(pel_colormap(map, "viridis"));
    for (int i = 0; i < 256; i++) {
        pel_look_colour(&look, i, rgb, &opacity);
        for (int c = 0; c < 3; c++)
            assert_near(rgb[c], map[i][c], 1e-6);
    }
    // of two points at one value the last holds from there on
    look.opacity[0] = (pel_look_point){ 100, { 0 } };
    look.opacity[1] = (pel_look_point){ 100, { 2 } };
    pel_look_colour(&look, 99.999, rgb, &opacity);
    assert_near(opacity, 0, 0);
    pel_look_colour(&look, 100, rgb, &opacity);
    assert_near(opacity, 2, 0);
    pel_volume_free(&v);
}

static void fitting_turns_the_window_into_data_units_once(void **state)
{
    (void)state;
    pel_volume v = volume_of(16, index_value);
    pel_look look, again;
    assert_ok(pel_look_load(&look, "mr-head"));
    double first = look.points[1].value, last = look.points[look.point_count - 1].value;
    look.window[0] = 1000;
    look.window[1] = 3000;
    assert_ok(pel_look_fit(&look, &v));
    assert_near(look.points[1].value, 1000 + 2000 * first, 1e-9);
    assert_near(look.points[look.point_count - 1].value, 1000 + 2000 * last, 1e-9);
    again = look;
    assert_ok(pel_look_fit(&again, &v));
    assert_memory_equal(again.points, look.points, sizeof look.points);
    assert_memory_equal(again.window, look.window, sizeof look.window);
    pel_volume_free(&v);
}

static void opacity_per_voxel_becomes_per_mm(void **state)
{
    (void)state;
    pel_volume v = volume_of(4, index_value);
    for (int a = 0; a < 3; a++)
        v.mm_from_ijk.m[a][a] = 2;
    pel_look look;
    float rgb[3], opacity;
    assert_ok(pel_look_load(&look, "seed"));
    assert_string_equal(look.tone, "seed");
    assert_ok(pel_look_fit(&look, &v));
    pel_look_colour(&look, 0.6, rgb, &opacity);
    assert_near(opacity, 0.3, 1e-7);
    pel_volume_free(&v);
}

// half nothing, a quarter noise, the rest a ramp from 100 to 200, and one wild voxel
static float head_like(int64_t i)
{
    return i == 5 ? 1e6f : i % 4 == 1 ? (float)(i % 30) : i % 4 ? 0 : 100 + (float)(i % 400) / 4;
}

static float hounsfield_like(int64_t i)
{
    return i % 3 ? -1000 : (float)(i % 1300);
}

static float label_like(int64_t i)
{
    return i % 5 ? 0 : (float)(i % 7);
}

static void auto_tells_heads_ct_and_labels_apart(void **state)
{
    (void)state;
    pel_volume head = volume_of(40, head_like), ct = volume_of(40, hounsfield_like);
    pel_look look;
    assert_ok(pel_look_load(&look, "auto"));
    assert_ok(pel_look_fit(&look, &head));
    assert_string_equal(look.name, "mr-head");
    assert_near(look.window[0], 0, 0);
    assert_near(look.window[1], 200, 2);
    assert_ok(pel_look_load(&look, "auto"));
    assert_ok(pel_look_fit(&look, &ct));
    assert_string_equal(look.name, "ct-bone");

    pel_volume shape = { .dims = { 20, 20, 20 } }, labels;
    assert_ok(pel_volume_like(&labels, &shape, PEL_UINT8));
    for (int64_t i = 0; i < 8000; i++)
        ((uint8_t *)labels.data)[i] = (uint8_t)label_like(i);
    assert_ok(pel_look_load(&look, "auto"));
    assert_ok(pel_look_fit(&look, &labels));
    assert_true(look.labels);
    float rgb[3], opacity, map[256][3];
    assert_ok(pel_colormap(map, "labels"));
    pel_look_colour(&look, 3, rgb, &opacity);
    assert_memory_equal(rgb, map[3], sizeof rgb);
    assert_true(opacity > 0);
    pel_look_colour(&look, 0, rgb, &opacity);
    assert_near(opacity, 0, 0);
    pel_volume_free(&head);
    pel_volume_free(&ct);
    pel_volume_free(&labels);
}

static pel_volume integers_of(pel_dtype dtype, int (*value)(int64_t i))
{
    pel_volume shape = { .dims = { 40, 40, 40 } }, out;
    assert_ok(pel_volume_like(&out, &shape, dtype));
    for (int64_t i = 0; i < 64000; i++)
        if (dtype == PEL_UINT8)
            ((uint8_t *)out.data)[i] = (uint8_t)value(i);
        else
            ((int16_t *)out.data)[i] = (int16_t)value(i);
    return out;
}

// spread over lo..hi, the same for every i
static int spread(int64_t i, int lo, int hi)
{
    return lo + (int)(((uint64_t)i * 2654435761u >> 7) % (uint64_t)(hi - lo + 1));
}

// air about 60, soft tissue about 1060, some bone
static int scanner_like(int64_t i)
{
    return i % 4 < 2     ? spread(i, 0, 120)
           : i % 16 == 3 ? spread(i, 1300, 2900)
                         : spread(i, 1010, 1110);
}

// cut at both ends: air 0, soft tissue 20 to 36, bone up to 255 and beyond
static int eight_bit_ct(int64_t i)
{
    int bone = spread(i, 90, 300);
    return i % 4 < 2 ? 0 : i % 16 == 3 ? (bone > 255 ? 255 : bone) : spread(i, 20, 36);
}

static int stripped_like(int64_t i)
{
    return i % 8 ? 0 : i % 64 ? spread(i, 80, 160) : spread(i, 45, 80);
}

static int angiogram_like(int64_t i)
{
    return i % 100 ? 0 : spread(i, 1, 254);
}

static void auto_tells_ct_of_other_numbers_brains_and_vessels_apart(void **state)
{
    (void)state;
    static const struct {
        pel_dtype dtype;
        int (*value)(int64_t i);
        const char *look;
    } cases[] = {
        { PEL_INT16, scanner_like, "ct-bone" },
        { PEL_UINT8, eight_bit_ct, "ct-bone" },
        { PEL_UINT8, stripped_like, "mr-brain" },
        { PEL_UINT8, angiogram_like, "vessels" },
    };
    for (int n = 0; n < 4; n++) {
        pel_volume v = integers_of(cases[n].dtype, cases[n].value);
        pel_look look;
        assert_ok(pel_look_load(&look, "auto"));
        assert_ok(pel_look_fit(&look, &v));
        assert_string_equal(look.name, cases[n].look);
        pel_volume_free(&v);
    }
}

static void hounsfield_looks_follow_the_numbers_of_the_scanner(void **state)
{
    (void)state;
    pel_volume v = integers_of(PEL_INT16, scanner_like);
    pel_look look, again, plain;
    assert_ok(pel_look_load(&plain, "ct-bone"));
    assert_ok(pel_look_load(&look, "ct-bone"));
    assert_ok(pel_look_fit(&look, &v));
    assert_near(look.points[2].value, plain.points[2].value + 1024, 1e-9);
    assert_near(look.window[0], plain.window[0] + 1024, 1e-9);
    // once is enough, and what was saved is as it was used
    again = look;
    assert_ok(pel_look_fit(&again, &v));
    char *json = pel_look_to_json(&look);
    assert_ok(pel_look_from_json(&plain, json));
    assert_ok(pel_look_fit(&plain, &v));
    assert_memory_equal(again.points, look.points, sizeof look.points);
    assert_memory_equal(plain.points, look.points, sizeof look.points);
    free(json);
    // a window of one's own is in the file's numbers
    pel_look_params params = pel_look_defaults();
    params.look = "ct-soft";
    params.window = (pel_numbers){ 2, { 900, 1300 } };
    assert_ok(pel_look_choose(&look, &params));
    assert_ok(pel_look_fit(&look, &v));
    assert_near(look.window[0], 900, 0);
    pel_volume_free(&v);

    // soft tissue of 8 bits, near 28, is 40 HU; its top is about 1000
    v = integers_of(PEL_UINT8, eight_bit_ct);
    assert_ok(pel_look_load(&look, "ct-bone"));
    assert_ok(pel_look_fit(&look, &v));
    assert_true(look.points[1].value > 40 && look.points[1].value < 70);
    assert_true(look.points[3].value > 110 && look.points[3].value < 170);
    // what was cut to 0 is air, and what was not is skin
    float rgb[3], air, skin;
    assert_ok(pel_look_load(&look, "ct-skin"));
    assert_ok(pel_look_fit(&look, &v));
    pel_look_colour(&look, 0, rgb, &air);
    pel_look_colour(&look, 2, rgb, &skin);
    assert_near(air, 0, 0);
    assert_true(skin > 0.5F);
    pel_volume_free(&v);
}

// dark, then grey matter about 100, white matter about 140, fat up to 250
static int head_with_peaks(int64_t i)
{
    int64_t k = i % 20;
    return k < 9    ? spread(i, 0, 12)
           : k < 13 ? spread(i, 92, 108)
           : k < 17 ? spread(i, 134, 146)
                    : spread(i, 20, 250);
}

static void grey_and_white_matter_are_told_apart_wherever_they_lie(void **state)
{
    (void)state;
    pel_volume v = integers_of(PEL_UINT8, head_with_peaks);
    pel_look look;
    float grey[3], white[3], opacity;
    assert_ok(pel_look_load(&look, "mr-head"));
    assert_ok(pel_look_fit(&look, &v));
    pel_look_colour(&look, 100, grey, &opacity);
    pel_look_colour(&look, 140, white, &opacity);
    assert_true(white[1] - grey[1] > 0.25F);
    pel_volume_free(&v);
}

static float constant(int64_t i)
{
    (void)i;
    return 7;
}

static float nothing(int64_t i)
{
    (void)i;
    return NAN;
}

static void odd_volumes_get_a_window_too(void **state)
{
    (void)state;
    float (*const all[])(int64_t) = { constant, nothing };
    for (int i = 0; i < 2; i++) {
        pel_volume v = volume_of(8, all[i]);
        for (const char *const *name = pel_look_names(); *name; name++) {
            pel_look look;
            assert_ok(pel_look_load(&look, *name));
            assert_ok(pel_look_fit(&look, &v));
            assert_true(look.window[0] < look.window[1]);
        }
        pel_volume_free(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_example_is_read),
        cmocka_unit_test(every_look_comes_back_from_its_json),
        cmocka_unit_test(a_wrong_look_is_refused_by_the_name_of_its_key),
        cmocka_unit_test(a_look_that_nobody_knows_lists_those_there_are),
        cmocka_unit_test(flags_win_over_the_look),
        cmocka_unit_test(a_fitted_look_is_piecewise_linear),
        cmocka_unit_test(fitting_turns_the_window_into_data_units_once),
        cmocka_unit_test(opacity_per_voxel_becomes_per_mm),
        cmocka_unit_test(auto_tells_heads_ct_and_labels_apart),
        cmocka_unit_test(auto_tells_ct_of_other_numbers_brains_and_vessels_apart),
        cmocka_unit_test(hounsfield_looks_follow_the_numbers_of_the_scanner),
        cmocka_unit_test(grey_and_white_matter_are_told_apart_wherever_they_lie),
        cmocka_unit_test(odd_volumes_get_a_window_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
