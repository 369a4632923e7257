#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare_opencv.py DUMP_CAMERA: cameras with lenses project as OpenCV's projectPoints does.

Random cameras with 0, 4, 5 and 8 coefficients, as K, as fx fy cx cy: (u, v) equal OpenCV's plus a
half (its pixel centres are whole) to 1e-6 pixels, and the ray of (u, v) passes the point to 1e-6 mm.
"""
import json
import subprocess
import sys
import tempfile

try:
    import cv2
    import numpy as np
except ImportError:
    print("SKIP: cv2 or numpy is not installed")
    sys.exit(77)


def camera(rng, coefficients):
    scale = np.array([0.2, 0.1, 2e-3, 2e-3, 0.02, 0.1, 0.05, 0.01])[:coefficients]
    rotation, _ = cv2.Rodrigues(rng.uniform(-2, 2, 3))
    return {"width": 1920, "height": 1080,
            "K": [[rng.uniform(900, 2500), 0, rng.uniform(800, 1100)],
                  [0, rng.uniform(900, 2500), rng.uniform(400, 700)], [0, 0, 1]],
            "distortion": list(rng.uniform(-1, 1, coefficients) * scale),
            "R": rotation.tolist(), "t": list(rng.uniform(-50, 50, 3) + [0, 0, 400])}


def main():
    rng = np.random.default_rng(5)
    failed = compared = 0
    for trial in range(60):
        c = camera(rng, [0, 4, 5, 8][trial % 4])
        k, r, t = np.array(c["K"]), np.array(c["R"]), np.array(c["t"])
        seen = np.column_stack([rng.uniform(-0.35, 0.35, 200), rng.uniform(-0.25, 0.25, 200)])
        depth = rng.uniform(200, 600, 200)
        world = (np.column_stack([seen * depth[:, None], depth]) - t) @ r
        want, _ = cv2.projectPoints(world, r, t, k, np.array(c["distortion"]))
        if trial % 3 == 1:
            c.update(fx=k[0, 0], fy=k[1, 1], cx=k[0, 2], cy=k[1, 2], size=[1920, 1080])
            del c["K"], c["width"], c["height"]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(c, file)
            file.flush()
            lines = "".join("%.17g %.17g %.17g\n" % tuple(p) for p in world)
            done = subprocess.run([sys.argv[1], file.name], input=lines, capture_output=True, text=True,
                                  check=True)
        got = np.array([line.split() for line in done.stdout.splitlines()], float)
        error = np.abs(got[:, :2] - 0.5 - want[:, 0]).max()
        compared += len(got)
        if not (error < 1e-6 and got[:, 3].max() < 1e-6):
            failed += 1
            print(f"camera {trial}: {error:.3g} pixels from OpenCV, rays {got[:, 3].max():.3g} mm off")
    print(f"{compared} points of 60 cameras compared, {failed} cameras failed")
    sys.exit(failed != 0)


main()
