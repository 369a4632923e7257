/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"

static char folder[64], path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pellucid-outfile-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/out.bin", folder);
    return 0;
}

static int entries(void)
{
    int count = 0;
    DIR *listing = opendir(folder);
    for (struct dirent *e; (e = readdir(listing));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(listing);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void read_back(char out[64])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    out[fread(out, 1, 63, file)] = 0;
    fclose(file);
}

static void the_old_file_stands_until_the_new_one_is_whole(void **state)
{
    (void)state;
    char text[64];
    assert_ok(pel_write_text(path, "old"));
    pel__outfile file;
    assert_ok(pel__outfile_open(&file, path));
    assert_ok(pel__outfile_write(&file, "n-w and whole", 13));
    read_back(text);
    assert_string_equal(text, "old");
    assert_ok(pel__outfile_patch(&file, 1, "e", 1));
    assert_ok(pel__outfile_commit(&file));
    pel__outfile_close(&file);
    read_back(text);
    assert_string_equal(text, "new and whole");
    assert_int_equal(entries(), 1);
}

static void what_is_dropped_leaves_nothing(void **state)
{
    (void)state;
    pel__outfile file;
    assert_ok(pel__outfile_open(&file, path));
    assert_ok(pel__outfile_write(&file, "half", 4));
    assert_int_equal(entries(), 1);
    pel__outfile_close(&file);
    pel__outfile_close(&file);
    assert_int_equal(entries(), 0);
}

static void a_full_disk_is_an_error_and_leaves_the_old_file(void **state)
{
    (void)state;
    char text[64];
    assert_ok(pel_write_text(path, "old"));
    // a file size limit stands for the full disk
    struct rlimit before, small = { 4096, 4096 };
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    static const char bytes[10000];
    pel__outfile file;
    assert_ok(pel__outfile_open(&file, path));
    assert_int_equal(pel__outfile_write(&file, bytes, sizeof bytes), PEL_EIO);
    pel__outfile_close(&file);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_error_says(path);
    read_back(text);
    assert_string_equal(text, "old");
    assert_int_equal(entries(), 1);
}

static void a_missing_folder_is_named_with_its_remedy(void **state)
{
    (void)state;
    assert_int_equal(pel_write_text("/tmp/pellucid-no-such-folder/x", "a"), PEL_EIO);
    assert_error_says("/tmp/pellucid-no-such-folder/x");
    assert_error_says("make the folder first");
    assert_int_equal(pel_write_text(folder, "a"), PEL_EIO);
    assert_error_says("is a folder");
}

static void files_get_the_rights_of_the_umask(void **state)
{
    (void)state;
    mode_t before = umask(027);
    assert_ok(pel_write_text(path, "a"));
    umask(before);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        IN_A_FOLDER(the_old_file_stands_until_the_new_one_is_whole),
        IN_A_FOLDER(what_is_dropped_leaves_nothing),
        IN_A_FOLDER(a_full_disk_is_an_error_and_leaves_the_old_file),
        IN_A_FOLDER(a_missing_folder_is_named_with_its_remedy),
        IN_A_FOLDER(files_get_the_rights_of_the_umask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
