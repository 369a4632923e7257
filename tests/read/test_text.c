/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c: NRRD, MetaImage and MGH: what a header says, and what is refused. */
#include "check.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[64], notes[4096];

static void listen(void *user, const char *text)
{
    (void)user;
    snprintf(notes + strlen(notes), sizeof notes - strlen(notes), "%s\n", text);
}

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-text-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 && mkdir("in", 0777) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char line[128];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static void put(const char *name, const char *text, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// the voxels of every file here
static const uint8_t voxels[24] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 };

static pel_status read_file(pel_volume *out, const char *name)
{
    pel_job job = pel_job_defaults();
    job.note = listen;
    job.memory_bytes = 64 << 20;
    *notes = 0;
    pel_job *before = pel_job_use(&job);
    pel_status s = pel_read_volume(out, name, NULL);
    pel_job_use(before);
    return s;
}

static pel_volume read_bytes(const char *name, const char *head)
{
    pel_volume v;
    put(name, head, voxels, sizeof voxels);
    assert_ok(read_file(&v, name));
    return v;
}

static pel_volume read_nrrd(const char *fields)
{
    char head[2048];
    snprintf(head, sizeof head, "NRRD0004\ntype: uint8\n%s\n\n", fields);
    return read_bytes("x.nrrd", head);
}

static void refuse(const char *name, const char *head, pel_status why, const char *says)
{
    pel_volume v;
    put(name, head, voxels, sizeof voxels);
    pel_status s = read_file(&v, name);
    if (s != why)
        fail_msg("'%s' gave status %d: %s", head, s, pel_error());
    assert_error_says(says);
    assert_error_says(name);
    assert_null(v.data);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void refuse_nrrd(const char *fields, pel_status why, const char *says)
{
    char head[2048];
    snprintf(head, sizeof head, "NRRD0004\n%s\n\n", fields);
    refuse("x.nrrd", head, why, says);
}

#define BASIC "dimension: 3\nsizes: 4 3 2\nencoding: raw\n"

static void nrrd_of_spacings_alone_has_no_known_side(void **state)
{
    (void)state;
    pel_volume v = read_nrrd(BASIC "spacings: 0.5 -2 nan\nunits: \"mm\" \"mm\" \"mm\"");
    pel_vec3 mm = pel_volume_spacing_mm(&v);
    assert_near(mm.x, 0.5, 0);
    assert_near(mm.y, 2, 0);
    assert_near(mm.z, 1, 0);
    assert_false(v.oriented);
    assert_false(v.unit_known);
    assert_memory_equal(v.data, voxels, 24);
    pel_volume_free(&v);
}

static void spacing_comes_from_axis_ends_by_centering(void **state)
{
    (void)state;
    pel_volume v = read_nrrd(BASIC "axis mins: 0 0 0\naxis maxs: 8 8 8\ncenterings: cell node ???");
    pel_vec3 mm = pel_volume_spacing_mm(&v);
    assert_near(mm.x, 2, 0);
    assert_near(mm.y, 4, 0);
    assert_near(mm.z, 4, 0);
    pel_volume_free(&v);
}

static void nrrd_units_of_space_become_millimetres(void **state)
{
    (void)state;
    pel_volume v = read_nrrd(BASIC "space: LPS\nspace directions: (5,0,0) (0,5,0) (0,0,5)\n"
                                   "space origin: (1000,0,0)\n"
                                   "space units: \"um\" \"um\" \"um\"");
    assert_near(v.mm_from_ijk.m[0][0], -0.005, 1e-17);
    assert_near(v.mm_from_ijk.m[0][3], -1, 0);
    assert_true(v.oriented && v.unit_known);
    assert_non_null(strstr(notes, "um"));
    pel_volume_free(&v);
}

static void nrrd_keeps_keys_frames_and_content(void **state)
{
    (void)state;
    pel_volume v = read_nrrd("dimension: 4\nsizes: 2 3 2 2\nkinds: space space space time\n"
                             "units: \"\" \"\" \"\" \"s\"\nspacings: 1 1 1 2.5\nencoding: raw\n"
                             "content: a brain\nDWMRI_b-value:=1000\n"
                             "pellucid:={\"pellucid\":\"a\\\\b\"}");
    assert_int_equal(v.frames, 2);
    assert_int_equal(v.fields.extra_dims[0], 2);
    assert_near(v.fields.step[0], 2.5, 0);
    assert_int_equal(v.fields.time_unit, 8);
    assert_string_equal(v.fields.description, "a brain");
    assert_int_equal(v.fields.extension_count, 2);
    assert_int_equal(v.fields.extensions[0].size, 18);
    assert_memory_equal(v.fields.extensions[0].bytes, "{\"pellucid\":\"a\\b\"}", 18);
    assert_int_equal(v.fields.extensions[1].code, 6);
    assert_memory_equal(v.fields.extensions[1].bytes, "DWMRI_b-value:=1000\n", 20);
    pel_volume_free(&v);
}

static void nrrd_meanings_come_from_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        int size;
        pel_meaning meaning;
    } cases[] = { { "RGB-color", 3, PEL_RGB },
                  { "RGBA-color", 4, PEL_RGBA },
                  { "complex", 2, PEL_COMPLEX },
                  { "3-vector", 3, PEL_SCALAR } };
    for (int i = 0; i < 4; i++) {
        char fields[256];
        snprintf(fields, sizeof fields,
                 "dimension: 2\nsizes: %d %d\nkinds: %s domain\nencoding: raw", cases[i].size,
                 24 / cases[i].size, cases[i].kind);
        pel_volume v = read_nrrd(fields);
        assert_int_equal(v.channels, cases[i].size);
        assert_int_equal(v.meaning, cases[i].meaning);
        assert_int_equal(v.dims[0], 24 / cases[i].size);
        pel_volume_free(&v);
    }
}

