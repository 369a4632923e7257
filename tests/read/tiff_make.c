/* SPDX-License-Identifier: Apache-2.0 */
/* tiff_make.c: TIFF files that libtiff writes for the tests of their reader. */
#include "tiff_make.h"

const char tiff_path[6] = "x.tif";

// number n of page p: its bytes
void tiff_fill(uint8_t *out, int64_t count, int page)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = (uint8_t)(i * 7 + (i >> 5) + 31 * page);
}

static void set_tags(TIFF *t, const tiff_spec *s, int page)
{
    uint16_t extra[8] = { (uint16_t)s->extra, 0 };
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, s->width);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, s->height);
    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, s->bits);
    TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, s->samples);
    TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, s->format);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, s->photometric);
    TIFFSetField(t, TIFFTAG_PLANARCONFIG, s->planar);
    TIFFSetField(t, TIFFTAG_COMPRESSION, s->compression);
    int colours = s->photometric == PHOTOMETRIC_RGB || s->photometric == PHOTOMETRIC_YCBCR ? 3 : 1;
    if (s->samples > colours && s->photometric != PHOTOMETRIC_SEPARATED)
        TIFFSetField(t, TIFFTAG_EXTRASAMPLES, s->samples - colours, extra);
    if (s->predictor)
        TIFFSetField(t, TIFFTAG_PREDICTOR, s->predictor);
    if (s->tile) {
        TIFFSetField(t, TIFFTAG_TILEWIDTH, s->tile);
        TIFFSetField(t, TIFFTAG_TILELENGTH, s->tile);
    } else
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, s->rows ? s->rows : s->height);
    if (s->orientation)
        TIFFSetField(t, TIFFTAG_ORIENTATION, s->orientation);
    if (s->unit)
        TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, s->unit);
    for (int a = 0; a < 2; a++)
        if (s->resolution[a] != 0)
            TIFFSetField(t, a ? TIFFTAG_YRESOLUTION : TIFFTAG_XRESOLUTION,
                         (double)s->resolution[a]);
    if (s->description && page == 0)
        TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION, s->description);
    if (s->subfile && page > 0)
        TIFFSetField(t, TIFFTAG_SUBFILETYPE, s->subfile);
    if (s->photometric == PHOTOMETRIC_PALETTE) {
        static uint16_t map[3][65536];
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 65536; i++)
                map[c][i] = (uint16_t)(257 * (i * (c + 1) & 255));
        TIFFSetField(t, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
    }
    if (s->compression == COMPRESSION_JPEG && s->photometric == PHOTOMETRIC_YCBCR)
        TIFFSetField(t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}

// rows one after the other, which libtiff cuts into strips or tiles and packs
static void write_page(TIFF *t, const uint8_t *pixels, const tiff_spec *s)
{
    int planes = s->planar == PLANARCONFIG_SEPARATE ? s->samples : 1;
    tmsize_t row = TIFFScanlineSize(t);
    static uint8_t tile[1 << 16];
    for (int plane = 0; plane < planes; plane++) {
        const uint8_t *from = pixels + plane * row * s->height;
        for (int y = 0; y < s->height && !s->tile; y++) {
            static uint8_t copy[1 << 14];
            memcpy(copy, from + y * row, (size_t)row);
            assert_int_equal(TIFFWriteScanline(t, copy, (uint32_t)y, (uint16_t)plane), 1);
        }
        int pixel = s->bits / 8 * (planes > 1 ? 1 : s->samples);
        for (int y = 0; s->tile && y < s->height; y += s->tile)
            for (int x = 0; x < s->width; x += s->tile) {
                memset(tile, 99, sizeof tile);
                int columns = s->width - x < s->tile ? s->width - x : s->tile;
                for (int r = 0; r < s->tile && y + r < s->height; r++)
                    memcpy(tile + r * s->tile * pixel, from + (y + r) * row + x * pixel,
                           (size_t)(columns * pixel));
                assert_true(TIFFWriteTile(t, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)plane) >
                            0);
            }
    }
}

tiff_spec tiff_complete(tiff_spec s)
{
    s.mode = s.mode ? s.mode : "w";
    s.bits = s.bits ? s.bits : 16;
    s.samples = s.samples ? s.samples : 1;
    s.format = s.format ? s.format : SAMPLEFORMAT_UINT;
    s.photometric = s.photometric ? s.photometric - 1 : PHOTOMETRIC_MINISBLACK;
    s.planar = s.planar ? s.planar : PLANARCONFIG_CONTIG;
    s.compression = s.compression ? s.compression : COMPRESSION_NONE;
    s.pages = s.pages ? s.pages : 1;
    s.width = s.width ? s.width : W;
    s.height = s.height ? s.height : H;
    return s;
}

void write_tiff(const tiff_spec *given)
{
    static uint8_t pixels[1 << 16];
    tiff_spec s = tiff_complete(*given);
    TIFF *t = TIFFOpen(tiff_path, s.mode);
    assert_non_null(t);
    for (int page = 0; page < s.pages; page++) {
        tiff_spec now = s;
        if (page + 1 == s.odd_page) {
            now.width += s.odd == WIDER;
            now.height += s.odd == HIGHER;
            now.bits = s.odd == NARROWER_TYPE ? 8 : s.bits;
            now.samples += s.odd == MORE_CHANNELS;
            now.photometric = s.odd == COLOURED ? PHOTOMETRIC_RGB : s.photometric;
        }
        set_tags(t, &now, page);
        tiff_fill(pixels, sizeof pixels, page);
        write_page(t, pixels, &now);
        assert_int_equal(TIFFWriteDirectory(t), 1);
    }
    TIFFClose(t);
}

pel_status read_tiff(pel_volume *out, const char *slices, const char *allow)
{
    pel_read_params params = pel_read_defaults();
    params.slices = slices;
    params.allow = allow;
    *make_notes = 0;
    return pel_read_volume(out, tiff_path, &params);
}

void assert_notes_say(const char *part)
{
    if (!strstr(make_notes, part))
        fail_msg("the notes '%s' do not say '%s'", make_notes, part);
}

int enter_tiff(void **state)
{
    (void)state;
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
    make_enter();
    make_listen();
    return 0;
}

int leave_tiff(void **state)
{
    (void)state;
    make_quiet();
    make_leave();
    return 0;
}
