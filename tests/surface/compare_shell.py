#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_shell.py PELLUCID [DATA]: points of a shell as numpy's erosion and OpenCV's contours have them; files open in VTK."""
import csv
import json
import os
import pathlib
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
    import cv2
except ImportError:
    cv2 = None
try:
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
except ImportError:
    vtk = None

PROGRAM = sys.argv[1]
DATA = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
FOLDER = pathlib.Path(tempfile.mkdtemp())
checks = failures = 0


def check(good, what):
    global checks, failures
    checks += 1
    if not good:
        failures += 1
        print("differs:", what)


def shell(source, *options, out="out.ply"):
    done = subprocess.run([PROGRAM, "shell", source, "-o", FOLDER / out, "--quiet", "--json", *options], stdout=subprocess.PIPE, check=True)
    return read_ply(FOLDER / out), json.loads(done.stdout)


def read_ply(path):
    head, _, body = path.read_bytes().partition(b"end_header\n")
    lines = head.decode().splitlines()
    names = [(line.split()[2], {"float": "<f4", "int": "<i4"}[line.split()[1]]) for line in lines if line.startswith("property")]
    count = int(next(line for line in lines if line.startswith("element vertex")).split()[2])
    if "format ascii 1.0" in lines:
        rows = [tuple(map(float, line.split())) for line in body.decode().splitlines()]
        points = np.array(rows, dtype=names)
    else:
        points = np.frombuffer(body, dtype=names)
    check(len(points) == count, f"{path.name}: {len(points)} points, {count} in the header")
    return points


def xyz(points):
    return np.stack([points[a] for a in "xyz"], 1)


def layer(mask):
    """Mask less its 6-neighbour erosion, outside empty; x y z rows ordered by z, y, x."""
    inner = nd.binary_erosion(mask, nd.generate_binary_structure(3, 1))
    k, j, i = np.nonzero((mask & ~inner).transpose(2, 1, 0))
    return np.stack([i, j, k], 1)


