#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_nibabel.py DUMP_VOLUME [DATA]: what pellucid reads equals what nibabel and numpy read.

Stored voxels, slope, intercept and dims equal exactly, affines to 1e-12 of their size (Analyze:
spacing only); on every file under DATA that is not in 7_broken, and on generated files: 48 axis
orders, oblique or not, qform, sform or both, voxel types, both byte orders, versions, gzip.
"""
import gzip
import itertools
import json
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import nibabel as nib
    import numpy as np
except ImportError:
    print("SKIP: nibabel or numpy is not installed")
    sys.exit(77)
warnings.simplefilter("ignore")


class Failures:
    def __init__(self):
        self.count = 0
        self.passed = 0

    def check(self, name, holds, why):
        if holds:
            self.passed += 1
        else:
            self.count += 1
            print(f"FAILED {name}: {why}")


def dump(program, paths, folder):
    """One report and one data file per path."""
    outs = [os.path.join(folder, f"{i}.bin") for i in range(len(paths))]
    lines = "".join(f"{p}\t{o}\n" for p, o in zip(paths, outs))
    ran = subprocess.run([program], input=lines, capture_output=True, text=True)
    if ran.returncode:
        print(ran.stderr)
        raise SystemExit(f"{program}: exit {ran.returncode} (2: usage, 1: memory left or unwritten)")
    return [json.loads(line) for line in ran.stdout.splitlines()], outs, ran.stderr.splitlines()


def as_channels(stored):
    """What pellucid keeps of a numpy array: channels last, plain numbers."""
    stored = np.asarray(stored)
    if stored.dtype.fields:
        return np.stack([stored[n] for n in stored.dtype.names], axis=-1), len(stored.dtype.names)
    if stored.dtype.kind == "c":
        half = np.float32 if stored.dtype.itemsize == 8 else np.float64
        return np.stack([stored.real.astype(half), stored.imag.astype(half)], axis=-1), 2
    if (stored.dtype.kind, stored.dtype.itemsize) == ("f", 2):
        stored = stored.astype(np.float32)
    if stored.dtype == np.bool_:
        stored = stored.astype(np.uint8)
    return stored[..., np.newaxis], 1


def check_voxels(failures, name, got, data, stored):
    want, channels = as_channels(stored)
    failures.check(name, got["channels"] == channels, f"channels {got['channels']}, not {channels}")
    order = np.dtype(want.dtype).newbyteorder("=")
    failures.check(name, np.dtype(got["dtype"]) == order, f"dtype {got['dtype']}, not {order}")
    axes = want.ndim - 1
    failures.check(name, got["axes"] == axes, f"{got['axes']} axes, not {axes}")
    flat = np.moveaxis(want, -1, 0).ravel(order="F").astype(order)
    bits = np.fromfile(data, dtype=order)
    same = bits.size == flat.size and bits.tobytes() == flat.tobytes()
    failures.check(name, same, "voxels differ")


def load_nifti(path):
    """The NIfTI that is inside a CIFTI file too."""
    image = nib.load(path)
    return nib.Nifti2Image.load(path) if isinstance(image, nib.Cifti2Image) else image


def check_nifti(failures, name, got, data, path):
    image = load_nifti(path)
    header = image.header
    check_voxels(failures, name, got, data, image.dataobj.get_unscaled())
    slope, inter = float(image.dataobj.slope), float(image.dataobj.inter)
    failures.check(name, (got["slope"], got["inter"]) == (slope, inter),
                   f"slope, inter {got['slope']}, {got['inter']}, not {slope}, {inter}")
    affine = np.array(got["affine"]).reshape(4, 4)
    if isinstance(image, (nib.Nifti1Pair, nib.Nifti2Pair)):
        want = image.affine
        unit = {"meter": 1000, "micron": 0.001}.get(header.get_xyzt_units()[0], 1)
        want = np.vstack([want[:3] * unit, want[3]])
        error = np.abs(affine - want).max()
        failures.check(name, error <= 1e-12 * max(1, np.abs(want).max()), f"affine is off by {error}")
        known = header["qform_code"] > 0 or header["sform_code"] > 0
        letters = "".join(nib.aff2axcodes(want)) if known else "unknown"
    else:
        want = np.array(list(header.get_zooms()[:3]) + [1, 1])[:3]
        have = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
        failures.check(name, np.allclose(have, want, rtol=1e-12), f"spacing {have}, not {want}")
        letters = "unknown"
    failures.check(name, got["orientation"] == letters, f"{got['orientation']}, not {letters}")
    extensions = [[e.get_code(), len(e.get_content()) if isinstance(e.get_content(), bytes) else None]
                  for e in getattr(header, "extensions", [])]
    codes = [e[0] for e in got["extensions"]]
    failures.check(name, codes == [e[0] for e in extensions], f"extensions {codes}, not {extensions}")


def check_npy(failures, name, got, data, path):
    array = np.load(path)
    if array.dtype == np.uint8 and array.ndim == 4 and array.shape[3] in (3, 4):
        fields = [(c, "u1") for c in "RGBA"[:array.shape[3]]]
        array = np.ascontiguousarray(array).view(np.dtype(fields))[..., 0]
    check_voxels(failures, name, got, data, array)


def compare(failures, program, paths, label):
    with tempfile.TemporaryDirectory() as folder:
        reports, outs, _ = dump(program, paths, folder)
        failures.check(label, len(reports) == len(paths), "a report is missing")
        for path, got, out in zip(paths, reports, outs):
            name = os.path.basename(path)
            if got.get("error"):
                failures.check(name, False, "was not read")
                continue
            (check_npy if path.endswith(".npy") else check_nifti)(failures, name, got, out, path)
            os.unlink(out)
    print(f"{label}: {len(paths)} files")


def shared_files(data):
    """Files of ours that nibabel or numpy read too."""
    found = []
    for folder, _, names in os.walk(data):
        if "7_broken" in folder:
            continue
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.lower().endswith((".nii", ".nii.gz", ".hdr", ".npy")):
                continue
            try:
                if not name.endswith(".npy"):
                    load_nifti(path).dataobj.get_unscaled()[..., :1]
                found.append(path)
            except Exception as why:
                print(f"not read by nibabel either: {name}: {str(why)[:80]}")
    return found


def orders():
    for axes in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            for column, (axis, sign) in enumerate(zip(axes, signs)):
                matrix[axis, column] = sign
            yield matrix


def rotation(degrees, axis):
    a = np.radians(degrees)
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k


TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16"]
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
RGBA = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1"), ("A", "u1")])


def random_array(rng, shape, dtype):
    dtype = np.dtype(dtype)
    if dtype.fields:
        return rng.integers(0, 256, shape + (dtype.itemsize,), dtype="u1").view(dtype)[..., 0]
    if dtype.kind in "ui":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    if dtype.kind == "c":
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(dtype)
    return rng.normal(size=shape).astype(dtype)


def save_nifti(rng, path, array, affine, forms, version, big, scale):
    cls = {1: nib.Nifti1Image, 2: nib.Nifti2Image}[version]
    if path.endswith((".hdr", ".hdr.gz")):
        cls = {1: nib.Nifti1Pair, 2: nib.Nifti2Pair}[version]
    header = cls.header_class(endianness=">" if big else "<")
    header.set_data_dtype(array.dtype)
    image = cls(array, affine, header)
    image.header.set_data_dtype(array.dtype)
    qform = affine if forms != "both" else affine @ nib.affines.from_matvec(np.eye(3), [1, 2, 3])
    image.set_sform(affine, 2 if forms in ("sform", "both") else 0)
    image.set_qform(qform, 1 if forms in ("qform", "both") else 0)
    image.header.set_xyzt_units("mm", "sec")
    if scale:
        image.header.set_slope_inter(*scale)
    if rng.integers(4) == 0 and version == 1:
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"hello" * 5))
    nib.save(image, path)


def generate_nifti(folder, rng):
    """All axis orders and forms; the rest of the product cycles through them."""
    paths = []
    dtypes = [np.dtype(t) for t in TYPES] + [RGB, RGBA]
    shapes = [(5, 4, 3), (3, 5, 2, 4), (6, 3, 4, 2, 2), (7, 5), (4,), (2, 3, 4, 1, 3, 2)]
    endings = [".nii", ".nii.gz", ".hdr", ".nii", ".hdr.gz"]
    n = 0
    for order in orders():
        for oblique in (False, True):
            for forms in ("qform", "sform", "both", "none"):
                for big in (False, True):
                    dtype = dtypes[n % len(dtypes)]
                    shape = shapes[n % len(shapes)] if n % 3 == 0 else shapes[0]
                    matrix = order * np.array([0.9, 1.1, 2.3])
                    if oblique:
                        matrix = rotation(17 + n % 160, [1, 2 + n % 5, -3]) @ matrix
                    if oblique and forms == "sform":
                        matrix[0, 1] += 0.2
                    affine = nib.affines.from_matvec(matrix, rng.normal(size=3) * 50)
                    path = os.path.join(folder, f"n{n}{endings[n // 2 % len(endings)]}")
                    array = random_array(rng, shape, dtype)
                    scale = (0.37, -12.5) if n % 5 == 0 and dtype.kind in "uif" else None
                    save_nifti(rng, path, array, affine, forms, 1 + n // 3 % 2, big, scale)
                    paths.append(path)
                    n += 1
    return paths


def generate_analyze(folder, rng):
    paths = []
    for n, (dtype, cls, big) in enumerate(itertools.product(
            ["u1", "i2", "i4", "f4", "f8", "c8"],
            [nib.AnalyzeImage, nib.Spm99AnalyzeImage, nib.Spm2AnalyzeImage], [False, True])):
        header = cls.header_class(endianness=">" if big else "<")
        header.set_data_dtype(dtype)
        array = random_array(rng, (6, 5, 4) if n % 2 else (3, 4, 5, 2), dtype)
        image = cls(array, np.diag([2.5, 1.5, 3.5, 1]), header)
        path = os.path.join(folder, f"a{n}.hdr")
        nib.save(image, path)
        if n % 3 == 0:
            for ending in (".hdr", ".img"):
                plain = path[:-4] + ending
                with open(plain, "rb") as raw, gzip.open(plain + ".gz", "wb") as packed:
                    packed.write(raw.read())
                os.unlink(plain)
            path += ".gz"
        paths.append(path)
    return paths


def generate_npy(folder, rng):
    paths = []
    shapes = [(5, 4, 3), (17, 33, 9), (7,), (6, 5), (4, 3, 2, 5), (3, 4, 5, 3), (5, 4, 3, 4),
              (1, 5, 1), (2, 3, 2, 2, 3), (1, 1, 9, 1)]
    dtypes = ["?", "f2"] + TYPES
    for n, (shape, dtype, order, swap) in enumerate(itertools.product(
            shapes, dtypes, "CF", (False, True))):
        array = rng.integers(0, 2, shape).astype("?") if dtype == "?" else random_array(
            rng, shape, "f4" if dtype == "f2" else dtype).astype(dtype)
        array = array.astype(array.dtype.newbyteorder(">")) if swap else array
        path = os.path.join(folder, f"y{n}.npy")
        with open(path, "wb") as file:
            np.lib.format.write_array(file, np.asarray(array, order=order), (1 + n % 3, 0))
        paths.append(path)
    return paths


def main():
    program = sys.argv[1]
    data = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("PELLUCID_DATA", "../shared/data")
    failures = Failures()
    rng = np.random.default_rng(1)
    if os.path.isdir(data):
        compare(failures, program, shared_files(data), "shared data")
    else:
        print(f"SKIP shared data: {data} is not there")
    for label, make in (("NIfTI made by nibabel", generate_nifti),
                        ("Analyze made by nibabel", generate_analyze),
                        ("npy made by numpy", generate_npy)):
        with tempfile.TemporaryDirectory() as folder:
            compare(failures, program, make(folder, rng), label)
    print(f"{failures.passed} passed, {failures.count} failed")
    return 1 if failures.count else 0


sys.exit(main())
