#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_text.py DUMP_VOLUME [DATA]: NRRD, MetaImage and MGH are read as others read them.

Voxels equal exactly what nibabel (MGH), teem's unu (NRRD) and VTK (MetaImage) read, and what was
put into files made here: every type, byte order, encoding and order of axes. MGH affines equal
nibabel's to 1e-12; those of NRRD and MetaImage what the header says, in RAS.
"""
import bz2
import gzip
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zlib

try:
    import nibabel as nib
    import numpy as np
except ImportError:
    print("SKIP: nibabel or numpy is not installed")
    sys.exit(77)
warnings.simplefilter("ignore")

UNU = shutil.which("teem-unu") or shutil.which("unu")
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
NRRD_TYPES = dict(zip(TYPES, ["uchar", "int8", "unsigned short", "short", "uint32", "int",
                              "unsigned long long int", "int64_t", "float", "double"]))
META_TYPES = dict(zip(TYPES, ["UCHAR", "CHAR", "USHORT", "SHORT", "UINT", "INT", "ULONG_LONG",
                              "LONG_LONG", "FLOAT", "DOUBLE"]))


class Failures:
    def __init__(self):
        self.count = self.passed = 0

    def check(self, name, holds, why):
        self.passed += bool(holds)
        self.count += not holds
        if not holds:
            print(f"FAILED {name}: {why}")


def dump(program, path, folder):
    out = os.path.join(folder, "voxels.bin")
    ran = subprocess.run([program], input=f"{path}\t{out}\n", capture_output=True, text=True)
    report = json.loads(ran.stdout.splitlines()[0])
    if report.get("error"):
        return None, ran.stderr.strip()
    return report, np.fromfile(out, dtype=report["dtype"])


def same(failures, program, folder, path, want, affine=None, axes=None, name=None):
    """`want`: what is read, indexed [channel, i, j, k...]; affine None: orientation unknown."""
    name = name or os.path.basename(path)
    got, voxels = dump(program, path, folder)
    if got is None:
        failures.check(name, False, voxels)
        return
    want = np.asarray(want)
    failures.check(name, got["channels"] == want.shape[0], f"channels {got['channels']}, not {want.shape[0]}")
    order = want.dtype.newbyteorder("=")
    failures.check(name, voxels.dtype == order, f"dtype {voxels.dtype}, not {order}")
    failures.check(name, voxels.tobytes() == want.astype(order).ravel(order="F").tobytes(), "voxels differ")
    shape = [n for n in want.shape[1:4]]
    failures.check(name, got["dims"][:len(shape)] == shape, f"dims {got['dims']}, not {shape}")
    matrix = np.array(got["affine"]).reshape(4, 4)
    if affine is not None:
        error = np.abs(matrix - affine).max()
        failures.check(name, error <= 1e-12 * np.abs(affine).max(), f"affine is off by {error}")
        letters = "".join(nib.aff2axcodes(affine))
        failures.check(name, got["orientation"] == letters, f"{got['orientation']}, not {letters}")
    else:
        failures.check(name, got["orientation"] == "unknown", f"{got['orientation']} is not unknown")


def random_array(rng, shape, dtype):
    dtype = np.dtype(dtype)
    if dtype.kind in "ui":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    return rng.normal(size=shape).astype(dtype)


# ---- NRRD ----

def encode(data, encoding, array):
    if encoding == "gzip":
        return gzip.compress(data[:40]) + gzip.compress(data[40:])
    if encoding == "bzip2":
        return bz2.compress(data[:40]) + bz2.compress(data[40:])
    if encoding == "hex":
        return b"\n".join(data.hex().encode()[i:i + 70] for i in range(0, 2 * len(data), 70)) + b"\n"
    if encoding == "ascii":
        texts = [repr(x.item()) for x in array.ravel(order="F")]
        return "\n".join(" ".join(texts[i:i + 9]) for i in range(0, len(texts), 9)).encode() + b"\n"
    return data


SPACES = {"right-anterior-superior": (1, 1), "left-anterior-superior": (-1, 1), "LPS": (-1, -1)}


def vector(v):
    return "(" + ",".join(repr(float(x)) for x in v) + ")"


def nrrd_head(array, kinds, directions, origin, space, encoding, big, end="\n", extra=()):
    lines = ["NRRD0004", "# a comment", f"type: {NRRD_TYPES[array.dtype.str[1:]]}", f"dimension: {array.ndim}",
             "sizes: " + " ".join(map(str, array.shape))]
    if space:
        lines += [f"space: {space}" if space != "3" else "space dimension: 3",
                  "space directions: " + " ".join("none" if d is None else vector(d) for d in directions),
                  "space origin: " + vector(origin), 'space units: "mm" "mm" "mm"']
    if kinds:
        lines += ["kinds: " + " ".join(kinds)]
    lines += [f"encoding: {encoding}", f"endian: {'big' if big else 'little'}", "key:=va: lue", *extra]
    return end.join(lines) + end


def generated_nrrd(failures, program, folder, rng):
    n = 0
    for dtype, encoding, big in itertools.product(TYPES, ["raw", "gzip", "bzip2", "hex", "ascii"], [False, True]):
        array = random_array(rng, (5, 4, 3), dtype)
        space = ["right-anterior-superior", "left-anterior-superior", "LPS", "3", "", "scanner-xyz"][n % 6]
        matrix, origin = rng.normal(size=(3, 3)) + 2 * np.eye(3), rng.normal(size=3) * 50
        data = array.astype(array.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
        end = "\r\n" if n % 4 == 0 else "\n"
        path = os.path.join(folder, f"n{n}.nrrd")
        head = nrrd_head(array, ["domain"] * 3, matrix, origin, space, encoding, big, end)
        with open(path, "wb") as file:
            file.write(head.encode() + end.encode() + encode(data, encoding, array))
        affine = None
        if space in SPACES:
            sign = np.array([*SPACES[space], 1])
            affine = nib.affines.from_matvec((matrix * sign).T, origin * sign)
        same(failures, program, folder, path, array[np.newaxis], affine, name=f"{dtype} {encoding} {big} {space}")
        n += 1
    return n


def generated_orders(failures, program, folder, rng):
    """Channels and frames at every place among the axes of space."""
    n = 0
    for order in itertools.permutations("cxyzt"):
        if [a for a in order if a in "xyz"] != ["x", "y", "z"]:
            continue
        want = random_array(rng, (3, 5, 4, 2, 6), "i2")
        array = np.transpose(want, ["cxyzt".index(a) for a in order])
        kinds = [{"c": "RGB-color", "t": "time"}.get(a, "space") for a in order]
        vectors = {"x": (2, 0, 0), "y": (0, 3, 0), "z": (0, 0, 4)}
        head = nrrd_head(array, kinds, [vectors.get(a) for a in order], (1, 2, 3), "RAS", "raw", False)
        path = os.path.join(folder, f"o{n}.nrrd")
        with open(path, "wb") as file:
            file.write(head.encode() + b"\n" + array.tobytes(order="F"))
        same(failures, program, folder, path, want, nib.affines.from_matvec(np.diag([2, 3, 4]), [1, 2, 3]),
             name="order " + "".join(order))
        n += 1
    return n


def detached_nrrd(failures, program, folder, rng):
    array = random_array(rng, (6, 5, 4), "i2")
    grid = nib.affines.from_matvec(np.diag([2, 3, 4]), [1, 2, 3])
    data = array.tobytes(order="F")
    each = [array[:, :, k].tobytes(order="F") for k in range(4)]
    os.makedirs(os.path.join(folder, "sub"), exist_ok=True)

    def put(name, content):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)

    cases = {
        "raw": ("raw", ["data file: d.raw"], {"d.raw": data}),
        "below": ("raw", ["datafile: ./sub/d.raw"], {"sub/d.raw": data}),
        "gzip": ("gzip", ["data file: d.raw.gz"], {"d.raw.gz": gzip.compress(data)}),
        "bytes": ("raw", ["byte skip: 7", "data file: s.raw"], {"s.raw": b"1234567" + data}),
        "lines": ("raw", ["line skip: 2", "byteskip: 3", "data file: l.raw"], {"l.raw": b"a\nbb\n123" + data}),
        "last": ("raw", ["byte skip: -1", "data file: e.raw"], {"e.raw": b"x" * 1000 + data}),
        "unpacked": ("gzip", ["byte skip: 5", "data file: u.gz"], {"u.gz": gzip.compress(b"12345" + data)}),
        "packed line": ("gzip", ["line skip: 1", "data file: v.gz"], {"v.gz": b"line\n" + gzip.compress(data)}),
        "pattern": ("raw", ["data file: p%03d.raw 7 10 1"], {f"p{i + 7:03d}.raw": e for i, e in enumerate(each)}),
        "down": ("raw", ["data file: q%d.raw 8 2 -2"], {f"q{8 - 2 * i}.raw": e for i, e in enumerate(each)}),
        "subdim": ("raw", ["data file: p%03d.raw 7 10 1 2"], {}),
        "slabs": ("raw", ["data file: LIST 3", "h0.raw", "sub/h1.raw"],
                  {"h0.raw": data[:120], "sub/h1.raw": data[120:]}),
        "list": ("gzip", ["data file: LIST", *[f"g{i}.gz" for i in range(4)]],
                 {f"g{i}.gz": gzip.compress(e) for i, e in enumerate(each)}),
        "text list": ("ascii", ["line skip: 1", "data file: LIST", *[f"t{i}.txt" for i in range(4)]],
                      {f"t{i}.txt": b"# header\n" + encode(e, "ascii", array[:, :, i]) for i, e in enumerate(each)}),
    }
    for name, (encoding, lines, files) in cases.items():
        for file, content in files.items():
            put(file, content)
        head = nrrd_head(array, None, np.diag([2, 3, 4]), (1, 2, 3), "RAS", encoding, False, extra=lines)
        path = os.path.join(folder, f"case {name}.nhdr")
        put(path, head.encode())
        same(failures, program, folder, path, array[np.newaxis], grid, name=f"detached {name}")
        if UNU:
            by_unu(failures, program, folder, path)
    return len(cases)


def by_unu(failures, program, folder, path):
    """The same voxels as teem reads, in file order."""
    ran = subprocess.run([UNU, "save", "-f", "nrrd", "-e", "raw", "-i", path, "-o", os.path.join(folder, "u.nrrd")],
                         capture_output=True, text=True)
    if ran.returncode:
        failures.check(path, False, "unu does not read it: " + ran.stderr[-200:])
        return
    with open(os.path.join(folder, "u.nrrd"), "rb") as file:
        data = file.read()
    _, voxels = dump(program, path, folder)
    raw = np.asarray(voxels).tobytes()
    failures.check(os.path.basename(path), data.endswith(b"\n\n" + raw), "voxels differ from unu's")


# ---- MetaImage ----

def meta_head(array, channels, big, packed, matrix, offset, lines, file="LOCAL"):
    dims = array.shape[1:]
    text = [f"ObjectType = Image", f"NDims = {len(dims)}", "BinaryData = True", f"BinaryDataByteOrderMSB = {big}",
            f"CompressedData = {packed}", *lines,
            "DimSize = " + " ".join(map(str, dims)), f"ElementType = MET_{META_TYPES[array.dtype.str[1:]]}"]
    if matrix is not None:
        text += ["TransformMatrix = " + " ".join(repr(float(x)) for x in np.ravel(matrix)),
                 "Offset = " + " ".join(repr(float(x)) for x in offset)]
    if channels > 1:
        text += [f"ElementNumberOfChannels = {channels}"]
    return "\n".join([*text, f"ElementDataFile = {file}"]).encode() + b"\n"


def by_vtk(failures, program, folder, path):
    try:
        import vtk
        from vtk.util.numpy_support import vtk_to_numpy
    except ImportError:
        return
    reader = vtk.vtkMetaImageReader()
    reader.SetFileName(path)
    reader.Update()
    want = vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars())
    _, voxels = dump(program, path, folder)
    failures.check(os.path.basename(path), np.asarray(voxels).tobytes() == want.tobytes(), "voxels differ from VTK's")


def generated_meta(failures, program, folder, rng):
    n = 0
    for dtype, big, packed, channels in itertools.product(TYPES, [False, True], [False, True], [1, 3]):
        array = random_array(rng, (channels, 5, 4, 3), dtype)
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        offset, spacing = rng.normal(size=3) * 50, np.array([0.7, 1.25, 3])
        data = array.astype(array.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
        body = zlib.compress(data) if packed else data
        lines = ["ElementSpacing = " + " ".join(map(str, spacing)), f"CompressedDataSize = {len(body)}"]
        path = os.path.join(folder, f"m{n}.mha")
        known = n % 3 != 0
        with open(path, "wb") as file:
            file.write(meta_head(array, channels, big, packed, turn if known else None, offset, lines) + body)
        sign = np.array([-1, -1, 1])
        affine = nib.affines.from_matvec((turn * spacing[:, np.newaxis] * sign).T, offset * sign) if known else None
        same(failures, program, folder, path, array, affine, name=f"MetaImage {dtype} {big} {packed} {channels}")
        if dtype not in ("u8", "i8"):
            by_vtk(failures, program, folder, path)
        n += 1
    return n


def other_meta(failures, program, folder, rng):
    array = random_array(rng, (1, 6, 5, 4), "i2")
    data = array.tobytes(order="F")
    slices = [array[:, :, :, k].tobytes(order="F") for k in range(4)]
    texts = " ".join(str(x) for x in array.ravel(order="F")).encode()
    eye = np.diag([-1.0, -1, 1])
    grid = nib.affines.from_matvec(np.diag([2.0, 3, 4]), [1, 2, 3])
    spacing, offset = "ElementSpacing = 2 3 4", (-1, -2, 3)

    def put(name, content):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
        return os.path.join(folder, name)

    def case(name, lines, file, body=b"", known=grid, matrix=eye, change=None):
        head = meta_head(array, 1, False, False, matrix, offset, lines, file)
        path = put(name, (change(head) if change else head) + body)
        same(failures, program, folder, path, array, known, name="MetaImage " + name)

    put("m.raw", data)
    put("head.raw", b"h" * 100 + data)
    for k in range(4):
        put(f"k{k:02d}.raw", slices[k])
    case("raw.mhd", [spacing], "m.raw")
    case("skip.mhd", [spacing, "HeaderSize = 100"], "head.raw")
    case("end.mhd", [spacing, "HeaderSize = -1"], "head.raw")
    case("local_end.mha", [spacing, "HeaderSize = -1"], "LOCAL", b"junk" + data)
    case("pattern.mhd", [spacing], "k%02d.raw 0 3 1")
    case("list.mhd", [spacing], "LIST", b"".join(b"k%02d.raw\n" % k for k in range(4)))
    case("text.mha", [spacing], "LOCAL", texts, change=lambda h: h.replace(b"BinaryData = True", b"BinaryData = False"))
    case("size.mha", ["ElementSize = 2 3 4"], "LOCAL", data)
    case("crlf.mha", [spacing], "LOCAL", data, change=lambda h: h.replace(b"\n", b"\r\n"))
    case("colon.mha", [spacing], "LOCAL", data, change=lambda h: h.replace(b" = ", b": "))
    case("old.mha", [spacing], "LOCAL", data,
         change=lambda h: h.replace(b"TransformMatrix", b"Orientation").replace(b"Offset", b"Position"))
    case("unsure.mha", [spacing, "AnatomicalOrientation = ???"], "LOCAL", data, None)
    letters = nib.affines.from_matvec(np.diag([-2.0, 3, 4]), [0, 0, 0])
    case("letters.mha", [spacing, "AnatomicalOrientation = RPI"], "LOCAL", data, letters, None)
    case("none.mha", [spacing], "LOCAL", data, None, None)
    return 14


# ---- MGH ----

def generated_mgh(failures, program, folder, rng):
    n = 0
    for dtype, ending, shape in itertools.product(["u1", "i2", "i4", "f4"], [".mgh", ".mgz"],
                                                  [(5, 4, 3), (4, 3, 2, 5)]):
        array = random_array(rng, shape, dtype)
        affine = nib.affines.from_matvec(rng.normal(size=(3, 3)) + 2 * np.eye(3), rng.normal(size=3) * 50)
        image = nib.MGHImage(array, affine)
        path = os.path.join(folder, f"g{n}{ending}")
        nib.save(image, path)
        same(failures, program, folder, path, array[np.newaxis], nib.load(path).affine, name=f"MGH {dtype} {shape}")
        n += 1
    return n


def shared(failures, program, folder, data):
    base = os.path.join(data, "6_conformance")
    for path in ("nibabel/test.mgz", "i2nii/mgh.mgz"):
        image = nib.load(os.path.join(base, path))
        same(failures, program, folder, os.path.join(base, path), np.asarray(image.dataobj)[np.newaxis], image.affine)
    want = nib.load(os.path.join(base, "i2nii", "mgh.mgz"))
    grids = []
    for path in ("i2nii/mha.mha", "i2nii/nrrd.nhdr", "i2nii/mgh.mgz"):
        got, voxels = dump(program, os.path.join(base, path), folder)
        wanted = np.asarray(want.dataobj)
        if path.endswith("mha"):
            # what wrote it counted rows the other way
            failures.check(path, got["dims"] == list(wanted.shape), "dims differ")
        grids.append(np.array(got["affine"]).reshape(4, 4))
        flat = np.asarray(voxels).reshape(wanted.shape, order="F")
        if np.linalg.det(grids[-1]) * np.linalg.det(want.affine) < 0:
            flat = flat[:, ::-1]
        failures.check(path, (flat == wanted).all(), "is not the same DICOM as mgh.mgz")
    head = nib.load(os.path.join(data, "1_t1_heads", "head_1p6mm.nii.gz"))
    whole = np.asarray(head.dataobj)
    crop = whole[20:60, 20:60, 20:60]
    ras = nib.affines.from_matvec(np.diag([1.6000032424926758, 1.600000023841858, 1.600000023841858]),
                                  [-83.2399, -93.4929, -138.181])
    lps = nib.affines.from_matvec(np.diag([-1.6000032424926758, -1.600000023841858, 1.600000023841858]), [0, 0, 0])
    for name, want, affine in (("head_gzip.nrrd", whole, ras), ("crop_ascii.nrrd", crop, ras),
                               ("crop_hex.nrrd", crop, ras), ("crop_crlf.nrrd", crop, ras),
                               ("head_z.mha", whole, lps),
                               ("crop_be.mhd", crop.astype("i2") * 16 - 100, lps)):
        path = os.path.join(base, "nrrd_meta", name)
        same(failures, program, folder, path, want[np.newaxis], affine)
        if UNU and name.endswith("nrrd"):
            by_unu(failures, program, folder, path)
        if not name.endswith("nrrd"):
            by_vtk(failures, program, folder, path)
    return 11


def main():
    program = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("PELLUCID_DATA", "../shared/data")
    failures = Failures()
    rng = np.random.default_rng(1)
    steps = [generated_nrrd, generated_orders, detached_nrrd, generated_meta, other_meta, generated_mgh]
    for step in steps:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{step.__name__}: {step(failures, program, folder, rng)} files")
    if os.path.isdir(data):
        with tempfile.TemporaryDirectory() as folder:
            print(f"shared data: {shared(failures, program, folder, data)} files")
    else:
        print(f"SKIP shared data: {data} is not there")
    print(f"{failures.passed} passed, {failures.count} failed{'' if UNU else '; unu is not installed'}")
    return 1 if failures.count else 0


sys.exit(main())
