# SPDX-License-Identifier: Apache-2.0
"""mesh_seeds.py: small meshes in every format, as bytes, for make_corpus.py; the standard library only."""
import base64
import gzip
import json
import struct
import zlib

POINTS = [(0, 0, 0), (1, 0, 0.5), (0, 1, 1), (1, 1, -2.5)]
FACES = [(0, 1, 2), (1, 3, 2)]


def numbers(form, rows):
    return b"".join(struct.pack(form, *row) for row in rows)


def stls():
    rows = b"".join(struct.pack("<12fH", 0, 0, 1, *POINTS[a], *POINTS[b], *POINTS[c], 0) for a, b, c in FACES)
    yield "binary", b"# SPACE=LPS".ljust(80, b"\0") + struct.pack("<I", 2) + rows
    yield "cut", bytes(80) + struct.pack("<I", 2) + rows[:60]
    yield "huge", bytes(80) + struct.pack("<I", 0xffffffff) + rows
    text = "solid seed\n"
    for face in FACES:
        corners = "".join("vertex %g %g %g\n" % POINTS[c] for c in face)
        text += f"facet normal 0 0 1\nouter loop\n{corners}endloop\nendfacet\n"
    yield "text", (text + "endsolid seed\n").encode()
    yield "two", (text + "endsolid seed\n" + text + "endsolid\n").encode()
    yield "open", text.encode()
    yield "word", (text + "vertex 1 2 x\n").encode()


def objs():
    points = "".join("v %g %g %g\n" % p for p in POINTS)
    yield "plain", ("# seed\no thing\n" + points + "f 1 2 3\nf 2 4 3\n").encode()
    coloured = "".join("v %g %g %g 1 0.5 0.25\n" % p for p in POINTS)
    normals = "vn 0 0 1\nvn 1 0 0\nvn 0 1 0\nvn 0 0 -1\n"
    yield "full", ("#\n" + coloured + normals + "vt 0 0\nf 1/1/1 2/1/2 3//3\nf -3//-3 -1//-1 -2//-2\n").encode()
    yield "quad", ("g a\r\n" + points + "f 1 2 \\\n4 3\r\nf 1 2\r\nl 1 2\r\n").encode()
    yield "mixed", ("# x\n" + points + normals + "f 1//1 2//1 3//1\nf 2//2 4//2 3//2\n").encode()
    yield "cloud", ("# x\n" + points + normals).encode()
    yield "wrong", ("# x\n" + points + "f 1 9 0\n").encode()


def offs():
    points = "".join("%g %g %g\n" % p for p in POINTS)
    yield "plain", ("OFF\n# seed\n4 2 0\n" + points + "3 0 1 2\n3 1 3 2\n").encode()
    rows = "".join("%g %g %g 0 0 1 255 128 0 9\n" % p for p in POINTS)
    yield "full", ("CNOFF 4 1 0\n" + rows + "4 0 1 3 2 0.5 0.25 1\n").encode()
    yield "coloured", ("STCOFF\n4 2 0\n" + "".join("%g %g %g 0.1 0.2 0.3\n" % p for p in POINTS) +
                       "3 0 1 2 7\n3 1 3 2 10 20 30 40\n").encode()
    yield "said", ("OFF # words\n4 2 0\n# more\n" + points + "# and more\n3 0 1 2\n3 1 3 2\n").encode()
    yield "binary", b"OFF BINARY\n\0\0\0\4"
    yield "huge", b"OFF\n999999999 999999999 0\n0 0 0\n"
    yield "cut", ("OFF\n4 2 0\n" + points + "3 0 1\n").encode()


def vtk(ascii_form, cells, data=b"", title=b"seed"):
    head = b"# vtk DataFile Version 3.0\n%s\n%s\nDATASET POLYDATA\n" % (title, b"ASCII" if ascii_form else b"BINARY")
    points = ("\n".join("%g %g %g" % p for p in POINTS)).encode() if ascii_form else numbers(">3f", POINTS)
    return head + b"POINTS 4 float\n" + points + b"\n" + cells + b"\n" + data


