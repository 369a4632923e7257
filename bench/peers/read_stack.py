#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""read_stack.py BENCH_STACK [SLICES]: 512 slices of 512x512, 16 bit, raw and deflate, as one stack and as a folder, read by
pellucid, tifffile, OpenCV and VTK in one run. Debian: python3-tifffile python3-opencv python3-vtk9."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import cv2
    import numpy as np
    import tifffile
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def best(call, seconds=0 if "PELLUCID_BENCH_ONCE" in os.environ else 2):
    end, least = time.perf_counter() + seconds, 1e9
    while least == 1e9 or time.perf_counter() < end:
        start = time.perf_counter()
        kept = call()
        least = min(least, time.perf_counter() - start)
        del kept
    return least


def make(folder, slices):
    noise = np.random.default_rng(1)
    z, y, x = np.mgrid[:slices, :512, :512]
    v = 2000 + 1500 * np.sin(x / 40) * np.cos(y / 50) * np.sin(z / 60) + noise.normal(0, 20, x.shape)
    v = v.astype(np.uint16)
    for name, packing in ("raw", None), ("deflate", "zlib"):
        tifffile.imwrite(folder / f"{name}.tif", v, compression=packing, photometric="minisblack")
        (folder / name).mkdir()
        for i, one in enumerate(v):
            tifffile.imwrite(folder / name / f"slice_{i:04d}.tif", one, compression=packing)
    return v


def by_vtk(files):
    reader = vtk.vtkTIFFReader()
    if len(files) == 1:
        reader.SetFileName(files[0])
    else:
        names = vtk.vtkStringArray()
        for name in files:
            names.InsertNextValue(name)
        reader.SetFileNames(names)
    reader.SetOrientationType(1)
    reader.Update()
    return vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars())


def by_opencv(files):
    if len(files) == 1:
        return cv2.imreadmulti(files[0], flags=cv2.IMREAD_UNCHANGED)[1]
    return np.stack([cv2.imread(name, cv2.IMREAD_UNCHANGED) for name in files])


def by_tifffile(files):
    return tifffile.imread(files[0] if len(files) == 1 else files)


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    once = "PELLUCID_BENCH_ONCE" in os.environ
    truth = make(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 8 if once else 512)
    for name in "raw.tif", "deflate.tif", "raw", "deflate":
        path = folder / name
        files = [str(path)] if path.is_file() else sorted(str(f) for f in path.iterdir())
        line = subprocess.run([sys.argv[1], str(path)], check=True, capture_output=True, text=True).stdout.strip()
        ours = float(line.split(",")[1].split()[0]) / 1e3
        print(line, flush=True)
        for peer, call in ("tifffile", by_tifffile), ("opencv", by_opencv), ("vtk", by_vtk):
            if not np.array_equal(np.asarray(call(files)).ravel(), truth.ravel()):
                print(f"  {peer}: other numbers")
            took = best(lambda: call(files))
            print(f"  {peer},{1e3 * took:.1f} ms,{took / ours:.2f} times pellucid", flush=True)
