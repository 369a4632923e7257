/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiff.c: pages that libtiff wrote in every layout come back as they were; what is odd is
 * told. */
#include "tiff_make.h"

/* ---- layouts ---- */

static void assert_comes_back(const tiff_spec *given)
{
    static uint8_t pixels[1 << 16];
    tiff_spec s = tiff_complete(*given);
    pel_volume v;
    write_tiff(given);
    assert_ok(read_tiff(&v, NULL, NULL));
    assert_int_equal(v.dims[0], s.width);
    assert_int_equal(v.dims[1], s.height);
    assert_int_equal(v.dims[2], s.pages);
    int item = s.bits / 8, count = s.width * s.height;
    assert_int_equal(pel_volume_bytes(&v), (int64_t)count * item * s.samples * s.pages);
    for (int page = 0; page < s.pages; page++) {
        const uint8_t *got = (const uint8_t *)v.data + page * count * item * s.samples;
        tiff_fill(pixels, sizeof pixels, page);
        if (s.planar == PLANARCONFIG_CONTIG)
            assert_memory_equal(got, pixels, (size_t)(count * item * s.samples));
        else
            for (int i = 0; i < count; i++)
                for (int c = 0; c < s.samples; c++)
                    assert_memory_equal(got + (i * s.samples + c) * item,
                                        pixels + (c * count + i) * item, (size_t)item);
    }
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_layout_comes_back(void **state)
{
    (void)state;
    static const int bits[] = { 8, 16, 32, 64 };
    static const int packings[] = { COMPRESSION_NONE,    COMPRESSION_ADOBE_DEFLATE,
                                    COMPRESSION_LZW,     COMPRESSION_PACKBITS,
                                    COMPRESSION_DEFLATE, COMPRESSION_ZSTD };
    static const char *const modes[] = { "w", "wb", "w8", "w8b" };
    for (int b = 0; b < 4; b++)
        for (int p = 0; p < 6; p++)
            for (int m = is_sanitized() ? (b + p) % 4 : 0; m < 4; m += is_sanitized() ? 4 : 1) {
                tiff_spec s = {
                    .bits = bits[b], .compression = packings[p], .mode = modes[m], .rows = 5
                };
                assert_comes_back(&s);
                s.rows = 0;
                s.pages = 3;
                assert_comes_back(&s);
                s.tile = 16;
                assert_comes_back(&s);
                s.samples = 3;
                s.planar = PLANARCONFIG_SEPARATE;
                assert_comes_back(&s);
                s.tile = 0;
                s.rows = 4;
                assert_comes_back(&s);
                s.planar = PLANARCONFIG_CONTIG;
                assert_comes_back(&s);
            }
}

static void predictors_are_undone(void **state)
{
    (void)state;
    for (int p = 0; p < 2; p++)
        for (int n = 0; n < 4; n++) {
            tiff_spec s = {
                .bits = n % 2 ? 8 : 16, .predictor = 2, .rows = 5, .samples = n / 2 * 2 + 1
            };
            s.compression = p ? COMPRESSION_LZW : COMPRESSION_ADOBE_DEFLATE;
            assert_comes_back(&s);
        }
    tiff_spec s = { .bits = 32, .predictor = 3, .format = SAMPLEFORMAT_IEEEFP };
    s.compression = COMPRESSION_ADOBE_DEFLATE;
    assert_comes_back(&s);
}

static void many_pages_come_back(void **state)
{
    (void)state;
    assert_comes_back(&(tiff_spec){ .bits = 8, .width = 3, .height = 2, .pages = 1100 });
}

static void the_hash_is_that_of_the_file_at_any_thread_and_slice(void **state)
{
    (void)state;
    static const char *const slices[] = { NULL, "::3", "::-1", "2:3" };
    for (int n = 0; n < 16; n++) {
        tiff_spec s = { .mode = n & 1 ? "wb" : "w", .pages = 9, .rows = 4 };
        s.compression = n & 2 ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE;
        write_tiff(&s);
        pel_job job = pel_job_defaults();
        job.threads = n & 4 ? 1 : 5;
        pel_job *before = pel_job_use(&job);
        pel_volume v, bytes;
        pel_read_params raw = pel_read_defaults();
        char shape[64];
        FILE *file = fopen(tiff_path, "rb");
        fseek(file, 0, SEEK_END);
        snprintf(shape, sizeof shape, "%ld,uint8,le", ftell(file));
        fclose(file);
        raw.raw = shape;
        assert_ok(pel_read_volume(&bytes, tiff_path, &raw));
        assert_ok(read_tiff(&v, slices[n / 4], NULL));
        assert_string_equal(v.fields.hash, bytes.fields.hash);
        assert_int_equal(v.fields.bytes, bytes.fields.bytes);
        pel_volume_free(&v);
        pel_volume_free(&bytes);
        pel_job_use(before);
    }
}

/* ---- types and colours ---- */

typedef struct kind {
    tiff_spec s;
    pel_status status;
    pel_dtype dtype;
    int channels;
    pel_meaning meaning;
    const char *says; /* a note, or the message */
} kind;

static const kind kinds[] = {
    { { .bits = 1 }, PEL_OK, PEL_UINT8, 1, PEL_SCALAR, "" },
    { { .bits = 12 }, PEL_OK, PEL_UINT16, 1, PEL_SCALAR, "" },
    { { .bits = 24 }, PEL_OK, PEL_UINT32, 1, PEL_SCALAR, "" },
    { { .bits = 64, .format = 2 }, PEL_OK, PEL_INT64, 1, PEL_SCALAR, "" },
    { { .bits = 32, .format = 2 }, PEL_OK, PEL_INT32, 1, PEL_SCALAR, "" },
    { { .bits = 16, .format = 3 }, PEL_OK, PEL_FLOAT32, 1, PEL_SCALAR, "" },
    { { .bits = 24, .format = 3 }, PEL_OK, PEL_FLOAT32, 1, PEL_SCALAR, "" },
    { { .bits = 24, .format = 3, .mode = "wb" }, PEL_OK, PEL_FLOAT32, 1, PEL_SCALAR, "" },
    { { .bits = 64, .format = 3 }, PEL_OK, PEL_FLOAT64, 1, PEL_SCALAR, "" },
    { { .bits = 8, .format = 3 }, PEL_EUNSUPPORTED, 0, 0, 0, "floats of 8 bits" },
    { { .bits = 64, .format = 6 }, PEL_OK, PEL_FLOAT32, 2, PEL_COMPLEX, "" },
    { { .bits = 128, .format = 6 }, PEL_OK, PEL_FLOAT64, 2, PEL_COMPLEX, "" },
    { { .bits = 32, .format = 6 }, PEL_EUNSUPPORTED, 0, 0, 0, "sample format 6" },
    { { .bits = 64, .samples = 2, .format = 6 }, PEL_EUNSUPPORTED, 0, 0, 0, "format 6" },
    { { .bits = 40 }, PEL_EUNSUPPORTED, 0, 0, 0, "integers of 40 bits" },
    { { .bits = 8, .samples = 2 }, PEL_OK, PEL_UINT8, 2, PEL_SCALAR, "" },
    { { .bits = 8, .samples = 3, .photometric = PHOTO(RGB) }, PEL_OK, PEL_UINT8, 3, PEL_RGB, "" },
    { { .samples = 4, .photometric = PHOTO(RGB), .extra = 2 },
      PEL_OK,
      PEL_UINT16,
      4,
      PEL_RGBA,
      "" },
    { { .samples = 4, .photometric = PHOTO(RGB), .extra = 1 },
      PEL_OK,
      PEL_UINT16,
      4,
      PEL_RGBA,
      "multiplied by their alpha" },
    { { .samples = 5, .photometric = PHOTO(RGB) }, PEL_OK, PEL_UINT16, 5, PEL_SCALAR, "" },
    { { .photometric = PHOTO(MINISWHITE) }, PEL_OK, PEL_UINT16, 1, PEL_SCALAR, "white is zero" },
    { { .photometric = PHOTO(MINISWHITE), .format = 2 }, PEL_OK, PEL_INT16, 1, PEL_SCALAR, "" },
    { { .photometric = PHOTO(MINISWHITE), .bits = 32, .format = 3 },
      PEL_OK,
      PEL_FLOAT32,
      1,
      PEL_SCALAR,
      "" },
    { { .bits = 8, .photometric = PHOTO(PALETTE) }, PEL_OK, PEL_UINT8, 3, PEL_RGB, "palette" },
    { { .bits = 16, .photometric = PHOTO(PALETTE) }, PEL_OK, PEL_UINT8, 3, PEL_RGB, "palette" },
    { { .bits = 8, .samples = 4, .photometric = PHOTO(SEPARATED) },
      PEL_OK,
      PEL_UINT8,
      4,
      PEL_SCALAR,
      "inks" },
    { { .bits = 8, .samples = 3, .photometric = PHOTO(CIELAB) },
      PEL_OK,
      PEL_UINT8,
      3,
      PEL_SCALAR,
      "L, a, b" },
    { { .bits = 8, .samples = 3, .photometric = PHOTO(ICCLAB) },
      PEL_OK,
      PEL_UINT8,
      3,
      PEL_SCALAR,
      "L, a, b" },
    { { .bits = 8, .samples = 3, .photometric = PHOTO(ITULAB) },
      PEL_OK,
      PEL_UINT8,
      3,
      PEL_SCALAR,
      "L, a, b" },
    { { .bits = 8,
        .samples = 3,
        .photometric = PHOTO(YCBCR),
        .compression = COMPRESSION_JPEG,
        .width = 32,
        .height = 32 },
      PEL_OK,
      PEL_UINT8,
      3,
      PEL_RGB,
      "" },
    { { .bits = 8, .compression = COMPRESSION_JPEG, .width = 32, .height = 32 },
      PEL_OK,
      PEL_UINT8,
      1,
      PEL_SCALAR,
      "" },
    { { .bits = 16, .samples = 3, .photometric = PHOTO(YCBCR) },
      PEL_EUNSUPPORTED,
      0,
      0,
      0,
      "YCbCr of 16 bits" },
    { { .bits = 8, .samples = 4, .photometric = PHOTO(YCBCR) },
      PEL_EFORMAT,
      0,
      0,
      0,
      "samplesperpixel" },
    { { .bits = 1, .compression = COMPRESSION_CCITTFAX4, .photometric = PHOTO(MINISWHITE) },
      PEL_OK,
      PEL_UINT8,
      1,
      PEL_SCALAR,
      "" },
    { { .bits = 1, .compression = COMPRESSION_CCITTFAX3 }, PEL_OK, PEL_UINT8, 1, PEL_SCALAR, "" },
    { { .bits = 1, .compression = COMPRESSION_CCITTRLE }, PEL_OK, PEL_UINT8, 1, PEL_SCALAR, "" },
    { { .bits = 24, .mode = "wb" }, PEL_OK, PEL_UINT32, 1, PEL_SCALAR, "" },
    { { .bits = 24, .format = 2 }, PEL_OK, PEL_INT32, 1, PEL_SCALAR, "" },
    { { .bits = 32, .photometric = PHOTO(MINISWHITE) },
      PEL_OK,
      PEL_UINT32,
      1,
      PEL_SCALAR,
      "white" },
    { { .photometric = PHOTO(MINISWHITE), .description = "ImageJ=1.5\nimages=1\n" },
      PEL_OK,
      PEL_UINT16,
      1,
      PEL_SCALAR,
      "" },
    { { .bits = 8, .photometric = PHOTO(PALETTE), .description = "ImageJ=1.5\nimages=1\n" },
      PEL_OK,
      PEL_UINT8,
      1,
      PEL_SCALAR,
      "" },
    { { .bits = 16, .format = 3, .photometric = PHOTO(PALETTE) },
      PEL_EUNSUPPORTED,
      0,
      0,
      0,
      "palette for numbers of 16 bits" },
    { { .bits = 8, .samples = 2, .photometric = PHOTO(PALETTE) },
      PEL_EUNSUPPORTED,
      0,
      0,
      0,
      "palette for numbers of 8 bits" },
    { { .bits = 8, .samples = 1025, .width = 2, .height = 2 },
      PEL_EFORMAT,
      0,
      0,
      0,
      "impossible number of channels" },
    { { .bits = 64, .format = 6, .tile = 16 }, PEL_OK, PEL_FLOAT32, 2, PEL_COMPLEX, "" },
    { { .planar = 2, .rows = 1000 }, PEL_OK, PEL_UINT16, 1, PEL_SCALAR, "" },
    { { .compression = COMPRESSION_LZW, .rows = 1000 }, PEL_OK, PEL_UINT16, 1, PEL_SCALAR, "" },
    { { .orientation = 4 }, PEL_OK, PEL_UINT16, 1, PEL_SCALAR, "orientation tag is 4" },
};

static void every_type_has_its_place(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++) {
        const kind *k = &kinds[n];
        pel_volume v;
        write_tiff(&k->s);
        pel_status s = read_tiff(&v, NULL, NULL);
        if (s != k->status)
            fail_msg("kind %d: status %d: %s", (int)n, (int)s, pel_error());
        if (s != PEL_OK) {
            assert_error_says(k->says);
            continue;
        }
        assert_notes_say(k->says);
        assert_int_equal(v.dtype, k->dtype);
        assert_int_equal(v.channels, k->channels);
        assert_int_equal(v.meaning, k->meaning);
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- voxel size ---- */

static const struct {
    tiff_spec s;
    double mm[3];
    bool known;
    const char *says;
} sizes[] = {
    { { .pages = 2 }, { 1, 1, 1 }, false, "does not say how large" },
    { { .resolution = { 125, 50 }, .unit = 3, .pages = 2 },
      { 0.08, 0.2, 0.08 },
      false,
      "distance of slices is not said" },
    { { .resolution = { 125, 50 }, .unit = 3 }, { 0.08, 0.2, 0.08 }, true, "resolution tags" },
    { { .resolution = { 254, 254 }, .unit = 2 }, { 1, 1, 1 }, false, "how it prints" },
    { { .resolution = { 1000, 1000 }, .unit = 2 }, { 0.0254, 0.0254, 0.0254 }, true, "tags" },
    { { .resolution = { 1, 1 }, .unit = 2 }, { 1, 1, 1 }, false, "does not say" },
    { { .resolution = { 100, 50 }, .unit = 1 }, { 1, 1, 1 }, false, "does not say" },
    { { .resolution = { 100, 0 }, .unit = 3 }, { 1, 1, 1 }, false, "does not say" },
    { { .resolution = { 0, 50 }, .unit = 3 }, { 1, 1, 1 }, false, "does not say" },
    { { .description = "ImageJ=1.5\nimages=3\nslices=3\nunit=micron\nspacing=2\n",
        .pages = 3,
        .resolution = { 4, 5 } },
      { 0.00025, 0.0002, 0.002 },
      true,
      "by ImageJ" },
    { { .description = "ImageJ=1.5\nimages=3\nslices=3\nunit=micron\nspacing=2\n",
        .pages = 3,
        .resolution = { 4, 0 } },
      { 1, 1, 1 },
      false,
      "does not say" },
    { { .description = "ImageJ=1.5\nimages=3\nslices=3\nunit=mm\n",
        .pages = 3,
        .resolution = { 4, 5 } },
      { 0.25, 0.2, 0.25 },
      false,
      "distance of slices" },
    { { .description = "ImageJ=1.5\nimages=2\nslices=2\nunit=mm\nvoxel_mm=1,2,3\n",
        .pages = 2,
        .resolution = { 4, 5 } },
      { 1, 2, 3 },
      true,
      "by ImageJ" },
    { { .description = "ImageJ=1.5\nimages=2\nslices=2\nvoxel_mm=1,2\nspacing=x\n", .pages = 2 },
      { 1, 1, 1 },
      false,
      "does not say" },
    { { .description = "ImageJ=1.5\nimages=2\nslices=2\nvoxel_mm=1,0,3\nspacing=0\n", .pages = 2 },
      { 1, 1, 1 },
      false,
      "does not say" },
};

static void the_voxel_size_and_who_says_it(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        pel_volume v;
        write_tiff(&sizes[n].s);
        assert_ok(read_tiff(&v, NULL, NULL));
        assert_notes_say(sizes[n].says);
        pel_vec3 mm = pel_volume_spacing_mm(&v);
        assert_near(mm.x, sizes[n].mm[0], 1e-9);
        assert_near(mm.y, sizes[n].mm[1], 1e-9);
        assert_near(mm.z, sizes[n].mm[2], 1e-9);
        if (v.unit_known != sizes[n].known)
            fail_msg("case %d: unit known: %d", (int)n, v.unit_known);
        pel_volume_free(&v);
    }
}

/* ---- stacks ---- */

#define OME(words)                                                                                 \
    "<?xml version=\"1.0\"?><OME xmlns=\"o\"><Image><Pixels " words "</Pixels></Image></OME>"

static const struct {
    int pages;
    const char *description;
    int64_t slices, frames;
    int channels;
    const char *says;
} stacks[] = {
    { 12, "ImageJ=1.5\nimages=12\nchannels=2\nslices=3\nframes=2\nfinterval=0.5\n", 3, 2, 2, "" },
    { 12, "ImageJ=1.5\nimages=12\nchannels=2\nslices=5\n", 12, 1, 1, "speaks of 5x2x1" },
    { 4, "ImageJ=1.5\nimages=4\nframes=4\nfinterval=x\n", 1, 4, 1, "" },
    { 4, "ImageJ=1.5\nimages=4\nframes=4\nfinterval=0\n", 1, 4, 1, "" },
    { 4, "ImageJ=1.5\nimages=4\n", 4, 1, 1, "" },
    { 4, "ImageJ=1.5\nimages=x\nslices=y\nnonsense\n", 4, 1, 1, "speaks of" },
    { 1, "ImageJ=1.5\nimages=4\n", 1, 1, 1, "" },
    { 4, OME("DimensionOrder=\"XYZCT\" SizeZ=\"2\" SizeC=\"2\" SizeT=\"1\">"), 2, 1, 2, "" },
    { 4, OME("DimensionOrder=\"XYCZT\" SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\" TimeIncrement=\"3\">"),
      2, 2, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYTZC\" SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\" TimeIncrement=\"3\" "
          "TimeIncrementUnit=\"ms\">"),
      2, 2, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYTZC\" SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\" TimeIncrement=\"x\" "
          "TimeIncrementUnit=\"s\">"),
      2, 2, 1, "" },
    { 4, OME("DimensionOrder=\"XYQRS\" SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\">"), 4, 1, 1,
      "speaks of" },
    { 4, OME("DimensionOrder=\"XY\" SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\">"), 4, 1, 1, "speaks of" },
    { 4, OME("SizeZ=\"2\" SizeC=\"1\" SizeT=\"2\" PhysicalSizeX=\"x\" PhysicalSizeY=\"-1\">"), 4, 1,
      1, "speaks of" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"1\" SizeT=\"1\"><TiffData IFD=\"0\" "
          "FirstZ=\"2\" PlaneCount=\"2\"/><TiffData IFD=\"2\" FirstZ=\"0\" PlaneCount=\"2\"/>"),
      4, 1, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"1\" SizeT=\"1\"><TiffData IFD=\"0\" "
          "FirstZ=\"3\" PlaneCount=\"2\"/>"),
      4, 1, 1, "" },
    { 4, OME("DimensionOrder=\"XYZCT\" SizeZ=\"3\" SizeC=\"1\" SizeT=\"1\"><TiffData/>"), 3, 1, 1,
      "" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"8\" SizeC=\"1\" SizeT=\"1\"><TiffData IFD=\"0\" "
          "PlaneCount=\"4\"/><TiffData IFD=\"0\" FirstZ=\"4\"><UUID FileName=\"other.tif\">u"
          "</UUID></TiffData>"),
      4, 1, 1, "in other files" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"1\" SizeT=\"1\"><TiffData IFD=\"0\" "
          "PlaneCount=\"4\"><UUID FileName=\"x.tif\">u</UUID></TiffData>"),
      4, 1, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"1\" SizeT=\"1\"><Channel "
          "SamplesPerPixel=\"1\"/><Channel SamplesPerPixel=\"3\"/>"),
      4, 1, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"x\" SizeC=\"1\" SizeT=\"1\"><UUID "
          "FileName=\"y.tif\">u</UUID>"),
      4, 1, 1, "speaks of" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"1\" SizeT=\"1\"><Channel "
          "SamplesPerPixel=\"3\"/>"),
      4, 1, 1, "" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"4\" SizeC=\"3\" SizeT=\"1\"><Channel "
          "SamplesPerPixel=\"3\"/>"),
      4, 1, 1, "" },
    { 4, OME("DimensionOrder=\"XYZCT\" SizeZ=\"9000000000000000000\" SizeC=\"9\" SizeT=\"9\">"), 4,
      1, 1, "speaks of" },
    { 4, OME("DimensionOrder=\"XYZCT\" SizeZ=\"0\" SizeC=\"1\" SizeT=\"1\">"), 4, 1, 1, "speaks" },
    { 4,
      OME("DimensionOrder=\"XYZCT\" SizeZ=\"2147483647\" SizeC=\"2147483647\" "
          "SizeT=\"2147483647\">"),
      4, 1, 1, "speaks of" },
    { 2, "ImageJ=1.5\nimages=2\nslices=2\nfinterval=2\n", 2, 1, 1, "" },
    { 1, "ImageJ=1.5\nimages=1\nslices=1\nvoxel_mm=1,2,0\n", 1, 1, 1, "" },
    { 1, "ImageJ=1.5\nimages=1\nslices=1\nvoxel_mm=0,2,3\n", 1, 1, 1, "" },
    { 2, "ImageJ=1.5\nimages=2\nchannels=2\n", 1, 1, 2, "" },
    { 2, "ImageJ=1.5\nimages=2\nframes=2\nunit=parsec\nvoxel_mm=x\n", 1, 2, 1, "" },
    { 1, "ImageJ=1.5\nimages=2147483647\nslices=2147483647\n", 1, 1, 1, "" },
    { 2, "<OME><broken", 2, 1, 1, "" },
    { 2, "a:OME b", 2, 1, 1, "" },
    { 2, "some other program", 2, 1, 1, "" },
};

