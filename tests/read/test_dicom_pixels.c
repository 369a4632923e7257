/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_pixels.c: pixels of DICOM files: types, bits, colours, compression. */
#include "make_dicom.h"

#include <turbojpeg.h>

static void every_type_is_read_in_both_byte_orders(void **state)
{
    (void)state;
    static const struct {
        int bits;
        bool is_signed;
        pel_dtype dtype;
    } types[] = { { 8, false, PEL_UINT8 },   { 8, true, PEL_INT8 },     { 16, false, PEL_UINT16 },
                  { 16, true, PEL_INT16 },   { 32, false, PEL_UINT32 }, { 32, true, PEL_INT32 },
                  { 64, false, PEL_UINT64 }, { 64, true, PEL_INT64 } };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_GE; syntax++) {
            make_set s = make_image(1);
            int64_t value[12];
            for (int i = 0; i < 12; i++)
                value[i] = (types[t].is_signed ? -6 : 0) + i;
            make_pixels(&s, types[t].bits, value, 12);
            make_short(&s, 0x00280103, types[t].is_signed);
            pel_volume v = make_must_read(&s, syntax);
            assert_int_equal(v.dtype, types[t].dtype);
            make_check_ramp(&v, types[t].is_signed ? -6 : 0);
            pel_volume_free(&v);
        }
}

static void floats_are_read(void **state)
{
    (void)state;
    float single[12];
    double twice[12];
    for (int i = 0; i < 12; i++)
        twice[i] = (double)(single[i] = (float)i + 0.5F);
    make_set s = make_image(1);
    make_remove(&s, 0x7fe00010);
    make_bytes(&s, 0x7fe00008, "OF", single, sizeof single);
    make_short(&s, 0x00280100, 32);
    make_remove(&s, 0x00280101);
    make_remove(&s, 0x00280102);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dtype, PEL_FLOAT32);
    make_check_ramp(&v, 0.5);
    pel_volume_free(&v);
    s = make_image(1);
    make_remove(&s, 0x7fe00010);
    make_bytes(&s, 0x7fe00009, "OD", twice, sizeof twice);
    make_short(&s, 0x00280100, 64);
    make_short(&s, 0x00280101, 64);
    make_remove(&s, 0x00280102);
    v = make_must_read(&s, MAKE_IMPLICIT);
    assert_int_equal(v.dtype, PEL_FLOAT64);
    make_check_ramp(&v, 0.5);
    pel_volume_free(&v);
    s = make_image(1);
    make_remove(&s, 0x7fe00010);
    make_bytes(&s, 0x7fe00008, "OF", single, sizeof single);
    make_must_fail(&s, MAKE_EXPLICIT, "16 bits allocated for each floating-point number");
}

static void single_bits_and_twelve_are_unpacked(void **state)
{
    (void)state;
    // 12 pixels of one bit, the first the lowest of the first byte
    make_set s = make_image(1);
    make_bytes(&s, 0x7fe00010, "OB", "\x35\x0a", 2);
    make_short(&s, 0x00280100, 1);
    make_short(&s, 0x00280101, 1);
    make_short(&s, 0x00280102, 0);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dtype, PEL_UINT8);
    for (int i = 0; i < 12; i++)
        assert_near(make_stored(&v, i % 4, i / 4, 0), 0x0a35 >> i & 1, 0);
    pel_volume_free(&v);
    // two numbers in three make_whole, the lower bits first
    uint8_t packed[18] = { 0 };
    for (int i = 0; i < 12; i++)
        for (int b = 0; b < 12; b++)
            packed[(12 * i + b) / 8] |= (uint8_t)((2000 + i) >> b & 1) << (12 * i + b) % 8;
    s = make_image(1);
    make_bytes(&s, 0x7fe00010, "OW", packed, sizeof packed);
    make_short(&s, 0x00280100, 12);
    make_short(&s, 0x00280101, 12);
    make_short(&s, 0x00280102, 11);
    v = make_must_read(&s, MAKE_EXPLICIT);
    make_check_ramp(&v, 2000);
    pel_volume_free(&v);
    // frames of single bits do not start with a byte
    s = make_image(1);
    make_bytes(&s, 0x7fe00010, "OB", "\x35\x0a\xf0\x0f", 4);
    make_short(&s, 0x00280100, 1);
    make_short(&s, 0x00280101, 1);
    make_short(&s, 0x00280102, 0);
    make_text(&s, 0x00280008, "IS", "2");
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 2);
    for (int i = 0; i < 12; i++)
        assert_near(make_stored(&v, i % 4, i / 4, 1), 0x0ff00a35 >> (12 + i) & 1, 0);
    pel_volume_free(&v);
}

