/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes as XML (VTP and GIFTI): what each allows at its edges, and every wrong file with its
 * message. */
#include "make_mesh.h"

#include "base/text.h"

/* ---- VTP ---- */

#define VTP(file, inside)                                                                          \
    "<VTKFile type='PolyData' " file "><PolyData>" inside "</PolyData></VTKFile>"
#define PIECE(counts, inside)   "<Piece " counts ">" inside "</Piece>"
#define ARRAY(about, numbers)   "<DataArray " about ">" numbers "</DataArray>"
#define TEXT(name, type, words) ARRAY("Name='" name "' type='" type "' format='ascii'", words)
#define POINTS                  "<Points>" TEXT("p", "Float32", "0 0 0\n1 0  0\t0 1 0 ") "</Points>"
#define CELLS(kind, corners, ends)                                                                 \
    "<" kind ">" TEXT("connectivity", "Int32", corners) TEXT("offsets", "Int32", ends) "</" kind ">"
#define THREE(inside) VTP("", PIECE("NumberOfPoints='3'", POINTS inside))
#define FACE(inside)                                                                               \
    VTP("",                                                                                        \
        PIECE("NumberOfPoints='3' NumberOfPolys='1'", POINTS CELLS("Polys", "0 1 2", "3") inside))
#define OF_POINTS(file, about, numbers)                                                            \
    VTP(file, PIECE("NumberOfPoints='3'", POINTS                                                   \
                    "<PointData>" ARRAY("Name='a' type='UInt8' " about, numbers) "</PointData>"))

static void vtp_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { VTP("", ""), "no piece", -1, 0 },
        { VTP("", PIECE("", "") PIECE("", "")), "several pieces", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='x'", "")), "no sensible numbers", -1, 0 },
        { VTP("", PIECE("NumberOfVerts='x'", "")), "no sensible numbers", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='3000000000'", "")), "no sensible numbers", -1, 0 },
        { VTP("", PIECE("NumberOfPolys='3000000000'", "")), "no sensible numbers", -1, 0 },
        { VTP("", PIECE("NumberOfVerts='3000000000'", "")), "'Verts'", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='0'", "<Points/>")), "", 0, 0 },
        { VTP("compressor=''", PIECE("NumberOfPoints='3'", POINTS)), "", 3, 0 },
        { VTP("compressor='vtkLZ4DataCompressor'", ""), "another compressor", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='3'", "")), "'Points'", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='4'", POINTS)), "'Points'", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='1'", "<Points>" TEXT("p", "Weird", "1 2 3") "</Points>")),
          "'Points'", -1, 0 },
        { VTP("",
              PIECE("NumberOfPoints='1'", "<Points>" ARRAY("format='ascii'", "1 2 3") "</Points>")),
          "'Points'", -1, 0 },
        { FACE(""), "", 3, 1 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfVerts='1' NumberOfPolys='1'",
                        POINTS CELLS("Polys", "0 1 2", "3"))),
          "single points are left out", 3, 1 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfVerts='1'", POINTS)), "", 3, 0 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfStrips='1'",
                        POINTS CELLS("Strips", "0 1 2 0", "4"))),
          "", 3, 2 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfStrips='1'",
                        POINTS CELLS("Strips", "0 -1 2 0", "4"))),
          "names point -1", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfPolys='1'",
                        POINTS CELLS("Polys", "0 -1 2 0", "4"))),
          "names point -1", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfPolys='1'", POINTS)), "'Polys'", -1, 0 },
        { VTP("", PIECE("NumberOfPoints='3' NumberOfPolys='1'",
                        POINTS "<Polys>" TEXT("connectivity", "Int32", "0 1 2") "</Polys>")),
          "'Polys'", -1, 0 },
        { VTP("",
              PIECE("NumberOfPoints='3' NumberOfPolys='2'", POINTS CELLS("Polys", "0 1 2", "3"))),
          "'Polys'", -1, 0 },
        { VTP("",
              PIECE("NumberOfPoints='3' NumberOfPolys='2'", POINTS CELLS("Polys", "0 1 2", "3 2"))),
          "'offsets'", -1, 0 },
        { VTP("",
              PIECE("NumberOfPoints='3' NumberOfPolys='1'", POINTS CELLS("Polys", "0 1 2", "4"))),
          "'offsets'", -1, 0 },
    };
    MAKE_CHECK_ALL("x.vtp", samples);
}

