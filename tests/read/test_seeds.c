/* SPDX-License-Identifier: Apache-2.0 */
/* test_seeds.c: each seed of the fuzzers, and folders of them, read while every call fails once:
 * the same voxels or mesh, or an error with a message, and nothing stays. FOLDER of corpora as
 * argument. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

static const char *corpora;
static char folder[64];

typedef struct corpus {
    const char *name, *ending;
} corpus;

static const corpus volumes[] = { { "tiff", "tif" },  { "png", "png" },       { "jpeg", "jpg" },
                                  { "nrrd", "nrrd" }, { "metaimage", "mha" }, { "mgh", "mgh" } };
static const corpus meshes[] = { { "ply", "ply" }, { "stl", "stl" },          { "obj", "obj" },
                                 { "off", "off" }, { "vtk", "vtk" },          { "vtp", "vtp" },
                                 { "glb", "glb" }, { "freesurfer", "annot" }, { "gifti", "gii" } };

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

/* what is read of a file, as a volume or as a mesh, and what reading it gives when nothing fails */
typedef struct reading {
    pel_status status;
    pel_volume volume;
    pel_mesh mesh;
    pel_mesh_cost cost;
} reading;

typedef enum way { AS_VOLUME, AS_MESH, AS_PLAN, AS_POINTS, FROM_MEMORY } way;

typedef struct reference {
    const char *path;
    pel_read_params params;
    way way;
    reading whole;
} reference;

static void read_file(reading *out, const reference *r)
{
    *out = (reading){ 0 };
    static const char bytes[] = "OFF\n# words\n1 0 0\n1 2 3\n";
    switch (r->way) {
    case AS_VOLUME:
        out->status = pel_read_volume(&out->volume, r->path, &r->params);
        break;
    case AS_MESH:
        out->status = pel_read_mesh(&out->mesh, r->path);
        break;
    case AS_PLAN:
        out->status = pel_plan_mesh(&out->cost, r->path);
        break;
    case AS_POINTS:
        out->status = pel_read_points(&out->mesh, r->path);
        break;
    case FROM_MEMORY:
        out->status = pel_read_mesh_bytes(&out->mesh, bytes, sizeof bytes - 1, r->path);
    }
}

static void free_reading(reading *r)
{
    pel_volume_free(&r->volume);
    pel_mesh_free(&r->mesh);
}

static void assert_same_mesh(const pel_mesh *a, const pel_mesh *b)
{
    assert_int_equal(a->points, b->points);
    assert_int_equal(a->triangles, b->triangles);
    assert_int_equal(a->arrays, b->arrays);
    assert_int_equal(a->label_count, b->label_count);
    assert_string_equal(a->hash, b->hash);
    assert_string_equal(a->comment ? a->comment : "", b->comment ? b->comment : "");
    if (a->points)
        assert_memory_equal(a->point_mm, b->point_mm, (size_t)a->points * sizeof *a->point_mm);
    if (a->triangles)
        assert_memory_equal(a->triangle, b->triangle, (size_t)a->triangles * sizeof *a->triangle);
}

static void assert_the_same(const reference *r, const reading *got, const char *what)
{
    const reading *want = &r->whole;
    if (got->status != want->status)
        fail_msg("%s: %s: %d, without it %d: %s", r->path, what, (int)got->status,
                 (int)want->status, pel_error());
    if (got->status != PEL_OK)
        return;
    if (r->way == AS_PLAN)
        assert_int_equal(got->cost.memory_bytes, want->cost.memory_bytes);
    else if (r->way != AS_VOLUME)
        assert_same_mesh(&got->mesh, &want->mesh);
    else {
        assert_int_equal(pel_volume_bytes(&got->volume), pel_volume_bytes(&want->volume));
        assert_memory_equal(got->volume.data, want->volume.data,
                            (size_t)pel_volume_bytes(&want->volume));
        assert_string_equal(got->volume.fields.hash, want->volume.fields.hash);
    }
}

// let call 0, 1, 2... fail until one run makes no failing call
static void fail_each(const reference *r, inject_call call, int error, bool on)
{
    for (int64_t at = 0;; at++) {
        reading now;
        int64_t before = pel_memory_in_use();
        inject(call, at, error, on);
        read_file(&now, r);
        bool struck = inject_failures() > 0;
        inject_nothing();
        if (!struck)
            assert_the_same(r, &now, "untouched");
        else if (now.status == PEL_OK)
            fail_msg("%s: failing call %d of kind %d went unnoticed", r->path, (int)at, (int)call);
        else
            assert_true(strlen(pel_error()) > 10);
        free_reading(&now);
        assert_int_equal(pel_memory_in_use(), before);
        if (!struck)
            return;
    }
}