static void bits_beyond_those_stored_are_cut(void **state)
{
    (void)state;
    static const int sizes[] = { 8, 16, 32, 64 };
    for (int n = 0; n < 4; n++) {
        make_set s = make_image(1);
        int64_t value[12];
        // five bits, two above the lowest, between bits of something else
        for (int i = 0; i < 12; i++)
            value[i] = (i + 16) << 2 | 0x83;
        make_pixels(&s, sizes[n], value, 12);
        make_short(&s, 0x00280101, 5);
        make_short(&s, 0x00280102, 6);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        make_check_ramp(&v, 16);
        pel_volume_free(&v);
        s = make_image(1);
        make_pixels(&s, sizes[n], value, 12);
        make_short(&s, 0x00280101, 5);
        make_short(&s, 0x00280102, 6);
        make_short(&s, 0x00280103, 1);
        v = make_must_read(&s, MAKE_EXPLICIT);
        make_check_ramp(&v, -16);
        pel_volume_free(&v);
    }
}

static make_set colour_image(const char *photometric, const uint8_t *samples, size_t size)
{
    make_set s = make_image(1);
    make_short(&s, 0x00280002, 3);
    make_short(&s, 0x00280006, 0);
    make_text(&s, 0x00280004, "CS", photometric);
    make_bytes(&s, 0x7fe00010, "OB", samples, size);
    make_short(&s, 0x00280100, 8);
    make_short(&s, 0x00280101, 8);
    make_short(&s, 0x00280102, 7);
    return s;
}

static const uint8_t *pixel(const pel_volume *v, int i, int j)
{
    return (const uint8_t *)v->data + 3 * (v->dims[0] * (v->dims[1] - 1 - j) + i);
}

static void colours_are_read_by_pixel_and_by_plane(void **state)
{
    (void)state;
    uint8_t mixed[36], planes[36];
    for (int i = 0; i < 36; i++)
        planes[i % 3 * 12 + i / 3] = mixed[i] = make_byte(i);
    for (int planar = 0; planar < 2; planar++) {
        make_set s = colour_image("RGB", planar ? planes : mixed, 36);
        make_short(&s, 0x00280006, planar);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.meaning, PEL_RGB);
        assert_int_equal(v.channels, 3);
        for (int p = 0; p < 12; p++)
            assert_memory_equal(pixel(&v, p % 4, p / 4), mixed + 3 * p, 3);
        pel_volume_free(&v);
    }
}

