#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_scipy.py PELLUCID: masks, parts, distances and thresholds as scipy.ndimage and scikit-image have them."""
import json
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
    from skimage import filters
except ImportError:
    filters = None

PROGRAM = sys.argv[1]
FOLDER = tempfile.mkdtemp()
checks = failures = 0


def check(good, what):
    global checks, failures
    checks += 1
    if not good:
        failures += 1
        print("differs:", what)


def save(name, voxels, spacing=(1, 1, 1)):
    path = os.path.join(FOLDER, name)
    nib.save(nib.Nifti1Image(voxels, np.diag([*spacing, 1])), path)
    return path


def run(source, *options, out="out.nii"):
    out = os.path.join(FOLDER, out)
    done = subprocess.run([PROGRAM, "mask", source, "-o", out, "--quiet", "--json", *options], stdout=subprocess.PIPE, check=True)
    return np.asanyarray(nib.load(out).dataobj), json.loads(done.stdout)


def ball(radius, spacing):
    reach = [int(radius/s*(1 + 1e-9)) for s in spacing]
    grid = np.mgrid[tuple(slice(-r, r + 1) for r in reach)]
    return sum((g*s)**2 for g, s in zip(grid, spacing)) <= radius**2*(1 + 1e-9)


def blobs(rng, dims, level=0.5):
    noise = nd.gaussian_filter(rng.standard_normal(dims), 1.5)
    return (noise > np.quantile(noise, level)).astype(np.uint8)


def padded(run_scipy, mask, by):
    wide = np.pad(mask, by)
    return run_scipy(wide)[tuple(slice(by, -by) for _ in range(3))]


def morphology(rng):
    for dims, spacing in (((40, 37, 33), (1, 1, 1)), ((130, 21, 17), (0.9, 1.1, 2.5)), ((64, 9, 1), (1, 1, 1))):
        mask = blobs(rng, dims)
        path = save("mask.nii", mask, spacing)
        for text, radius, edge in (("1vx", 1, (1, 1, 1)), ("3vx", 3, (1, 1, 1)), ("2mm", 2, spacing), ("4.5mm", 4.5, spacing)):
            element = ball(radius, edge)
            if dims[2] == 1:
                element = element[:, :, element.shape[2]//2:element.shape[2]//2 + 1]
            by = 12
            wanted = {
                "erode": nd.binary_erosion(mask, element),
                "dilate": nd.binary_dilation(mask, element),
                "open": padded(lambda m: nd.binary_opening(m, element), mask, by),
                "close": padded(lambda m: nd.binary_closing(m, element), mask, by),
            }
            wanted["tophat"] = mask.astype(bool) & ~wanted["open"]
            if dims[2] == 1:
                # a single slice between empty ones is eroded away
                wanted = {"dilate": wanted["dilate"]}
            for name, want in wanted.items():
                got, _ = run(path, "--steps", f"{name} {text}")
                check(np.array_equal(got.astype(bool), want), f"{name} {text} of {dims}")


def grey(rng):
    values = rng.normal(100, 30, (61, 47, 1)).astype(np.float32)
    path, made = save("grey.nii", values), os.path.join(FOLDER, "values.nii")
    element = ball(3, (1, 1, 1))[:, :, 3]
    for word, other in (("erode", nd.grey_erosion), ("dilate", nd.grey_dilation), ("open", nd.grey_opening),
                        ("close", nd.grey_closing), ("tophat", nd.white_tophat), ("blackhat", nd.black_tophat)):
        run(path, "--grey", f"{word} 3vx", "--values", made, "--otsu")
        got = np.asarray(nib.load(made).dataobj)[:, :, 0]
        want = other(values[:, :, 0], footprint=element)
        # away from the border, beyond which scipy mirrors
        check(np.allclose(got[6:-6, 6:-6], want[6:-6, 6:-6], atol=1e-4), f"grey {word}")


def parts(rng):
    for dims in ((50, 41, 37), (129, 20, 3)):
        # sparse noise, so that the kind of neighbour matters
        mask = (rng.random(dims) < 0.12).astype(np.uint8)
        path = save("mask.nii", mask)
        for kind, rank in ((6, 1), (18, 2), (26, 3)):
            want, count = nd.label(mask, nd.generate_binary_structure(3, rank))
            labels = os.path.join(FOLDER, "labels.nii")
            got, report = run(path, "--connectivity", str(kind), "--parts", labels, "--steps", "largest 3")
            sizes = np.bincount(want.ravel())[1:]
            order = np.argsort(-sizes, kind="stable")
            check(np.array_equal(np.asanyarray(nib.load(labels).dataobj) > 0, got), f"parts of {dims}, {kind}")
            check(sorted(sizes[order[:3]]) == sorted(np.bincount(nd.label(got, nd.generate_binary_structure(3, rank))[0].ravel())[1:]),
                  f"largest 3 of {dims}, {kind}")
            _, report = run(path, "--connectivity", str(kind))
            check(report["components"] == count, f"number of parts of {dims}, {kind}")
            kept, _ = run(path, "--connectivity", str(kind), "--steps", "keep >=4vx; keep <9mm3")
            good = 1 + np.nonzero((sizes >= 4) & (sizes < 9))[0]
            check(np.array_equal(kept.astype(bool), np.isin(want, good)), f"keep of {dims}, {kind}")
        shell = blobs(rng, dims, 0.4)
        got, _ = run(save("shell.nii", shell), "--steps", "fill")
        check(np.array_equal(got.astype(bool), nd.binary_fill_holes(shell)), f"fill of {dims}")
        labels = os.path.join(FOLDER, "labels.nii")
        run(path, "--connectivity", "6", "--parts", labels)
        ours = np.asanyarray(nib.load(labels).dataobj)
        want, _ = nd.label(mask)
        pairs = {(a, b) for a, b in zip(ours.ravel(), want.ravel())}
        check(len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}), f"labels of {dims}")
    flat = np.ones((9, 8, 1), np.uint8)
    flat[4, 3] = 0
    got, _ = run(save("flat.nii", flat), "--steps", "fill")
    check(got.all(), "fill of a single slice")


