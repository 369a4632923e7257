/* SPDX-License-Identifier: Apache-2.0 */
/* test_seeds.c: each seed of the fuzzers, and folders of them, read while every call fails once:
 * the same voxels, or an error with a message, and nothing stays. FOLDER of corpora as argument. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

static const char *corpora;
static char folder[64];

static const struct {
    const char *corpus, *ending;
} kinds[] = {
    { "tiff", "tif" },  { "png", "png" },       { "jpeg", "jpg" },
    { "nrrd", "nrrd" }, { "metaimage", "mha" }, { "mgh", "mgh" },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-seeds-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    inject_nothing();
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void copy(const char *to, const char *from)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fwrite(bytes, 1, size, out);
    fclose(in);
    fclose(out);
}

/* what reading gives when nothing fails */
typedef struct reference {
    const char *path;
    pel_read_params params;
    pel_status status;
    pel_volume volume;
} reference;

static void assert_the_same(const reference *r, pel_status s, pel_volume *v, const char *what)
{
    if (s != r->status)
        fail_msg("%s: %s: %d, without it %d: %s", r->path, what, (int)s, (int)r->status,
                 pel_error());
    if (s == PEL_OK) {
        assert_int_equal(pel_volume_bytes(v), pel_volume_bytes(&r->volume));
        assert_memory_equal(v->data, r->volume.data, (size_t)pel_volume_bytes(v));
        assert_string_equal(v->fields.hash, r->volume.fields.hash);
    }
}

// let call 0, 1, 2... fail until one run makes no failing call
static void fail_each(const reference *r, inject_call call, int error, bool on)
{
    for (int64_t at = 0;; at++) {
        pel_volume v;
        int64_t before = pel_memory_in_use();
        inject(call, at, error, on);
        pel_status s = pel_read_volume(&v, r->path, &r->params);
        bool struck = inject_failures() > 0;
        inject_nothing();
        if (!struck)
            assert_the_same(r, s, &v, "untouched");
        else if (s == PEL_OK)
            fail_msg("%s: failing call %d of kind %d went unnoticed", r->path, (int)at, (int)call);
        else
            assert_true(strlen(pel_error()) > 10);
        pel_volume_free(&v);
        assert_int_equal(pel_memory_in_use(), before);
        if (!struck)
            return;
    }
}

static void short_reads(const reference *r)
{
    for (int most = 1; most < 2000; most = most * 5 + 2) {
        pel_volume v;
        inject_short(most);
        pel_status s = pel_read_volume(&v, r->path, &r->params);
        inject_nothing();
        assert_the_same(r, s, &v, "short reads");
        pel_volume_free(&v);
    }
}

static void fail_everywhere(const char *path, const pel_read_params *params)
{
    pel_job job = pel_job_defaults();
    job.threads = 1;
    job.memory_bytes = 64 << 20;
    pel_job_use(&job);
    reference r = { .path = path, .params = *params };
    r.status = pel_read_volume(&r.volume, path, params);
    fail_each(&r, INJECT_MEMORY, ENOMEM, false);
    fail_each(&r, INJECT_MEMORY, ENOMEM, true);
    fail_each(&r, INJECT_READ, EIO, false);
    fail_each(&r, INJECT_READ, EIO, true);
    fail_each(&r, INJECT_OPEN, EACCES, true);
    fail_each(&r, INJECT_STAT, EIO, false);
    short_reads(&r);
    pel_volume_free(&r.volume);
    pel_job_use(NULL);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_seed_survives_every_failing_call(void **state)
{
    (void)state;
    const pel_read_params params = pel_read_defaults();
    int seeds = 0;
    for (int k = 0; k < KINDS; k++) {
        char place[512], from[1024], to[128];
        snprintf(place, sizeof place, "%s/%s", corpora, kinds[k].corpus);
        DIR *open = opendir(place);
        assert_non_null(open);
        for (struct dirent *entry; (entry = readdir(open));) {
            if (*entry->d_name == '.')
                continue;
            snprintf(from, sizeof from, "%s/%.255s", place, entry->d_name);
            snprintf(to, sizeof to, "%s/x.%s", folder, kinds[k].ending);
            copy(to, from);
            fail_everywhere(to, &params);
            unlink(to);
            seeds++;
        }
        closedir(open);
    }
    assert_true(seeds > 40);
}

// three slices, the second of another kind or a stack where so named
static void every_series_survives_every_failing_call(void **state)
{
    (void)state;
    static const struct {
        const char *seed[3], *ending, *allow, *slices;
    } cases[] = {
        { { "png/wide", "png/wide", "png/wide" }, "png", NULL, NULL },
        { { "tiff/plain", "tiff/plain", "tiff/plain" }, "tif", NULL, "::2" },
        { { "tiff/deflate", "tiff/plain", "tiff/deflate" }, "tif", "mixed", NULL },
        { { "tiff/big", "tiff/plain", "tiff/big" }, "tif", NULL, "::-1" },
        { { "tiff/plain", "tiff/imagej", "tiff/plain" }, "tif", "mixed,gaps", NULL },
        { { "jpeg/grey", "jpeg/grey", "jpeg/cut" }, "jpg", NULL, NULL },
        { { "png/grey", "png/bits", "png/rgb" }, "png", NULL, NULL },
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        char place[128], from[512], to[256], pattern[160];
        snprintf(place, sizeof place, "%s/series", folder);
        snprintf(pattern, sizeof pattern, "%s/*.%s", place, cases[n].ending);
        assert_int_equal(mkdir(place, 0777), 0);
        for (int i = 0; i < 3; i++) {
            snprintf(from, sizeof from, "%s/%s", corpora, cases[n].seed[i]);
            snprintf(to, sizeof to, "%s/s%d.%s", place, i, cases[n].ending);
            copy(to, from);
        }
        pel_read_params params = pel_read_defaults();
        params.allow = cases[n].allow;
        params.slices = cases[n].slices;
        fail_everywhere(place, &params);
        fail_everywhere(pattern, &params);
        snprintf(to, sizeof to, "rm -r %s", place);
        assert_int_equal(system(to), 0);
    }
}

// files longer than what is looked at first
static void stacks_of_some_length_survive_every_failing_call(void **state)
{
    (void)state;
    static uint16_t numbers[40 * 30 * 6 * 2];
    for (int i = 0; i < 40 * 30 * 6 * 2; i++)
        numbers[i] = (uint16_t)(i * i >> 4);
    const pel_read_params plain = pel_read_defaults();
    pel_read_params every = plain;
    every.slices = "::-2";
    for (int n = 0; n < 4; n++) {
        char path[128];
        pel_volume v = { .dims = { 40, 30, 6 }, .channels = 1 + n / 2, .dtype = PEL_UINT16 };
        pel_write_params params = pel_write_defaults();
        v.data = numbers;
        params.tiff = n % 2 ? PEL_TIFF_NONE : PEL_TIFF_DEFLATE;
        snprintf(path, sizeof path, "%s/long.tif", folder);
        assert_ok(pel_write_volume(path, &v, NULL, &params));
        fail_everywhere(path, &plain);
        fail_everywhere(path, &every);
        unlink(path);
    }
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed_survives_every_failing_call),
        cmocka_unit_test(every_series_survives_every_failing_call),
        cmocka_unit_test(stacks_of_some_length_survive_every_failing_call),
    };
    corpora = count > 1 ? words[1] : "fuzz/corpus";
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
