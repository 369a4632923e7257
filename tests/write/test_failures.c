/* SPDX-License-Identifier: Apache-2.0 */
/* test_failures.c: whatever fails while writing, nothing is left behind and the message says why.
 */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-failures-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void remove_entry(const char *path)
{
    char command[600];
    if (unlink(path) == 0 || errno != EISDIR)
        return;
    snprintf(command, sizeof command, "rm -r %s", path);
    assert_int_equal(system(command), 0);
}

// how many files and folders there are, hidden ones too; with `clear` they are removed
static int count_files(bool clear)
{
    DIR *open = opendir(folder);
    assert_non_null(open);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (clear)
            remove_entry(path);
    }
    closedir(open);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    inject_nothing();
    count_files(true);
    return rmdir(folder);
}

// a volume of 600 KB: three gzip members, with an extension and a scale
static pel_status write_volume(const char *path)
{
    static uint8_t bytes[100 * 100 * 30 * 2];
    static uint8_t words[] = "an extension";
    static pel_extension extension = { 6, sizeof words, words };
    pel_volume v = { .dims = { 100, 100, 30 },
                     .dtype = PEL_INT16,
                     .slope = 2,
                     .inter = 1,
                     .oriented = true,
                     .fields = { .extensions = &extension, .extension_count = 1 },
                     .data = bytes };
    return pel_write_volume(path, &v, "{\"pellucid\":\"x\"}", NULL);
}

static pel_status write_picture(const char *path)
{
    pel_image image;
    pel_status s = pel_image_new(&image, 300, 200, 3, PEL_UINT8);
    if (s == PEL_OK)
        s = pel_write_image(path, &image);
    pel_image_free(&image);
    return s;
}

// what PNG slices hold
static pel_status write_grey(const char *path)
{
    static uint8_t bytes[40 * 30 * 3];
    pel_volume v = { .dims = { 40, 30, 3 }, .dtype = PEL_UINT8, .unit_known = true, .data = bytes };
    return pel_write_volume(path, &v, "{\"pellucid\":\"x\"}", NULL);
}

// points in two parts, more than a buffer of them
static pel_status write_cloud(const char *path)
{
    pel_mesh mesh;
    pel_cloud *cloud = NULL;
    pel_status s = pel_mesh_new(&mesh, 6000, 0);
    if (s == PEL_OK)
        s = pel_cloud_open(&cloud, path, "x", "{\"hash\":\"" PEL_HASH_LATER "\"}", NULL);
    for (int part = 0; part < 2 && s == PEL_OK; part++)
        s = pel_cloud_add(cloud, &mesh);
    if (s == PEL_OK)
        s = pel_cloud_commit(cloud, "");
    pel_cloud_close(cloud);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status write_outlines(const char *path)
{
    static const double square[4][3] = { { 0, 0, 0 }, { 1.25, 0, 0 }, { 1.25, 1, 0 }, { 0, 1, 0 } };
    pel_outlines *outlines;
    pel_status s = pel_outlines_open(&outlines, path, square[0], square[2], "mm");
    for (int n = 0; n < 2000 && s == PEL_OK; n++)
        s = pel_outlines_add(outlines, n / 100, n % 2, square, 4);
    if (s == PEL_OK)
        s = pel_outlines_commit(outlines);
    pel_outlines_close(outlines);
    return s;
}

// four frames, of which a name with "back" wants the second and third once more
static pel_status write_film(const char *path)
{
    pel_job job = pel_job_defaults(), *before;
    pel_film_params params = pel_film_defaults();
    pel_film *film;
    job.threads = 1;
    params.ping_pong = strstr(path, "back") != NULL;
    before = pel_job_use(&job);
    pel_status s = pel_film_open(&film, path, 4, NULL, &params);
    for (int n = 0; n < 4 && s == PEL_OK; n++) {
        pel_image frame;
        s = pel_image_new(&frame, 40, 30, 3, PEL_UINT8);
        for (int i = 0; i < 40 && s == PEL_OK; i++)
            ((uint8_t *)frame.data)[3 * i * n] = (uint8_t)(10 * i + n);
        if (s == PEL_OK)
            s = pel_film_add(film, &frame);
    }
    if (s == PEL_OK)
        s = pel_film_end(film);
    pel_film_free(film);
    pel_job_use(before);
    return s;
}

static const struct {
    const char *name;
    pel_status (*write)(const char *path);
    int files;
} outputs[] = {
    { "v.nii", write_volume, 1 },     { "v.nii.gz", write_volume, 1 },
    { "v.nrrd", write_volume, 1 },    { "v.nhdr", write_volume, 2 },
    { "v.mha", write_volume, 1 },     { "v.mhd", write_volume, 2 },
    { "v.mgh", write_volume, 1 },     { "v.mgz", write_volume, 1 },
    { "v.hdr", write_volume, 2 },     { "v.npy", write_volume, 1 },
    { "v.tif", write_volume, 1 },     { "p.tif", write_picture, 1 },
    { "p.png", write_picture, 1 },    { "p.npy", write_picture, 1 },
    { "p.nii.gz", write_picture, 1 }, { "c.ply", write_cloud, 1 },
    { "o.csv", write_outlines, 1 },   { "o.svg", write_outlines, 1 },
    { "f.apng", write_film, 1 },      { "back.apng", write_film, 1 },
    { "f.gif", write_film, 1 },       { "back.gif", write_film, 1 },
    { "s/", write_volume, 1 },        { "s/v%d.png", write_grey, 1 },
};
// the last two are folders
enum { OUTPUTS = sizeof outputs / sizeof *outputs, FILES = OUTPUTS - 2 };

// let call 0, 1, 2... fail until one run makes no failing call
static void fail_each(int n, inject_call call, int error, bool on)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
    for (int64_t at = 0;; at++) {
        inject(call, at, error, on);
        pel_status s = outputs[n].write(path);
        bool struck = inject_failures() > 0;
        inject_nothing();
        assert_int_equal(pel_memory_in_use(), 0);
        if (!struck) {
            assert_ok(s);
            assert_int_equal(count_files(true), outputs[n].files);
            assert_true(at > 0);
            return;
        }
        if (s == PEL_OK)
            fail_msg("%s: failing call %d of kind %d went unnoticed", path, (int)at, (int)call);
        if (count_files(true) != 0)
            fail_msg("%s: failing call %d of kind %d left files", path, (int)at, (int)call);
        assert_true(strlen(pel_error()) > 10);
        if (call != INJECT_MEMORY)
            assert_error_says(strerror(error));
    }
}

