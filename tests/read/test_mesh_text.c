/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes as text: what each format allows at its edges, and every wrong file with its message. */
#include "make_mesh.h"

#include <unistd.h>

#include "base/text.h"

static pel_mesh must_read(const char *name, const pel__text *text)
{
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, text->text, text->length, name));
    return m;
}

#define V "v 0 0 0\nv 1 0 0\nv 0 1 0\n"

static void obj_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "", "is no mesh", -1, 0 },
        { "xyz\n", "is no mesh", -1, 0 },
        { "o a\n", "", 0, 0 },
        { "g a\n", "", 0, 0 },
        { "mtllib a\n", "", 0, 0 },
        { "# a\n", "", 0, 0 },
        { "mtllib a\n" V "f 1 2 3\n", "", 3, 1 },
        { "o a\n" V "f 1 2 3\n", "", 3, 1 },
        { "g a\n" V "   \nf 1 2 3\n", "", 3, 1 },
        { V "f 1 2 \\\r\n3\n", "", 3, 1 },
        { V "f 1 2 3\n# a\\b\\", "", 3, 1 },
        { V "f 1 2 3\n# a\\\r", "", 3, 1 },
        { V "f 1/1 2/1 3/1\ncurv 0 1 1 2\nl 1 2\n", "textures and lines are left out", 3, 1 },
        { V "l 1 2\nl 2 3\n", "lines are left out", 3, 0 },
        { "v 1 2 3 4 5 6 7 8 9\n", "", 1, 0 },
        { "v 1 2\n", "nothing where a number belongs", -1, 0 },
        { V "vn 0 0 1\nf 1//1 2//1 9//1\n", "", -1, 0 },
        { V "vn 0 0 1\nf 1//1 2//9 3//1\n", "'9'", -1, 0 },
        { V "vn 0 0 1\nf 1//1 2//x 3//1\n", "'x'", -1, 0 },
        { V "f 0 1 2\n", "'0'", -1, 0 },
    };
    MAKE_CHECK_ALL("x.obj", samples);
    make_check_mesh("x.obj", "v 0 0 0\n\0", 9, &(make_sample){ NULL, "is no mesh", -1, 0 });
    make_check_mesh("x.bin", V, strlen(V), &(make_sample){ NULL, "is no mesh", -1, 0 });
}

// normals of the first points alone, and more of them than there is room for at first
static void obj_keeps_normals_of_many_points(void **state)
{
    (void)state;
    pel__text text = { 0 };
    pel__text_add(&text, V);
    for (int i = 0; i < 70; i++)
        pel__text_add(&text, "vn 0 %d 1\n", i);
    pel__text_add(&text, "f 1//70 2//70 3//70\n");
    for (int i = 0; i < 200; i++)
        pel__text_add(&text, "v 0 0 %d\n", i);
    pel_mesh m = must_read("x.obj", &text);
    assert_int_equal(m.points, 203);
    const pel_array *normals = pel_mesh_find(&m, "normals");
    assert_near(pel_array_get(normals, 2, 1), 69, 0);
    assert_near(pel_array_get(normals, 202, 1), 0, 0);
    pel_mesh_free(&m);
    pel__text_free(&text);
}

#define P "0 0 0\n1 0 0\n0 1 0\n"

static void off_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "OFF 3 1 0\n" P "3 0 1 2 1 2 3 4 5 6 7 8 9 10 11 12 13\n", "", 3, 1 },
        { "OFF\n3 2 0\n" P "3 0 1 2 1 2 3 4\n3 0 1 2 1 2 3\n", "", 3, 2 },
        { "OFF\n3 1 0\n" P "2 0 1\n", "fewer than three corners", 3, 0 },
        { "OFF\x01\n3 1 0\n" P, "is no OFF", -1, 0 },
        { "OFF\nx 1 0\n" P, "no numbers of points", -1, 0 },
        { "OFF\n", "no numbers of points", -1, 0 },
        { "OFF\n2 0 0\n1 2 3 # and many words that fill the file\n", "point 1 is damaged", -1, 0 },
        { "OFF\n1 0 0\n1 2 x\n", "point 0 is damaged", -1, 0 },
        { "COFF\n1 0 0\n1 2 3 4\n", "point 0 is damaged", -1, 0 },
        { "OFF\n3 1 0\n" P "# no face, but a comment\n", "face 0 is damaged", -1, 0 },
        { "OFF\n3 1 0\n" P "x 0 1 2\n", "face 0 is damaged", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1\n", "face 0 is damaged", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1 x\n", "face 0 is damaged", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1 -1\n", "names point -1", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1 3e9\n", "names point 3e+09", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1 1.5\n", "names point 1.5", -1, 0 },
        { "OFF\n3 1 0\n" P "3 0 1 7\n", "names point 7", -1, 0 },
    };
    MAKE_CHECK_ALL("x.off", samples);
    pel__text text = { 0 };
    pel__text_add(&text, "OFF\n3 1 0\n" P "300");
    for (int i = 0; i < 300; i++)
        pel__text_add(&text, " %d", i % 3);
    pel_mesh m = must_read("x.off", &text);
    assert_int_equal(m.triangles, 298);
    pel_mesh_free(&m);
    pel__text_free(&text);
}

