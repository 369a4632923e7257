/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c: NRRD, MetaImage and MGH: read(write(x)) = x, and what they cannot hold is said. */
#include "check.h"

#include <unistd.h>

#include <zlib.h>

#include "base/outfile.h"
#include "write/packed.h"

enum { NX = 7, NY = 5, NZ = 4 };

static char folder[64], notes[4096];

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-text-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static void listen(void *user, const char *text)
{
    (void)user;
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%s\n", text);
}

static pel_volume make(pel_dtype dtype, int channels, pel_meaning meaning, int64_t frames)
{
    pel_volume v, like = {
        .dims = { NX, NY, NZ }, .channels = channels, .meaning = meaning, .frames = frames
    };
    assert_ok(pel_volume_like(&v, &like, dtype));
    // every bit pattern but the exponents that make NaN
    uint8_t *bytes = v.data;
    int64_t count = pel_volume_bytes(&v), item = pel_dtype_bytes(dtype);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i % item == item - 1 ? i % 61 : i * i * 31 + 7 * i);
    v.oriented = v.unit_known = true;
    v.mm_from_ijk = (pel_affine){
        { { -0.5, 0, 0, 40 }, { 0, 0, 1.25, -30 }, { 0, 2, 0, 12.3 }, { 0, 0, 0, 1 } }
    };
    return v;
}

static pel_status write_as(const pel_volume *v, const char *name, const char *provenance,
                           int encoding)
{
    pel_job job = pel_job_defaults();
    job.note = listen;
    *notes = 0;
    pel_job *before = pel_job_use(&job);
    pel_write_params params = pel_write_defaults();
    params.encoding = encoding;
    pel_status s = pel_write_volume(name, v, provenance, &params);
    pel_job_use(before);
    return s;
}

static pel_volume back(const pel_volume *v, const char *name, int encoding)
{
    pel_volume out;
    assert_ok(write_as(v, name, NULL, encoding));
    assert_ok(pel_read_volume(&out, name, NULL));
    return out;
}

static void assert_same(const pel_volume *a, const pel_volume *b, double most)
{
    assert_memory_equal(a->dims, b->dims, sizeof a->dims);
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->meaning, b->meaning);
    assert_int_equal(a->channels ? a->channels : 1, b->channels ? b->channels : 1);
    assert_int_equal(a->frames ? a->frames : 1, b->frames ? b->frames : 1);
    assert_memory_equal(a->data, b->data, (size_t)pel_volume_bytes(a));
    assert_int_equal(a->oriented, b->oriented);
    assert_int_equal(a->unit_known, b->unit_known);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(a->mm_from_ijk.m[r][c], b->mm_from_ijk.m[r][c], most);
}

static const char *const names[] = { "v.nrrd", "v.nhdr", "v.mha", "v.mhd", "v.mgh", "v.mgz" };

static bool holds(const char *name, pel_dtype dtype)
{
    return !strstr(name, ".mg") || dtype == PEL_UINT8 || dtype == PEL_INT16 || dtype == PEL_INT32 ||
           dtype == PEL_FLOAT32;
}

