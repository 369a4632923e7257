#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shell.py PELLUCID [SLICES]: the outer layer of an object in a folder of TIFF slices of 512x512, as points, by pellucid (the whole
process) and by contours of OpenCV, in one run; the points are compared. Debian: python3-opencv python3-tifffile python3-scipy."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import cv2
    import numpy as np
    import scipy.ndimage as nd
    import tifffile
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.abspath(sys.argv[1])
slices = int(sys.argv[2]) if len(sys.argv) > 2 else 6 if "PELLUCID_BENCH_ONCE" in os.environ else 128


def make(folder):
    noise = nd.gaussian_filter(np.random.default_rng(5).normal(size=(slices, 64, 64)), 4)
    noise = nd.zoom(noise / noise.std(), (1, 8, 8), order=1)
    for k, one in enumerate(np.clip(128 + 60 * noise, 0, 255).astype(np.uint8)):
        tifffile.imwrite(folder / f"slice_{k:04d}.tif", one)


def by_opencv(files):
    masks = [cv2.inRange(cv2.imread(name, cv2.IMREAD_GRAYSCALE), 100, 255) for name in files]
    nothing = np.zeros_like(masks[0])
    layer = []
    for k, mask in enumerate(masks):
        below = masks[k - 1] if k else nothing
        above = masks[k + 1] if k + 1 < len(masks) else nothing
        edge = (mask > 0) & ((below == 0) | (above == 0))
        for way in cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)[0]:
            edge[way[:, 0, 1], way[:, 0, 0]] = True
        rows, columns = np.nonzero(edge)
        layer.append(np.column_stack([columns, rows, np.full(len(rows), k)]))
    return np.concatenate(layer)


with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "slices"
    folder.mkdir()
    make(folder)
    files = sorted(str(f) for f in folder.iterdir())
    points = Path(place) / "points.ply"
    least = 1e9
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([program, "shell", folder, "-o", points, "--range", "100:255", "--slice-thickness", "1", "--quiet"], check=True)
        least = min(least, time.perf_counter() - start)
    start = time.perf_counter()
    theirs = by_opencv(files)
    took = time.perf_counter() - start
    data = points.read_bytes()
    found = np.frombuffer(data[data.index(b"end_header\n") + 11:], np.float32).reshape(-1, 3).astype(int)
    same = np.array_equal(found, theirs)
    print(f"shell {slices} slices,{1e3 * least:.0f} ms,{len(found)} points", flush=True)
    print(f"  opencv,{1e3 * took:.0f} ms,{took / least:.2f} times pellucid,{'the same points' if same else 'OTHER POINTS'}", flush=True)
    sys.exit(not same)
