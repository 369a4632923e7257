/* SPDX-License-Identifier: Apache-2.0 */
/* PLY: every type in every form, what becomes an array, every wrong header with its message. */
#include "check.h"

#include "base/text.h"

/* a file being made: numbers as words or as bytes of a type */
enum { ASCII, LITTLE, BIG };

static const char *const forms[] = { "ascii", "binary_little_endian", "binary_big_endian" };

static void add_number(pel__text *to, int form, const char *type, double value)
{
    uint8_t bytes[8], turned[8];
    int size = 0;
#define PUT(names, ctype)                                                                          \
    if (strstr(names, type)) {                                                                     \
        ctype v = (ctype)value;                                                                    \
        size = (int)sizeof v;                                                                      \
        memcpy(bytes, &v, sizeof v);                                                               \
    }
    PUT("|char|int8|", int8_t)
    PUT("|uchar|uint8|", uint8_t)
    PUT("|short|int16|", int16_t)
    PUT("|ushort|uint16|", uint16_t)
    PUT("|int|int32|", int32_t)
    PUT("|uint|uint32|", uint32_t)
    PUT("|float|float32|", float)
    PUT("|double|float64|", double)
#undef PUT
    if (form == ASCII) {
        pel__text_add(to, "%.17g ", value);
        return;
    }
    bool turn = (form == BIG) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    for (int i = 0; i < size; i++)
        turned[i] = turn ? bytes[size - 1 - i] : bytes[i];
    pel__text_add_bytes(to, turned, (size_t)size);
}

// types are marked |int| so that the first of a pair of names that holds it is taken
static void add_row(pel__text *to, int form, int count, const char *const *types,
                    const double *values)
{
    for (int i = 0; i < count; i++)
        add_number(to, form, types[i], values[i]);
    if (form == ASCII)
        pel__text_add(to, "\n");
}

static pel_status read_text(pel_mesh *out, const pel__text *text)
{
    return pel_read_mesh_bytes(out, text->text, text->length, "x.ply");
}

static const char *const type_names[] = { "|char|",  "|uint8|", "|int16|", "|ushort|",
                                          "|int32|", "|uint|",  "|float|", "|float64|" };