static void ybr_becomes_rgb(void **state)
{
    (void)state;
    uint8_t samples[36];
    static const uint8_t colours[4][2][3] = { { { 76, 85, 255 }, { 254, 0, 0 } },
                                              { { 150, 44, 21 }, { 0, 255, 1 } },
                                              { { 29, 255, 107 }, { 0, 0, 254 } },
                                              { { 128, 128, 128 }, { 128, 128, 128 } } };
    for (int p = 0; p < 12; p++)
        memcpy(samples + 3 * p, colours[p % 4][0], 3);
    make_set s = colour_image("YBR_FULL", samples, 36);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    for (int p = 0; p < 12; p++)
        assert_memory_equal(pixel(&v, p % 4, p / 4), colours[p % 4][1], 3);
    pel_volume_free(&v);
    // of each two pixels Y, Y, and one B and R
    uint8_t pairs[24];
    for (int p = 0; p < 6; p++)
        memcpy(pairs + 4 * p, (const uint8_t[]){ 76, 76, 85, 255 }, 4);
    s = colour_image("YBR_FULL_422", pairs, 24);
    v = make_must_read(&s, MAKE_EXPLICIT);
    for (int p = 0; p < 12; p++)
        assert_memory_equal(pixel(&v, p % 4, p / 4), colours[0][1], 3);
    pel_volume_free(&v);
    // bytes for every pixel are there, whatever the name says
    s = colour_image("YBR_FULL_422", samples, 36);
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_memory_equal(pixel(&v, 1, 0), colours[1][1], 3);
    pel_volume_free(&v);
    // sixteen bits
    s = colour_image("YBR_FULL", samples, 36);
    int64_t wide[36];
    for (int i = 0; i < 36; i++)
        wide[i] = i % 3 ? 32768 : 1000 + i;
    make_pixels(&s, 16, wide, 36);
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dtype, PEL_UINT16);
    assert_int_equal(((uint16_t *)v.data)[24], 1000);
    assert_int_equal(((uint16_t *)v.data)[26], 1000);
    pel_volume_free(&v);
}

static void palettes_become_rgb(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        make_set s = make_palette(n & 1 ? 16 : 8, n & 2 ? -3 : 5, n & 2);
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.dtype, PEL_UINT8);
        assert_int_equal(v.meaning, PEL_RGB);
        for (int p = 0; p < 12; p++)
            for (int c = 0; c < 3; c++) {
                int at = p - 1 < 0 ? 0 : p - 1 > 7 ? 7 : p - 1;
                assert_int_equal(pixel(&v, p % 4, p / 4)[c], 10 * at + c + 1);
            }
        pel_volume_free(&v);
    }
    make_set s = make_palette(8, 5, false);
    make_remove(&s, 0x00281202);
    make_must_fail(&s, MAKE_EXPLICIT, "without a plain palette");
}

static void dark_and_bright_stay_as_they_are_stored(void **state)
{
    (void)state;
    make_listen();
    make_set s = make_image(1);
    make_text(&s, 0x00280004, "CS", "MONOCHROME1");
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    make_check_ramp(&v, 100);
    assert_non_null(strstr(make_notes, "MONOCHROME1"));
    pel_volume_free(&v);
    make_quiet();
}

// a padding among the brightest would be a white frame; a dark one, and one of numbers that grow
// towards black, is outside as it is
static void bright_padding_becomes_dark(void **state)
{
    (void)state;
    static const struct {
        int bits, padding, is_signed;
        const char *photometric;
        bool becomes_dark;
    } files[] = {
        { 16, 63536, 0, "MONOCHROME2", true }, { 8, 200, 0, "MONOCHROME2", true },
        { 16, -2000, 0, "MONOCHROME2", true }, { 16, 63536, 0, "MONOCHROME1", false },
        { 16, 5, 0, "MONOCHROME2", false },    { 16, -2000, 1, "MONOCHROME2", false },
        { 8, 300, 0, "MONOCHROME2", false },   { 32, 63536, 0, "MONOCHROME2", false },
    };
    for (size_t n = 0; n < sizeof files / sizeof *files; n++) {
        int64_t value[12];
        for (int i = 0; i < 12; i++)
            value[i] = i == 7 ? files[n].padding : i;
        make_set s = make_image(1);
        make_pixels(&s, files[n].bits, value, 12);
        make_short(&s, 0x00280103, files[n].is_signed);
        make_text(&s, 0x00280004, "CS", files[n].photometric);
        if (files[n].padding < 0)
            make_bytes(&s, 0x00280120, "SS", (int16_t[]){ (int16_t)files[n].padding }, 2);
        else
            make_short(&s, 0x00280120, files[n].padding);
        make_listen();
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        make_quiet();
        assert_int_equal(strstr(make_notes, "PixelPaddingValue") != NULL, files[n].becomes_dark);
        double as_stored = files[n].bits == 8 ? files[n].padding & 255 : files[n].padding;
        assert_near(make_stored(&v, 3, 1, 0), files[n].becomes_dark ? 0 : as_stored, 0);
        assert_near(make_stored(&v, 2, 1, 0), 6, 0);
        pel_volume_free(&v);
    }
}

