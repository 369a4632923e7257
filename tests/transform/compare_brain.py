#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""brain on head phantoms of known truth, by hand: people that no constant was chosen on.

usage: compare_brain.py build/pellucid [FIRST_SEED [CASES]]

Prints Dice of each case, mean and worst: 7 contrasts, bias 0 to 40 %, noise, slices 0.8 to 3 mm,
turns to 45 degrees, fields of view cut at the neck. With PELLUCID_DATA also the real heads that
have a mask, and the share of their convexity within 1.5 mm.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

CONTRASTS = ["t1", "t2", "flair", "t1gd", "pd", "t2star", "ct"]
REAL = [
    ("1_t1_heads/philips_mprage_t1_uint8.nii.gz", "1_t1_heads/philips_mprage_hdbet_mask.nii.gz"),
    ("1_t1_heads/chris_t1.nii.gz", "1_t1_heads/masks_silver/chris_t1_mask.nii.gz"),
]


def dice(a, b):
    return 2 * np.sum(a & b) / (np.sum(a) + np.sum(b))


def brain(program, image, out):
    """The mask and the report; None where there is said to be no brain."""
    line = [program, "brain", image, "-o", out, "--json", "--quiet"]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    return np.load(out) > 0, json.loads(done.stdout)


def case(n, seed):
    """Keys of the head of a case: which person, grid and turn; and how it is seen."""
    chance = np.random.default_rng(seed)
    slices = [0.8, 1, 1.5, 2, 3][n // len(CONTRASTS) % 5]
    plane = max(1.0, slices / 2)
    turn = chance.uniform(-45, 45, 3) * (n % 2)
    body = f"seed={seed}&spacing={plane},{plane},{slices}"
    body += "&turn=" + ",".join(f"{a:.0f}" for a in turn)
    if n % 2:
        body += "&fov=220,240,240"
    elif n % 4 == 2:
        body += "&fov=180,224,130&center=0,0,-15"
    bias, snr = 10 * (n % 5), [60, 30, 20][n % 3]
    return body, f"contrast={CONTRASTS[n % len(CONTRASTS)]}&bias={bias}&snr={snr}"


def phantoms(program, first, count, folder):
    results = []
    for n in range(count):
        body, seen = case(n, first + n)
        truth = os.path.join(folder, "truth.npy")
        whole = f"phantom:head?part=brain&softness=0&vessels=0&contrast=t1&{body}"
        subprocess.run([program, "mask", whole, "-o", truth, "--range", "1:1000", "--quiet"],
                       check=True)
        got, told = brain(program, f"phantom:head?{body}&{seen}", os.path.join(folder, "got.npy"))
        results.append(0 if got is None else dice(np.load(truth) > 0, got))
        score = told if got is None else f"score {told['score']:.2f}"
        print(f"{results[-1]:.3f}  {body}&{seen}  {score}", flush=True)
    if results:
        print(f"phantoms: mean {np.mean(results):.3f}, worst {min(results):.3f}, of {count}")


def distance_mm(mask, spacing):
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing)
    return inside - outside - 0.5 * np.mean(spacing) * np.where(mask, 1, -1)


def real(program, data, folder):
    import nibabel
    from scipy import ndimage

    for image, known in REAL:
        out = os.path.join(folder, "got.nii.gz")
        subprocess.run([program, "brain", os.path.join(data, image), "-o", out, "--quiet"],
                       check=True)
        truth = nibabel.as_closest_canonical(nibabel.load(os.path.join(data, known)))
        got = np.asarray(nibabel.as_closest_canonical(nibabel.load(out)).dataobj) > 0
        spacing = truth.header.get_zooms()[:3]
        mask = np.asarray(truth.dataobj) > 0
        rim = np.argwhere(mask & ~ndimage.binary_erosion(mask))
        # the convexity: the upper half, above the middle of the brain
        rim = rim[rim[:, 2] > np.argwhere(mask)[:, 2].mean()]
        off = distance_mm(got, spacing)[tuple(rim.T)] - 0.5 * np.mean(spacing)
        print(f"{dice(mask, got):.4f}  {image}  convexity within 1.5 mm: "
              f"{np.mean(np.abs(off) < 1.5):.3f}, mean {off.mean():+.2f} mm")


def main():
    program = sys.argv[1]
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 35
    with tempfile.TemporaryDirectory() as folder:
        phantoms(program, first, count, folder)
        if os.environ.get("PELLUCID_DATA"):
            real(program, os.environ["PELLUCID_DATA"], folder)


if __name__ == "__main__":
    main()
