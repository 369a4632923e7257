/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom.c: one DICOM file: every way its header is written, what it says, every error. */
#include "make_dicom.h"

static void an_image_is_read_in_every_syntax(void **state)
{
    (void)state;
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_GE; syntax++) {
        make_set s = make_image(1);
        pel_volume v = make_must_read(&s, syntax);
        make_check_ramp(&v, 100);
        assert_string_equal(v.fields.format, "DICOM");
        assert_int_equal(v.dtype, PEL_UINT16);
        assert_true(v.oriented && v.unit_known);
        pel_volume_free(&v);
    }
}

static void the_grid_is_that_of_the_patient_in_ras(void **state)
{
    (void)state;
    make_set s = make_image(1);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    // row 2 is the lowest: j = 0 there; the slice is 2 mm thick
    const double want[3][4] = { { -1.5, 0, 0, 10 }, { 0, 2, 0, -24 }, { 0, 0, 2, 7.5 } };
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(v.mm_from_ijk.m[r][c], want[r][c], 1e-12);
    char letters[8];
    pel_volume_orientation(&v, letters);
    assert_string_equal(letters, "LAS");
    pel_volume_free(&v);
}

static void rescale_and_the_first_window_are_kept(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_text(&s, 0x00281052, "DS", "-1024");
    make_text(&s, 0x00281053, "DS", " +0.5 ");
    make_text(&s, 0x00281050, "DS", "40\\300");
    make_text(&s, 0x00281051, "DS", "400\\1500");
    pel_volume v = make_must_read(&s, MAKE_IMPLICIT);
    assert_near(v.slope, 0.5, 0);
    assert_near(v.inter, -1024, 0);
    assert_near(v.fields.display_lo, -160, 0);
    assert_near(v.fields.display_hi, 240, 0);
    pel_volume_free(&v);
}

static void the_description_never_names_the_patient(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_text(&s, 0x00180081, "DS", "4,5");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_string_equal(v.fields.description, "MR; test head; TE 4.5 ms");
    pel_volume_free(&v);
    s = make_image(1);
    make_text(&s, 0x0008103e, "LO", "head of jane, 2nd");
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_string_equal(v.fields.description, "MR");
    pel_volume_free(&v);
}

static void descriptions_are_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *charset, *text, *want;
    } cases[] = { { "ISO_IR 100",
                    "Sch\xe4"
                    "del",
                    "MR; Sch\xc3\xa4"
                    "del" },
                  { "ISO_IR 192",
                    "Sch\xc3\xa4"
                    "del",
                    "MR; Sch\xc3\xa4"
                    "del" },
                  { "ISO_IR 144", "\xb3\xbe\xdb\xde", "MR; ????" },
                  { "", "a\tb", "MR; a b" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_set s = make_image(1);
        make_text(&s, 0x00080005, "CS", cases[i].charset);
        make_text(&s, 0x0008103e, "LO", cases[i].text);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_string_equal(v.fields.description, cases[i].want);
        pel_volume_free(&v);
    }
}

static void frames_without_places_follow_each_other(void **state)
{
    (void)state;
    make_set s = make_frames(4);
    make_text(&s, 0x00180088, "DS", "3");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 4);
    assert_near(v.mm_from_ijk.m[2][2], 3, 1e-12);
    for (int k = 0; k < 4; k++)
        assert_near(make_stored(&v, 1, 0, k), 12 * k + 1, 0);
    pel_volume_free(&v);
}

static void frames_counted_in_time_are_frames(void **state)
{
    (void)state;
    make_set s = make_frames(4);
    make_bytes(&s, 0x00280009, "AT", "\x18\x00\x63\x10", 4);
    make_text(&s, 0x00181063, "DS", "40");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 1);
    assert_int_equal(v.frames, 4);
    assert_near(v.fields.step[0], 0.04, 1e-12);
    pel_volume_free(&v);
}

