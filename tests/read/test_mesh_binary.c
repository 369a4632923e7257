/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes as bytes (GLB and FreeSurfer): what each allows at its edges, and every wrong file with
 * its message. */
#include "make_mesh.h"

#include "base/text.h"

/* ---- GLB ---- */

static void add_u32(pel__text *to, uint32_t value, bool big_endian)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * (big_endian ? 3 - i : i));
    pel__text_add_bytes(to, bytes, 4);
}

static void add_float(pel__text *to, double value, bool big_endian)
{
    float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    add_u32(to, bits, big_endian);
}

enum { JSON = 0x4e4f534a, BIN = 0x004e4942 };

// three points as floats (bytes 0 to 35), corners 0 1 2 of 8, 16 and 32 bits (36, 40, 48), and
// bytes -127 0 127 (60)
static pel__text make_glb(const char *json, uint32_t kind)
{
    pel__text out = { 0 };
    pel__text_add(&out, "glTF");
    add_u32(&out, 2, false);
    add_u32(&out, 0, false);
    add_u32(&out, (uint32_t)strlen(json), false);
    add_u32(&out, JSON, false);
    pel__text_add(&out, "%s", json);
    add_u32(&out, 64, false);
    add_u32(&out, kind, false);
    for (int p = 0; p < 3; p++)
        for (int a = 0; a < 3; a++)
            add_float(&out, p == a + 1 ? 1 : 0, false);
    pel__text_add_bytes(&out, "\0\1\2\0", 4);
    pel__text_add_bytes(&out, "\0\0\1\0\2\0\0\0", 8);
    for (uint32_t c = 0; c < 3; c++)
        add_u32(&out, c, false);
    pel__text_add_bytes(&out, "\x81\0\x7f\0", 4);
    return out;
}

static void check_glb(const make_sample *s, uint32_t kind)
{
    pel__text file = make_glb(s->text, kind);
    make_check_mesh("x.glb", file.text, file.length, s);
    pel__text_free(&file);
}

#define VIEW(at, bytes) "{\"byteOffset\":" at ",\"byteLength\":" bytes "}"
#define VIEWS                                                                                      \
    "\"bufferViews\":[" VIEW("0", "36") "," VIEW("36", "4") "," VIEW("40", "8") "," VIEW(          \
        "48", "12") "," VIEW("60", "4") ",{\"buffer\":1}]"
#define AT(view, component, type, count, more)                                                     \
    "{\"bufferView\":" view ",\"componentType\":" component ",\"type\":\"" type                    \
    "\",\"count\":" count more "}"
#define XYZ              AT("0", "5126", "VEC3", "3", "")
#define SCENE(nodes)     "\"scenes\":[{\"nodes\":[" nodes "]}]"
#define NODES(nodes)     "\"nodes\":[" nodes "]"
#define MESH(primitives) "\"meshes\":[{\"primitives\":[" primitives "]}]"
#define PRIMITIVE(more)  "{\"attributes\":{\"POSITION\":0}" more "}"
#define ACCESSORS(all)   "\"accessors\":[" all "]"
#define FILE_OF(more, all)                                                                         \
    "{" SCENE("0") "," NODES("{\"mesh\":0}") "," more "," ACCESSORS(all) "," VIEWS "}"
#define LISTED(accessor) FILE_OF(MESH(PRIMITIVE(",\"indices\":1")), XYZ "," accessor)
#define FIRST(accessor)  FILE_OF(MESH(PRIMITIVE(",\"mode\":0")), accessor)
#define OF_VIEW(view)                                                                              \
    "{" SCENE("0") "," NODES("{\"mesh\":0}") "," MESH(PRIMITIVE(",\"mode\":0")) "," ACCESSORS(     \
        XYZ) ",\"bufferViews\":[" view "]}"
#define WITH(name, accessor)                                                                       \
    FILE_OF(MESH("{\"attributes\":{\"POSITION\":0,\"" name "\":1},\"mode\":0}"), XYZ "," accessor)

