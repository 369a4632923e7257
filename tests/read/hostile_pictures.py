#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_pictures.py DUMP_VOLUME [DATA]: damaged TIFF, PNG and JPEG are refused with a reason.

One valid file of each kind, cut at 200 places: an error, or every voxel as in the whole file. All
files under DATA/7_broken/image_tiff_fuzz: an error or voxels; under a second and within 64 MiB of
what an empty run takes, all in one process.
"""
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    import tifffile
    from PIL import Image
except ImportError:
    print("SKIP: numpy, tifffile or PIL is not installed")
    sys.exit(77)

MOST_BYTES = 64 << 20
failed = 0


def check(holds, why):
    global failed
    if not holds:
        failed += 1
        print("FAILED", why)


def dump(program, paths, folder):
    outs = [os.path.join(folder, f"{i}.bin") for i in range(len(paths))]
    began = time.monotonic()
    ran = subprocess.run([program], input="".join(f"{p}\t{o}\n" for p, o in zip(paths, outs)),
                         capture_output=True, text=True)
    check(ran.returncode == 0, f"{program}: exit {ran.returncode}\n{ran.stderr[-2000:]}")
    reports = [json.loads(line) for line in ran.stdout.splitlines()]
    check(len(reports) == len(paths), f"{len(paths)} files, {len(reports)} answers")
    check(ran.stderr.count("\n") == sum("error" in r for r in reports), "an error without one line of reason")
    return reports, outs, time.monotonic() - began


def samples(folder):
    rng = np.random.default_rng(5)
    pixels = (rng.integers(0, 40, (3, 32, 40)) + np.arange(40) * 20).astype(np.uint16)
    small = (pixels[0] // 8).astype(np.uint8)
    for name, how in (("plain", {}), ("zip", {"compression": "zlib", "predictor": True, "rowsperstrip": 5}),
                      ("tiled", {"tile": (16, 16), "compression": "zlib"}), ("big", {"bigtiff": True})):
        path = os.path.join(folder, name + ".tif")
        tifffile.imwrite(path, pixels, photometric="minisblack", **how)
        yield path
    for name, how in (("lzw", {"compression": "tiff_lzw"}), ("jpeg", {"compression": "jpeg"}),
                      ("packbits", {"compression": "packbits"})):
        path = os.path.join(folder, name + ".tif")
        Image.fromarray(small).save(path, **how)
        yield path
    path = os.path.join(folder, "fax.tif")
    Image.fromarray(small > 50).save(path, compression="group4")
    yield path
    for ending in ("png", "jpg"):
        path = os.path.join(folder, "picture." + ending)
        Image.fromarray(small).save(path)
        yield path


def cut_everywhere(program, folder):
    for path in list(samples(folder)):
        whole = open(path, "rb").read()
        paths = [path]
        for n in range(200):
            paths.append(f"{path[:-4]}-{n}{path[-4:]}")
            with open(paths[-1], "wb") as file:
                file.write(whole[: len(whole) * n // 200])
        reports, outs, _ = dump(program, paths, folder)
        check("error" not in reports[0], f"{path}: {reports[0]}")
        check(sum("error" in r for r in reports) > 100, f"{path}: cut files are read")
        want = open(outs[0], "rb").read()
        for name, report, out in zip(paths[1:], reports[1:], outs[1:]):
            check("error" in report or open(out, "rb").read() == want, f"{name}: other voxels, no error")
        for name in paths:
            os.remove(name)


def broken(program, data, folder):
    paths = sorted(p for p in glob.glob(os.path.join(data, "7_broken/image_tiff_fuzz/**"), recursive=True)
                   if os.path.isfile(p))
    if not paths:
        print("skipped: no broken files")
        return
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    reports, _, seconds = dump(program, paths, folder)
    now = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    refused = sum("error" in r for r in reports)
    print(f"{len(paths)} broken files: {refused} refused, {seconds:.2f} s for all, {(now - peak) // 1024} MiB more")
    check(seconds < len(paths), "more than a second each")
    check((now - peak) * 1024 <= MOST_BYTES, "more than 64 MiB above a small file")


def main():
    program, data = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    with tempfile.TemporaryDirectory() as folder:
        dump(program, [next(samples(folder))], folder)
        broken(program, data, folder)
        cut_everywhere(program, folder)
    print("failed:", failed)
    sys.exit(1 if failed else 0)


main()