#define FACET                                                                                      \
    "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 "                      \
    "0\nendloop\nendfacet\n"

static void stl_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "solid a\nendsolid a\n", "", 0, 0 },
        { "solid a\n" FACET "endsolid\n", "", 3, 1 },
        { "solid a\n" FACET "7 endsolid\n", "", 3, 1 },
        { "solid a\n" FACET, "ends in the middle", -1, 0 },
        { "solid a\nfacet vertex 1 2 3\nendsolid\n", "ends in the middle", -1, 0 },
        { "solid a\nfacet what\nendsolid\n", "'what'", -1, 0 },
        { "solid a\nfacet vertex 1 2", "ends in the middle", -1, 0 },
    };
    MAKE_CHECK_ALL("x.stl", samples);
}

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put_float(uint8_t *to, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(to, bits);
}

// "solid" and "facet" in a binary title; more points than slots at first; triangles by the ten
// thousand, of which all but the first 1000 are one
static void stl_welds_many_corners(void **state)
{
    (void)state;
    enum { COUNT = 65600, HEAD = 84, ROW = 50, DISTINCT = 1000 };
    uint8_t *file = calloc(1, HEAD + (size_t)COUNT * ROW);
    assert_non_null(file);
    memcpy(file, "solid facet", 11);
    put_u32(file + 80, COUNT);
    for (int t = 0; t < COUNT; t++)
        for (int c = 0; c < 3; c++) {
            uint8_t *corner = file + HEAD + t * ROW + 12 + 12 * c;
            put_float(corner, (float)(t < DISTINCT ? t : 0));
            put_float(corner + 4, (float)c);
            // 0 and -0 are one place
            put_float(corner + 8, t % 2 ? 0.0F : -0.0F);
        }
    make_check_mesh("x.stl", file, HEAD + (size_t)COUNT * ROW,
                    &(make_sample){ NULL, NULL, 3 * DISTINCT, COUNT });
    free(file);
}

#define VTK    "# vtk DataFile Version 3.0\nwords\nASCII\nDATASET POLYDATA\n"
#define VP     VTK "POINTS 3 float\n0 0 0 1 0 0 0 1 0\n"
#define VF     VP "POLYGONS 1 4\n3 0 1 2\n"
#define BINARY "# vtk DataFile Version 3.0\nwords\nBINARY\nDATASET POLYDATA\n"

