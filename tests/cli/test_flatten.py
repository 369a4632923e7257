# SPDX-License-Identifier: Apache-2.0
"""The flatten command: what it writes, what it tells, what it refuses."""
import json
import struct
import unittest

from harness import Cli


class Flatten(Cli):
    def setUp(self):
        super().setUp()
        self.patch("patch.ply")

    def test_the_report_is_the_same_on_standard_output_and_in_its_file(self):
        told = self.json("flatten", "patch.ply", "-o", "flat.ply", "--report", "r.json", "--json")
        kept = json.loads((self.folder / "r.json").read_text())
        self.assertEqual(told["distortion"], kept)
        self.assertEqual(told["outputs"], ["r.json", "flat.ply"])
        self.assertEqual((kept["flips"], kept["overlap_mm2"]), (0, 0))
        self.assertLess(kept["distance_mean_error"], 0.02)
        self.assertGreater(kept["stretch_spread"], 0.9 * kept["stretch_spread_bound"])

    def test_the_map_keeps_the_way_back(self):
        self.ok("flatten", "patch.ply", "-o", "flat.ply", "--ascii")
        header, _, body = (self.folder / "flat.ply").read_text().partition("end_header\n")
        for name in ("surface_mm_0", "surface_mm_2", "point"):
            self.assertIn(f" {name}\n", header)
        first = [float(v) for v in body.split("\n")[0].split()]
        self.assertEqual(first[2:6], [0, -30, -30, 55.6776428])
        self.assertIn("comment flat map: mm", header)
        self.assertNotIn("coordinates: RAS mm\n", header)

    def test_a_view_wants_a_camera_and_a_camera_wants_a_view(self):
        self.fails(2, "--method view", "flatten", "patch.ply", "-o", "a.ply", "--elev", "20")
        self.fails(2, "--method plane", "flatten", "patch.ply", "-o", "a.ply", "--normal", "0,0,1")
        told = self.json("flatten", "patch.ply", "-o", "a.ply", "--method", "view", "--view", "top", "--json")
        self.assertEqual(told["flips"], 0)

    def test_what_is_closed_is_refused_with_the_remedy(self):
        self.ok("surface", "phantom:sphere", "-o", "ball.ply")
        self.fails(1, "cut a patch", "flatten", "ball.ply", "-o", "a.ply")
        self.fails(2, "no picture", "flatten", "ball.ply", "-o", "a.ply", "--method", "sphere", "--image", "a.png")
        self.fails(2, ".json", "flatten", "patch.ply", "-o", "a.ply", "--report", "a.txt")
        self.fails(2, "also an input", "flatten", "patch.ply", "-o", "patch.ply")

    def test_a_map_shows_a_volume_and_says_where_each_pixel_was(self):
        self.ok("convert", "phantom:ramp?dims=64,64,150", "-o", "ramp.nii")
        told = self.json("flatten", "patch.ply", "-o", "flat.ply", "--image", "map.npy", "--pixel", "0.5", "--sample",
                         "ramp.nii", "--depth", "-1:1", "--stat", "max,mean", "--layer", "value_mean=mean.npy",
                         "--layer", "position=where.npy", "--layer", "voxel=voxel.npy", "--json")
        self.assertEqual(told["outputs"], ["mean.npy", "where.npy", "voxel.npy", "map.npy", "flat.ply"])
        self.assertEqual(told["map"]["pixel_mm"], 0.5)
        size = told["map"]["width"] * told["map"]["height"]
        self.assertGreater((self.folder / "where.npy").stat().st_size, 3 * 4 * size)
        # a flat map is taken as it is
        again = self.json("flatten", "flat.ply", "-o", "b.ply", "--image", "b.npy", "--pixel", "0.5", "--sample",
                          "ramp.nii", "--depth", "-1:1", "--stat", "max", "--json")
        self.assertEqual(again["map"], told["map"])
        self.assertEqual((self.folder / "b.npy").read_bytes()[-4 * size:], (self.folder / "map.npy").read_bytes()[-4 * size:])
        for name in ("a.png", "c.png", "d.png"):
            more = {"a.png": (), "c.png": ("--contours", "0.05"), "d.png": ("--bits", "16", "--sample", "ramp.nii")}
            self.ok("flatten", "flat.ply", "-o", "b.ply", "--image", name, *more[name])
        self.assertEqual((self.folder / "d.png").read_bytes()[24], 16)

    def test_a_figure_has_the_maps_own_size_its_contours_and_its_errors(self):
        told = self.json("flatten", "patch.ply", "-o", "flat.ply", "--image", "map.svg", "--contours", "0.02", "--json")
        self.ok("flatten", "flat.ply", "-o", "b.ply", "--image", "map.pdf")
        text = (self.folder / "map.svg").read_text()
        wide = max(told["map"]["width"] * told["map"]["pixel_mm"] * 72 / 25.4, 300) + 24
        self.assertAlmostEqual(float(text.split('width="')[1].split('"')[0].rstrip("pt")), wide, 1)
        self.assertIn("<image", text)
        self.assertGreater(text.count("<path"), 100)
        self.assertEqual((self.folder / "map.pdf").read_bytes()[:5], b"%PDF-")

    def test_points_go_to_the_surface_and_come_back(self):
        (self.folder / "uv.csv").write_text("u,v\n40.5,50.5\n61,22.25\n-5,-5\n")
        self.ok("flatten", "patch.ply", "-o", "flat.ply")
        self.ok("flatten", "flat.ply", "--back", "uv.csv", "-o", "mm.csv", "--pixel", "0.5")
        lines = (self.folder / "mm.csv").read_text().split()
        self.assertEqual(lines[0], "u,v,x,y,z")
        self.assertTrue(lines[3].endswith("nan,nan,nan"))
        rows = [[float(v) for v in line.split(",")] for line in lines[1:3]]
        (self.folder / "xyz.csv").write_text("x,y,z\n" + "".join(",".join(map(str, r[2:])) + "\n" for r in rows))
        self.ok("flatten", "flat.ply", "--back", "xyz.csv", "-o", "px.csv", "--pixel", "0.5")
        for row, line in zip(rows, (self.folder / "px.csv").read_text().split()[1:]):
            self.assertAlmostEqual(row[0], float(line.split(",")[3]), 3)
            self.assertAlmostEqual(row[1], float(line.split(",")[4]), 3)
            self.assertLess(float(line.split(",")[5]), 1e-4)

    def test_labels_drawn_on_the_map_go_to_the_surface_and_into_a_volume(self):
        self.ok("flatten", "patch.ply", "-o", "flat.ply")
        self.ok("convert", "phantom:ramp?dims=64,64,150", "-o", "ramp.nii")
        self.ok("flatten", "flat.ply", "-o", "b.ply", "--image", "seen.png", "--pixel", "0.5")
        self.ok("mask", "seen.png", "-o", "drawn.png", "--channel", "3", "--range", "1:")
        self.ok("flatten", "flat.ply", "--back", "drawn.png", "-o", "labels.ply", "--pixel", "0.5")
        self.ok("flatten", "flat.ply", "--back", "drawn.png", "-o", "labels.nii.gz", "--pixel", "0.5", "--sample", "ramp.nii")
        self.assertGreater(self.json("info", "labels.nii.gz", "--json")["max"], 0)
        # forward again, and in a view
        self.ok("flatten", "flat.ply", "-o", "b.ply", "--image", "again.npy", "--pixel", "0.5", "--sample", "labels.nii.gz")
        self.assertAlmostEqual(self.json("info", "again.npy", "--json")["max"], 255, delta=0.1)
        self.ok("render", "labels.ply", "-o", "view.png", "--size", "64x64", "--view", "top", "--layer", "value=seen.npy",
                "--scalar", "label")
        self.assertEqual(self.json("info", "seen.npy", "--json")["max"], 255)
        self.fails(1, "same --pixel", "flatten", "flat.ply", "--quiet", "--back", "drawn.png", "-o", "x.ply", "--pixel", "0.4")
        self.fails(1, "same --pixel", "flatten", "flat.ply", "--quiet", "--back", "drawn.png", "-o", "x.nii", "--sample", "ramp.nii")
        self.fails(2, "which grid", "flatten", "flat.ply", "--back", "drawn.png", "-o", "x.nii")
        self.fails(2, "other way", "flatten", "flat.ply", "--back", "drawn.png", "-o", "x.ply", "--image", "y.png")

    def test_patches_of_freesurfer_are_flattened_and_its_flat_maps_measured(self):
        self.ok("mesh", "patch.ply", "-o", "lh.white")
        ours = self.json("flatten", "patch.ply", "-o", "flat.ply", "--ascii", "--json")["distortion"]
        body = (self.folder / "flat.ply").read_text().partition("end_header\n")[2].split("\n")
        for name, first in (("lh.patch.flat", 0), ("lh.patch.3d", 3)):
            rows = [struct.pack(">i3f", n + 1, *map(float, line.split()[first:first + 3])) for n, line in enumerate(body[:625])]
            (self.folder / name).write_bytes(struct.pack(">ii", -1, len(rows)) + b"".join(rows))
            self.ok("mesh", "lh.white", "--patch", name, "-o", name + ".ply")
        theirs = self.json("flatten", "lh.patch.flat.ply", "-o", "a.ply", "--json")["distortion"]
        again = self.json("flatten", "lh.patch.3d.ply", "-o", "b.ply", "--json")["distortion"]
        for report in (theirs, again):
            self.assertAlmostEqual(report["distance_mean_error"], ours["distance_mean_error"], 5)
        self.fails(1, "--patch", "flatten", "lh.patch.3d", "-o", "c.ply")

    def test_a_flat_map_goes_to_freesurfer_as_a_patch_and_comes_back(self):
        self.ok("mesh", "patch.ply", "-o", "lh.white")
        self.ok("mesh", "lh.white", "-o", "cut.ply", "--cut-geodesic", "0,0,70,20", "--cut-whole")
        self.fails(1, "--cut-whole", "flatten", "patch.ply", "-o", "lh.patch.flat", "--quiet")
        ours = self.json("flatten", "cut.ply", "-o", "lh.patch.flat", "--json")["distortion"]
        self.ok("mesh", "lh.white", "--patch", "lh.patch.flat", "-o", "back.ply")
        back = self.json("flatten", "back.ply", "-o", "a.ply", "--json")["distortion"]
        self.assertEqual(back["triangles"], ours["triangles"])
        self.assertAlmostEqual(back["distance_mean_error"], ours["distance_mean_error"], 7)
        # points by their number on the whole surface from 1, those on the border below 0
        data = (self.folder / "lh.patch.flat").read_bytes()
        rows = list(struct.iter_unpack(">i3f", data[8:]))
        self.assertEqual(struct.unpack(">ii", data[:8]), (-1, len(rows)))
        rim = [row for row in rows if row[0] < 0]
        far = [(row[1] ** 2 + row[2] ** 2) ** 0.5 for row in rim]
        self.assertGreater(len(rim), 20)
        self.assertGreater(min(far), 15)
        self.assertEqual({row[3] for row in rows}, {0})

    def test_options_that_would_do_nothing_are_refused(self):
        self.fails(2, "--image", "flatten", "patch.ply", "-o", "a.ply", "--sample", "x.nii")
        self.fails(2, "--sample", "flatten", "patch.ply", "-o", "a.ply", "--image", "x.tif")
        self.fails(2, "--bits 16", "flatten", "patch.ply", "-o", "a.ply", "--image", "x.tif", "--bits", "16", "--sample", "y.nii")
        self.fails(2, "one name", "flatten", "patch.ply", "-o", "a.ply", "--image", "x.npy", "--sample", "y.nii", "--layer", "area=x.npy")
        self.assertEqual(self.listing(), ["patch.ply"])


if __name__ == "__main__":
    unittest.main()
