#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""voxels.py PELLUCID [VOLUME [SIDE]]: a plot of voxels at SIDE^3 on 1181x1181 pixels by pellucid (the whole process) and by
matplotlib (the plot alone), in one run, with the memory of both. Debian: python3-matplotlib python3-nibabel."""
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import nibabel
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ONCE = "PELLUCID_BENCH_ONCE" in os.environ
program, head = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "phantom:head"
side = int(sys.argv[3]) if len(sys.argv) > 3 else 6 if ONCE else 25


def ours(folder, *more):
    start = time.perf_counter()
    child = subprocess.Popen([program, "voxels", head, "-o", "ours.png", "--size", "30cm", "--dpi", "100", "--elev", "30",
                              "--azim", "320", "--quiet", *more], cwd=folder)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0
    return time.perf_counter() - start, used.ru_maxrss / 1024


def by_matplotlib(values, picture):
    """Gaps closed: every second cell of the grid has no width, so that inner faces are drawn too."""
    n = values.shape[0]
    colours = np.zeros((2 * n - 1,) * 3 + (4,))
    colours[::2, ::2, ::2] = plt.cm.viridis(values)
    colours[::2, ::2, ::2, 3] = values
    edges = np.arange(1, 2 * n + 1) // 2 * 2
    grid = np.meshgrid(edges, edges, edges, indexing="ij")
    start = time.perf_counter()
    axes = plt.figure(figsize=(30 / 2.54, 30 / 2.54)).add_subplot(projection="3d")
    axes.view_init(30, 320)
    axes.voxels(*grid, colours[..., 3] != 0, facecolors=colours, shade=False)
    plt.savefig(picture)
    return time.perf_counter() - start


with tempfile.TemporaryDirectory() as place:
    if head.startswith("phantom:"):
        subprocess.run([program, "convert", head, "-o", "head.nii", "--quiet"], cwd=place, check=True)
        head = os.path.join(place, "head.nii")
    head = os.path.abspath(head)
    small = Path(place) / "small.nii"
    subprocess.run([program, "convert", head, "-o", small, "--resize", f"{side},{side},{side}", "--dtype", "float32", "--quiet"], check=True)
    values = np.asanyarray(nibabel.load(small).dataobj)
    values = (values - values.min()) / np.ptp(values)
    least, memory = min(ours(place, "--resize", f"{side},{side},{side}") for _ in range(1 if ONCE else 5))
    print(f"voxels {side}^3,{1e3 * least:.0f} ms,{memory:.0f} MB", flush=True)
    whole, full = min(ours(place) for _ in range(1 if ONCE else 3))
    print(f"voxels whole,{1e3 * whole:.0f} ms,{full:.0f} MB", flush=True)
    theirs = by_matplotlib(values, Path(place) / "theirs.png")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  matplotlib {side}^3,{1e3 * theirs:.0f} ms,{theirs / least:.0f} times pellucid,{peak:.0f} MB", flush=True)
