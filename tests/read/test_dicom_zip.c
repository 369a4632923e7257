/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_zip.c: series of DICOM in archives; names of any length. */
#include "make_dicom.h"

#include <sys/stat.h>
#include <unistd.h>

#include <zip.h>

static int enter(void **state)
{
    (void)state;
    make_enter();
    make_listen();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    make_quiet();
    assert_int_equal(system("rm -rf ./*"), 0);
    make_leave();
    return 0;
}

static void write_archive(const char *name, bool also_volume)
{
    zip_t *archive = zip_open(name, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    static uint8_t file[12][MAKE_MOST / 8];
    assert_non_null(archive);
    for (int n = 1; n <= 9; n++) {
        char member[64];
        make_set s = make_image(n);
        size_t size = make_dicom(make_whole, &s, n % 2 ? MAKE_EXPLICIT : MAKE_DEFLATED);
        make_set_free(&s);
        assert_true(size <= sizeof file[n]);
        memcpy(file[n], make_whole, size);
        snprintf(member, sizeof member, n % 2 ? "d/%d.dcm" : "d/1.2.3.%d", 9 - n);
        assert_true(
            zip_file_add(archive, member, zip_source_buffer(archive, file[n], size, 0), 0) >= 0);
    }
    zip_file_add(archive, "__MACOSX/d/._1.dcm", zip_source_buffer(archive, "junk", 4, 0), 0);
    zip_file_add(archive, "d/README.txt", zip_source_buffer(archive, "text", 4, 0), 0);
    if (also_volume)
        zip_file_add(archive, "x.npy", zip_source_buffer(archive, "text", 4, 0), 0);
    assert_int_equal(zip_close(archive), 0);
}

static void a_zip_of_one_series_needs_no_member(void **state)
{
    (void)state;
    write_archive("a.zip", false);
    pel_volume v = make_must_open("a.zip", NULL, NULL);
    make_check_slices(&v, 1, 9);
    assert_int_equal(strlen(v.fields.hash), 32);
    pel_volume_free(&v);
    v = make_must_open("a.zip::d", NULL, NULL);
    make_check_slices(&v, 1, 9);
    pel_volume_free(&v);
    v = make_must_open("a.zip::d/8.dcm", NULL, NULL);
    make_check_slices(&v, 1, 1);
    pel_volume_free(&v);
    make_must_refuse("a.zip", "5", NULL, "has no series '5'");
    make_must_refuse("a.zip::e", NULL, NULL, "has no member 'e'");
    // a volume that is no DICOM is meant first, the folder by its name
    write_archive("b.zip", true);
    make_must_refuse("b.zip", NULL, NULL, "b.zip::x.npy");
    v = make_must_open("b.zip::d/", NULL, NULL);
    make_check_slices(&v, 1, 9);
    pel_volume_free(&v);
}

static void names_that_are_too_long_are_passed_or_refused(void **state)
{
    (void)state;
    char name[251], path[5000] = "s", here[4096];
    memset(name, 'n', 250);
    name[250] = 0;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(mkdir("s", 0777), 0);
    assert_int_equal(chdir("s"), 0);
    for (int n = 0; n < 16; n++) {
        assert_int_equal(mkdir(name, 0777), 0);
        assert_int_equal(chdir(name), 0);
        strcat(strcat(path, "/"), name);
    }
    make_set s = make_image(1);
    make_dicom_file(name, &s, MAKE_EXPLICIT);
    assert_int_equal(chdir(here), 0);
    make_must_refuse("s", NULL, NULL, "no DICOM");
    make_must_refuse(path, NULL, NULL, "nnnn");
    // a folder of an archive
    zip_t *archive = zip_open("a.zip", ZIP_CREATE, NULL);
    s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    memset(path, 'p', 4092);
    strcpy(path + 4092, "/1.dcm");
    assert_true(zip_file_add(archive, path, zip_source_buffer(archive, make_whole, size, 0), 0) >=
                0);
    assert_int_equal(zip_close(archive), 0);
    memmove(path + 7, path, 4092);
    memcpy(path, "a.zip::", 7);
    path[7 + 4092] = 0;
    make_must_refuse(path, NULL, NULL, "the name is too long");
}

static void members_of_a_zip_are_known_by_their_names(void **state)
{
    (void)state;
    zip_t *archive = zip_open("a.zip", ZIP_CREATE, NULL);
    make_set s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    static const char *const good[] = { "e/1.ima", "e/2.DICOM", "e/3.dcm.gz", "e/4", "e/5.6.7" };
    zip_dir_add(archive, "d", 0);
    zip_file_add(archive, "text", zip_source_buffer(archive, "text", 4, 0), 0);
    zip_file_add(archive, "ee", zip_source_buffer(archive, "text", 4, 0), 0);
    zip_file_add(archive, "e/.hidden", zip_source_buffer(archive, make_whole, size, 0), 0);
    zip_file_add(archive, "e/1.other", zip_source_buffer(archive, make_whole, size, 0), 0);
    for (int n = 0; n < 5; n++)
        zip_file_add(archive, good[n], zip_source_buffer(archive, make_whole, size, 0), 0);
    assert_int_equal(zip_close(archive), 0);
    pel_volume v = make_must_open("a.zip::e", NULL, NULL);
    make_check_slices(&v, 1, 1);
    assert_non_null(strstr(make_notes, "4 files are copies of others"));
    pel_volume_free(&v);
    v = make_must_open("a.zip", NULL, NULL);
    pel_volume_free(&v);
    make_must_refuse("a.zip::d", NULL, NULL, "has no member 'd'");
    // a folder may be named as the archive lists it, with its slash, and may hold none
    make_must_refuse("a.zip::d/", NULL, NULL, "d/");
    archive = zip_open("a.zip", 0, NULL);
    zip_dir_add(archive, "e", 0);
    assert_int_equal(zip_close(archive), 0);
    v = make_must_open("a.zip::e/", NULL, NULL);
    make_check_slices(&v, 1, 1);
    pel_volume_free(&v);
    static char longest[5000] = "a.zip::";
    memset(longest + 7, 'n', sizeof longest - 8);
    make_must_refuse(longest, NULL, NULL, "the name is too long");
}

static void a_damaged_member_is_no_dicom(void **state)
{
    (void)state;
    zip_t *archive = zip_open("a.zip", ZIP_CREATE, NULL);
    make_set s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    zip_file_add(archive, "a", zip_source_buffer(archive, make_whole, size, 0), 0);
    assert_int_equal(zip_close(archive), 0);
    // its first compressed bytes, behind a header of 30 bytes and the name
    FILE *file = fopen("a.zip", "r+b");
    assert_non_null(file);
    fseek(file, 31, SEEK_SET);
    fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 1, 8, file);
    fclose(file);
    make_must_refuse("a.zip", NULL, NULL, "holds no volume");
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_zip_of_one_series_needs_no_member),
        IN_FOLDER(names_that_are_too_long_are_passed_or_refused),
        IN_FOLDER(members_of_a_zip_are_known_by_their_names),
        IN_FOLDER(a_damaged_member_is_no_dicom),
    };
    return cmocka_run_group_tests_name("read/dicom_zip", tests, NULL, NULL);
}
