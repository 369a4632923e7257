/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiff.c: stacks and pictures come back from libtiff and from our own reader. */
#include "check.h"

#include <tiffio.h>
#include <unistd.h>

#include "write/tiff.h"

enum { NX = 37, NY = 301, NZ = 5 };

static char path[64];

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/pel-tiff-%d.tif", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void fill(pel_volume *v)
{
    uint32_t state = 99;
    uint8_t *bytes = v->data;
    for (int64_t i = 0; i < pel_volume_bytes(v); i++) {
        state = state * 1664525 + 1013904223;
        // smooth enough that packing has work, and no NaN among floats
        bytes[i] = (uint8_t)(i % 8 == 7 ? 63 : state >> 30);
    }
}

static void make(pel_volume *v, pel_dtype dtype, int channels, pel_meaning meaning, int64_t frames)
{
    pel_volume shape = { .dims = { NX, NY, NZ },
                         .frames = frames,
                         .channels = channels,
                         .meaning = meaning,
                         .unit_known = true,
                         .mm_from_ijk = pel_affine_identity() };
    shape.mm_from_ijk.m[0][0] = 0.3;
    shape.mm_from_ijk.m[1][1] = 0.7;
    shape.mm_from_ijk.m[2][2] = 1.1;
    assert_ok(pel_volume_like(v, &shape, dtype));
    fill(v);
}

// pages as libtiff decodes them
static void check_with_libtiff(const void *want, int64_t pages, int64_t page_bytes)
{
    TIFF *tif = TIFFOpen(path, "r");
    assert_non_null(tif);
    uint8_t *page = malloc((size_t)page_bytes);
    for (int64_t n = 0; n < pages; n++) {
        assert_true(TIFFSetDirectory(tif, (tdir_t)n));
        int64_t at = 0;
        for (uint32_t s = 0; s < TIFFNumberOfStrips(tif); s++) {
            tmsize_t got = TIFFReadEncodedStrip(tif, s, page + at, (tmsize_t)(page_bytes - at));
            assert_true(got > 0);
            at += got;
        }
        assert_int_equal(at, page_bytes);
        assert_memory_equal(page, (const uint8_t *)want + n * page_bytes, (size_t)page_bytes);
    }
    assert_false(TIFFReadDirectory(tif));
    free(page);
    TIFFClose(tif);
}

static void check_back(const pel_volume *want)
{
    pel_volume v;
    assert_ok(pel_read_volume(&v, path, NULL));
    for (int a = 0; a < 3; a++)
        assert_int_equal(v.dims[a], want->dims[a]);
    assert_int_equal(v.dtype, want->dtype);
    assert_int_equal(v.frames, want->frames ? want->frames : 1);
    assert_int_equal(v.channels ? v.channels : 1, want->channels ? want->channels : 1);
    assert_true(v.meaning == want->meaning || want->meaning == PEL_COMPLEX);
    assert_memory_equal(v.data, want->data, (size_t)pel_volume_bytes(want));
    assert_memory_equal(&v.mm_from_ijk, &want->mm_from_ijk, sizeof v.mm_from_ijk);
    assert_true(v.unit_known);
    assert_false(v.oriented);
    pel_volume_free(&v);
}

