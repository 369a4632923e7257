# SPDX-License-Identifier: Apache-2.0
"""flatten_fsaverage.py PELLUCID [FOLDER]: distances of pellucid's flat map of fsaverage5 beside those of FreeSurfer's own,
with its cuts, on the surface midway between white and pial, under one metric (pellucid's report).

Needs numpy and nibabel. FOLDER (of $PELLUCID_DATA) has flat_left.gii.gz, pial_left.gii.gz, white_left.gii.gz."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def write(path, points, faces, surface=None):
    import numpy as np
    names = ["x", "y", "z"] + ([f"surface_mm_{c}" for c in range(3)] if surface is not None else [])
    rows = points if surface is None else np.hstack([points, surface])
    face = np.empty(len(faces), dtype=[("count", "u1"), ("corner", "<i4", 3)])
    face["count"], face["corner"] = 3, faces
    head = "ply\nformat binary_little_endian 1.0\ncomment coordinates: RAS mm\n" + f"element vertex {len(points)}\n"
    head += "".join(f"property float {n}\n" for n in names)
    head += f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    path.write_bytes(head.encode() + rows.astype("<f4").tobytes() + face.tobytes())


def report(program, *words):
    began = time.monotonic()
    done = subprocess.run([program, "flatten", *map(str, words), "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["distortion"], time.monotonic() - began


def line(name, r, seconds):
    print(f"{name},{100 * r['distance_mean_error']:.2f},{r['area_log_ratio']['rms']:.3f},"
          f"{r['angle_log_ratio']['rms']:.3f},{r['flips']},{seconds:.1f}")


def main():
    try:
        import nibabel
        import numpy as np
    except ImportError:
        print("skipped: numpy and nibabel are not installed")
        return 77
    data = pathlib.Path(os.environ.get("PELLUCID_DATA", ""), "9_surfaces", "fsaverage5_gifti")
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else data
    if not (folder / "flat_left.gii.gz").exists():
        print(f"skipped: no fsaverage5 in {folder}")
        return 77
    def load(name):
        return nibabel.load(folder / f"{name}.gii.gz").darrays
    print("map,distance error %,area rms,angle rms,flips,s")
    once = "PELLUCID_BENCH_ONCE" in os.environ
    for side in ("left",) if once else ("left", "right"):
        flat, faces = (a.data for a in load(f"flat_{side}"))
        middle = (load(f"pial_{side}")[0].data + load(f"white_{side}")[0].data) / 2
        flat = np.column_stack([flat[:, 0], flat[:, 1], 0 * flat[:, 0]])
        with tempfile.TemporaryDirectory() as name:
            at = pathlib.Path(name)
            write(at / "middle.ply", middle, faces)
            write(at / "theirs.ply", flat, faces, middle)
            line(f"FreeSurfer {side}", *report(program, at / "theirs.ply", "-o", at / "a.ply"))
            for method in ("isometric",) if once else ("isometric", "conformal", "area"):
                line(f"{method} {side}", *report(program, at / "middle.ply", "-o", at / "b.ply", "--method", method))
    return 0


if __name__ == "__main__":
    sys.exit(main())
