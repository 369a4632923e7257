/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_odd.c: headers of DICOM files as nobody should write them. */
#include "make_dicom.h"

#include <sys/stat.h>
#include <unistd.h>

static void bare_files_start_as_images_do(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        bool good;
    } cases[] = {
        { "\x08\0\x05\0\x0a\0\0\0ISO_", true },
        { "\x08\0\0\0UL\4\0\1\0\0\0", true },
        { "\x08\0\x05\0\x41\0\0\0ISO_", false },
        { "\x08\0\x05\0\x0b\0\0\0ISO_", false },
        { "\x08\0\x19\0\x0a\0\0\0ISO_", false },
        { "\0\x08\0\x05\0\0\0\x0aISO_", false },
        { "\2\0\x10\0UI\2\0"
          "1\0\0\0",
          true },
        { "\2\0\x10\0U1\2\0"
          "1\0\0\0",
          false },
        { "\2\0\3\1UI\2\0"
          "1\0\0\0",
          false },
        { "\x08\0\x05\0QQ\2\0"
          "1\0\0\0",
          false },
        { "\x08\0\x05\0Q1\2\0"
          "1\0\0\0",
          false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_volume v;
        assert_int_not_equal(pel_read_volume_bytes(&v, cases[i].start, 12, "x"), PEL_OK);
        assert_int_equal(strstr(pel_error(), "or its header is damaged") == NULL, cases[i].good);
        assert_int_not_equal(pel_read_volume_bytes(&v, cases[i].start, 11, "x"), PEL_OK);
        assert_error_says("or its header is damaged");
    }
}

static void long_values_are_read_piece_by_piece(void **state)
{
    (void)state;
    // private bytes larger than any buffer, a table of offsets in many pieces
    static uint8_t block[40000];
    make_set s = make_frames(2);
    make_bytes(&s, 0x00091010, "OB", block, sizeof block);
    char text[8000] = "0\\4";
    for (size_t n = 3; n + 4 < sizeof text; n += 2)
        memcpy(text + n, "\\8", 3);
    make_bytes(&s, 0x3004000c, "DS", text, strlen(text) / 2 * 2);
    pel_volume v = make_must_read(&s, MAKE_IMPLICIT);
    assert_near(v.mm_from_ijk.m[2][2], 4, 1e-12);
    pel_volume_free(&v);
    // from a stream, which cannot jump; pixels lie on both sides of the end of its window
    make_enter();
    static uint8_t packed[MAKE_MOST];
    for (size_t size = 32000; size < 32800; size += 20) {
        s = make_image(1);
        make_bytes(&s, 0x00091010, "OB", block, size);
        size_t whole = make_dicom(make_whole, &s, MAKE_EXPLICIT);
        make_set_free(&s);
        make_file("a.gz", packed, make_gzip(packed, sizeof packed, make_whole, whole));
        assert_ok(pel_read_volume(&v, "a.gz", NULL));
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
    }
    // many frames
    s = make_frames(8);
    static int64_t value[12 * 2000];
    for (int i = 0; i < 12 * 2000; i++)
        value[i] = i;
    make_pixels(&s, 16, value, 12 * 2000);
    make_text(&s, 0x00280008, "IS", "2000");
    size_t whole = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    make_file("a.gz", packed, make_gzip(packed, sizeof packed, make_whole, whole));
    assert_ok(pel_read_volume(&v, "a.gz", NULL));
    assert_int_equal(v.dims[2], 2000);
    assert_near(make_stored(&v, 3, 2, 1999), 23999, 0);
    pel_volume_free(&v);
    make_leave();
}