static void every_type_comes_back_packed_or_not(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++)
        for (int t = 0; t < PEL_DTYPE_COUNT; t++) {
            pel_volume v;
            pel_write_params p = pel_write_defaults();
            p.tiff = how ? PEL_TIFF_NONE : PEL_TIFF_DEFLATE;
            make(&v, (pel_dtype)t, 1, PEL_SCALAR, 1);
            assert_ok(pel_write_volume(path, &v, "{}", &p));
            check_with_libtiff(v.data, NZ, NX * NY * pel_dtype_bytes(v.dtype));
            check_back(&v);
            pel_volume_free(&v);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void colours_channels_and_frames_come_back(void **state)
{
    (void)state;
    static const struct {
        pel_dtype dtype;
        int channels;
        pel_meaning meaning;
        int64_t frames;
    } cases[] = {
        { PEL_UINT8, 3, PEL_RGB, 1 },      { PEL_UINT16, 4, PEL_RGBA, 2 },
        { PEL_INT16, 3, PEL_SCALAR, 1 },   { PEL_UINT8, 2, PEL_SCALAR, 3 },
        { PEL_FLOAT32, 1, PEL_SCALAR, 4 }, { PEL_FLOAT64, 2, PEL_COMPLEX, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_volume v;
        make(&v, cases[i].dtype, cases[i].channels, cases[i].meaning, cases[i].frames);
        assert_ok(pel_write_volume(path, &v, NULL, NULL));
        check_back(&v);
        pel_volume_free(&v);
    }
}

static void stored_numbers_with_a_scale_become_values(void **state)
{
    (void)state;
    pel_volume v, back;
    make(&v, PEL_INT16, 1, PEL_SCALAR, 1);
    v.slope = 0.5;
    v.inter = -3;
    assert_ok(pel_write_volume(path, &v, NULL, NULL));
    assert_ok(pel_read_volume(&back, path, NULL));
    assert_int_equal(back.dtype, PEL_FLOAT32);
    for (int64_t i = 0; i < pel_volume_count(&v); i++)
        assert_near(((float *)back.data)[i], 0.5 * ((int16_t *)v.data)[i] - 3, 0);
    pel_volume_free(&back);
    pel_volume_free(&v);
}

static void a_picture_says_its_scale(void **state)
{
    (void)state;
    for (int print = 0; print < 2; print++) {
        pel_image image;
        assert_ok(pel_image_new(&image, NX, NY, 3, PEL_FLOAT32));
        for (int i = 0; i < NX * NY * 3; i++)
            ((float *)image.data)[i] = (float)i / 7;
        image.mm_per_pixel = 0.2;
        image.dpi = print ? 300 : 0;
        assert_ok(pel_write_image(path, &image));
        check_with_libtiff(image.data, 1, NX * NY * 12);
        TIFF *tif = TIFFOpen(path, "r");
        float x;
        uint16_t unit;
        char *words;
        assert_true(TIFFGetField(tif, TIFFTAG_XRESOLUTION, &x));
        assert_true(TIFFGetField(tif, TIFFTAG_RESOLUTIONUNIT, &unit));
        assert_true(TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &words));
        assert_int_equal(unit, print ? RESUNIT_INCH : RESUNIT_CENTIMETER);
        assert_near(x, print ? 300 : 50, 0);
        assert_non_null(strstr(words, "\"mm_per_pixel\":0.2"));
        TIFFClose(tif);
        pel_image_free(&image);
    }
}

// a file of more than 4 GB, most of it a hole
static void places_beyond_four_gigabytes_make_it_a_bigtiff(void **state)
{
    (void)state;
    const pel__tiff_layout layout = { .width = 3, .height = 2, .channels = 1, .dtype = PEL_UINT8 };
    const uint8_t pixels[6] = { 1, 2, 3, 4, 5, 6 };
    pel__tiff_out out;
    assert_ok(pel__tiff_out_open(&out, path, &layout));
    assert_ok(pel__tiff_out_pages(&out, pixels, 1));
    const int64_t hole = (int64_t)5 << 30;
    assert_true(lseek(out.file.fd, hole, SEEK_SET) == hole);
    out.file.written = hole;
    assert_ok(pel__tiff_out_pages(&out, pixels, 1));
    assert_ok(pel__tiff_out_end(&out, NULL));
    assert_ok(pel__tiff_out_commit(&out));
    pel__tiff_out_close(&out);
    uint8_t twice[12], head[4];
    memcpy(twice, pixels, 6);
    memcpy(twice + 6, pixels, 6);
    check_with_libtiff(twice, 2, 6);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(head, 1, 4, file), 4);
    fclose(file);
    assert_true(head[2] == 43 || head[3] == 43);
}

static void threads_change_no_byte(void **state)
{
    (void)state;
    uint8_t *first = NULL;
    long size = 0;
    pel_volume v;
    make(&v, PEL_UINT16, 1, PEL_SCALAR, 1);
    for (int threads = 1; threads <= 7; threads += 3) {
        pel_job job = pel_job_defaults();
        job.threads = threads;
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_write_volume(path, &v, NULL, NULL));
        pel_job_use(before);
        FILE *file = fopen(path, "rb");
        fseek(file, 0, SEEK_END);
        long now = ftell(file);
        rewind(file);
        uint8_t *bytes = malloc((size_t)now);
        assert_int_equal(fread(bytes, 1, (size_t)now, file), now);
        fclose(file);
        if (first) {
            assert_int_equal(now, size);
            assert_memory_equal(bytes, first, (size_t)size);
            free(bytes);
        } else {
            first = bytes;
            size = now;
        }
    }
    free(first);
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_packed_or_not),
        cmocka_unit_test(colours_channels_and_frames_come_back),
        cmocka_unit_test(stored_numbers_with_a_scale_become_values),
        cmocka_unit_test(a_picture_says_its_scale),
        cmocka_unit_test(places_beyond_four_gigabytes_make_it_a_bigtiff),
        cmocka_unit_test(threads_change_no_byte),
    };
    return cmocka_run_group_tests(tests, name_file, remove_file);
}