static void vtp_arrays_at_their_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { THREE("<PointData>" TEXT("a", "Weird", "1 2 3") "</PointData>"), "", 3, 0 },
        { THREE("<PointData>" TEXT("a", "Int8", "1 2") "</PointData>"), "2 items for 3 points", -1,
          0 },
        { THREE("<PointData>" TEXT("a", "Int8", "") "</PointData>"), "0 items for 3 points", -1,
          0 },
        { THREE("<PointData>" TEXT("a", "Int8", "1 2 x") "</PointData>"), "'x'", -1, 0 },
        { THREE("<CellData>" TEXT("a", "Int8", "1") "</CellData>"), "", 3, 0 },
        { FACE("<CellData>" TEXT("a", "Int8", "1") "</CellData>"), "", 3, 1 },
        { FACE("<CellData>" TEXT("a", "Int8", "") "</CellData>"), "0 items for 1 faces", -1, 0 },
        { THREE("<FieldData>" TEXT("a", "Int8", "1") "</FieldData>"), "", 3, 0 },
        { THREE("<PointData><DataArray Name='a' type='Int8' format='ascii'>1 2 3<InformationKey>"
                "words<DataArray>4</DataArray></InformationKey></DataArray></PointData>"),
          "", 3, 0 },
        { THREE("<PointData>" ARRAY("Name='a' NumberOfComponents='x'", "") "</PointData>"), "'a'",
          -1, 0 },
        { THREE("<PointData>" ARRAY("Name='a' NumberOfComponents='5000'", "") "</PointData>"),
          "'a'", -1, 0 },
        { THREE("<PointData>" ARRAY("NumberOfComponents='5000'", "") "</PointData>"), "''", -1, 0 },
        { OF_POINTS("", "format='appended' offset='x'", ""), "'a'", -1, 0 },
        { OF_POINTS("", "format='appended' offset='0'", ""), "'a'", -1, 0 },
        { THREE(
              "<PointData>" ARRAY("type='Weird' format='appended' offset='0'", "") "</PointData>"),
          "", 3, 0 },
        // a length of 3 and three bytes
        { OF_POINTS("", "format='binary'", " AwAA\n\tAAECAw== "), "", 3, 0 },
        { OF_POINTS("header_type='UInt64'", "format='binary'", "AwAAAAAAAAABAgM="), "", 3, 0 },
        { OF_POINTS("", "format='binary'", ""), "0 items", -1, 0 },
        { OF_POINTS("", "format='binary'", "AwAAAA=A"), "'a'", -1, 0 },
        { OF_POINTS("", "format='binary'", "A==="), "'a'", -1, 0 },
        { OF_POINTS("", "format='binary'", "AwAAAAE"), "'a'", -1, 0 },
        { OF_POINTS("", "format='binary'", "Aw?AAAEC"), "'a'", -1, 0 },
        { OF_POINTS("", "format='binary'", "Aw=="), "'a'", -1, 0 },
        { OF_POINTS("", "format='binary'", "/+8AAAECAw=="), "'a'", -1, 0 },
    };
    MAKE_CHECK_ALL("x.vtp", samples);
}

static void digits_add(pel__text *to, const uint8_t *bytes, size_t size)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = 0;
        for (size_t b = 0; b < 3; b++)
            bits = bits << 8 | (i + b < size ? bytes[i + b] : 0);
        for (size_t d = 0; d < 4; d++)
            pel__text_add(to, "%c", i + d <= size ? digit[bits >> (18 - 6 * d) & 63] : '=');
    }
}