static void every_type_in_every_form_is_read(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++)
        for (int t = 0; t < 8; t++) {
            pel__text text = { 0 };
            char bare[16];
            snprintf(bare, sizeof bare, "%.*s", (int)strlen(type_names[t]) - 2, type_names[t] + 1);
            pel__text_add(&text,
                          "ply\nformat %s 1.0\nelement vertex 4\nproperty double z\nproperty %s "
                          "odd\nproperty float y\nproperty double x\nelement face 2\nproperty list "
                          "uchar %s vertex_indices\nproperty short mark\nend_header\n",
                          forms[form], bare, t < 6 ? bare : "int");
            const char *const row[] = { "|double|", type_names[t], "|float|", "|double|" };
            for (int i = 0; i < 4; i++)
                add_row(&text, form, 4, row, (double[]){ 30 + i, 100 + i, 20 - i, 0.5 * i });
            const char *index = t < 6 ? type_names[t] : "|int|";
            const char *const quad[] = { "|uchar|", index, index, index, index, "|short|" };
            const char *const three[] = { "|uchar|", index, index, index, "|short|" };
            add_row(&text, form, 6, quad, (double[]){ 4, 0, 1, 2, 3, -7 });
            add_row(&text, form, 5, three, (double[]){ 3, 3, 2, 1, 8 });
            pel_mesh m;
            assert_ok(read_text(&m, &text));
            assert_int_equal(m.points, 4);
            assert_int_equal(m.triangles, 3);
            static const int32_t want[3][3] = { { 0, 1, 2 }, { 0, 2, 3 }, { 3, 2, 1 } };
            assert_memory_equal(m.triangle, want, sizeof want);
            const pel_array *odd = pel_mesh_find(&m, "odd"), *mark = pel_mesh_find(&m, "mark");
            assert_int_equal(odd->kind, t < 5 ? PEL_ARRAY_LABELS : PEL_ARRAY_VALUES);
            assert_true(mark->per_triangle);
            for (int i = 0; i < 4; i++) {
                assert_near(m.point_mm[i][0], 0.5 * i, 0);
                assert_near(m.point_mm[i][1], 20 - i, 0);
                assert_near(m.point_mm[i][2], 30 + i, 0);
                assert_near(pel_array_get(odd, i, 0), 100 + i, 0);
            }
            assert_near(pel_array_get(mark, 1, 0), -7, 0);
            assert_near(pel_array_get(mark, 2, 0), 8, 0);
            pel_mesh_free(&m);
            pel__text_free(&text);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static pel_status read_words(pel_mesh *out, const char *text)
{
    return pel_read_mesh_bytes(out, text, strlen(text), "x.ply");
}

static void colours_and_normals_become_arrays_of_their_kind(void **state)
{
    (void)state;
    pel_mesh m;
    assert_ok(read_words(&m, "ply\r\nformat ascii 1.0\r\ncomment made by hand\r\n"
                             "comment coordinates: RAS mm\r\nobj_info more\r\nelement vertex 1\r\n"
                             "property float x\r\nproperty float y\r\nproperty float z\r\n"
                             "property uchar blue\r\nproperty uchar red\r\nproperty uchar green\r\n"
                             "property float nx\r\nproperty float ny\r\nproperty float nz\r\n"
                             "property list uchar float weights\r\nproperty float quality\r\n"
                             "end_header\r\n1 2 3 30 10 20 0 0 -1 2 5 6 0.25\r\n"));
    const pel_array *colours = pel_mesh_find_kind(&m, PEL_ARRAY_COLOURS);
    assert_string_equal(colours->name, "colours");
    assert_int_equal(colours->channels, 3);
    assert_memory_equal(colours->data, "\x0a\x14\x1e", 3);
    assert_near(pel_array_get(pel_mesh_find_kind(&m, PEL_ARRAY_NORMALS), 0, 2), -1, 0);
    assert_near(pel_array_get(pel_mesh_find(&m, "quality"), 0, 0), 0.25, 0);
    assert_int_equal(m.arrays, 3);
    assert_string_equal(m.comment, "made by hand\ncoordinates: RAS mm\nmore\n");
    assert_string_equal(m.format, "PLY");
    assert_true(m.oriented);
    assert_int_equal(strlen(m.hash), 32);
    pel_mesh_free(&m);
    // colours of 16 bits and from 0 to 1, on faces, with alpha
    assert_ok(read_words(&m, "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n"
                             "property float y\nproperty float z\nproperty ushort red\n"
                             "property ushort green\nproperty ushort blue\nelement face 1\n"
                             "property list uchar int vertex_index\nproperty float red\n"
                             "property float green\nproperty float blue\nproperty float alpha\n"
                             "end_header\n0 0 0 65535 257 0\n1 0 0 0 0 0\n0 1 0 0 0 0\n"
                             "3 0 1 2 0 0.2 1 7\n"));
    assert_memory_equal(m.array[0].data, "\xff\x01\x00", 3);
    assert_true(m.array[1].per_triangle);
    assert_memory_equal(m.array[1].data, "\x00\x33\xff\xff", 4);
    assert_false(m.oriented);
    pel_mesh_free(&m);
    // one of a set alone is a number like others
    assert_ok(read_words(&m, "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\n"
                             "property float y\nproperty float z\nproperty uchar red\n"
                             "end_header\n0 0 0 9"));
    assert_int_equal(m.array[0].kind, PEL_ARRAY_LABELS);
    pel_mesh_free(&m);
}

static int notes;

static void count_note(void *user, const char *text)
{
    (void)user;
    (void)text;
    notes++;
}

static void other_elements_and_lines_are_left_out_with_a_note(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.note = count_note;
    pel_job *before = pel_job_use(&job);
    pel_mesh m;
    notes = 0;
    assert_ok(read_words(&m, "ply\nformat ascii 1.0\nelement material 2\nproperty int a\n"
                             "property list char double b\nelement empty 999999999999\n"
                             "element vertex 2\nproperty float x\nproperty float y\n"
                             "property float z\nelement face 2\n"
                             "property list int int vertex_indices\nend_header\n"
                             "1 0\n2 1 5.5\n0 0 0\n1 1 1\n2 0 1\n0\n"));
    pel_job_use(before);
    assert_int_equal(m.points, 2);
    assert_int_equal(m.triangles, 0);
    assert_int_equal(notes, 3);
    pel_mesh_free(&m);
}

static void a_wrong_file_says_what_is_wrong(void **state)
{
    (void)state;
#define XYZ  "property float x\nproperty float y\nproperty float z\n"
#define HEAD "ply\nformat ascii 1.0\n"
    static const struct {
        const char *text, *says;
    } wrong[] = {
        { "", "is no mesh" },
        { "plyx\n", "is no mesh" },
        { "ply", "is no mesh" },
        { "solid\n", "PLY, STL" },
        { "ply\n", "does not end" },
        { "ply\nend_header\n", "names no format" },
        { "ply\nformat\n", "no format" },
        { "ply\nformat text 1.0\n", "a format is ascii" },
        { HEAD "\n   \nend_header\n", "no element vertex" },
        { HEAD "what 1\n", "no word of a PLY header" },
        { HEAD "property float x\n", "no element before" },
        { HEAD "element vertex\n", "how many there are" },
        { HEAD "element\n", "how many there are" },
        { HEAD "element vertex -1\n", "how many there are" },
        { HEAD "element vertex 1\nelement vertex 1\n", "was there before" },
        { HEAD "element vertex 1\nproperty float x\nproperty int x\n", "was there before" },
        { HEAD "element vertex 1\nproperty quad x\n", "a type is char" },
        { HEAD "element vertex 1\nproperty\n", "a type is char" },
        { HEAD "element vertex 1\nproperty float\n", "has a name" },
        { HEAD "element vertex 1\nproperty list\n", "the count of a list" },
        { HEAD "element vertex 1\nproperty list float int x\n", "the count of a list" },
        { HEAD "element vertex 1\nproperty list int\n", "a type is char" },
        { HEAD "element vertex 1\nproperty float x\nproperty float z\nend_header\n1 2",
          "have no y" },
        { HEAD "element vertex 9\n" XYZ "end_header\n1 2 3\n", "promises 9 of vertex" },
        { HEAD "element vertex 2\n" XYZ "end_header\n111111 2 3\n4 5", "ends in vertex 1" },
        { HEAD "element vertex 1\n" XYZ "end_header\n1 2 z\n", "'z' is no number" },
        { HEAD "element vertex 1\n" XYZ "end_header\n1 2 nan\n", "no number" },
        { HEAD "element vertex 99999999999999999\n" XYZ "end_header\n1 2 3\n", "promises" },
        { HEAD "element vertex 9999999999999999999\n" XYZ "end_header\n", "how many" },
        { HEAD "element vertex 1\n" XYZ "element face 1\nproperty int a\nend_header\n1 2 3\n1\n",
          "no list vertex_indices" },
        { HEAD
          "element vertex 1\n" XYZ
          "element face 1\nproperty list char int vertex_indices\nend_header\n1 2 3\n3 0 0 1\n",
          "names point 1" },
        { HEAD "element vertex 1\n" XYZ
               "element face 1\nproperty list char int vertex_indices\nend_header\n1 2 3\n3 0 0 -1",
          "names vertex -1" },
        { HEAD "element vertex 1\n" XYZ
               "element face 1\nproperty list char int vertex_indices\nend_header\n1 2 3\n-3 0 0 0",
          "a list of -3" },
        { HEAD "element vertex 1\n" XYZ
               "element face 1\nproperty list char int vertex_indices\nend_header\n1 2 3\n5 0 0 0",
          "ends in face 0" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_mesh m;
        assert_int_not_equal(read_words(&m, wrong[i].text), PEL_OK);
        assert_error_says(wrong[i].says);
        assert_null(m.point_mm);
        assert_null(m.comment);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void too_many_elements_or_properties_are_refused(void **state)
{
    (void)state;
    pel__text text = { 0 };
    pel_mesh m;
    pel__text_add(&text, HEAD);
    for (int i = 0; i < 33; i++)
        pel__text_add(&text, "element e%d 1\n", i);
    assert_int_equal(read_text(&m, &text), PEL_EFORMAT);
    assert_error_says("more than 32 elements");
    pel__text_free(&text);
    text = (pel__text){ 0 };
    pel__text_add(&text, HEAD "element vertex 1\n");
    for (int i = 0; i < 129; i++)
        pel__text_add(&text, "property int p%d\n", i);
    assert_int_equal(read_text(&m, &text), PEL_EFORMAT);
    assert_error_says("more than 128 properties");
    pel__text_free(&text);
}

// longer than the reader's buffer, so that a number lies across its end
static void long_files_are_read_whole_in_every_form(void **state)
{
    (void)state;
    enum { N = 30011 };
    for (int form = 0; form < 3; form++) {
        pel__text text = { 0 };
        pel__text_add(
            &text, "ply\nformat %s 1.0\nelement vertex %d\n" XYZ "property uchar c\nend_header\n",
            forms[form], N);
        const char *const row[] = { "|float|", "|float|", "|float|", "|uchar|" };
        for (int i = 0; i < N; i++)
            add_row(&text, form, 4, row, (double[]){ i, i * 0.5, -i, i & 255 });
        pel_mesh m;
        assert_ok(read_text(&m, &text));
        for (int i = 0; i < N; i++) {
            assert_true(m.point_mm[i][1] == (float)(i * 0.5));
            assert_true(m.point_mm[i][2] == (float)-i);
            assert_int_equal(pel_array_get(&m.array[0], i, 0), i & 255);
        }
        pel_mesh_free(&m);
        // cut anywhere it is an error
        text.length -= 2 + 3 * (size_t)form;
        if (form != ASCII)
            assert_int_equal(read_text(&m, &text), PEL_EFORMAT);
        pel__text_free(&text);
    }
}

static void names_of_meshes_are_known_by_their_ending(void **state)
{
    (void)state;
    assert_true(pel_can_read_mesh("a/b.ply"));
    assert_true(pel_can_read_mesh("B.PLY.gz"));
    assert_true(pel_can_read_mesh("a.zip::b.ply"));
    assert_false(pel_can_read_mesh("head.nii.gz"));
    assert_false(pel_can_read_mesh("ply"));
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, "ply\n", 4, "x.ply"), PEL_EUNSUPPORTED);
    assert_error_says("render");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_in_every_form_is_read),
        cmocka_unit_test(colours_and_normals_become_arrays_of_their_kind),
        cmocka_unit_test(other_elements_and_lines_are_left_out_with_a_note),
        cmocka_unit_test(a_wrong_file_says_what_is_wrong),
        cmocka_unit_test(too_many_elements_or_properties_are_refused),
        cmocka_unit_test(long_files_are_read_whole_in_every_form),
        cmocka_unit_test(names_of_meshes_are_known_by_their_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
