#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shell_big.py PELLUCID [SIZE]: the shell of a ball in a folder of SIZE (2000) deflated 16-bit slices of SIZE squared, made on the
fly (200 MB on the disk; 16 GB of voxels): seconds and memory beside those of reading the same series, and the points counted.
Debian: python3-numpy python3-tifffile."""
import json
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

try:
    import numpy as np
    import tifffile
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

program = os.path.abspath(sys.argv[1])
size = 48 if "PELLUCID_BENCH_ONCE" in os.environ else int(sys.argv[2]) if len(sys.argv) > 2 else 2000
middle, radius = size // 2, int(0.45 * size)
line = np.arange(size, dtype=np.int64) - middle
flat = line[:, None] ** 2 + line[None, :] ** 2
most = np.maximum(abs(line)[:, None], abs(line)[None, :])
grain = (7 * np.arange(size)[:, None] + 13 * np.arange(size)[None, :]) % 64


def write(folder, k):
    inside = flat + line[k] ** 2 <= radius ** 2
    voxels = np.where(inside, 20000 + 4 * k % 1000, 500) + grain
    tifffile.imwrite(folder / f"slice_{k:04d}.tif", voxels.astype(np.uint16), compression="zlib", predictor=True,
                     compressionargs={"level": 1})


def layer(k):
    """A voxel of the ball is of its layer when its neighbour along the longest of its coordinates is outside."""
    square = flat + line[k] ** 2
    return int(((square <= radius ** 2) & (square + 2 * np.maximum(most, abs(line[k])) + 1 > radius ** 2)).sum())


def run(*words):
    """The report, and the CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([program, *words, "--json", "--quiet"], stdout=subprocess.PIPE, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(out), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(2) as workers:
    folder = Path(place) / "slices"
    folder.mkdir()
    list(workers.map(lambda k: write(folder, k), range(size)))
    disk = sum(f.stat().st_size for f in folder.iterdir())
    read, read_cpu = run("info", folder, "--spacing", "1,1,1")
    shell, shell_cpu = run("shell", folder, "--spacing", "1,1,1", "-o", Path(place) / "points.ply", "--range", "10000:")
    want = sum(workers.map(layer, range(size)))

print("what,seconds,cpu_seconds,peak_MB")
for name, report, cpu in ("info, which reads it all", read, read_cpu), ("shell", shell, shell_cpu):
    print(f"{name},{report['seconds']['total']:.1f},{cpu:.1f},{report['peak_memory'] / 1e6:.0f}")
print(f"{size}^3 voxels of 16 bits, {2 * size ** 3 / 1e9:.1f} GB, {disk / 1e6:.0f} MB on the disk; {shell['points']} points, {want} by arithmetic")
sys.exit(shell["points"] != want)