static void time_in_space_is_a_frame(void **state)
{
    (void)state;
    pel_volume v = read_nrrd("dimension: 4\nsizes: 2 3 2 2\nspace: RAST\nencoding: raw\n"
                             "space directions: (1,0,0,0) (0,1,0,0) (0,0,2,0) (0,0,0,1.5)\n"
                             "space origin: (1,2,3,9)\n"
                             "space units: \"mm\" \"mm\" \"mm\" \"s\"");
    assert_int_equal(v.frames, 2);
    assert_near(v.fields.step[0], 1.5, 0);
    assert_near(v.fields.step_offset, 9, 0);
    assert_near(v.mm_from_ijk.m[2][2], 2, 0);
    pel_volume_free(&v);
}

static void a_damaged_nrrd_is_refused(void **state)
{
    (void)state;
    refuse_nrrd("type: block\n" BASIC, PEL_EUNSUPPORTED, "blocks");
    refuse_nrrd("type: uint8\ndimension: 3\nsizes: 4 3\nencoding: raw", PEL_EFORMAT, "sizes");
    refuse_nrrd("type: uint8\ndimension: 3\nsizes: 4 0 3\nencoding: raw", PEL_EFORMAT, "sizes");
    refuse_nrrd("type: uint8\nsizes: 4 3 2\ndimension: 3\nencoding: raw", PEL_EFORMAT, "before");
    refuse_nrrd("type: uint8\ndimension: 17\nsizes: 4 3\nencoding: raw", PEL_EFORMAT, "dimension");
    refuse_nrrd("type: quark\n" BASIC, PEL_EFORMAT, "quark");
    refuse_nrrd("type: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: zrl", PEL_EUNSUPPORTED, "zrl");
    refuse_nrrd("type: uint8\ndimension: 3\nsizes: 4 3 2", PEL_EFORMAT, "encoding");
    refuse_nrrd("type: uint8\n" BASIC "what is this", PEL_EFORMAT, "what is this");
    refuse_nrrd("type: uint8\n" BASIC "space: RAS\nspace directions: (1,0) (0,1) (0,0)",
                PEL_EFORMAT, "space directions");
    refuse("x.nrrd", "NRRD0009\n\n", PEL_EUNSUPPORTED, "version 9");
    refuse("x.nrrd", "NRRD0004\ntype: uint8\n", PEL_EFORMAT, "not text");
    refuse("x.nrrd", "NRRD0004\ntype: uint8\ndimension: 1\nsizes: 20\nencoding: gzip\n\n",
           PEL_EFORMAT, "gzip");
    refuse("x.nrrd", "NRRD0004\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: ascii\n\n1 2 3x ",
           PEL_EFORMAT, "3x");
    refuse("x.nrrd", "NRRD0004\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: ascii\n\n1 2 256 4 ",
           PEL_EFORMAT, "256");
}