static void glb_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "[]", "its JSON is damaged", -1, 0 },
        { "{", "its JSON is damaged", -1, 0 },
        { "{}", "no triangles and no points", -1, 0 },
        { "{" SCENE("0") "}", "name ones that are not there", -1, 0 },
        { "{" SCENE("\"x\"") "}", "name ones that are not there", -1, 0 },
        { "{" SCENE("7,8") "," NODES("{}") "}", "name ones that are not there", -1, 0 },
        { "{" SCENE("0") "," NODES("{}") "}", "no triangles and no points", -1, 0 },
        { "{" SCENE("0") "," NODES("{\"children\":[9,0]}") "}", "name ones", -1, 0 },
        { "{" SCENE("0") "," NODES("{\"children\":[\"x\"]}") "}", "name ones", -1, 0 },
        { "{" SCENE("0") "," NODES("{\"children\":[0]}") "}", "never end", -1, 0 },
        { FILE_OF(MESH(PRIMITIVE("")), XYZ), "", 3, 1 },
        { FILE_OF(MESH(PRIMITIVE("") "," PRIMITIVE("")), XYZ), "several parts are joined", 6, 2 },
        { FILE_OF(MESH(PRIMITIVE(",\"mode\":1")), XYZ), "no triangles", -1, 0 },
        { FILE_OF(MESH(PRIMITIVE(",\"mode\":1") "," PRIMITIVE(",\"mode\":0")), XYZ), "left out", 3,
          0 },
        { FILE_OF(MESH("{}," PRIMITIVE("")), XYZ), "not understood", -1, 0 },
        { FILE_OF(MESH(PRIMITIVE(",\"extensions\":{\"KHR_draco_mesh_compression\":{}}")), XYZ),
          "packed by Draco", -1, 0 },
        { FIRST(AT("0", "5126", "VEC2", "3", "")), "no three coordinates", -1, 0 },
        { FIRST(AT("0", "5124", "VEC3", "3", "")), "not understood", -1, 0 },
        { FIRST(AT("0", "5126", "MAT3", "3", "")), "not understood", -1, 0 },
        { FIRST("{\"bufferView\":0,\"componentType\":5126,\"count\":3}"), "not understood", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "-1", "")), "not understood", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "1.5", "")), "not understood", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "3000000000", "")), "not understood", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "3", ",\"sparse\":{}")), "sparse", -1, 0 },
        { FIRST(AT("5", "5126", "VEC3", "3", "")), "outside of the file", -1, 0 },
        { FIRST(AT("9", "5126", "VEC3", "3", "")), "outside of the file", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "4", "")), "beyond its bytes", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "0", "")), "", 0, 0 },
        { FIRST(AT("0", "5126", "VEC3", "3", ",\"byteOffset\":-1")), "beyond its bytes", -1, 0 },
        { FIRST(AT("0", "5126", "VEC3", "3", ",\"byteOffset\":99")), "beyond its bytes", -1, 0 },
        { OF_VIEW(VIEW("-1", "36")), "beyond its bytes", -1, 0 },
        { OF_VIEW(VIEW("0", "-1")), "beyond its bytes", -1, 0 },
        { OF_VIEW(VIEW("99", "0")), "beyond its bytes", -1, 0 },
        { OF_VIEW(VIEW("0", "99")), "beyond its bytes", -1, 0 },
        { OF_VIEW("{\"byteLength\":36,\"byteStride\":4}"), "beyond its bytes", -1, 0 },
        { OF_VIEW("{\"byteLength\":36,\"byteStride\":9999}"), "beyond its bytes", -1, 0 },
        { OF_VIEW("{\"byteLength\":64,\"byteStride\":16}"), "", 3, 0 },
        { LISTED(AT("1", "5121", "SCALAR", "3", "")), "", 3, 1 },
        { LISTED(AT("2", "5123", "SCALAR", "3", "")), "", 3, 1 },
        { LISTED(AT("3", "5125", "SCALAR", "3", "")), "", 3, 1 },
        { LISTED(AT("4", "5120", "SCALAR", "3", "")), "x.glb", -1, 0 },
        { LISTED(AT("9", "5125", "SCALAR", "3", "")), "outside of the file", -1, 0 },
        { WITH("_A", AT("9", "5125", "SCALAR", "3", "")), "outside of the file", -1, 0 },
        { WITH("_A", AT("1", "5121", "SCALAR", "2", "")), "", 3, 0 },
        { FILE_OF(MESH("{\"attributes\":{\"POSITION\":0,\"_A\":9,\"_B\":0},\"mode\":0}"), XYZ),
          "not understood", -1, 0 },
        { WITH("_A", AT("1", "5121", "SCALAR", "3", ",\"normalized\":false")), "", 3, 0 },
        { WITH("TEXCOORD_0", AT("0", "5126", "VEC2", "3", "")), "", 3, 0 },
        { FILE_OF(MESH("{\"attributes\":{\"POSITION\":0,\"_A\":\"x\"},\"mode\":0}"), XYZ), "", 3,
          0 },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        check_glb(&samples[i], BIN);
    // more nodes than anybody has
    pel__text many = { 0 };
    pel__text_add(&many, "{" NODES("{}") ",\"scenes\":[{\"nodes\":[0");
    for (int i = 0; i < 100001; i++)
        pel__text_add(&many, ",0");
    pel__text_add(&many, "]}]}");
    check_glb(&(make_sample){ many.text, "never end", -1, 0 }, BIN);
    pel__text_free(&many);
    // without numbers
    check_glb(&(make_sample){ FIRST(XYZ), "beyond its bytes", -1, 0 }, JSON);
}