static void sequences_without_a_type_are_read_without_types(void **state)
{
    (void)state;
    // an element of type UN and unknown length holds implicit little-endian items
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_BIG; syntax += 2) {
        make_set s = make_image(1);
        make_bytes(&s, 0x00091001, "UN",
                   "\xfe\xff\x00\xe0\xff\xff\xff\xff\x28\0\x10\0\2\0\0\0\x09\0"
                   "\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0",
                   34);
        size_t size = make_dicom(make_whole, &s, syntax);
        make_set_free(&s);
        bool found = false;
        for (size_t i = 132; i + 12 < size && !found; i++)
            if (memcmp(make_whole + i, "UN\0\0", 4) == 0) {
                memset(make_whole + i + 4, 0xff, 4);
                found = true;
            }
        assert_true(found);
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"));
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
    }
}

static void a_syntax_that_is_not_as_said_is_read_as_it_is(void **state)
{
    (void)state;
    // explicit under the name of implicit
    make_set s = make_image(1);
    size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2");
    make_set_free(&s);
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"));
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
}

static void a_meta_group_needs_lengths(void **state)
{
    (void)state;
    make_set s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    memcpy(make_whole + 132, "\2\0\2\0OB\0\0\xff\xff\xff\xff", 12);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    assert_error_says("has no length in its meta group");
}

static void words_of_a_header_may_be_odd(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag;
        const char *vr, *value;
        double slope;
    } cases[] = { { 0x00281053, "DS", "2,5", 2.5 },
                  { 0x00281053, "DS", "", 1 },
                  { 0x00281053, "DS", "inf", 1 },
                  { 0x00281053, "DS", "none", 1 },
                  { 0x00281053, "DS", "  +3e0  ", 3 },
                  { 0x00281053, "DS", "   ", 1 },
                  { 0x00281053, "DS", "0", 1 },
                  { 0x00281053, "DS", "4\\5", 4 },
                  { 0x00081030, "LO",
                    "a\x7f"
                    "b",
                    1 },
                  { 0x00080008, "CS", "ORIGINAL", 1 },
                  { 0x00080008, "CS", "A\\B", 1 },
                  { 0x00280009, "AT", "x ", 1 },
                  { 0x00281050, "DS", "40", 1 },
                  { 0x00181164, "DS", "-1\\0", 1 },
                  { 0x00181060, "DS", "5", 1 },
                  { 0x00180081, "DS", "0", 1 },
                  { 0x00180081, "DS", "1e9", 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_set s = make_image(1);
        make_text(&s, cases[i].tag, cases[i].vr, cases[i].value);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_near(v.slope, cases[i].slope, 0);
        assert_near(v.fields.display_hi, 0, 0);
        pel_volume_free(&v);
    }
    // numbers of every binary type
    static const struct {
        const char *vr, *bytes;
        size_t size;
        double slope;
    } binary[] = { { "US", "\3\0", 2, 3 },
                   { "SS", "\xfd\xff", 2, -3 },
                   { "UL", "\3\0\0\0", 4, 3 },
                   { "SL", "\xfd\xff\xff\xff", 4, -3 },
                   { "FL", "\0\0\x40\x40", 4, 3 },
                   { "FD", "\0\0\0\0\0\0\x08\x40", 8, 3 },
                   { "UV", "\3\0\0\0\0\0\0\0", 8, 3 },
                   { "SV", "\xfd\xff\xff\xff\xff\xff\xff\xff", 8, -3 },
                   { "FD", "\0\0\x40\x40", 4, 1 } };
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        make_set s = make_image(1);
        make_bytes(&s, 0x00281053, binary[i].vr, binary[i].bytes, binary[i].size);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_near(v.slope, binary[i].slope, 0);
        pel_volume_free(&v);
    }
    // a very long text is cut
    char text[1100];
    memset(text, 'x', sizeof text);
    text[1098] = 0;
    make_set s = make_image(1);
    make_text(&s, 0x0008103e, "LO", text);
    make_remove(&s, 0x00080060);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(strlen(v.fields.description), 38);
    pel_volume_free(&v);
}