static void short_reads(const reference *r)
{
    for (int most = 1; most < 2000; most = most * 5 + 2) {
        reading now;
        inject_short(most);
        read_file(&now, r);
        inject_nothing();
        assert_the_same(r, &now, "short reads");
        free_reading(&now);
    }
}

static void fail_everywhere(reference r)
{
    pel_job job = pel_job_defaults();
    job.threads = 1;
    job.memory_bytes = 64 << 20;
    pel_job_use(&job);
    read_file(&r.whole, &r);
    fail_each(&r, INJECT_MEMORY, ENOMEM, false);
    fail_each(&r, INJECT_MEMORY, ENOMEM, true);
    fail_each(&r, INJECT_READ, EIO, false);
    fail_each(&r, INJECT_READ, EIO, true);
    if (r.way != FROM_MEMORY) {
        fail_each(&r, INJECT_OPEN, EACCES, true);
        fail_each(&r, INJECT_STAT, EIO, false);
        short_reads(&r);
    }
    free_reading(&r.whole);
    pel_job_use(NULL);
    assert_int_equal(pel_memory_in_use(), 0);
}

// as a volume; or as a mesh, read and planned
static void fail_seed(const char *path, bool is_mesh)
{
    reference r = { .path = path, .params = pel_read_defaults() };
    r.way = is_mesh ? AS_MESH : AS_VOLUME;
    fail_everywhere(r);
    r.way = AS_PLAN;
    if (is_mesh)
        fail_everywhere(r);
}

static void fail_seeds(const corpus *kind, bool is_mesh, int *seeds)
{
    char place[512], from[1024], to[128];
    snprintf(place, sizeof place, "%s/%s", corpora, kind->name);
    DIR *open = opendir(place);
    assert_non_null(open);
    for (struct dirent *entry; (entry = readdir(open));) {
        if (*entry->d_name == '.')
            continue;
        snprintf(from, sizeof from, "%s/%.255s", place, entry->d_name);
        snprintf(to, sizeof to, "%s/x.%s", folder, kind->ending);
        copy(to, from);
        fail_seed(to, is_mesh);
        unlink(to);
        ++*seeds;
    }
    closedir(open);
}

static void every_seed_survives_every_failing_call(void **state)
{
    (void)state;
    int seeds = 0;
    for (size_t k = 0; k < sizeof volumes / sizeof *volumes; k++)
        fail_seeds(&volumes[k], false, &seeds);
    assert_true(seeds > 40);
}

static void every_seed_of_a_mesh_survives_every_failing_call(void **state)
{
    (void)state;
    int seeds = 0;
    for (size_t k = 0; k < sizeof meshes / sizeof *meshes; k++)
        fail_seeds(&meshes[k], true, &seeds);
    assert_true(seeds > 60);
}

// a list of points of more than there is room for at first, one that no mesh can have, and bytes
static void points_and_bytes_survive_every_failing_call(void **state)
{
    (void)state;
    static const char *const last[] = { "1 2 3", "1 2 1e999", "1 2" };
    for (int n = 0; n < 3; n++) {
        char path[128];
        snprintf(path, sizeof path, "%s/points.csv", folder);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        for (int i = 0; i < 500; i++)
            fprintf(file, "%d,0,0\n", i);
        fprintf(file, "%s\n", last[n]);
        fclose(file);
        fail_everywhere((reference){ .path = path, .way = AS_POINTS });
        unlink(path);
    }
    fail_everywhere((reference){ .path = "x.off", .way = FROM_MEMORY });
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
        reference r = { .path = place, .params = pel_read_defaults() };
        r.params.allow = cases[n].allow;
        r.params.slices = cases[n].slices;
        fail_everywhere(r);
        r.path = pattern;
        fail_everywhere(r);
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
    for (int n = 0; n < 4; n++) {
        char path[128];
        pel_volume v = { .dims = { 40, 30, 6 }, .channels = 1 + n / 2, .dtype = PEL_UINT16 };
        pel_write_params params = pel_write_defaults();
        v.data = numbers;
        params.tiff = n % 2 ? PEL_TIFF_NONE : PEL_TIFF_DEFLATE;
        snprintf(path, sizeof path, "%s/long.tif", folder);
        assert_ok(pel_write_volume(path, &v, NULL, &params));
        reference r = { .path = path, .params = pel_read_defaults() };
        fail_everywhere(r);
        r.params.slices = "::-2";
        fail_everywhere(r);
        unlink(path);
    }
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed_survives_every_failing_call),
        cmocka_unit_test(every_seed_of_a_mesh_survives_every_failing_call),
        cmocka_unit_test(points_and_bytes_survive_every_failing_call),
        cmocka_unit_test(every_series_survives_every_failing_call),
        cmocka_unit_test(stacks_of_some_length_survive_every_failing_call),
    };
    corpora = count > 1 ? words[1] : "fuzz/corpus";
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