static void more_than_the_file_can_hold_is_refused_at_once(void **state)
{
    (void)state;
    refuse_nrrd("type: double\ndimension: 3\nsizes: 2000000 2000000 9\nencoding: raw", PEL_EFORMAT,
                "promises");
    refuse_nrrd("type: double\ndimension: 3\nsizes: 9999999999 9999999999 9999999999\n"
                "encoding: raw",
                PEL_EFORMAT, "63 bits");
    refuse_nrrd("type: uint8\ndimension: 1\nsizes: 99999999\nencoding: hex", PEL_EFORMAT,
                "promises");
    refuse_nrrd("type: uint8\ndimension: 1\nsizes: 99999999\nencoding: ascii", PEL_EFORMAT,
                "promises");
    refuse("x.mha",
           "ObjectType = Image\nNDims = 3\nDimSize = 99999 99999 99999\nElementType = MET_INT\n"
           "ElementDataFile = LOCAL\n",
           PEL_EFORMAT, "promises");
}

static void detached(const char *value, pel_status why, const char *says)
{
    char head[1024];
    snprintf(head, sizeof head, "NRRD0004\ntype: uint8\n" BASIC "data file: %s\n", value);
    put("in/x.nhdr", head, "", 0);
    pel_volume v;
    pel_status s = read_file(&v, "in/x.nhdr");
    if (s != why)
        fail_msg("'%s' gave status %d: %s", value, s, pel_error());
    if (why != PEL_OK) {
        assert_error_says(says);
        assert_error_says("in/");
        assert_null(v.data);
    } else
        assert_memory_equal(v.data, voxels, 24);
    pel_volume_free(&v);
    snprintf(head, sizeof head,
             "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\n"
             "ElementDataFile = %s\n",
             value);
    put("in/x.mhd", head, "", 0);
    assert_int_equal(read_file(&v, "in/x.mhd"), why);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void names_in_headers_stay_in_the_folder(void **state)
{
    (void)state;
    char whole[256];
    put("out.raw", "", voxels, 24);
    put("in/in.raw", "", voxels, 24);
    snprintf(whole, sizeof whole, "%s/in/in.raw", folder);
    assert_int_equal(symlink("../out.raw", "in/link.raw"), 0);
    assert_int_equal(symlink("in.raw", "in/kind.raw"), 0);
    assert_int_equal(symlink("..", "in/up"), 0);
    assert_int_equal(mkfifo("in/pipe", 0600), 0);
    detached("in.raw", PEL_OK, NULL);
    detached("./in.raw", PEL_OK, NULL);
    detached("kind.raw", PEL_OK, NULL);
    detached("../out.raw", PEL_EUNSUPPORTED, "outside");
    detached("../in/in.raw", PEL_EUNSUPPORTED, "outside");
    detached(whole, PEL_EUNSUPPORTED, "outside");
    detached("link.raw", PEL_EUNSUPPORTED, "link");
    detached("up/out.raw", PEL_EUNSUPPORTED, "link");
    detached("pipe", PEL_EUNSUPPORTED, "no ordinary file");
    detached("..", PEL_EUNSUPPORTED, "outside");
    detached("none.raw", PEL_EIO, "copy both files");
    detached("p%d.raw 1 2 1", PEL_EIO, "p1.raw");
    detached("../p%d.raw 1 2 1", PEL_EUNSUPPORTED, "outside");
    detached("p%s.raw 1 2 1", PEL_EFORMAT, "%d");
    detached("p%d%n.raw 1 2 1", PEL_EFORMAT, "%d");
    detached("p%999999d.raw 1 2 1", PEL_EFORMAT, "%d");
    detached("p%d.raw 1 1e300 1", PEL_EFORMAT, "numbered");
    detached("p%d.raw 1 9 -1", PEL_EFORMAT, "numbered");
}

static void a_short_data_file_is_named(void **state)
{
    (void)state;
    put("in/p1.raw", "", voxels, 12);
    put("in/p2.raw", "", voxels, 11);
    detached("p%d.raw 1 2 1", PEL_EFORMAT, "p2.raw");
    detached("p%d.raw 1 1 1", PEL_EFORMAT, "p1.raw");
}

static void a_header_without_its_folder_is_refused(void **state)
{
    (void)state;
    static const char head[] = "NRRD0004\ntype: uint8\n" BASIC "data file: x.raw\n";
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, head, sizeof head - 1, "x.nhdr"), PEL_EUNSUPPORTED);
    assert_error_says("x.raw");
}

