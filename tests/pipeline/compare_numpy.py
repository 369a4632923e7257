#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_numpy.py PELLUCID: tone steps, crops, axis orders and resizing as numpy and nibabel have them."""
import os
import subprocess
import sys
import tempfile

try:
    import nibabel as nib
    import numpy as np
except ImportError:
    print("SKIP: nibabel or numpy is not installed")
    sys.exit(77)

PROGRAM = sys.argv[1]


def clip01(v):
    return np.clip(v, 0, 1)


def window(v, lo, hi):
    return clip01((v - lo)/(hi - lo))


def equalize(v):
    # as skimage.exposure.equalize_hist with nbins=256
    hist, edges = np.histogram(v, 256)
    cdf = np.cumsum(hist)/v.size
    return np.interp(v, (edges[:-1] + edges[1:])/2, cdf)


def normalize(v):
    return (v - v.min())/(v.max() - v.min())


def seed(v):
    v = np.clip(normalize(v) - 0.1, 0, 1)**0.4
    return np.clip((v - v.mean())*2 + v.mean() - 0.1, 0, 1)


TONES = {
    "normalize": normalize,
    "window 100 900": lambda v: window(v, 100, 900),
    "percentile 2 98.5": lambda v: window(v, *np.percentile(v, [2, 98.5])),
    "add -3.5": lambda v: v - 3.5,
    "mul 0.01": lambda v: v*0.01,
    "normalize; pow 0.4": lambda v: normalize(v)**0.4,
    "clip 10 700": lambda v: np.clip(v, 10, 700),
    "normalize; spread 2": lambda v: (normalize(v) - normalize(v).mean())*2 + normalize(v).mean(),
    "invert": lambda v: v.max() + v.min() - v,
    "log": lambda v: np.log1p(v - v.min()),
    "equalize": equalize,
    "seed": seed,
}


def convert(source, *options):
    out = os.path.join(FOLDER, "out.nii")
    subprocess.run([PROGRAM, "convert", source, *options, "-o", out, "--quiet"], check=True)
    return nib.load(out)


def check(name, good):
    global failed
    if not good:
        failed += 1
        print("FAILED:", name)


def check_tones(path, values):
    for steps, formula in TONES.items():
        got = np.asarray(convert(path, "--tone", steps).dataobj)
        want = formula(values)
        # float32 is the type of the result: 1e-6 of the largest value
        worst = np.abs(got - want).max()/max(1, np.abs(want).max())
        check(f"{steps}: {worst}", worst <= 1e-6)


def check_crops(path, image):
    data = np.asarray(image.dataobj)
    for text in (":5,::-1,:6", "::2,1:-1", "-4:,:,::-3", "3", "::-1,::-1,::-1"):
        items = [slice(*[int(n) if n else None for n in part.split(":")]) if ":" in part
                 else slice(int(part), int(part) + 1) for part in text.split(",")]
        items += [slice(None)]*(3 - len(items))
        got = convert(path, "--crop", text)
        check(f"crop {text}", np.array_equal(np.asarray(got.dataobj), data[tuple(items)]))
        first = [s.indices(n)[0] for s, n in zip(items, data.shape)]
        want = nib.affines.apply_affine(image.affine, first)
        check(f"crop {text} in mm", np.allclose(got.affine[:3, 3], want, atol=1e-4))


def check_orders(path, image):
    for code in ("RAS", "LPS", "SPL", "AIR", "PLI"):
        change = nib.orientations.ornt_transform(nib.io_orientation(image.affine),
                                                 nib.orientations.axcodes2ornt(code))
        want = image.as_reoriented(change)
        got = convert(path, "--orient", code)
        check(f"orient {code}", np.array_equal(np.asarray(got.dataobj), np.asarray(want.dataobj)))
        check(f"orient {code} in mm", np.allclose(got.affine, want.affine, atol=1e-4))


def check_like(path, image):
    try:
        from nibabel.processing import resample_from_to
    except ImportError:
        return
    like = nib.Nifti1Image(np.zeros((9, 8, 7), np.float32), image.affine
                           @ nib.affines.from_matvec(np.diag([0.9, 1.1, 1.2]), [1.23, 1.13, 2.35]))
    other = os.path.join(FOLDER, "like.nii")
    nib.save(like, other)
    for order, interp in ((0, "nearest"), (1, "linear")):
        got = np.asarray(convert(path, "--like", other, "--interp", interp).dataobj, float)
        want = np.asarray(resample_from_to(image, like, order=order).dataobj, float)
        # nibabel rounds to the type of the image
        most = 0.501 if order and image.get_data_dtype().kind in "iu" else 1e-4
        check(f"like, {interp}: {np.abs(got - want).max()}", np.allclose(got, want, atol=most))


failed = 0
with tempfile.TemporaryDirectory() as FOLDER:
    generator = np.random.default_rng(1)
    for dtype in (np.int16, np.uint8, np.float32):
        data = (generator.gamma(2, 60, (19, 14, 11))).clip(0, 250).astype(dtype)
        affine = nib.affines.from_matvec(nib.eulerangles.euler2mat(0.2, 0.1, -0.3)
                                         @ np.diag([-1.5, 2, 1.2]), [10, -20, 30])
        image = nib.Nifti1Image(data, affine[:, [1, 2, 0, 3]])
        path = os.path.join(FOLDER, "in.nii.gz")
        nib.save(image, path)
        image = nib.load(path)
        check_tones(path, data.astype(np.float64))
        check_crops(path, image)
        check_orders(path, image)
        check_like(path, image)
print("differences:", failed)
sys.exit(1 if failed else 0)
