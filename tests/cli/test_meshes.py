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


def normals(path):
    """Unit normals of the points of an ASCII PLY."""
    _, rows = read_ply(path)
    faces = path.read_text().split("end_header\n")[1].splitlines()[len(rows):]
    sums = [[0.0, 0.0, 0.0] for _ in rows]
    for line in faces:
        corners = [int(word) for word in line.split()[1:4]]
        a, b, c = (rows[i] for i in corners)
        u, v = [b[i] - a[i] for i in range(3)], [c[i] - a[i] for i in range(3)]
        n = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        for i in corners:
            for axis in range(3):
                sums[i][axis] += n[axis]
    return [[x / (math.hypot(*n) or 1) for x in n] for n in sums]


def nearest_of(points, size=4):
    """A function to the nearest of these points and its distance; (None, 99) beyond twice `size`."""
    boxes = {}
    for p in points:
        boxes.setdefault(tuple(math.floor(x / size) for x in p), []).append(p)

    def near(at):
        i, j, k = (math.floor(x / size) for x in at)
        some = [p for a in range(i - 2, i + 3) for b in range(j - 2, j + 3) for c in range(k - 2, k + 3)
                for p in boxes.get((a, b, c), ())]
        best = min(some, key=lambda p: math.dist(p, at), default=None)
        return best, math.dist(best, at) if best else 99

    return near


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
        self.ok("phantom", "head?spacing=0.7&contrast=t1gd&seed=7&center=-40,0,-45&fov=44", "-o", "scan.nii.gz",
                "--truth", ".", "--quiet")
        # a little below the cortex's outer surface: veins run about 1 mm above this
        self.ok("surface", "pial.nii.gz", "--tone", "mul -1", "--level", "0.6", "--open", "-o", "brain.ply", "--largest")
        self.ok("probe", "brain.ply", "scan.nii.gz", "--name", "at", "-o", "at.ply")
        self.ok("probe", "at.ply", "scan.nii.gz", "--name", "above", "-o", "both.ply", "--depth", "0.5:2.5", "--stat", "max",
                "--ascii")
        with open(self.folder / "lines.csv") as file:
            veins = [tuple(float(row[a]) for a in ("x_mm", "y_mm", "z_mm")) for row in csv.DictReader(file)
                     if row["kind"] == "vein"]
        points, at = self.column("both.ply", "at")
        _, above = self.column("both.ply", "above")
        up = normals(self.folder / "both.ply")
        near = nearest_of(veins)
        sums = {"at": [[], []], "above": [[], []]}
        for p, n, *values in zip(points, up, at, above):
            vein, far = near(p)
            height = sum((v - x) * d for v, x, d in zip(vein, p, n)) if vein else 0
            aside = math.sqrt(max(0, far * far - height * height))
            over, beside = 0.5 < height < 1.5 and aside < 0.7, 4 < far < 8
            for name, value in zip(("at", "above"), values):
                if (over or beside) and not math.isnan(value):
                    sums[name][beside].append(value)
        contrast = {}
        for name, (under, beside) in sums.items():
            self.assertGreater(min(len(under), len(beside)), 300)
            contrast[name] = (sum(under) / len(under)) / (sum(beside) / len(beside)) - 1
        print(f"brighter where a vein runs above: at the surface {contrast['at']:.3f}, in the band {contrast['above']:.3f}")
        self.assertLess(abs(contrast["at"]), 0.06)
        self.assertGreater(contrast["above"], 0.15)
        self.assertGreater(contrast["above"], 3 * contrast["at"])


if __name__ == "__main__":
    unittest.main()
