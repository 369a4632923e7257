/* SPDX-License-Identifier: Apache-2.0 */
/* test_pictures.c: single pictures (PNG, JPEG) and MGH, made byte by byte: what each field does. */
#include <turbojpeg.h>
#include <unistd.h>
#include <zlib.h>

#include "make.h"

/* ---- PNG ---- */

/* bytes being put one after the other, big-endian numbers */
typedef struct block {
    uint8_t bytes[1 << 14];
    size_t size;
} block;

static void put(block *to, const void *bytes, size_t size)
{
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void put_32(block *to, uint32_t value)
{
    for (int i = 3; i >= 0; i--)
        to->bytes[to->size++] = (uint8_t)(value >> 8 * i);
}

static void put_chunk(block *to, const char *kind, const void *data, size_t size)
{
    put_32(to, (uint32_t)size);
    size_t from = to->size;
    put(to, kind, 4);
    put(to, data, size);
    put_32(to, (uint32_t)crc32(0, to->bytes + from, (uInt)(size + 4)));
}

typedef struct png {
    uint32_t width, height;
    uint8_t bits, kind;
    const char *text; // keyword, 0, words
    size_t text_size;
    uint32_t density[2]; // 0: no pHYs
    uint8_t unit;
    const char *unknown; // a chunk before the others
} png;

// all pixels are byte 37*i
static void make_png(block *to, const png *p)
{
    static const int samples[] = { 1, 1, 3, 1, 2, 1, 4, 1 };
    block head = { 0 };
    uint8_t rows[4096], packed[4096];
    uLongf size = sizeof packed;
    to->size = 0;
    put(to, "\x89PNG\r\n\x1a\n", 8);
    put_32(&head, p->width);
    put_32(&head, p->height);
    put(&head, (uint8_t[]){ p->bits, p->kind, 0, 0, 0 }, 5);
    put_chunk(to, "IHDR", head.bytes, head.size);
    if (p->unknown)
        put_chunk(to, p->unknown, "1234567890123", 13);
    if (p->kind == 3)
        put_chunk(to, "PLTE", "abcdefghijkl", 12);
    if (p->density[0] || p->density[1]) {
        head.size = 0;
        put_32(&head, p->density[0]);
        put_32(&head, p->density[1]);
        put(&head, &p->unit, 1);
        put_chunk(to, "pHYs", head.bytes, head.size);
    }
    if (p->text)
        put_chunk(to, "tEXt", p->text, p->text_size);
    size_t row = (p->width * (size_t)samples[p->kind & 7] * p->bits + 7) / 8 + 1;
    size_t count = row * p->height < sizeof rows ? row * p->height : sizeof rows;
    for (size_t i = 0; i < count; i++)
        rows[i] = i % row ? (uint8_t)(37 * i) : 0;
    compress(packed, &size, rows, count);
    put_chunk(to, "IDAT", packed, size);
    put_chunk(to, "IEND", "", 0);
}

static const png grey = { .width = 5, .height = 4, .bits = 8 };

static pel_status read_block(pel_volume *out, const block *b, const char *name)
{
    *make_notes = 0;
    return pel_read_volume_bytes(out, b->bytes, b->size, name);
}

static void assert_notes_say(const char *part)
{
    if (!strstr(make_notes, part))
        fail_msg("the notes '%s' do not say '%s'", make_notes, part);
}

static void every_kind_of_png_has_its_type(void **state)
{
    (void)state;
    static const struct {
        uint8_t bits, kind;
        pel_dtype dtype;
        int channels;
        pel_meaning meaning;
    } kinds[] = {
        { 1, 0, PEL_UINT8, 1, PEL_SCALAR },   { 2, 0, PEL_UINT8, 1, PEL_SCALAR },
        { 4, 0, PEL_UINT8, 1, PEL_SCALAR },   { 8, 0, PEL_UINT8, 1, PEL_SCALAR },
        { 16, 0, PEL_UINT16, 1, PEL_SCALAR }, { 8, 2, PEL_UINT8, 3, PEL_RGB },
        { 16, 2, PEL_UINT16, 3, PEL_RGB },    { 2, 3, PEL_UINT8, 3, PEL_RGB },
        { 8, 4, PEL_UINT8, 2, PEL_SCALAR },   { 16, 6, PEL_UINT16, 4, PEL_RGBA },
    };
    for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++) {
        static block b;
        png p = grey;
        pel_volume v;
        p.bits = kinds[n].bits;
        p.kind = kinds[n].kind;
        make_png(&b, &p);
        assert_ok(read_block(&v, &b, "x.png"));
        assert_int_equal(v.dtype, kinds[n].dtype);
        assert_int_equal(v.channels, kinds[n].channels);
        assert_int_equal(v.meaning, kinds[n].meaning);
        assert_int_equal(v.dims[0], 5);
        assert_int_equal(v.dims[1], 4);
        if (p.bits == 8 && p.kind == 0)
            for (int i = 0; i < 20; i++)
                assert_int_equal(((uint8_t *)v.data)[i], (uint8_t)(37 * (i / 5 * 6 + i % 5 + 1)));
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

#define WORDS(text) text, sizeof(text) - 1

static void the_size_of_a_png_pixel_and_who_says_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        uint32_t density[2];
        uint8_t unit;
        const char *unknown;
        double mm[3];
        bool known;
        const char *says;
    } sizes[] = {
        { NULL, 0, { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { NULL, 0, { 2000, 4000 }, 1, NULL, { 0.5, 0.25, 0.5 }, true, "by its pHYs" },
        { NULL, 0, { 2000, 4000 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { NULL, 0, { 0, 4000 }, 1, NULL, { 1, 1, 1 }, false, "does not say" },
        { NULL, 0, { 4000, 0 }, 1, NULL, { 1, 1, 1 }, false, "does not say" },
        { NULL, 0, { 2835, 2835 }, 1, NULL, { 1, 1, 1 }, false, "does not say" },
        { NULL, 0, { 2000, 2000 }, 1, "prVt", { 0.5, 0.5, 0.5 }, true, "by its pHYs" },
        { WORDS("voxel_mm\0001.5,2,0.1"),
          { 0 },
          0,
          NULL,
          { 1.5, 2, 0.1 },
          true,
          "by its voxel_mm" },
        { WORDS("voxel_mm\0001.5,2,0.1"), { 9, 9 }, 1, NULL, { 1.5, 2, 0.1 }, true, "voxel_mm" },
        { WORDS("voxel_mm\0001.5,2"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("voxel_mm\0x,2,3"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("voxel_mm\0000,2,3"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("voxel_mm\0001,0,3"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("voxel_mm\0001,2,-3"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("voxel_mm\0"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("a\0b"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "does not say" },
        { WORDS("Some other keyword\0and words"), { 0 }, 0, NULL, { 1, 1, 1 }, false, "not say" },
        { WORDS(
              "voxel_mm\0001,2,3 with a hundred and more characters behind it, which is more than "
              "three numbers can ever want, and so it is none of ours"),
          { 0 },
          0,
          NULL,
          { 1, 1, 1 },
          false,
          "not say" },
    };
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        static block b;
        png p = grey;
        pel_volume v;
        p.text = sizes[n].text;
        p.text_size = sizes[n].size;
        memcpy(p.density, sizes[n].density, sizeof p.density);
        p.unit = sizes[n].unit;
        p.unknown = sizes[n].unknown;
        make_png(&b, &p);
        assert_ok(read_block(&v, &b, "x.png"));
        assert_notes_say(sizes[n].says);
        pel_vec3 mm = pel_volume_spacing_mm(&v);
        assert_near(mm.x, sizes[n].mm[0], 1e-12);
        assert_near(mm.y, sizes[n].mm[1], 1e-12);
        assert_near(mm.z, sizes[n].mm[2], 1e-12);
        if (v.unit_known != sizes[n].known)
            fail_msg("case %d: unit known: %d", (int)n, v.unit_known);
        pel_volume_free(&v);
    }
}

static void words_of_a_png_that_are_too_long_are_none_of_ours(void **state)
{
    (void)state;
    static char text[3000];
    memset(text, ' ', sizeof text);
    memcpy(text, "voxel_mm\0001,2,3", 14);
    for (size_t size = 137; size < sizeof text; size *= 4) {
        static block b;
        png p = grey;
        pel_volume v;
        p.text = text;
        p.text_size = size;
        make_png(&b, &p);
        assert_ok(read_block(&v, &b, "x.png"));
        assert_notes_say("does not say");
        pel_volume_free(&v);
    }
}

static void a_damaged_png_is_refused(void **state)
{
    (void)state;
    static const struct {
        int at;
        uint8_t value;
        const char *says;
    } cases[] = {
        { 5, 9, "header is damaged" },  { 12, 'J', "header is damaged" },
        { 25, 7, "damaged" },           { 25, 1, "damaged" },
        { 24, 3, "damaged" },           { 16, 0x80, "damaged" },
        { 20, 0x80, "damaged" },        { 16, 0x7f, "more than so small" },
        { 27, 9, "cannot be decoded" }, { 50, 0x55, "cannot be decoded" },
    };
    static block b;
    pel_volume v;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        make_png(&b, &grey);
        b.bytes[cases[n].at] = cases[n].value;
        assert_int_equal(read_block(&v, &b, "x.png"), PEL_EFORMAT);
        assert_error_says(cases[n].says);
    }
    // a text of two gigabytes, which is not there, gets no memory
    png text = grey;
    text.text = "a\0b";
    text.text_size = 3;
    make_png(&b, &text);
    b.bytes[33] = 0x70;
    assert_int_equal(read_block(&v, &b, "x.png"), PEL_EFORMAT);
    assert_error_says("ends too early");
    make_png(&b, &grey);
    b.size = 30;
    assert_int_equal(read_block(&v, &b, "x.png"), PEL_EFORMAT);
    assert_error_says("ends within its PNG header");
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- JPEG ---- */

static void every_kind_of_jpeg_has_its_channels(void **state)
{
    (void)state;
    static const struct {
        int format, sampling, channels;
        pel_meaning meaning;
    } kinds[] = { { TJPF_GRAY, TJSAMP_GRAY, 1, PEL_SCALAR },
                  { TJPF_RGB, TJSAMP_444, 3, PEL_RGB },
                  { TJPF_RGB, TJSAMP_420, 3, PEL_RGB },
                  { TJPF_CMYK, TJSAMP_444, 4, PEL_SCALAR } };
    uint8_t pixels[16 * 16 * 4];
    memset(pixels, 100, sizeof pixels);
    for (int n = 0; n < 4; n++) {
        unsigned char *bytes = NULL;
        unsigned long size = 0;
        tjhandle handle = tjInitCompress();
        pel_volume v;
        assert_int_equal(tjCompress2(handle, pixels, 16, 0, 16, kinds[n].format, &bytes, &size,
                                     kinds[n].sampling, 95, 0),
                         0);
        *make_notes = 0;
        assert_ok(pel_read_volume_bytes(&v, bytes, size, "x.jpg"));
        assert_int_equal(v.channels, kinds[n].channels);
        assert_int_equal(v.meaning, kinds[n].meaning);
        for (int i = 0; i < 16 * 16 * kinds[n].channels; i++)
            assert_in_range(((uint8_t *)v.data)[i], 98, 102);
        assert_notes_say(n == 3 ? "inks" : "does not say how large");
        pel_volume_free(&v);
        assert_int_equal(pel_read_volume_bytes(&v, bytes, size - 40, "x.jpg"), PEL_EFORMAT);
        assert_error_says("cannot be decoded as JPEG");
        assert_int_equal(pel_read_volume_bytes(&v, bytes, 20, "x.jpg"), PEL_EFORMAT);
        tjFree(bytes);
        tjDestroy(handle);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- MGH ---- */

static void put_float(uint8_t *to, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(bits >> 8 * (3 - i));
}

// 3x2x2 voxels of uint8, `frames` of them, voxel of 1x2x3 mm
static size_t make_mgh(uint8_t *out, int frames)
{
    memset(out, 0, 284);
    const int head[] = { 1, 3, 2, 2, frames, 0 };
    for (int i = 0; i < 6; i++)
        out[4 * i + 3] = (uint8_t)head[i];
    out[29] = 1;
    for (int a = 0; a < 3; a++) {
        put_float(out + 30 + 4 * a, (float)(a + 1));
        put_float(out + 42 + 12 * a + 4 * a, 1);
        put_float(out + 78 + 4 * a, (float)(10 * a));
    }
    for (int i = 0; i < 12 * frames; i++)
        out[284 + i] = (uint8_t)(i * 5);
    return 284 + 12 * (size_t)frames;
}

static void mgh_is_known_by_its_name_or_its_first_bytes(void **state)
{
    (void)state;
    static uint8_t bytes[1024], other[1024], packed[2048];
    pel_volume v;
    size_t size = make_mgh(bytes, 1), small = make_gzip(packed, sizeof packed, bytes, size);
    static const char *const names[] = { "x.mgh", "x.bin" }, *const zipped[] = { "x.mgz",
                                                                                 "x.mgh.gz" };
    for (int n = 0; n < 2; n++) {
        assert_ok(pel_read_volume_bytes(&v, bytes, size, names[n]));
        assert_memory_equal(v.data, bytes + 284, 12);
        pel_volume_free(&v);
        assert_ok(pel_read_volume_bytes(&v, packed, small, zipped[n]));
        assert_memory_equal(v.data, bytes + 284, 12);
        pel_volume_free(&v);
    }
    // by another name each of these makes it something unknown
    static const uint8_t wrong[][2] = { { 3, 2 }, { 20, 1 }, { 21, 1 }, { 22, 1 }, { 23, 99 },
                                        { 7, 0 }, { 11, 0 }, { 15, 0 }, { 19, 0 } };
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        memcpy(other, bytes, size);
        other[wrong[n][0]] = wrong[n][1];
        assert_int_equal(pel_read_volume_bytes(&v, other, size, "x.bin"), PEL_EFORMAT);
        assert_error_says("is no NIfTI");
        assert_true(pel_read_volume_bytes(&v, other, size, "x.mgh") != PEL_OK);
    }
    assert_int_equal(pel_read_volume_bytes(&v, bytes, 27, "x.bin"), PEL_EFORMAT);
    assert_int_equal(pel_read_volume_bytes(&v, bytes, 27, "x.mgh"), PEL_EFORMAT);
    memset(other + 20, 255, 4);
    assert_int_equal(pel_read_volume_bytes(&v, other, size, "x.mgh"), PEL_EFORMAT);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void an_mgh_grid_without_a_volume_is_ignored(void **state)
{
    (void)state;
    static const struct {
        int at;
        float value;
        const char *says;
    } cases[] = { { 30, 0, "span no volume" },
                  { 30, INFINITY, "span no volume" },
                  { 42, NAN, "span no volume" },
                  { 78, NAN, "span no volume" },
                  { 78, INFINITY, "span no volume" } };
    uint8_t bytes[512];
    pel_volume v;
    for (int n = 0; n < 5; n++) {
        size_t size = make_mgh(bytes, 1);
        put_float(bytes + cases[n].at, cases[n].value);
        *make_notes = 0;
        assert_ok(pel_read_volume_bytes(&v, bytes, size, "x.mgh"));
        assert_notes_say(cases[n].says);
        assert_false(v.oriented || v.unit_known);
        pel_volume_free(&v);
    }
}

static void the_step_of_mgh_frames_lies_behind_them(void **state)
{
    (void)state;
    static const struct {
        float ms;
        int bytes; // of the footer
        double step;
    } cases[] = { { 1500, 20, 1500 }, { 1500, 4, 1500 }, { 1500, 3, 0 },      { 1500, 0, 0 },
                  { NAN, 20, 0 },     { -1, 20, 0 },     { INFINITY, 20, 0 }, { 0, 20, 0 } };
    static uint8_t bytes[1024], packed[2048];
    for (int n = 0; n < 16; n++) {
        pel_volume v;
        size_t size = make_mgh(bytes, 2);
        put_float(bytes + size, cases[n / 2].ms);
        size += (size_t)cases[n / 2].bytes;
        size_t small = make_gzip(packed, sizeof packed, bytes, size);
        assert_ok(n % 2 ? pel_read_volume_bytes(&v, packed, small, "x.mgz")
                        : pel_read_volume_bytes(&v, bytes, size, "x.mgh"));
        assert_int_equal(v.frames, 2);
        assert_near(v.fields.step[0], cases[n / 2].step, 0);
        pel_volume_free(&v);
    }
    // a header that promises more than there is has no footer to look for
    size_t size = make_mgh(bytes, 2);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, bytes, size - 5, "x.mgh"), PEL_EFORMAT);
    memset(bytes + 4, 0x7f, 12);
    assert_true(pel_read_volume_bytes(&v, bytes, size, "x.mgh") != PEL_OK);
    assert_int_equal(pel_memory_in_use(), 0);
}

static int listen(void **state)
{
    (void)state;
    make_listen();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_png_has_its_type),
        cmocka_unit_test(the_size_of_a_png_pixel_and_who_says_it),
        cmocka_unit_test(words_of_a_png_that_are_too_long_are_none_of_ours),
        cmocka_unit_test(a_damaged_png_is_refused),
        cmocka_unit_test(every_kind_of_jpeg_has_its_channels),
        cmocka_unit_test(mgh_is_known_by_its_name_or_its_first_bytes),
        cmocka_unit_test(an_mgh_grid_without_a_volume_is_ignored),
        cmocka_unit_test(the_step_of_mgh_frames_lies_behind_them),
    };
    return cmocka_run_group_tests(tests, listen, NULL);
}