// blocks packed by zlib: their number, size, that of the last, and each packed
static void packed_blocks_are_checked(void **state)
{
    (void)state;
    // stored, not packed: three bytes, adler32 of them
    static const uint8_t whole[] = { 0x78, 1, 1, 3, 0, 0xfc, 0xff, 1, 2, 3, 0, 13, 0, 7 };
    static const struct {
        uint32_t head[5];
        int words; // of the head
        bool damaged;
        const char *says; // NULL: it is read
    } files[] = {
        { { 1, 3, 0, 14 }, 4, false, NULL },
        { { 1, 4, 3, 14 }, 4, false, NULL },
        { { 0 }, 1, false, "0 items" },
        { { 1000, 3, 0, 14 }, 4, false, "'a'" },
        { { 5, 3, 0, 14 }, 4, false, "'a'" },
        { { 1, 3, 0, 15 }, 4, false, "'a'" },
        { { 1, 2000000000, 0, 14 }, 4, false, "'a'" },
        { { 1, 100000, 0, 14 }, 4, false, "'a'" },
        { { 2, 3, 3, 14, 0 }, 5, true, "x.vtp" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        uint8_t bytes[64];
        size_t size = 0;
        for (int w = 0; w < files[i].words; w++)
            for (int b = 0; b < 4; b++)
                bytes[size++] = (uint8_t)(files[i].head[w] >> 8 * b);
        memcpy(bytes + size, whole, sizeof whole);
        bytes[size] ^= files[i].damaged;
        pel__text digits = { 0 }, text = { 0 };
        digits_add(&digits, bytes, size + sizeof whole);
        pel__text_add(&text,
                      OF_POINTS("compressor='vtkZLibDataCompressor'", "format='binary'", "%s"),
                      digits.text);
        make_check_mesh("x.vtp", text.text, text.length,
                        &(make_sample){ text.text, files[i].says, files[i].says ? -1 : 3, 0 });
        pel__text_free(&digits);
        pel__text_free(&text);
    }
    static const char cut[] =
        OF_POINTS("compressor='vtkZLibDataCompressor'", "format='binary'", "AA==");
    make_check_mesh("x.vtp", cut, sizeof cut - 1, &(make_sample){ cut, "0 items", -1, 0 });
}

// bytes behind the mark _, which may look like a comment
static void appended_bytes_are_found(void **state)
{
    (void)state;
    static const char head[] =
        "<VTKFile type='PolyData'><PolyData><Piece NumberOfPoints='3'>" POINTS
        "<PointData><DataArray Name='a' type='UInt8' format='appended' offset='%d'/></PointData>"
        "</Piece></PolyData><AppendedData encoding='%s'>_";
    static const struct {
        int offset;
        const char *encoding, *bytes;
        size_t size;
        const char *says; // NULL: it is read
    } files[] = {
        { 0, "raw", "\3\0\0\0\1\2\3<!--\n", 12, NULL },
        { 20, "raw", "\3\0\0\0\1\2\3", 7, "'a'" },
        { 0, "raw", "\4\0\0\0\1\2\3", 7, "'a'" },
        { 0, "base64", "AwAAAAECAw==</AppendedData></VTKFile>", 37, NULL },
        { 0, "base64", "AwAAAAECAw==", 12, NULL },
        { 0, "base64", "A?", 2, "'a'" },
        { 0, "base64", "A{", 2, "'a'" },
        { 0, "base64", "A!", 2, "'a'" },
        { 0, "base64", "A\x01", 2, "'a'" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text text = { 0 };
        pel__text_add(&text, head, files[i].offset, files[i].encoding);
        pel__text_add_bytes(&text, files[i].bytes, files[i].size);
        make_check_mesh("x.vtp", text.text, text.length,
                        &(make_sample){ NULL, files[i].says, files[i].says ? -1 : 3, 0 });
        pel__text_free(&text);
    }
}

// what pellucid writes before the numbers is looked for in the first bytes
static void long_vtp_is_read(void **state)
{
    (void)state;
    pel__text text = { 0 };
    pel__text_add(&text, "<!--\nwords\n-->%s", FACE(""));
    for (int i = 0; i < 100; i++)
        pel__text_add(&text, "%64s\n", "");
    make_check_mesh("x.vtp", text.text, text.length, &(make_sample){ NULL, "", 3, 1 });
    pel__text_free(&text);
}

static void kinds_of_vtp_arrays_are_kept(void **state)
{
    (void)state;
    static const char file[] = "<!--\nfirst\nsecond\n-->" THREE(
        "<PointData Normals='up'>" ARRAY(
            "Name='up' type='Float32' NumberOfComponents='3' format='ascii'", "0 0 1 0 0 1 0 0 1")
            ARRAY("Name='rgb' type='UInt8' NumberOfComponents='3' format='ascii'",
                  "1 2 3 4 5 6 7 8 9") ARRAY("Name='xyz' type='Float64' NumberOfComponents='3' "
                                             "format='ascii'",
                                             "1 2 3 4 5 6 7 8 9") TEXT("", "Int64", "7 8 9")
                TEXT("", "Int64", "7 8 9") "</PointData>");
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, file, sizeof file - 1, "x.vtp"));
    assert_string_equal(m.comment, "first\nsecond\n");
    static const pel_array_kind kinds[] = { PEL_ARRAY_NORMALS, PEL_ARRAY_COLOURS, PEL_ARRAY_VALUES,
                                            PEL_ARRAY_LABELS, PEL_ARRAY_LABELS };
    assert_int_equal(m.arrays, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(m.array[i].kind, kinds[i]);
    assert_string_equal(m.array[3].name, "values");
    assert_string_equal(m.array[4].name, "values_2");
    assert_near(pel_array_get(&m.array[1], 2, 1), 8, 0);
    pel_mesh_free(&m);
    // normals of two numbers, and of four bytes, are none
    static const char odd[] = THREE("<PointData Normals='up'>" ARRAY(
        "Name='up' type='UInt8' NumberOfComponents='4' format='ascii'",
        "1 2 3 4 5 6 7 8 9 10 11 12") "</PointData><PointData Normals='up'>" ARRAY("Name='up' "
                                                                                   "type='"
                                                                                   "Float32' "
                                                                                   "NumberOfCom"
                                                                                   "pon"
                                                                                   "ents='2' "
                                                                                   "format"
                                                                                   "='ascii'",
                                                                                   "1 2 3 4 5 "
                                                                                   "6") "</"
                                                                                        "PointD"
                                                                                        "ata>");
    assert_ok(pel_read_mesh_bytes(&m, odd, sizeof odd - 1, "x.vtp"));
    assert_int_equal(m.array[0].kind, PEL_ARRAY_VALUES);
    assert_int_equal(m.array[1].kind, PEL_ARRAY_VALUES);
    pel_mesh_free(&m);
}

/* ---- GIFTI ---- */

#define GIFTI(inside)             "<GIFTI>" inside "</GIFTI>"
#define DATA(about, inside, data) "<DataArray " about ">" inside "<Data>" data "</Data></DataArray>"
#define ASCII(intent, type, dims, inside, data)                                                    \
    DATA("Intent='NIFTI_INTENT_" intent "' DataType='" type "' Encoding='ASCII' " dims, inside,    \
         data)
#define OF(n)    "Dimensionality='1' Dim0='" n "'"
#define BY(n, m) "Dimensionality='2' Dim0='" n "' Dim1='" m "'"
#define G_POINTS ASCII("POINTSET", "NIFTI_TYPE_FLOAT32", BY("3", "3"), "", "0 0 0 1 0 0 0 1 0")
#define G_FACE   ASCII("TRIANGLE", "INT32", BY("1", "3"), "", "0 1 2")
#define NONE(of) ASCII("NONE", "FLOAT32", of, "", "1 2 3")
#define SPACE(inside)                                                                              \
    "<CoordinateSystemTransformMatrix>" inside "</CoordinateSystemTransformMatrix>"
#define PLACED(inside) GIFTI(ASCII("POINTSET", "FLOAT32", BY("1", "3"), SPACE(inside), "1 2 3"))

static void gifti_at_its_edges(void **state)
{
    (void)state;
    static const make_sample samples[] = {
        { "<?xm", "is no mesh", -1, 0 },
        { "<words/>", "is no mesh", -1, 0 },
        { "<?xml version='1.0'?><other/>", "without any array", -1, 0 },
        { "<?xml version='1.0'?><other>", "its XML is damaged", -1, 0 },
        { GIFTI("<DataArray/>"), "a type that is not read", -1, 0 },
        { GIFTI("<DataArray DataType='FLOAT32'/>"), "lies in another file", -1, 0 },
        { GIFTI("<DataArray DataType='FLOAT32' Encoding='ASCII'/>"), "from 1 to 6", -1, 0 },
        { GIFTI("<DataArray DataType='FLOAT32' Encoding='ASCII' Dimensionality='7'/>"),
          "from 1 to 6", -1, 0 },
        { GIFTI("<DataArray DataType='FLOAT32' Encoding='ASCII' Dimensionality='1'/>"),
          "how long it is", -1, 0 },
        { GIFTI(G_POINTS G_FACE), "", 3, 1 },
        { GIFTI(G_FACE), "", 1, 0 },
        { GIFTI(G_POINTS G_FACE G_POINTS G_FACE), "further points and triangles", 3, 1 },
        { GIFTI(ASCII("POINTSET", "FLOAT32", OF("3"), "", "1 2 3")), "no three coordinates", -1,
          0 },
        { GIFTI(ASCII("POINTSET", "FLOAT32", BY("1", "2"), "", "1 2")), "no three coordinates", -1,
          0 },
        { GIFTI(G_POINTS ASCII("TRIANGLE", "INT32", OF("3"), "", "1 2 3")), "no three corners", -1,
          0 },
        { GIFTI(G_POINTS ASCII("TRIANGLE", "INT32", BY("1", "2"), "", "1 2")), "no three corners",
          -1, 0 },
        { GIFTI(G_POINTS ASCII("NODE_INDEX", "INT32", OF("3"), "", "1 2 3")), "of some points only",
          -1, 0 },
        { GIFTI(G_POINTS G_FACE NONE(OF("2"))), "is left out", 3, 1 },
        { GIFTI(G_POINTS G_FACE NONE(OF("1"))), "", 3, 1 },
        { GIFTI(G_POINTS NONE(BY("3", "0"))), "damaged or cut short", -1, 0 },
        { GIFTI(NONE(OF("0"))), "", 0, 0 },
        { GIFTI(ASCII("NONE", "FLOAT32", OF("3"), "", "")), "damaged or cut short", -1, 0 },
        { GIFTI(ASCII("NONE", "FLOAT32", OF("3"), "", "1 2")), "ends in the middle", -1, 0 },
        { GIFTI("<DataArray Intent='x' DataType='UINT8' Encoding='ASCII' " OF("3") "/>"),
          "(x) is damaged or cut short", -1, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' " OF("3"), "<Data>1 2 3</Data>", "4 5 6")),
          "", 3, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='Base64Binary' " OF("3"), "", "AQID")), "", 3, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='Base64Binary' " OF("3"), "", "AQI=")), "cut short",
          -1, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='Base64Binary' " OF("3"), "", "A?")), "cut short",
          -1, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' Dimensionality='4' Dim0='2147483647' "
                     "Dim1='2147483647' Dim2='2147483647' Dim3='2147483647'",
                     "", "1")),
          "cut short", -1, 0 },
        { GIFTI(DATA("DataType='FLOAT64' Encoding='ASCII' Dimensionality='3' Dim0='2147483647' "
                     "Dim1='2147483647' Dim2='1'",
                     "", "1")),
          "cut short", -1, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' Dimensionality='4' Dim0='0' "
                     "Dim1='2147483647' Dim2='2147483647' Dim3='2147483647'",
                     "", "1")),
          "cut short", -1, 0 },
        { GIFTI(DATA(
              "DataType='UINT8' Encoding='ASCII' ArrayIndexingOrder='ColumnMajorOrder' " OF("3"),
              "", "1 2 3")),
          "", 3, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' ArrayIndexingOrder='ColumnMajorOrder' " BY(
                         "0", "3"),
                     "", "")),
          "", 0, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' Dimensionality='3' Dim0='0' "
                     "Dim1='2147483647' Dim2='2'",
                     "", "")),
          "2147483647 channels", -1, 0 },
        { GIFTI(ASCII("TIME_SERIES", "FLOAT32", OF("0"), "", "")), "", 0, 0 },
        { GIFTI(NONE(BY("0", "0"))), "", 0, 0 },
        { GIFTI(DATA("DataType='UINT8' Encoding='ASCII' " OF("3"), "", "")), "cut short", -1, 0 },
        { "<x:GIFTI xmlns:x='y'><x:DataArray DataType='UINT8' Encoding='ASCII' " OF(
              "3") "><x:Data>1 2 3</x:Data></x:DataArray></x:GIFTI><!--<GIFTI-->",
          "", 3, 0 },
        { GIFTI("<Data>no array</Data>" NONE(OF("3"))), "", 3, 0 },
    };
    MAKE_CHECK_ALL("x.gii", samples);
    make_check_mesh("x.xml", "<?xml version='1.0'?><other/>", 29,
                    &(make_sample){ NULL, "is no mesh", -1, 0 });
}

