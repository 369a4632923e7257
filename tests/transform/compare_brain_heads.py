#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""brain on real heads made harder, by hand: turned, cut, thick, uneven, noisy, defaced, small.

usage: PELLUCID_DATA=DIR compare_brain_heads.py build/pellucid [--only WORD] [--mm 1.4] [--keep DIR]
           [--head WORD] [--pair HEAD MASK]...

Every head that has a mask is changed in every way, and its mask with it; further pairs may be named.
Prints Dice, score and volume of each case, mean and worst, and how far the score tells the Dice.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import nibabel
import numpy as np
from scipy import ndimage

REAL = [
    ("1_t1_heads/philips_mprage_t1_uint8.nii.gz", "1_t1_heads/philips_mprage_hdbet_mask.nii.gz"),
    ("1_t1_heads/chris_t1.nii.gz", "1_t1_heads/masks_silver/chris_t1_mask.nii.gz"),
]


def dice(a, b):
    return 2 * np.sum(a & b) / max(1, np.sum(a) + np.sum(b))


class Head:
    """A head on a grid with axes R, A, S and even voxels."""

    def __init__(self, image, mask, mm):
        self.image, self.mask, self.mm = image, mask, np.asarray(mm, float)

    @staticmethod
    def read(image, mask, mm):
        a = nibabel.as_closest_canonical(nibabel.load(image))
        b = nibabel.as_closest_canonical(nibabel.load(mask))
        head = Head(np.asarray(a.get_fdata(), np.float32), np.asarray(b.dataobj) > 0,
                    a.header.get_zooms()[:3])
        return head.on_grid(np.full(3, mm)) if mm else head

    def on_grid(self, mm, matrix=np.eye(3), grow=1.0):
        """Another grid about the same middle; matrix turns or scales the head on it."""
        mm = np.asarray(mm, float)
        dims = np.round(np.array(self.image.shape) * self.mm * grow / mm).astype(int)
        step = np.diag(1 / self.mm) @ np.linalg.inv(matrix) @ np.diag(mm)
        middle = (np.array(self.image.shape) - 1) / 2 - step @ ((dims - 1) / 2)
        smooth = np.where(mm > 1.3 * self.mm, 0.42 * mm / self.mm, 0)
        image = ndimage.gaussian_filter(self.image, smooth) if smooth.any() else self.image
        mask = ndimage.gaussian_filter(self.mask.astype(np.float32), smooth)
        return Head(ndimage.affine_transform(image, step, middle, dims, order=1),
                    ndimage.affine_transform(mask, step, middle, dims, order=1) > 0.5, mm)

    def with_image(self, image):
        return Head(image.astype(np.float32), self.mask, self.mm)

    def box(self):
        at = np.argwhere(self.mask)
        return at.min(0), at.max(0)

    def cut(self, low, high):
        part = tuple(slice(max(0, int(a)), max(0, int(b))) for a, b in zip(low, high))
        return Head(self.image[part], self.mask[part], self.mm)

    def levels(self):
        """of brain (median) and of white (upper) in it"""
        return np.percentile(self.image[self.mask], [50, 90])


def turned(x, y, z, grow=1.0):
    a = np.radians([x, y, z])
    c, s = np.cos(a), np.sin(a)
    rx = np.array([[1, 0, 0], [0, c[0], -s[0]], [0, s[0], c[0]]])
    ry = np.array([[c[1], 0, s[1]], [0, 1, 0], [-s[1], 0, c[1]]])
    rz = np.array([[c[2], -s[2], 0], [s[2], c[2], 0], [0, 0, 1]])
    return lambda h: h.on_grid(h.mm, rz @ ry @ rx, grow)


def scaled(x, y, z):
    return lambda h: h.on_grid(h.mm, np.diag([x, y, z]))


def spaced(by):
    return lambda h: Head(h.image, h.mask, h.mm * by)


def thick(axis, mm):
    def change(h):
        grid = h.mm.copy()
        grid[axis] = mm
        return h.on_grid(grid)
    return change


def top_cut(mm):
    def change(h):
        low, high = h.box()
        n = np.array(h.image.shape)
        return h.cut([0, 0, 0], [n[0], n[1], high[2] - mm / h.mm[2]])
    return change


def neck_cut(mm):
    def change(h):
        return h.cut([0, 0, h.box()[0][2] + mm / h.mm[2]], h.image.shape)
    return change