static void pages_become_slices_channels_and_frames(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof stacks / sizeof *stacks; n++) {
        tiff_spec s = { .pages = stacks[n].pages, .description = stacks[n].description };
        pel_volume v;
        write_tiff(&s);
        assert_ok(read_tiff(&v, NULL, NULL));
        if (v.dims[2] != stacks[n].slices || v.frames != stacks[n].frames ||
            v.channels != stacks[n].channels)
            fail_msg("case %d: %d slices, %d frames, %d channels", (int)n, (int)v.dims[2],
                     (int)v.frames, v.channels);
        assert_notes_say(stacks[n].says);
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_plane_by_plane_list_of_any_length_is_followed(void **state)
{
    (void)state;
    static char text[1 << 14];
    size_t used =
        (size_t)snprintf(text, sizeof text,
                         "<OME xmlns=\"o\"><Image><Pixels "
                         "DimensionOrder=\"XYZCT\" SizeZ=\"100\" SizeC=\"1\" SizeT=\"1\">");
    for (int i = 0; i < 100; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used,
                             "<TiffData IFD=\"%d\" FirstZ=\"%d\" PlaneCount=\"1\"/>", i, 99 - i);
    snprintf(text + used, sizeof text - used, "</Pixels></Image></OME>");
    write_tiff(
        &(tiff_spec){ .bits = 8, .pages = 100, .width = 5, .height = 3, .description = text });
    pel_volume v;
    assert_ok(read_tiff(&v, NULL, NULL));
    assert_int_equal(v.dims[2], 100);
    for (int k = 0; k < 100; k++) {
        uint8_t want[15];
        tiff_fill(want, 15, 99 - k);
        assert_memory_equal((uint8_t *)v.data + 15 * k, want, 15);
    }
    pel_volume_free(&v);
}

static void a_packed_page_is_no_block(void **state)
{
    (void)state;
    pel_volume v;
    write_tiff(
        &(tiff_spec){ .compression = COMPRESSION_LZW, .description = "ImageJ=1.5\nimages=4\n" });
    assert_ok(read_tiff(&v, NULL, NULL));
    assert_int_equal(v.dims[2], 1);
    pel_volume_free(&v);
}

static void other_pages_are_refused_or_left_out(void **state)
{
    (void)state;
    pel_volume v;
    write_tiff(&(tiff_spec){ .pages = 4, .odd_page = 3, .bits = 8 });
    assert_int_equal(read_tiff(&v, NULL, NULL), PEL_EDATA);
    assert_error_says("page 2 (from 0) is 38x21");
    assert_ok(read_tiff(&v, NULL, "mixed"));
    assert_int_equal(v.dims[2], 3);
    assert_notes_say("1 pages of another size");
    pel_volume_free(&v);
    assert_ok(read_tiff(&v, "0:2", NULL));
    assert_int_equal(v.dims[2], 2);
    pel_volume_free(&v);
    for (int odd = WIDER; odd <= COLOURED; odd++) {
        write_tiff(&(tiff_spec){ .pages = 3, .odd_page = 2, .odd = odd, .samples = 3 });
        assert_int_equal(read_tiff(&v, NULL, NULL), PEL_EDATA);
        assert_error_says("page 1 (from 0)");
    }
    write_tiff(&(tiff_spec){ .pages = 3, .subfile = FILETYPE_REDUCEDIMAGE });
    assert_ok(read_tiff(&v, NULL, NULL));
    assert_int_equal(v.dims[2], 1);
    assert_notes_say("2 pages that are smaller copies");
    pel_volume_free(&v);
    // asked for by itself it is a page as any
    assert_ok(read_tiff(&v, "1:2", NULL));
    pel_volume_free(&v);
    assert_int_equal(read_tiff(&v, "1:3", NULL), PEL_EDATA);
    assert_error_says("all its pages are smaller copies");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_comes_back),
        cmocka_unit_test(predictors_are_undone),
        cmocka_unit_test(many_pages_come_back),
        cmocka_unit_test(the_hash_is_that_of_the_file_at_any_thread_and_slice),
        cmocka_unit_test(every_type_has_its_place),
        cmocka_unit_test(the_voxel_size_and_who_says_it),
        cmocka_unit_test(pages_become_slices_channels_and_frames),
        cmocka_unit_test(a_plane_by_plane_list_of_any_length_is_followed),
        cmocka_unit_test(a_packed_page_is_no_block),
        cmocka_unit_test(other_pages_are_refused_or_left_out),
    };
    return cmocka_run_group_tests(tests, enter_tiff, leave_tiff);
}
