#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""filters.py BENCH_MASK [VOLUME LEVEL]: distance, parts, ball morphology and Gaussian of a volume above a level, by pellucid,
scipy and VTK in one run; two threads for who can. Without a volume: balls in noise, 256^3, 8 bit.
Debian: python3-scipy python3-nibabel python3-vtk9."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import nibabel
    import numpy as np
    import scipy.ndimage as nd
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ONCE = "PELLUCID_BENCH_ONCE" in os.environ
vtk.vtkMultiThreader.SetGlobalMaximumNumberOfThreads(2)
vtk.vtkSMPTools.Initialize(2)


def made(side):
    noise = np.random.default_rng(3)
    field = nd.gaussian_filter(noise.normal(size=(side,) * 3).astype(np.float32), side / 24)
    field = 100 + 60 * field / field.std() + noise.normal(0, 10, field.shape)
    return np.clip(field, 0, 255).astype(np.uint8)


def seconds(call, rounds=1 if ONCE else 2):
    least = 1e9
    for _ in range(rounds):
        start = time.perf_counter()
        kept = call()
        least = min(least, time.perf_counter() - start)
    return least, kept


def as_vtk(a):
    image = vtk.vtkImageData()
    image.SetDimensions(a.shape)
    image.GetPointData().SetScalars(numpy_to_vtk(a.ravel(order="F"), deep=True))
    return image


def vtk_distance(mask):
    filter = vtk.vtkImageEuclideanDistance()
    filter.SetInputData(mask)
    filter.InitializeOn()
    filter.ConsiderAnisotropyOff()
    filter.SetAlgorithmToSaito()
    filter.Update()
    return vtk_to_numpy(filter.GetOutput().GetPointData().GetScalars())


def vtk_gaussian(grey):
    filter = vtk.vtkImageGaussianSmooth()
    filter.SetInputData(grey)
    filter.SetStandardDeviation(2)
    filter.SetRadiusFactor(4)
    filter.Update()
    return vtk_to_numpy(filter.GetOutput().GetPointData().GetScalars())


with tempfile.TemporaryDirectory() as place:
    if len(sys.argv) > 3:
        path, level = sys.argv[2], float(sys.argv[3])
        voxels = np.asanyarray(nibabel.load(path).dataobj)
    else:
        path, level = Path(place) / "balls.nii", 120
        voxels = made(48 if ONCE else 256)
        nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), path)
    said = subprocess.run([sys.argv[1], str(path), str(level)], check=True, capture_output=True, text=True).stdout
    ours = {line.split(",")[0].strip(): line for line in said.splitlines()}
    mask = voxels >= level
    grey = voxels.astype(np.float32)
    g = np.mgrid[-3:4, -3:4, -3:4]
    ball = (g ** 2).sum(0) <= 9
    byte, real = as_vtk(mask.astype(np.uint8)), as_vtk(grey)
    for name, peers in {
        "distance": {"scipy": lambda: nd.distance_transform_edt(mask), "vtk": lambda: vtk_distance(byte)},
        "components": {"scipy": lambda: nd.label(mask, np.ones((3, 3, 3)))},
        "erode 3vx": {"scipy": lambda: nd.binary_erosion(mask, ball)},
        "dilate 3vx": {"scipy": lambda: nd.binary_dilation(mask, ball)},
        "gaussian 2vx": {"scipy": lambda: nd.gaussian_filter(grey, 2), "vtk": lambda: vtk_gaussian(real)},
    }.items():
        line = ours[name]
        took = float(line.split(",")[1].split()[0]) / 1e3
        print(line, flush=True)
        for peer, call in peers.items():
            theirs, kept = seconds(call)
            print(f"  {peer},{1e3 * theirs:.1f} ms,{theirs / took:.2f} times pellucid", flush=True)