def front_cut(mm):
    def change(h):
        n = np.array(h.image.shape)
        return h.cut([0, 0, 0], [n[0], h.box()[1][1] - mm / h.mm[1], n[2]])
    return change


def tight(mm):
    """a field of view that ends so far from the brain on all sides"""
    return lambda h: h.cut(h.box()[0] - mm / h.mm, h.box()[1] + mm / h.mm + 1)


def slab(low, high):
    """only that part of the brain's height"""
    def change(h):
        a, b = h.box()
        n = h.image.shape
        return h.cut([0, 0, a[2] + low * (b[2] - a[2])], [n[0], n[1], a[2] + high * (b[2] - a[2])])
    return change


def wider(mm):
    """empty space around it, the head off the middle"""
    def change(h):
        pad = [(int(mm / s), int(0.3 * mm / s)) for s in h.mm]
        return Head(np.pad(h.image, pad), np.pad(h.mask, pad), h.mm)
    return change


def uneven(part, way):
    def change(h):
        a, b = h.box()
        p = [np.linspace(-1, 1, n) for n in h.image.shape]
        p = np.meshgrid(*p, indexing="ij", sparse=True)
        return h.with_image(h.image * np.exp(part * (way[0] * p[0] + way[1] * p[1] + way[2] * p[2])))
    return change


def noisy(snr):
    def change(h):
        chance = np.random.default_rng(7)
        s = h.levels()[1] / snr
        a = chance.normal(0, s, h.image.shape)
        b = chance.normal(0, s, h.image.shape)
        return h.with_image(np.hypot(h.image + a, b))
    return change


def distance(mask, mm):
    return ndimage.distance_transform_edt(~mask, sampling=mm)


def like_t2(h):
    """bright fluid, grey above white, fat and bone marrow bright, bone dark"""
    grey, white = h.levels()
    inside = np.clip((distance(h.mask, h.mm) < 3) * 1.0, 0, 1)
    v = h.image / white
    t2 = 0.35 + 1.25 * np.clip(1.05 - v, 0, 0.9)
    return h.with_image(100 * np.where(inside > 0, t2, 0.45 * v))


def like_flair(h):
    """dark fluid, grey above white"""
    grey, white = h.levels()
    inside = distance(h.mask, h.mm) < 3
    v = h.image / white
    w = np.where(v > 0.55, 1.45 - 0.8 * v, 1.85 * v)
    return h.with_image(100 * np.where(inside, w, 0.8 * v))


def like_gd(h):
    """bright dura and sinuses here and there, scalp veins"""
    chance = np.random.default_rng(3)
    far = distance(h.mask, h.mm)
    some = ndimage.gaussian_filter(chance.normal(0, 1, h.image.shape), 8 / h.mm)
    some = some / some.std() > 0.3
    v = h.image.copy()
    white = h.levels()[1]
    v[(far > 0.3) & (far < 2.2) & some] = 1.35 * white
    return h.with_image(v)


def defaced(h):
    """nothing in front of and below a plane from the forehead to the throat"""
    a, b = h.box()
    p = np.indices(h.image.shape).astype(np.float32)
    y = (p[1] - b[1]) * h.mm[1]
    z = (p[2] - (a[2] + 0.42 * (b[2] - a[2]))) * h.mm[2]
    gone = (y * 0.8 - z * 0.6 > -1) & (distance(h.mask, h.mm) > 3)
    return h.with_image(np.where(gone, 0, h.image))


def masked_near(h):
    """all but a margin about the brain is zero: skull half gone"""
    return h.with_image(np.where(distance(h.mask, h.mm) < 14, h.image, 0))


def lifted(h):
    """signed numbers about zero, as after some scalings"""
    return h.with_image(h.image * 3.7 - 300)


def both(*changes):
    def change(h):
        for c in changes:
            h = c(h)
        return h
    return change