static void damaged_heads_of_glb_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t size, at; // bytes that are there; byte that is changed
        const char *says;
    } files[] = { { 19, 0, "no glTF of version 2" },
                  { 500, 4, "no glTF of version 2" },
                  { 500, 16, "no chunk of JSON" },
                  { 30, 0, "no chunk of JSON" },
                  { 500, 0, "is no mesh" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text file = make_glb(FIRST(XYZ), BIN);
        file.text[files[i].at] = files[i].says[0] == 'i' || files[i].at ? 'x' : 'g';
        size_t size = files[i].size < file.length ? files[i].size : file.length;
        make_check_mesh("x.glb", file.text, size, &(make_sample){ NULL, files[i].says, -1, 0 });
        pel__text_free(&file);
    }
    // JSON alone, and numbers that are cut short
    pel__text file = make_glb(FIRST(XYZ), BIN);
    size_t json = 20 + strlen(FIRST(XYZ));
    make_check_mesh("x.glb", file.text, json, &(make_sample){ NULL, "beyond its bytes", -1, 0 });
    make_check_mesh("x.glb", file.text, json + 20,
                    &(make_sample){ NULL, "beyond its bytes", -1, 0 });
    pel__text_free(&file);
}

static pel_mesh must_read_glb(const char *json)
{
    pel__text file = make_glb(json, BIN);
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, file.text, file.length, "x.glb"));
    pel__text_free(&file);
    return m;
}