static void gifti_coordinates_lie_where_the_file_says(void **state)
{
    (void)state;
#define TO_SCANNER "<TransformedSpace>NIFTI_XFORM_SCANNER_ANAT</TransformedSpace>"
#define MATRIX     "<MatrixData>1 0 0 10 0 1 0 20 0 0 1 30 0 0 0 1</MatrixData>"
    static const struct {
        const char *text;
        double x;
        bool oriented;
    } files[] = {
        { PLACED("<DataSpace>NIFTI_XFORM_UNKNOWN</DataSpace>" TO_SCANNER MATRIX), 11, true },
        { PLACED("<DataSpace>NIFTI_XFORM_TALAIRACH</DataSpace>" TO_SCANNER MATRIX), 1, true },
        { PLACED("<DataSpace>\n \n</DataSpace>" TO_SCANNER MATRIX), 11, true },
        { PLACED("<DataSpace/>" TO_SCANNER), 1, true },
        { PLACED("<DataSpace>elsewhere</DataSpace>" MATRIX), 1, false },
        { GIFTI("<MetaData><MD><Name>comment</Name><Value>coordinates: "
                "mine</Value></MD></MetaData>" ASCII("POINTSET", "FLOAT32", BY("1", "3"), "",
                                                     "1 2 3")),
          1, false },
        { GIFTI("<MetaData><MD><Name>comment</Name><Value>words</Value></MD></MetaData>" ASCII(
              "POINTSET", "FLOAT32", BY("1", "3"),
              SPACE(TO_SCANNER MATRIX) SPACE("<MatrixData>x</MatrixData>"), "1 2 3")),
          11, true },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel_mesh m;
        assert_ok(pel_read_mesh_bytes(&m, files[i].text, strlen(files[i].text), "x.gii"));
        assert_int_equal(m.oriented, files[i].oriented);
        assert_near(m.point_mm[0][0], files[i].x, 0);
        pel_mesh_free(&m);
    }
    static const make_sample samples[] = {
        { PLACED("<MatrixData/>"), "no 16 numbers", -1, 0 },
        { PLACED("<MatrixData>1 2</MatrixData>"), "no 16 numbers", -1, 0 },
        { PLACED("<MatrixData>1 2 x</MatrixData>"), "no 16 numbers", -1, 0 },
        { PLACED("<MatrixData>1 2 1e999</MatrixData>"), "no 16 numbers", -1, 0 },
        { GIFTI(ASCII("NONE", "FLOAT32", OF("1"), SPACE("<MatrixData>x</MatrixData>"), "1")), "", 1,
          0 },
        { GIFTI("<MatrixData>x</MatrixData>" NONE(OF("3"))), "", 3, 0 },
    };
    MAKE_CHECK_ALL("x.gii", samples);
}

