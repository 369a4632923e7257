#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_vessels.py PELLUCID: responses as numpy's eigenvalues of scipy's Gaussian derivatives give them, and as
scikit-image's frangi, which derives by differences."""
import os
import subprocess
import sys
import tempfile

try:
    import nibabel as nib
    import numpy as np
    from scipy import ndimage as nd
except ImportError:
    print("SKIP: nibabel, numpy or scipy is not installed")
    sys.exit(77)
try:
    from skimage.filters import frangi as skimage_frangi
except ImportError:
    skimage_frangi = None

PROGRAM = sys.argv[1]
FOLDER = tempfile.mkdtemp()
CONTRAST = 60.0
failures = 0


def check(name, got, want, most, mean):
    global failures
    off = np.abs(got - want)
    good = off.max() <= most and off.mean() <= mean
    failures += not good
    print(f"{name}: off by {off.max():.5f} at most, {off.mean():.6f} on average{'' if good else ': TOO MUCH'}")


def scene(spacing):
    rng = np.random.default_rng(5)
    shape = (44, 40, 36)
    x, y, z = (np.arange(n) * s for n, s in zip(shape, spacing))
    x, y, z = np.meshgrid(x, y, z, indexing="ij")
    tube = np.hypot(x - x.mean() - 0.4 * (z - z.mean()), y - y.mean()) < 2.2
    ball = (x - 8) ** 2 + (y - 8) ** 2 + (z - 8) ** 2 < 9
    plate = np.abs(x + y - 1.5 * x.mean()) < 1.5
    clean = 100 + 60.0 * (tube | ball) + 45 * plate
    return (clean + rng.normal(0, 4, shape)).astype(np.float32)


def pellucid(voxels, spacing, *options):
    path = os.path.join(FOLDER, "in.nii"), os.path.join(FOLDER, "out.nii")
    nib.save(nib.Nifti1Image(voxels, np.diag([*spacing, 1])), path[0])
    subprocess.run([PROGRAM, "vessels", path[0], "-o", path[1], "--quiet", "--contrast", str(CONTRAST), *options],
                   check=True)
    return np.asarray(nib.load(path[1]).dataobj)


def eigenvalues(voxels, spacing, sigma):
    """of minus sigma^2 times the Hessian in mm, rising"""
    hessian = np.empty((*voxels.shape, 3, 3))
    for a in range(3):
        for b in range(3):
            order = [0, 0, 0]
            order[a] += 1
            order[b] += 1
            d = nd.gaussian_filter(voxels.astype(float), [sigma / s for s in spacing], order=order, truncate=5)
            hessian[..., a, b] = -sigma ** 2 * d / spacing[a] / spacing[b]
    return np.linalg.eigvalsh(hessian)


def frangi(values, size):
    low, mid, high = np.moveaxis(values, -1, 0)
    with np.errstate(all="ignore"):
        v = ((1 - np.exp(-2 * (mid / high) ** 2)) * np.exp(-2 * low ** 2 / (mid * high))
             * (1 - np.exp(-(values ** 2).sum(-1) / (2 * size ** 2))))
    return np.where((mid > 0) & (np.abs(low) <= mid), v, 0)


def jerman(values, size):
    low, mid, high = np.moveaxis(values, -1, 0)
    high = np.maximum(high, size)
    with np.errstate(all="ignore"):
        v = mid ** 2 * (high - mid) * (3 / (mid + high)) ** 3
    v = np.where(mid >= high / 2, 1, v)
    return np.where((mid > 0) & (np.abs(low) <= mid), v, 0)


def inner(volume):
    return volume[3:-3, 3:-3, 3:-3]


FULL = CONTRAST * np.exp(-1)
for spacing in ((1, 1, 1), (0.7, 0.7, 1.3)):
    voxels = scene(spacing)
    for sigma in (1.5, 2.5):
        values = eigenvalues(voxels, spacing, sigma)
        for name, make, size in (("frangi", frangi, FULL * np.sqrt(0.5)), ("jerman", jerman, FULL / 2)):
            got = pellucid(voxels, spacing, "--method", name, "--scales", str(sigma))
            # where two curvatures change places the definition jumps; that is a voxel here and there
            want = make(values, size)
            jump = np.abs(np.abs(values[..., 0]) - values[..., 1]) < 0.02 * FULL
            keep = inner(~jump)
            check(f"{name}, sigma {sigma} mm, voxels {spacing}", inner(got)[keep], inner(want)[keep], 0.04, 0.002)
            if skimage_frangi and name == "frangi" and spacing == (1, 1, 1):
                theirs = skimage_frangi(voxels, sigmas=[sigma], alpha=0.5, beta=0.5, gamma=size, black_ridges=False)
                check(f"{name}, sigma {sigma}, scikit-image", inner(got)[keep], inner(theirs)[keep], 0.25, 0.003)
print("failed" if failures else "passed")
sys.exit(failures > 0)