static void tables_and_scales_that_are_not_applied_are_told(void **state)
{
    (void)state;
    for (make_syntax syntax = MAKE_EXPLICIT; syntax <= MAKE_IMPLICIT; syntax++) {
        make_set s = make_image(1), item = { 0 };
        make_shorts(&item, 0x00283002, (const uint16_t[]){ 2, 0, 16 }, 3);
        make_shorts(&item, 0x00283006, (const uint16_t[]){ 7, 9 }, 2);
        make_item(&s, 0x00283000, &item, syntax == MAKE_EXPLICIT);
        float scale = 0.25F;
        make_bytes(&s, 0x2005100e, "FL", &scale, sizeof scale);
        make_listen();
        pel_volume v = make_must_read(&s, syntax);
        make_quiet();
        make_check_ramp(&v, 100);
        assert_non_null(strstr(make_notes, "Modality LUT"));
        assert_non_null(strstr(make_notes, "RescaleSlope x 0.25"));
        pel_volume_free(&v);
    }
    // a scale of one is none
    make_set s = make_image(1);
    float scale = 1;
    make_bytes(&s, 0x2005100e, "FL", &scale, sizeof scale);
    make_listen();
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    make_quiet();
    assert_null(strstr(make_notes, "2005"));
    pel_volume_free(&v);
    // colours of half the range are of films, not of images
    s = colour_image("YBR_PARTIAL_422", (const uint8_t[36]){ 0 }, 36);
    make_must_fail(&s, MAKE_EXPLICIT, "'YBR_PARTIAL_422'");
}

static void run_lengths_are_read(void **state)
{
    (void)state;
    for (int frames = 1; frames < 4; frames++) {
        make_set s = make_rle_image(frames);
        pel_volume v = make_must_read(&s, MAKE_RLE);
        assert_int_equal(v.dims[2], frames);
        for (int f = 0; f < frames; f++)
            assert_near(make_stored(&v, 2, 1, f), 300 + 12 * f + 6, 0);
        pel_volume_free(&v);
    }
}

// one frame after the other, each in `parts` fragments, with or without the table of offsets
static make_set split_image(int parts, bool table, const uint32_t *wrong)
{
    make_set s = make_frames(2);
    uint8_t coded[2][256], numbers[24] = { 0 };
    size_t size[2];
    for (int f = 0; f < 2; f++) {
        for (int i = 0; i < 12; i++)
            numbers[2 * i] = (uint8_t)(50 * f + i);
        size[f] = make_rle(coded[f], numbers, 12, 2);
    }
    uint32_t offset[2] = { 0, (uint32_t)size[0] + 8 * (uint32_t)parts };
    make_fragment(&s, wrong ? wrong : offset, table ? 8 : 0);
    for (int f = 0; f < 2; f++)
        for (int p = 0; p < parts; p++) {
            size_t from = size[f] * (size_t)p / (size_t)parts / 2 * 2;
            size_t to = size[f] * (size_t)(p + 1) / (size_t)parts / 2 * 2;
            make_fragment(&s, coded[f] + from, to - from);
        }
    return s;
}