// metres with y up are mm with z up, a mirror turns triangles round, and what comes from pellucid
// is as it is
static void nodes_of_glb_move_their_meshes(void **state)
{
    (void)state;
#define MOVED(node, more)                                                                          \
    "{" SCENE("0") "," NODES(node) "," MESH(PRIMITIVE("")) "," ACCESSORS(XYZ) "," VIEWS more "}"
#define OURS                                                                                       \
    ",\"asset\":{\"extras\":{\"comment\":\"hello\",\"coordinates\":\"" PEL_MESH_COORDINATES "\"}}"
    static const struct {
        const char *json;
        double x, z; // of the second and third point, which lie along x and y
        int second;  // corner of the triangle
    } files[] = {
        { MOVED("{\"mesh\":0}", ""), 1000, 1000, 1 },
        { MOVED("{\"mesh\":0,\"scale\":[2,3,4]}", ""), 2000, 3000, 1 },
        { MOVED("{\"mesh\":0,\"scale\":[-2,3,4]}", ""), -2000, 3000, 2 },
        { MOVED("{\"mesh\":0,\"rotation\":[0,0,1]}", ""), 1000, 1000, 1 },
        { MOVED("{\"mesh\":0,\"matrix\":[0.001,0,0,0, 0,0,-0.001,0, 0,0.001,0,0, 0,0,0,1]}", ""), 1,
          0, 1 },
        { MOVED("{\"mesh\":0}", OURS), 1, 0, 1 },
        { MOVED("{\"mesh\":0}", ",\"asset\":{\"extras\":{\"coordinates\":\"other\"}}"), 1000, 1000,
          1 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel_mesh m = must_read_glb(files[i].json);
        assert_near(m.point_mm[1][0], files[i].x, 1e-4);
        assert_near(m.point_mm[2][2], files[i].z, 1e-4);
        assert_int_equal(m.triangle[0][1], files[i].second);
        assert_int_equal(m.oriented, i == 5);
        pel_mesh_free(&m);
    }
}

static void numbers_on_points_of_glb_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *json, *name;
        pel_array_kind kind;
        double last; // of point 2, channel 0
    } files[] = {
        { WITH("COLOR_0", AT("0", "5126", "VEC3", "3", "")), "colours", PEL_ARRAY_COLOURS, 0 },
        { WITH("NORMAL", AT("0", "5126", "VEC3", "3", "")), "normals", PEL_ARRAY_NORMALS, 0 },
        { WITH("_HEAT", AT("1", "5121", "SCALAR", "3", "")), "HEAT", PEL_ARRAY_VALUES, 2 },
        { WITH("_LABELS_PART", AT("2", "5123", "SCALAR", "3", "")), "PART", PEL_ARRAY_LABELS, 2 },
        { WITH("_A", AT("4", "5120", "SCALAR", "3", ",\"normalized\":true")), "A", PEL_ARRAY_VALUES,
          1 },
        { WITH("_A", AT("2", "5122", "SCALAR", "3", ",\"normalized\":true")), "A", PEL_ARRAY_VALUES,
          2 / 32767.0 },
        { WITH("_A", AT("3", "5126", "SCALAR", "3", ",\"normalized\":true")), "A", PEL_ARRAY_VALUES,
          0 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel_mesh m = must_read_glb(files[i].json);
        assert_int_equal(m.arrays, 1);
        assert_string_equal(m.array[0].name, files[i].name);
        assert_int_equal(m.array[0].kind, files[i].kind);
        assert_near(pel_array_get(&m.array[0], 2, 0), files[i].last, 1e-7);
        pel_mesh_free(&m);
    }
}

/* ---- FreeSurfer ---- */

// i: a number, f: a float, s: text, with its length before it, b: bytes as they are
static pel__text make_big(const char *form, ...)
{
    pel__text out = { 0 };
    va_list arguments;
    va_start(arguments, form);
    for (; *form; form++) {
        const char *text = *form == 's' || *form == 'b' ? va_arg(arguments, const char *) : NULL;
        if (*form == 'i')
            add_u32(&out, (uint32_t)va_arg(arguments, int), true);
        else if (*form == 'f')
            add_float(&out, va_arg(arguments, double), true);
        else if (*form == 's')
            add_u32(&out, (uint32_t)strlen(text) + 1, true);
        if (text)
            pel__text_add_bytes(&out, text, strlen(text) + (*form == 's'));
    }
    va_end(arguments);
    return out;
}

static void check_big(const char *name, pel__text file, const char *says, int points, int triangles)
{
    make_check_mesh(name, file.text, file.length, &(make_sample){ NULL, says, points, triangles });
    pel__text_free(&file);
}

#define SURFACE                                                                                    \
    "\xff\xff\xfe"                                                                                 \
    "words\n\n"