static void a_dose_grid_has_its_own_places_and_scale(void **state)
{
    (void)state;
    make_set s = make_frames(3);
    make_text(&s, 0x3004000c, "DS", "0\\-4\\-8");
    make_text(&s, 0x3004000e, "DS", "1e-3");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 3);
    // downwards in the file, upwards in the volume
    assert_near(make_stored(&v, 0, 0, 0), 24, 0);
    assert_near(v.mm_from_ijk.m[2][2], 4, 1e-12);
    assert_near(v.mm_from_ijk.m[2][3], 7.5 - 8, 1e-12);
    assert_near(v.slope, 1e-3, 0);
    pel_volume_free(&v);
}

// a functional group of one sequence within `frame`
static void add_group(make_set *frame, uint32_t tag, make_set *inner)
{
    make_item(frame, tag, inner, true);
}

static make_set enhanced_image(bool open)
{
    make_set s = make_frames(4), shared = { 0 }, inner = { 0 };
    make_remove(&s, 0x00200032);
    make_remove(&s, 0x00200037);
    make_remove(&s, 0x00280030);
    make_text(&inner, 0x00200037, "DS", "0\\1\\0\\0\\0\\-1");
    add_group(&shared, 0x00209116, &inner);
    make_text(&inner, 0x00280030, "DS", "1\\1");
    add_group(&shared, 0x00289110, &inner);
    make_text(&inner, 0x00180080, "DS", "2000");
    add_group(&shared, 0x00189112, &inner);
    make_item(&s, 0x52009229, &shared, open);
    for (int n = 0; n < 4; n++) {
        make_set frame = { 0 };
        char text[48];
        // two places, two moments; places downwards
        snprintf(text, sizeof text, "%g\\0\\0", n % 2 ? 10. : 14.);
        make_text(&inner, 0x00200032, "DS", text);
        add_group(&frame, 0x00209113, &inner);
        uint32_t moment = (uint32_t)n / 2 + 1;
        make_bytes(&inner, 0x00209128, "UL", &moment, 4);
        add_group(&frame, 0x00209111, &inner);
        make_text(&inner, 0x00281053, "DS", n == 3 ? "3" : "2");
        make_text(&inner, 0x00281052, "DS", "1");
        add_group(&frame, 0x00289145, &inner);
        make_item(&s, 0x52009230, &frame, open);
    }
    return s;
}

static void enhanced_images_say_where_and_when_each_frame_is(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        make_set s = enhanced_image(n & 1);
        pel_volume v = make_must_read(&s, n & 2 ? MAKE_IMPLICIT : MAKE_EXPLICIT);
        assert_int_equal(v.dims[2], 2);
        assert_int_equal(v.frames, 2);
        assert_near(v.fields.step[0], 2, 0);
        // the normal of the plane points to the left, along it lies 10 before 14
        assert_int_equal(v.dtype, PEL_FLOAT32);
        char letters[8];
        pel_volume_orientation(&v, letters);
        assert_string_equal(letters, "PSR");
        assert_near(make_stored(&v, 1, 0, 0), 2 * (0 + 1) + 1, 0);
        assert_near(make_stored(&v, 1, 0, 1), 2 * (12 + 1) + 1, 0);
        assert_near(make_stored(&v, 1, 0, 2), 2 * (24 + 1) + 1, 0);
        assert_near(make_stored(&v, 1, 0, 3), 3 * (36 + 1) + 1, 0);
        pel_volume_free(&v);
    }
}

static size_t put_csa_tag(uint8_t *out, const char *name, const char *const *items, int count,
                          bool second)
{
    memset(out, 0, 84);
    memcpy(out, name, strlen(name));
    int32_t about[5] = { 1, 0, 0, count, 77 };
    memcpy(out + 64, about, sizeof about);
    size_t at = 84;
    for (int i = 0; i < count; i++) {
        int32_t length = (int32_t)strlen(items[i]);
        int32_t head[4] = { second ? length : length + 3, length, 77, length };
        memcpy(out + at, head, 16);
        memset(out + at + 16, 0, (size_t)length + 4);
        memcpy(out + at + 16, items[i], (size_t)length);
        at += 16 + (size_t)(length + 3) / 4 * 4;
    }
    return at;
}

