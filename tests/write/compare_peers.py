#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read what write_samples wrote with nibabel, numpy, zlib, gzip and PIL, and compare it with what it
must be.

usage: compare_peers.py WRITE_SAMPLES. Exit 77 (skipped) where nibabel is missing.
"""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import zlib

try:
    import nibabel as nib
    import numpy as np
except ImportError as why:
    print(f"compare_peers: skipped: {why}")
    sys.exit(77)

AFFINE = np.array([[0.9, 0.1, 0, -10], [-0.1, 0.9, 0, -20], [0, 0, 2.5, -30], [0, 0, 0, 1]])
failures = []


def check(what, holds):
    if not holds:
        failures.append(what)
        print("FAILED:", what)


def ramp(shape_slowest_first, dtype):
    count = int(np.prod(shape_slowest_first))
    return (np.arange(count) % 100).astype(dtype).reshape(shape_slowest_first)


def check_types(folder):
    for t, name in enumerate("uint8 int8 uint16 int16 uint32 int32 uint64 int64 float32 float64".split()):
        frames = 1 + t % 2
        want = ramp((frames, 3, 4, 5), name).T
        want = want[..., 0] if frames == 1 else want
        for ending in "nii", "nii.gz", "hdr", "v2.nii":
            image = nib.load(folder / f"type_{name}.{ending}")
            data = np.asanyarray(image.dataobj)
            check(f"{name}.{ending} type", image.get_data_dtype() == np.dtype(name))
            check(f"{name}.{ending} voxels", data.shape == want.shape and np.array_equal(data, want))
            check(f"{name}.{ending} affine", np.abs(image.affine - AFFINE).max() < 1e-6)
            check(f"{name}.{ending} qform", np.abs(image.get_qform() - AFFINE).max() < 2e-6)
            check(f"{name}.{ending} version", isinstance(image, nib.Nifti2Image) == (ending[0] == "v"))
        data = np.load(folder / f"type_{name}.npy", allow_pickle=False)
        check(f"{name}.npy", data.dtype == np.dtype(name) and np.array_equal(data, want))


def check_channels(folder):
    for name, channels, dtype in ("rgb", 3, "u1"), ("rgba", 4, "u1"), ("complex64", 2, "f4"), ("complex128", 2, "f8"), ("vector", 3, "f4"):
        want = np.moveaxis(ramp((2, 3, 4, 5, channels), dtype), -1, 0).T  # i j k t c
        got = np.asanyarray(nib.load(folder / f"channels_{name}.nii.gz").dataobj)
        array = np.load(folder / f"channels_{name}.npy", allow_pickle=False)
        if name.startswith("rgb"):
            got = np.stack([got[c] for c in got.dtype.names], -1)
        if name.startswith("complex"):
            want = want[..., 0] + 1j * want[..., 1]
            check(f"{name} is complex", got.dtype == np.dtype(name) and array.dtype == np.dtype(name))
        check(f"channels {name}.nii.gz", got.shape == want.shape and np.array_equal(got, want))
        check(f"channels {name}.npy", array.shape == want.shape and np.array_equal(array, want))


def check_orders(folder):
    for line in (folder / "orders.txt").read_text().splitlines():
        name, *numbers = line.split()
        want = np.array(numbers, float).reshape(3, 4)
        image = nib.load(folder / name)
        check(name + " sform", np.abs(image.get_sform()[:3] - want).max() < 1e-6)
        check(name + " qform", np.abs(image.get_qform()[:3] - want).max() < 1e-5)
        peer = nib.Nifti1Header()
        peer.set_data_shape((5, 4, 3))
        peer.set_qform(image.get_sform(), 2)
        check(name + " qfac", peer["pixdim"][0] == image.header["pixdim"][0])
        check(name + " pixdim", np.allclose(peer["pixdim"][1:4], image.header["pixdim"][1:4], 1e-6))


def check_fields(folder):
    image = nib.load(folder / "fields.nii.gz")
    h = image.header
    check("slope", (image.dataobj.slope, image.dataobj.inter) == (0.5, -7))
    check("description", bytes(h["descrip"].item()) == b"what it is")
    check("intent", h.get_intent() == ("t test", (12.0,), "t map"))
    check("display range", h["cal_min"] == 2 and h["cal_max"] == 40)
    check("units", h.get_xyzt_units()[0] == "mm")
    check("codes", h["qform_code"] == 2 and h["sform_code"] == 2)
    extensions = [(e.get_code(), bytes(e.get_content()).rstrip(b"\0")) for e in h.extensions]
    check("extensions", extensions == [(6, b'{"pellucid":"x"}'), (44, b"hello")])
    sheared = nib.load(folder / "sheared.nii").header
    check("a sheared grid has no qform", sheared["qform_code"] == 0 and sheared["sform_code"] == 2)
    unknown = nib.load(folder / "unknown.nii").header
    check("unknown stays unknown", unknown["qform_code"] == 0 and unknown["sform_code"] == 0)


def check_gzip(folder):
    path = folder / "large.nii.gz"
    check("gzip -t", subprocess.run(["gzip", "-t", path]).returncode == 0)
    rest, whole, members = path.read_bytes(), b"", 0
    while rest:
        length = int.from_bytes(rest[16:20], "little")
        stream = zlib.decompressobj(31)
        part = stream.decompress(rest)
        check("a member says its length", rest[12:14] == b"PL" and length == len(rest) - len(stream.unused_data))
        check("a member is at most 256 KB", stream.eof and len(part) <= 256 << 10)
        whole, rest, members = whole + part, stream.unused_data, members + 1
    n = np.arange(300 * 300 * 150)
    check("large voxels", np.array_equal(np.frombuffer(whole[352:], "u1"), ((n * n >> 7) & (n >> 11)).astype("u1")))
    check("members", members == 1 + -(-len(n) // (256 << 10)))
    check("python gzip", gzip.open(path).read() == whole)
    check("wide is NIfTI-2", isinstance(nib.load(folder / "wide.nii"), nib.Nifti2Image))


def png_chunks(data):
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at:at + 4], "big")
        yield data[at + 4:at + 8], data[at + 8:at + 8 + length]
        at += 12 + length


def check_pictures(folder):
    for bits in 8, 16:
        for channels in 1, 2, 3, 4:
            name = f"picture_{bits}_{channels}"
            want = np.arange(35 * channels) * (3 if bits == 8 else 911) % 2**bits
            want = want.reshape((5, 7, channels) if channels > 1 else (5, 7))
            check(name + ".npy", np.array_equal(np.load(folder / (name + ".npy")), want))
            chunks = dict(png_chunks((folder / (name + ".png")).read_bytes()))
            check(name + " pHYs", chunks[b"pHYs"] == (5000).to_bytes(4, "big") * 2 + b"\1")
            keyword, text = chunks[b"tEXt"].split(b"\0", 1)
            check(name + " text", keyword == b"pellucid" and json.loads(text)["mm_per_pixel"] == 0.2)
            if bits == 8:
                check_png8(folder / (name + ".png"), want, name)
            else:
                check(name + " pixels", np.array_equal(unfiltered16(chunks, channels), want))
    layer = nib.load(folder / "layer.nii.gz")
    want = np.arange(35 * 3).reshape(5, 7, 3).transpose(1, 0, 2)[:, :, None, None, :]
    check("layer", np.array_equal(np.asanyarray(layer.dataobj), want))
    check("layer spacing", np.allclose(layer.header.get_zooms()[:2], 0.2))


def check_png8(path, want, name):
    try:
        from PIL import Image
    except ImportError:
        return
    check(name + " pixels", np.array_equal(np.asarray(Image.open(path)), want))


def unfiltered16(chunks, channels):
    """The samples of a small 16-bit PNG, from its definition: filters none (0) and up (2)."""
    raw, out = zlib.decompress(chunks[b"IDAT"]), []
    row = 7 * channels * 2
    above = np.zeros(row, "u1")
    for y in range(5):
        kind, line = raw[y * (row + 1)], np.frombuffer(raw, "u1", row, y * (row + 1) + 1)
        check("the filter is known", kind in (0, 2))
        above = line + above if kind == 2 else line
        out.append(above.view(">u2"))
    return np.array(out).reshape((5, 7, channels) if channels > 1 else (5, 7))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], folder], check=True)
        for step in check_types, check_channels, check_orders, check_fields, check_gzip, check_pictures:
            step(folder)
        check("no temporaries are left", not list(folder.glob(".*")))
    print(f"compare_peers: {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