#define MD(name, value)                                                                            \
    "<MetaData><MD><Name>" name "</Name><Value>" value "</Value></MD></MetaData>"

static void gifti_words_labels_and_kinds_are_kept(void **state)
{
    (void)state;
    static const char file[] = GIFTI(
        MD("comment", " hello \n") MD("who", "me") MD("empty", "")
            MD("", "  ") "<LabelTable><Label Key='3' Red='0.2' Green='x' Blue='0'> three </Label>"
                         "<Label Index='5'>five</Label><Label "
                         "Key='x'>odd</Label><Label>none</Label></LabelTable>"
                         "<Label Key='9'>outside</Label>" G_POINTS G_FACE ASCII(
                             "VECTOR", "FLOAT32", BY("3", "3"), MD("Name", "a/b/normals"),
                             "0 0 1 0 0 1 0 0 1") ASCII("VECTOR", "FLOAT32", BY("3", "3"),
                                                        MD("Name", "other"), "1 2 3 4 5 6 7 8 9")
                             ASCII("RGB_VECTOR", "UINT16", BY("3", "3"), MD("Name", "wide"),
                                   "0 257 514 0 0 0 65535 0 0") ASCII("RGBA_VECTOR", "FLOAT32",
                                                                      BY("3", "4"), "",
                                                                      "0 0 0 1 0 0 0 1 0 0 0 1")
                                 ASCII("NONE", "INT32", OF("1"), MD("ItemsOf", "triangles"), "7")
                                     ASCII("TIME_SERIES", "FLOAT32", OF("3"), "", "1 2 3")
                                         ASCII("TIME_SERIES", "FLOAT32", OF("3"),
                                               MD("ItemsOf", "points"), "4 5 6")
                                             ASCII("TIME_SERIES", "FLOAT32", OF("2"), "", "4 5"));
    pel_mesh m;
    assert_ok(pel_read_mesh_bytes(&m, file, sizeof file - 1, "x.gii"));
    assert_int_equal(m.label_count, 4);
    static const int32_t keys[] = { 3, 5, 0, 0 };
    for (int i = 0; i < 4; i++)
        assert_int_equal(m.label[i].key, keys[i]);
    assert_string_equal(m.label[0].name, "three");
    assert_memory_equal(m.label[0].rgba, "\x33\xff\0\xff", 4);
    assert_non_null(strstr(m.comment, "hello\nwho: me\n"));
    assert_int_equal(pel_mesh_find(&m, "normals")->kind, PEL_ARRAY_NORMALS);
    assert_int_equal(pel_mesh_find(&m, "other")->kind, PEL_ARRAY_VALUES);
    assert_non_null(pel_mesh_find_kind(&m, PEL_ARRAY_COLOURS));
    const pel_array *wide = pel_mesh_find(&m, "wide");
    assert_near(pel_array_get(wide, 0, 2), 2, 0);
    assert_near(pel_array_get(wide, 2, 0), 255, 0);
    const pel_array *series = pel_mesh_find(&m, "time_series");
    assert_int_equal(series->channels, 2);
    assert_near(pel_array_get(series, 2, 1), 6, 0);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- both ---- */

static void repeat(pel__text *to, const char *text, int count)
{
    for (int i = 0; i < count; i++)
        pel__text_add(to, "%s", text);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *repeated;
        int count;
        const char *says;
    } files[] = {
        { "x.vtp", "<VTKFile type='PolyData'><PointData>", "<DataArray/>", 1025, "1024 arrays" },
        { "x.vtp", "<VTKFile type='PolyData'>", "<a>", 70, "nested too deep" },
        { "x.gii", "<GIFTI>",
          "<DataArray DataType='UINT8' Encoding='ASCII' Dimensionality='1' Dim0='0'/>", 8193,
          "8192 arrays" },
        { "x.gii", "<GIFTI>", "<a>", 70, "nested too deep" },
        // longer than what XML is read by
        { "x.gii", "<GIFTI>", "                                                                ",
          70000, "its XML is damaged" },
        // as much of a text as anybody reads is kept, and XML goes on
        { "x.gii", "<GIFTI><Value>", "0123456789abcde\n", 70000, "its XML is damaged" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        pel__text text = { 0 };
        repeat(&text, files[i].before, 1);
        repeat(&text, files[i].repeated, files[i].count);
        make_check_mesh(files[i].name, text.text, text.length,
                        &(make_sample){ files[i].before, files[i].says, -1, 0 });
        pel__text_free(&text);
    }
}

#define EMPTY ASCII("NONE", "UINT8", BY("1", "0"), "", "")
#define WIDE  ASCII("NONE", "UINT8", BY("1", "5000"), "", "1")

// of many arrays a plan counts the first
static void many_arrays_are_planned(void **state)
{
    (void)state;
    static const char *const names[] = { "x.vtp", "x.gii" };
    make_enter();
    for (int i = 0; i < 2; i++) {
        pel__text text = { 0 };
        pel_mesh_cost cost;
        repeat(&text,
               i ? "<GIFTI>" EMPTY WIDE
                 : "<VTKFile type='PolyData'><Piece NumberOfPoints='3'>" POINTS,
               1);
        repeat(&text, i ? NONE(OF("3")) : "<PointData>" TEXT("a", "Int8", "1 2 3") "</PointData>",
               300);
        repeat(&text, i ? "</GIFTI>" : "</Piece></VTKFile>", 1);
        make_file(names[i], text.text, text.length);
        assert_ok(pel_plan_mesh(&cost, names[i]));
        assert_int_equal(cost.points, 3);
        assert_true(cost.array_bytes >= 240 * 3 * 4);
        pel__text_free(&text);
    }
    make_leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vtp_at_its_edges),
        cmocka_unit_test(vtp_arrays_at_their_edges),
        cmocka_unit_test(packed_blocks_are_checked),
        cmocka_unit_test(appended_bytes_are_found),
        cmocka_unit_test(long_vtp_is_read),
        cmocka_unit_test(kinds_of_vtp_arrays_are_kept),
        cmocka_unit_test(gifti_at_its_edges),
        cmocka_unit_test(gifti_coordinates_lie_where_the_file_says),
        cmocka_unit_test(gifti_words_labels_and_kinds_are_kept),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(many_arrays_are_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