static void colours_have_no_scale_and_no_window(void **state)
{
    (void)state;
    int64_t value[72] = { 0 };
    make_set s = make_frames(2);
    make_short(&s, 0x00280002, 3);
    make_text(&s, 0x00280004, "CS", "RGB");
    make_pixels(&s, 8, value, 72);
    make_text(&s, 0x00281053, "DS", "3");
    make_text(&s, 0x00281050, "DS", "40");
    make_text(&s, 0x00281051, "DS", "80");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_near(v.slope, 1, 0);
    assert_near(v.fields.display_hi, 0, 0);
    pel_volume_free(&v);
}

static void directions_must_be_some(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "2\\0\\0\\0\\1\\0", "1\\0\\0\\0\\2\\0", "1\\0\\0\\0.1\\1\\0", "1\\0\\0\\0\\1", "1\\0",
        "\\0\\0\\0\\1\\0"
    };
    for (int n = 0; n < 6; n++) {
        make_set s = make_image(1);
        make_remove(&s, 0x00200037);
        make_text(&s, 0x00200037, "DS", wrong[n]);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_false(v.oriented);
        pel_volume_free(&v);
    }
    make_set s = make_image(1);
    make_text(&s, 0x00200032, "DS", "1\\2");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_false(v.oriented);
    pel_volume_free(&v);
}

static void streams_promise_no_more_frames_than_they_can_hold(void **state)
{
    (void)state;
    make_enter();
    static uint8_t packed[MAKE_MOST];
    for (int n = 0; n < 3; n++) {
        make_set s = n == 1 ? make_rle_image(2) : make_image(1);
        make_text(&s, 0x00280008, "IS", n == 2 ? "2147483647" : "100000000");
        if (n == 2) {
            make_short(&s, 0x00280010, 65535);
            make_short(&s, 0x00280011, 65535);
        }
        size_t size = make_dicom(make_whole, &s, n == 1 ? MAKE_RLE : MAKE_EXPLICIT);
        make_set_free(&s);
        assert_int_equal(mkdir("s", 0777), 0);
        make_file("s/a.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
        pel_volume v;
        assert_int_equal(pel_read_volume(&v, "s", NULL), PEL_EFORMAT);
        assert_error_says("more than so small a file can hold");
        assert_int_equal(pel_read_volume(&v, "s/a.gz", NULL), PEL_EFORMAT);
        unlink("s/a.gz");
        rmdir("s");
    }
    make_leave();
}

static void frames_may_be_described_without_types(void **state)
{
    (void)state;
    // what is no group of frames, and what is no frame's, is passed in a frame, too
    make_set s = make_frames(2), frame = { 0 }, inner = { 0 };
    for (int n = 0; n < 2; n++) {
        char text[32];
        snprintf(text, sizeof text, "0\\0\\%d", 3 * n);
        make_text(&inner, 0x00200032, "DS", text);
        make_item(&frame, 0x00209113, &inner, n);
        make_text(&inner, 0x00200032, "DS", "7\\7\\7");
        make_item(&frame, 0x00081140, &inner, n);
        make_short(&frame, 0x00280010, 77);
        make_text(&frame, 0x00089007, "CS", n ? "A\\B\\SECOND" : "A\\B\\FIRST");
        make_item(&s, 0x52009230, &frame, n);
    }
    make_text(&s, 0x00089007, "CS", "A\\B\\C");
    size_t size = make_dicom(make_whole, &s, MAKE_IMPLICIT);
    make_set_free(&s);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EPARAM);
    assert_error_says("a.dcm: holds 2 volumes");
}