static void endless_headers_end(void **state)
{
    (void)state;
    static char head[9 << 20];
    clock_t from = clock();
    memset(head, 'a', sizeof head - 1);
    memcpy(head, "NRRD0004\ncontent: ", 18);
    refuse("x.nrrd", head, PEL_EFORMAT, "longer");
    memset(head, '\n', sizeof head - 1);
    memcpy(head, "ObjectType = Image\n", 19);
    refuse("x.mha", head, PEL_EFORMAT, "longer");
    for (size_t i = 21; i < sizeof head - 3; i += 3)
        memcpy(head + i, "#a\n", 3);
    memcpy(head, "NRRD0004\n#          \n", 21);
    refuse("x.nrrd", head, PEL_EFORMAT, "longer");
    // of this process: others may keep the machine busy
    if (!is_sanitized())
        assert_true(clock() - from < 3 * CLOCKS_PER_SEC);
}

#define META "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\n"

static void a_damaged_metaimage_is_refused(void **state)
{
    (void)state;
    refuse("x.mha", META, PEL_EFORMAT, "not text");
    refuse("x.mha", "ObjectType = Tube\nNDims = 3\n", PEL_EUNSUPPORTED, "Tube");
    refuse("x.mha", "ObjectType = Image\nDimSize = 1 2\nNDims = 3\nElementDataFile = LOCAL\n",
           PEL_EFORMAT, "DimSize");
    refuse("x.mha", "ObjectType = Image\nNDims = 9\n", PEL_EUNSUPPORTED, "9 axes");
    refuse("x.mha", META "TransformMatrix = 1 0 0\nElementDataFile = LOCAL\n", PEL_EFORMAT,
           "TransformMatrix");
    refuse("x.mha", META "Offset = 1 nan 0\nElementDataFile = LOCAL\n", PEL_EFORMAT, "Offset");
    refuse("x.mha", META "ElementNumberOfChannels = 0\nElementDataFile = LOCAL\n", PEL_EFORMAT,
           "Channels");
    refuse("x.mha", META "HeaderSize = 10\nElementDataFile = LOCAL\n", PEL_EFORMAT, "HeaderSize");
    refuse("x.mha", META "CompressedData = True\nElementDataFile = LOCAL\n", PEL_EFORMAT, "");
    refuse("x.mha",
           "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_STRING\n"
           "ElementDataFile = LOCAL\n",
           PEL_EUNSUPPORTED, "MET_STRING");
}

static void metaimage_scale_and_unit_are_read(void **state)
{
    (void)state;
    pel_volume v = read_bytes("x.mha", META "ElementToIntensityFunctionSlope = 2\n"
                                            "ElementToIntensityFunctionOffset = -5\n"
                                            "ElementSpacing = 1 2 3\nDistanceUnits = cm\n"
                                            "ElementDataFile = LOCAL\n");
    assert_near(v.slope, 2, 0);
    assert_near(v.inter, -5, 0);
    assert_near(pel_volume_spacing_mm(&v).z, 30, 0);
    assert_true(v.unit_known);
    assert_false(v.oriented);
    pel_volume_free(&v);
}

// big-endian numbers into the header of an MGH file
static void put_be(uint8_t *header, int at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        header[at + i] = (uint8_t)(value >> (24 - 8 * i));
}