static size_t make_csa(uint8_t *out, bool second, const char *count, const char *const *normal)
{
    int32_t head[2] = { 3, 77 };
    size_t at = 0;
    if (second) {
        memcpy(out, "SV10\4\3\2\1", 8);
        at = 8;
    }
    memcpy(out + at, head, 8);
    at += 8;
    static const char *const other[] = { "a", "bcdef", "" };
    at += put_csa_tag(out + at, "EchoLinePosition", other, 3, second);
    at += put_csa_tag(out + at, "NumberOfImagesInMosaic", &count, 1, second);
    return at + put_csa_tag(out + at, "SliceNormalVector", normal, 3, second);
}

// three tiles of 2x2 in a mosaic of 4x4
static make_set mosaic_image(bool second, const char *z)
{
    make_set s = make_image(1);
    uint8_t csa[1024];
    const char *const normal[] = { "0.0", "0.0", z };
    int64_t value[16];
    for (int i = 0; i < 16; i++)
        value[i] = i;
    make_short(&s, 0x00280010, 4);
    make_pixels(&s, 16, value, 16);
    make_text(&s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC");
    make_text(&s, 0x00180088, "DS", "5");
    make_bytes(&s, 0x00291010, "OB", csa, make_csa(csa, second, "3       ", normal));
    return s;
}

static void mosaics_are_cut_into_slices(void **state)
{
    (void)state;
    static const int first[3] = { 0, 2, 8 };
    for (int n = 0; n < 4; n++) {
        bool up = n & 1;
        make_set s = mosaic_image(n & 2, up ? "1.0" : "-1.0");
        pel_volume v = make_must_read(&s, n ? MAKE_EXPLICIT : MAKE_IMPLICIT);
        assert_int_equal(v.dims[0], 2);
        assert_int_equal(v.dims[1], 2);
        assert_int_equal(v.dims[2], 3);
        for (int k = 0; k < 3; k++)
            for (int p = 0; p < 4; p++)
                assert_near(make_stored(&v, p % 2, p / 2, up ? k : 2 - k),
                            first[k] + p % 2 + 4 * (p / 2), 0);
        // the corner of a tile is half the others' width nearer to the middle
        assert_near(v.mm_from_ijk.m[0][3], 10 - 1.5, 1e-12);
        assert_near(v.mm_from_ijk.m[1][3], -20 - 2 - 2, 1e-12);
        assert_near(v.mm_from_ijk.m[2][3], up ? 7.5 : 7.5 - 10, 1e-12);
        assert_near(v.mm_from_ijk.m[2][2], 5, 1e-12);
        pel_volume_free(&v);
    }
}

static void a_damaged_csa_header_is_none(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 700; cut += 7) {
        make_set s = mosaic_image(cut % 2, "1.0");
        uint8_t csa[1024];
        const char *const normal[] = { "0", "0", "1" };
        size_t size = make_csa(csa, cut % 2, "3", normal);
        if (cut < size)
            make_bytes(&s, 0x00291010, "OB", csa, cut / 2 * 2);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_true(v.dims[2] == 3 || v.dims[2] == 1);
        pel_volume_free(&v);
    }
    // lengths beyond the block, and below nothing
    uint8_t csa[1024];
    const char *const normal[] = { "0", "0", "1" };
    for (int n = 0; n < 2; n++) {
        make_set s = mosaic_image(true, "1.0");
        size_t size = make_csa(csa, true, "3", normal);
        memcpy(csa + 16 + 84 + 4, n ? "\xff\xff\xff\xff" : "\xff\xff\xff\x7f", 4);
        make_bytes(&s, 0x00291010, "OB", csa, size);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.dims[2], 1);
        pel_volume_free(&v);
    }
}

static void a_file_needs_no_preamble_and_no_meta_group(void **state)
{
    (void)state;
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_BIG; syntax++) {
        make_set s = make_image(1);
        if (syntax == MAKE_IMPLICIT)
            make_text(&s, 0x00080005, "CS", "ISO_IR 100");
        size_t size = make_dicom(make_whole, &s, syntax), meta = 132;
        make_set_free(&s);
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, make_whole + 132, size - 132, "IM0001"));
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
        while (make_whole[meta] == 2)
            meta += 8 + (size_t)make_whole[meta + 6];
        assert_ok(pel_read_volume_bytes(&v, make_whole + meta, size - meta, "IM0001"));
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
    }
}