static void frames_in_several_fragments_are_joined(void **state)
{
    (void)state;
    for (int parts = 1; parts < 4; parts++) {
        make_set s = split_image(parts, true, NULL);
        pel_volume v = make_must_read(&s, MAKE_RLE);
        assert_near(make_stored(&v, 3, 2, 0), 11, 0);
        assert_near(make_stored(&v, 3, 2, 1), 61, 0);
        pel_volume_free(&v);
    }
    make_set s = split_image(2, false, NULL);
    make_must_fail(&s, MAKE_RLE, "4 fragments of pixels for 2 frames");
    static const uint32_t wrong[][2] = { { 0, 4 }, { 8, 200 }, { 0, 100000 } };
    for (int n = 0; n < 3; n++) {
        s = split_image(2, true, wrong[n]);
        make_must_fail(&s, MAKE_RLE, "4 fragments of pixels for 2 frames");
    }
}

static void frames_of_unknown_fragments_start_with_a_marker(void **state)
{
    (void)state;
    // no codec reads this; what it is asked to is seen in its message
    make_set s = make_frames(2);
    make_fragment(&s, "", 0);
    for (int f = 0; f < 2; f++) {
        make_fragment(&s, "\xff\xd8\xff\xe0", 4);
        make_fragment(&s, "more", 4);
    }
    size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.70");
    pel_volume v;
    assert_int_not_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_OK);
    assert_null(strstr(pel_error(), "fragments"));
    make_fragment(&s, "\xff\x4f\xff\x51", 4);
    size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.70");
    assert_int_not_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_OK);
    assert_error_says("5 fragments of pixels for 2 frames");
    make_set_free(&s);
}

static void pixels_that_are_not_as_the_syntax_says_are_told(void **state)
{
    (void)state;
    make_set s = make_rle_image(1);
    make_must_fail(&s, MAKE_EXPLICIT, "its pixels are compressed, but its transfer syntax says");
    // plain pixels of a known length under the name of a compressed syntax are plain
    s = make_image(1);
    pel_volume v = make_must_read(&s, MAKE_RLE);
    make_check_ramp(&v, 100);
    pel_volume_free(&v);
    s = make_image(1);
    size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.100");
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EUNSUPPORTED);
    assert_error_says("transfer syntax 1.2.840.10008.1.2.4.100 is not read");
    make_set_free(&s);
}

/* ---- colours of JPEG ---- */

// red in a JPEG of libjpeg: coded as YBR; Adobe's marker says so, or that it is not
static make_set jpeg_image(const char *photometric, int adobe, size_t cut)
{
    uint8_t red[36], coded[2048], *packed = NULL;
    unsigned long size = 0;
    for (int p = 0; p < 12; p++)
        memcpy(red + 3 * p, (const uint8_t[]){ 254, 0, 0 }, 3);
    tjhandle handle = tjInitCompress();
    assert_int_equal(tjCompress2(handle, red, 4, 0, 3, TJPF_RGB, &packed, &size, TJSAMP_444, 100,
                                 TJFLAG_ACCURATEDCT),
                     0);
    tjDestroy(handle);
    assert_true(size + 16 < sizeof coded);
    // its first segment is JFIF's, of 16 bytes; Adobe's is put before
    size_t at = 2;
    memcpy(coded, packed, 2);
    if (adobe >= 0) {
        memcpy(coded + 2,
               "\xff\xee\0\x0e"
               "Adobe\0\x64\0\0\0\0\1",
               16);
        coded[17] = (uint8_t)adobe;
        at = 18;
    }
    memcpy(coded + at, packed + 2, size - 2);
    size = at + size - 2;
    tjFree(packed);
    make_set s = make_image(1);
    make_short(&s, 0x00280002, 3);
    make_short(&s, 0x00280006, 0);
    make_text(&s, 0x00280004, "CS", photometric);
    make_short(&s, 0x00280100, 8);
    make_short(&s, 0x00280101, 8);
    make_short(&s, 0x00280102, 7);
    make_fragment(&s, "", 0);
    make_fragment(&s, coded, (cut ? cut : size) / 2 * 2 + (cut ? 0 : size % 2));
    return s;
}