static void make_mgh(uint8_t header[284], uint32_t type)
{
    memset(header, 0, 284);
    static const uint32_t head[] = { 1, 4, 3, 2, 1 };
    for (int i = 0; i < 5; i++)
        put_be(header, 4 * i, head[i]);
    put_be(header, 20, type);
}

static void read_mgh(const uint8_t header[284], pel_status why, const char *says)
{
    uint8_t bytes[284 + 24];
    pel_volume v;
    memcpy(bytes, header, 284);
    memcpy(bytes + 284, voxels, 24);
    put("x.mgh", "", bytes, sizeof bytes);
    pel_status s = read_file(&v, "x.mgh");
    if (s != why)
        fail_msg("status %d: %s", s, pel_error());
    if (why == PEL_OK) {
        assert_memory_equal(v.data, voxels, 24);
        assert_non_null(strstr(notes, says));
        assert_false(v.oriented);
        // FreeSurfer's coronal slices, though nobody vouches for them
        assert_near(v.mm_from_ijk.m[0][0], -1, 0);
        assert_near(v.mm_from_ijk.m[2][1], -1, 0);
        assert_near(v.mm_from_ijk.m[1][2], 1, 0);
    } else
        assert_error_says(says);
    pel_volume_free(&v);
}

static void mgh_without_orientation_is_unknown_and_damage_is_refused(void **state)
{
    (void)state;
    uint8_t header[284];
    make_mgh(header, 0);
    read_mgh(header, PEL_OK, "LIA");
    make_mgh(header, 2);
    read_mgh(header, PEL_EUNSUPPORTED, "mri_convert");
    make_mgh(header, 77);
    read_mgh(header, PEL_EFORMAT, "type is 77");
    make_mgh(header, 3);
    read_mgh(header, PEL_EFORMAT, "promises");
    make_mgh(header, 0);
    put_be(header, 0, 2);
    read_mgh(header, PEL_EFORMAT, "version");
    make_mgh(header, 0);
    put_be(header, 8, 0);
    read_mgh(header, PEL_EFORMAT, "axis");
    make_mgh(header, 0);
    put_be(header, 16, 0x80000000);
    read_mgh(header, PEL_EFORMAT, "frames");
    make_mgh(header, 0);
    for (int a = 0; a < 4; a++)
        put_be(header, 4 + 4 * a, 0x7fffffff);
    read_mgh(header, PEL_EFORMAT, "63 bits");
}

static void nonsense_under_the_name_of_another_format_names_a_converter(void **state)
{
    (void)state;
    static const struct {
        const char *name, *remedy;
    } cases[] = { { "x.mnc", "mnc2nii" }, { "x.HEAD", "3dAFNItoNIFTI" }, { "x.rec", "dcm2niix" } };
    for (int i = 0; i < 3; i++) {
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, "\1nonsense\2", 10, cases[i].name),
                         PEL_EUNSUPPORTED);
        assert_error_says(cases[i].remedy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nrrd_of_spacings_alone_has_no_known_side),
        cmocka_unit_test(spacing_comes_from_axis_ends_by_centering),
        cmocka_unit_test(nrrd_units_of_space_become_millimetres),
        cmocka_unit_test(nrrd_keeps_keys_frames_and_content),
        cmocka_unit_test(nrrd_meanings_come_from_kinds),
        cmocka_unit_test(time_in_space_is_a_frame),
        cmocka_unit_test(a_damaged_nrrd_is_refused),
        cmocka_unit_test(more_than_the_file_can_hold_is_refused_at_once),
        cmocka_unit_test(names_in_headers_stay_in_the_folder),
        cmocka_unit_test(a_short_data_file_is_named),
        cmocka_unit_test(a_header_without_its_folder_is_refused),
        cmocka_unit_test(endless_headers_end),
        cmocka_unit_test(a_damaged_metaimage_is_refused),
        cmocka_unit_test(metaimage_scale_and_unit_are_read),
        cmocka_unit_test(nonsense_under_the_name_of_another_format_names_a_converter),
        cmocka_unit_test(mgh_without_orientation_is_unknown_and_damage_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