static void sequences_of_any_length_and_private_tags_are_passed(void **state)
{
    (void)state;
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_GE; syntax++) {
        make_set s = make_image(1), item = { 0 }, deep = { 0 };
        // rows of a thumbnail are not rows of the image
        make_short(&deep, 0x00280010, 99);
        make_bytes(&deep, 0x7fe00010, "OW", "1234", 4);
        make_item(&item, 0x00091001, &deep, true);
        make_short(&item, 0x00280010, 77);
        make_item(&s, 0x00880200, &item, true);
        make_short(&item, 0x00280010, 77);
        make_item(&s, 0x00880200, &item, false);
        make_short(&item, 0x00280010, 77);
        make_item(&s, 0x00081140, &item, false);
        make_text(&s, 0x00090010, "LO", "somebody");
        make_bytes(&s, 0x00091010, "UN", "\1\2\3\4", 4);
        make_bytes(&s, 0x00020100, "UN", "\1\2", 2);
        make_remove(&s, 0x00020100);
        pel_volume v = make_must_read(&s, syntax);
        make_check_ramp(&v, 100);
        pel_volume_free(&v);
    }
}

static void what_has_no_type_is_read_in_the_type_of_the_dictionary(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_bytes(&s, 0x00280010, "UN", "\3\0", 2);
    make_bytes(&s, 0x00280103, "ZZ", "\0\0", 2);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
}

static void deep_sequences_are_refused(void **state)
{
    (void)state;
    make_set s = make_image(1), item = { 0 };
    make_short(&item, 0x00280010, 1);
    for (int n = 0; n < 30; n++) {
        make_set outer = { 0 };
        make_item(&outer, 0x00880200, &item, true);
        item = outer;
    }
    make_item(&s, 0x00880200, &item, true);
    make_must_fail(&s, MAKE_EXPLICIT, "more than 24 deep");
}

static void headers_that_cannot_be_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        uint32_t tag;
        int value;
        const char *why;
    } cases[] = {
        { 0x00280010, 0, "its Rows is 0" },
        { 0x00280011, 0, "its Columns is 0" },
        { 0x00280002, 5, "its SamplesPerPixel is 5" },
        { 0x00280002, 2, "'MONOCHROME2' of 2 samples" },
        { 0x00280002, 3, "'MONOCHROME2' of 3 samples" },
        { 0x00280100, 0, "its BitsAllocated is 0" },
        { 0x00280100, 10, "has 10 bits allocated" },
        { 0x00280101, 17, "its BitsStored is 17" },
        { 0x00280102, 16, "its HighBit is 16" },
        { 0x00280102, 3, "its HighBit is 3" },
        { 0x00280103, 2, "its PixelRepresentation is 2" },
        { 0x00280010, 4, "has 24 bytes of pixels, but its header promises 32" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_set s = make_image(1);
        make_short(&s, cases[i].tag, cases[i].value);
        make_must_fail(&s, MAKE_EXPLICIT, cases[i].why);
    }
    static const uint32_t needed[] = { 0x00280010, 0x00280011, 0x00280100 };
    for (int i = 0; i < 3; i++) {
        make_set s = make_image(1);
        make_remove(&s, needed[i]);
        make_must_fail(&s, MAKE_EXPLICIT, "does not say its");
    }
    static const struct {
        uint32_t tag;
        const char *vr, *value, *why;
    } words[] = {
        { 0x00280008, "IS", "0", "its NumberOfFrames is 0" },
        { 0x00280008, "IS", "1.5", "its NumberOfFrames is 1.5" },
        { 0x00280008, "IS", "2147483647", "but its header promises 51539607528" },
        { 0x00280004, "CS", "CMYK", "'CMYK' of 1 samples" },
        { 0x00280004, "CS", "PALETTE COLOR", "without a plain palette" },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        make_set s = make_image(1);
        make_text(&s, words[i].tag, words[i].vr, words[i].value);
        make_must_fail(&s, MAKE_EXPLICIT, words[i].why);
    }
}

