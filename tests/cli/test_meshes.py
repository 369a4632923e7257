# SPDX-License-Identifier: Apache-2.0
"""Surfaces at work: numbers of other files, cuts by a camera, sulcal depth, and veins above a surface that it misses."""
import csv
import math
import unittest

from harness import Cli


def read_ply(path):
    """Points and named columns of an ASCII PLY."""
    head, body = path.read_text().split("end_header\n")
    names, counts = [], {}
    for line in head.splitlines():
        words = line.split()
        if words[0] == "element":
            counts[words[1]] = int(words[2])
            of = words[1]
        elif words[0] == "property" and of == "vertex":
            names.append(words[-1])
    rows = [[float(x) for x in line.split()] for line in body.splitlines()[:counts["vertex"]]]
    return names, rows


class Meshes(Cli):
    def column(self, name, column):
        names, rows = read_ply(self.folder / name)
        at = names.index(column)
        return [row[:3] for row in rows], [row[at] for row in rows]

    def test_numbers_of_another_file_come_to_their_points(self):
        self.patch("cap.ply")
        self.ok("mesh", "cap.ply", "-o", "bent.curv", "--curvature", "--scalar", "curvature_mean")
        self.ok("mesh", "cap.ply", "-o", "both.ply", "--add", "bent.curv", "--ascii")
        names, rows = read_ply(self.folder / "both.ply")
        inner = [row[3] for row in rows if max(abs(row[0]), abs(row[1])) < 20]
        # a ball of radius 70
        self.assertTrue(all(abs(value * 70 - 1) < 0.02 for value in inner), names)
        self.patch("small.ply", n=9)
        self.fails(1, "points", "mesh", "small.ply", "-o", "no.ply", "--add", "bent.curv")

    def test_a_camera_keeps_what_it_sees(self):
        self.ok("surface", "phantom:sphere?dims=30&spacing=2&radius=20", "--level", "0.5", "-o", "ball.ply")
        self.ok("render", "ball.ply", "-o", "view.png", "--elev", 90, "--azim", 0, "--size", 300, "--save-camera", "camera.json")
        whole = self.json("mesh", "ball.ply", "-o", "all.ply", "--json")
        seen = self.json("mesh", "ball.ply", "-o", "seen.ply", "--cut-view", "camera.json", "--ascii", "--json")
        self.assertTrue(0.3 < seen["area_mm2"] / whole["area_mm2"] < 0.55, seen)
        _, rows = read_ply(self.folder / "seen.ply")
        heights = [row[2] for row in rows]
        middle = (max(heights) - 20)
        self.assertGreater(min(heights), middle - 3)

    def test_sulcal_depth_is_nothing_on_a_ball_and_the_depth_of_a_dent(self):
        self.ok("surface", "phantom:sphere?dims=30&spacing=2&radius=20", "--level", "0.5", "-o", "ball.ply")
        self.ok("mesh", "ball.ply", "-o", "depth.ply", "--sulcal-depth", "--ascii")
        _, depth = self.column("depth.ply", "sulcal_depth")
        self.assertLess(max(abs(d) for d in depth), 1.0)

    def test_a_band_above_the_surface_finds_the_veins_that_the_surface_misses(self):
        self.ok("phantom", "head?spacing=2&contrast=t1gd&seed=7", "-o", "scan.nii.gz", "--truth", ".", "--quiet")
        self.ok("surface", "brain.nii.gz", "-o", "brain.ply", "--largest", "--fill")
        self.ok("probe", "brain.ply", "scan.nii.gz", "--name", "at", "-o", "at.ply")
        self.ok("probe", "at.ply", "scan.nii.gz", "--name", "above", "-o", "both.ply", "--depth", "0.5:3", "--stat", "max",
                "--ascii")
        with open(self.folder / "lines.csv") as file:
            veins = [tuple(float(row[a]) for a in ("x_mm", "y_mm", "z_mm")) for row in csv.DictReader(file)
                     if row["kind"] == "vein"]
        points, at = self.column("both.ply", "at")
        _, above = self.column("both.ply", "above")
        boxes = {}
        for x, y, z in veins:
            boxes.setdefault((round(x / 4), round(y / 4), round(z / 4)), []).append((x, y, z))

        def near(p):
            key = [round(x / 4) for x in p]
            return min((math.dist(p, v) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)
                        for v in boxes.get((key[0] + i, key[1] + j, key[2] + k), ())), default=99)

        far = [near(p) for p in points]
        found = {}
        for name, values in (("above", above), ("at", at)):
            under = [v for v, d in zip(values, far) if d < 2 and not math.isnan(v)]
            beside = [v for v, d in zip(values, far) if d > 6 and not math.isnan(v)]
            self.assertGreater(len(under), 1000)
            # of the veins so many stand out from nearly all of what has none
            edge = sorted(beside)[int(0.97 * len(beside))]
            found[name] = sum(v > edge for v in under) / len(under)
        self.assertGreater(found["above"], 2 * found["at"])


if __name__ == "__main__":
    unittest.main()