def vtks():
    text = b"POLYGONS 2 8\n3 0 1 2\n3 1 3 2\n"
    data = (b"POINT_DATA 4\nSCALARS heat float 1\nLOOKUP_TABLE default\n1 2 3 nan\nNORMALS n float\n" +
            b"0 0 1 " * 4 + b"\nCOLOR_SCALARS rgb 3\n" + b"0 0.5 1 " * 4 + b"\nVECTORS v double\n" + b"1 2 3 " * 4 +
            b"\nFIELD FieldData 2\na%20b 2 4 int\n1 2 3 4 5 6 7 8\nwords 1 1 string\nhello\nMETADATA\nINFORMATION 0\n\n" +
            b"TEXTURE_COORDINATES t 2 float\n" + b"0 1 " * 4 + b"\nLOOKUP_TABLE t 1\n0 0 0 1\nTENSORS s float\n" +
            b"1 2 3 4 5 6 7 8 9 " * 4 + b"\nCELL_DATA 2\nSCALARS part int\nLOOKUP_TABLE default\n5 6\n")
    yield "text", vtk(True, text, data)
    yield "lps", vtk(True, text, title=b"3D Slicer output. SPACE=LPS")
    yield "binary", vtk(False, b"POLYGONS 2 8\n" + struct.pack(">8i", 3, 0, 1, 2, 3, 1, 3, 2),
                        b"POINT_DATA 4\nCOLOR_SCALARS rgb 4\n" + bytes(range(16)) + b"\nFIELD f 1\nid 1 4 vtktypeint64\n" +
                        struct.pack(">4q", 1, 2, 3, 1 << 40))
    yield "said", vtk(True, text, b"FIELD FieldData 1\npellucid 1 3 string\nfirst\nsecond\nthird\n")
    yield "strips", vtk(True, b"TRIANGLE_STRIPS 1 5\n4 0 1 2 3\nVERTICES 1 2\n1 0\nLINES 1 3\n2 0 1\n")
    yield "offsets", vtk(False, b"POLYGONS 3 6\nOFFSETS vtktypeint64\n" + struct.pack(">3q", 0, 3, 6) +
                         b"\nCONNECTIVITY vtktypeint64\n" + struct.pack(">6q", 0, 1, 2, 1, 3, 2))
    yield "grid", b"# vtk DataFile Version 3.0\nx\nASCII\nDATASET STRUCTURED_GRID\n"
    yield "huge", vtk(False, b"POLYGONS 999999999 9999999999\n")
    yield "cut", vtk(True, b"POLYGONS 2 8\n3 0 1 2\n3 1")


def data_array(name, kind, values, form, how, channels=1):
    raw = struct.pack("<%d%s" % (len(values), form), *values)
    attributes = f'type="{kind}" Name="{name}" NumberOfComponents="{channels}"'
    if how == "ascii":
        return f'<DataArray {attributes} format="ascii">{" ".join("%g" % v for v in values)}</DataArray>'
    if how == "plain":
        body = base64.b64encode(struct.pack("<I", len(raw)) + raw).decode()
    else:
        packed = zlib.compress(raw)
        body = base64.b64encode(struct.pack("<4I", 1, 1 << 15, len(raw), len(packed))).decode() + \
            base64.b64encode(packed).decode()
    return f'<DataArray {attributes} format="binary">{body}</DataArray>'


def vtp(how, extra=""):
    flat = [x for p in POINTS for x in p]
    compressor = ' compressor="vtkZLibDataCompressor"' if how == "zlib" else ""
    return (f'<?xml version="1.0"?>\n<VTKFile type="PolyData" version="0.1" byte_order="LittleEndian"{compressor}>'
            '<PolyData><Piece NumberOfPoints="4" NumberOfVerts="0" NumberOfStrips="0" NumberOfPolys="2">'
            '<PointData Normals="n">' + data_array("heat", "Float64", [1, 2, 3, 4], "d", how) +
            data_array("n", "Float32", [0, 0, 1] * 4, "f", how, 3) + "</PointData><CellData>" +
            data_array("part", "UInt8", [5, 6], "B", how) + "</CellData><Points>" +
            data_array("Points", "Float32", flat, "f", how, 3) + "</Points><Polys>" +
            data_array("connectivity", "Int64", [0, 1, 2, 1, 3, 2], "q", how) +
            data_array("offsets", "Int32", [3, 6], "i", how) + f"</Polys></Piece></PolyData>{extra}</VTKFile>").encode()


def vtps():
    for how in ("ascii", "plain", "zlib"):
        yield how, vtp(how)
    yield "cut", vtp("zlib")[:-200]
    yield "lz4", vtp("ascii").replace(b"byte_order", b'compressor="vtkLZ4DataCompressor" byte_order')
    head = vtp("ascii").replace(b"</Points>", b"</Points>").split(b"<Points>")[0]
    raw = struct.pack("<I", 48) + numbers("<3f", POINTS)
    corners, ends = struct.pack("<I6i", 24, 0, 1, 2, 1, 3, 2), struct.pack("<I2i", 8, 3, 6)

    def appended(offsets):
        return (b'<Points><DataArray type="Float32" NumberOfComponents="3" format="appended" offset="%d"/></Points><Polys>'
                b'<DataArray type="Int32" Name="connectivity" format="appended" offset="%d"/>'
                b'<DataArray type="Int32" Name="offsets" format="appended" offset="%d"/></Polys></Piece></PolyData>' % offsets)
    yield "raw", (head + appended((0, len(raw), len(raw) + len(corners))) + b'<AppendedData encoding="raw">_' + raw + corners +
                  ends + b"</AppendedData></VTKFile>")
    coded = [base64.b64encode(x) for x in (raw, corners, ends)]
    at = (0, len(coded[0]), len(coded[0]) + len(coded[1]))
    yield "base64", head + appended(at) + b'<AppendedData encoding="base64">_' + b"".join(coded) + b"</AppendedData></VTKFile>"
    yield "beyond", head + appended((0, 9999, 5)) + b'<AppendedData encoding="raw">_' + raw + b"</AppendedData></VTKFile>"