static void a_file_without_an_image_says_what_it_is(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_remove(&s, 0x7fe00010);
    make_text(&s, 0x00080060, "CS", "SR");
    make_must_fail(&s, MAKE_EXPLICIT, "is DICOM without an image (SR)");
    s = make_image(1);
    make_remove(&s, 0x7fe00010);
    make_text(&s, 0x00080016, "UI", "1.2.840.10008.1.3.10");
    make_must_fail(&s, MAKE_EXPLICIT, "is a DICOMDIR, a list of files; name its folder");
}

static void damaged_sequences_are_refused(void **state)
{
    (void)state;
    make_set s = make_image(1), item = { 0 };
    make_short(&item, 0x00280010, 1);
    make_item(&s, 0x00880200, &item, true);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    uint8_t *at = NULL;
    for (size_t i = 132; i + 4 < size && !at; i++)
        if (memcmp(make_whole + i, "\x88\0\0\2SQ", 6) == 0)
            at = make_whole + i + 12;
    assert_non_null(at);
    at[2] = 0x55;
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    assert_error_says("where an item of sequence 0088,0200 should begin");
}

static void images_without_a_place_keep_their_order(void **state)
{
    (void)state;
    make_listen();
    make_set s = make_image(1);
    make_remove(&s, 0x00200032);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_false(v.oriented);
    assert_true(v.unit_known);
    // rows run downwards, as those of any picture
    assert_int_equal(((uint16_t *)v.data)[0], 100);
    assert_near(v.mm_from_ijk.m[0][0], 1.5, 0);
    assert_near(v.mm_from_ijk.m[1][1], 2, 0);
    pel_volume_free(&v);
    // directions that are none
    s = make_image(1);
    make_text(&s, 0x00200037, "DS", "1\\0\\0\\1\\0\\0");
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_false(v.oriented);
    pel_volume_free(&v);
    // the size of a pixel at the detector, or only its form
    s = make_image(1);
    make_remove(&s, 0x00200032);
    make_remove(&s, 0x00280030);
    make_text(&s, 0x00181164, "DS", "0.3\\0.2");
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_near(v.mm_from_ijk.m[0][0], 0.2, 0);
    pel_volume_free(&v);
    s = make_image(1);
    make_remove(&s, 0x00280030);
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_false(v.unit_known);
    assert_non_null(strstr(make_notes, "does not say how large a pixel is"));
    pel_volume_free(&v);
    make_quiet();
}

// a file cut anywhere is refused, or all its pixels are there
static void check_cuts(const make_set *set, make_syntax syntax)
{
    size_t size = make_dicom(make_whole, set, syntax);
    pel_volume whole;
    assert_ok(pel_read_volume_bytes(&whole, make_whole, size, "a.dcm"));
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *part = malloc(cut + 1);
        assert_non_null(part);
        memcpy(part, make_whole, cut);
        uint8_t *exact = realloc(part, cut ? cut : 1);
        pel_volume v;
        pel_status status = pel_read_volume_bytes(&v, exact, cut, "a.dcm");
        if (status == PEL_OK) {
            assert_int_equal(pel_volume_bytes(&v), pel_volume_bytes(&whole));
            assert_memory_equal(v.data, whole.data, (size_t)pel_volume_bytes(&v));
        } else
            assert_true(*pel_error());
        pel_volume_free(&v);
        free(exact);
    }
    pel_volume_free(&whole);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_GE; syntax++) {
        make_set s = enhanced_image(true);
        check_cuts(&s, syntax);
        make_set_free(&s);
    }
    make_set s = make_rle_image(3);
    check_cuts(&s, MAKE_RLE);
    make_set_free(&s);
    s = make_palette(16, 5, false);
    check_cuts(&s, MAKE_EXPLICIT);
    make_set_free(&s);
    s = mosaic_image(true, "1");
    check_cuts(&s, MAKE_IMPLICIT);
    make_set_free(&s);
}