static void colours_of_jpeg_are_as_adobe_says_else_as_the_header(void **state)
{
    (void)state;
    static const struct {
        const char *photometric;
        int adobe;
        bool turned;
    } cases[] = { { "YBR_FULL_422", -1, true }, { "YBR_FULL", 1, true },  { "RGB", 1, true },
                  { "RGB", -1, false },         { "YBR_FULL", 0, false }, { "RGB", 0, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_set s = jpeg_image(cases[i].photometric, cases[i].adobe, 0);
        size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.50");
        make_set_free(&s);
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"));
        const uint8_t *p = v.data;
        assert_near(p[0], cases[i].turned ? 254 : 76, 1);
        assert_near(p[1], cases[i].turned ? 0 : 85, 1);
        assert_near(p[2], cases[i].turned ? 0 : 255, 1);
        pel_volume_free(&v);
    }
    // what is cut within its segments says nothing of Adobe
    for (size_t cut = 2; cut < 40; cut += 2) {
        make_set s = jpeg_image("RGB", 1, cut);
        size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.50");
        make_set_free(&s);
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    }
}

static void colours_that_are_not_read_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *photometric;
        int bits, samples;
        bool is_float, good;
    } cases[] = {
        { "YBR_PARTIAL_422", 8, 3, false, false },
        { "YBR_FULL", 32, 3, false, false },
        { "YBR_ICT", 8, 3, false, true },
        { "YBR_RCT", 8, 3, false, true },
        { "HSV", 8, 3, false, false },
        { "", 8, 3, false, true },
        { "", 8, 1, false, true },
        { "RGB", 8, 1, false, false },
        { "RGB", 8, 4, false, false },
        { "PALETTE COLOR", 8, 3, false, false },
        { "PALETTE COLOR", 32, 1, false, false },
        { "PALETTE COLOR", 32, 1, true, false },
        { "RGB", 32, 3, true, false },
        { "RGB", 32, 3, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_set s = make_image(1);
        make_short(&s, 0x00280002, cases[i].samples);
        make_text(&s, 0x00280004, "CS", cases[i].photometric);
        make_short(&s, 0x00280100, cases[i].bits);
        make_short(&s, 0x00280101, cases[i].bits);
        make_short(&s, 0x00280102, cases[i].bits - 1);
        make_remove(&s, 0x7fe00010);
        size_t size = (size_t)(12 * cases[i].samples * cases[i].bits / 8);
        static const uint8_t zeros[512];
        make_bytes(&s, cases[i].is_float ? 0x7fe00008 : 0x7fe00010, "OW", zeros, size);
        if (!cases[i].good) {
            make_must_fail(&s, MAKE_EXPLICIT, "which is not read");
            continue;
        }
        pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
        assert_int_equal(v.channels, cases[i].samples);
        pel_volume_free(&v);
    }
}

static void odd_columns_do_not_share_their_colour(void **state)
{
    (void)state;
    static const uint8_t samples[27];
    make_set s = colour_image("YBR_FULL_422", samples, 27);
    make_short(&s, 0x00280011, 3);
    pel_volume v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[0], 3);
    pel_volume_free(&v);
}