CASES = {
    "as it is": lambda h: h,
    "turned x 45": turned(45, 0, 0, 1.15),
    "turned x -40": turned(-40, 0, 0, 1.15),
    "turned y 40": turned(0, 40, 0, 1.15),
    "turned z 45": turned(0, 0, 45, 1.15),
    "turned -25 20 30": turned(-25, 20, 30, 1.0),
    "turned 35 -30 -40": turned(35, -30, -40, 1.1),
    "turned z -170": turned(0, 0, -170, 1.0),
    "four fifths": spaced(0.8),
    "seven tenths": spaced(0.72),
    "larger": spaced(1.1),
    "long and narrow": scaled(0.9, 1.08, 1.0),
    "round": scaled(1.08, 0.9, 1.05),
    "low": scaled(1.0, 1.0, 0.86),
    "top cut 15": top_cut(15),
    "top cut 35": top_cut(35),
    "neck cut 0": neck_cut(-2),
    "neck cut 25": neck_cut(25),
    "front cut 0": front_cut(-1),
    "front cut 25": front_cut(25),
    "tight 4": tight(4),
    "tight 12": tight(12),
    "slab middle": slab(0.25, 0.75),
    "wide": wider(60),
    "slices 3": thick(2, 3.0),
    "slices 5": thick(2, 5.0),
    "coronal 4": thick(1, 4.0),
    "sagittal 5": thick(0, 5.0),
    "uneven z": uneven(0.5, (0, 0.3, 1)),
    "uneven y": uneven(0.5, (0.3, -1, 0)),
    "noise 10": noisy(10),
    "noise 6": noisy(6),
    "like t2": like_t2,
    "like flair": like_flair,
    "like gd": like_gd,
    "defaced": defaced,
    "near the brain only": masked_near,
    "lifted": lifted,
    "t2 turned, 3 mm": both(turned(20, 15, -30, 1.1), like_t2, thick(2, 3.0)),
    "flair, 4 mm, cut": both(like_flair, thick(2, 4.0), top_cut(10), neck_cut(10)),
    "gd, defaced, turned": both(like_gd, defaced, turned(-20, 10, 15, 1.1)),
    "child, noisy": both(spaced(0.85), noisy(12)),
    "child, flair, 5 mm": both(like_flair, thick(2, 5.0), spaced(0.85)),
    "tight, uneven, noisy": both(tight(6), uneven(0.4, (0.5, 0.5, -0.5)), noisy(15)),
}


def write(head, path):
    affine = np.diag([*head.mm, 1.0])
    affine[:3, 3] = -head.mm * np.array(head.image.shape) / 2
    image = nibabel.Nifti1Image(head.image.astype(np.float32), affine)
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


def run(program, head, folder, picture):
    image, out = os.path.join(folder, "in.nii"), os.path.join(folder, "got.nii")
    write(head, image)
    line = [program, "brain", image, "-o", out, "--json", "--quiet"]
    line += ["--qc", picture] if picture else []
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip()[-100:]
    return np.asarray(nibabel.load(out).dataobj) > 0, json.loads(done.stdout)


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("program")
    ask.add_argument("--pair", nargs=2, action="append", default=[], metavar=("HEAD", "MASK"))
    ask.add_argument("--only", default="")
    ask.add_argument("--head", default="")
    ask.add_argument("--mm", type=float, default=1.4, help="of the grid; 0: that of the file")
    ask.add_argument("--keep", help="folder for outlines")
    args = ask.parse_args()
    data = os.environ.get("PELLUCID_DATA", "")
    pairs = [(os.path.join(data, a), os.path.join(data, b)) for a, b in REAL] if data else []
    pairs += args.pair
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for image, mask in pairs:
            name = os.path.basename(image).split(".")[0][:8]
            if args.head not in name:
                continue
            whole = Head.read(image, mask, args.mm)
            for case, change in CASES.items():
                if not any(word in case for word in args.only.split("|")):
                    continue
                head = change(whole)
                picture = args.keep and os.path.join(args.keep, f"{name} {case}.png")
                got, told = run(args.program, head, folder, picture)
                d = 0.0 if got is None else dice(got, head.mask)
                score = 0.0 if got is None else told["score"]
                rows.append((d, score, f"{name} {case}"))
                more = told if got is None else f"{np.sum(got) / max(1, np.sum(head.mask)):.2f} of its volume"
                if args.keep and got is None:
                    write(head, picture[:-4] + ".nii")
                print(f"{d:.3f}  score {score:.2f}  {name}  {case}: {more}", flush=True)
    d, s = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    print(f"{len(rows)} cases: mean {d.mean():.4f}, median {np.median(d):.4f}, worst {d.min():.3f} "
          f"({rows[d.argmin()][2]}), below 0.94: {np.sum(d < 0.94)}, below 0.9: {np.sum(d < 0.9)}")
    if len(rows) > 2:
        print(f"score - Dice: mean {np.mean(s - d):+.3f}, rms {np.sqrt(np.mean((s - d) ** 2)):.3f}")


if __name__ == "__main__":
    sys.exit(main())