static void freesurfer_surfaces_at_their_edges(void **state)
{
    (void)state;
    const char *name = "lh.white";
    check_big(name, make_big("b", "\xff\xff\xfe"), "promises", -1, 0);
    check_big(name, make_big("bii", SURFACE, -1, 0), "promises", -1, 0);
    check_big(name, make_big("bii", SURFACE, 9, 0), "promises", -1, 0);
    check_big(name, make_big("biifff", SURFACE, 1, -1, 1., 2., 3.), "promises", -1, 0);
    check_big(name, make_big("biifffiii", SURFACE, 1, 1, 1., 2., 3., 0, 0, 5), "point 5", -1, 0);
    check_big(name, make_big("biifff", SURFACE, 1, 0, 1., 2., 3.), "", 1, 0);
    // a tag that is longer than any file, and one cut short
    check_big(name, make_big("biifffiii", SURFACE, 1, 0, 1., 2., 3., 30, -1, 0), "", 1, 0);
    check_big(name, make_big("biifffii", SURFACE, 1, 0, 1., 2., 3., 30, 0), "", 1, 0);
    check_big(name, make_big("biifffiiib", SURFACE, 1, 0, 1., 2., 3., 30, 0, 2, "ab"), "", 1, 0);
}

// where the volume lies is told by lines, of which damaged ones are not believed
static void freesurfer_surfaces_are_moved_to_the_scanner(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        bool oriented;
        double x;
    } files[] = {
        { "valid = 1  # yes\ncras   = 10 20 30\n", true, 11 },
        { "valid = 0\ncras   = 10 20 30\n", false, 1 },
        { "valid = 1\ncras   = 10 20\n", true, 1 },
        { "valid = 1\ncras   = 10 x 30\n", true, 1 },
        { "valid = 1\ncras   = 10 20 1e999\n", true, 1 },
        { "no word\n = 3\nother = 4\nvalid = 1\n", true, 1 },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text file = make_big("biifffib", SURFACE, 1, 0, 1., 2., 3., 20, files[i].lines);
        pel_mesh m;
        assert_ok(pel_read_mesh_bytes(&m, file.text, file.length, "lh.white"));
        assert_int_equal(m.oriented, files[i].oriented);
        assert_near(m.point_mm[0][0], files[i].x, 1e-6);
        pel_mesh_free(&m);
        pel__text_free(&file);
    }
}

static void freesurfer_values_at_their_edges(void **state)
{
    (void)state;
#define CURV "\xff\xff\xff"
    check_big("lh.curv", make_big("b", CURV), "is no mesh", -1, 0);
    check_big("lh.curv", make_big("bi", CURV, 1), "no FreeSurfer file of one value", -1, 0);
    check_big("lh.curv", make_big("biii", CURV, 1, 0, 2), "no FreeSurfer file of one value", -1, 0);
    check_big("lh.curv", make_big("biii", CURV, INT32_MIN, 0, 1), "no FreeSurfer file of one value",
              -1, 0);
    check_big("lh.curv", make_big("biii", CURV, 9, 0, 1), "promises", -1, 0);
    check_big("lh.curv", make_big("biii", CURV, 0, 0, 1), "", 0, 0);
    static const struct {
        const char *file, *name;
    } files[] = { { "lh.curv", "curv" },      { "a/rh.sulc", "sulc" }, { "thick", "thick" },
                  { "lh.thin.curv", "thin" }, { ".curv", ".curv" },    { "a.dat", "a.dat" },
                  { "x.annot", "x" } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text file = make_big("biiif", CURV, 1, 0, 1, 0.5);
        pel_mesh m;
        assert_ok(pel_read_mesh_bytes(&m, file.text, file.length, files[i].file));
        assert_string_equal(m.array[0].name, files[i].name);
        assert_true(m.placeless);
        assert_near(pel_array_get(&m.array[0], 0, 0), 0.5, 0);
        pel_mesh_free(&m);
        pel__text_free(&file);
    }
}