static void words_that_are_no_numbers_are_not_taken_for_some(void **state)
{
    (void)state;
    // an infinite thickness, an index of the first entry far off, a first tag in no order
    make_set s = make_image(1);
    make_bytes(&s, 0x00180050, "FD", "\0\0\0\0\0\0\xf0\x7f", 8);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_near(v.mm_from_ijk.m[2][2], 1, 0);
    pel_volume_free(&v);
    s = make_palette(8, 5, false);
    make_text(&s, 0x00281101, "DS", "8\\1e9\\8");
    v = make_must_read(&s, MAKE_EXPLICIT);
    pel_volume_free(&v);
    s = make_palette(8, 5, false);
    make_text(&s, 0x00281101, "DS", "8\\-1e9\\8");
    v = make_must_read(&s, MAKE_EXPLICIT);
    pel_volume_free(&v);
    for (uint32_t c = 0; c < 3; c += 2) {
        s = make_palette(8, 5, false);
        make_remove(&s, 0x00281201 + c);
        make_must_fail(&s, MAKE_EXPLICIT, "without a plain palette");
    }
}

static void the_pixels_of_the_detector_are_the_last_word(void **state)
{
    (void)state;
    static const struct {
        const char *spacing, *imager;
        double mm;
    } cases[] = { { "0\\1", "3\\4", 4 }, { "1\\-1", "3\\4", 4 }, { "2\\1", "3\\4", 1 } };
    for (int n = 0; n < 3; n++) {
        make_set s = make_image(1);
        make_remove(&s, 0x00200032);
        make_text(&s, 0x00280030, "DS", cases[n].spacing);
        make_text(&s, 0x00181164, "DS", cases[n].imager);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_near(v.mm_from_ijk.m[0][0], cases[n].mm, 0);
        pel_volume_free(&v);
    }
    // moments counted by a list of times
    make_set s = make_frames(3);
    make_bytes(&s, 0x00280009, "AT", "\x18\x00\x65\x10", 4);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.frames, 3);
    assert_near(v.fields.step[0], 0, 0);
    pel_volume_free(&v);
}

static void a_stream_cut_in_what_is_passed_over_is_cut_short(void **state)
{
    (void)state;
    make_enter();
    static uint8_t block[40000], packed[MAKE_MOST];
    make_set s = make_image(1);
    make_bytes(&s, 0x00091010, "OB", block, sizeof block);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    pel_volume v;
    make_file("a.gz", packed, make_gzip(packed, sizeof packed, make_whole, size - 3000));
    assert_int_equal(pel_read_volume(&v, "a.gz", NULL), PEL_EFORMAT);
    assert_error_says("in the middle of its header");
    make_file("a.dcm", make_whole, size - 3000);
    assert_int_equal(pel_read_volume(&v, "a.dcm", NULL), PEL_EFORMAT);
    assert_error_says("in the middle of its header");
    // a length far beyond anything
    uint8_t *at = NULL;
    for (size_t i = 132; i < size && !at; i++)
        if (memcmp(make_whole + i, "\x09\0\x10\x10OB", 6) == 0)
            at = make_whole + i + 8;
    assert_non_null(at);
    memcpy(at, "\0\0\0\x7f", 4);
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EUNSUPPORTED);
    assert_error_says("more than 512 MB before its pixels");
    // tables and private headers of more than 16 MB are passed over
    static uint8_t head[MAKE_MOST];
    s = make_image(1);
    make_bytes(&s, 0x00291010, "OB", "xxxx", 4);
    size = make_dicom(head, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    size_t more = 17 << 20, cut = 0;
    for (size_t i = 132; i < size && !cut; i++)
        if (memcmp(head + i, "\x29\0\x10\x10OB", 6) == 0)
            cut = i + 12;
    memcpy(head + cut - 4, &(uint32_t){ (uint32_t)more }, 4);
    uint8_t *large = calloc(1, size + more);
    assert_non_null(large);
    memcpy(large, head, cut);
    memcpy(large + cut + more, head + cut + 4, size - cut - 4);
    assert_ok(pel_read_volume_bytes(&v, large, size + more - 4, "a.dcm"));
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
    free(large);
    make_leave();
}

