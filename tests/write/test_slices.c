/* SPDX-License-Identifier: Apache-2.0 */
/* test_slices.c: a folder of slices is read back as the volume it was, and comes or stays away as
 * a whole. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "write/write.h"

enum { NX = 9, NY = 7, NZ = 12 };

static char folder[64];
static char said[1024];

static void keep_note(void *user, const char *text)
{
    (void)user;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%.200s\n", text);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-slices-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int clear_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[4][256];
    static int next;
    char *to = path[next++ % 4];
    snprintf(to, 256, "%s/%s", folder, name);
    return to;
}

static int count_entries(const char *path, char first[256])
{
    DIR *open = opendir(path);
    int count = 0;
    *first = 0;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (!*first || strcmp(entry->d_name, first) < 0)
            snprintf(first, 256, "%s", entry->d_name);
    }
    if (open)
        closedir(open);
    return count;
}

static void make_volume(pel_volume *out, pel_dtype dtype, int channels, pel_meaning meaning)
{
    pel_volume like = { .dims = { NX, NY, NZ }, .channels = channels, .meaning = meaning };
    assert_ok(pel_volume_like(out, &like, dtype));
    uint8_t *bytes = out->data;
    int64_t count = pel_volume_bytes(out), item = pel_dtype_bytes(dtype);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i % item == item - 1 ? i % 61 : i * i * 31 + 7 * i);
    out->unit_known = true;
    out->mm_from_ijk = pel_affine_identity();
    out->mm_from_ijk.m[0][0] = 0.1;
    out->mm_from_ijk.m[1][1] = 1.0 / 3;
    out->mm_from_ijk.m[2][2] = 0.7000000000000001;
}

static void assert_comes_back(const pel_volume *in, const char *path, const char *read_path,
                              int packing)
{
    pel_volume out;
    pel_write_params params = pel_write_defaults();
    params.tiff = packing;
    assert_ok(pel_write_volume(path, in, NULL, &params));
    assert_ok(pel_read_volume(&out, read_path, NULL));
    assert_memory_equal(out.dims, in->dims, sizeof in->dims);
    assert_int_equal(out.dtype, in->dtype);
    assert_int_equal(out.channels ? out.channels : 1, in->channels ? in->channels : 1);
    assert_memory_equal(out.data, in->data, (size_t)pel_volume_bytes(in));
    assert_memory_equal(&out.mm_from_ijk, &in->mm_from_ijk, sizeof in->mm_from_ijk);
    assert_true(out.unit_known && !out.oriented);
    pel_volume_free(&out);
}

static void every_type_comes_back_from_tiff_slices(void **state)
{
    (void)state;
    static const int packings[] = { PEL_TIFF_DEFLATE, PEL_TIFF_NONE, PEL_TIFF_ZSTD };
    for (int t = 0; t < PEL_DTYPE_COUNT; t++)
        for (int n = 0; n < 3; n++)
            for (int channels = 1; channels <= 2; channels++) {
                pel_volume in;
                make_volume(&in, (pel_dtype)t, channels, PEL_SCALAR);
                assert_comes_back(&in, in_folder("types/"), in_folder("types"), packings[n]);
                pel_volume_free(&in);
            }
    pel_volume colours;
    make_volume(&colours, PEL_UINT8, 3, PEL_RGB);
    assert_comes_back(&colours, in_folder("colours/x%03d.tiff"), in_folder("colours"), 0);
    pel_volume_free(&colours);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_png_holds_comes_back_from_png_slices(void **state)
{
    (void)state;
    static const struct {
        pel_dtype dtype;
        int channels;
        pel_meaning meaning;
    } cases[] = { { PEL_UINT8, 1, PEL_SCALAR }, { PEL_UINT16, 1, PEL_SCALAR },
                  { PEL_UINT8, 3, PEL_RGB },    { PEL_UINT16, 3, PEL_RGB },
                  { PEL_UINT8, 4, PEL_RGBA },   { PEL_UINT16, 4, PEL_RGBA } };
    for (int n = 0; n < 6; n++) {
        pel_volume in;
        make_volume(&in, cases[n].dtype, cases[n].channels, cases[n].meaning);
        assert_comes_back(&in, in_folder("png/z_%d.png"), in_folder("png/*.png"), 0);
        pel_volume_free(&in);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void assert_refused(const pel_volume *v, const char *name, const char *remedy)
{
    assert_int_equal(pel_write_volume(in_folder(name), v, NULL, NULL), PEL_EUNSUPPORTED);
    assert_error_says(remedy);
    assert_int_equal(access(in_folder("refused"), F_OK), -1);
}

static void what_slices_cannot_hold_is_refused(void **state)
{
    (void)state;
    pel_volume v;
    make_volume(&v, PEL_INT16, 1, PEL_SCALAR);
    assert_refused(&v, "refused/a_%d.png", "--dtype");
    v.frames = 2;
    v.dims[2] = NZ / 2;
    assert_refused(&v, "refused/", "--frame");
    pel_volume_free(&v);
    make_volume(&v, PEL_UINT8, 1, PEL_SCALAR);
    v.slope = 2;
    assert_refused(&v, "refused/a_%d.png", "no scale");
    pel_volume_free(&v);
    make_volume(&v, PEL_UINT8, 2, PEL_SCALAR);
    assert_refused(&v, "refused/a_%d.png", "--channel");
    pel_volume_free(&v);
}

static void what_is_left_out_is_said(void **state)
{
    (void)state;
    pel_volume v, out;
    pel_job job = pel_job_defaults();
    job.note = keep_note;
    pel_job *before = pel_job_use(&job);
    make_volume(&v, PEL_INT16, 1, PEL_SCALAR);
    v.oriented = true;
    v.slope = 0.5;
    *said = 0;
    assert_ok(pel_write_volume(in_folder("said/"), &v, NULL, NULL));
    assert_non_null(strstr(said, "no orientation"));
    assert_non_null(strstr(said, "no scale"));
    pel_job_use(before);
    assert_ok(pel_read_volume(&out, in_folder("said"), NULL));
    assert_int_equal(out.dtype, PEL_FLOAT32);
    for (int i = 0; i < NX * NY * NZ; i++)
        assert_true(((float *)out.data)[i] == 0.5f * ((int16_t *)v.data)[i]);
    pel_volume_free(&out);
    pel_volume_free(&v);
}

static void an_earlier_folder_is_replaced_as_a_whole(void **state)
{
    (void)state;
    pel_volume v;
    char first[256];
    make_volume(&v, PEL_UINT8, 1, PEL_SCALAR);
    assert_ok(pel_write_volume(in_folder("again/"), &v, NULL, NULL));
    assert_int_equal(count_entries(in_folder("again"), first), NZ);
    assert_string_equal(first, "slice_0000.tif");
    v.dims[2] = 5;
    assert_ok(pel_write_volume(in_folder("again"), &v, NULL, NULL));
    assert_int_equal(count_entries(in_folder("again"), first), 5);
    // an empty folder is as none
    assert_int_equal(mkdir(in_folder("empty"), 0777), 0);
    assert_ok(pel_write_volume(in_folder("empty/p%02d.png"), &v, NULL, NULL));
    assert_int_equal(count_entries(in_folder("empty"), first), 5);
    assert_string_equal(first, "p00.png");
    // a link stays one
    assert_int_equal(symlink("empty", in_folder("link")), 0);
    v.dims[2] = 1;
    assert_ok(pel_write_volume(in_folder("link/p%02d.png"), &v, NULL, NULL));
    assert_int_equal(count_entries(in_folder("empty"), first), 1);
    pel_volume_free(&v);
}

static void a_folder_with_other_files_is_left_alone(void **state)
{
    (void)state;
    pel_volume v;
    char first[256];
    make_volume(&v, PEL_UINT8, 1, PEL_SCALAR);
    assert_int_equal(mkdir(in_folder("mine"), 0777), 0);
    static const char *const names[] = { "notes.txt", "slice_.tif", "slice_0001.tif.bak" };
    for (int n = 0; n < 3; n++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", in_folder("mine"), names[n]);
        fclose(fopen(path, "w"));
        assert_int_equal(pel_write_volume(in_folder("mine/"), &v, NULL, NULL), PEL_EIO);
        assert_error_says(names[n]);
        assert_int_equal(count_entries(in_folder("mine"), first), 1);
        unlink(path);
    }
    fclose(fopen(in_folder("file"), "w"));
    assert_int_equal(pel_write_volume(in_folder("file/a%d.tif"), &v, NULL, NULL), PEL_EIO);
    assert_error_says("is a file");
    assert_int_equal(pel_write_volume(in_folder("no/such/"), &v, NULL, NULL), PEL_EIO);
    assert_error_says("make the folder first");
    pel_volume_free(&v);
}

static void names_that_are_no_pattern_are_no_slices(void **state)
{
    (void)state;
    static const char *const none[] = { "a%d.nii", "a%d%d.tif", "a%s.tif", "a%123d.tif",
                                        "a.png",   "-",         "",        "a%99d.tif" };
    static const char *const some[] = { "a/", "a%d.tif", "a%04d.tiff", "x/y%18d.png", "/tmp" };
    for (int n = 0; n < 8; n++)
        assert_false(pel__slices_are(none[n]));
    for (int n = 0; n < 5; n++)
        assert_true(pel__slices_are(some[n]) && pel_can_write_volume(some[n]));
}

static void the_first_slice_tells_how_all_were_made(void **state)
{
    (void)state;
    static const char *const patterns[] = { "made/s_%d.tif", "madep/s_%d.png" };
    static const char *const firsts[] = { "made/s_0.tif", "madep/s_0.png" };
    pel_volume v;
    make_volume(&v, PEL_UINT8, 1, PEL_SCALAR);
    assert_ok(pel_write_volume(in_folder("from.nii"), &v, NULL, NULL));
    for (int n = 0; n < 2; n++) {
        pel_source source;
        assert_ok(pel_open_volume(&source, in_folder("from.nii"), NULL));
        assert_ok(pel_write_source(in_folder(patterns[n]), &source,
                                   "{\"pellucid\":\"x\",\"hash\":\"" PEL_HASH_LATER "\"}", NULL));
        FILE *file = fopen(in_folder(firsts[n]), "rb");
        char text[4096];
        size_t size = fread(text, 1, sizeof text, file);
        fclose(file);
        assert_int_equal(strlen(source.shape.fields.hash), 32);
        assert_non_null(memmem(text, size, source.shape.fields.hash, 32));
        pel_source_close(&source);
    }
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_from_tiff_slices),
        cmocka_unit_test(what_png_holds_comes_back_from_png_slices),
        cmocka_unit_test(what_slices_cannot_hold_is_refused),
        cmocka_unit_test(what_is_left_out_is_said),
        cmocka_unit_test(an_earlier_folder_is_replaced_as_a_whole),
        cmocka_unit_test(a_folder_with_other_files_is_left_alone),
        cmocka_unit_test(names_that_are_no_pattern_are_no_slices),
        cmocka_unit_test(the_first_slice_tells_how_all_were_made),
    };
    return cmocka_run_group_tests(tests, make_folder, clear_folder);
}