def gifti_array(intent, kind, form, shape, values, encoding, order="RowMajorOrder", more=""):
    raw = struct.pack("<%d%s" % (len(values), form), *values)
    body = {"ASCII": " ".join("%g" % v for v in values), "Base64Binary": base64.b64encode(raw).decode(),
            "GZipBase64Binary": base64.b64encode(zlib.compress(raw)).decode()}[encoding]
    dims = "".join(f' Dim{i}="{n}"' for i, n in enumerate(shape))
    return (f'<DataArray Intent="NIFTI_INTENT_{intent}" DataType="NIFTI_TYPE_{kind}" ArrayIndexingOrder="{order}" '
            f'Dimensionality="{len(shape)}"{dims} Encoding="{encoding}" Endian="LittleEndian">{more}<Data>{body}</Data></DataArray>')


def gifti(encoding, arrays=(), labels="", space="NIFTI_XFORM_SCANNER_ANAT", order="RowMajorOrder"):
    system = (f"<CoordinateSystemTransformMatrix><DataSpace><![CDATA[NIFTI_XFORM_UNKNOWN]]></DataSpace><TransformedSpace>"
              f"<![CDATA[{space}]]></TransformedSpace><MatrixData>1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1</MatrixData>"
              "</CoordinateSystemTransformMatrix>")
    flat = [x for p in POINTS for x in p]
    if order != "RowMajorOrder":
        flat = [p[a] for a in range(3) for p in POINTS]
    points = gifti_array("POINTSET", "FLOAT32", "f", (4, 3), flat, encoding, order,
                         "<MetaData><MD><Name>Anatomy</Name><Value>CortexLeft</Value></MD></MetaData>" + system)
    faces = gifti_array("TRIANGLE", "INT32", "i", (2, 3), [c for f in FACES for c in f], encoding)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<GIFTI Version="1.0" NumberOfDataArrays="2"><MetaData><MD><Name>User</Name>'
            f'<Value>seed</Value></MD></MetaData><LabelTable>{labels}</LabelTable>' + points + faces + "".join(arrays) +
            "</GIFTI>").encode()


def giftis():
    name = "<MetaData><MD><Name>Name</Name><Value>a/lh.heat</Value></MD></MetaData>"
    for encoding in ("ASCII", "Base64Binary", "GZipBase64Binary"):
        more = [gifti_array("SHAPE", "FLOAT32", "f", (4,), [1, 2, 3, 4], encoding, more=name),
                gifti_array("LABEL", "INT32", "i", (4,), [0, 1, 1, 0], encoding),
                gifti_array("RGB_VECTOR", "UINT8", "B", (4, 3), range(12), encoding),
                gifti_array("NONE", "FLOAT64", "d", (2,), [7, 8], encoding)]
        yield encoding[:4].lower(), gifti(encoding, more, '<Label Key="1" Red="1" Green="0.5" Blue="0">V1</Label>')
    yield "columns", gifti("ASCII", order="ColumnMajorOrder", space="NIFTI_XFORM_UNKNOWN")
    series = [gifti_array("TIME_SERIES", "FLOAT32", "f", (4,), [t, 1, 2, 3], "ASCII") for t in range(3)]
    yield "series", gifti("ASCII", series)
    func = gifti("ASCII", series).split(b"<DataArray")
    yield "func", func[0] + b"".join(b"<DataArray" + f for f in func[3:])
    packed = gifti("GZipBase64Binary")
    yield "gz", gzip.compress(packed, mtime=0)
    yield "cut", packed[:-300]
    yield "huge", packed.replace(b'Dim0="4"', b'Dim0="2000000000"')
    yield "short", packed.replace(b'Dim0="4"', b'Dim0="5"')
    yield "external", packed.replace(b'Encoding="GZipBase64Binary"', b'Encoding="ExternalFileBinary"')
    yield "sparse", gifti("ASCII", [gifti_array("NODE_INDEX", "INT32", "i", (4,), [0, 1, 2, 3], "ASCII")])


