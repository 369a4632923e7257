# SPDX-License-Identifier: Apache-2.0
"""voxels against matplotlib's own: pixels of opaque blocks, and translucent ones against faces composited in
numpy along rays that matplotlib's projection matrix gives. usage: compare_matplotlib.py PELLUCID"""
import itertools
import pathlib
import subprocess
import sys
import tempfile

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.image import imread
except ImportError:
    print("matplotlib is not installed: skipped")
    sys.exit(77)

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
INCHES, DPI = 12 / 2.54, 100
rng = np.random.default_rng(4)
folder = pathlib.Path(tempfile.mkdtemp())
failures = 0


def ours(array, *options, **files):
    """Our picture of an array, and what it is named."""
    np.save(folder / "in.npy", array)
    for name, data in files.items():
        np.save(folder / f"{name}.npy", data)
    words = [PROGRAM, "voxels", "in.npy", "-o", "out.png", "--size", "12cm", "--dpi", str(DPI), "--quiet", *options]
    subprocess.run(words, check=True, cwd=folder)
    return imread(folder / "out.png")


def axes(proj, aspect, elev=30, azim=320, roll=0):
    figure = plt.figure(figsize=(INCHES, INCHES), dpi=DPI)
    ax = figure.add_subplot(projection="3d", proj_type=proj)
    ax.view_init(elev, azim, roll)
    ax.set_box_aspect(aspect)
    return figure, ax


def theirs(figure):
    figure.savefig(folder / "theirs.png", dpi=DPI)
    plt.close(figure)
    return imread(folder / "theirs.png")


def check(name, share, wanted):
    global failures
    failures += not share >= wanted
    print(f"{'ok' if share >= wanted else 'FAILED'}: {name}: {100 * share:.2f} % of pixels, {100 * wanted:g} % wanted")


def alike(a, b):
    return (np.abs(a[..., :3] - b[..., :3]).max(-1) <= 2.5 / 255).mean()


def opaque_blocks():
    """One colour, and colours in four corners; with and without axes."""
    for proj, shape in itertools.product(("persp", "ortho"), ((6, 6, 6), (4, 7, 5))):
        filled = np.ones(shape, bool)
        for shade, axis in itertools.product((False, True), ("off", "on")):
            figure, ax = axes(proj, shape)
            ax.voxels(filled, facecolors="#1f77b4", shade=shade)
            if axis == "off":
                ax.set_axis_off()
            got = ours(filled, "--hidden", "hide", "--face", "#1f77b4", "--proj", proj, "--axes", axis,
                       "--shade", "on" if shade else "off")
            # matplotlib lets the far side show through seams of shaded faces; letters are another library's
            check(f"block {shape} {proj} shade={shade} axes {axis}", alike(got, theirs(figure)),
                  0.99 - 0.01 * shade - 0.015 * (axis == "on"))


def views():
    filled = rng.random((5, 4, 3)) < 0.6
    for elev, azim, roll in ((-20, 45, 0), (75, 200, 30), (10, -100, -20), (90, 0, 0), (0, 90, 0)):
        figure, ax = axes("persp", (4, 4, 3), elev, azim, roll)
        ax.voxels(filled, facecolors="red", shade=False)
        ax.set_axis_off()
        got = ours(filled, "--hidden", "hide", "--face", "red", "--elev", str(elev), "--azim", str(azim), "--roll",
                   str(roll), "--box-aspect", "4:4:3", "--axes", "off")
        check(f"view {elev} {azim} {roll}", alike(got, theirs(figure)), 0.99)


def ray(ax, x, y):
    """Two data points that matplotlib draws at the middle of pixel x, y from the left top."""
    height = int(INCHES * DPI)
    u, v = ax.transData.inverted().transform((x + 0.5, height - y - 0.5))
    inverse = np.linalg.inv(ax.get_proj())
    points = []
    for depth in (-0.5, 0.5):
        # the fourth coordinate of what is projected follows from its depth; solve for it
        q = inverse @ np.array([u, v, depth, 1])
        points.append(q[:3] / q[3])
    return points


def composite(rgba, hide, near, far, eye_first):
    """Faces of each filled cell that a line crosses, sorted and composited front to back over white."""
    way, crossed = far - near, []
    filled = rgba[..., 3] > 0
    for cell in zip(*np.nonzero(filled)):
        cell = np.array(cell)
        with np.errstate(divide="ignore"):
            t = np.sort([(cell - near) / way, (cell + 1 - near) / way], axis=0)
        lo, hi = t[0].max(), t[1].min()
        if lo >= hi:
            continue
        for at, axis in ((lo, t[0].argmax()), (hi, t[1].argmin())):
            step = np.zeros(3, int)
            upper = near[axis] + at * way[axis] > cell[axis] + 0.5
            step[axis] = 1 if upper else -1
            beside = cell + step
            inside = (beside >= 0).all() and (beside < filled.shape).all() and filled[tuple(beside)]
            if not (hide and inside):
                # of two cells' faces in one place the nearer cell's comes first: by the cell's middle
                crossed.append((at, (lo + hi) / 2, *rgba[tuple(cell)]))
    out, through = np.zeros(3), 1.0
    crossed.sort(key=lambda c: (round(c[0], 9), c[1]), reverse=not eye_first)
    for _, _, r, g, b, a in crossed:
        out += through * a * np.array((r, g, b))
        through *= 1 - a
    return out + through


def translucent_blocks():
    """Random colours and alphas, some cells empty; pixels that see one and the same are compared."""
    for proj, hide in itertools.product(("persp", "ortho"), (False, True)):
        shape = (3, 4, 3)
        rgba = rng.random((*shape, 4))
        rgba[..., 3] = np.where(rng.random(shape) < 0.3, 0, 0.05 + 0.5 * rgba[..., 3])
        figure, ax = axes(proj, shape)
        ax.auto_scale_xyz(*np.indices(np.array(shape) + 1))
        figure.canvas.draw()
        got = ours(rgba, "--proj", proj, "--axes", "off", "--hidden", "hide" if hide else "show")
        eye_first = None
        worst = count = 0
        seen = np.argwhere((got[..., :3] < 1).any(-1))
        for y, x in seen[rng.permutation(len(seen))[:300]]:
            lines = [ray(ax, x + dx, y + dy) for dx in (-0.5, 0, 0.5) for dy in (-0.5, 0, 0.5)]
            a, b = lines[4]
            if eye_first is None:
                toward = np.array([np.cos(np.radians(30)) * np.cos(np.radians(320)),
                                   np.cos(np.radians(30)) * np.sin(np.radians(320)), 0.5])
                eye_first = (b - a) @ toward < 0
            want = [composite(rgba, hide, *line, eye_first) for line in lines]
            # a pixel that an edge passes through is smoothed
            if np.ptp(want, axis=0).max() < 1e-9:
                count += 1
                worst = max(worst, np.abs(got[y, x, :3] - want[4]).max())
        plt.close(figure)
        check(f"translucent {proj} {'hide' if hide else 'show'}: worst of {count} pixels {255 * worst:.2f}/255",
              float(worst <= 1.01 / 255 and count > 60), 1)


opaque_blocks()
views()
translucent_blocks()
sys.exit(failures > 0)
