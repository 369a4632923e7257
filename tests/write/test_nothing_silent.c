/* SPDX-License-Identifier: Apache-2.0 */
/* test_nothing_silent.c: whatever is written comes back as it was, or is refused, or a note says
 * what was changed: every format, type, meaning, grid and scale. */
#include "check.h"

#include <unistd.h>

enum { NX = 7, NY = 5, NZ = 4, TYPES = PEL_DTYPE_COUNT };

static char folder[64], notes[4096];

/* what became of a volume */
enum { SAME = '=', NOTED = 'n', REFUSED = 'x', SILENT = '!' };

/* a format, and what becomes of each type (uint8 int8 uint16 int16 uint32 int32 uint64 int64
 * float32 float64), of each kind below and of each grid below */
static const struct {
    const char *name, *types, *kinds, *grids;
    int encoding, tiff;
} formats[] = {
    { "v.nii", "==========", "==n=n===n", "=======", 0, 0 },
    { "v.nii.gz", "==========", "==n=n===n", "=======", 0, 0 },
    { "v.hdr", "==========", "==n=n===n", "=======", 0, 0 },
    { "v.nrrd", "==========", "=======nn", "=======", PEL_ENCODING_GZIP, 0 },
    { "r.nrrd", "==========", "=======nn", "=======", PEL_ENCODING_RAW, 0 },
    { "v.nhdr", "==========", "=======nn", "=======", 0, 0 },
    { "v.mha", "==========", "==nn===nn", "=======", PEL_ENCODING_GZIP, 0 },
    { "v.mhd", "==========", "==nn===nn", "=======", PEL_ENCODING_RAW, 0 },
    { "v.mgh", "=nn=x=xx=n", "xxxxx==nn", "====nn=", 0, 0 },
    { "v.mgz", "=nn=x=xx=n", "xxxxx==nn", "====nn=", 0, 0 },
    { "v.npy", "nnnnnnnnnn", "nnnnnnnnn", "nnnnnn=", 0, 0 },
    { "v.tif", "==========", "===n===nn", "nnnn=n=", 0, PEL_TIFF_DEFLATE },
    { "r.tif", "==========", "===n===nn", "nnnn=n=", 0, PEL_TIFF_NONE },
    { "z.tif", "==========", "===n===nn", "nnnn=n=", 0, PEL_TIFF_ZSTD },
    { "t/s_%03d.tif", "==========", "===n=xxnn", "nnnn=n=", 0, 0 },
    { "p/s_%03d.png", "=x=xxxxxxx", "===xxxxxx", "nnnn=n=", 0, 0 },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const struct {
    pel_dtype dtype;
    int channels, frames;
    pel_meaning meaning;
    double slope;
} kinds[] = {
    { PEL_UINT8, 3, 1, PEL_RGB, 1 },       { PEL_UINT8, 4, 1, PEL_RGBA, 1 },
    { PEL_UINT16, 3, 1, PEL_RGB, 1 },      { PEL_FLOAT32, 2, 1, PEL_COMPLEX, 1 },
    { PEL_INT16, 2, 1, PEL_SCALAR, 1 },    { PEL_INT16, 1, 3, PEL_SCALAR, 1 },
    { PEL_FLOAT32, 1, 2, PEL_SCALAR, 1 },  { PEL_INT16, 1, 1, PEL_SCALAR, 0.25 },
    { PEL_INT32, 1, 1, PEL_SCALAR, -0.1 },
};
enum { KINDS = sizeof kinds / sizeof *kinds, GRIDS = 7 };

static void keep_note(void *user, const char *text)
{
    (void)user;
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof notes - used, "%s\n", text);
}

