#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_series.py FOLDER [N [SIZE]]: N (2000) deflated 16-bit TIFF slices of SIZE (2000) pixels squared, a mean of
4x4x4 of which is known: value = 8*x + 4*y + 2*(z % 1000) modulo 65536, and its noise adds up to nothing. 150 MB on the disk."""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tifffile

folder = Path(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
size = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
folder.mkdir(parents=True, exist_ok=True)
y, x = np.mgrid[:size, :size]
plane = 8 * x + 4 * y + 1000 + np.where((x + y) % 2, 7, -7)


def write(z):
    tifffile.imwrite(folder / f"slice_{z:04d}.tif", (plane + 2 * (z % 1000)).astype(np.uint16), compression="zlib", predictor=True,
                     compressionargs={"level": 1}, resolution=(1000, 1000), resolutionunit="CENTIMETER")


with ThreadPoolExecutor() as workers:
    list(workers.map(write, range(count)))