static void palettes_may_be_short_signed_and_swapped(void **state)
{
    (void)state;
    // big-endian words of two entries; entries of 16 bits below 256; fewer bytes than entries
    for (int n = 0; n < 4; n++) {
        make_set s = make_palette(8, 0, n == 3);
        uint16_t about[3] = { 8, 0, 8 }, zero[3] = { 0, 0, 16 }, wide[8];
        uint8_t small[8];
        for (int i = 0; i < 8; i++)
            wide[i] = small[i] = (uint8_t)(10 * i + 1);
        for (uint32_t c = 0; c < 3; c++) {
            make_shorts(&s, 0x00281101 + c, n == 2 ? zero : about, 3);
            if (n == 1)
                make_bytes(&s, 0x00281201 + c, "OW", wide, 16);
            if (n == 2)
                make_bytes(&s, 0x00281201 + c, "OW", small, 8);
            if (n == 0)
                make_bytes(&s, 0x00281201 + c, "OW",
                           (const uint8_t[]){ 11, 1, 31, 21, 51, 41, 71, 61 }, 8);
        }
        if (n == 3) {
            int64_t index[12] = { -5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 127 };
            make_pixels(&s, 8, index, 12);
            // an index of the first entry that cannot be is 0
            make_remove(&s, 0x00281102);
        }
        pel_volume v = make_must_read(&s, n ? MAKE_EXPLICIT : MAKE_BIG);
        for (int p = 0; p < 12; p++) {
            // 16 bits without a sign: -1 is the largest; of 65536 entries those beyond the bytes
            // are black
            int at = p - 1;
            if (at < 0)
                at = n == 3 ? 0 : 7;
            int want = at > 7 ? 71 : 10 * at + 1;
            if (n == 2 && (p == 0 || at > 7))
                want = 0;
            assert_int_equal(pixel(&v, p % 4, p / 4)[0], want);
        }
        pel_volume_free(&v);
    }
}

/* ---- fragments ---- */

static void fragments_that_cannot_be_are_refused(void **state)
{
    (void)state;
    make_set s = make_rle_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_RLE), at = size - 8;
    make_set_free(&s);
    pel_volume v;
    // another tag in the place of the end
    memcpy(make_whole + at, "\x01\x02\x03\x04", 4);
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    assert_error_says("has no fragment of pixels in byte");
    // the file may end where the end should be said
    assert_ok(pel_read_volume_bytes(&v, make_whole, at, "a.dcm"));
    pel_volume_free(&v);
    // a table of offsets, and nothing else
    s = make_frames(1);
    make_fragment(&s, "", 0);
    make_must_fail(&s, MAKE_RLE, "ends before its last pixel");
    s = make_frames(1);
    make_fragment(&s, "", 0);
    size = make_dicom(make_whole, &s, MAKE_RLE);
    make_set_free(&s);
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size - 16, "a.dcm"), PEL_EFORMAT);
}

static void markers_count_only_where_they_can_start_a_frame(void **state)
{
    (void)state;
    static const char *const first[] = { "\xff\xd8\xff\xe0", "\xff\x4f\xff\x51", "\xff\xd8\x00\xe0",
                                         "\xff\xc0\xff\xe0", "\x00\xd8\xff\xe0", "xx" };
    static const bool good[] = { true, true, false, false, false, false };
    for (int n = 0; n < 6; n++) {
        make_set s = make_frames(2);
        make_fragment(&s, "", 0);
        make_fragment(&s, "\xff\xd8\xff\xe0", 4);
        make_fragment(&s, "more", 4);
        make_fragment(&s, first[n], n == 5 ? 2 : 4);
        size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.70");
        make_set_free(&s);
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
        assert_int_equal(strstr(pel_error(), "nothing tells which belong together") == NULL,
                         good[n]);
    }
    // the first frame must start with the first fragment
    make_set s = make_frames(1);
    make_text(&s, 0x00280008, "IS", "2");
    make_fragment(&s, "", 0);
    for (int f = 0; f < 3; f++)
        make_fragment(&s, f ? "\xff\xd8\xff\xe0" : "more", 4);
    size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.70");
    make_set_free(&s);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    assert_error_says("nothing tells which belong together");
}

static void more_frames_than_63_bits_can_count_are_refused(void **state)
{
    (void)state;
    make_set s = make_image(1);
    make_short(&s, 0x00280010, 65535);
    make_short(&s, 0x00280011, 65535);
    make_text(&s, 0x00280008, "IS", "2147483647");
    make_must_fail(&s, MAKE_EXPLICIT, "does not fit 63 bits");
    static const uint8_t samples[36];
    s = colour_image("YBR_FULL_422", samples, 36);
    make_short(&s, 0x00280010, 65535);
    make_short(&s, 0x00280011, 65534);
    make_text(&s, 0x00280008, "IS", "2147483647");
    make_must_fail(&s, MAKE_EXPLICIT, "does not fit 63 bits");
}

