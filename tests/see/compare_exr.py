#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_exr.py PELLUCID: EXR pictures and layers hold what npy holds, as OpenCV reads them.

Every number equal, NaN too: scalar and RGBA pictures, layers of one and three channels (x y z are
R G B)."""
import os
import subprocess
import sys
import tempfile

os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"
try:
    import cv2
    import numpy as np
except ImportError:
    print("SKIP: cv2 or numpy is not installed")
    sys.exit(77)


PROGRAM = os.path.abspath(sys.argv[1])


def render(output, *words):
    done = subprocess.run([PROGRAM, "render", "phantom:sphere?dims=40,40,40", "-o", output, "--size", "61x45",
                           "--quiet", *words], capture_output=True, text=True)
    if "built without OpenEXR" in done.stderr:
        print("SKIP: built without OpenEXR")
        sys.exit(77)
    assert done.returncode == 0, done.stderr


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for mode in ("composite", "first"):
            names = ["depth", "position", "normal", "opacity"]
            for ending in ("npy", "exr"):
                layers = [w for n in names for w in ("--layer", f"{n}={n}.{ending}")]
                render(f"picture.{ending}", "--mode", mode, *layers)
            for name in ["picture", *names]:
                want = np.load(f"{name}.npy")
                got = cv2.imread(f"{name}.exr", cv2.IMREAD_UNCHANGED)
                if want.ndim == 3:  # OpenCV has blue first
                    got = cv2.cvtColor(got, cv2.COLOR_BGRA2RGBA if want.shape[2] == 4 else cv2.COLOR_BGR2RGB)
                if got.shape != want.shape or not np.array_equal(got, want, equal_nan=True):
                    failed += 1
                    print(f"{mode} {name}: differs")
    print(f"10 pictures compared, {failed} failed")
    sys.exit(failed != 0)


main()