static void every_type_comes_back(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++)
        for (int t = 0; t < PEL_DTYPE_COUNT * 4; t++) {
            if (!holds(names[n], (pel_dtype)(t / 4)))
                continue;
            pel_volume in = make((pel_dtype)(t / 4), 1, PEL_SCALAR, 1 + 2 * (t & 1));
            pel_volume out = back(&in, names[n], t >> 1 & 1);
            assert_same(&in, &out, n < 4 ? 0 : 1e-6);
            assert_string_equal(notes, "");
            pel_volume_free(&in);
            pel_volume_free(&out);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_meaning_comes_back(void **state)
{
    (void)state;
    static const struct {
        pel_dtype dtype;
        int channels;
        pel_meaning meaning;
    } cases[] = { { PEL_UINT8, 3, PEL_RGB },
                  { PEL_UINT8, 4, PEL_RGBA },
                  { PEL_FLOAT32, 2, PEL_COMPLEX },
                  { PEL_FLOAT64, 2, PEL_COMPLEX },
                  { PEL_INT16, 6, PEL_SCALAR } };
    for (int n = 0; n < 4; n++)
        for (int c = 0; c < 5; c++) {
            pel_volume in = make(cases[c].dtype, cases[c].channels, cases[c].meaning, 2);
            pel_volume out = back(&in, names[n], PEL_ENCODING_GZIP);
            bool told = n < 2 || cases[c].meaning != PEL_COMPLEX;
            if (!told) {
                assert_non_null(strstr(notes, "complex"));
                assert_int_equal(out.meaning, PEL_SCALAR);
                out.meaning = PEL_COMPLEX;
            }
            assert_same(&in, &out, 0);
            pel_volume_free(&in);
            pel_volume_free(&out);
        }
}

static void every_grid_comes_back(void **state)
{
    (void)state;
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const double spacing[3] = { 0.7, 1.25, 3 };
    pel_affine turn = {
        { { 0.96, -0.28, 0, 5 }, { 0.28, 0.96, 0, -7 }, { 0, 0, 1, 9 }, { 0, 0, 0, 1 } }
    };
    pel_volume in = make(PEL_UINT8, 1, PEL_SCALAR, 1);
    for (int n = 0; n < 6; n++)
        for (int g = 0; g < 192; g++) {
            pel_affine a = {
                { { 0, 0, 0, -11.1 }, { 0, 0, 0, 12.7 }, { 0, 0, 0, 13 }, { 0, 0, 0, 1 } }
            };
            for (int c = 0; c < 3; c++)
                a.m[order[g / 8 % 6][c]][c] = (g >> c & 1 ? -1 : 1) * spacing[c];
            bool oblique = g / 48 % 2;
            in.mm_from_ijk = oblique ? pel_affine_multiply(turn, a) : a;
            in.oriented = g < 96;
            // MGH that is not oriented has no grid, and is never in doubt about its unit
            if (n >= 4 && !in.oriented)
                continue;
            in.unit_known = n >= 4 || g % 5 != 0;
            pel_volume out = back(&in, names[n], PEL_ENCODING_RAW);
            // NRRD is exact; MetaImage splits spacing from direction; MGH is float32
            assert_same(&in, &out, n < 2 ? 0 : n < 4 ? (oblique ? 1e-15 : 0) : 3e-6);
            pel_volume_free(&out);
        }
    pel_volume_free(&in);
}

static void frames_along_several_axes_come_back(void **state)
{
    (void)state;
    pel_volume in = make(PEL_INT16, 1, PEL_SCALAR, 6);
    in.fields.extra_dims[0] = 3;
    in.fields.extra_dims[1] = 2;
    in.fields.step[0] = 2.5;
    in.fields.step[1] = 4;
    in.fields.step_offset = 1.5;
    in.fields.time_unit = 8;
    snprintf(in.fields.description, sizeof in.fields.description, "a brain \\ at rest");
    for (int n = 0; n < 6; n++) {
        pel_volume out = back(&in, names[n], PEL_ENCODING_GZIP);
        assert_same(&in, &out, n < 4 ? 0 : 1e-6);
        if (n >= 4) {
            assert_near(out.fields.step[0], 2500, 0);
            assert_int_equal(out.fields.time_unit, 16);
            assert_non_null(strstr(notes, "one axis of frames"));
            assert_non_null(strstr(notes, "description"));
        } else {
            assert_int_equal(out.fields.extra_dims[0], 3);
            assert_int_equal(out.fields.extra_dims[1], 2);
            assert_near(out.fields.step[0], 2.5, 0);
            assert_near(out.fields.step[1], 4, 0);
            assert_near(out.fields.step_offset, 1.5, 0);
            assert_int_equal(out.fields.time_unit, n < 2 ? 8 : 0);
            assert_int_equal(strstr(notes, "unit of time") != NULL, n >= 2);
        }
        if (n >= 2 && n < 4)
            assert_string_equal(out.fields.description, in.fields.description);
        pel_volume_free(&out);
    }
    pel_volume_free(&in);
}

static void provenance_and_comments_come_back(void **state)
{
    (void)state;
    static const char json[] = "{\"pellucid\":\"0\",\"x\":\"a\\\"b\\\\n\"}";
    static uint8_t keys[] = "gradient:=1 0 0\nb:=1000\n", words[] = "two\nlines: of \\ text";
    pel_extension extensions[] = { { 6, sizeof keys - 1, keys },
                                   { 6, sizeof words, words },
                                   { 4, 5, keys } };
    pel_volume in = make(PEL_UINT8, 1, PEL_SCALAR, 1), out;
    in.fields.extensions = extensions;
    in.fields.extension_count = 3;
    for (int n = 0; n < 4; n++) {
        assert_ok(write_as(&in, names[n], json, n & 1));
        assert_non_null(strstr(notes, "left out"));
        assert_ok(pel_read_volume(&out, names[n], NULL));
        assert_int_equal(out.fields.extension_count, n < 2 ? 2 : 1);
        assert_int_equal(out.fields.extensions[0].size, sizeof json - 1);
        assert_memory_equal(out.fields.extensions[0].bytes, json, sizeof json - 1);
        static const char both[] = "gradient:=1 0 0\nb:=1000\ncomment:=two\\nlines: of \\\\ text\n";
        if (n < 2) {
            assert_int_equal(out.fields.extensions[1].size, sizeof both - 1);
            assert_memory_equal(out.fields.extensions[1].bytes, both, sizeof both - 1);
        }
        pel_volume_free(&out);
    }
    in.fields.extensions = NULL;
    in.fields.extension_count = 0;
    pel_volume_free(&in);
}

// header text cannot be smuggled in through a comment
static void a_comment_is_no_field(void **state)
{
    (void)state;
    static uint8_t evil[] = "a:=b\n\nrest", field[] = "sizes: 1:=1", own[] = "pellucid:=x";
    pel_extension extensions[] = { { 6, sizeof evil - 1, evil },
                                   { 6, sizeof field - 1, field },
                                   { 6, sizeof own - 1, own } };
    pel_volume in = make(PEL_UINT8, 1, PEL_SCALAR, 1);
    in.fields.extensions = extensions;
    in.fields.extension_count = 3;
    pel_volume out = back(&in, "v.nrrd", PEL_ENCODING_RAW);
    assert_same(&in, &out, 0);
    pel_volume_free(&out);
    in.fields.extensions = NULL;
    in.fields.extension_count = 0;
    pel_volume_free(&in);
}

static void a_scale_is_applied_and_said(void **state)
{
    (void)state;
    for (int n = 0; n < 6; n++) {
        pel_volume in = make(PEL_INT16, 1, PEL_SCALAR, 1);
        in.slope = 0.5;
        in.inter = -3;
        pel_volume out = back(&in, names[n], PEL_ENCODING_GZIP);
        assert_int_equal(out.dtype, PEL_FLOAT32);
        assert_near(pel_volume_at(&out, 3, 2, 1), pel_volume_at(&in, 3, 2, 1), 0);
        assert_non_null(strstr(notes, "scale"));
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static void mgh_converts_or_refuses_what_it_has_no_type_for(void **state)
{
    (void)state;
    static const struct {
        pel_dtype from, to;
        bool can;
    } cases[] = { { PEL_INT8, PEL_INT16, true },      { PEL_UINT16, PEL_INT32, true },
                  { PEL_FLOAT64, PEL_FLOAT32, true }, { PEL_UINT32, PEL_INT32, false },
                  { PEL_INT64, PEL_INT32, false },    { PEL_UINT64, PEL_INT32, false } };
    for (int c = 0; c < 6; c++) {
        pel_volume in = make(cases[c].from, 1, PEL_SCALAR, 1), out;
        pel_status s = write_as(&in, "v.mgz", NULL, 0);
        assert_int_equal(s, cases[c].can ? PEL_OK : PEL_EUNSUPPORTED);
        if (cases[c].can) {
            assert_ok(pel_read_volume(&out, "v.mgz", NULL));
            assert_int_equal(out.dtype, cases[c].to);
            assert_non_null(strstr(notes, pel_dtype_name(cases[c].from)));
            for (int i = 0; i < NX; i++)
                assert_near(pel_volume_at(&out, i, 2, 1), (float)pel_volume_at(&in, i, 2, 1), 0);
            pel_volume_free(&out);
        } else
            assert_error_says("--dtype");
        pel_volume_free(&in);
    }
    pel_volume in = make(PEL_UINT8, 3, PEL_RGB, 1);
    assert_int_equal(write_as(&in, "v.mgz", NULL, 0), PEL_EUNSUPPORTED);
    assert_error_says("--channel");
    pel_volume_free(&in);
}

static void one_stream_is_packed_alike_by_any_number_of_threads(void **state)
{
    (void)state;
    enum { SIZE = 9 << 20 };
    uint8_t *bytes = malloc(SIZE), *first = malloc(SIZE), *again = malloc(SIZE),
            *plain = malloc(SIZE);
    assert_true(bytes && first && again && plain);
    for (uint32_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)((i * 2654435761u >> 28) + (i >> 12));
    for (int gzip = 0; gzip < 2; gzip++) {
        int64_t size[2];
        for (int run = 0; run < 2; run++) {
            pel_job job = pel_job_defaults();
            job.threads = run ? 5 : 1;
            pel_job *before = pel_job_use(&job);
            pel__outfile file;
            pel__packed packed;
            assert_ok(pel__outfile_open(&file, "packed"));
            assert_ok(pel__packed_open(&packed, &file, gzip, 6, SIZE));
            for (int64_t at = 0, part = run ? 123457 : SIZE; at < SIZE; at += part)
                assert_ok(
                    pel__packed_write(&packed, bytes + at, at + part < SIZE ? part : SIZE - at));
            assert_ok(pel__packed_end(&packed));
            assert_ok(pel__outfile_commit(&file));
            pel__packed_close(&packed);
            pel__outfile_close(&file);
            pel_job_use(before);
            FILE *in = fopen("packed", "rb");
            assert_non_null(in);
            size[run] = (int64_t)fread(run ? again : first, 1, SIZE, in);
            fclose(in);
        }
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(first, again, (size_t)size[0]);
        // zlib's own decoder checks the checksum and ends at the last byte
        z_stream z = {
            .next_in = first, .avail_in = (uInt)size[0], .next_out = plain, .avail_out = SIZE
        };
        assert_int_equal(inflateInit2(&z, gzip ? 31 : 15), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.avail_in, 0);
        assert_int_equal(z.avail_out, 0);
        inflateEnd(&z);
        assert_memory_equal(plain, bytes, SIZE);
    }
    free(bytes);
    free(first);
    free(again);
    free(plain);
}

static void a_pipe_gets_no_packed_metaimage(void **state)
{
    (void)state;
    pel_volume in = make(PEL_UINT8, 1, PEL_SCALAR, 1);
    assert_int_equal(symlink("/dev/null", "pipe.mha"), 0);
    assert_int_equal(write_as(&in, "pipe.mha", NULL, PEL_ENCODING_GZIP), PEL_EUNSUPPORTED);
    assert_error_says("--encoding raw");
    assert_ok(write_as(&in, "pipe.mha", NULL, PEL_ENCODING_RAW));
    pel_volume_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back),
        cmocka_unit_test(every_meaning_comes_back),
        cmocka_unit_test(every_grid_comes_back),
        cmocka_unit_test(frames_along_several_axes_come_back),
        cmocka_unit_test(provenance_and_comments_come_back),
        cmocka_unit_test(a_comment_is_no_field),
        cmocka_unit_test(a_scale_is_applied_and_said),
        cmocka_unit_test(mgh_converts_or_refuses_what_it_has_no_type_for),
        cmocka_unit_test(one_stream_is_packed_alike_by_any_number_of_threads),
        cmocka_unit_test(a_pipe_gets_no_packed_metaimage),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