static void freesurfer_annotations_at_their_edges(void **state)
{
    (void)state;
    const char *name = "lh.x.annot";
    check_big(name, make_big("b", "abc"), "is no mesh", -1, 0);
    check_big(name,
              make_big("b", "\x81"
                            "abc"),
              "is no mesh", -1, 0);
    check_big(name, make_big("i", 9), "promises", -1, 0);
    check_big(name, make_big("i", 0), "", 0, 0);
    check_big(name, make_big("iii", 1, 0, 7), "", 1, 0);
    check_big(name, make_big("iii", 1, -1, 7), "names point -1", -1, 0);
    check_big(name, make_big("iii", 1, 1, 7), "names point 1", -1, 0);
    // no table, another tag, an empty one
    check_big(name, make_big("iiii", 1, 0, 7, 2), "", 1, 0);
    check_big(name, make_big("iiii", 1, 0, 7, 1), "", 1, 0);
    check_big(name, make_big("iiiii", 1, 0, 7, 1, 0), "", 1, 0);
    // tables of another version, cut short, of too many entries, with keys that cannot be
    check_big(name, make_big("iiiiii", 1, 0, 7, 1, 1, -1), "table of colours", -1, 0);
    check_big(name, make_big("iiiii", 1, 0, 7, 1, -3), "table of colours", -1, 0);
    check_big(name, make_big("iiiii", 1, 0, 7, 1, -2), "table of colours", -1, 0);
    check_big(name, make_big("iiiiis", 1, 0, 7, 1, 1 << 21, "o"), "table of colours", -1, 0);
    check_big(name, make_big("iiiiiisi", 1, 0, 7, 1, -2, 9, "o", -1), "table of colours", -1, 0);
    check_big(name, make_big("iiiiiisii", 1, 0, 7, 1, -2, 9, "o", 1, -1), "table of colours", -1,
              0);
    check_big(name, make_big("iiiiiisiisiiii", 1, 0, 7, 1, -2, 9, "o", 1, -1, "n", 1, 2, 3, 0),
              "table of colours", -1, 0);
    check_big(name, make_big("iiiiiisi", 1, 0, 7, 1, -2, 9, "o", 1), "table of colours", -1, 0);
}

// colours become keys, of two entries of one colour the first; a colour of none is -1; what is
// longer than a name is cut
static void freesurfer_colours_become_labels(void **state)
{
    (void)state;
    char longest[100];
    memset(longest, 'n', sizeof longest - 1);
    longest[99] = 0;
    pel__text file =
        make_big("iiiiiiiiissiiiisiiiisiiii", 3, 0, 3 << 16 | 2 << 8 | 1, 1, 0x777777, 2, 0x123, 1,
                 3, "lut", "first", 1, 2, 3, 0, "again", 1, 2, 3, 0, longest, 9, 9, 9, 0);
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, file.text, file.length, "lh.x.annot"));
    assert_int_equal(m.label_count, 3);
    assert_int_equal(strlen(m.label[2].name), 63);
    assert_memory_equal(m.array[0].data, ((const int32_t[]){ 0, -1, -1 }), 12);
    pel_mesh_free(&m);
    pel__text_free(&file);
}

static void freesurfer_patches_at_their_edges(void **state)
{
    (void)state;
#define PATCH "\xff\xff\xff\xff"
    check_big("lh.patch", make_big("b", PATCH), "promises", -1, 0);
    check_big("lh.patch", make_big("bi", PATCH, -1), "promises", -1, 0);
    check_big("lh.patch", make_big("bi", PATCH, 1), "promises", -1, 0);
    check_big("lh.patch", make_big("biifff", PATCH, 1, 0, 1., 2., 3.), "has a zero", -1, 0);
    check_big("lh.patch", make_big("biifff", PATCH, 1, -5, 1., 2., 3.), "", 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(glb_at_its_edges),
        cmocka_unit_test(damaged_heads_of_glb_are_refused),
        cmocka_unit_test(nodes_of_glb_move_their_meshes),
        cmocka_unit_test(numbers_on_points_of_glb_are_kept),
        cmocka_unit_test(freesurfer_surfaces_at_their_edges),
        cmocka_unit_test(freesurfer_surfaces_are_moved_to_the_scanner),
        cmocka_unit_test(freesurfer_values_at_their_edges),
        cmocka_unit_test(freesurfer_annotations_at_their_edges),
        cmocka_unit_test(freesurfer_colours_become_labels),
        cmocka_unit_test(freesurfer_patches_at_their_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