static void more_fragments_than_a_few_are_listed(void **state)
{
    (void)state;
    make_set s = make_rle_image(8);
    pel_volume v = make_must_read(&s, MAKE_RLE);
    assert_near(make_stored(&v, 2, 1, 7), 300 + 12 * 7 + 6, 0);
    pel_volume_free(&v);
    // one frame in two fragments needs no table
    uint8_t coded[256], numbers[24] = { 7 };
    size_t whole = make_rle(coded, numbers, 12, 2);
    s = make_frames(1);
    make_fragment(&s, "", 0);
    make_fragment(&s, coded, 32);
    make_fragment(&s, coded + 32, whole - 32);
    v = make_must_read(&s, MAKE_RLE);
    assert_near(make_stored(&v, 0, 0, 0), 7, 0);
    pel_volume_free(&v);
    // a table whose first frame does not start with the first fragment
    s = split_image(2, true, NULL);
    size_t size = make_dicom(make_whole, &s, MAKE_RLE), at = 0;
    make_set_free(&s);
    for (size_t i = 132; i < size && !at; i++)
        if (memcmp(make_whole + i, "\xfe\xff\0\xe0\x08\0\0\0", 8) == 0)
            at = i + 8;
    assert_true(at > 0);
    uint32_t first;
    memcpy(&first, make_whole + at + 8 + 4, 4);
    first += 8;
    memcpy(make_whole + at, &first, 4);
    assert_int_equal(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"), PEL_EFORMAT);
    assert_error_says("nothing tells which belong together");
}

static void an_application_marker_of_another_program_says_nothing(void **state)
{
    (void)state;
    make_set s = jpeg_image("RGB", 1, 0);
    size_t size = make_dicom_uid(make_whole, &s, "1.2.840.10008.1.2.4.50");
    make_set_free(&s);
    for (size_t i = 132; i + 5 < size; i++)
        if (memcmp(make_whole + i, "Adobe", 5) == 0)
            memcpy(make_whole + i, "adobe", 5);
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, make_whole, size, "a.dcm"));
    assert_near(((uint8_t *)v.data)[0], 76, 1);
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_in_both_byte_orders),
        cmocka_unit_test(floats_are_read),
        cmocka_unit_test(single_bits_and_twelve_are_unpacked),
        cmocka_unit_test(bits_beyond_those_stored_are_cut),
        cmocka_unit_test(colours_are_read_by_pixel_and_by_plane),
        cmocka_unit_test(ybr_becomes_rgb),
        cmocka_unit_test(palettes_become_rgb),
        cmocka_unit_test(dark_and_bright_stay_as_they_are_stored),
        cmocka_unit_test(bright_padding_becomes_dark),
        cmocka_unit_test(tables_and_scales_that_are_not_applied_are_told),
        cmocka_unit_test(run_lengths_are_read),
        cmocka_unit_test(frames_in_several_fragments_are_joined),
        cmocka_unit_test(frames_of_unknown_fragments_start_with_a_marker),
        cmocka_unit_test(pixels_that_are_not_as_the_syntax_says_are_told),
        cmocka_unit_test(colours_of_jpeg_are_as_adobe_says_else_as_the_header),
        cmocka_unit_test(colours_that_are_not_read_are_named),
        cmocka_unit_test(odd_columns_do_not_share_their_colour),
        cmocka_unit_test(palettes_may_be_short_signed_and_swapped),
        cmocka_unit_test(fragments_that_cannot_be_are_refused),
        cmocka_unit_test(markers_count_only_where_they_can_start_a_frame),
        cmocka_unit_test(more_frames_than_63_bits_can_count_are_refused),
        cmocka_unit_test(more_fragments_than_a_few_are_listed),
        cmocka_unit_test(an_application_marker_of_another_program_says_nothing),
    };
    return cmocka_run_group_tests_name("read/dicom_pixels", tests, NULL, NULL);
}