def glb(change=lambda j: None, binary=None):
    body = numbers("<3f", POINTS) + numbers("<3H", FACES) + bytes(range(16)) + struct.pack("<4f", 1, 2, 3, 4)
    about = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "rotation": [0, 0, 0.6, 0.8], "scale": [1, 2, 3], "translation": [1, 0, 0]}, {"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 2, "_HEAT": 3}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
                      {"bufferView": 2, "componentType": 5121, "count": 4, "type": "VEC4", "normalized": True},
                      {"bufferView": 3, "componentType": 5126, "count": 4, "type": "SCALAR"}],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 12},
                        {"buffer": 0, "byteOffset": 60, "byteLength": 16}, {"buffer": 0, "byteOffset": 76, "byteLength": 16}],
        "buffers": [{"byteLength": len(body)}]}
    change(about)
    text = json.dumps(about, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + body
    return b"glTF" + struct.pack("<2I", 2, 12 + len(chunks)) + chunks


def glbs():
    yield "node", glb()

    def matrix(j):
        j["nodes"] = [{"mesh": 0, "matrix": [-0.001, 0, 0, 0, 0, 0, -0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1]}]
        j["asset"]["extras"] = {"coordinates": "coordinates: RAS mm", "comment": "seed"}
    yield "matrix", glb(matrix)

    def points(j):
        del j["meshes"][0]["primitives"][0]["indices"]
        j["meshes"][0]["primitives"][0]["mode"] = 0
        j["asset"]["extras"] = {"comment": "seed"}
    yield "points", glb(points)

    def two(j):
        j["meshes"][0]["primitives"].append({"attributes": {"POSITION": 0}, "mode": 1})
        j["meshes"][0]["primitives"].append({"attributes": {"POSITION": 0}})
    yield "two", glb(two)
    yield "loop", glb(lambda j: j["nodes"][1].update(children=[0]))
    yield "beyond", glb(lambda j: j["accessors"][0].update(count=1 << 30))
    yield "sparse", glb(lambda j: j["accessors"][0].update(sparse={}))
    yield "outside", glb(lambda j: j["bufferViews"][0].update(buffer=1))
    yield "cut", glb()[:200]


def freesurfers():
    surface = b"\xff\xff\xfecreated by seed\n\n" + struct.pack(">2i", 4, 2) + numbers(">3f", POINTS) + numbers(">3i", FACES)
    geometry = (b"valid = 1  # volume info valid\nfilename = orig.mgz\nvolume = 256 256 256\nvoxelsize = 1 1 1\n"
                b"xras   = -1 0 0\nyras   = 0 0 -1\nzras   = 0 1 0\ncras   = 5 -7.5 9\n")
    yield "surface", surface + struct.pack(">3i", 2, 0, 20) + geometry + struct.pack(">iq", 3, 5) + b"made\0"
    yield "real", surface + struct.pack(">2i", 2, 1)
    yield "bare", surface
    yield "cut", surface[:60]
    yield "huge", surface.replace(struct.pack(">2i", 4, 2), struct.pack(">2i", 2147483647, 2))
    yield "curv", b"\xff\xff\xff" + struct.pack(">3i4f", 4, 2, 1, 0.5, -1, 2, 3)
    yield "quad", b"\xff\xff\xff" + bytes(range(30))
    yield "patch", b"\xff\xff\xff\xff" + struct.pack(">i", 2) + struct.pack(">i3f", 5, 1, 2, 3) + struct.pack(">i3f", -9, 4, 5, 6)

    def text(value):
        return struct.pack(">i", len(value) + 1) + value + b"\0"
    points = struct.pack(">i", 3) + struct.pack(">6i", 0, 255, 1, 256 * 7, 2, 0)
    entries = [(b"a", 255, 0, 0, 0), (b"b", 0, 7, 0, 0)]
    new = struct.pack(">3i", 1, -2, 9) + text(b"lut") + struct.pack(">i", 2)
    new += b"".join(struct.pack(">i", i + 3) + text(e[0]) + struct.pack(">4i", *e[1:]) for i, e in enumerate(entries))
    old = struct.pack(">2i", 1, 2) + text(b"lut") + b"".join(text(e[0]) + struct.pack(">4i", *e[1:]) for e in entries)
    yield "annot", points + new
    yield "annot_old", points + old
    yield "annot_bare", points
    yield "annot_cut", (points + new)[:-10]
    yield "annot_far", points.replace(struct.pack(">i", 1), struct.pack(">i", 77), 1)


def seeds():
    for corpus, all_of in (("stl", stls), ("obj", objs), ("off", offs), ("vtk", vtks), ("vtp", vtps), ("gifti", giftis),
                           ("glb", glbs), ("freesurfer", freesurfers)):
        for name, data in all_of():
            yield corpus, name, data
