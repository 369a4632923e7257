/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <unistd.h>

static char folder[] = "/tmp/pellucid_input_XXXXXX";
static char said[2048];

static void keep_note(void *user, const char *text)
{
    (void)user;
    snprintf(said, sizeof said, "%s", text);
}

static char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    char *to = path[next++ % 4];
    snprintf(to, 128, "%s/%s", folder, name);
    return to;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

// params from "name=value" words, ended by NULL
static pel_input_params options(const char *const *words)
{
    pel_input_params p = pel_input_defaults();
    for (; *words; words++) {
        static char name[32];
        const char *equals = strchr(*words, '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - *words), *words);
        assert_ok(pel_schema_set(&pel_input_schema, &p, name, equals + 1));
    }
    return p;
}

#define OPTIONS(...) options((const char *const[]){ __VA_ARGS__, NULL })

static pel_volume read_as(const char *path, pel_input_params p, bool all)
{
    pel_volume v;
    pel_job job = pel_job_defaults();
    job.note = keep_note;
    *said = 0;
    pel_job *before = pel_job_use(&job);
    assert_ok(pel_input_read(&v, path, &p, all));
    pel_job_use(before);
    return v;
}

static pel_status status_of(const char *path, pel_input_params p)
{
    pel_volume v;
    pel_status s = pel_input_read(&v, path, &p, false);
    pel_volume_free(&v);
    return s;
}

/* 5x4x3 voxels, two frames, stored numbers counting up; written as NIfTI */
static const char *counting_file(const char *name, int channels, pel_dtype dtype, bool oriented)
{
    const char *path = in_folder(name);
    int64_t count = 5 * 4 * 3 * 2 * channels;
    uint8_t bytes[360];
    float floats[360];
    for (int n = 0; n < 360; n++) {
        bytes[n] = (uint8_t)(n % 251);
        floats[n] = (float)n;
    }
    assert_true(count <= 360);
    pel_volume v = {
        .dims = { 5, 4, 3 },
        .frames = 2,
        .channels = channels,
        .meaning = channels == 3   ? PEL_RGB
                   : channels == 2 ? PEL_COMPLEX
                                   : PEL_SCALAR,
        .dtype = dtype,
        .mm_from_ijk = { { { 0, 0, 3, -1 }, { -1, 0, 0, 5 }, { 0, 2, 0, 7 }, { 0, 0, 0, 1 } } },
        .oriented = oriented,
        .unit_known = true,
        .data = dtype == PEL_UINT8 ? (void *)bytes : (void *)floats,
    };
    assert_ok(pel_write_volume(path, &v, NULL, NULL));
    return path;
}

static void options_act_in_their_own_order(void **state)
{
    (void)state;
    const char *path = counting_file("order.nii.gz", 1, PEL_UINT8, true);
    pel_volume a = read_as(path,
                           OPTIONS("frame=1", "spacing=1,2,3", "orient=RAS", "tone=add 1; mul 2",
                                   "resize=3,5,4", "crop=::-1,1:"),
                           false);
    pel_volume b = read_as(path,
                           OPTIONS("crop=::-1,1:", "resize=3,5,4", "tone=add 1; mul 2",
                                   "orient=RAS", "spacing=1,2,3", "frame=1"),
                           false);
    assert_int_equal(a.dims[1], 4);
    assert_memory_equal(a.data, b.data, (size_t)pel_volume_bytes(&a));
    assert_memory_equal(&a.mm_from_ijk, &b.mm_from_ijk, sizeof a.mm_from_ijk);

    // the same by hand, in the order that is promised
    pel_volume step[5];
    pel_input_params frame = OPTIONS("frame=1", "spacing=1,2,3");
    step[0] = read_as(path, frame, false);
    pel_numbers voxels = { 3, { 3, 5, 4 } };
    assert_ok(pel_orient(&step[1], &step[0], "RAS"));
    assert_ok(pel_tone(&step[2], &step[1], "add 1; mul 2"));
    assert_ok(pel_resize(&step[3], &step[2], &voxels));
    assert_ok(pel_crop(&step[4], &step[3], "::-1,1:"));
    assert_memory_equal(a.data, step[4].data, (size_t)pel_volume_bytes(&a));
    for (int n = 0; n < 5; n++)
        pel_volume_free(&step[n]);
    pel_volume_free(&a);
    pel_volume_free(&b);
    assert_int_equal(pel_memory_in_use(), 0);
}

// a crop that streams gives what a crop in memory gives, and the hash of the whole file
static void streaming_equals_memory_and_hashes_the_whole_file(void **state)
{
    (void)state;
    static const char *const crops[] = { "1:4,::-1,1:", ":,2,:", "::2,1:3,2", "4,3,::2" };
    static const char *const names[] = { "stream.nii.gz", "stream.nii" };
    for (int file = 0; file < 2; file++) {
        const char *path = counting_file(names[file], 1, PEL_UINT8, true);
        pel_input_params none = pel_input_defaults();
        pel_volume whole = read_as(path, none, true);
        assert_int_equal(strlen(whole.fields.hash), 32);
        for (int n = 0; n < 4; n++) {
            pel_input_params p = pel_input_defaults();
            pel_volume want, got = { 0 };
            pel_source source;
            p.crop = crops[n];
            assert_ok(pel_crop(&want, &whole, crops[n]));
            assert_ok(pel_input_open(&source, path, &p));
            assert_ok(pel_source_read(&got, &source));
            assert_int_equal(got.frames, 2);
            assert_memory_equal(got.dims, want.dims, sizeof got.dims);
            assert_memory_equal(got.data, want.data, (size_t)pel_volume_bytes(&want));
            assert_memory_equal(&got.mm_from_ijk, &want.mm_from_ijk, sizeof got.mm_from_ijk);
            assert_string_equal(got.fields.hash, whole.fields.hash);
            pel_source_close(&source);
            pel_volume_free(&want);
            pel_volume_free(&got);
        }
        pel_volume frame = read_as(path, OPTIONS("frame=1", "tone=normalize"), false);
        assert_string_equal(frame.fields.hash, whole.fields.hash);
        pel_volume_free(&frame);
        pel_volume_free(&whole);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

// the same for a grid that shrinks or grows while its file is read
static void resizing_streams_and_hashes_the_whole_file(void **state)
{
    (void)state;
    static const double to[][3] = { { 2, 2, 1 }, { 3, 9, 5 }, { 5, 4, 2 } };
    static const char *const names[] = { "resize.nii.gz", "resize.nii" };
    for (int file = 0; file < 2; file++) {
        const char *path = counting_file(names[file], 1, PEL_UINT8, true);
        pel_volume whole = read_as(path, pel_input_defaults(), true);
        for (int n = 0; n < 3; n++) {
            pel_input_params p = pel_input_defaults();
            pel_volume want, got = { 0 };
            pel_source source;
            pel_input_cost cost;
            p.resize = (pel_numbers){ 3, { to[n][0], to[n][1], to[n][2] } };
            assert_ok(pel_resize(&want, &whole, &p.resize));
            assert_ok(pel_input_plan(&cost, path, &p, true));
            assert_false(cost.in_memory);
            pel_volume_free(&cost.shape);
            assert_ok(pel_input_open(&source, path, &p));
            assert_int_equal(cost.buffer_bytes, source.buffer_bytes);
            assert_ok(pel_source_read(&got, &source));
            assert_memory_equal(got.data, want.data, (size_t)pel_volume_bytes(&want));
            assert_string_equal(got.fields.hash, whole.fields.hash);
            pel_source_close(&source);
            pel_volume_free(&want);
            pel_volume_free(&got);
        }
        pel_volume_free(&whole);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void backwards_slices_of_a_stream_are_read_all_the_same(void **state)
{
    (void)state;
    const char *path = counting_file("back.nii.gz", 1, PEL_UINT8, true);
    pel_volume v = read_as(path, OPTIONS("crop=:,:,::-1"), true);
    for (int f = 0; f < 2; f++)
        for (int k = 0; k < 3; k++)
            for (int n = 0; n < 20; n++)
                assert_int_equal(((uint8_t *)v.data)[(f * 3 + k) * 20 + n],
                                 (f * 3 + 2 - k) * 20 + n);
    pel_volume_free(&v);
}

static void one_frame_is_chosen_with_a_note(void **state)
{
    (void)state;
    const char *path = counting_file("frames.nii", 1, PEL_UINT8, true);
    pel_volume first = read_as(path, pel_input_defaults(), false);
    assert_non_null(strstr(said, "--frame"));
    pel_volume second = read_as(path, OPTIONS("frame=1"), false);
    assert_string_equal(said, "");
    assert_int_equal(((uint8_t *)first.data)[0], 0);
    assert_int_equal(((uint8_t *)second.data)[0], 60);
    assert_int_equal(second.frames, 1);
    assert_int_equal(second.fields.axes, 3);
    assert_int_equal(status_of(path, OPTIONS("frame=2")), PEL_EDATA);
    assert_error_says("2 frames");
    assert_error_says("frames.nii");
    pel_volume_free(&first);
    pel_volume_free(&second);
}

static void colours_become_luminance_and_channels_can_be_chosen(void **state)
{
    (void)state;
    const char *path = counting_file("rgb.nii.gz", 3, PEL_UINT8, true);
    pel_volume grey = read_as(path, pel_input_defaults(), false);
    assert_non_null(strstr(said, "luminance"));
    assert_int_equal(grey.dtype, PEL_FLOAT32);
    assert_int_equal(grey.channels, 1);
    assert_near(((float *)grey.data)[7], 0.2126 * 21 + 0.7152 * 22 + 0.0722 * 23, 1e-5);
    pel_volume green = read_as(path, OPTIONS("channel=1", "frame=0"), false);
    assert_int_equal(green.dtype, PEL_UINT8);
    assert_int_equal(((uint8_t *)green.data)[7], 22);
    pel_volume whole = read_as(path, pel_input_defaults(), true);
    assert_int_equal(whole.channels, 3);
    assert_int_equal(status_of(path, OPTIONS("channel=3")), PEL_EDATA);
    pel_volume_free(&grey);
    pel_volume_free(&green);
    pel_volume_free(&whole);
}

static void complex_numbers_become_magnitudes(void **state)
{
    (void)state;
    const char *path = counting_file("complex.nii", 2, PEL_FLOAT32, true);
    pel_volume v = read_as(path, pel_input_defaults(), false);
    assert_near(((float *)v.data)[5], sqrt(10 * 10 + 11 * 11), 1e-5);
    assert_non_null(strstr(said, "magnitude"));
    pel_volume_free(&v);
}

static void spacing_wins_over_the_file_and_says_so(void **state)
{
    (void)state;
    const char *path = counting_file("spacing.nii", 1, PEL_UINT8, true);
    pel_volume v = read_as(path, OPTIONS("spacing=0.5,0.25,4", "frame=0"), false);
    pel_vec3 mm = pel_volume_spacing_mm(&v), at = pel_affine_point(v.mm_from_ijk, (pel_vec3){ 0 });
    assert_non_null(strstr(said, "--spacing 0.5x0.25x4"));
    assert_near(mm.x, 0.5, 1e-12);
    assert_near(mm.y, 0.25, 1e-12);
    assert_near(mm.z, 4, 1e-12);
    assert_near(at.y, 5, 0);
    pel_volume_free(&v);
    assert_int_equal(status_of(path, OPTIONS("spacing=1,2")), PEL_EPARAM);
}

static void assume_declares_what_nobody_knew_and_contradicts_no_file(void **state)
{
    (void)state;
    const char *unknown = counting_file("unknown.nii", 1, PEL_UINT8, false);
    const char *known = counting_file("known.nii", 1, PEL_UINT8, true);
    char is[8];
    assert_int_equal(status_of(unknown, OPTIONS("orient=RAS")), PEL_EDATA);
    assert_error_says("--assume");
    pel_volume v = read_as(unknown, OPTIONS("assume=PSL", "frame=0"), false);
    pel_volume_orientation(&v, is);
    assert_string_equal(is, "PSL");
    pel_volume_free(&v);
    v = read_as(unknown, OPTIONS("assume=PSL", "orient=RAS", "frame=0"), false);
    // i was P, j was S, k was L: voxel (0,0,0) is now at the right, the front, the bottom
    assert_int_equal(v.dims[0], 3);
    assert_int_equal(v.dims[1], 5);
    assert_int_equal(v.dims[2], 4);
    assert_near(pel_volume_at(&v, 2, 4, 0), 0, 0);
    assert_near(pel_volume_at(&v, 2, 3, 0), 1, 0);
    assert_near(pel_volume_at(&v, 2, 4, 1), 5, 0);
    assert_near(pel_volume_at(&v, 1, 4, 0), 20, 0);
    pel_volume_free(&v);
    v = read_as(known, OPTIONS("assume=PSR", "frame=0"), false);
    pel_volume_free(&v);
    assert_int_equal(status_of(known, OPTIONS("assume=LAS")), PEL_EDATA);
    assert_error_says("--orient LAS");
}

static void a_mask_is_a_file_and_may_be_a_phantom(void **state)
{
    (void)state;
    pel_volume v =
        read_as("phantom:slab?thickness=1000&dims=12",
                OPTIONS("mask=phantom:sphere?dims=12&radius=3&softness=0", "orient=LPS"), false);
    assert_near(pel_volume_at(&v, 5, 5, 5), 100, 0);
    assert_true(isnan(pel_volume_at(&v, 0, 5, 5)));
    pel_volume_free(&v);
    assert_int_equal(status_of("phantom:sphere?dims=4", OPTIONS("mask=none.nii")), PEL_EIO);
}

static void what_is_wrong_in_words_is_said_before_reading(void **state)
{
    (void)state;
    assert_int_equal(status_of("none.nii", OPTIONS("tone=normalise")), PEL_EPARAM);
    assert_error_says("normalise");
    assert_int_equal(status_of("phantom:sphere", OPTIONS("crop=5:5")), PEL_EDATA);
    assert_error_says("phantom:sphere: --crop");
    assert_int_equal(pel_memory_in_use(), 0);
}

// the plan bounds what is really held, and by no more than a tenth
static void the_plan_is_what_is_held(void **state)
{
    (void)state;
    const char *path = "phantom:sphere?dims=40&dtype=uint8";
    const char *const cases[][3] = {
        { "frame=0", NULL },       { "tone=normalize", NULL }, { "resize=20", NULL },
        { "orient=SAL", NULL },    { "crop=::2", NULL },       { "tone=seed", "resize=10", NULL },
        { "crop=:,:,::-1", NULL },
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        pel_input_params p = options(cases[n]);
        pel_input_cost cost;
        assert_ok(pel_input_plan(&cost, path, &p, false));
        assert_int_equal(pel_memory_in_use(), 0);
        pel_volume v = read_as(path, p, false);
        assert_memory_equal(v.dims, cost.shape.dims, sizeof v.dims);
        assert_int_equal(v.dtype, cost.shape.dtype);
        assert_memory_equal(&v.mm_from_ijk, &cost.shape.mm_from_ijk, sizeof v.mm_from_ijk);
        pel_volume_free(&v);
        pel_volume_free(&cost.shape);

        // the library counts what it holds: a limit of a tenth more than planned is enough
        pel_job job = pel_job_defaults();
        job.memory_bytes = cost.memory_bytes + cost.memory_bytes / 10 + 4096;
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_input_read(&v, path, &p, false));
        pel_job_use(before);
        pel_volume_free(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_act_in_their_own_order),
        cmocka_unit_test(streaming_equals_memory_and_hashes_the_whole_file),
        cmocka_unit_test(resizing_streams_and_hashes_the_whole_file),
        cmocka_unit_test(backwards_slices_of_a_stream_are_read_all_the_same),
        cmocka_unit_test(one_frame_is_chosen_with_a_note),
        cmocka_unit_test(colours_become_luminance_and_channels_can_be_chosen),
        cmocka_unit_test(complex_numbers_become_magnitudes),
        cmocka_unit_test(spacing_wins_over_the_file_and_says_so),
        cmocka_unit_test(assume_declares_what_nobody_knew_and_contradicts_no_file),
        cmocka_unit_test(a_mask_is_a_file_and_may_be_a_phantom),
        cmocka_unit_test(what_is_wrong_in_words_is_said_before_reading),
        cmocka_unit_test(the_plan_is_what_is_held),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