static void no_memory_leaves_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++)
        fail_each(n, INJECT_MEMORY, ENOMEM, false);
}

static void no_memory_from_then_on_leaves_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++)
        fail_each(n, INJECT_MEMORY, ENOMEM, true);
}

static void a_full_disk_leaves_nothing_and_says_so(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++)
        fail_each(n, INJECT_WRITE, ENOSPC, true);
    assert_error_says("free some space");
}

static void a_broken_disk_leaves_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++)
        fail_each(n, INJECT_WRITE, EIO, false);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
        inject(INJECT_OPEN, 0, EACCES, true);
        assert_int_equal(outputs[n].write(path), PEL_EIO);
        inject_nothing();
        assert_error_says("cannot be written");
        assert_error_says(n >= FILES                                           ? "1."
                          : outputs[n].name[0] == 'v' && outputs[n].files == 2 ? "v."
                                                                               : outputs[n].name);
        assert_int_equal(count_files(true), 0);
    }
}

// only the first fsync of each file counts: the folder's is a courtesy
static void a_file_that_cannot_be_synced_is_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
        inject(INJECT_SYNC, 0, EIO, false);
        assert_int_equal(outputs[n].write(path), PEL_EIO);
        inject_nothing();
        assert_int_equal(count_files(true), 0);
        assert_int_equal(pel_memory_in_use(), 0);
    }
}

static void a_failed_rename_leaves_the_old_file(void **state)
{
    (void)state;
    for (int n = 0; n < FILES; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
        FILE *old = fopen(path, "w");
        assert_non_null(old);
        fputs("old", old);
        fclose(old);
        inject(INJECT_RENAME, 0, EIO, false);
        assert_int_equal(outputs[n].write(path), PEL_EIO);
        inject_nothing();
        struct stat info;
        if (outputs[n].files == 1) {
            assert_int_equal(stat(path, &info), 0);
            assert_int_equal(info.st_size, 3);
        }
        assert_int_equal(count_files(true), outputs[n].files == 1);
    }
}

static void a_failed_rename_leaves_the_old_folder(void **state)
{
    (void)state;
    for (int n = FILES; n < OUTPUTS; n++)
        for (int there = 0; there < 2; there++) {
            char path[128], old[160];
            struct stat info;
            snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
            snprintf(old, sizeof old, "%s/s/%s", folder, n == FILES ? "slice_7.tif" : "v7.png");
            if (there) {
                char place[128];
                snprintf(place, sizeof place, "%s/s", folder);
                assert_int_equal(mkdir(place, 0777), 0);
                fclose(fopen(old, "w"));
            }
            // the rename in place, or the exchange that follows
            inject(INJECT_RENAME, there, EIO, true);
            assert_int_equal(outputs[n].write(path), PEL_EIO);
            inject_nothing();
            assert_int_equal(stat(old, &info), there - 1);
            assert_int_equal(count_files(true), there);
            assert_int_equal(pel_memory_in_use(), 0);
        }
}

static int64_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

static void short_writes_give_the_same_files(void **state)
{
    (void)state;
    for (int n = 0; n < OUTPUTS; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, outputs[n].name);
        assert_ok(outputs[n].write(path));
        int64_t size = size_of(path);
        inject_short(777);
        assert_ok(outputs[n].write(path));
        inject_nothing();
        assert_int_equal(size_of(path), size);
        count_files(true);
    }
}

static void interrupted_writes_are_tried_again(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/v.nii", folder);
    inject(INJECT_WRITE, 1, EINTR, false);
    assert_ok(write_volume(path));
    assert_int_equal(inject_failures(), 1);
    inject_nothing();
    assert_int_equal(size_of(path) > 600000, 1);
    count_files(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_leaves_nothing),
        cmocka_unit_test(no_memory_from_then_on_leaves_nothing),
        cmocka_unit_test(a_full_disk_leaves_nothing_and_says_so),
        cmocka_unit_test(a_broken_disk_leaves_nothing),
        cmocka_unit_test(a_folder_that_cannot_be_written_is_an_error),
        cmocka_unit_test(a_file_that_cannot_be_synced_is_an_error),
        cmocka_unit_test(a_failed_rename_leaves_the_old_file),
        cmocka_unit_test(a_failed_rename_leaves_the_old_folder),
        cmocka_unit_test(short_writes_give_the_same_files),
        cmocka_unit_test(interrupted_writes_are_tried_again),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
