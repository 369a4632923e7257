#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""read_nibabel.py BENCH_READ FILE...: nibabel's time for the same files, in the same run."""
import subprocess
import sys
import time

import nibabel as nib
import numpy as np


def best(call, seconds=2):
    end, least = time.perf_counter() + seconds, 1e9
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        least = min(least, time.perf_counter() - start)
    return least


for path in sys.argv[2:]:
    subprocess.run([sys.argv[1], path], check=True)
    image = nib.load(path)
    size = image.dataobj.get_unscaled().nbytes + 352
    took = best(lambda: np.asarray(nib.load(path).dataobj.get_unscaled()))
    print(f"read/nibabel,{1e3 * took:.2f} ms,{1e-6 * size / took:.0f} MB/s")