static void vtk_cells_at_their_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "# vtk DataFile Version 3.0\n", "neither ASCII nor BINARY", -1, 0 },
        { "# vtk DataFile Version 3.0\nx\nTEXT\n", "neither ASCII nor BINARY", -1, 0 },
        { "# vtk DataFile Version 3.0\nx\nASCII\nDATASET\n", "holds nothing", -1, 0 },
        { VTK, "has no POINTS", -1, 0 },
        { VTK "WHAT 3\n", "'WHAT'", -1, 0 },
        { VTK "POINTS x float\n", "POINTS", -1, 0 },
        { VTK "POINTS\n", "POINTS", -1, 0 },
        { VTK "POINTS 1 quad\n1 2 3\n", "the type of the points", -1, 0 },
        { VP "POINTS 3 float\n0 0 0 1 0 0 0 1 0\n", "POINTS", -1, 0 },
        { VP " \t \n\v\nMETADATA\nany words\n\nVERTICES 0 0\n", "", 3, 0 },
        { VP "LINES 1 3\n2 0 1\nVERTICES 1 2\n1 0\nPOLYGONS 1 4\n3 0 1 2\n", "left out", 3, 1 },
        { VP "POLYGONS 2 4\n3 0 1 2\n", "the cells", -1, 0 },
        { VP "POLYGONS 1 4\n-1 0 1 2\n", "the cells", -1, 0 },
        { VP "POLYGONS 1 4\n4 0 1 2\n", "the cells", -1, 0 },
        { VP "POLYGONS 1 x\n3 0 1 2\n", "of cells", -1, 0 },
        { VP "POLYGONS\n", "of cells", -1, 0 },
        { VP "POLYGONS 1 5\n4 0 -1 2 1\n", "names point -1", -1, 0 },
        { VP "TRIANGLE_STRIPS 1 5\n4 0 -1 2 1\n", "names point -1", -1, 0 },
        { VP "POLYGONS 2 3\n\n \nOFFSETS int\n0 3\nCONNECTIVITY int\n0 1 2\n", "", 3, 1 },
        { VP "POLYGONS 2 3\nOFFSETS int\n0 3\nWHAT int\n0 1 2\n", "CONNECTIVITY", -1, 0 },
        { VP "POLYGONS 2 3\nOFFSETS int\n0 3\n", "CONNECTIVITY", -1, 0 },
        { VP "POLYGONS 2 3\nOFFSETS int\n-1 3\nCONNECTIVITY int\n0 1 2\n", "do not rise", -1, 0 },
        { VP "POLYGONS 2 3\nOFFSETS int\n3 0\nCONNECTIVITY int\n0 1 2\n", "do not rise", -1, 0 },
        { VP "POLYGONS 2 3\nOFFSETS int\n0 4\nCONNECTIVITY int\n0 1 2\n", "do not rise", -1, 0 },
        { VF "POINT_DATA 3\nPOLYGONS 1 4\n3 0 1 2\n", "of cells", -1, 0 },
    };
    MAKE_CHECK_ALL("x.vtk", samples);
}

static void vtk_data_at_their_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { VTK "POINTS 0 float\nPOINT_DATA 0\nSCALARS a float\nLOOKUP_TABLE default\n", "", 0, 0 },
        { VF "FIELD f 1\na 1 0 float\n", "", 3, 1 },
        { VF "FIELD f 1\na 0 0 float\n", "", 3, 1 },
        { VF "FIELD f 3\n\nMETADATA\nx\n\na 0 3 float\nb 1 2 float\n1 2\nc 1 1 string\nword\n", "",
          3, 1 },
        { VF "FIELD f 1\npellucid 1 2 string\nfirst\n", "", 3, 1 },
        { VF "FIELD f 1\n", "ends in the middle of its field", -1, 0 },
        { VF "FIELD f x\n", "FIELD", -1, 0 },
        { VF "FIELD f 1\na 1 5 float\n1 2\n", "ends in the middle of a", -1, 0 },
        { VF "FIELD f 1\na 1 2 float\n1 \x01\n", "is no number", -1, 0 },
        { VF "FIELD f 1\n\t\n", "of an array", -1, 0 },
        { VF "FIELD f 1\na x 1 float\n", "of an array", -1, 0 },
        { VF "FIELD f 1\na 1 x float\n", "of an array", -1, 0 },
        { VF "FIELD f 1\na 1 1\n", "the type of a", -1, 0 },
        { VF "POINT_DATA x\n", "POINT_DATA", -1, 0 },
        { VF "CELL_DATA x\n", "CELL_DATA", -1, 0 },
        { VF "POINT_DATA 2\n", "data for 2 points, but 3", -1, 0 },
        { VF "CELL_DATA 2\n", "data for 2 cells, but 1", -1, 0 },
        { VF "POINT_DATA 3\nSCALARS\n", "an array without a name", -1, 0 },
        { VF "POINT_DATA 3\nSCALARS a float 9\n", "SCALARS", -1, 0 },
        { VF "POINT_DATA 3\nSCALARS a float\n1 2 3 and what is no table\n", "'and'", -1, 0 },
        { VF "POINT_DATA 3\nCOLOR_SCALARS a x\n", "COLOR_SCALARS", -1, 0 },
        { VF "POINT_DATA 3\nCOLOR_SCALARS a 0\n", "'a'", -1, 0 },
        { VF "POINT_DATA 3\nLOOKUP_TABLE a x\n", "LOOKUP_TABLE", -1, 0 },
        { VF "POINT_DATA 3\nTEXTURE_COORDINATES a 4 float\n", "TEXTURE_COORDINATES", -1, 0 },
        { VF "POINT_DATA 3\nVECTORS a float\n1 2 3\n", "ends in the middle of a", -1, 0 },
        { VP "VERTICES 1 2\n1 0\nCELL_DATA 1\nSCALARS a int\nLOOKUP_TABLE default\n7\n", "", 3, 0 },
    };
    MAKE_CHECK_ALL("x.vtk", samples);
    static const char zero[] = VTK "POINTS 1 float\n1\0 2 \0 3\n";
    make_check_mesh("x.vtk", zero, sizeof zero - 1, &(make_sample){ NULL, "", 1, 0 });
    static const char words[] = BINARY "POINTS 0 float\nFIELD f 1\nwords 1 1 string\nhello\n";
    make_check_mesh("x.vtk", words, sizeof words - 1,
                    &(make_sample){ words, "the type of words is none", -1, 0 });
}