def distances(rng):
    for dims, spacing in (((40, 37, 33), (1, 1, 1)), ((70, 21, 17), (0.9, 1.1, 2.5))):
        mask = blobs(rng, dims, 0.3)
        out = os.path.join(FOLDER, "distance.nii")
        run(save("mask.nii", mask, spacing), "--distance", out)
        got = np.asanyarray(nib.load(out).dataobj)
        want = nd.distance_transform_edt(mask, spacing) - nd.distance_transform_edt(1 - mask, spacing)
        worst = np.abs(got - want).max()
        check(worst <= 2e-6*np.abs(want).max(), f"distance of {dims}: {worst}")


def thresholds(rng):
    if not filters:
        print("scikit-image is not installed: thresholds are not compared")
        return
    three = np.concatenate([rng.normal(m, 6, 20000) for m in (40, 110, 190)])
    voxels = np.clip(three, 0, 255).astype(np.uint8).reshape(60, 40, 25)
    path = save("three.nii", voxels)
    got, report = run(path, "--otsu")
    want = filters.threshold_otsu(voxels)
    check(report["thresholds"] == [want] and np.array_equal(got, voxels > want), f"otsu {report['thresholds']} {want}")
    for classes in (3, 4):
        got, report = run(path, "--otsu", str(classes))
        want = filters.threshold_multiotsu(voxels, classes)
        check(report["thresholds"] == list(want), f"otsu {classes}: {report['thresholds']} {want}")
        check(np.array_equal(got, np.digitize(voxels, want, right=True)), f"classes {classes}")
    got, report = run(path, "--li")
    want = filters.threshold_li(voxels)
    check(abs(report["thresholds"][0] - want) < 1, f"li: {report['thresholds']} {want}")
    floats = (voxels/7.0 - 3).astype(np.float32)
    _, report = run(save("floats.nii", floats), "--otsu")
    want = filters.threshold_otsu(floats, nbins=4096)
    check(abs(report["thresholds"][0] - want) < np.ptp(floats)/4096 + 1e-4, f"otsu of floats: {report['thresholds']} {want}")
    got, _ = run(path, "--range", "100:120")
    check(np.array_equal(got.astype(bool), (voxels >= 100) & (voxels <= 120)), "range")
    got, _ = run(path, "--range", "100:", "--smooth", "1.5vx")
    check(np.array_equal(got.astype(bool), nd.gaussian_filter(voxels.astype(np.float64), 1.5) >= 100), "smooth")


def combinations(rng):
    a, b = blobs(rng, (30, 20, 10)), blobs(rng, (30, 20, 10))
    pa, pb = save("a.nii", a), save("b.nii", b)
    for word, want in (("and", a & b), ("or", a | b), ("xor", a ^ b), ("minus", a & (1 - b))):
        got, _ = run(pa, "--steps", f"{word} {pb}")
        check(np.array_equal(got, want), word)
    got, _ = run(pa, "--steps", "invert")
    check(np.array_equal(got, 1 - a), "invert")


for seed in range(2):
    random = np.random.default_rng(seed)
    for compare in (morphology, grey, parts, distances, thresholds, combinations):
        compare(random)
print(f"{checks} checks, {failures} differ")
sys.exit(failures != 0)