static int enter(void **state)
{
    static pel_job job;
    (void)state;
    // memory in place of a disk, where there is some: every file is brought to the disk
    snprintf(folder, sizeof folder, "/dev/shm/pel-silent-XXXXXX");
    if (!mkdtemp(folder)) {
        snprintf(folder, sizeof folder, "/tmp/pel-silent-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    assert_int_equal(chdir(folder), 0);
    job = pel_job_defaults();
    job.note = keep_note;
    pel_job_use(&job);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    pel_job_use(NULL);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") || system(command);
}

// aligned, axes swapped, turned, sheared, without sides, without unit, as slices lie
static void set_grid(pel_volume *v, int grid)
{
    static const pel_affine grids[] = {
        { { { 0.5, 0, 0, -11 }, { 0, 1.25, 0, 12 }, { 0, 0, 3, 13 }, { 0, 0, 0, 1 } } },
        { { { 0, 0, -3, 40 }, { 0.5, 0, 0, -30 }, { 0, -1.25, 0, 12 }, { 0, 0, 0, 1 } } },
        { { { 0.48, -0.35, 0, 5 }, { 0.14, 1.2, 0, -7 }, { 0, 0, 3, 9 }, { 0, 0, 0, 1 } } },
        { { { 0.5, 0, 0, -11 }, { 0, 1.25, 0.75, 12 }, { 0, 0, 3, 13 }, { 0, 0, 0, 1 } } },
        { { { 0.5, 0, 0, 0 }, { 0, 1.25, 0, 0 }, { 0, 0, 3, 0 }, { 0, 0, 0, 1 } } },
    };
    v->mm_from_ijk = grids[grid < 4 ? grid : grid == 5 ? 0 : 4];
    v->oriented = grid < 4 || grid == 5;
    v->unit_known = grid != 5 && grid != 6;
    if (grid == 6)
        v->mm_from_ijk = pel_affine_identity();
}

static void make_volume(pel_volume *out, pel_dtype dtype, int channels, int frames,
                        pel_meaning meaning)
{
    pel_volume like = {
        .dims = { NX, NY, NZ }, .channels = channels, .meaning = meaning, .frames = frames
    };
    assert_ok(pel_volume_like(out, &like, dtype));
    // every bit pattern but the exponents that make NaN
    uint8_t *bytes = out->data;
    int64_t count = pel_volume_bytes(out), item = pel_dtype_bytes(dtype);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i % item == item - 1 ? i % 61 : i * i * 31 + 7 * i);
}

static int64_t several(int64_t count)
{
    return count ? count : 1;
}

// of a grid without sides only the size of its voxels says something
static bool is_same_grid(const pel_volume *a, const pel_volume *b)
{
    pel_vec3 x = pel_volume_spacing_mm(a), y = pel_volume_spacing_mm(b);
    double most = fabs(x.x - y.x) + fabs(x.y - y.y) + fabs(x.z - y.z);
    for (int r = 0; r < 3 && a->oriented; r++)
        for (int c = 0; c < 4; c++)
            most = fmax(most, fabs(a->mm_from_ijk.m[r][c] - b->mm_from_ijk.m[r][c]));
    return a->oriented == b->oriented && a->unit_known == b->unit_known && most < 1e-5;
}

static bool is_same(const pel_volume *a, const pel_volume *b)
{
    return memcmp(a->dims, b->dims, sizeof a->dims) == 0 && a->dtype == b->dtype &&
           a->meaning == b->meaning && several(a->channels) == several(b->channels) &&
           several(a->frames) == several(b->frames) && a->slope == b->slope &&
           a->inter == b->inter && is_same_grid(a, b) &&
           memcmp(a->data, b->data, (size_t)pel_volume_bytes(a)) == 0;
}

static char becomes(const pel_volume *in, int format)
{
    pel_volume out;
    const char *name = formats[format].name;
    char path[64];
    pel_write_params params = pel_write_defaults();
    params.encoding = formats[format].encoding;
    params.tiff = formats[format].tiff;
    *notes = 0;
    pel_status s = pel_write_volume(name, in, NULL, &params);
    if (s != PEL_OK) {
        assert_int_equal(s, PEL_EUNSUPPORTED);
        assert_true(strlen(pel_error()) > 20);
        return REFUSED;
    }
    // slices are read as the folder that they are in
    snprintf(path, sizeof path, "%.*s", (int)strcspn(name, "/"), name);
    // what reading says of a file that holds all is no loss
    bool noted = *notes;
    assert_ok(pel_read_volume(&out, path, NULL));
    bool same = is_same(in, &out);
    pel_volume_free(&out);
    return same ? SAME : noted ? NOTED : SILENT;
}

static void check(int format, const char *what, const char *got, const char *want)
{
    if (strchr(got, SILENT) || strcmp(got, want) != 0)
        fail_msg("%s: %s become %s, wanted %s", formats[format].name, what, got, want);
}

// a grid that the format holds, so that it hides nothing
static int plain_grid(int format)
{
    return *formats[format].grids == SAME ? 0 : 4;
}

static void types_come_back_or_it_is_said(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        char got[TYPES + 1] = "";
        for (int t = 0; t < TYPES; t++) {
            pel_volume v;
            make_volume(&v, (pel_dtype)t, 1, 1, PEL_SCALAR);
            set_grid(&v, plain_grid(f));
            got[t] = becomes(&v, f);
            pel_volume_free(&v);
        }
        check(f, "types", got, formats[f].types);
    }
}

static void kinds_come_back_or_it_is_said(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        char got[KINDS + 1] = "";
        for (int k = 0; k < KINDS; k++) {
            pel_volume v;
            make_volume(&v, kinds[k].dtype, kinds[k].channels, kinds[k].frames, kinds[k].meaning);
            set_grid(&v, plain_grid(f));
            v.slope = kinds[k].slope;
            v.inter = kinds[k].slope == 1 ? 0 : 3;
            got[k] = becomes(&v, f);
            pel_volume_free(&v);
        }
        check(f, "kinds", got, formats[f].kinds);
    }
}

static void grids_come_back_or_it_is_said(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        char got[GRIDS + 1] = "";
        for (int g = 0; g < GRIDS; g++) {
            pel_volume v;
            make_volume(&v, PEL_UINT8, 1, 1, PEL_SCALAR);
            set_grid(&v, g);
            got[g] = becomes(&v, f);
            pel_volume_free(&v);
        }
        check(f, "grids", got, formats[f].grids);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_come_back_or_it_is_said),
        cmocka_unit_test(kinds_come_back_or_it_is_said),
        cmocka_unit_test(grids_come_back_or_it_is_said),
    };
    return cmocka_run_group_tests_name("write/nothing_silent", tests, enter, leave);
}