static void names_and_kinds_of_vtk_data_are_kept(void **state)
{
    (void)state;
    pel__text text = { 0 };
    pel__text_add(&text,
                  VP "POLYGONS 2 9\n4 0 1 2 0\n3 0 1 2\nPOINT_DATA 3\n"
                     "SCALARS a%%20b%%2%%g0\x01%%c3%%a9 unsigned_char 3\n"
                     "1 2 3 4 5 6 7 8 9\n"
                     "FIELD f 2\nid 1 3 unsigned_int\n7 8 9\nbig 1 3 vtktypeint64\n1 2 3e9\n"
                     "VECTORS %060d unsigned_char\n1 2 3 4 5 6 7 8 9\n"
                     "CELL_DATA 2\nSCALARS part int\nLOOKUP_TABLE default\n5 6\n",
                  1);
    pel_mesh m = must_read("x.vtk", &text);
    const pel_array *colours = pel_mesh_find(&m, "a b%2%g0\xc3\xa9");
    assert_non_null(colours);
    assert_int_equal(colours->kind, PEL_ARRAY_COLOURS);
    assert_near(pel_array_get(colours, 1, 2), 6, 0);
    assert_int_equal(pel_mesh_find(&m, "id")->kind, PEL_ARRAY_LABELS);
    assert_int_equal(pel_mesh_find(&m, "big")->kind, PEL_ARRAY_VALUES);
    assert_int_equal(strlen(m.array[3].name), 55);
    const pel_array *part = pel_mesh_find(&m, "part");
    assert_near(pel_array_get(part, 1, 0), 5, 0);
    assert_near(pel_array_get(part, 2, 0), 6, 0);
    pel_mesh_free(&m);
    pel__text_free(&text);
}

// a table of colours, words with a zero in them, words of another type
static void binary_vtk_keeps_its_words(void **state)
{
    (void)state;
    static const char file[] = BINARY "POINTS 0 float\nLOOKUP_TABLE t 1\nrgba\n"
                                      "FIELD f 2\npellucid 1 5 unsigned_char\nab\0cd\n"
                                      "pellucid 1 2 char\nxy\n";
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, file, sizeof file - 1, "x.vtk"));
    assert_string_equal(m.comment, "words\nab cd\n");
    pel_mesh_free(&m);
}

#define PLY "ply\nformat ascii 1.0\n"
#define XYZ "element vertex 1\nproperty float x\nproperty float y\nproperty float z\n"