def opencv_layer(mask):
    """The same by contours of each slice, and the slices before and after."""
    slices = [np.ascontiguousarray(mask[:, :, k].T.astype(np.uint8)*255) for k in range(mask.shape[2])]
    slices = [np.zeros_like(slices[0]), *slices, np.zeros_like(slices[0])]
    points = set()
    for k in range(1, len(slices) - 1):
        for other in (slices[k - 1], slices[k + 1]):
            rows, columns = np.nonzero((slices[k] > 0) & (other == 0))
            points |= {(k - 1, int(j), int(i)) for j, i in zip(rows, columns)}
        contours, _ = cv2.findContours(slices[k], cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
        points |= {(k - 1, int(p[0][1]), int(p[0][0])) for c in contours for p in c}
    return np.array(sorted(points))[:, ::-1]


def volumes():
    for seed in range(5):
        random = np.random.default_rng(seed)
        dims = random.integers(5, 140, 3)
        noise = nd.gaussian_filter(random.standard_normal(dims), 1)
        voxels = np.clip(noise/noise.std()*60 + 128, 0, 255).astype(np.uint8)
        path = FOLDER / f"random{seed}.nii"
        affine = np.array([[0.9, 0.1, 0, 5], [-0.1, 1.1, 0.2, -7], [0, 0, 2.5, 11], [0, 0, 0, 1]])
        nib.save(nib.Nifti1Image(voxels, affine), path)
        yield path, voxels, affine


def points():
    for path, voxels, affine in volumes():
        mask = (voxels >= 90) & (voxels <= 160)
        want = layer(mask)
        got, report = shell(path, "--range", "90:160", "--slice-thickness", "2", "--xy-scale", "0.5")
        check(np.array_equal(xyz(got), want*[0.5, 0.5, 2]), f"{path.name}: pixels")
        check(report["voxels"] == mask.sum() and report["points"] == len(want), f"{path.name}: report")
        if cv2:
            check(np.array_equal(want, opencv_layer(mask)), f"{path.name}: OpenCV")
        got, _ = shell(path, "--range", "90:160", "--ascii", "--intensity", "--label")
        mm = np.c_[want, np.ones(len(want))] @ affine.T
        check(np.allclose(xyz(got), mm[:, :3], atol=1e-4), f"{path.name}: mm")
        values = voxels[tuple(want.T)]
        check(np.array_equal(got["intensity"], values) and np.array_equal(got["label"], values), f"{path.name}: values")
        few, report = shell(path, "--range", "90:160", "--thin", "100")
        check(len(few) == min(100, len(want)), f"{path.name}: {len(few)} thinned points")
        check({tuple(p) for p in xyz(few).tolist()} <= {tuple(p) for p in xyz(shell(path, "--range", "90:160")[0]).tolist()},
              f"{path.name}: thinned points are some of all")


def outlines():
    for path, voxels, affine in volumes():
        mask = voxels >= 150
        _, report = shell(path, "--range", "150:", "--xy-scale", "1", "--contours", FOLDER / "out.csv")
        areas, holes = np.zeros(mask.shape[2]), 0
        for rows in grouped(FOLDER / "out.csv"):
            x, y = (np.array([float(r[f"{a}_px"]) for r in rows]) for a in "xy")
            area = (x*np.roll(y, -1) - y*np.roll(x, -1)).sum()/2
            hole = rows[0]["hole"] == "1"
            check((area < 0) == hole, f"{path.name}: a hole runs the other way")
            areas[int(rows[0]["slice"])] += area
            holes += hole
        check(np.array_equal(areas, mask.sum((0, 1))), f"{path.name}: areas of outlines are pixels")
        square = np.ones((3, 3))
        parts = [nd.label(mask[:, :, k], square)[1] for k in range(mask.shape[2])]
        wide = np.pad(~mask, ((1, 1), (1, 1), (0, 0)), constant_values=True)
        gaps = [nd.label(wide[:, :, k])[1] - 1 for k in range(mask.shape[2])]
        check(report["contours"] == sum(parts) + sum(gaps) and holes == report["holes"] == sum(gaps), f"{path.name}: number of outlines")


def grouped(path):
    last, rows = None, []
    for row in csv.DictReader(path.open()):
        if last not in (None, (row["slice"], row["contour"])):
            yield rows
            rows = []
        last = (row["slice"], row["contour"])
        rows.append(row)
    if rows:
        yield rows


def normals():
    # a soft ball: values fall outward, then (turned round) rise
    n = np.mgrid[-20:21, -20:21, -10:11].astype(np.float64)*np.array([1, 1, 2])[:, None, None, None]
    far = np.sqrt((n**2).sum(0))
    for sign, options in ((1, ("--range", "0:")), (-1, ("--range", ":0"))):
        path = FOLDER / "ball.nii"
        nib.save(nib.Nifti1Image((sign*(14 - far)).astype(np.float32), np.diag([1, 1, 2, 1])), path)
        got, _ = shell(path, *options, "--normals")
        outward = xyz(got) - np.array([20, 20, 20])
        outward = outward/np.linalg.norm(outward, axis=1)[:, None]
        given = np.stack([got[a] for a in ("nx", "ny", "nz")], 1)
        angle = np.degrees(np.arccos(np.clip((outward*given).sum(1), -1, 1)))
        check(angle.max() < 6, f"normals of a ball, sign {sign}: {angle.max()} degrees")
        check(np.allclose(np.linalg.norm(given, axis=1), 1, atol=1e-6), "normals are unit")


def opens_in_vtk():
    if not vtk:
        print("VTK is not installed: files are not opened with it")
        return
    for options in ((), ("--ascii",), ("--normals", "--intensity")):
        path, voxels, _ = next(volumes())
        got, _ = shell(path, "--range", "90:160", *options)
        reader = vtk.vtkPLYReader()
        reader.SetFileName(str(FOLDER / "out.ply"))
        reader.Update()
        cloud = vtk_to_numpy(reader.GetOutput().GetPoints().GetData())
        check(cloud.shape[0] == len(got) and np.allclose(cloud, xyz(got), atol=1e-4), f"VTK reads {options}")


def slice_folder():
    folder = DATA / "4_tiff/derived_head1p6_slices_u8" if DATA else None
    if not folder or not folder.is_dir() or not cv2:
        print("the folder of slices is not here, or OpenCV is not installed")
        return
    slices = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE) for f in sorted(folder.glob("*.tif"))]
    mask = np.stack(slices, 2).transpose(1, 0, 2)
    mask = (mask >= 60) & (mask <= 255)
    got, _ = shell(folder, "--range", "60:255", "--slice-thickness", "1")
    check(np.array_equal(xyz(got), opencv_layer(mask)), "the folder of slices")


for compare in (points, outlines, normals, opens_in_vtk, slice_folder):
    compare()
print(f"{checks} checks, {failures} differ")
sys.exit(failures != 0)
