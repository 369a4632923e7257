#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why lit pictures by pellucid and by VTK differ: both beside numpy, which lights by either's rule.

raycast_light.py PELLUCID [VOLUME] [--size PX] [--step VOXELS] [--threads N]
pellucid lights a sample by the gradient at the sample, from along its ray, and where the field is flat no surface turns away from
the light. VTK's CPU mapper lights voxels from along the view's axis, not at all where the field is flat, and interpolates the light.
Each row is one rule; the last two columns are mean differences of 255. Fails where a program is not its own rule within 1.5.
Without VOLUME the head phantom, much of which is flat. Needs a display, or xvfb-run.
Debian: python3-vtk9 python3-nibabel python3-scipy xvfb."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import nibabel
    import numpy
    from scipy.ndimage import map_coordinates
    import raycast_vtk as frames
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

LIMIT = 1.5


def lit(gradient, to_light, flat):
    """How a surface faces the light, and how it shines with the light at the eye; `flat` where there is none."""
    length = numpy.sqrt((gradient**2).sum(0))
    cosine = abs((gradient*to_light).sum(0))/numpy.maximum(length, 1e-20)
    return numpy.where(length > 0, cosine, flat), numpy.where(length > 0, cosine**frames.LIGHT["power"], 0)


def gradient_of(voxels, spacing):
    around = numpy.pad(voxels, 1, mode="edge")
    inner = (slice(1, -1),)*3
    return numpy.stack([(numpy.roll(around, -1, a) - numpy.roll(around, 1, a))[inner]/(2*spacing[a]) for a in range(3)])


def picture(path, camera, size, step, by_voxel, flat):
    """The scene of raycast_vtk.py in grey, size x size of 255."""
    image = nibabel.load(path)
    voxels = numpy.asanyarray(image.dataobj).astype(numpy.float32)
    origin, spacing = image.affine[:3, 3], image.affine.diagonal()[:3]
    eye, right, down, forward = (numpy.array(camera[name]) for name in ("eye_mm", "right", "down", "forward"))
    across = (numpy.arange(size) + 0.5 - size/2)/camera["focal_px"]
    rays = forward + across[None, :, None]*right + across[:, None, None]*down
    rays /= numpy.linalg.norm(rays, axis=2, keepdims=True)
    gradient = gradient_of(voxels, spacing)
    if by_voxel:
        light_of_voxels = [a.astype(numpy.float32) for a in lit(gradient, -forward[:, None, None, None], flat)]
    step_mm, lo, hi = step*spacing.min(), voxels.min(), voxels.max()
    extent = numpy.array(voxels.shape)*spacing
    middle, reach = numpy.linalg.norm(origin + extent/2 - eye), numpy.linalg.norm(extent)/2
    grey, left = numpy.zeros((size, size)), numpy.ones((size, size))
    for k in range(int((middle - reach)/step_mm), int((middle + reach)/step_mm) + 2):
        at = (eye + rays*k*step_mm - origin)/spacing
        inside = ((at >= 0) & (at <= numpy.array(voxels.shape) - 1)).all(2)
        if not inside.any():
            continue
        ijk = at[inside].T
        value = (map_coordinates(voxels, ijk, order=1, mode="nearest") - lo)/(hi - lo)
        if by_voxel:
            facing, shine = (map_coordinates(a, ijk, order=1, mode="nearest") for a in light_of_voxels)
        else:
            here = numpy.stack([map_coordinates(g, ijk, order=1, mode="nearest") for g in gradient])
            facing, shine = lit(here, -rays[inside].T, flat)
        alpha = 1 - (1 - 0.05*value)**step_mm
        colour = value*(frames.LIGHT["ambient"] + frames.LIGHT["diffuse"]*facing) + frames.LIGHT["specular"]*shine
        grey[inside] += left[inside]*alpha*numpy.minimum(colour, 1)
        left[inside] *= 1 - alpha
    return 255*grey[:, :, None]


def compare(args, folder):
    path = args.volume or str(folder/"head.nii")
    if not args.volume:
        scene = "phantom:head?spacing=8" if "PELLUCID_BENCH_ONCE" in os.environ else "phantom:head"
        subprocess.run([args.program, "convert", scene, "-o", path, "--quiet"], check=True)
    data, lo, hi = frames.make_volume(path)
    (folder/"ramp.json").write_text(json.dumps(frames.look(lo, hi)))
    report = frames.ours(args.program, path, "shaded", args.step, args, folder)[1]
    ours = frames.read_png(folder/"ours.png", args.size)
    theirs = frames.theirs(data, lo, hi, "shaded", args.step*min(data.GetSpacing()), report["camera"], args)[1]
    print(f"light of,where flat,pellucid,VTK\npellucid against VTK,,{abs(ours - theirs).mean():.2f},")
    rules = [(False, 1), (False, 0), (True, 1), (True, 0)]
    differences = {}
    for by_voxel, flat in rules:
        truth = picture(path, report["camera"], args.size, args.step, by_voxel, flat)
        differences[by_voxel, flat] = [abs(truth - other).mean() for other in (ours, theirs)]
        mine, their = differences[by_voxel, flat]
        print(f"{'voxels' if by_voxel else 'samples'},{'lit' if flat else 'dark'},{mine:.2f},{their:.2f}", flush=True)
    good = differences[False, 1][0] < LIMIT and differences[True, 0][1] < LIMIT
    print("each is its own rule" if good else f"FAILED: a program is not its own rule within {LIMIT}")
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("volume", nargs="?")
    parser.add_argument("--size", type=int, default=160, help="pixels across")
    parser.add_argument("--step", type=float, default=1, help="voxels")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.frames, args.mapper = 1, "cpu"
    if not os.environ.get("DISPLAY"):
        if not shutil.which("xvfb-run"):
            print("skipped: there is no display and no xvfb-run")
            return 77
        return subprocess.run(["xvfb-run", "-a", sys.executable, *sys.argv]).returncode
    with tempfile.TemporaryDirectory() as folder:
        return compare(args, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
