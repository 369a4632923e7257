/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiff_damage.c: TIFF files whose bytes were changed behind libtiff's back; streams. */
#include "base/status.h"
#include "read/tiff.h"
#include "tiff_make.h"

/* ---- damage ---- */

static uint8_t file_bytes[1 << 16];
static size_t file_size;

static void load(void)
{
    FILE *file = fopen(tiff_path, "rb");
    assert_non_null(file);
    file_size = fread(file_bytes, 1, sizeof file_bytes, file);
    fclose(file);
}

// the value of `tag` of the first directory of a little-endian file
static uint8_t *value_of(int tag)
{
    uint32_t at = 0;
    uint16_t count = 0;
    memcpy(&at, file_bytes + 4, 4);
    memcpy(&count, file_bytes + at, 2);
    for (int i = 0; i < count; i++) {
        uint8_t *entry = file_bytes + at + 2 + 12 * i;
        if (entry[0] + 256 * entry[1] == tag)
            return entry + 8;
    }
    fail_msg("there is no tag %d", tag);
    return NULL;
}

static void put_32(uint8_t *to, uint32_t value)
{
    memcpy(to, &value, 4);
}

static void assert_damaged(pel_status status, const char *why)
{
    pel_volume v;
    make_file(tiff_path, file_bytes, file_size);
    pel_status s = read_tiff(&v, NULL, NULL);
    if (s != status)
        fail_msg("status %d, wanted %d (%s): %s", (int)s, (int)status, why, pel_error());
    assert_error_says(why);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void damaged_directories_are_refused(void **state)
{
    (void)state;
    uint32_t at = 0;
    write_tiff(&(tiff_spec){ .bits = 8 });
    load();
    memcpy(&at, file_bytes + 4, 4);
    put_32(file_bytes + 4, 0);
    assert_damaged(PEL_EFORMAT, "without a page");
    put_32(file_bytes + 4, 1 << 20);
    assert_damaged(PEL_EFORMAT, "beyond the end");
    put_32(file_bytes + 4, at);
    uint8_t kept = file_bytes[at];
    file_bytes[at] = 0;
    assert_damaged(PEL_EFORMAT, "impossible number of tags");
    file_bytes[at] = kept;
    file_bytes[at + 1] = 255;
    assert_damaged(PEL_EFORMAT, "impossible number of tags");
    file_bytes[at + 1] = 0;
    put_32(value_of(TIFFTAG_IMAGEWIDTH), 60000);
    assert_damaged(PEL_EFORMAT, "more than its");
    put_32(value_of(TIFFTAG_IMAGEWIDTH), 0);
    assert_damaged(PEL_EFORMAT, "page 0");
    put_32(value_of(TIFFTAG_IMAGEWIDTH), W);
    put_32(value_of(TIFFTAG_IMAGELENGTH), 0);
    assert_damaged(PEL_EFORMAT, "page 0");
    put_32(value_of(TIFFTAG_IMAGELENGTH), H);
    value_of(TIFFTAG_COMPRESSION)[0] = 77;
    assert_damaged(PEL_EUNSUPPORTED, "way 77");
    value_of(TIFFTAG_COMPRESSION)[0] = (uint8_t)(34712 & 255);
    value_of(TIFFTAG_COMPRESSION)[1] = (uint8_t)(34712 >> 8);
    assert_damaged(PEL_EUNSUPPORTED, "JPEG 2000");
    value_of(TIFFTAG_COMPRESSION)[0] = 1;
    value_of(TIFFTAG_COMPRESSION)[1] = 0;
    put_32(value_of(TIFFTAG_STRIPOFFSETS), 1 << 20);
    assert_damaged(PEL_EFORMAT, "more than its 0 bytes");
}

static void strips_that_do_not_add_up_go_through_libtiff(void **state)
{
    (void)state;
    pel_volume v;
    write_tiff(&(tiff_spec){ .bits = 8 });
    load();
    // a strip may be longer than its pixels
    put_32(value_of(TIFFTAG_STRIPBYTECOUNTS), W * H + 5);
    make_file(tiff_path, file_bytes, file_size);
    assert_ok(read_tiff(&v, NULL, NULL));
    assert_memory_equal(v.data, file_bytes + 8, W * H);
    pel_volume_free(&v);
    put_32(value_of(TIFFTAG_ROWSPERSTRIP), 0);
    make_file(tiff_path, file_bytes, file_size);
    pel_status s = read_tiff(&v, NULL, NULL);
    if (s == PEL_OK)
        pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

// entry of `tag`: from its number to its value
static uint8_t *entry_of(int tag)
{
    return value_of(tag) - 8;
}

static pel_volume read_patched(void)
{
    pel_volume v;
    make_file(tiff_path, file_bytes, file_size);
    assert_ok(read_tiff(&v, NULL, NULL));
    return v;
}

static void odd_tags_are_passed_over(void **state)
{
    (void)state;
    // a private tag, which is nobody's trouble
    write_tiff(&(tiff_spec){ .bits = 8, .format = SAMPLEFORMAT_INT });
    load();
    memcpy(entry_of(TIFFTAG_SAMPLEFORMAT), "\xe8\xfd", 2);
    pel_volume v = read_patched();
    assert_null(strstr(make_notes, "libtiff warns"));
    pel_volume_free(&v);
    // an unknown one below the others is out of order, and told
    write_tiff(&(tiff_spec){ .bits = 8, .format = SAMPLEFORMAT_INT });
    load();
    memcpy(entry_of(TIFFTAG_SAMPLEFORMAT), "\1\0", 2);
    v = read_patched();
    pel_volume_free(&v);
    // a density beyond all sense, as a float
    write_tiff(&(tiff_spec){ .bits = 8, .resolution = { 125, 125 }, .unit = 3 });
    load();
    const float vast = 1e31f;
    for (int tag = TIFFTAG_XRESOLUTION; tag <= TIFFTAG_YRESOLUTION; tag++) {
        entry_of(tag)[2] = 11;
        memcpy(value_of(tag), &vast, 4);
    }
    v = read_patched();
    assert_notes_say("does not say how large");
    pel_volume_free(&v);
    // four inks become colours that do not say what the fourth is
    write_tiff(&(tiff_spec){ .bits = 8, .samples = 4, .photometric = PHOTO(SEPARATED) });
    load();
    value_of(TIFFTAG_PHOTOMETRIC)[0] = PHOTOMETRIC_RGB;
    v = read_patched();
    assert_int_equal(v.meaning, PEL_RGBA);
    pel_volume_free(&v);
    // numbers of no bits
    write_tiff(&(tiff_spec){ .bits = 8 });
    load();
    value_of(TIFFTAG_BITSPERSAMPLE)[0] = 0;
    make_file(tiff_path, file_bytes, file_size);
    assert_true(read_tiff(&v, NULL, NULL) != PEL_OK);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void strips_in_other_places_are_read_all_the_same(void **state)
{
    (void)state;
    // three strips of 7 rows; the offsets are 4 bytes each, or 2 when libtiff finds that enough
    for (int n = 0; n < 3; n++) {
        write_tiff(&(tiff_spec){ .bits = 8, .rows = 7 });
        load();
        uint8_t *entry = entry_of(n < 2 ? TIFFTAG_STRIPOFFSETS : TIFFTAG_STRIPBYTECOUNTS);
        int item = entry[2] == 3 ? 2 : 4;
        uint32_t at = 0, first = 0;
        memcpy(&at, entry + 8, 4);
        memcpy(&first, file_bytes + at, (size_t)item);
        if (n == 0) // the second strip is the first again
            memcpy(file_bytes + at + item, &first, (size_t)item);
        else if (n == 1) // the last is
            memcpy(file_bytes + at + 2 * item, &first, (size_t)item);
        else // the second is longer than its rows
            file_bytes[at + (uint32_t)item]++;
        pel_volume v = read_patched();
        int from = n == 0 ? 7 * W : 14 * W;
        if (n < 2)
            assert_memory_equal((uint8_t *)v.data + from, v.data, 7 * W);
        pel_volume_free(&v);
    }
    // strips that claim the whole file each
    write_tiff(&(tiff_spec){ .bits = 8, .rows = 7 });
    load();
    uint8_t *entry = entry_of(TIFFTAG_STRIPBYTECOUNTS);
    uint32_t at = 0, item = entry[2] == 3 ? 2 : 4;
    memcpy(&at, entry + 8, 4);
    for (uint32_t i = 0; i < 3; i++)
        memcpy(file_bytes + at + i * item, (uint16_t[]){ 60000, 0 }, item);
    make_file(tiff_path, file_bytes, file_size);
    pel_volume v;
    if (read_tiff(&v, NULL, NULL) == PEL_OK)
        pel_volume_free(&v);
    // coded bytes that go on past the end
    write_tiff(&(tiff_spec){ .compression = COMPRESSION_ADOBE_DEFLATE });
    load();
    put_32(value_of(TIFFTAG_STRIPOFFSETS), (uint32_t)file_size - 30);
    assert_damaged(PEL_EFORMAT, "cannot be decoded in strip 0");
}

static void a_wrong_word_size_of_bigtiff_is_refused(void **state)
{
    (void)state;
    write_tiff(&(tiff_spec){ .mode = "w8", .bits = 8 });
    load();
    file_bytes[4] = 7;
    assert_damaged(PEL_EFORMAT, "is no readable TIFF file");
}

static void damaged_strips_and_tiles_are_refused(void **state)
{
    (void)state;
    for (int tile = 0; tile < 2; tile++) {
        write_tiff(&(tiff_spec){ .compression = COMPRESSION_ADOBE_DEFLATE, .tile = tile * 16 });
        load();
        memset(file_bytes + 8, 0x55, 40);
        assert_damaged(PEL_EFORMAT, tile ? "cannot be decoded in tile 0" : "decoded in strip 0");
    }
    // codecs of fax go on after damage and only warn of it
    for (int c = COMPRESSION_CCITTRLE; c <= COMPRESSION_CCITTFAX4; c++) {
        write_tiff(&(tiff_spec){ .bits = 1, .compression = c });
        load();
        memset(file_bytes + 20, 0xff, 12);
        assert_damaged(PEL_EFORMAT, "cannot be decoded in strip 0");
    }
    write_tiff(
        &(tiff_spec){ .bits = 8, .compression = COMPRESSION_JPEG, .width = 32, .height = 32 });
    load();
    memset(file_bytes + file_size / 3, 0, file_size / 4);
    pel_volume v;
    make_file(tiff_path, file_bytes, file_size);
    assert_true(read_tiff(&v, NULL, NULL) != PEL_OK);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_block_of_imagej_without_directories_comes_back(void **state)
{
    (void)state;
    static const char *const words[] = { "ImageJ=1.5\nimages=4\nslices=4\n",
                                         "ImageJ=1.5\nimages=4\nslices=2\nchannels=2\n",
                                         "ImageJ=1.5\nimages=9000000\nslices=9000000\n" };
    for (int n = 0; n < 6; n++) {
        bool big = n / 3;
        write_tiff(&(tiff_spec){ .mode = big ? "wb" : "w", .description = words[n % 3] });
        load();
        // the pixels moved to the end, three more planes behind them
        size_t page = W * H * 2, end = (file_size + 1) / 2 * 2;
        uint8_t *whole = malloc(end + 4 * page);
        memcpy(whole, file_bytes, file_size);
        tiff_fill(whole + end, (int64_t)(4 * page), 3);
        memcpy(file_bytes, whole, file_size);
        if (!big)
            put_32(value_of(TIFFTAG_STRIPOFFSETS), (uint32_t)end);
        memcpy(whole, file_bytes, file_size);
        make_file(tiff_path, whole, end + 4 * page);
        pel_volume v;
        assert_ok(read_tiff(&v, NULL, NULL));
        if (!big && n % 3 == 0) {
            assert_int_equal(v.dims[2], 4);
            assert_memory_equal(v.data, whole + end, 4 * page);
        } else if (!big && n % 3 == 1)
            assert_int_equal(v.channels, 2);
        else if (n % 3 == 2)
            assert_int_equal(v.dims[2], 1);
        pel_volume_free(&v);
        free(whole);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_stack_is_read_from_gzip_and_memory(void **state)
{
    (void)state;
    static uint8_t packed[1 << 16];
    pel_volume whole, v;
    write_tiff(
        &(tiff_spec){ .pages = 4, .description = "ImageJ=1.5\nimages=4\nchannels=2\nslices=2\n" });
    assert_ok(read_tiff(&whole, NULL, NULL));
    load();
    assert_ok(pel_read_volume_bytes(&v, file_bytes, file_size, tiff_path));
    assert_memory_equal(v.data, whole.data, (size_t)pel_volume_bytes(&whole));
    assert_string_equal(v.fields.hash, whole.fields.hash);
    pel_volume_free(&v);
    size_t size = make_gzip(packed, sizeof packed, file_bytes, file_size);
    assert_ok(pel_read_volume_bytes(&v, packed, size, "x.tif.gz"));
    assert_memory_equal(v.data, whole.data, (size_t)pel_volume_bytes(&whole));
    pel_volume_free(&v);
    assert_int_equal(pel_read_volume_bytes(&v, packed, size - 40, "x.tif.gz"), PEL_EFORMAT);
    pel_volume_free(&whole);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_cancelled_job_ends_reading(void **state)
{
    (void)state;
    pel_volume v;
    pel_source source;
    write_tiff(&(tiff_spec){ .compression = COMPRESSION_ADOBE_DEFLATE, .pages = 2 });
    pel_job job = pel_job_defaults();
    pel_job *before = pel_job_use(&job);
    assert_ok(pel_open_volume(&source, tiff_path, NULL));
    pel_job_cancel(&job);
    assert_int_equal(pel_source_read(&v, &source), PEL_ECANCELLED);
    pel_source_close(&source);
    assert_int_equal(read_tiff(&v, NULL, NULL), PEL_ECANCELLED);
    pel_job_use(before);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- two pages at once ---- */

static pel_status (*plain_next_at)(pel__bytes *, int64_t, void *, int64_t, int64_t *);
static struct {
    pel__tiff *tiff;
    pel__tiff_page page;
    bool armed, inside;
    pel_status other; // how the page read in between ended
} meanwhile;

// while one page is decoded another one is wanted, and the disk fails that one
static pel_status reads_another(pel__bytes *bytes, int64_t at, void *out, int64_t most,
                                int64_t *got)
{
    if (meanwhile.inside)
        return pel__fail(PEL_EIO, "x.tif: the disk is broken");
    if (meanwhile.armed) {
        static uint8_t pixels[W * H];
        meanwhile.armed = false;
        meanwhile.inside = true;
        meanwhile.other = pel__tiff_read(meanwhile.tiff, 1, &meanwhile.page, pixels);
        meanwhile.inside = false;
    }
    return plain_next_at(bytes, at, out, most, got);
}

static void a_page_that_cannot_be_opened_beside_another_is_an_error(void **state)
{
    (void)state;
    pel__bytes *bytes;
    uint8_t pixels[W * H], want[W * H];
    write_tiff(&(tiff_spec){ .bits = 8, .compression = COMPRESSION_ADOBE_DEFLATE, .pages = 2 });
    assert_ok(pel__bytes_open_file(&bytes, tiff_path, NULL));
    plain_next_at = bytes->next_at;
    bytes->next_at = reads_another;
    assert_ok(pel__tiff_open(&meanwhile.tiff, bytes));
    for (int64_t n = 1; n >= 0; n--)
        assert_ok(pel__tiff_describe(meanwhile.tiff, n, &meanwhile.page));
    meanwhile.armed = true;
    assert_ok(pel__tiff_read(meanwhile.tiff, 0, &meanwhile.page, pixels));
    assert_false(meanwhile.armed);
    assert_int_equal(meanwhile.other, PEL_EIO);
    tiff_fill(want, W * H, 0);
    assert_memory_equal(pixels, want, W * H);
    pel__tiff_close(meanwhile.tiff);
    pel__bytes_close(bytes);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_directories_are_refused),
        cmocka_unit_test(strips_that_do_not_add_up_go_through_libtiff),
        cmocka_unit_test(odd_tags_are_passed_over),
        cmocka_unit_test(strips_in_other_places_are_read_all_the_same),
        cmocka_unit_test(a_wrong_word_size_of_bigtiff_is_refused),
        cmocka_unit_test(damaged_strips_and_tiles_are_refused),
        cmocka_unit_test(a_block_of_imagej_without_directories_comes_back),
        cmocka_unit_test(a_stack_is_read_from_gzip_and_memory),
        cmocka_unit_test(a_cancelled_job_ends_reading),
        cmocka_unit_test(a_page_that_cannot_be_opened_beside_another_is_an_error),
    };
    return cmocka_run_group_tests(tests, enter_tiff, leave_tiff);
}