static void streams_hold_what_their_header_promises(void **state)
{
    (void)state;
    make_enter();
    static uint8_t packed[MAKE_MOST];
    static const make_syntax syntaxes[] = { MAKE_EXPLICIT, MAKE_DEFLATED, MAKE_RLE };
    for (int n = 0; n < 3; n++) {
        make_set s = syntaxes[n] == MAKE_RLE ? make_rle_image(2) : make_image(3);
        size_t size = make_dicom(make_whole, &s, syntaxes[n]);
        make_set_free(&s);
        make_file("a.dcm.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
        pel_volume v;
        assert_ok(pel_read_volume(&v, "a.dcm.gz", NULL));
        assert_near(make_stored(&v, 0, 0, 0), 300, 0);
        assert_int_equal(strlen(v.fields.hash), 32);
        pel_volume_free(&v);
    }
    // cut: less comes than the header says
    make_set s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    make_file("a.dcm.gz", packed, make_gzip(packed, sizeof packed, make_whole, size - 4));
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, "a.dcm.gz", NULL), PEL_EFORMAT);
    assert_error_says("ends before its last pixel");
    make_leave();
}

static void numbers_of_a_csa_header_may_be_odd(void **state)
{
    (void)state;
    static const char *const counts[] = { "", "0", "none", "3",
                                          "3                                   " };
    static const bool good[] = { false, false, false, true, false };
    const char *const normal[] = { "0", "0", "1", "7" };
    uint8_t csa[2048];
    for (int n = 0; n < 5; n++) {
        make_set s = mosaic_image(true, "1");
        int32_t head[2] = { 3, 77 };
        memcpy(csa, "SV10\4\3\2\1", 8);
        memcpy(csa + 8, head, 8);
        const char *const twice[] = { counts[n], "9" };
        size_t at = 16 + put_csa_tag(csa + 16, "NumberOfImagesInMosaic", twice, 2, true);
        at += put_csa_tag(csa + at, "SliceNormalVector", normal, 4, true);
        make_bytes(&s, 0x00291110, "OB", csa, at);
        make_remove(&s, 0x00291010);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.dims[2], good[n] ? 3 : 1);
        pel_volume_free(&v);
    }
    // counts of tags and items that no header has are read up to a bound
    static uint8_t many[60000];
    static const int32_t lots[2] = { INT32_MAX, 77 };
    for (int n = 0; n < 2; n++) {
        memset(many, 0, sizeof many);
        memcpy(many, "SV10\4\3\2\1", 8);
        memcpy(many + 8, lots, 8);
        if (n)
            memcpy(many + 16 + 76, lots, 4);
        make_set s = mosaic_image(true, "1");
        make_bytes(&s, 0x00291010, "OB", many, sizeof many);
        pel_volume v = make_must_read(&s, MAKE_IMPLICIT);
        assert_int_equal(v.dims[2], 1);
        pel_volume_free(&v);
    }
}

static void a_bomb_stops_at_what_its_header_promises(void **state)
{
    (void)state;
    make_enter();
    // a deflated file whose 12 pixels are followed by 64 MB of zeros
    make_set s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT), length = 64 << 20;
    make_set_free(&s);
    uint8_t *big = calloc(1, length), *packed = malloc(1 << 20);
    assert_non_null(big);
    assert_non_null(packed);
    memcpy(big, make_whole, size);
    make_file("bomb.dcm.gz", packed, make_gzip(packed, 1 << 20, big, length));
    free(big);
    free(packed);
    pel_job job = pel_job_defaults();
    job.memory_bytes = 8 << 20;
    pel_job_use(&job);
    pel_volume v;
    pel_source source;
    // what it holds before it hashes the rest
    assert_ok(pel_open_volume(&source, "bomb.dcm.gz", NULL));
    assert_true(source.buffer_bytes < 2 << 20);
    assert_true(pel_memory_in_use() < 2 << 20);
    pel_source_close(&source);
    assert_ok(pel_read_volume(&v, "bomb.dcm.gz", NULL));
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
    pel_job_use(NULL);
    make_leave();
}

