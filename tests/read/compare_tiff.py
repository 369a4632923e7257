#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_tiff.py DUMP_VOLUME [DATA]: pellucid reads TIFF as tifffile, PIL and OpenCV do.

Integers and floats equal exactly on every file under DATA/4_tiff and on generated ones (types, byte
orders, codecs, tiles, planes, ImageJ, OME). The seq files hold their own checksum. What differs by
intent: white-is-zero is turned (as PIL and OpenCV do), a palette becomes colours (as PIL does).
"""
import glob
import json
import logging
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import tifffile
except ImportError:
    print("SKIP: numpy or tifffile is not installed")
    sys.exit(77)
try:
    import cv2
except ImportError:
    cv2 = None
try:
    from PIL import Image
except ImportError:
    Image = None
logging.disable(logging.CRITICAL)

passed = failed = 0


def check(name, holds, why):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {why}")


def dump(program, paths, folder):
    outs = [os.path.join(folder, f"{i}.bin") for i in range(len(paths))]
    lines = "".join(f"{p}\t{o}\n" for p, o in zip(paths, outs))
    ran = subprocess.run([program], input=lines, capture_output=True, text=True)
    if ran.returncode:
        print(ran.stderr)
        raise SystemExit(f"{program}: exit {ran.returncode}")
    reports = [json.loads(line) for line in ran.stdout.splitlines()]
    errors = iter(ran.stderr.splitlines())
    for report in reports:
        if "error" in report:
            report["error"] = next(errors)
    return reports, outs


def voxels(report, out):
    """As numpy: frame, k, j, i, channel."""
    shape = (report["frames"], *report["dims"][::-1], report["channels"])
    return np.fromfile(out, report["dtype"]).reshape(shape)


def spacing(report):
    return [report["affine"][5 * a] for a in range(3)]


def by_tifffile(path):
    """Pages as they are stored but for white-is-zero and palettes; None where it cannot."""
    try:
        with tifffile.TiffFile(path) as file:
            pages = [p for p in file.pages if not p.is_reduced] or list(file.pages)
            page = pages[0]
            if page.photometric in (3, 6, 32844, 32845):
                return None
            data = np.stack([p.asarray() for p in pages])
            bits = page.bitspersample
            white = page.photometric == 0 and page.sampleformat == 1
            if page.samplesperpixel > 1 and page.planarconfig == 2:
                data = np.moveaxis(data, 1, -1)
            elif page.samplesperpixel == 1:
                data = data[..., np.newaxis]
    except Exception:
        return None
    if data.dtype == np.bool_:
        data = data.astype(np.uint8)
    if data.dtype == np.float16:
        data = data.astype(np.float32)
    return ((1 << bits) - 1 - data).astype(data.dtype) if white else data


def by_bits(path):
    """Any number of bits, unpacked with numpy from the bytes of uncompressed strips."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        if len(file.pages) > 1:
            return None
        bits, width, samples = page.bitspersample, page.imagewidth, page.samplesperpixel
        if page.compression != 1 or page.photometric not in (0, 1, 2) or page.is_tiled or page.sampleformat != 1:
            return None
        planes = samples if page.planarconfig == 2 else 1
        numbers = width * samples // planes
        row = (numbers * bits + 7) // 8
        raw = b"".join(file.filehandle.seek(o) and file.filehandle.read(n)
                       for o, n in zip(page.dataoffsets, page.databytecounts))
        rows = np.unpackbits(np.frombuffer(raw[: row * page.imagelength * planes], np.uint8).reshape(-1, row), axis=1)
        if bits in (16, 32, 64) and file.byteorder == "<":
            return None
        weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.uint64)
        data = (rows[:, : numbers * bits].reshape(-1, numbers, bits) * weights).sum(axis=2, dtype=np.uint64)
        if page.photometric == 0:
            data = (1 << bits) - 1 - data
    kind = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    data = data.astype(kind).reshape(planes, page.imagelength, width, samples // planes)
    return np.moveaxis(data, 0, -1)[..., 0, :][np.newaxis] if planes > 1 else data


def by_pil(path):
    """Eight-bit pictures, bilevel ones and palettes; None for what it scales or cannot read."""
    try:
        image = Image.open(path)
        bits = image.tag_v2.get(258, (1,))
        if image.n_frames > 1 or image.mode not in ("1", "P", "L", "RGB") or (
                image.mode != "P" and bits[0] not in (1, 8)):
            return None
        image = image.convert("RGB") if image.mode == "P" else image
        data = np.asarray(image)
    except Exception:
        return None
    data = data.astype(np.uint8) if data.dtype == np.bool_ else data
    return data.reshape(1, *data.shape[:2], -1)


def by_opencv(path):
    """Whole bytes of grey and RGB; it scales other depths and mixes CMYK and alpha."""
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            if len(file.pages) > 1 or page.bitspersample not in (8, 16, 32, 64) or page.photometric not in (0, 1, 2, 6, 32845):
                return None
            if page.samplesperpixel not in (1, 3) or (page.photometric < 2 and page.samplesperpixel > 1):
                return None
    except Exception:
        return None
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if image is None:
        return None
    if image.ndim == 3:
        image = image[:, :, ::-1]
    return image.reshape(1, *image.shape[:2], -1)


def same(got, want):
    return got.shape[1:] == want.shape and got.dtype == want.dtype and got.tobytes() == want.tobytes()


# what nobody here decodes: LZW with five and with four signed channels
UNJUDGED = {"cmyk-4c-8b.tiff", "tiled-cmyk-i8.tif"}


def judge(path, got):
    """By whom, and whether it is the same."""
    answers = {}
    for who, read in (("tifffile", by_tifffile), ("numpy", by_bits), ("PIL", by_pil if Image else None),
                      ("OpenCV", by_opencv if cv2 else None)):
        want = read(path) if read else None
        if want is not None:
            answers[who] = same(got, want)
    stem = os.path.splitext(path)[0]
    for ending in (".pgm", ".ppm", ".pbm"):
        if Image and os.path.exists(stem + ending) and "fp16" not in stem:
            want = np.asarray(Image.open(stem + ending))
            answers["twin"] = same(got, want.astype(np.uint8).reshape(1, *want.shape[:2], -1))
    words = os.path.basename(stem).split("-")
    if words[0] == "seq" and words[1] in ("1c", "3c", "4c") and words[2][-1] == "b" and "palette" not in words:
        bits = int(words[2][:-1])
        channels = int(words[1][0])
        count = got.size if "planar" not in words else got.size // channels
        sequence = (np.arange(got.size) % (1 << min(bits, 8 * got.itemsize))).astype(got.dtype)
        if "planar" not in words and "multipage" not in words and words[1] == "1c" and count:
            answers["sequence"] = got.tobytes() == sequence.tobytes()
    return answers


def compare_files(program, data, folder):
    paths = sorted(p for p in glob.glob(os.path.join(data, "4_tiff/image_tiff/**"), recursive=True)
                   if p.lower().endswith((".tif", ".tiff")))
    reports, outs = dump(program, paths, folder)
    halves = {}
    for path, report, out in zip(paths, reports, outs):
        name = os.path.relpath(path, data)
        check(name, "error" not in report, report.get("error"))
        if "error" in report:
            continue
        got = voxels(report, out)
        answers = judge(path, got)
        base = os.path.basename(path)
        if base.startswith("random-fp16"):
            halves.setdefault(base.split("-fp16")[0], []).append(got.tobytes())
        for who, good in answers.items():
            check(name, good, f"differs from {who}")
        check(name, answers or base in UNJUDGED or "fp16" in base, "nobody to compare with")
    for base, group in halves.items():
        check(base + "-fp16", len(set(group)) == 1, "predictors change the pixels")
    print(f"{len(paths)} files of {data} compared")


def compare_heads(program, data, folder):
    """A stack with its truth, page k, row j, column i = voxel ijk."""
    import nibabel
    stack = os.path.join(data, "4_tiff/derived_variants/u16_deflate_tiled48x32_be.tif")
    truth = os.path.join(data, "4_tiff/derived_variants/truth_u16.nii.gz")
    if not os.path.exists(truth):
        return
    (report,), (out,) = dump(program, [stack], folder)
    want = np.asarray(nibabel.load(truth).dataobj).astype(np.uint16)
    check(stack, np.array_equal(voxels(report, out)[0, ..., 0].T, want), "differs from its truth")


def generate(folder):
    """Files of tifffile, and for each what must be read: array (frame, k, j, i, channel), spacing."""
    made = []

    def add(name, array, want=None, mm=(1, 1, 1), **how):
        path = os.path.join(folder, name + ".tif")
        tifffile.imwrite(path, array, **how)
        made.append((path, want if want is not None else array[np.newaxis, ..., np.newaxis], mm))

    rng = np.random.default_rng(7)
    plain = {"metadata": None, "photometric": "minisblack"}
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        a = (rng.standard_normal((3, 17, 21)) * 90).astype(kind)
        for order in "<>":
            add(f"{kind}{ord(order)}", a, byteorder=order, **plain)
            add(f"{kind}{ord(order)}big", a, byteorder=order, bigtiff=True, rowsperstrip=5, **plain)
            add(f"{kind}{ord(order)}tiled", a, byteorder=order, tile=(16, 16), **plain)
            if np.dtype(kind).kind != "f":
                add(f"{kind}{ord(order)}zip", a, byteorder=order, compression="zlib", rowsperstrip=7, **plain)
    half = rng.standard_normal((1, 9, 8)).astype(np.float16)
    add("half", half[0], half[np.newaxis, ..., np.newaxis].astype(np.float32), metadata=None)
    rgb = rng.integers(0, 65535, (2, 12, 10, 3)).astype(np.uint16)
    add("rgb", rgb, rgb[np.newaxis], photometric="rgb", metadata=None)
    planes = np.ascontiguousarray(np.moveaxis(rgb, -1, 1))
    add("planes", planes, rgb[np.newaxis], photometric="rgb", planarconfig="separate", metadata=None)
    complexes = (rng.standard_normal((4, 5)) + 1j * rng.standard_normal((4, 5))).astype(np.complex64)
    pair = complexes.view(np.float32).reshape(1, 1, 4, 5, 2)
    for order in "<>":
        add("complex%d" % ord(order), complexes, pair, byteorder=order, metadata=None)

    # ImageJ and OME: frames, slices, channels; micrometres
    hyper = rng.integers(0, 4000, (2, 5, 3, 13, 11)).astype(np.uint16)  # TZCYX
    want = np.moveaxis(hyper, 2, -1)
    add("imagej", hyper, want, (0.0005, 0.00025, 0.002), imagej=True, resolution=(2000, 4000),
        metadata={"unit": "um", "spacing": 2.0, "axes": "TZCYX"})
    made[-1] = (made[-1][0], want, (0.001 / 2000, 0.001 / 4000, 0.002))
    add("imagej-mm", hyper[0, :, 0], hyper[:1, :, 0, ..., np.newaxis], (0.5, 0.25, 3), imagej=True,
        resolution=(2, 4), metadata={"unit": "mm", "spacing": 3, "axes": "ZYX"})
    add("ome", hyper, want, (0.0003, 0.0004, 0.0015), ome=True, photometric="minisblack",
        metadata={"axes": "TZCYX", "PhysicalSizeX": 0.3, "PhysicalSizeY": 400, "PhysicalSizeYUnit": "nm",
                  "PhysicalSizeZ": 1.5, "PhysicalSizeXUnit": "\u00b5m"})
    other = np.ascontiguousarray(np.moveaxis(hyper, 2, 0))  # CTZYX
    add("ome-order", other, want, ome=True, photometric="minisblack", metadata={"axes": "CTZYX"})
    # ImageJ's numbers are data whatever they are shown as
    white = hyper[0, :, 0].astype(np.uint8)
    add("imagej-white", white, white[np.newaxis, ..., np.newaxis], photometric="miniswhite", metadata=None,
        description="ImageJ=1.53t\nimages=5\nslices=5\n")
    # a millimetre in centimetres; a print is no voxel
    add("cm", hyper[0, :1, 0], hyper[:1, :1, 0, ..., np.newaxis], (0.2, 0.2, 0.2), resolution=(50, 50, 3), metadata=None)
    add("dpi", hyper[0, :1, 0], hyper[:1, :1, 0, ..., np.newaxis], resolution=(300, 300, 2), metadata=None)
    return made


def compare_generated(program, folder):
    made = generate(folder)
    reports, outs = dump(program, [m[0] for m in made], folder)
    for (path, want, mm), report, out in zip(made, reports, outs):
        name = os.path.basename(path)
        if "error" in report:
            check(name, False, report["error"])
            continue
        got = voxels(report, out)
        check(name, got.shape == want.shape and got.dtype == want.dtype.newbyteorder("=") and
              got.tobytes() == np.ascontiguousarray(want).tobytes(), f"{got.shape} {got.dtype} differs from {want.shape}")
        check(name, np.allclose(spacing(report), mm, rtol=1e-6), f"spacing {spacing(report)}, not {mm}")


def compare_series(program, data, folder):
    """Folders and patterns of slices, single pictures: as PIL reads them."""
    rng = np.random.default_rng(3)
    series = {}
    for kind in ("tif", "png", "jpg"):
        where = os.path.join(folder, kind)
        os.mkdir(where)
        slices = []
        for n in range(1, 12):
            path = os.path.join(where, f"z{n}.{kind}")
            Image.fromarray(rng.integers(0, 255, (16, 24, 3)).astype(np.uint8)).save(path)
            slices.append(np.asarray(Image.open(path)))
        series[where] = series[os.path.join(where, "z*." + kind)] = np.stack(slices)[np.newaxis]
        series[os.path.join(where, "z4." + kind)] = slices[3][np.newaxis, np.newaxis]
    where = os.path.join(folder, "pages")
    os.mkdir(where)
    pages = rng.integers(0, 60000, (9, 8, 7)).astype(np.uint16)
    for n, part in enumerate((pages[:4], pages[4:5], pages[5:])):
        tifffile.imwrite(os.path.join(where, f"part{n}.tif"), part, photometric="minisblack", metadata=None)
    series[where] = pages[np.newaxis, ..., np.newaxis]
    for mode, array in (("L", rng.integers(0, 255, (5, 6)).astype(np.uint8)),
                        ("LA", rng.integers(0, 255, (5, 6, 2)).astype(np.uint8)),
                        ("RGBA", rng.integers(0, 255, (5, 6, 4)).astype(np.uint8)),
                        ("1", rng.integers(0, 2, (5, 6)).astype(bool)),
                        ("I;16", rng.integers(0, 65535, (5, 6)).astype(np.uint16))):
        path = os.path.join(folder, mode.replace(";", "") + ".png")
        Image.fromarray(array, mode if mode != "1" else None).save(path)
        series[path] = array.astype(np.uint8 if array.dtype == bool else array.dtype).reshape(1, 1, 5, 6, -1)
    heads = os.path.join(data, "4_tiff/derived_head1p6_slices_u8")
    if os.path.isdir(heads):
        import nibabel
        truth = np.asarray(nibabel.load(os.path.join(data, "1_t1_heads/head_1p6mm.nii.gz")).dataobj)
        series[heads] = truth.T[np.newaxis, ..., np.newaxis]
    reports, outs = dump(program, list(series), folder)
    for (path, want), report, out in zip(series.items(), reports, outs):
        name = os.path.relpath(path, folder)
        check(name, "error" not in report, report.get("error"))
        if "error" not in report:
            check(name, np.array_equal(voxels(report, out), want), f"differs; {want.shape}")


def main():
    program, data = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as folder:
        compare_generated(program, folder)
        if Image:
            compare_series(program, data, folder)
        if os.path.isdir(os.path.join(data, "4_tiff")):
            compare_files(program, data, folder)
            compare_heads(program, data, folder)
        else:
            print("skipped: no test data")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
