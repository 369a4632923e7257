/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_series.c: many DICOM files as one volume: order, gaps, moments, tilt, choice. */
#include "make_dicom.h"

#include <sys/stat.h>
#include <unistd.h>

static int enter(void **state)
{
    (void)state;
    make_enter();
    make_listen();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    make_quiet();
    assert_int_equal(system("rm -rf ./*"), 0);
    make_leave();
    return 0;
}

static void place(make_set *s, double x, double y, double z)
{
    char text[64];
    snprintf(text, sizeof text, "%.6f\\%.6f\\%.6f", x, y, z);
    make_text(s, 0x00200032, "DS", text);
}

// slices `first` to `last`, named so that their order is another one
static void write_slices(const char *folder, int first, int last)
{
    char path[128];
    mkdir(folder, 0777);
    for (int n = first; n <= last; n++) {
        make_set s = make_image(n);
        snprintf(path, sizeof path, "%s/IM%02d", folder, (n * 7) % 32);
        make_dicom_file(path, &s, n % 2 ? MAKE_EXPLICIT : MAKE_IMPLICIT);
    }
}

static void one_more(const char *path, make_set *s)
{
    make_dicom_file(path, s, MAKE_EXPLICIT);
}

static void slices_are_sorted_by_their_place(void **state)
{
    (void)state;
    write_slices("s", 1, 9);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 9);
    assert_near(v.mm_from_ijk.m[2][2], 2.5, 1e-12);
    assert_near(v.mm_from_ijk.m[2][3], 7.5, 1e-12);
    assert_non_null(strstr(make_notes, "series 7: MR; test head, 9 slices of 9 files"));
    assert_null(strstr(make_notes, "Jane"));
    assert_int_equal(strlen(v.fields.hash), 32);
    assert_true(v.fields.bytes > 9 * 300);
    pel_volume again = make_must_open("s/IM*", NULL, NULL);
    make_check_slices(&again, 1, 9);
    assert_string_equal(again.fields.hash, v.fields.hash);
    pel_volume_free(&again);
    pel_volume_free(&v);
}

