# SPDX-License-Identifier: Apache-2.0
"""compare_back.py PELLUCID HEAD...: pixels of cortex's map go to mm, to the voxel, and back to the pixel.

Each HEAD is a NIfTI file, whose own affine takes its voxels to mm. No pixel may come back more than 0.1 px off.
Run by hand; --every N takes each N-th valid pixel (7), the rest are options of cortex. Needs numpy, nibabel, tifffile."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

PIXEL = 0.2


def places(folder, head, every):
    """Column, row and mm of the map's valid pixels, from their voxels."""
    import nibabel
    import numpy as np
    import tifffile
    ijk = tifffile.imread(folder / "map1_voxel.tif").astype(float)
    row, column = np.nonzero(np.isfinite(ijk[..., 0]))
    row, column = row[::every], column[::every]
    affine = nibabel.load(head).affine
    return column, row, ijk[row, column] @ affine[:3, :3].T + affine[:3, 3]


def worst_of(program, head, more, every):
    import numpy as np
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        words = [program, "cortex", head, "-o", folder / "out", "--vessels", "0", "--pixel", PIXEL, "--quiet", *more]
        subprocess.run(list(map(str, words)), check=True)
        column, row, mm = places(folder / "out", head, every)
        np.savetxt(folder / "mm.csv", mm, delimiter=",", header="x,y,z", comments="", fmt="%.9g")
        words = [program, "flatten", folder / "out" / "flat.ply", "--back", folder / "mm.csv", "-o", folder / "px.csv",
                 "--pixel", PIXEL, "--quiet"]
        subprocess.run(list(map(str, words)), check=True)
        back = np.loadtxt(folder / "px.csv", delimiter=",", skiprows=1)
        return len(row), float(np.hypot(back[:, 3] - column - 0.5, back[:, 4] - row - 0.5).max())


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("head", nargs="+")
    options.add_argument("--every", type=int, default=7)
    args, more = options.parse_known_args()
    failed = False
    for head in args.head:
        count, worst = worst_of(args.program, head, more, args.every)
        print(f"{pathlib.Path(head).name}: {count} pixels, worst {worst:.2g} px", flush=True)
        failed |= not worst <= 0.1
    return failed


if __name__ == "__main__":
    sys.exit(main())