static void ply_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { PLY XYZ "property list uchar int red\nproperty uchar green\nproperty uchar blue\n"
                  "end_header\n1 2 3 1 9 5 6\n",
          "", 1, 0 },
        { PLY XYZ "property uchar red\nproperty uchar blue\nend_header\n1 2 3 5 6\n", "", 1, 0 },
        { PLY XYZ "property uchar red\nproperty uchar green\nend_header\n1 2 3 5 6\n", "", 1, 0 },
        { PLY XYZ "property uchar red\nproperty uchar green\nproperty uchar blue\n"
                  "property uchar r\nproperty uchar g\nproperty uchar b\nend_header\n"
                  "1 2 3 5 6 7 8 9 1\n",
          "", 1, 0 },
        { PLY XYZ "element other 0\nproperty int a\nend_header\n1 2 3\n", "", 1, 0 },
        { PLY XYZ "element face 1\nproperty list uchar int weights\n"
                  "property list uchar float vertex_indices\nend_header\n1 2 3\n1 0 3 0 0 0\n",
          "no list vertex_indices", -1, 0 },
        { PLY XYZ "element face 1\nproperty list uchar int weights\n"
                  "property list uchar int vertex_index\nend_header\n1 2 3\n2 5 6 5 0 0 0 0 0\n",
          "", 1, 3 },
        { PLY XYZ "element face 1\nproperty list uint int vertex_index\nend_header\n1 2 3\n"
                  "3000000000 0 0 0\n",
          "a list of 3e+09", -1, 0 },
        { PLY XYZ "element face 1\nproperty list uint int vertex_index\nend_header\n1 2 3\n"
                  "2.5 0 0 0\n",
          "a list of 2.5", -1, 0 },
        { PLY XYZ "element face 1\nproperty list uint int vertex_index\nend_header\n1 2 3\n"
                  "3 0 0 3e9\n",
          "names vertex 3e+09", -1, 0 },
        { PLY XYZ "property list uint int a\nend_header\n1 2 3\n9 1 2\n", "ends in vertex 0", -1,
          0 },
        { PLY "element other 2\nproperty int a\nproperty int b\n" XYZ "end_header\n123456789 1\n",
          "ends in other 1", -1, 0 },
        { PLY "element vertex 9000000000000000000\nproperty float x\nproperty float y\n"
              "property float z\nend_header\n1 2 3\n",
          "promises", -1, 0 },
    };
    MAKE_CHECK_ALL("x.ply", samples);
    pel__text text = { 0 };
    pel__text_add(&text, PLY "%0100d\nend_header\n", 1);
    make_check_mesh("x.ply", text.text, text.length,
                    &(make_sample){ NULL, "a word too long", -1, 0 });
    text.length = 0;
    pel__text_add(&text, PLY XYZ "end_header\n1 2 %0500d\n", 3);
    pel_mesh m;
    // what is longer than any number ends, and the rest is no more of it
    assert_ok(pel_read_mesh_bytes(&m, text.text, text.length, "x.ply"));
    pel_mesh_free(&m);
    pel__text_free(&text);
}

// packed, so that nobody knows how long it is; and only planned
static void meshes_of_unknown_length_are_read_and_planned(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } files[] = { { "x.ply.gz",
                    PLY "element other 1\nproperty int a\n" XYZ "end_header\n7\n1 2 3\n" },
                  { "x.obj.gz", V },
                  { "x.stl.gz", "solid a\n" FACET "endsolid\n" } };
    make_enter();
    for (int i = 0; i < 3; i++) {
        uint8_t packed[1000];
        pel_mesh m;
        pel_mesh_cost cost;
        size_t size = make_gzip(packed, sizeof packed, files[i].text, strlen(files[i].text));
        make_file(files[i].name, packed, size);
        assert_true(pel_can_read_mesh(files[i].name));
        assert_ok(pel_read_mesh(&m, files[i].name));
        assert_ok(pel_plan_mesh(&cost, files[i].name));
        assert_true(cost.points >= m.points && cost.triangles >= m.triangles);
        pel_mesh_free(&m);
    }
    make_leave();
}

static void points_as_lines_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        int points;
    } files[] = { { "x,y,z\n# words\n\n1,2;3\n4 5 6 7\n", NULL, 2 },
                  { "007 -0 0.0234567890123456\n12345678901234567 .5 5.\n", NULL, 2 },
                  { "1 2 1.2.3\n", "no three numbers", -1 },
                  { "1 2 -\n", "no three numbers", -1 },
                  { "1 2 .\n", "no three numbers", -1 },
                  { "1,2\n", "line 1 has no three numbers", -1 },
                  { "1 2 3\n1,2,x\n", "line 2 has no three numbers", -1 },
                  { "1 2 3\n4 5 1e999\n", "points.csv", -1 } };
    make_enter();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel_mesh m;
        make_file("points.csv", files[i].text, strlen(files[i].text));
        pel_status s = pel_read_points(&m, "points.csv");
        assert_int_equal(s == PEL_OK, files[i].points >= 0);
        if (s == PEL_OK)
            assert_int_equal(m.points, files[i].points);
        else
            assert_error_says(files[i].says);
        pel_mesh_free(&m);
    }
    make_file("points.obj", V, strlen(V));
    pel_mesh m;
    assert_ok(pel_read_points(&m, "points.obj"));
    assert_int_equal(m.points, 3);
    pel_mesh_free(&m);
    assert_int_not_equal(pel_read_points(&m, "nothing.csv"), PEL_OK);
    make_leave();
}