static void places_that_run_against_the_normal_are_turned(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 4; n++) {
        char path[32];
        make_set s = make_image(n);
        make_text(&s, 0x00200037, "DS", "0\\1\\0\\0\\0\\-1");
        place(&s, 30 - 3 * n, 5, 6);
        snprintf(path, sizeof path, "s/%d.dcm", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    // rows x columns is (-1, 0, 0): the last place comes first, and RAS turns its sign
    for (int k = 0; k < 4; k++)
        assert_near(make_stored(&v, 0, 0, k), 100 * k, 0);
    assert_near(v.mm_from_ijk.m[0][2], 3, 1e-12);
    assert_near(v.mm_from_ijk.m[0][3], -30, 1e-12);
    pel_volume_free(&v);
}

static void chosen_slices_keep_their_places(void **state)
{
    (void)state;
    write_slices("s", 1, 9);
    pel_read_params p = pel_read_defaults();
    p.slices = "-2:1:-3";
    pel_volume v;
    assert_ok(pel_read_volume(&v, "s", &p));
    assert_int_equal(v.dims[2], 2);
    assert_near(make_stored(&v, 0, 0, 0), 800, 0);
    assert_near(make_stored(&v, 0, 0, 1), 500, 0);
    assert_near(v.mm_from_ijk.m[2][2], -7.5, 1e-12);
    assert_near(v.mm_from_ijk.m[2][3], 7.5 + 7 * 2.5, 1e-12);
    pel_volume_free(&v);
    p.slices = "9:";
    assert_int_equal(pel_read_volume(&v, "s", &p), PEL_EPARAM);
    assert_error_says("leaves none of its 9 slices");
}

static void missing_slices_are_errors_unless_allowed(void **state)
{
    (void)state;
    write_slices("s", 1, 8);
    unlink("s/IM28"); // instance 4
    make_must_refuse("s", NULL, NULL,
                     "the widest gap lies between IM21, instance 3, and IM03, instance 5");
    pel_volume v = make_must_open("s", NULL, "gaps");
    assert_int_equal(v.dims[2], 7);
    assert_non_null(strstr(make_notes, "taken as evenly spaced"));
    pel_volume_free(&v);
}

static void small_unevenness_is_rounding(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 9; n++) {
        char path[32];
        make_set s = make_image(n);
        // 0.625 mm in steps of a twentieth
        place(&s, 0, 0, floor(0.625 * n * 20 + 0.5) / 20);
        snprintf(path, sizeof path, "s/%d.dcm", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 0, 9);
    assert_near(v.mm_from_ijk.m[2][2], 0.625, 1e-12);
    pel_volume_free(&v);
}

static void a_tilted_gantry_shears_the_grid(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 5; n++) {
        char path[32];
        make_set s = make_image(n);
        place(&s, 0, 0.5 * n, 2 * n);
        snprintf(path, sizeof path, "s/%d.dcm", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_non_null(strstr(make_notes, "the gantry is tilted: slices are displaced by 14 degrees"));
    assert_near(v.mm_from_ijk.m[1][2], -0.5, 1e-12);
    assert_near(v.mm_from_ijk.m[2][2], 2, 1e-12);
    pel_volume_free(&v);
}

static void images_at_one_place_are_frames(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 6; n++) {
        char path[32], text[16];
        make_set s = make_image(n);
        place(&s, 0, 0, 2 * (n % 3));
        make_text(&s, 0x00180080, "DS", "1500");
        snprintf(text, sizeof text, "%d", n / 3);
        make_text(&s, 0x00200012, "IS", text);
        snprintf(path, sizeof path, "s/%d", 9 - n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_int_equal(v.dims[2], 3);
    assert_int_equal(v.frames, 2);
    assert_near(v.fields.step[0], 1.5, 0);
    assert_int_equal(v.fields.time_unit, 8);
    for (int n = 0; n < 6; n++)
        assert_near(make_stored(&v, 0, 0, n), 100 * n, 0);
    pel_volume_free(&v);
    // the last moment lacks a place
    unlink("s/4");
    make_must_refuse("s", NULL, NULL,
                     "places of its slices have 1 to 2 images; 7 is at a place with 1");
    v = make_must_open("s", NULL, "gaps");
    assert_int_equal(v.frames, 1);
    assert_non_null(strstr(make_notes, "2 images beyond the 1 that every slice has are left out"));
    pel_volume_free(&v);
}

static void heart_beats_give_the_time_between_frames(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 3; n++) {
        char path[32], text[16];
        make_set s = make_image(n);
        place(&s, 0, 0, 0);
        snprintf(text, sizeof text, "%d", 40 * (2 - n));
        make_text(&s, 0x00181060, "DS", text);
        snprintf(path, sizeof path, "s/%d", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_int_equal(v.frames, 3);
    assert_near(v.fields.step[0], 0.04, 1e-12);
    assert_near(make_stored(&v, 0, 0, 0), 200, 0);
    pel_volume_free(&v);
}

static void moments_come_before_acquisitions_and_these_before_instances(void **state)
{
    (void)state;
    // temporal position, acquisition and instance of three images, in the order of their time
    static const int cases[2][3][3] = { { { 1, 2, 3 }, { 2, 1, 2 }, { 3, 1, 1 } },
                                        { { 1, 1, 3 }, { 1, 2, 2 }, { 1, 3, 1 } } };
    for (int c = 0; c < 2; c++) {
        mkdir("s", 0777);
        for (int n = 0; n < 3; n++) {
            char path[32], text[16];
            const int *number = cases[c][n];
            make_set s = make_image(number[2]);
            place(&s, 0, 0, 0);
            snprintf(text, sizeof text, "%d", number[0]);
            make_text(&s, 0x00200100, "IS", text);
            snprintf(text, sizeof text, "%d", number[1]);
            make_text(&s, 0x00200012, "IS", text);
            snprintf(path, sizeof path, "s/%d", number[2]);
            one_more(path, &s);
        }
        pel_volume v = make_must_open("s", NULL, NULL);
        assert_int_equal(v.frames, 3);
        for (int n = 0; n < 3; n++)
            assert_near(make_stored(&v, 0, 0, n), 100 * cases[c][n][2], 0);
        pel_volume_free(&v);
    }
}

static void copies_of_a_file_count_once(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    mkdir("s/below", 0777);
    make_set s = make_image(2);
    one_more("s/below/copy.dcm", &s);
    make_file("s/notes.txt", "hello", 5);
    make_file("s/.hidden", "hello", 5);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 3);
    assert_non_null(strstr(make_notes, "1 files are copies of others"));
    pel_volume_free(&v);
}

static void scales_of_their_own_are_applied(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 3; n++) {
        char path[32], text[16];
        make_set s = make_image(n);
        snprintf(text, sizeof text, "%g", 0.5 + n);
        make_text(&s, 0x00281053, "DS", text);
        make_text(&s, 0x00281052, "DS", "-7");
        snprintf(path, sizeof path, "s/%d", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_int_equal(v.dtype, PEL_FLOAT32);
    assert_near(v.slope, 1, 0);
    for (int n = 0; n < 3; n++)
        assert_near(make_stored(&v, 3, 2, n), (0.5 + n) * (100 * n + 11) - 7, 0);
    assert_non_null(strstr(make_notes, "scales of their own"));
    pel_volume_free(&v);
}

/* ---- several series ---- */

static void write_three_series(void)
{
    write_slices("s", 1, 3);
    make_set s = make_image(20);
    make_text(&s, 0x0020000e, "UI", "1.2.4");
    make_text(&s, 0x00200011, "IS", "9");
    make_text(&s, 0x0008103e, "LO", "second");
    one_more("s/second.dcm", &s);
    for (int n = 0; n < 2; n++) {
        char path[32];
        s = make_image(30 + n);
        make_text(&s, 0x0020000e, "UI", "1.2.5");
        make_text(&s, 0x00200011, "IS", "11");
        make_text(&s, 0x00180081, "DS", n ? "30" : "15");
        snprintf(path, sizeof path, "s/echo%d.dcm", n);
        one_more(path, &s);
    }
}

static void one_of_several_series_is_chosen_by_number_part_or_uid(void **state)
{
    (void)state;
    write_three_series();
    make_must_refuse(
        "s", NULL, NULL,
        "s: holds 4 volumes; choose one with --series NUMBER, of 7 (test head, MR, 3 images "
        "of 4x3), 9 (second, MR, 1 image of 4x3), 11.1 (test head, MR, 1 image of 4x3), "
        "11.2 (test head, MR, 1 image of 4x3)");
    make_must_refuse("s", "8", NULL, "has no series '8'");
    make_must_refuse("s", "11", NULL, "that series has 2 volumes");
    pel_volume v = make_must_open("s", "7", NULL);
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    v = make_must_open("s", "11.2", NULL);
    make_check_slices(&v, 31, 1);
    pel_volume_free(&v);
    v = make_must_open("s", "1.2.4", NULL);
    make_check_slices(&v, 20, 1);
    assert_non_null(strstr(make_notes, "5 images of other series or kinds are left out"));
    pel_volume_free(&v);
}

static void the_largest_part_is_taken_where_mixed_is_allowed(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    make_set s = make_image(9);
    int64_t value[16] = { 0 };
    make_short(&s, 0x00280010, 4);
    make_pixels(&s, 16, value, 16);
    one_more("s/larger.dcm", &s);
    make_must_refuse("s", NULL, NULL, "holds 2 volumes");
    pel_volume v = make_must_open("s", NULL, "mixed");
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
}

static void localizers_and_captures_do_not_hinder(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    make_set s = make_image(20);
    make_text(&s, 0x0020000e, "UI", "1.2.4");
    make_text(&s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER");
    one_more("s/a.dcm", &s);
    s = make_image(21);
    make_text(&s, 0x0020000e, "UI", "1.2.5");
    make_remove(&s, 0x00200032);
    one_more("s/b.dcm", &s);
    s = make_image(22);
    make_text(&s, 0x0020000e, "UI", "1.2.6");
    make_text(&s, 0x0008103e, "LO", "3-plane Scout");
    one_more("s/c.dcm", &s);
    s = make_image(23);
    make_remove(&s, 0x7fe00010);
    one_more("s/report.dcm", &s);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    assert_int_equal(system("rm s/IM*"), 0);
    make_must_refuse("s", NULL, NULL, "holds 3 volumes");
}

static void damaged_files_are_named_unless_mixed_is_allowed(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    make_set s = make_image(4);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    make_file("s/cut.dcm", make_whole, size - 10);
    make_must_refuse("s", NULL, NULL, "s/cut.dcm: ends before its last pixel");
    pel_volume v = make_must_open("s", NULL, "mixed");
    make_check_slices(&v, 1, 3);
    assert_non_null(strstr(make_notes, "1 damaged files are left out"));
    pel_volume_free(&v);
}

static void links_are_not_followed(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    write_slices("other", 4, 6);
    assert_int_equal(symlink("../other", "s/link"), 0);
    assert_int_equal(symlink("..", "s/round"), 0);
    assert_int_equal(symlink("../other/IM28", "s/one.dcm"), 0);
    assert_int_equal(symlink("nowhere", "s/dangling"), 0);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    // those that a pattern names are meant
    unlink("s/dangling");
    assert_int_equal(symlink("nowhere", "s/zdangling"), 0);
    assert_int_equal(system("rm -f s/IM*; rm s/link s/round"), 0);
    v = make_must_open("s/*", NULL, NULL);
    make_check_slices(&v, 4, 1);
    pel_volume_free(&v);
}

static void dicom_wins_over_pictures_beside_it_but_not_over_those_above(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    make_file("s/preview.png", "x", 1);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    mkdir("t", 0777);
    make_file("t/preview.png", "x", 1);
    assert_int_equal(rename("s", "t/s"), 0);
    make_must_refuse("t", NULL, NULL, "preview.png");
    unlink("t/preview.png");
    unlink("t/s/preview.png");
    v = make_must_open("t", NULL, NULL);
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    mkdir("empty", 0777);
    mkdir("empty/below", 0777);
    assert_int_equal(symlink("nowhere", "empty/link"), 0);
    make_must_refuse("empty", NULL, NULL, "no slices (.tif .tiff .png .jpg) and no DICOM");
}

static void a_file_of_several_frames_stays_open_for_the_next_slab(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 3; n++) {
        char path[32];
        make_set s = make_frames(4);
        snprintf(path, sizeof path, "1.2.3.%d", n);
        make_text(&s, 0x00080018, "UI", path);
        place(&s, 0, 0, 8 * n);
        snprintf(path, sizeof path, "s/%d", n);
        one_more(path, &s);
    }
    pel_source source;
    assert_ok(pel_open_volume(&source, "s", NULL));
    assert_int_equal(source.shape.dims[2], 12);
    uint16_t slab[12 * 3];
    // over the end of a file, then back
    assert_ok(source.read_slab(&source, slab, 2, 3));
    assert_int_equal(slab[8], 24);
    assert_int_equal(slab[24 + 8], 0);
    assert_ok(source.read_slab(&source, slab, 1, 1));
    assert_int_equal(slab[8], 12);
    assert_ok(source.finish(&source));
    char hash[33];
    memcpy(hash, source.shape.fields.hash, 33);
    pel_source_close(&source);
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_string_equal(v.fields.hash, hash);
    pel_volume_free(&v);
}

static void a_file_that_changes_meanwhile_is_an_error(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    pel_source source;
    uint16_t slab[36];
    assert_ok(pel_open_volume(&source, "s", NULL));
    make_set s = make_image(2);
    int64_t value[16] = { 0 };
    make_short(&s, 0x00280010, 4);
    make_pixels(&s, 16, value, 16);
    one_more("s/IM14", &s);
    assert_int_equal(source.read_slab(&source, slab, 0, 3), PEL_EIO);
    assert_error_says("has changed since it was opened");
    s = make_image(2);
    make_remove(&s, 0x7fe00010);
    one_more("s/IM14", &s);
    assert_int_equal(source.read_slab(&source, slab, 0, 3), PEL_EIO);
    pel_source_close(&source);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void any_change_of_a_file_is_seen(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag;
        int value;
        bool colour, frames;
    } changes[] = { { 0x00280011, 3, false, false },
                    { 0x00280103, 1, false, false },
                    { 0x00280002, 3, true, false },
                    { 0x00280010, 3, false, true } };
    for (int n = 0; n < 4; n++) {
        write_slices("s", 1, 3);
        pel_source source;
        uint16_t slab[36];
        assert_ok(pel_open_volume(&source, "s", NULL));
        make_set s = changes[n].frames ? make_frames(2) : make_image(2);
        int64_t value[36] = { 0 };
        make_short(&s, changes[n].tag, changes[n].value);
        if (changes[n].colour) {
            make_text(&s, 0x00280004, "CS", "RGB");
            make_pixels(&s, 16, value, 36);
        }
        one_more("s/IM14", &s);
        assert_int_equal(source.read_slab(&source, slab, 0, 1), PEL_OK);
        assert_int_equal(source.finish(&source), PEL_EIO);
        assert_string_equal(source.shape.fields.hash, "");
        assert_int_equal(source.read_slab(&source, slab, 0, 3), PEL_EIO);
        assert_error_says("has changed since it was opened");
        pel_source_close(&source);
        unlink("s/IM14");
    }
}

static void files_of_one_and_of_several_frames_make_one_volume(void **state)
{
    (void)state;
    mkdir("s", 0777);
    make_set s = make_frames(3);
    place(&s, 0, 0, 0);
    one_more("s/three", &s);
    for (int n = 0; n < 2; n++) {
        char path[32];
        s = make_image(n + 2);
        place(&s, 0, 0, 6 + 2 * n);
        make_text(&s, 0x00080018, "UI", n ? "" : "1.2.3.77");
        snprintf(path, sizeof path, "s/one%d", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_int_equal(v.dims[2], 5);
    assert_near(make_stored(&v, 0, 0, 2), 24, 0);
    assert_near(make_stored(&v, 0, 0, 3), 200, 0);
    assert_near(make_stored(&v, 0, 0, 4), 300, 0);
    pel_volume_free(&v);
    // the file of several is gone when it is read
    pel_source source;
    uint16_t slab[60];
    assert_ok(pel_open_volume(&source, "s", NULL));
    unlink("s/three");
    assert_int_equal(source.read_slab(&source, slab, 0, 5), PEL_EIO);
    pel_source_close(&source);
}

static void what_a_slice_does_not_say_of_its_scale_is_one_and_zero(void **state)
{
    (void)state;
    static const char *const cases[3][2] = { { "2", NULL }, { NULL, "5" }, { "2", "5" } };
    for (int c = 0; c < 3; c++) {
        mkdir("s", 0777);
        for (int n = 0; n < 2; n++) {
            char path[32];
            make_set s = make_image(n);
            // c = 2: images without a place
            if (c == 2)
                make_remove(&s, 0x00200032);
            if (n && cases[c][0])
                make_text(&s, 0x00281053, "DS", cases[c][0]);
            if (n && cases[c][1])
                make_text(&s, 0x00281052, "DS", cases[c][1]);
            snprintf(path, sizeof path, "s/%d", n);
            one_more(path, &s);
        }
        pel_volume v = make_must_open("s", NULL, NULL);
        assert_int_equal(v.dtype, PEL_FLOAT32);
        const float *values = v.data;
        int row = c == 2 ? 0 : 2;
        assert_near(values[4 * row + 1], 1, 0);
        double slope = cases[c][0] ? 2 : 1, inter = cases[c][1] ? 5 : 0;
        assert_near(values[12 + 4 * row + 1], slope * 101 + inter, 0);
        pel_volume_free(&v);
    }
}

static void pictures_without_places_are_a_stack_or_moments(void **state)
{
    (void)state;
    for (int c = 0; c < 4; c++) {
        mkdir("s", 0777);
        for (int n = 0; n < 3; n++) {
            char path[32], text[16];
            make_set s = make_image(3 - n);
            make_remove(&s, 0x00200032);
            // 1: moments; 2: moments that are the same; 3: nothing of their thickness
            snprintf(text, sizeof text, "%d", c == 1 ? 3 - n : 1);
            if (c == 1 || c == 2)
                make_text(&s, 0x00200100, "IS", text);
            if (c == 3)
                make_remove(&s, 0x00180050);
            snprintf(path, sizeof path, "s/%d", n);
            one_more(path, &s);
        }
        pel_volume v = make_must_open("s", NULL, NULL);
        assert_int_equal(v.frames, c == 1 ? 3 : 1);
        assert_int_equal(v.dims[2], c == 1 ? 1 : 3);
        for (int k = 0; k < 3; k++)
            assert_int_equal(((uint16_t *)v.data)[12 * k], 100 * (k + 1));
        assert_int_equal(v.unit_known, c != 3);
        assert_near(v.mm_from_ijk.m[2][2], 2, 0);
        pel_volume_free(&v);
    }
}

static void a_small_tilt_is_kept_without_a_word(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 5; n++) {
        char path[32];
        make_set s = make_image(n);
        place(&s, 0, 0.01 * n, 10 * n);
        snprintf(path, sizeof path, "s/%d.dcm", n);
        one_more(path, &s);
    }
    pel_volume v = make_must_open("s", NULL, NULL);
    assert_null(strstr(make_notes, "tilted"));
    assert_near(v.mm_from_ijk.m[1][2], -0.01, 1e-12);
    pel_volume_free(&v);
}

static void a_slice_of_unknown_thickness_is_one_millimetre(void **state)
{
    (void)state;
    static const char *const thick[] = { NULL, "0", "3", "0" };
    static const char *const between[] = { "0", "-4", NULL, NULL };
    static const double want[] = { 1, 4, 3, 1 };
    for (int n = 0; n < 4; n++) {
        make_set s = make_image(1);
        make_remove(&s, 0x00180050);
        if (thick[n])
            make_text(&s, 0x00180050, "DS", thick[n]);
        if (between[n])
            make_text(&s, 0x00180088, "DS", between[n]);
        one_more("a.dcm", &s);
        pel_volume v = make_must_open("a.dcm", NULL, NULL);
        assert_near(v.mm_from_ijk.m[2][2], want[n], 0);
        assert_int_equal(strstr(make_notes, "does not say how thick") != NULL, n % 3 == 0);
        pel_volume_free(&v);
    }
    // frames without a distance are a millimetre apart, too
    make_set s = make_frames(2);
    make_remove(&s, 0x00180050);
    one_more("a.dcm", &s);
    pel_volume v = make_must_open("a.dcm", NULL, NULL);
    assert_near(v.mm_from_ijk.m[2][2], 1, 1e-12);
    pel_volume_free(&v);
}

// images of one series that differ in this: so many volumes
static int volumes_of_two(void (*change)(make_set *))
{
    int count[2];
    mkdir("s", 0777);
    // whichever comes first
    for (int n = 0; n < 2; n++) {
        make_set s = make_image(1), t = make_image(2);
        change(&t);
        one_more(n ? "s/2" : "s/1", &s);
        one_more(n ? "s/1" : "s/2", &t);
        pel_volume v;
        count[n] = pel_read_volume(&v, "s", NULL) == PEL_OK ? 1 : 2;
        pel_volume_free(&v);
    }
    assert_int_equal(count[0], count[1]);
    return count[0];
}

static void other_columns(make_set *s)
{
    int64_t value[15] = { 0 };
    make_short(s, 0x00280011, 5);
    make_pixels(s, 16, value, 15);
}

static void other_type(make_set *s)
{
    make_short(s, 0x00280103, 1);
}

static void other_channels(make_set *s)
{
    int64_t value[36] = { 0 };
    make_short(s, 0x00280002, 3);
    make_text(s, 0x00280004, "CS", "RGB");
    make_pixels(s, 16, value, 36);
}

static void other_kind(make_set *s)
{
    make_text(s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\P");
}

static void other_component(make_set *s)
{
    make_bytes(s, 0x0043102f, "SS", "\1\0", 2);
}

static void other_spacing(make_set *s)
{
    make_text(s, 0x00280030, "DS", "2\\1.6");
}

static void other_orientation(make_set *s)
{
    make_text(s, 0x00200037, "DS", "1\\0\\0\\0\\0.8\\0.6");
}

static void nothing_else(make_set *s)
{
    (void)s;
}

static void what_differs_in_size_type_kind_or_direction_is_another_volume(void **state)
{
    (void)state;
    void (*const changes[])(make_set *) = { other_columns,    other_type,      other_channels,
                                            other_kind,       other_component, other_spacing,
                                            other_orientation };
    for (int n = 0; n < 7; n++)
        assert_int_equal(volumes_of_two(changes[n]), 2);
    assert_int_equal(volumes_of_two(nothing_else), 1);
}

static void a_long_list_of_series_is_cut(void **state)
{
    (void)state;
    mkdir("s", 0777);
    for (int n = 0; n < 30; n++) {
        char path[32], text[64];
        make_set s = make_image(n);
        snprintf(text, sizeof text, "1.2.9.%d", n);
        make_text(&s, 0x0020000e, "UI", text);
        snprintf(text, sizeof text, "%d", n);
        make_text(&s, 0x00200011, "IS", text);
        if (n % 2) {
            make_remove(&s, 0x00080060);
            make_remove(&s, 0x0008103e);
        }
        snprintf(path, sizeof path, "s/%d", n);
        one_more(path, &s);
    }
    make_must_refuse("s", NULL, NULL, "1 (no modality, 1 image of 4x3), 2 (test head, MR");
    assert_error_says(", ...");
    make_must_refuse("s", NULL, "mixed", "holds 30 volumes");
}

static void a_folder_that_cannot_be_walked_is_an_error(void **state)
{
    (void)state;
    mkdir("s", 0777);
    make_set s = make_image(1);
    make_remove(&s, 0x7fe00010);
    one_more("s/report", &s);
    make_must_refuse("s", NULL, NULL, "s: holds no images among its 1 files of DICOM");
    make_must_refuse("s/*", NULL, NULL, "s/*: holds no images among its 1 files");
    make_must_refuse("s/none*", NULL, NULL, "no slices");
    s = make_image(1);
    one_more("s/a1", &s);
    s = make_image(2);
    one_more("s/a2", &s);
    s = make_image(4);
    one_more("s/a4", &s);
    make_must_refuse("s/a*", NULL, NULL, "between s/a2, instance 2, and s/a4");
    make_file("t.png", "x", 1);
    make_file("u.txt", "x", 1);
    make_must_refuse("t*", NULL, NULL, "t.png");
    make_must_refuse("u*", NULL, NULL, "no slices");
    mkdir("pattern", 0777);
    mkdir("pattern/folder", 0777);
    s = make_image(1);
    one_more("pattern/a.dcm", &s);
    pel_volume v = make_must_open("pattern/*", NULL, NULL);
    pel_volume_free(&v);
    v = make_must_open("pattern/", NULL, NULL);
    pel_volume_free(&v);
}

static void deep_folders_are_looked_into_so_far_and_no_further(void **state)
{
    (void)state;
    char path[128] = "s";
    for (int n = 0; n < 20; n++) {
        mkdir(path, 0777);
        strcat(path, "/d");
    }
    strcpy(strrchr(path, '/'), "/a.dcm");
    make_set s = make_image(1);
    one_more(path, &s);
    make_must_refuse("s", NULL, NULL, "no slices");
    s = make_image(1);
    one_more("s/d/d/d/a.dcm", &s);
    pel_volume v = make_must_open("s", NULL, NULL);
    make_check_slices(&v, 1, 1);
    pel_volume_free(&v);
}

static void the_same_at_any_number_of_threads(void **state)
{
    (void)state;
    write_slices("s", 1, 25);
    char hash[33] = "";
    pel_volume first = { 0 };
    for (int threads = 1; threads < 6; threads++) {
        pel_job job = pel_job_defaults();
        job.threads = threads;
        pel_job_use(&job);
        pel_volume v;
        assert_ok(pel_read_volume(&v, "s", NULL));
        if (threads == 1) {
            first = v;
            memcpy(hash, v.fields.hash, 33);
            continue;
        }
        assert_memory_equal(v.data, first.data, (size_t)pel_volume_bytes(&v));
        assert_string_equal(v.fields.hash, hash);
        pel_volume_free(&v);
    }
    pel_volume_free(&first);
    pel_job_use(NULL);
}

static void other_echo(make_set *s)
{
    make_text(s, 0x00180081, "DS", "30");
}

static void no_place(make_set *s)
{
    make_remove(s, 0x00200032);
}

static void an_echo_or_a_place_of_one_only_makes_two_volumes(void **state)
{
    (void)state;
    assert_int_equal(volumes_of_two(other_echo), 2);
    // the one without a place is no one's choice
    assert_int_equal(volumes_of_two(no_place), 1);
    // a mosaic beside an image as large
    int64_t value[16] = { 0 };
    for (int n = 0; n < 2; n++) {
        make_set s = make_image(n);
        make_short(&s, 0x00280010, 4);
        make_pixels(&s, 16, value, 16);
        make_text(&s, 0x00080008, "CS", "A\\B\\M\\MOSAIC");
        if (n)
            make_short(&s, 0x0019100a, 4);
        one_more(n ? "s/1" : "s/2", &s);
    }
    make_must_refuse("s", NULL, NULL, "holds 2 volumes");
}

static void parts_are_chosen_by_size_or_named_by_their_uid(void **state)
{
    (void)state;
    write_slices("s", 1, 3);
    make_set s = make_image(9);
    int64_t value[16] = { 0 };
    make_short(&s, 0x00280010, 4);
    make_pixels(&s, 16, value, 16);
    one_more("s/A.dcm", &s);
    pel_volume v = make_must_open("s", NULL, "mixed");
    make_check_slices(&v, 1, 3);
    pel_volume_free(&v);
    make_must_refuse("s", "1.2.3", NULL, "that series has 2 volumes");
    s = make_image(1);
    make_remove(&s, 0x00080060);
    make_remove(&s, 0x0008103e);
    make_text(&s, 0x00080018, "UI", "1.2.3.99");
    make_text(&s, 0x0020000e, "UI", "1.2.8");
    one_more("s/bare", &s);
    v = make_must_open("s", "1.2.8", NULL);
    assert_non_null(strstr(make_notes, "series 7.3, 1 slices of 1 files"));
    assert_string_equal(v.fields.description, "");
    pel_volume_free(&v);
}

static void gaps_within_a_file_name_the_file(void **state)
{
    (void)state;
    make_set s = make_frames(3), frame = { 0 }, inner = { 0 };
    for (int n = 0; n < 3; n++) {
        char text[32];
        snprintf(text, sizeof text, "0\\0\\%d", n * n);
        make_text(&inner, 0x00200032, "DS", text);
        make_item(&frame, 0x00209113, &inner, true);
        make_item(&s, 0x52009230, &frame, true);
    }
    one_more("a.dcm", &s);
    make_must_refuse("a.dcm", NULL, NULL,
                     "the widest gap lies between a.dcm, instance 1, and a.dcm");
}

static void a_loose_picture_without_thickness_has_its_pixels_size(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_remove(&s, 0x00200032);
    make_remove(&s, 0x00180050);
    one_more("a.dcm", &s);
    pel_volume v = make_must_open("a.dcm", NULL, NULL);
    assert_true(v.unit_known);
    assert_near(v.mm_from_ijk.m[2][2], 2, 0);
    pel_volume_free(&v);
    s = make_image(1);
    make_text(&s, 0x00280030, "DS", "2\\-1");
    one_more("a.dcm", &s);
    v = make_must_open("a.dcm", NULL, NULL);
    assert_false(v.unit_known);
    pel_volume_free(&v);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(slices_are_sorted_by_their_place),
        IN_FOLDER(places_that_run_against_the_normal_are_turned),
        IN_FOLDER(chosen_slices_keep_their_places),
        IN_FOLDER(missing_slices_are_errors_unless_allowed),
        IN_FOLDER(small_unevenness_is_rounding),
        IN_FOLDER(a_tilted_gantry_shears_the_grid),
        IN_FOLDER(images_at_one_place_are_frames),
        IN_FOLDER(heart_beats_give_the_time_between_frames),
        IN_FOLDER(moments_come_before_acquisitions_and_these_before_instances),
        IN_FOLDER(copies_of_a_file_count_once),
        IN_FOLDER(scales_of_their_own_are_applied),
        IN_FOLDER(one_of_several_series_is_chosen_by_number_part_or_uid),
        IN_FOLDER(the_largest_part_is_taken_where_mixed_is_allowed),
        IN_FOLDER(localizers_and_captures_do_not_hinder),
        IN_FOLDER(damaged_files_are_named_unless_mixed_is_allowed),
        IN_FOLDER(links_are_not_followed),
        IN_FOLDER(dicom_wins_over_pictures_beside_it_but_not_over_those_above),
        IN_FOLDER(a_file_of_several_frames_stays_open_for_the_next_slab),
        IN_FOLDER(a_file_that_changes_meanwhile_is_an_error),
        IN_FOLDER(any_change_of_a_file_is_seen),
        IN_FOLDER(files_of_one_and_of_several_frames_make_one_volume),
        IN_FOLDER(what_a_slice_does_not_say_of_its_scale_is_one_and_zero),
        IN_FOLDER(pictures_without_places_are_a_stack_or_moments),
        IN_FOLDER(a_small_tilt_is_kept_without_a_word),
        IN_FOLDER(a_slice_of_unknown_thickness_is_one_millimetre),
        IN_FOLDER(what_differs_in_size_type_kind_or_direction_is_another_volume),
        IN_FOLDER(a_long_list_of_series_is_cut),
        IN_FOLDER(a_folder_that_cannot_be_walked_is_an_error),
        IN_FOLDER(deep_folders_are_looked_into_so_far_and_no_further),
        IN_FOLDER(the_same_at_any_number_of_threads),
        IN_FOLDER(an_echo_or_a_place_of_one_only_makes_two_volumes),
        IN_FOLDER(parts_are_chosen_by_size_or_named_by_their_uid),
        IN_FOLDER(gaps_within_a_file_name_the_file),
        IN_FOLDER(a_loose_picture_without_thickness_has_its_pixels_size),
    };
    return cmocka_run_group_tests_name("read/dicom_series", tests, NULL, NULL);
}