static void frames_described_beyond_those_there_are_do_not_count(void **state)
{
    (void)state;
    make_set s = make_frames(2), frame = { 0 }, inner = { 0 };
    for (int n = 0; n < 20; n++) {
        char text[32];
        snprintf(text, sizeof text, "0\\0\\%d", 3 * n);
        make_text(&inner, 0x00200032, "DS", text);
        add_group(&frame, 0x00209113, &inner);
        make_text(&inner, 0x00089007, "CS", "ORIGINAL\\PRIMARY\\OTHER");
        add_group(&frame, 0x00189226, &inner);
        // of a group the first item counts
        make_text(&inner, 0x00089007, "CS", "ORIGINAL\\PRIMARY\\THIRD");
        add_group(&frame, 0x00189226, &inner);
        make_item(&s, 0x52009230, &frame, false);
    }
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 2);
    assert_near(v.mm_from_ijk.m[2][2], 3, 1e-12);
    pel_volume_free(&v);
}

static void mosaics_need_what_they_are_made_of(void **state)
{
    (void)state;
    // no word, no count, too many, sides that do not divide, more than one frame: as it is stored
    for (int n = 0; n < 6; n++) {
        make_set s = mosaic_image(true, "1");
        if (n == 0)
            make_text(&s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\M");
        if (n == 1)
            make_remove(&s, 0x00291010);
        if (n >= 2)
            make_remove(&s, 0x00291010);
        if (n == 2)
            make_text(&s, 0x0019100a, "IS", "70000");
        if (n == 3)
            make_short(&s, 0x0019100a, 5);
        if (n == 4) {
            int64_t value[32] = { 0 };
            make_short(&s, 0x0019100a, 4);
            make_pixels(&s, 16, value, 32);
            make_text(&s, 0x00280008, "IS", "2");
        }
        if (n == 5) {
            int64_t value[20] = { 0 };
            make_short(&s, 0x0019100a, 4);
            make_short(&s, 0x00280011, 5);
            make_pixels(&s, 16, value, 20);
        }
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.dims[1], 4);
        pel_volume_free(&v);
    }
    // the count alone will do; tiles without a place, or without a distance
    for (int n = 0; n < 3; n++) {
        make_set s = mosaic_image(true, "1");
        make_remove(&s, 0x00291010);
        make_short(&s, 0x0019100a, 3);
        if (n == 1)
            make_remove(&s, 0x00200032);
        if (n == 2) {
            make_remove(&s, 0x00180088);
            make_remove(&s, 0x00180050);
        }
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.dims[1], 2);
        assert_int_equal(v.dims[2], 3);
        assert_int_equal(v.oriented, n != 1);
        assert_near(v.mm_from_ijk.m[2][2], n == 2 ? 1 : 5, 1e-12);
        pel_volume_free(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_is_read_in_every_syntax),
        cmocka_unit_test(the_grid_is_that_of_the_patient_in_ras),
        cmocka_unit_test(rescale_and_the_first_window_are_kept),
        cmocka_unit_test(the_description_never_names_the_patient),
        cmocka_unit_test(descriptions_are_utf8),
        cmocka_unit_test(frames_without_places_follow_each_other),
        cmocka_unit_test(frames_counted_in_time_are_frames),
        cmocka_unit_test(a_dose_grid_has_its_own_places_and_scale),
        cmocka_unit_test(enhanced_images_say_where_and_when_each_frame_is),
        cmocka_unit_test(mosaics_are_cut_into_slices),
        cmocka_unit_test(a_damaged_csa_header_is_none),
        cmocka_unit_test(a_file_needs_no_preamble_and_no_meta_group),
        cmocka_unit_test(sequences_of_any_length_and_private_tags_are_passed),
        cmocka_unit_test(what_has_no_type_is_read_in_the_type_of_the_dictionary),
        cmocka_unit_test(deep_sequences_are_refused),
        cmocka_unit_test(headers_that_cannot_be_are_refused_by_name),
        cmocka_unit_test(a_file_without_an_image_says_what_it_is),
        cmocka_unit_test(damaged_sequences_are_refused),
        cmocka_unit_test(images_without_a_place_keep_their_order),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(streams_hold_what_their_header_promises),
        cmocka_unit_test(numbers_of_a_csa_header_may_be_odd),
        cmocka_unit_test(a_bomb_stops_at_what_its_header_promises),
        cmocka_unit_test(frames_described_beyond_those_there_are_do_not_count),
        cmocka_unit_test(mosaics_need_what_they_are_made_of),
    };
    return cmocka_run_group_tests_name("read/dicom", tests, NULL, NULL);
}