// longer than what is read at first, and packed, so that nobody knows how long
static void long_packed_text_is_read_whole(void **state)
{
    (void)state;
    enum { POINTS = 20000 };
    pel__text text = { 0 };
    for (int i = 0; i < POINTS; i++)
        pel__text_add(&text, "v %d 0 0\n", i);
    uint8_t *packed = malloc(text.length);
    assert_non_null(packed);
    size_t size = make_gzip(packed, text.length, text.text, text.length);
    make_check_mesh("x.obj.gz", packed, size, &(make_sample){ NULL, NULL, POINTS, 0 });
    free(packed);
    pel__text_free(&text);
}

// FreeSurfer's files have names, not endings: their first bytes tell
static void files_without_an_ending_are_known_by_their_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool is_mesh;
    } files[] = { { "\xff\xff\xfe\n", 4, true },  { "\xff\xff\xff\0", 4, true },
                  { "\xff\xff\xfd\n", 4, false }, { "\xff\xfe\xfe\n", 4, false },
                  { "\xff\xff\xfe", 3, false },   { "", 0, false } };
    make_enter();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        make_file("lh.any", files[i].bytes, files[i].size);
        assert_int_equal(pel_can_read_mesh("lh.any"), files[i].is_mesh);
    }
    assert_false(pel_can_read_mesh("lh.nothing"));
    assert_false(pel_can_read_mesh("."));
    static char longest[5000];
    memset(longest, 'a', sizeof longest - 1);
    assert_false(pel_can_read_mesh(longest));
    make_leave();
}

// 3D Slicer's words turn points and normals; words that only look alike do not
static void words_tell_where_coordinates_lie(void **state)
{
    (void)state;
    static const struct {
        const char *comment;
        bool oriented;
        double x;
    } files[] = { { "SPACE=LPS", true, -1 },
                  { "SPACE=RAS", true, 1 },
                  { "SPACE=ABC", false, 1 },
                  { PEL_MESH_COORDINATES, true, 1 },
                  { "not " PEL_MESH_COORDINATES, false, 1 },
                  { PEL_MESH_COORDINATES " or not", false, 1 } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text text = { 0 };
        pel__text_add(&text,
                      PLY "comment %s\nelement vertex 3\nproperty float x\nproperty float y\n"
                          "property float z\nproperty float nx\nproperty float ny\n"
                          "property float nz\nproperty int a\nelement face 1\n"
                          "property list uchar int vertex_indices\nproperty float nx\n"
                          "property float ny\nproperty float nz\nend_header\n1 2 3 1 0 0 7\n"
                          "0 0 0 1 0 0 7\n0 1 0 1 0 0 7\n3 0 1 2 1 0 0\n",
                      files[i].comment);
        pel_mesh m = must_read("x.ply", &text);
        assert_int_equal(m.oriented, files[i].oriented);
        assert_near(m.point_mm[0][0], files[i].x, 0);
        assert_near(m.point_mm[0][1], 2 * files[i].x, 0);
        assert_near(pel_array_get(pel_mesh_find(&m, "normals"), 0, 0), files[i].x, 0);
        pel_mesh_free(&m);
        pel__text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(obj_at_its_edges),
        cmocka_unit_test(obj_keeps_normals_of_many_points),
        cmocka_unit_test(off_at_its_edges),
        cmocka_unit_test(stl_at_its_edges),
        cmocka_unit_test(stl_welds_many_corners),
        cmocka_unit_test(vtk_cells_at_their_edges),
        cmocka_unit_test(vtk_data_at_their_edges),
        cmocka_unit_test(names_and_kinds_of_vtk_data_are_kept),
        cmocka_unit_test(binary_vtk_keeps_its_words),
        cmocka_unit_test(ply_at_its_edges),
        cmocka_unit_test(meshes_of_unknown_length_are_read_and_planned),
        cmocka_unit_test(long_packed_text_is_read_whole),
        cmocka_unit_test(points_as_lines_are_read),
        cmocka_unit_test(files_without_an_ending_are_known_by_their_bytes),
        cmocka_unit_test(words_tell_where_coordinates_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