// explicit elements whose type is no two letters are written without one
static void elements_without_letters_have_a_long_length(void **state)
{
    (void)state;
    static const size_t lengths[] = { 2, 66, 96, 0x6042 };
    for (int n = 0; n < 4; n++) {
        make_set s = make_image(1);
        size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT), at = 132;
        make_set_free(&s);
        while (at < size && memcmp(make_whole + at,
                                   "\x18\0\x50\0"
                                   "DS",
                                   6) != 0)
            at++;
        assert_true(at < size);
        memmove(make_whole + at + 8 + lengths[n], make_whole + at, size - at);
        memset(make_whole + at, 0, 8 + lengths[n]);
        memcpy(make_whole + at, "\x10\0\x30\x12", 4);
        memcpy(make_whole + at + 4, &(uint32_t){ (uint32_t)lengths[n] }, 4);
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, make_whole, size + 8 + lengths[n], "a.dcm"));
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
    }
}

static void an_item_may_end_with_its_sequence(void **state)
{
    (void)state;
    make_set s = make_image(1), item = { 0 };
    make_short(&item, 0x00280010, 1);
    make_item(&s, 0x00880200, &item, true);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    for (size_t i = 132; i + 4 < size; i++)
        if (memcmp(make_whole + i, "\xfe\xff\x0d\xe0", 4) == 0)
            make_whole[i + 2] = 0xdd;
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"));
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
}

static void nothing_behind_the_preamble_is_no_image(void **state)
{
    (void)state;
    memset(make_whole, 0, 200);
    memcpy(make_whole + 128, "DICM", 4);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, 132, "a.dcm"), PEL_EUNSUPPORTED);
    assert_error_says("is DICOM without an image (no modality)");
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, 140, "a.dcm"), PEL_EUNSUPPORTED);
}

static void streams_with_a_wrong_header_are_refused(void **state)
{
    (void)state;
    make_enter();
    static uint8_t packed[MAKE_MOST];
    make_set s = make_image(1);
    make_short(&s, 0x00280010, 0);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    assert_int_equal(mkdir("s", 0777), 0);
    make_file("s/a.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, "s/a.gz", NULL), PEL_EFORMAT);
    assert_error_says("its Rows is 0");
    assert_int_equal(pel_read_volume(&v, "s", NULL), PEL_EFORMAT);
    assert_error_says("its Rows is 0");
    unlink("s/a.gz");
    rmdir("s");
    make_leave();
}

static void short_names_of_patients_are_no_part_of_words(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_text(&s, 0x00100010, "PN", "Li^Al^^Dr=\xe6\x9d\x8e");
    make_text(&s, 0x0008103e, "LO", "axial, lined\x7f up");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_string_equal(v.fields.description, "MR; axial, lined  up");
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bare_files_start_as_images_do),
        cmocka_unit_test(long_values_are_read_piece_by_piece),
        cmocka_unit_test(sequences_without_a_type_are_read_without_types),
        cmocka_unit_test(a_syntax_that_is_not_as_said_is_read_as_it_is),
        cmocka_unit_test(a_meta_group_needs_lengths),
        cmocka_unit_test(words_of_a_header_may_be_odd),
        cmocka_unit_test(colours_have_no_scale_and_no_window),
        cmocka_unit_test(directions_must_be_some),
        cmocka_unit_test(streams_promise_no_more_frames_than_they_can_hold),
        cmocka_unit_test(frames_may_be_described_without_types),
        cmocka_unit_test(words_that_are_no_numbers_are_not_taken_for_some),
        cmocka_unit_test(the_pixels_of_the_detector_are_the_last_word),
        cmocka_unit_test(a_stream_cut_in_what_is_passed_over_is_cut_short),
        cmocka_unit_test(elements_without_letters_have_a_long_length),
        cmocka_unit_test(an_item_may_end_with_its_sequence),
        cmocka_unit_test(nothing_behind_the_preamble_is_no_image),
        cmocka_unit_test(streams_with_a_wrong_header_are_refused),
        cmocka_unit_test(short_names_of_patients_are_no_part_of_words),
    };
    return cmocka_run_group_tests_name("read/dicom_odd", tests, NULL, NULL);
}
