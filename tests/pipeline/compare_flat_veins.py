# SPDX-License-Identifier: Apache-2.0
"""Veins on the flat map of a head phantom: found in 3D and then mapped (cortex), against segmenting an 8-bit picture
of the map in 2D (grey top-hat, then Otsu; Otsu alone); and centre lines against the truth. Run by hand.

usage: compare_flat_veins.py PROGRAM [SCENE]; needs numpy, scipy, tifffile"""
import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import tifffile
from scipy import ndimage
from scipy.spatial import cKDTree

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SCENE = sys.argv[2] if len(sys.argv) > 2 else "head?vessels=1.5&vein=1.4&snr=20&seed=1"
PIXEL, BAND = 0.2, (-1, 4)


def run(folder, *words):
    subprocess.run([PROGRAM, *words, "--quiet"], cwd=folder, check=True)


def layer(path):
    data = tifffile.imread(path)
    return np.moveaxis(data, 0, -1) if data.ndim == 3 and data.shape[0] == 3 else data


def dice(a, b):
    return 2 * np.sum(a & b) / (np.sum(a) + np.sum(b))


def otsu(values):
    counts, edges = np.histogram(values, 256)
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    mean = np.cumsum(counts * middle)
    with np.errstate(all="ignore"):
        between = below * above * (mean / below - (mean[-1] - mean) / above) ** 2
    return middle[np.nanargmax(between)]


def disk(mm):
    r = int(mm / PIXEL)
    y, x = np.mgrid[-r:r + 1, -r:r + 1]
    return x * x + y * y <= r * r


def in_two_dimensions(picture, inside, truth):
    """The best Dice over radii of the top-hat: more than a person without the truth would get."""
    best = (0, None)
    filled = np.where(inside, picture, np.median(picture[inside]))
    for mm in (1.5, 2, 2.5, 3, 4):
        hat = ndimage.white_tophat(filled, footprint=disk(mm))
        found = (hat > otsu(hat[inside])) & inside
        best = max(best, (dice(found, truth), mm))
    return best


def true_points(path):
    """Points of the centre lines, with radii"""
    rows = list(csv.DictReader(open(path)))
    at = np.array([[float(r[k]) for k in ("x_mm", "y_mm", "z_mm", "radius_mm")] for r in rows])
    branch = [r["branch"] for r in rows]
    parts = [at[n] + (at[n + 1] - at[n]) * np.linspace(0, 1, 12)[:, None]
             for n in range(len(at) - 1) if branch[n] == branch[n + 1]]
    return np.concatenate(parts)


def true_map(lines, position, normal, inside):
    """Pixels with a vessel somewhere in the band: exact, as a grid of 1 mm would not show veins of 0.4 mm"""
    tree = cKDTree(lines[:, :3])
    least = np.full(inside.sum(), np.inf)
    for depth in np.arange(BAND[0], BAND[1] + 0.01, 0.2):
        far, near = tree.query(position[inside] + depth * normal[inside])
        least = np.minimum(least, far - lines[near, 3])
    truth = np.zeros(inside.shape, bool)
    truth[inside] = least <= 0
    return truth


def on_map(points, position, normal, inside):
    rows, columns = np.nonzero(inside)
    off, near = cKDTree(position[inside]).query(points)
    way = points - position[inside][near]
    depth = np.sum(way * normal[inside][near], axis=1)
    aside = np.linalg.norm(way - depth[:, None] * normal[inside][near], axis=1)
    good = (aside < 0.3) & (depth > BAND[0]) & (depth < BAND[1])
    return np.unique(np.c_[columns[near] + 0.5, rows[near] + 0.5][good] * PIXEL, axis=0)


def main(folder):
    if not (folder / "head.nii.gz").exists():
        run(folder, "phantom", SCENE, "-o", "head.nii.gz", "--truth", "truth")
    band = f"{BAND[0]}:{BAND[1]}"
    run(folder, "cortex", "head.nii.gz", "-o", "maps", "--mask", "truth/brain.nii.gz", "--radius", "40",
        "--pixel", str(PIXEL), "--vessels", "1", "--vessel-depth", band)
    run(folder, "flatten", "maps/flat.ply", "-o", "x.ply", "--image", "values.tif", "--pixel", str(PIXEL), "--sample",
        "head.nii.gz", "--depth", band, "--stat", "max")
    position, normal = layer(folder / "maps/position.tif"), layer(folder / "maps/normal.tif")
    inside = ~np.isnan(position[..., 0])
    lines = true_points(folder / "truth/lines.csv")
    truth = true_map(lines, position, normal, inside)
    values = layer(folder / "values.tif")
    lo, hi = np.percentile(values[inside], (1, 99.5))
    picture = np.round(255 * np.clip((np.where(inside, values, lo) - lo) / (hi - lo), 0, 1))
    found = layer(folder / "maps/map_vessels.tif") > 0
    print(f"truth covers {truth.sum() * PIXEL ** 2 / 100:.1f} cm2 of {inside.sum() * PIXEL ** 2 / 100:.1f}")
    print(f"Dice  3D, then mapped            {dice(found, truth):.3f}")
    best, mm = in_two_dimensions(picture, inside, truth)
    print(f"Dice  2D, top-hat of {mm} mm, Otsu  {best:.3f}  (the best of five radii)")
    print(f"Dice  2D, Otsu alone             {dice((picture > otsu(picture[inside])) & inside, truth):.3f}")
    found_lines = list(csv.DictReader(open(folder / "maps/map_lines.csv")))
    uv = np.array([[float(r["u"]), float(r["v"])] for r in found_lines]) * PIXEL
    off, _ = cKDTree(on_map(lines[:, :3], position, normal, inside)).query(uv)
    found_mm = np.array([[float(r[k]) for k in ("x_mm", "y_mm", "z_mm")] for r in found_lines])
    away, near = cKDTree(lines[:, :3]).query(found_mm)
    # what lies within a vein, or a voxel of 1 mm around thinner ones
    true = away < np.maximum(lines[near, 3], 1)
    for what, some in (("all", off), ("of true veins", off[true])):
        print(f"centre lines, {what}: median {np.median(some):.2f} mm off, 90th percentile "
              f"{np.percentile(some, 90):.2f}; {np.mean(some < 0.5):.0%} within 0.5 mm, of {len(some)} points")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(pathlib.Path(name))
